package fetch

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// An asker admits what it is told to, after a while, and counts.
type asker struct {
	after time.Duration
	admit bool
	asked atomic.Int32
}

func (a *asker) Admit() bool {
	a.asked.Add(1)
	time.Sleep(a.after)
	return a.admit
}

// TestAdmission: who may not go to the origin does not, by any way, and who finds
// something stored is not asked.
func TestAdmission(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "hello", "Cache-Control: max-age=60"))
		request := func(a *asker) *Request {
			r := e.request("GET", "/")
			r.Admission = a
			return r
		}
		no, yes := &asker{}, &asker{admit: true}
		for name, ask := range map[string]func() (Answer, error){
			"Get":   func() (Answer, error) { return e.Get(t.Context(), e.rules, request(no), nil) },
			"Alone": func() (Answer, error) { return e.Alone(t.Context(), e.rules, request(no), nil) },
			"Lone":  func() (Answer, error) { return e.Lone(t.Context(), e.rules, request(no)) },
		} {
			if a, err := ask(); err != nil || a.Kind != KindNotAdmitted || a.Status != 429 {
				t.Errorf("%s: got %+v, %v, want %v", name, a.Result, err, KindNotAdmitted)
			}
		}
		e.wantRequests(0)
		e.want(e.view(t.Context(), request(yes)), KindResponse, 200, "hello")
		synctest.Wait()
		if a, err := e.Get(t.Context(), e.rules, request(no), nil); err != nil || a.Kind != KindStored || no.asked.Load() != 3 {
			t.Errorf("stored: got %v, %v, asked %d times, want %v, asked 3 times", a.Kind, err, no.asked.Load(), KindStored)
		}
		e.wantRequests(1)
	})
}

// TestAdmissionOfOthers: those that wait for one who may not go to the origin go
// themselves, together, if they may.
func TestAdmissionOfOthers(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(slowly(time.Second, []string{"hel", "lo"}, respond(200, "", "Cache-Control: max-age=60")))
		go func() {
			r := e.request("GET", "/")
			r.Admission = &asker{after: time.Second}
			e.want(e.view(t.Context(), r), KindNotAdmitted, 429, "")
		}()
		synctest.Wait()
		var made atomic.Int32 // of 20 that join while it is asked
		kinds := map[Kind]int{}
		for _, got := range e.views(20, func() *Request {
			r := e.request("GET", "/")
			r.Admission = &asker{admit: made.Add(1)%2 == 0}
			return r
		}) {
			kinds[got.kind]++
		}
		if kinds[KindNotAdmitted] != 10 || kinds[KindResponse] != 10 {
			t.Errorf("answers: got %v, want 10 of each", kinds)
		}
		e.wantRequests(1)
	})
}
