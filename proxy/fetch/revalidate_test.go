package fetch

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/origin"
)

// CF-COND-01 and -02: the stored validators are sent, the viewer's are not,
// and a 304 makes the stored response fresh without copying it.
func TestRevalidated(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		const modified = "Fri, 31 Dec 1999 00:00:00 GMT"
		e.answer(
			respond(200, "content", "Cache-Control: max-age=10", `ETag: "v1"`, "Last-Modified: "+modified, "X-Build: 1"),
			respond(304, "", "Cache-Control: max-age=20", `ETag: "v1"`, "X-Build: 2", "Content-Length: 99"),
		)
		r := e.request("GET", "/", `If-None-Match: "viewers"`)
		e.view(t.Context(), r)
		old := e.wantStored("/", "content")
		time.Sleep(15 * time.Second)

		got := e.view(t.Context(), r)
		e.want(got, KindRevalidated, 200, "content")
		if got.fields.Get("X-Build") != "2" || got.fields.Has("Content-Length") || got.length != 7 {
			t.Errorf("fields: got %q, length %d, want those of the 304 merged in", got.fields, got.length)
		}
		asked := e.asked[1].Fields
		if asked.Joined("If-None-Match") != `"v1"` || asked.Joined("If-Modified-Since") != modified {
			t.Errorf("the origin saw %q, want both stored validators", asked)
		}
		fresh := e.wantStored("/", "content")
		if &fresh.Content()[0] != &old.Content()[0] {
			t.Error("the content was copied")
		}
		if got := fresh.Times.Remaining(time.Now()); got != 20*time.Second {
			t.Errorf("fresh for %v, want the 20 s of the 304", got)
		}
		if first := e.asked[0].Fields; first.Has("If-None-Match") {
			t.Errorf("on the miss the origin saw %q (CF-COND-05)", first)
		}
	})
}

// RFC 9111 section 4.3.4: a 304 with another strong tag than the stored one
// speaks of another representation, which is then fetched.
func TestNotModifiedOfAnotherRepresentation(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(
			respond(200, "old", "Cache-Control: max-age=10", `ETag: "v1"`),
			respond(304, "", `ETag: "v2"`),
			respond(200, "new", "Cache-Control: max-age=10", `ETag: "v2"`),
		)
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(15 * time.Second)
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "new")
		if asked := e.asked[2].Fields; asked.Has("If-None-Match") {
			t.Errorf("the second request had a condition: %q", asked)
		}
		e.wantStored("/", "new")
	})
}

// A stored response without validators is fetched anew: a 304 is no answer.
func TestNothingToRevalidateWith(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", "Cache-Control: max-age=10, stale-if-error=0"), respond(304, ""))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(15 * time.Second)
		if got := e.view(t.Context(), e.request("GET", "/")); got.kind != KindFailed {
			t.Errorf("got %s, want %s", got.kind, KindFailed)
		}
	})
}

// Joiners of a revalidation get the freshened response, unless it has to be
// validated for each request.
func TestRevalidationCollapses(t *testing.T) {
	for control, want := range map[string]int{"max-age=10": 1, "no-cache": 10} {
		t.Run(control, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(respond(200, "content", "Cache-Control: "+control, `ETag: "v1"`))
				e.view(t.Context(), e.request("GET", "/"))
				time.Sleep(20 * time.Second)
				e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
					sleep(ctx, time.Second)
					return respond(304, "")(), nil
				}
				for _, got := range e.views(10, func() *Request { return e.request("GET", "/") }) {
					e.want(got, KindRevalidated, 200, "content")
				}
				e.wantRequests(1 + want)
			})
		})
	}
}

// CF-CMP-22: a copy compressed here is revalidated by the origin's own tag,
// also after it has been freshened.
func TestRevalidateCompressed(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Compress = compressible()
		e.answer(
			respond(200, strings.Repeat("text ", 1000), "Cache-Control: max-age=10", `ETag: "v1"`, "Content-Type: text/plain"),
			respond(304, "", `ETag: "v1"`),
		)
		r := e.request("GET", "/")
		r.AcceptEncoding = cachekey.AcceptEncodingGzip
		e.view(t.Context(), r)
		for range 2 {
			time.Sleep(20 * time.Second)
			got := e.view(t.Context(), r)
			if got.kind != KindRevalidated || got.fields.Get("ETag") != `W/"v1"` || got.fields.Get("Content-Encoding") != "gzip" {
				t.Errorf("got %v with %q, want the compressed copy", got.kind, got.fields)
			}
			if tag := e.asked[len(e.asked)-1].Fields.Get("If-None-Match"); tag != `"v1"` {
				t.Errorf(`the origin saw If-None-Match: %s, want "v1"`, tag)
			}
		}
	})
}

// CF-COND-06 and -07: with cookies forwarded the whole response is fetched.
func TestFullRevalidation(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.CookiesForwarded = true
		e.answer(respond(200, "old", "Cache-Control: max-age=10", `ETag: "v1"`), respond(200, "new", "Cache-Control: max-age=10", `ETag: "v1"`))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		e.want(e.view(t.Context(), e.request("GET", "/", `If-None-Match: "v1"`)), KindResponse, 200, "new")
		if got := e.asked[1].Fields; got.Has("If-None-Match") {
			t.Errorf("the origin saw %q, want no condition", got)
		}
		e.wantStored("/", "new")
	})
}

// A stored failure has no content that a 304 could confirm.
func TestFailureIsNeverRevalidated(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.fail(origin.ErrorConnect, 0)
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		e.answer(respond(304, ""))
		if got := e.view(t.Context(), e.request("GET", "/")); got.kind == KindRevalidated {
			t.Errorf("got %v, want the origin's answer as it is", got)
		}
		e.wantStored("/", "")
	})
}

// What becomes of a stale response when the origin does not confirm it.
func TestStaleOnError(t *testing.T) {
	bad := func(status int, fields ...string) func(*edge) {
		return func(e *edge) { e.answer(respond(status, "from the origin", fields...)) }
	}
	dead := func(kind origin.ErrorKind) func(*edge) { return func(e *edge) { e.fail(kind, time.Second) } }
	for name, c := range map[string]struct {
		control    string
		maxTTL     time.Duration
		at         time.Duration
		origin     func(*edge)
		wantKind   Kind
		wantStatus int
		pause      bool // the origin is not asked again for 10 s
	}{
		"TV-ST-03":                    {"max-age=10, stale-if-error=60", 1000, 30, bad(503), KindStaleOnError, 200, true},
		"TV-ST-04":                    {"max-age=10, stale-if-error=60", 1000, 30, bad(404), KindResponse, 404, false},
		"TV-ST-05":                    {"max-age=10, stale-if-error=60", 1000, 100, bad(503), KindResponse, 503, false},
		"TV-ST-06":                    {"max-age=10", 1000, 30, bad(503), KindStaleOnError, 200, true},
		"TV-ST-07":                    {"max-age=10, stale-if-error=0", 1000, 30, bad(503), KindResponse, 503, false},
		"TV-ST-08":                    {"max-age=10", 20, 100, bad(503), KindResponse, 503, false},
		"TV-ST-10":                    {"max-age=10, must-revalidate", 1000, 30, bad(500), KindStaleOnError, 200, true},
		"CF-STALE-02, no answer":      {"max-age=10", 1000, 30, dead(origin.ErrorReadTimeout), KindStaleOnError, 200, true},
		"CF-SIE-06, no answer":        {"max-age=10, stale-if-error=0", 1000, 30, dead(origin.ErrorConnect), KindFailed, 502, false},
		"CF-NC-04, no-cache":          {"no-cache", 1000, 30, bad(503), KindStaleOnError, 200, true},
		"CF-SIE-09, of the error":     {"max-age=10", 1000, 30, bad(503, "Cache-Control: stale-if-error=0"), KindStaleOnError, 200, true},
		"CF-STALE-05, 403 not stored": {"max-age=10", 1000, 30, bad(403), KindResponse, 403, false},
		"CF-SIE-01, every 5xx":        {"max-age=10", 1000, 30, bad(599), KindStaleOnError, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.rules.Freshness.MaxTTL = c.maxTTL * time.Second
				e.answer(respond(200, "stale", "Cache-Control: "+c.control))
				e.view(t.Context(), e.request("GET", "/"))
				time.Sleep(c.at * time.Second)
				c.origin(e)
				got := e.view(t.Context(), e.request("GET", "/"))
				body := map[Kind]string{KindStaleOnError: "stale", KindResponse: "from the origin"}[c.wantKind]
				e.want(got, c.wantKind, c.wantStatus, body)

				synctest.Wait()
				found := e.lookup(e.request("GET", "/"))
				if paused := found.Outcome == cache.OutcomeStaleRetryLater; paused != c.pause {
					t.Errorf("afterwards: got %v, want a pause: %v", found.Outcome, c.pause)
				}
				time.Sleep(10 * time.Second)
				if got := e.lookup(e.request("GET", "/")); got.Outcome <= cache.OutcomeStaleRetryLater {
					t.Errorf("10 s later: got %v, want the origin to be asked", got.Outcome)
				}
			})
		})
	}
}

// CF-INV-24: what was invalidated while the origin failed is gone.
func TestNoStaleAfterInvalidation(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "stale", "Cache-Control: max-age=10"))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		e.fail(origin.ErrorReadTimeout, 10*time.Second)
		time.AfterFunc(time.Second, func() { e.invalidate("/") })
		e.want(e.view(t.Context(), e.request("GET", "/")), KindFailed, 504, "")
	})
}

// A viewer that waited for another's fetch, while what it had looked up was
// invalidated, does not revive that by a 304.
func TestNoRevivalAfterInvalidation(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "purged", "Cache-Control: max-age=10", `ETag: "v1"`))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		e.script = func(ctx context.Context, n int, r *origin.Request) (*origin.Response, error) {
			sleep(ctx, 5*time.Second)
			switch {
			case n == 2:
				return respond(200, "for one viewer", "Cache-Control: private")(), nil
			case r.Fields.Has("If-None-Match"):
				return respond(304, "", "Cache-Control: max-age=10")(), nil
			}
			return respond(200, "new", "Cache-Control: max-age=10")(), nil
		}
		var wait sync.WaitGroup
		wait.Go(func() { e.view(t.Context(), e.request("GET", "/")) })
		synctest.Wait()
		wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "new") })
		synctest.Wait()
		e.invalidate("/")
		wait.Wait()
		e.wantStored("/", "new")
	})
}

// A viewer that gets the stale response does not wait for the origin's error
// page.
func TestStaleIsServedBeforeErrorPageEnds(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "stale", "Cache-Control: max-age=10"), slowly(time.Minute, []string{"page"}, respond(503, "")))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		start := time.Now()
		e.want(e.view(t.Context(), e.request("GET", "/")), KindStaleOnError, 200, "stale")
		if took := time.Since(start); took != 0 {
			t.Errorf("the viewer waited %v", took)
		}
		if err := e.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

const swr = "Cache-Control: max-age=10, stale-while-revalidate=30"

// CF-SWR-05: one background fetch for a key at a time, however many ask, and
// none where another has just brought a fresh response.
func TestBackground(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", swr), slowly(5*time.Second, []string{"new"}, respond(200, "", swr)))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		start := time.Now()
		stale := e.lookup(e.request("GET", "/")).Entry
		for _, got := range e.views(100, func() *Request { return e.request("GET", "/") }) {
			e.want(got, KindStored, 200, "old")
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("viewers waited %v for the background", took)
		}
		synctest.Wait()
		e.wantRequests(2)
		if err := e.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		e.wantStored("/", "new")
		e.Background(e.rules, e.request("GET", "/"), stale) // its viewer had looked up before
		synctest.Wait()
		e.wantRequests(2)
	})
}

// A viewer that needs the response while it is fetched in the background
// joins; and no background fetch starts while a viewer's runs.
func TestBackgroundAndViewer(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", swr), slowly(40*time.Second, []string{"new"}, respond(200, "", "Cache-Control: max-age=60")))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(20 * time.Second)
		e.view(t.Context(), e.request("GET", "/")) // starts the background fetch
		time.Sleep(30 * time.Second)               // past the window
		stale := e.lookup(e.request("GET", "/"))
		if stale.Outcome != cache.OutcomeStale {
			t.Fatalf("got %v, want %v", stale.Outcome, cache.OutcomeStale)
		}
		got := e.view(t.Context(), e.request("GET", "/"))
		e.want(got, KindResponse, 200, "new")
		if !got.collapsed {
			t.Error("the viewer did not join the background fetch")
		}
		e.wantRequests(2)

		e.invalidate("/")
		var wait sync.WaitGroup
		wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "new") })
		synctest.Wait()
		e.Background(e.rules, e.request("GET", "/"), stale.Entry)
		wait.Wait()
		e.wantRequests(3)
	})
}

// CF-SWR-08: a background fetch that fails leaves the stale response in its
// window, and the origin its rest.
func TestBackgroundFails(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", swr), respond(500, "page"))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(15 * time.Second)
		for _, want := range []int{2, 2, 3} { // at 15 s, 20 s and 25 s
			e.want(e.view(t.Context(), e.request("GET", "/")), KindStored, 200, "old")
			synctest.Wait()
			e.wantRequests(want)
			time.Sleep(5 * time.Second)
		}
	})
}

// Row C19: which answers end the use of the stored response they came for.
func TestWithdrawStale(t *testing.T) {
	const private = "Cache-Control: private"
	for name, c := range map[string]struct {
		answer  func() *origin.Response
		method  string
		noStore bool
		want    string
	}{
		"private":                      {respond(200, "new", private), "GET", false, ""},
		"a redirect, no-store":         {respond(302, "", "Cache-Control: no-store"), "GET", false, ""},
		"too large":                    {respond(200, strings.Repeat("x", 2<<20), "Cache-Control: max-age=60"), "GET", false, ""},
		"not found, private":           {respond(404, "new", private), "GET", false, "old"},
		"private, to HEAD":             {respond(200, "", private), "HEAD", false, "old"},
		"the request wants no storing": {respond(200, "new", private), "GET", true, "old"},
		"cut off":                      {endingIn(io.ErrUnexpectedEOF, slowly(time.Second, []string{"a", "cut"}, respond(200, "", private))), "GET", false, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(respond(200, "old", "Cache-Control: max-age=10"), c.answer)
				e.view(t.Context(), e.request("GET", "/"))
				time.Sleep(15 * time.Second)
				request := e.request(c.method, "/")
				request.NoStore = c.noStore
				e.view(t.Context(), request)
				e.Drain(t.Context())
				e.wantStored("/", c.want)
			})
		})
	}
}

// What a background fetch brings that is not stored is not read to its end,
// and is the end of what was stored.
func TestBackgroundBringsWhatIsNotStored(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", swr), slowly(time.Second, []string{"a", "b", "c"}, respond(200, "", "Cache-Control: private")))
		e.view(t.Context(), e.request("GET", "/"))
		time.Sleep(15 * time.Second)
		e.view(t.Context(), e.request("GET", "/"))
		start := time.Now()
		if err := e.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("the fetch ended after %v, want 1s: at its first byte", took)
		}
		e.wantStored("/", "")
	})
}

// The error caching minimum TTL is the pause, by status (CF-STALE-01).
func TestRetryPauseByStatus(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Errors.PerStatus = []freshness.ErrorTTL{{Status: 503, MinTTL: 30 * time.Second}, {Status: 500}}
		e.answer(respond(200, "old", "Cache-Control: max-age=10"), respond(503, ""), respond(500, ""))
		r := e.request("GET", "/")
		e.view(t.Context(), r)
		time.Sleep(20 * time.Second)
		e.view(t.Context(), r)
		time.Sleep(29 * time.Second)
		e.view(t.Context(), r)
		e.wantRequests(2)
		time.Sleep(time.Second)
		for range 3 { // 500 has no pause
			e.want(e.view(t.Context(), r), KindStaleOnError, 200, "old")
			synctest.Wait()
		}
		e.wantRequests(5)
	})
}
