package fetch

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
)

// makeStrict gives the edge's behavior a policy with RFC 9111 semantics that
// sends the origin all fields.
func (e *edge) makeStrict() {
	e.rules.Freshness.Semantics = freshness.SemanticsRFC9111
	policy, err := requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer})
	if err != nil {
		e.t.Fatal(err)
	}
	e.rules.RequestPolicy = policy
}

// variant is a request whose key was chosen by what is nominated by now.
func (e *edge) variant(method, path string, fields ...string) *Request {
	r := e.request(method, path, fields...)
	r.Selection = Selection{Primary: r.Key, Hash: r.Hash}
	r.Changeable = true
	r.reselect(e.cache.Nominated(r.Hash, r.Key))
	return r
}

// RFC 9111 section 4.1: a thousand viewers of a cold key that turns out to
// have ten variants get each its own, for at most one request per variant.
func TestManyViewersManyVariants(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.makeStrict()
		e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Second)
			return respond(200, "for "+r.Fields.Get("Foo"), "Cache-Control: max-age=60", "Vary: Foo")(), nil
		}
		var n atomic.Int64
		for _, got := range e.views(1000, func() *Request { return e.variant("GET", "/", fmt.Sprintf("Foo: %d", n.Add(1)%10)) }) {
			if got.status != 200 || len(got.body) != len("for 0") {
				t.Errorf("got %v, want 200 and the content of a variant", got)
			}
		}
		e.wantRequests(10)
		for i := range 10 {
			want := fmt.Sprintf("for %d", i)
			got := e.view(t.Context(), e.variant("GET", "/", fmt.Sprintf("Foo: %d", i)))
			e.want(got, KindStored, 200, want)
		}
	})
}

// The content that a viewer waited for is that of its own field.
func TestVariantsAreNotMixedUp(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.makeStrict()
		e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Second)
			return respond(200, r.Fields.Get("Foo")+r.Fields.Get("Bar"), "Cache-Control: max-age=60", "Vary: "+r.Fields.Get("By"))(), nil
		}
		got := make(chan string, 100)
		for i := range cap(got) {
			foo, bar, by := fmt.Sprint(i%3), fmt.Sprint(i%5), "Foo, By"
			if i%2 == 0 {
				by = "By, Bar, Foo"
			}
			go func() {
				seen := e.view(t.Context(), e.variant("GET", "/", "Foo: "+foo, "Bar: "+bar, "By: "+by))
				switch {
				case seen.body == foo+bar, by == "Foo, By" && len(seen.body) == 2 && seen.body[:1] == foo:
					got <- ""
				default:
					got <- fmt.Sprintf("Foo %s, Bar %s, By %s: got %q", foo, bar, by, seen.body)
				}
			}()
		}
		for range cap(got) {
			if bad := <-got; bad != "" {
				t.Error(bad)
			}
		}
	})
}

// RFC 9111 section 4.1: what nominates "*" or too much is stored nowhere.
func TestNotSelectable(t *testing.T) {
	many := "Vary: a0"
	for i := range 20 {
		many += fmt.Sprintf(", a%d", i)
	}
	for _, vary := range []string{"Vary: *", many} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.makeStrict()
			e.answer(respond(200, "x", "Cache-Control: max-age=60", vary))
			for range 2 {
				got := e.view(t.Context(), e.variant("GET", "/"))
				e.want(got, KindResponse, 200, "x")
			}
			e.wantRequests(2)
		})
	}
}

// RFC 9111 section 5.2.1: a request that wants an answer confirmed gets no
// stale one, and one with no-store leaves nothing behind.
func TestDemands(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.makeStrict()
		e.answer(respond(200, "old", "Cache-Control: max-age=10"))
		e.view(t.Context(), e.variant("GET", "/"))
		time.Sleep(15 * time.Second)
		e.fail(origin.ErrorConnect, 0)
		r := e.variant("GET", "/")
		r.Validated = true
		if got := e.view(t.Context(), r); got.kind != KindFailed {
			t.Errorf("validation demanded: got %v, want %v", got.kind, KindFailed)
		}
		e.want(e.view(t.Context(), e.variant("GET", "/")), KindStaleOnError, 200, "old")

		e.answer(respond(200, "x", "Cache-Control: max-age=60"))
		r = e.variant("GET", "/secret")
		r.NoStore = true
		e.view(t.Context(), r)
		if found := e.lookup(e.variant("GET", "/secret")); found.Entry != nil {
			t.Errorf("after a request with no-store: got an entry, want none")
		}
	})
}

// RFC 9111 section 4.3.5: an answer to HEAD that contradicts the stored one
// to GET ends it; one that agrees does not.
func TestHeadContradicts(t *testing.T) {
	for _, c := range []struct {
		field  string
		length int64
		ends   bool
	}{
		{`ETag: "v1"`, 3, false},
		{"X-A: b", -1, false},
		{"X-A: b", 4, true},
		{`ETag: "v2"`, 3, true},
		{"Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", -1, true},
	} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.makeStrict()
			e.answer(respond(200, "old", "Cache-Control: max-age=10", `ETag: "v1"`))
			get := e.variant("GET", "/")
			e.view(t.Context(), get)
			time.Sleep(15 * time.Second)
			e.answer(func() *origin.Response {
				r := respond(200, "", c.field, "Cache-Control: no-store")()
				r.ContentLength = c.length
				return r
			})
			e.view(t.Context(), e.variant("HEAD", "/"))
			if found := e.lookup(get); (found.Entry == nil) != c.ends {
				t.Errorf("HEAD with %q, length %d: got entry %v, want it ended %v", c.field, c.length, found.Entry != nil, c.ends)
			}
		})
	}
}

// A 304 that nominates a field by which the stored response was not chosen
// does not make it one for everybody.
func TestNotModifiedNominatesMore(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.makeStrict()
		e.answer(respond(200, "x", "Cache-Control: max-age=10", `ETag: "v1"`))
		e.view(t.Context(), e.variant("GET", "/", "Foo: 1"))
		time.Sleep(15 * time.Second)
		e.answer(respond(304, "", "Cache-Control: max-age=10", `ETag: "v1"`, "Vary: Foo"))
		e.want(e.view(t.Context(), e.variant("GET", "/", "Foo: 1")), KindRevalidated, 200, "x")
		e.answer(respond(200, "y", "Cache-Control: max-age=10", "Vary: Foo"))
		e.want(e.view(t.Context(), e.variant("GET", "/", "Foo: 2")), KindResponse, 200, "y")
	})
}

// RFC 9111 section 4.4: a request after a change does not join the fetch from
// before it, and what that brings is not stored.
func TestChangeDuringFetch(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.makeStrict()
		e.answer(
			slowly(time.Second, []string{"old"}, respond(200, "", "Cache-Control: max-age=60")),
			respond(200, "new", "Cache-Control: max-age=60"))
		before := make(chan seen)
		go func() { before <- e.view(t.Context(), e.variant("GET", "/")) }()
		synctest.Wait()
		r := e.variant("GET", "/")
		e.cache.Changed(r.Distribution, r.Key, e.cache.Ticket().Order)
		e.want(e.view(t.Context(), r), KindResponse, 200, "new")
		e.want(<-before, KindResponse, 200, "old")
		e.want(e.view(t.Context(), e.variant("GET", "/")), KindStored, 200, "new")
	})
}
