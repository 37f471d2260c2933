package transport_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// AG-HC-04, AG-HC-05: what is good, and how long an origin has.
func TestProbe(t *testing.T) {
	far := strings.Repeat("x", health.SearchLimit)
	for name, test := range map[string]struct {
		answer origintest.Answer
		search string
		want   string // of the error, "" for health
		took   time.Duration
	}{
		"good":               {answer: origintest.Always(origintest.OK("ok"))},
		"redirect":           {answer: origintest.Always(origintest.Reply(302, ""))},
		"not found":          {answer: origintest.Always(origintest.Reply(404, "")), want: "status 404"},
		"failing":            {answer: origintest.Always(origintest.Reply(503, "")), want: "status 503"},
		"in time":            {answer: origintest.Always(origintest.Wait(1999*time.Millisecond), origintest.OK("")), took: 1999 * time.Millisecond},
		"too late":           {answer: origintest.Always(origintest.Hang()), want: "read_timeout", took: 2 * time.Second},
		"ended":              {answer: origintest.Always(origintest.Close()), want: "read"},
		"with the text":      {answer: origintest.Always(origintest.OK("all ok here")), search: "ok"},
		"without it":         {answer: origintest.Always(origintest.OK("fine")), search: "ok", want: "does not have the text"},
		"too far":            {answer: origintest.Always(origintest.OK(far + "ok")), search: "ok", want: "does not have the text"},
		"content too late":   {answer: origintest.Always(origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), origintest.Hang()), search: "ok", want: "read body", took: 2 * time.Second},
		"content not needed": {answer: origintest.Always(origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), origintest.Hang())},
		"text before it all": {answer: origintest.Always(origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"), origintest.Hang()), search: "ok", took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, test.answer, func(t *testing.T, e *edge) {
				begin := time.Now()
				_, err := e.Probe(t.Context(), e.origin, &health.Check{Host: "api.example", Path: "/health", Search: test.search})
				if took := time.Since(begin); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if err == nil != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if q := e.Requests()[0]; q.Line() != "GET /health HTTP/1.1" || len(e.Requests()) != 1 {
					t.Errorf("got %d requests, the first %q", len(e.Requests()), q.Line())
				}
			})
		})
	}
}

// A check is on a connection of its own, which is closed.
func TestProbeConnects(t *testing.T) {
	run(t, origintest.Always(origintest.OK("")), func(t *testing.T, e *edge) {
		r, err := e.RoundTrip(t.Context(), e.origin, get("/"))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close() // idle now
		for range 2 {
			timing, err := e.Probe(t.Context(), e.origin, &health.Check{Host: "api.example", Path: "/"})
			if err != nil || timing.Reused {
				t.Errorf("got %v, %+v", err, timing)
			}
		}
	})
}

// AG-HC-03, AG-HC-04: how long connecting may take, by kind; one attempt.
func TestProbeUnreachable(t *testing.T) {
	for kind, want := range map[health.Kind]time.Duration{health.KindHTTP: 4 * time.Second, health.KindHTTPS: 4 * time.Second, health.KindTCP: 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var dialled []string
			c := transport.New(transport.Options{Dial: func(ctx context.Context, _, addr string) (net.Conn, error) {
				dialled = append(dialled, addr)
				<-ctx.Done()
				return nil, ctx.Err()
			}})
			defer c.Close()
			o := newOrigin()
			o.Protocol = origin.ProtocolHTTPSOnly
			begin := time.Now()
			_, err := c.Probe(t.Context(), o, &health.Check{Kind: kind, Host: "api.example", Path: "/"})
			if took := time.Since(begin); err == nil || took != want || len(dialled) != 1 {
				t.Errorf("%v: got %v after %v and %d attempts, want an error after %v", kind, err, took, len(dialled), want)
			}
			if want := map[health.Kind]string{health.KindHTTP: "api.example:80", health.KindHTTPS: "api.example:443", health.KindTCP: "api.example:443"}[kind]; dialled[0] != want {
				t.Errorf("%v: got %s, want %s", kind, dialled[0], want)
			}
		})
	}
}

// A budget bounds the tries of all requests to an origin together.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := transport.New(transport.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			tries++
			return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
		}})
		defer c.Close()
		o := newOrigin()
		o.Retries = origin.NewBudget(0.1, 5)
		for range 100 {
			if _, err := c.RoundTrip(t.Context(), o, get("/")); origin.KindOf(err) != origin.ErrorConnect {
				t.Fatal(err)
			}
		}
		if tries < 113 || tries > 115 {
			t.Errorf("100 requests: got %d tries, want one each, a tenth more and the burst of 5", tries)
		}
	})
}
