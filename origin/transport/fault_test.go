package transport_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/inject"
	"github.com/groundfront/groundfront/origin/origintest"
)

// faulty injects into every attempt what a plan says, and returns what came
// true.
func (e *edge) faulty(p inject.Plan) map[inject.Kind]int {
	seen := map[inject.Kind]int{}
	e.origin.Faults = inject.New(p, func(k inject.Kind) { seen[k]++ })
	return seen
}

// always fails if not all that came true was of one kind, so often.
func always(t *testing.T, seen map[inject.Kind]int, kind inject.Kind, n int) {
	t.Helper()
	if len(seen) > 1 || seen[kind] != n {
		t.Errorf("injected: got %v, want %v, %d times", seen, kind, n)
	}
}

func kindOf(t *testing.T, err error, want origin.ErrorKind) {
	t.Helper()
	var e *origin.Error
	if !errors.As(err, &e) || e.Kind != want {
		t.Errorf("got error %v, want kind %v", err, want)
	}
}

const hundred = 100

var ok100 = origintest.Reply(200, strings.Repeat("x", hundred))

func TestLatency(t *testing.T) {
	run(t, origintest.Always(ok100), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{MinLatency: 20 * time.Second, MaxLatency: 20 * time.Second})
		for i := range 2 { // the second over the same connection
			begin := time.Now()
			resp, text, err := e.do(t.Context(), get("/"))
			if err != nil || len(text) != hundred {
				t.Fatalf("got %q, %v", text, err)
			}
			if got := time.Since(begin); got != 20*time.Second || resp.Timing.FirstByte != got || resp.Timing.Reused != (i == 1) {
				t.Errorf("request %d: got an answer after %v, timing %+v", i, got, resp.Timing)
			}
		}
		always(t, seen, inject.KindLatency, 2)
	})
}

// Beyond the response timeout of 30 s a GET is tried three times (CF-ORT-06),
// a POST once (CF-ORT-07).
func TestLatencyTimesOut(t *testing.T) {
	run(t, origintest.Always(ok100), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{MinLatency: time.Minute, MaxLatency: time.Minute})
		for _, test := range []struct {
			in   *origin.Request
			want time.Duration
		}{{get("/"), 90 * time.Second}, {post("x"), 30 * time.Second}} {
			begin := time.Now()
			_, _, err := e.do(t.Context(), test.in)
			kindOf(t, err, origin.ErrorReadTimeout)
			if got := time.Since(begin); got != test.want {
				t.Errorf("%s: got the error after %v, want %v", test.in.Method, got, test.want)
			}
		}
		always(t, seen, inject.KindLatency, 4)
	})
}

// The time of the origin and that of the latency count together.
func TestLatencyAndASlowOrigin(t *testing.T) {
	run(t, origintest.Always(origintest.Wait(20*time.Second), ok100), func(t *testing.T, e *edge) {
		e.origin.Attempts = 1
		e.faulty(inject.Plan{MinLatency: 10 * time.Second, MaxLatency: 10 * time.Second})
		begin := time.Now()
		if _, _, err := e.do(t.Context(), get("/")); err != nil || time.Since(begin) != 20*time.Second {
			t.Errorf("got %v after %v, want an answer when the origin has it", err, time.Since(begin))
		}
		e.faulty(inject.Plan{MinLatency: 29 * time.Second, MaxLatency: 29 * time.Second})
		e.origin.ReadTimeout = 15 * time.Second
		begin = time.Now()
		_, _, err := e.do(t.Context(), get("/"))
		kindOf(t, err, origin.ErrorReadTimeout)
		if got := time.Since(begin); got != 15*time.Second {
			t.Errorf("got the error after %v, want 15s", got)
		}
	})
}

func TestInjectedError(t *testing.T) {
	run(t, origintest.Always(ok100), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{ErrorRate: 1, ErrorStatus: 504, MinLatency: time.Second, MaxLatency: time.Second})
		for _, r := range []*origin.Request{get("/"), post("text"), {Method: "HEAD", Scheme: "http", Host: "api.example", Target: "/"}} {
			begin := time.Now()
			resp, text, err := e.do(t.Context(), r)
			if err != nil || resp.Status != 504 || strings.Contains(text, "injected") != (r.Method != "HEAD") {
				t.Errorf("%s: got %+v, %q, %v", r.Method, resp, text, err)
			}
			if got := time.Since(begin); got != time.Second {
				t.Errorf("%s: got the error after %v, want 1s", r.Method, got)
			}
		}
		if n := len(e.Requests()); n != 0 {
			t.Errorf("the origin got %d requests, want none", n)
		}
		if seen[inject.KindError] != 3 || seen[inject.KindLatency] != 3 {
			t.Errorf("injected: got %v", seen)
		}
	})
}

// A reset of a new connection is an error; of one that was used before a GET
// is sent once more (CF-ORT-11).
func TestInjectedReset(t *testing.T) {
	run(t, origintest.Always(ok100), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{ResetRate: 1})
		_, _, err := e.do(t.Context(), get("/"))
		kindOf(t, err, origin.ErrorRead)
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v, want a reset", err)
		}
		always(t, seen, inject.KindReset, 1)
		e.origin.Faults = nil
		if _, _, err := e.do(t.Context(), get("/")); err != nil {
			t.Fatal(err)
		}
		seen = e.faulty(inject.Plan{ResetRate: 1})
		if _, _, err = e.do(t.Context(), get("/")); err == nil {
			t.Error("got an answer")
		}
		always(t, seen, inject.KindReset, 2)
		if n := len(e.Requests()); n != 4 {
			t.Errorf("the origin got %d requests, want 4", n)
		}
	})
}

// A head that takes longer than the response timeout from its first byte on is
// given up.
func TestSlowHeader(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" // 38 bytes
	run(t, origintest.Always(origintest.Send(head+"ok")), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{Header: inject.Trickle{Rate: 1, BytesPerSecond: 2}})
		begin := time.Now()
		_, text, err := e.do(t.Context(), get("/"))
		if got := time.Since(begin); err != nil || text != "ok" || got != 19*time.Second {
			t.Errorf("got %q, %v after %v, want 38 bytes in 19s, and the content at once", text, err, got)
		}
		always(t, seen, inject.KindSlowHeader, 1)
		e.faulty(inject.Plan{Header: inject.Trickle{Rate: 1, BytesPerSecond: 1}})
		e.origin.Attempts = 1
		begin = time.Now()
		_, _, err = e.do(t.Context(), get("/"))
		kindOf(t, err, origin.ErrorReadTimeout)
		if got := time.Since(begin); got != 31*time.Second {
			t.Errorf("got the error after %v, want 31s", got)
		}
	})
}

// So it is over TLS, where all of the head is there with its first byte.
func TestSlowHeaderOverTLS(t *testing.T) {
	runSecured(t, new(tls.Config), func(t *testing.T, s *secured) {
		s.origin.Attempts = 1
		s.origin.Faults = inject.New(inject.Plan{Header: inject.Trickle{Rate: 1, BytesPerSecond: 1}}, nil)
		begin := time.Now()
		kindOf(t, s.ask("api.example"), origin.ErrorReadTimeout)
		if got := time.Since(begin); got != 31*time.Second {
			t.Errorf("got the error after %v, want 31s", got)
		}
	}, "api.example")
}

func TestSlowBody(t *testing.T) {
	answers := map[string]origintest.Step{
		"length":  ok100,
		"chunked": origintest.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + strings.Repeat("x", hundred) + "\r\n0\r\n\r\n"),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			run(t, origintest.Always(answer), func(t *testing.T, e *edge) {
				seen := e.faulty(inject.Plan{Body: inject.Trickle{Rate: 1, BytesPerSecond: 50}})
				for range 2 {
					begin := time.Now()
					resp, text, err := e.do(t.Context(), get("/"))
					if got := time.Since(begin); err != nil || len(text) != hundred || got != 2*time.Second || resp.Timing.FirstByte != 0 {
						t.Errorf("got %d bytes, %v after %v, want %d after 2s, the head at once", len(text), err, got, hundred)
					}
				}
				always(t, seen, inject.KindSlowBody, 2)
			})
		})
	}
}

// Content ends before its end, however that is marked. The connection is not
// used again.
func TestShortBody(t *testing.T) {
	answers := map[string][]origintest.Step{
		"length":  {ok100},
		"chunked": {origintest.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + strings.Repeat("x", hundred) + "\r\n0\r\n\r\n")},
		"close":   {origintest.Send("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", hundred)), origintest.Close()},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			run(t, origintest.Always(answer...), func(t *testing.T, e *edge) {
				seen := e.faulty(inject.Plan{ShortBodyRate: 1})
				lengths := map[int]bool{}
				for range 5 {
					resp, text, err := e.do(t.Context(), get("/"))
					kindOf(t, err, origin.ErrorRead)
					if resp.Timing.Reused {
						t.Error("a connection was used again")
					}
					lengths[len(text)] = true
				}
				always(t, seen, inject.KindShortBody, 5)
				if name == "length" && (len(lengths) < 2 || lengths[hundred]) {
					t.Errorf("got contents of these lengths: %v, want several, none of %d", lengths, hundred)
				}
			})
		})
	}
}

// What has no content cannot be short of it.
func TestShortBodyOfNothing(t *testing.T) {
	run(t, origintest.Always(origintest.Reply(204, "")), func(t *testing.T, e *edge) {
		seen := e.faulty(inject.Plan{ShortBodyRate: 1, Body: inject.Trickle{Rate: 1, BytesPerSecond: 1}})
		if _, _, err := e.do(t.Context(), get("/")); err != nil {
			t.Error(err)
		}
		if len(seen) > 0 {
			t.Errorf("injected: got %v, want nothing", seen)
		}
	})
}

// A viewer that leaves, and the completion timeout, end what is waited for.
func TestFaultsEnd(t *testing.T) {
	for name, plan := range map[string]inject.Plan{
		"latency":     {MinLatency: time.Minute, MaxLatency: time.Minute},
		"slow header": {Header: inject.Trickle{Rate: 1, BytesPerSecond: 1}},
		"slow body":   {Body: inject.Trickle{Rate: 1, BytesPerSecond: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, origintest.Always(ok100), func(t *testing.T, e *edge) {
				e.faulty(plan)
				e.origin.CompletionTimeout, e.origin.Attempts = 10*time.Second, 1
				begin := time.Now()
				_, _, err := e.do(t.Context(), get("/"))
				kindOf(t, err, origin.ErrorCompletionTimeout)
				if got := time.Since(begin); got != 10*time.Second {
					t.Errorf("got the end after %v, want 10s", got)
				}
			})
		})
	}
}

// After a handshake the connection belongs to others: nothing of a WebSocket
// is slow or cut.
func TestFaultsSpareTunnels(t *testing.T) {
	upgraded := origintest.Send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
	run(t, origintest.Always(upgraded, origintest.Wait(time.Hour)), func(t *testing.T, e *edge) {
		e.faulty(inject.Plan{Body: inject.Trickle{Rate: 1, BytesPerSecond: 1}, ShortBodyRate: 1, MinLatency: time.Second, MaxLatency: time.Second})
		r := get("/")
		r.Upgrade, r.Fields = "websocket", field.Lines{}
		resp, err := e.RoundTrip(t.Context(), e.origin, r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Tunnel.Close()
		begin, b := time.Now(), make([]byte, 10)
		if n, err := resp.Tunnel.Read(b); string(b[:n]) != "hello" || err != nil || time.Since(begin) != 0 {
			t.Errorf("got %q, %v after %v", b[:n], err, time.Since(begin))
		}
	})
}
