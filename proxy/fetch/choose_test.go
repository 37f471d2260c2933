package fetch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
)

// A scripted origin of a group, by name.
type scripted func(ctx context.Context) (*origin.Response, error)

func (e *edge) grouped(t *testing.T, statuses []int, members ...Member) *[]string {
	t.Helper()
	criteria, err := group.NewCriteria(statuses)
	if err != nil {
		t.Fatal(err)
	}
	chosen := new([]string)
	g := &Group{Name: "ha", Criteria: criteria, Members: members, Chosen: func(m int, why group.Choice) {
		e.mu.Lock()
		defer e.mu.Unlock()
		*chosen = append(*chosen, members[m].Origin.ID+" "+why.String())
	}}
	for i := range members {
		o := *e.rules.Origin
		o.ID, o.DomainName = fmt.Sprintf("o%d", i), fmt.Sprintf("o%d.test", i)
		members[i].Origin = &o
	}
	e.rules.Group, e.rules.Origin = g, members[0].Origin
	return chosen
}

// by answers by the Host that is asked.
func (e *edge) by(origins ...scripted) {
	e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
		for i, o := range origins {
			if r.Host == fmt.Sprintf("o%d.test", i) {
				return o(ctx)
			}
		}
		panic("an origin that is not there: " + r.Host)
	}
}

// after answers some time later.
func after(d time.Duration, response func() *origin.Response) scripted {
	return func(ctx context.Context) (*origin.Response, error) {
		if !sleep(ctx, d) {
			return nil, &origin.Error{Kind: origin.ErrorCanceled, Err: context.Cause(ctx)}
		}
		r := response()
		r.Timing.FirstByte = d
		return r, nil
	}
}

// unreachable gives no sign for some time, as an address that nobody has.
func unreachable(d time.Duration) scripted {
	return func(ctx context.Context) (*origin.Response, error) {
		if !sleep(ctx, d) {
			return nil, &origin.Error{Kind: origin.ErrorCanceled, Err: context.Cause(ctx)}
		}
		return nil, &origin.Error{Kind: origin.ErrorConnectTimeout, Retry: origin.RetryYes}
	}
}

func (e *edge) timed(path string, want string, took time.Duration) {
	e.t.Helper()
	begin := time.Now()
	got := e.view(e.t.Context(), e.request("GET", path))
	e.want(got, KindResponse, 200, want)
	if d := time.Since(begin); d != took {
		e.t.Errorf("GET %s took %v, want %v", path, d, took)
	}
}

func ejecting(failures int) *health.State {
	return health.NewState(health.Settings{Ejection: health.Ejection{Failures: failures, Base: 10 * time.Second, Max: time.Minute}})
}

func (e *edge) wantChosen(chosen *[]string, want ...string) {
	e.t.Helper()
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Equal(*chosen, want) {
		e.t.Errorf("chosen: got %q, want %q", *chosen, want)
	}
	*chosen = nil
}

// An ejected primary costs viewers nothing: they are answered by the secondary,
// and copies of their requests find out when it is back.
func TestEjectedPrimary(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		primary := ejecting(2)
		chosen := e.grouped(t, []int{503}, Member{State: primary}, Member{})
		backup := after(5*time.Millisecond, respond(200, "backup"))
		e.by(unreachable(10*time.Second), backup)
		for i := range 2 {
			e.timed(fmt.Sprint("/", i), "backup", 10*time.Second+5*time.Millisecond)
		}
		e.wantChosen(chosen, "o0 primary", "o1 failover_connect", "o0 primary", "o1 failover_connect")
		if !strings.Contains(e.log.String(), "origin is ejected") {
			t.Errorf("log: got %q", e.log)
		}
		e.timed("/3", "backup", 5*time.Millisecond)
		e.wantChosen(chosen, "o1 ejected")
		time.Sleep(10 * time.Second)
		for i := range 3 { // one of them is copied, and fails
			e.timed(fmt.Sprint("/4", i), "backup", 5*time.Millisecond)
		}
		e.wantChosen(chosen, "o0 try", "o1 ejected", "o1 ejected", "o1 ejected")
		time.Sleep(30 * time.Second)
		e.by(after(time.Second, respond(200, "primary")), backup)
		e.timed("/5", "backup", 5*time.Millisecond)
		time.Sleep(time.Second)
		e.timed("/6", "primary", time.Second)
		e.wantChosen(chosen, "o0 try", "o1 ejected", "o0 primary")
		if !strings.Contains(e.log.String(), "origin is back") {
			t.Errorf("log: got %q", e.log)
		}
	})
}

// Requests that may not be sent twice do not try an ejected origin; one whose
// fetch is closed leaves it to the next.
func TestTryOnlySafeRequests(t *testing.T) {
	run(t, Options{MaxBackground: 1}, func(t *testing.T, e *edge) {
		primary := ejecting(1)
		chosen := e.grouped(t, []int{503}, Member{State: primary}, Member{})
		e.by(unreachable(time.Hour), after(0, respond(200, "backup")))
		primary.Report(health.Report{Outcome: health.OutcomeBad}, time.Now())
		time.Sleep(time.Minute)
		r := e.request("POST", "/")
		r.Body, r.ContentLength = strings.NewReader("x"), 1
		e.want(read(t.Context(), e.Direct(t.Context(), e.rules, r)), KindResponse, 200, "backup")
		e.wantChosen(chosen, "o1 ejected")
		e.crew.enter(dutyBackground) // no room
		e.timed("/1", "backup", 0)
		e.wantChosen(chosen, "o1 ejected")
		e.crew.leave(dutyBackground, nil)
		e.timed("/2", "backup", 0)
		e.wantChosen(chosen, "o0 try", "o1 ejected")
		e.timed("/3", "backup", 0)
		e.wantChosen(chosen, "o1 ejected")
		e.Close() // the copy waits for nothing
	})
}

// With all members ejected the primary is asked (AG-R53-06, AG-R53-08), and
// whoever is answered brings it back.
func TestFailOpen(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		states := []*health.State{ejecting(1), ejecting(1)}
		chosen := e.grouped(t, []int{503}, Member{State: states[0]}, Member{State: states[1]})
		for _, s := range states {
			s.Report(health.Report{Outcome: health.OutcomeBad}, time.Now())
		}
		e.by(after(time.Second, respond(200, "primary")), unreachable(0))
		e.timed("/1", "primary", time.Second)
		e.timed("/2", "primary", time.Second)
		e.wantChosen(chosen, "o0 fail_open", "o0 primary")
	})
}

// A member that was passed over is not asked when the one that was asked fails.
func TestNoWayBack(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		primary := ejecting(1)
		chosen := e.grouped(t, []int{404}, Member{State: primary}, Member{})
		primary.Report(health.Report{Outcome: health.OutcomeBad}, time.Now())
		e.by(unreachable(time.Hour), after(0, respond(404, "no")))
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 404, "no")
		e.wantChosen(chosen, "o1 ejected")
	})
}

func hedging(delay time.Duration) *Hedging {
	return &Hedging{Delay: delay, Budget: origin.NewBudget(0, 100)}
}

// A second request begins when the first takes long, and the first good answer
// counts.
func TestHedge(t *testing.T) {
	ms := time.Millisecond
	ok := func(text string) func() *origin.Response { return respond(200, text) }
	for name, test := range map[string]struct {
		first, second scripted
		want          string
		took          time.Duration
		chosen        []string
	}{
		"in time":              {after(99*ms, ok("first")), nil, "first", 99 * ms, []string{"o0 primary"}},
		"second is faster":     {after(time.Hour, ok("first")), after(5*ms, ok("second")), "second", 105 * ms, []string{"o0 primary", "o1 hedge"}},
		"first is faster":      {after(150*ms, ok("first")), after(time.Hour, ok("second")), "first", 150 * ms, []string{"o0 primary", "o1 hedge"}},
		"second fails":         {after(300*ms, ok("first")), after(5*ms, respond(503, "busy")), "first", 300 * ms, []string{"o0 primary", "o1 hedge"}},
		"first fails later":    {after(150*ms, respond(503, "busy")), after(100*ms, ok("second")), "second", 200 * ms, []string{"o0 primary", "o1 hedge"}},
		"first is unreachable": {unreachable(10 * time.Second), after(5*ms, ok("second")), "second", 105 * ms, []string{"o0 primary", "o1 hedge"}},
		"first fails early":    {after(50*ms, respond(503, "busy")), after(5*ms, ok("second")), "second", 55 * ms, []string{"o0 primary", "o1 failover_status"}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, ask := range ways {
				run(t, Options{}, func(t *testing.T, e *edge) {
					chosen := e.grouped(t, []int{503}, Member{Hedging: hedging(100 * ms)}, Member{})
					e.by(test.first, test.second)
					begin := time.Now()
					e.want(ask(t, e), KindResponse, 200, test.want)
					if took := time.Since(begin); took != test.took {
						t.Errorf("%s: took %v, want %v", kind, took, test.took)
					}
					e.wantChosen(chosen, test.chosen...)
				})
			}
		})
	}
}

// ways are those to ask for /. The memory of a direct fetch is another's while a
// second request may still be under way.
var ways = map[string]func(t *testing.T, e *edge) seen{
	"get": func(t *testing.T, e *edge) seen { return e.view(t.Context(), e.request("GET", "/")) },
	"direct": func(t *testing.T, e *edge) seen {
		a := e.Direct(t.Context(), e.rules, e.request("GET", "/"))
		got := read(t.Context(), a)
		got.fields = got.fields.Clone()
		a.Close()
		a.Recycle()
		return got
	},
}

// When both fail, the secondary's failure is the group's (CF-OG-08); where the
// first's is no criterion, it is the one that counts (CF-OG-09).
func TestHedgeBothFail(t *testing.T) {
	for _, test := range []struct {
		criteria []int
		want     string
	}{{[]int{503}, "second"}, {[]int{500}, "first"}} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.grouped(t, test.criteria, Member{Hedging: hedging(time.Second)}, Member{})
			e.by(after(2*time.Second, respond(503, "first")), after(2*time.Second, respond(503, "second")))
			e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 503, test.want)
			synctest.Wait()
			e.wantRequests(2)
		})
	}
}

// An origin alone is asked twice; POST is not, nor are more than the budget has.
func TestHedgeBounds(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		h := &Hedging{Delay: time.Second, Budget: origin.NewBudget(0.25, 1)}
		chosen := e.grouped(t, nil, Member{Hedging: h})
		e.by(after(2*time.Second, respond(200, "x")))
		e.timed("/1", "x", 2*time.Second)
		e.wantChosen(chosen, "o0 primary", "o0 hedge")
		for i := range 8 {
			e.timed(fmt.Sprint("/2", i), "x", 2*time.Second)
		}
		synctest.Wait()
		e.mu.Lock()
		if hedges := len(slices.DeleteFunc(slices.Clone(*chosen), func(s string) bool { return s != "o0 hedge" })); hedges != 2 {
			t.Errorf("of 8 requests %d were made twice, want a quarter", hedges)
		}
		*chosen = nil
		e.mu.Unlock()
		h.Budget = origin.NewBudget(0, 100)
		r := e.request("POST", "/")
		r.Body, r.ContentLength = strings.NewReader("x"), 1
		e.want(read(t.Context(), e.Direct(t.Context(), e.rules, r)), KindResponse, 200, "x")
		e.wantChosen(chosen, "o0 primary")
	})
}

// Without a delay the usual time of the origin's answers is taken, once it is
// known.
func TestHedgeUsual(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		chosen := e.grouped(t, nil, Member{State: health.NewState(health.Settings{}), Hedging: hedging(0)}, Member{})
		e.by(after(20*time.Millisecond, respond(200, "first")), after(time.Millisecond, respond(200, "second")))
		for i := range 30 {
			e.timed(fmt.Sprint("/", i), "first", 20*time.Millisecond)
		}
		*chosen = nil
		e.by(after(time.Second, respond(200, "first")), after(time.Millisecond, respond(200, "second")))
		e.timed("/late", "second", 21*time.Millisecond)
		e.wantChosen(chosen, "o0 primary", "o1 hedge")
	})
}

// A viewer that leaves ends both requests.
func TestHedgeLeft(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.grouped(t, nil, Member{Hedging: hedging(time.Second)}, Member{})
		e.by(unreachable(time.Hour), unreachable(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begin := time.Now()
		if a := e.Direct(ctx, e.rules, e.request("GET", "/")); a.Kind != KindFailed || a.Err.Kind != origin.ErrorCanceled {
			t.Errorf("got %v, %v", a.Kind, a.Err)
		}
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestDeadPrimary prints what a primary that is out of reach costs viewers: one
// request a second for five minutes, the primary back after three.
//
//	go test -v -run DeadPrimary ./proxy/fetch
func TestDeadPrimary(t *testing.T) {
	const connect, attempts, answer = 10 * time.Second, 3, 5 * time.Millisecond
	for _, test := range []struct {
		name    string
		primary func() Member
		slow    int           // viewers that have waited longer than for the secondary
		worst   time.Duration // the longest beyond that
	}{
		{"as CloudFront (3 attempts of 10 s)", func() Member { return Member{} }, 180, attempts * connect},
		{"with ejection after 1", func() Member { return Member{State: ejecting(1)} }, 30, attempts * connect},
		{"with ejection after 1, and hedging after 100 ms", func() Member { return Member{State: ejecting(1), Hedging: hedging(100 * time.Millisecond)} }, 1, 100 * time.Millisecond},
		{"with ejection after 5, and hedging after 100 ms", func() Member { return Member{State: ejecting(5), Hedging: hedging(100 * time.Millisecond)} }, 5, 100 * time.Millisecond},
	} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.grouped(t, []int{503}, test.primary(), Member{})
			backup := after(answer, respond(200, "backup"))
			e.by(unreachable(attempts*connect), backup)
			var slow int
			var worst, all time.Duration
			done := make(chan time.Duration, 300)
			for i := range 300 {
				if i == 180 {
					e.mu.Lock()
					e.by(after(answer, respond(200, "primary")), backup)
					e.mu.Unlock()
				}
				go func() {
					begin := time.Now()
					e.view(t.Context(), e.request("GET", fmt.Sprint("/", i)))
					done <- time.Since(begin) - answer
				}()
				time.Sleep(time.Second + time.Millisecond) // nobody comes as another's time is over
			}
			time.Sleep(time.Minute)
			for range 300 {
				d := <-done
				all += d
				worst = max(worst, d)
				if d > 0 {
					slow++
				}
			}
			t.Logf("%-48s viewers that wait: %3d of 300, the longest %6v, all together %v", test.name+":", slow, worst, all)
			if slow != test.slow || worst != test.worst {
				t.Errorf("%s: got %d, at most %v, want %d, at most %v", test.name, slow, worst, test.slow, test.worst)
			}
		})
	}
}
