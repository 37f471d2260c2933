package transport_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// runLimited is run with two connections, one place in the queue and a wait of
// ten seconds, and an origin that needs a minute.
func runLimited(t *testing.T, test func(t *testing.T, e *edge)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		e := &edge{
			Client: transport.New(transport.Options{Dial: l.Dial, MaxConnsPerOrigin: 2, MaxQueuePerOrigin: 1}),
			Server: origintest.Start(l, func(r origintest.Request) []origintest.Step {
				if r.Line() == "GET /slow HTTP/1.1" {
					return []origintest.Step{origintest.Wait(5 * time.Second), origintest.OK("slow")}
				}
				return []origintest.Step{origintest.OK("quick")}
			}),
			origin: newOrigin(),
		}
		defer e.Server.Close()
		defer e.Client.Close()
		test(t, e)
	})
}

// hold takes a connection until the function that it returns is called.
func (e *edge) hold(t *testing.T) (release func()) {
	t.Helper()
	resp, err := e.RoundTrip(t.Context(), e.origin, get("/held"))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// TestLimits: past the connections requests wait, past the queue and the wait
// they fail, and nothing of them was sent.
func TestLimits(t *testing.T) {
	runLimited(t, func(t *testing.T, e *edge) {
		release := e.hold(t)
		defer e.hold(t)()
		began := time.Now()
		first := make(chan error)
		go func() {
			_, _, err := e.do(t.Context(), get("/waits"))
			first <- err
		}()
		synctest.Wait()
		if _, _, err := e.do(t.Context(), get("/past")); origin.KindOf(err) != origin.ErrorLimit || time.Since(began) != 0 {
			t.Errorf("past the queue: got %v after %v, want limit at once", err, time.Since(began))
		}
		time.Sleep(9 * time.Second)
		release()
		if err := <-first; err != nil || time.Since(began) != 9*time.Second || e.Conns() != 2 {
			t.Errorf("in the queue: got %v after %v over %d connections, want an answer after 9s over 2", err, time.Since(began), e.Conns())
		}
	})
	runLimited(t, func(t *testing.T, e *edge) {
		defer e.hold(t)()
		defer e.hold(t)()
		began := time.Now()
		if _, _, err := e.do(t.Context(), get("/")); origin.KindOf(err) != origin.ErrorLimit || time.Since(began) != 10*time.Second {
			t.Errorf("nothing became free: got %v after %v, want limit after 10s", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := e.do(ctx, get("/")); origin.KindOf(err) != origin.ErrorCanceled || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the viewer left: got %v, want canceled", err)
		}
		if n := len(e.Requests()); n != 2 {
			t.Errorf("got %d requests, want those that hold the connections", n)
		}
	})
}

// TestLimitsPassOn: a connection that ends gives its place to who waits, and
// so does an idle one that cannot be used by who asks.
func TestLimitsPassOn(t *testing.T) {
	runLimited(t, func(t *testing.T, e *edge) {
		ctx, cancel := context.WithCancel(t.Context())
		defer e.hold(t)()
		go e.do(ctx, get("/slow"))
		synctest.Wait()
		time.AfterFunc(2*time.Second, cancel)
		began := time.Now()
		if _, body, err := e.do(t.Context(), get("/")); body != "quick" || time.Since(began) != 2*time.Second || e.Conns() != 3 {
			t.Errorf("got %q, %v after %v over %d connections, want an answer after 2s over a third", body, err, time.Since(began), e.Conns())
		}
	})
	runLimited(t, func(t *testing.T, e *edge) {
		e.hold(t)()
		release := e.hold(t)
		e.hold(t)()
		release()
		other := *e.origin
		other.TLSInsecure = true
		r := get("/")
		r.Scheme = "https"
		other.HTTPSPort = 80 // the same place, another route
		other.Attempts = 1
		_, err := e.RoundTrip(t.Context(), &other, r)
		if origin.KindOf(err) != origin.ErrorConnectTimeout || e.Conns() != 3 {
			t.Errorf("got %v over %d connections, want a third for TLS", err, e.Conns())
		}
		if _, body, err := e.do(t.Context(), get("/")); body != "quick" {
			t.Errorf("after a failed connection: got %q, %v", body, err)
		}
	})
}

// TestMaxAge: a connection that is old is not used again, however busy.
func TestMaxAge(t *testing.T) {
	run(t, origintest.Always(origintest.OK("x")), func(t *testing.T, e *edge) {
		for range 13 {
			e.do(t.Context(), get("/"))
			time.Sleep(time.Minute)
			e.origin.KeepAliveTimeout = 2 * time.Minute
		}
		e.do(t.Context(), get("/"))
		if e.Conns() != 3 { // the first had 5 seconds
			t.Errorf("got %d connections in 13 minutes, want 3", e.Conns())
		}
	})
}

// TestIdleEnds: what the origin closes while it is idle costs the next request
// nothing, and what is idle too long is closed by us.
func TestIdleEnds(t *testing.T) {
	run(t, origintest.Always(origintest.OK("x"), origintest.Wait(time.Second), origintest.Close()), func(t *testing.T, e *edge) {
		e.do(t.Context(), get("/"))
		time.Sleep(2 * time.Second)
		r := post("abc") // would not be repeated
		if _, body, err := e.do(t.Context(), r); body != "x" || e.Conns() != 2 {
			t.Errorf("got %q, %v over %d connections, want an answer over a second", body, err, e.Conns())
		}
	})
	run(t, origintest.Always(origintest.OK("x")), func(t *testing.T, e *edge) {
		e.do(t.Context(), get("/"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := e.Open(); n != 0 {
			t.Errorf("CF-ORT-04: got %d open connections after 5s, want 0", n)
		}
	})
}
