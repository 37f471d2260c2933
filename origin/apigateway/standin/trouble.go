package standin

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// wait returns after d, or with ctx's error if that ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slow is GET /slow?ms=N: an answer after N milliseconds, or the gateway's
// timeout if that is shorter (AG-ERR-19).
func (s *Standin) slow(ctx context.Context, c *call) (*response, error) {
	ms, err := intParameter(c.query, "ms", 1000, 0, 600_000)
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, time.Duration(ms)*time.Millisecond); err != nil {
		return nil, err
	}
	resp := newResponse(200, "max-age=5")
	resp.setJSON(map[string]int{"waited_ms": ms})
	return resp, nil
}

// fail is GET /fail: with status=N (400-599, default 500) an error of the
// integration, with response=NAME one of the gateway's own (AG-ERR-23).
func (s *Standin) fail(_ context.Context, c *call) (*response, error) {
	if name := lastValue(c.query, "response"); name != "" {
		f, ok := parseFailure(name)
		if !ok {
			return nil, &parameterError{"response", name, "a gateway response type such as THROTTLED"}
		}
		return nil, f
	}
	status, err := intParameter(c.query, "status", 500, 400, 599)
	if err != nil {
		return nil, err
	}
	return jsonResponse(status, map[string]any{"message": "failing on request", "status": status}), nil
}

// alternate is GET /flaky: every second call is a 503. With seq=N the caller
// numbers its calls itself, and even ones fail.
func (s *Standin) alternate(_ context.Context, c *call) (*response, error) {
	n, err := intParameter(c.query, "seq", 0, 1, 1<<30)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		n = int(s.flaky.Add(1) % (1 << 30))
	}
	if n%2 == 0 {
		return jsonResponse(503, map[string]any{"message": "flaky", "seq": n}), nil
	}
	resp := newResponse(200, "max-age=0")
	resp.setJSON(map[string]int{"seq": n})
	return resp, nil
}

// stale is GET /stale: an answer with both windows of RFC 5861, or a 503
// while the switch is on.
func (s *Standin) stale(_ context.Context, c *call) (*response, error) {
	if s.staleFailing.Load() {
		return jsonResponse(503, map[string]string{"message": "switched to fail"}), nil
	}
	resp := newResponse(200, "max-age=5, stale-while-revalidate=30, stale-if-error=300")
	resp.setJSON(map[string]string{"made_at": c.now.UTC().Format(time.RFC3339), "request": c.ids.request})
	return resp, nil
}

// switchStale is PUT /stale?failing=true|false.
func (s *Standin) switchStale(_ context.Context, c *call) (*response, error) {
	word := strings.ToLower(lastValue(c.query, "failing"))
	failing, err := strconv.ParseBool(word)
	if err != nil {
		return nil, &parameterError{"failing", word, "true or false"}
	}
	s.FailStale(failing)
	return jsonResponse(200, map[string]bool{"failing": failing}), nil
}

// FailStale makes GET /stale fail from now on, or work again.
func (s *Standin) FailStale(failing bool) { s.staleFailing.Store(failing) }
