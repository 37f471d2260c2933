package fetch

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/geo"
)

// routed makes the members of e's group, of which the last two are an origin
// group, those of a route.
func (e *edge) routed(r group.Routing) *[]string {
	members, chosen := e.rules.Group.Members, new([]string)
	groups := []*Group{{Members: members[:1]}, {Members: members[1:], Criteria: e.rules.Group.Criteria}}
	e.rules.Group, e.rules.Route = nil, &Route{Groups: groups, Router: group.NewRouter(r), Chosen: func(g int, why group.Choice) {
		e.mu.Lock()
		defer e.mu.Unlock()
		*chosen = append(*chosen, fmt.Sprint(g, " ", why))
	}}
	return chosen
}

// The route comes first, then the failover within what it has chosen; not
// between what it chooses among (AG-LAT-05).
func TestRoute(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		states := []*health.State{ejecting(2), ejecting(2), nil}
		e.grouped(t, []int{503}, Member{State: states[0]}, Member{State: states[1]}, Member{})
		chosen := e.routed(group.Routing{Policy: group.PolicyFailover})
		e.by(after(0, respond(503, "first")), after(0, respond(503, "second")), after(0, respond(200, "third")))
		for i := range 2 {
			e.want(e.view(t.Context(), e.request("GET", fmt.Sprint("/", i))), KindResponse, 503, "first")
		}
		for range 3 {
			e.want(read(t.Context(), e.Direct(t.Context(), e.rules, e.request("GET", "/"))), KindResponse, 200, "third")
		}
		e.wantChosen(chosen, "0 primary", "0 primary", "1 ejected", "1 ejected", "1 ejected")
		e.wantRequests(2 + 2 + 3) // the second is ejected after two, within its group
		time.Sleep(10 * time.Second)
		e.by(after(0, respond(200, "first")), after(0, respond(200, "second")), after(0, respond(200, "third")))
		e.want(e.view(t.Context(), e.request("GET", "/3")), KindResponse, 200, "third")
		synctest.Wait()
		e.want(e.view(t.Context(), e.request("GET", "/4")), KindResponse, 200, "first")
		if got := states[1].Availability(); got != health.Available {
			t.Errorf("an ejected member of a group that is chosen: got %v", got)
		}
	})
}

// The group with the least latency of the member that would be asked.
func TestRouteByLatency(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		var states []*health.State
		for range 3 {
			states = append(states, health.NewState(health.Settings{Ejection: health.Ejection{Failures: 1, Base: time.Hour, Max: time.Hour}, HalfLife: time.Minute}))
		}
		e.grouped(t, []int{503}, Member{State: states[0]}, Member{State: states[1]}, Member{State: states[2]})
		chosen := e.routed(group.Routing{Policy: group.PolicyLatency, Better: 0.1})
		e.by(after(0, respond(200, "first")), after(0, respond(200, "second")), after(0, respond(200, "third")))
		far := func(i, ms int) {
			r := health.Report{Outcome: health.OutcomeGood}
			r.Timing.Connect = time.Duration(ms) * time.Millisecond
			states[i].Report(r, time.Now())
		}
		e.timed("/1", "first", 0)
		far(0, 50)
		far(1, 20)
		far(2, 90)
		e.timed("/2", "second", 0)
		states[1].Report(health.Report{Outcome: health.OutcomeBad}, time.Now())
		e.timed("/3", "first", 0)
		e.wantChosen(chosen, "0 unmeasured", "1 latency", "0 latency")
	})
}

// Who is chosen by shares is chosen for each fetch, or for a time.
func TestRouteByWeight(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.grouped(t, nil, Member{}, Member{})
		e.by(after(0, respond(200, "first")), after(0, respond(200, "second")))
		var counts [2]int
		chosen := e.routed(group.Routing{Policy: group.PolicyWeighted, Weights: []int{1, 3}})
		for range 400 {
			got := read(t.Context(), e.Direct(t.Context(), e.rules, e.request("GET", "/")))
			counts[map[string]int{"first": 0, "second": 1}[got.body]]++
		}
		if counts[0] < 50 || counts[1] < 200 {
			t.Errorf("of 400 by 1 and 3: got %v", counts)
		}
		*chosen = nil
		e.rules.Route.Router = group.NewRouter(group.Routing{Policy: group.PolicyWeighted, Weights: []int{1, 3}, TTL: time.Minute})
		for range 3 {
			read(t.Context(), e.Direct(t.Context(), e.rules, e.request("GET", "/")))
		}
		if got := *chosen; len(got) != 3 || !slices.Equal(got[1:], []string{got[0][:2] + "sticky", got[0][:2] + "sticky"}) {
			t.Errorf("got %q, want one choice that holds", got)
		}
	})
}

// Who is named by the viewer's field is asked, unless it is ejected. Of several
// lines the one counts that the key has: a joined one names nobody. Connection
// takes none out of the key, nor out of the choice.
func TestRouteByHeader(t *testing.T) {
	for choice, want := range map[cachekey.RepeatedHeader]string{
		cachekey.RepeatedHeaderJoined: "first", cachekey.RepeatedHeaderFirst: "second", cachekey.RepeatedHeaderLast: "first",
	} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			policy, err := requestpolicy.New(requestpolicy.Config{Key: cachekey.Policy{Headers: []string{"x-release"}, Choices: cachekey.Choices{RepeatedHeader: choice}}})
			if err != nil {
				t.Fatal(err)
			}
			e.rules.RequestPolicy = policy
			state := ejecting(1)
			e.grouped(t, nil, Member{}, Member{State: state})
			e.by(after(0, respond(200, "first")), after(0, respond(200, "second")))
			chosen := e.routed(group.Routing{Policy: group.PolicyFailover})
			e.rules.Route.Header, e.rules.Route.Groups[0].Name, e.rules.Route.Groups[1].Name = "x-release", "blue", "green"
			ask := func(want string, values ...string) {
				t.Helper()
				r := e.request("GET", "/")
				r.Fields.Add("Connection", "x-release")
				for _, v := range values {
					r.Fields.Add("X-Release", v)
				}
				e.want(read(t.Context(), e.Direct(t.Context(), e.rules, r)), KindResponse, 200, want)
			}
			ask("second", "green")
			ask("first", "blue")
			ask("first", "Green")
			ask("first", "")
			ask("first")
			ask(want, "green", "blue")
			state.Report(health.Report{Outcome: health.OutcomeBad}, time.Now())
			ask("first", "green")
			lines := map[string]string{"first": "0 primary", "second": "1 header"}[want]
			if choice == cachekey.RepeatedHeaderLast {
				lines = "0 header"
			}
			e.wantChosen(chosen, "1 header", "0 header", "0 primary", "0 primary", "0 primary", lines, "0 primary")
		})
	}
}

// By where the viewer of the request is, whom others may join (AG-LAT-05).
func TestRouteByPlace(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.grouped(t, nil, Member{}, Member{})
		e.by(after(0, respond(200, "first")), after(0, respond(200, "second")))
		chosen := e.routed(group.Routing{Policy: group.PolicyGeo, Locations: group.Locations{Countries: map[string]int{"DE": 1}}})
		table, err := geo.Parse("geo.csv", []byte("192.0.2.0/24,DE"))
		if err != nil {
			t.Fatal(err)
		}
		e.rules.Route.Geo = geo.Join(table)
		for addr, want := range map[string]string{"192.0.2.1": "second", "::ffff:192.0.2.1": "second", "198.51.100.1": "first"} {
			q := e.request("GET", "/"+addr)
			q.Viewer = netip.MustParseAddr(addr)
			e.want(e.view(t.Context(), q), KindResponse, 200, want)
		}
		slices.Sort(*chosen)
		e.wantChosen(chosen, "0 default", "1 country", "1 country")
	})
}
