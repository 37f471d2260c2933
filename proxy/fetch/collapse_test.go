package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/origin"
)

var errGone = errors.New("viewer gone")

// CF-COL-01: a thousand viewers of a cold path cause one request.
func TestManyViewersOneFetch(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(slowly(time.Second, []string{"one ", "two ", "three"}, respond(200, "", "Cache-Control: max-age=60")))
		collapsed := 0
		for _, got := range e.views(1000, func() *Request { return e.request("GET", "/") }) {
			e.want(got, KindResponse, 200, "one two three")
			if got.collapsed {
				collapsed++
			}
		}
		if collapsed != 999 {
			t.Errorf("collapsed: got %d, want 999", collapsed)
		}
		e.wantRequests(1)
		e.wantStored("/", "one two three")
	})
}

// Viewers that come too late for content that was cut off share the next
// fetch: they do not all ask the origin at once.
func TestWaitersOfCutContent(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		cut := endingIn(io.ErrUnexpectedEOF, respond(200, "cut", "Cache-Control: max-age=60"))
		whole := slowly(time.Second, []string{"one ", "two"}, respond(200, "", "Cache-Control: max-age=60"))
		e.script = func(ctx context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Second) // meanwhile the others come
			if n == 1 {
				return cut(), nil
			}
			return whole(), nil
		}
		for _, got := range e.views(200, func() *Request { return e.request("GET", "/") }) {
			if got.err == nil {
				e.want(got, KindResponse, 200, "one two")
			}
		}
		if n := e.requests(); n > 2 {
			t.Errorf("requests: got %d, want one that was cut off and one that was not", n)
		}
	})
}

// Joiners get bytes when the origin sends them, also those that come late.
func TestJoinersStream(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(slowly(time.Second, []string{"a", "b", "c"}, respond(200, "", "Cache-Control: max-age=60")))
		start := time.Now()
		var wait sync.WaitGroup
		for _, late := range []time.Duration{0, 1500 * time.Millisecond} {
			wait.Go(func() {
				time.Sleep(late)
				a, err := e.get(t.Context(), e.request("GET", "/"))
				if err != nil {
					t.Error(err)
					return
				}
				defer a.Close()
				for i, want := range []string{"a", "b", "c"} {
					p, err := a.Content.Next(t.Context())
					if at := time.Since(start); string(p) != want || err != nil || at != max(late, time.Duration(i+1)*time.Second) {
						t.Errorf("viewer at %v: got %q, %v at %v, want %q when it was sent", late, p, err, at, want)
					}
				}
			})
		}
		wait.Wait()
		e.wantRequests(1)
	})
}

// Rule 1, read your writes: a fetch stays joinable until the cache has its
// response; and who looked up before and joins after finds what was stored.
func TestNoGapBetweenFetchAndStore(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "content", "Cache-Control: max-age=60"))
		r := e.request("GET", "/")
		first := e.view(t.Context(), r)
		e.want(first, KindResponse, 200, "content")
		for range 100 { // no waiting for the fetch to end
			if got := e.view(t.Context(), r); got.body != "content" || got.err != nil {
				t.Errorf("right after the content's end: got %v", got)
			}
		}
		synctest.Wait()
		a, err := e.Get(t.Context(), e.rules, r, nil) // its lookup was a miss, long ago
		if err != nil {
			t.Fatal(err)
		}
		e.want(read(t.Context(), a), KindStored, 200, "content")
		e.wantRequests(1)
	})
}

// The same for the pause after a failed revalidation.
func TestLookAgainFindsRetryPause(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", "Cache-Control: max-age=10"), respond(503, ""))
		r := e.request("GET", "/")
		e.view(t.Context(), r)
		time.Sleep(20 * time.Second)
		stale := e.lookup(r).Entry
		e.want(e.view(t.Context(), r), KindStaleOnError, 200, "old")
		synctest.Wait()
		a, err := e.Get(t.Context(), e.rules, r, stale)
		if err != nil {
			t.Fatal(err)
		}
		e.want(read(t.Context(), a), KindStaleOnError, 200, "old")
		e.wantRequests(2)
	})
}

// Rule 2, CF-INV-23: what was fetched before an invalidation goes to those
// who had asked before it, and to nobody else.
func TestInvalidationDuringFetch(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			text := fmt.Sprintf("content %d", n)
			sleep(ctx, 10*time.Second)
			return respond(200, text, "Cache-Control: max-age=60")(), nil
		}
		var wait sync.WaitGroup
		for i, want := range []string{"content 1", "content 1", "content 2", "content 2"} {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * 2 * time.Second)
				e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, want)
			})
		}
		time.Sleep(3 * time.Second)
		e.invalidate("/*")
		wait.Wait()
		e.wantRequests(2)
		e.wantStored("/", "content 2")
	})
}

// Rule 3: the response of an older fetch does not replace a newer one.
func TestOlderFetchEndsLater(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Duration(10/n)*time.Second)
			return respond(200, fmt.Sprint(n), "Cache-Control: max-age=60")(), nil
		}
		var wait sync.WaitGroup
		for i := range 2 {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				a, err := e.Alone(t.Context(), e.rules, e.request("GET", "/"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				e.want(read(t.Context(), a), KindResponse, 200, fmt.Sprint(i+1))
			})
		}
		wait.Wait()
		e.wantStored("/", "2")
	})
}

// Rule 4, CF-COL-04: each viewer gets his own response, nothing of another's,
// and the next ones do not queue.
func TestPrivateAnswersAreNotShared(t *testing.T) {
	for _, directive := range []string{"private", "no-store", "no-cache", "max-age=0", "s-maxage=0", "private, max-age=60"} {
		t.Run(directive, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.script = func(ctx context.Context, n int, r *origin.Request) (*origin.Response, error) {
					sleep(ctx, time.Second)
					text := fmt.Sprint("secret of viewer ", n)
					return respond(200, text, "Cache-Control: "+directive, "X-Owner: "+fmt.Sprint(n))(), nil
				}
				owners := make(map[string]bool)
				for _, got := range e.views(20, func() *Request { return e.request("GET", "/") }) {
					e.want(got, KindResponse, 200, "secret of viewer "+got.fields.Get("X-Owner"))
					if got.collapsed {
						t.Error("a viewer was given another's response")
					}
					owners[got.body] = true
				}
				if len(owners) != 20 {
					t.Errorf("different responses: got %d, want 20", len(owners))
				}
				e.wantRequests(20)
				if !e.cache.Unshared(e.request("GET", "/").Hash, time.Now()) {
					t.Error("the key is not marked")
				}
				start := time.Now()
				e.views(20, func() *Request { return e.request("GET", "/") })
				if took := time.Since(start); took != time.Second {
					t.Errorf("the next viewers took %v, want 1s: they queued behind one another", took)
				}
			})
		})
	}
}

// Who was not given another's response takes what is stored by then.
func TestJoinerFindsStored(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			if n == 2 {
				return respond(200, "common", "Cache-Control: max-age=60")(), nil
			}
			sleep(ctx, 10*time.Second)
			return respond(200, "secret", "Cache-Control: private")(), nil
		}
		var wait sync.WaitGroup
		wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "secret") })
		synctest.Wait()
		for range 3 {
			wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindStored, 200, "common") })
		}
		synctest.Wait()
		a, err := e.Alone(t.Context(), e.rules, e.request("GET", "/"), nil)
		if err != nil {
			t.Fatal(err)
		}
		e.want(read(t.Context(), a), KindResponse, 200, "common")
		wait.Wait()
		e.wantRequests(2)
	})
}

// CF-COL-05: a minimum TTL makes even private answers common.
func TestMinTTLSharesPrivateAnswers(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Freshness.MinTTL = time.Second
		e.answer(slowly(time.Second, []string{"x"}, respond(200, "", "Cache-Control: private")))
		e.views(20, func() *Request { return e.request("GET", "/") })
		e.wantRequests(1)
	})
}

// The mark goes when an answer can be shared again.
func TestMarkIsCleared(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "mine", "Cache-Control: private"), respond(200, "ours", "Cache-Control: max-age=60"))
		r := e.request("GET", "/")
		for _, want := range []bool{true, false} {
			e.view(t.Context(), r)
			if got := e.cache.Unshared(r.Hash, time.Now()); got != want {
				t.Errorf("marked after %d requests: got %v, want %v", e.requests(), got, want)
			}
		}
	})
}

// CF-TTL-14: fields that are not stored do not reach joiners either.
func TestListedFieldsAreNotShared(t *testing.T) {
	for _, directive := range []string{`no-cache="X-User"`, `private="X-User"`} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.answer(slowly(time.Second, []string{"common"}, respond(200, "", "Cache-Control: max-age=60, "+directive, "X-User: alice")))
			for _, got := range e.views(5, func() *Request { return e.request("GET", "/") }) {
				if has := got.fields.Has("X-User"); has == got.collapsed {
					t.Errorf("%s: collapsed %v, got X-User: %v", directive, got.collapsed, has)
				}
			}
			if entry := e.wantStored("/", "common"); entry != nil && entry.Fields(nil).Has("X-User") {
				t.Errorf("%s: X-User was stored", directive)
			}
		})
	}
}

// A GET in flight answers a HEAD (CF-COL-10), which has nothing for a GET
// (CF-KEY-04).
func TestHeadAndGet(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Second)
			response := respond(200, "content", "Cache-Control: max-age=60")()
			if r.Method == "HEAD" {
				response.Body = &content{end: errors.New("content of a HEAD was read")}
			}
			return response, nil
		}
		for _, c := range []struct {
			first, second string
			requests      int // in all
		}{{"GET", "HEAD", 1}, {"HEAD", "GET", 3}} {
			var wait sync.WaitGroup
			view := func(method string) {
				got, want := e.view(t.Context(), e.request(method, "/")), "content"
				if method == "HEAD" {
					want = ""
				}
				e.want(got, KindResponse, 200, want)
				if got.length != 7 {
					t.Errorf("length for a %s: got %d, want that of the content, 7 (CF-RESP-48)", method, got.length)
				}
			}
			wait.Go(func() { view(c.first) })
			synctest.Wait()
			wait.Go(func() { view(c.second) })
			wait.Wait()
			e.wantRequests(c.requests)
			e.invalidate("/*")
		}
		e.view(t.Context(), e.request("HEAD", "/"))
		synctest.Wait() // the answer comes before it is stored
		if got := e.lookup(e.request("HEAD", "/")); got.Outcome != cache.OutcomeFresh || got.Entry.Length != 7 || !got.Entry.HeadOnly {
			t.Errorf("a stored HEAD: got %v, want it fresh with the length", got.Outcome)
		}
		e.wantStored("/", "")
	})
}

// Rule 5: who leaves stops nobody else.
func TestLeaderLeaves(t *testing.T) {
	// The head comes after one second, then a piece each second.
	const before, within = time.Second / 2, 5 * time.Second / 2
	for name, c := range map[string]struct {
		control      string
		leaves       time.Duration
		joiners      int
		wantEnd      time.Duration // of the last fetch
		wantStored   string
		wantRequests int
	}{
		"others read (CF-COL-11)":             {"max-age=60", within, 2, 4 * time.Second, "abc", 1},
		"others wait for the head":            {"max-age=60", before, 2, 4 * time.Second, "abc", 1},
		"alone, will be stored":               {"max-age=60", within, 0, 4 * time.Second, "abc", 1},
		"alone, before the head":              {"max-age=60", before, 0, 4 * time.Second, "abc", 1},
		"alone, uncacheable: it stops":        {"no-store", within, 0, within, "", 1},
		"alone, uncacheable, before the head": {"no-store", before, 0, time.Second, "", 1},
		"uncacheable, others make their own":  {"no-store", before, 2, 5 * time.Second, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				respond := slowly(time.Second, []string{"a", "b", "c"}, respond(200, "", "Cache-Control: "+c.control))
				e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
					sleep(ctx, time.Second)
					return respond(), nil
				}
				start := time.Now()
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(c.leaves, func() { cancel(errGone) })
				var wait sync.WaitGroup
				wait.Go(func() {
					want := ""
					if c.leaves > time.Second {
						want = "a"
					}
					if got := e.view(ctx, e.request("GET", "/")); got.body != want || !errors.Is(got.err, errGone) {
						t.Errorf("the viewer that left: got %v, want %q and %v", got, want, errGone)
					}
				})
				synctest.Wait()
				for range c.joiners {
					wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "abc") })
				}
				wait.Wait()
				if err := e.Drain(t.Context()); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != c.wantEnd {
					t.Errorf("the last fetch ended after %v, want %v", took, c.wantEnd)
				}
				e.wantRequests(c.wantRequests)
				e.wantStored("/", c.wantStored)
			})
		})
	}
}

// The leader of content that is too large to store leaves while others wait
// for its head: whoever can not have all of it asks for himself.
func TestLeaderOfLargeContentLeaves(t *testing.T) {
	large := strings.Repeat("x", 2<<20)
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Second)
			return respond(200, large, "Cache-Control: max-age=60")(), nil
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second/2, func() { cancel(errGone) })
		var wait sync.WaitGroup
		wait.Go(func() {
			if got := e.view(ctx, e.request("GET", "/")); !errors.Is(got.err, errGone) {
				t.Errorf("leader: got %v, want %v", got, errGone)
			}
		})
		synctest.Wait()
		for range 5 {
			wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, large) })
		}
		wait.Wait()
		e.wantStored("/", "")
	})
}

// Joiners that leave are not waited for, and an answer that is closed unread
// frees the fetch.
func TestJoinerLeaves(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, 10*time.Second)
			return respond(200, "content", "Cache-Control: max-age=60")(), nil
		}
		var wait sync.WaitGroup
		wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "content") })
		synctest.Wait()
		wait.Go(func() {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errGone)
			defer cancel()
			start := time.Now()
			if got := e.view(ctx, e.request("GET", "/")); !errors.Is(got.err, errGone) || time.Since(start) != time.Second {
				t.Errorf("got %v after %v, want %v at once", got, time.Since(start), errGone)
			}
		})
		wait.Wait()
		e.wantRequests(1)
	})
}

// A viewer that closes its Answer leaves nothing behind in its context, which
// may live much longer.
func TestAnswerCloseDetaches(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "content", "Cache-Control: no-store"))
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		a.Close()
		if a.Content.mu.detach() {
			t.Error("the content was still tied to the viewer's context")
		}
		Answer{}.Close()
	})
}

// Slow joiners of content that is not kept do not see a hole.
func TestLateJoinerOfLargeContent(t *testing.T) {
	var pieces []string
	for i := range 60 {
		pieces = append(pieces, strings.Repeat(string(rune('A'+i)), 32<<10))
	}
	large := strings.Join(pieces, "")
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(slowly(time.Second, pieces, respond(200, "", "Cache-Control: max-age=60")))
		var wait sync.WaitGroup
		for i := range 4 {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * 15 * time.Second) // the last one comes after the limit
				e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, large)
			})
		}
		wait.Wait()
		e.wantStored("/", "")
		e.wantRequests(2)
	})
}
