package proxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

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
	peer := &viewer.Peer{Remote: netip.MustParseAddrPort("198.51.100.10:40001")}
	var got []string
	ask := func(path string) {
		var h viewer.Hit
		r := request("GET http://shop.test"+path, "")
		r.Peer, r.Remote, r.Received = peer, peer.Remote, time.Now()
		if s.Hit(&h, r) {
			got = append(got, "hit")
			return
		}
		r.Tried = true
		w := new(recorder)
		s.Serve(t.Context(), w, r)
		got = append(got, fmt.Sprint(w.status))
	}
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

// TestPeerIsKept: a connection keeps what a web ACL knows about it, until there
// is another web ACL.
func TestPeerIsKept(t *testing.T) {
	s := benchServer(t)
	d := s.Snapshot().Distributions[0]
	r := request("GET http://shop.test/p", "")
	r.Peer, r.Remote = new(viewer.Peer), netip.MustParseAddrPort("198.51.100.10:40001")
	x := Exchange{server: s, r: r, distribution: d}
	first, second := blocking(t, acted{}, 10), blocking(t, acted{}, 10)
	p := x.peer(first)
	if x.peer(first) != p {
		t.Error("the second request of a connection: got another Peer, want the same")
	}
	if q := x.peer(second); q == p || q.ACL() != second {
		t.Error("after a reload: got the Peer of the former web ACL")
	}
	r.Peer = nil
	if q := x.peer(first); q.ACL() != first {
		t.Error("without a connection: got the Peer of another web ACL")
	}
}
