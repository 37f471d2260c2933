package proxy

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// hit asks Hit and reports whether it has answered; the answer must be that of
// the stages.
func (e *edge) hit(what, fields string) bool {
	e.t.Helper()
	var h viewer.Hit
	r := request(what, fields)
	r.Marks = viewer.MarksOf(r.Fields)
	if !e.server.Hit(&h, r) {
		return false
	}
	if err := e.server.CheckHit(&h, r); err != nil {
		e.t.Error(err)
	}
	h.Done(&h, r, 100)
	return true
}

func rewriter(t testing.TB, p respheaders.Policy) *respheaders.Rewriter {
	t.Helper()
	rw, err := respheaders.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return rw
}

// TestHit: which stored responses go out as they are stored, once the stages
// have sent them so, and which requests they answer.
func TestHit(t *testing.T) {
	const url = "http://shop.test/p"
	plain := "Cache-Control: max-age=60\nServer: api\nX-A: 1\nServer: second"
	tests := []struct {
		name     string
		response string // the origin's fields
		policy   *respheaders.Policy
		behavior func(*Behavior)
		request  string // GET unless it begins with a method
		fields   string
		want     bool
	}{
		{name: "plain", want: true},
		{name: "HEAD", request: "HEAD " + url, want: true},
		{name: "as the viewer is used to asking", fields: "Accept: */*\nCookie: a=b\nCache-Control: no-cache\nAuthorization: x", want: true},
		{name: "POST", request: "POST " + url},
		{name: "OPTIONS", request: "OPTIONS " + url},
		{name: "range", fields: "Range: bytes=0-1"},
		{name: "condition", fields: `If-None-Match: "v1"`},
		{name: "content", fields: "Content-Length: 3"},
		{name: "another host", request: "GET http://other.test/p"},
		{name: "a third distribution in the chain", fields: "CDN-Loop: cloudfront\nCDN-Loop: cloudfront"},
		{name: "not fresh for long", response: "Cache-Control: max-age=5"},
		{name: "no-store", response: "Cache-Control: no-store"},
		{name: "Via of the origin", response: "Cache-Control: max-age=60\nVia: 1.1 x\nX-A: 1", want: true},
		{name: "Age of the origin", response: "Cache-Control: max-age=60\nAge: 3\nX-A: 1", want: true},
		{name: "another edge", response: plain + "\nAge: 3\nX-Cache: Hit from cloudfront\nVia: 1.1 x\nX-Amz-Cf-Pop: GND1-P1\nX-Amz-Cf-Id: i\nX-B: 1", want: true},
		{name: "ids of S3 are left out", response: plain + "\nX-Amz-Id-2: x", want: true},
		{name: "removed fields", policy: &respheaders.Policy{Remove: []string{"Server", "X-B"}}, want: true},
		{name: "custom field", policy: &respheaders.Policy{Custom: []respheaders.Header{{Name: "X-C", Value: "2"}}}, want: true},
		{name: "custom field that the origin has", policy: &respheaders.Policy{Custom: []respheaders.Header{{Name: "X-A", Value: "2"}}}, want: true},
		{name: "changed field", policy: &respheaders.Policy{Custom: []respheaders.Header{{Name: "X-A", Value: "2", Override: true}}}, want: true},
		{name: "date of the edge", policy: &respheaders.Policy{Remove: []string{"Date"}}},
		{name: "field changed to what it is", policy: &respheaders.Policy{Custom: []respheaders.Header{{Name: "X-A", Value: "1", Override: true}}}, want: true},
		{name: "Origin without a policy", fields: "Origin: https://a.test", want: true},
		{name: "Origin with a policy", policy: &respheaders.Policy{Custom: []respheaders.Header{{Name: "X-C", Value: "2"}}}, fields: "Origin: https://a.test", want: true},
		{name: "Server-Timing for nobody", policy: &respheaders.Policy{ServerTiming: &respheaders.ServerTiming{}}, want: true},
		{name: "Server-Timing for all", policy: &respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: 1_000_000}}, want: true},
		{name: "Server-Timing that may be asked for", policy: &respheaders.Policy{ServerTiming: &respheaders.ServerTiming{}}, fields: "Pragma: no-cache"},
		{name: "Server-Timing of the origin", response: plain + "\nServer-Timing: db", policy: &respheaders.Policy{ServerTiming: &respheaders.ServerTiming{}}, want: true},
		{name: "Pragma without Server-Timing", fields: "Pragma: no-cache", want: true},
		{name: "redirect to HTTPS", behavior: func(b *Behavior) { b.ViewerProtocol = ViewerProtocolRedirectToHTTPS }, request: "GET http://shop.test/p"},
		{name: "caching disabled", behavior: func(b *Behavior) { b.Freshness = freshness.Policy{} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.response == "" {
					tt.response = plain
				}
				if tt.request == "" {
					tt.request = "GET " + url
				}
				e := newEdge(t, ok(tt.response, "hello"), func(s *Snapshot) {
					b := s.Distributions[0].Behaviors[0]
					if tt.policy != nil {
						b.ResponseHeaders = rewriter(t, *tt.policy)
					}
					if tt.behavior != nil {
						tt.behavior(b)
					}
				})
				e.ask("GET "+url, "")
				if e.hit(tt.request, tt.fields) {
					t.Error("got a hit before the stages have sent one")
				}
				time.Sleep(7 * time.Second)
				e.ask("GET "+url, "")
				if got := e.hit(tt.request, tt.fields); got != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestHitEnds: what is stale, was invalidated or has another configuration is
// no hit any more.
func TestHitEnds(t *testing.T) {
	const url = "GET http://shop.test/p"
	for name, end := range map[string]func(*testing.T, *edge){
		"stale": func(*testing.T, *edge) { time.Sleep(61 * time.Second) },
		"invalidated": func(t *testing.T, e *edge) {
			d := e.server.Snapshot().Distributions[0]
			if _, err := e.invalidations.Add(invalidation.Batch{Distribution: d.DomainName, Paths: []string{"/p"}}, time.Now()); err != nil {
				t.Fatal(err)
			}
		},
		"reload": func(t *testing.T, e *edge) {
			d := newDistribution(t, "shop")
			d.Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{Remove: []string{"Server"}})
			s := &Snapshot{Distributions: []*Distribution{d}}
			if err := s.Index(); err != nil {
				t.Fatal(err)
			}
			e.server.Swap(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, ok("Cache-Control: max-age=60\nServer: api", "hello"), nil)
				e.ask(url, "")
				e.ask(url, "")
				if !e.hit(url, "") {
					t.Fatal("got no hit at first")
				}
				end(t, e)
				if e.hit(url, "") {
					t.Error("got a hit afterwards")
				}
				e.ask(url, "")
				e.ask(url, "")
				if !e.hit(url, "") {
					t.Error("got no hit once the stages have sent it again")
				}
			})
		})
	}
}

// TestTailsAreBounded: a behavior whose policy makes a tail of its own for each
// response has no more of them than fit into a mark.
func TestTailsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var remove []string
		for i := range 2 * maxTails {
			remove = append(remove, fmt.Sprintf("X-%d", i))
		}
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			name := "X-" + strings.TrimPrefix(r.Target, "/")
			return response(200, "Cache-Control: max-age=60\n"+name+": 1", "hello"), nil
		}, func(s *Snapshot) {
			s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{Remove: remove})
		})
		hits := 0
		for i := range 2 * maxTails {
			url := fmt.Sprintf("GET http://shop.test/%d", i)
			e.ask(url, "")
			e.ask(url, "")
			if e.hit(url, "") {
				hits++
			}
		}
		if hits != maxTails {
			t.Errorf("got %d responses that go out as they are stored, want %d", hits, maxTails)
		}
	})
}

// TestHitAltSvc: a hit says where HTTP/3 is, in the place of what the origin says
// of itself (CF-DIST-15, CF-RESP-12).
func TestHitAltSvc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("Cache-Control: max-age=60\nAlt-Svc: h2=\":1\"\nX-A: 1", "hello"), func(s *Snapshot) {
			s.AltSvc, s.Distributions[0].HTTP3 = AltSvc(443), true
		})
		const url = "GET http://shop.test/p"
		e.ask(url, "")
		g := e.ask(url, "")
		if got := g.fields.Joined("Alt-Svc"); got != `h3=":443"; ma=86400` {
			t.Errorf("Alt-Svc: got %q", got)
		}
		if !e.hit(url, "") {
			t.Error("got no hit")
		}
	})
}

// TestHitDateOfTheEdge: where a policy has the edge say the date (CF-RHP-06), a
// response is no hit, also when the first answer has been in the second of the
// origin's own date.
func TestHitDateOfTheEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, func(*origin.Request) (*origin.Response, error) {
			date := "Date: " + cachecontrol.FormatDate(time.Now())
			return response(200, date+"\nCache-Control: max-age=60\nX-A: 1", "hello"), nil
		}, func(s *Snapshot) {
			s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{Remove: []string{"Date"}})
		})
		const url = "GET http://shop.test/p"
		e.ask(url, "")
		e.ask(url, "")
		time.Sleep(7 * time.Second)
		if e.hit(url, "") {
			t.Error("got a hit with a date of the origin")
		}
	})
}
