package health

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
)

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// AG-HC-02, AG-HC-08: results in a row change the verdict, both ways. Each
// letter is a result, and each word of want the verdict after it.
func TestVerdict(t *testing.T) {
	for _, test := range []struct {
		threshold int
		in, want  string
	}{
		{3, "", ""},
		{3, "bb", "++"},
		{3, "bbb", "++-"},
		{3, "bbgbbb", "+++++-"},
		{3, "bbbggbggg", "++-----" + "-+"},
		{1, "bgbb", "-+--"},
		{2, "bgbgbb", "+++++-"},
	} {
		s, got := NewState(Settings{Check: &Check{Threshold: test.threshold}}), ""
		if s.Availability() != Available {
			t.Error("a new origin is not healthy")
		}
		for _, r := range test.in {
			before := s.Availability()
			changed := s.Checked(r == 'g', origin.Timing{}, start)
			after := s.Availability()
			if changed != (before != after) {
				t.Errorf("threshold %d, %s: changed %t from %v to %v", test.threshold, test.in, changed, before, after)
			}
			got += map[Availability]string{Available: "+", Unhealthy: "-"}[after]
		}
		if got != test.want {
			t.Errorf("threshold %d, %s: got %s, want %s", test.threshold, test.in, got, test.want)
		}
	}
}

// AG-HC-04, AG-HC-05.
func TestSigns(t *testing.T) {
	for status, want := range map[int]bool{199: false, 200: true, 204: true, 301: true, 399: true, 400: false, 500: false} {
		if got := GoodStatus(status); got != want {
			t.Errorf("GoodStatus(%d): got %t", status, got)
		}
	}
	pad := func(n int) []byte { return []byte(strings.Repeat("x", n)) }
	for _, test := range []struct {
		before int
		want   bool
	}{{0, true}, {SearchLimit - 2, true}, {SearchLimit - 1, false}, {SearchLimit, false}} {
		if got := Found(append(pad(test.before), "ok and more"...), "ok"); got != test.want {
			t.Errorf("\"ok\" behind %d bytes: got %t, want %t", test.before, got, test.want)
		}
	}
}

// The first check is at a random time within an interval, or within a second.
func TestStart(t *testing.T) {
	check := Check{Interval: 30 * time.Second}
	if got := check.start(0.5); got != 15*time.Second {
		t.Errorf("got %v, want 15s", got)
	}
	check.MeasureOnly = true
	if got := check.start(0.5); got != time.Second/2 {
		t.Errorf("a check that only measures: got %v, want 500ms", got)
	}
}

func ejecting() *State {
	return NewState(Settings{Ejection: Ejection{Failures: 3, Base: 10 * time.Second, Max: time.Minute}})
}

func (s *State) times(o Outcome, n int, now time.Time) (last Change) {
	for range n {
		last = s.Report(Report{Outcome: o}, now)
	}
	return last
}

// Failures in a row eject; what comes between does not.
func TestEjection(t *testing.T) {
	s := ejecting()
	s.times(OutcomeBad, 2, start)
	s.times(OutcomeGood, 1, start)
	s.times(OutcomeBad, 2, start)
	s.times(OutcomeNone, 5, start)
	if got := s.Availability(); got != Available {
		t.Fatalf("after two failures in a row: got %v", got)
	}
	if got := s.times(OutcomeOvertaken, 1, start); got != ChangeEjected || s.Availability() != Ejected {
		t.Fatalf("after three: got %v, %v", got, s.Availability())
	}
	if got := s.times(OutcomeBad, 5, start); got != ChangeNone {
		t.Errorf("what was under way and fails too: got %v", got)
	}
	if NewState(Settings{}).times(OutcomeBad, 100, start) != ChangeNone {
		t.Error("ejected without a rule")
	}
}

// One request at a time tries an ejected origin, when its time is over.
func TestTryAgain(t *testing.T) {
	s := ejecting()
	if s.TryAgain(start) {
		t.Error("an origin that is not ejected is tried")
	}
	s.times(OutcomeBad, 3, start)
	if s.TryAgain(start.Add(10*time.Second - 1)) {
		t.Error("tried before its time")
	}
	due := start.Add(10 * time.Second)
	if !s.TryAgain(due) || s.TryAgain(due) {
		t.Error("want one that tries, and no other")
	}
	s.Report(Report{Outcome: OutcomeNone, Tried: true}, due)
	if !s.TryAgain(due) {
		t.Error("one that was given up keeps others from trying")
	}
	if got := s.Report(Report{Outcome: OutcomeGood, Tried: true}, due); got != ChangeReturned || s.Availability() != Available {
		t.Errorf("after it went well: got %v, %v", got, s.Availability())
	}
}

// Each ejection in a row lasts twice as long, to a bound; after having been back
// for that long it begins anew.
func TestEjectionGrows(t *testing.T) {
	s, now := ejecting(), start
	s.times(OutcomeBad, 3, now)
	for _, seconds := range []int{10, 20, 40, 60, 60} {
		d := time.Duration(seconds) * time.Second
		if s.TryAgain(now.Add(d-1)) || !s.TryAgain(now.Add(d)) {
			t.Fatalf("want it to be tried after %v", d)
		}
		now = now.Add(d)
		s.Report(Report{Outcome: OutcomeBad, Tried: true}, now)
	}
	now = now.Add(time.Minute)
	s.Report(Report{Outcome: OutcomeGood, Tried: s.TryAgain(now)}, now)
	s.times(OutcomeBad, 3, now.Add(time.Minute-1))
	if s.TryAgain(now.Add(2*time.Minute - 2)) {
		t.Error("after less than a minute: the length begins anew")
	}
	now = now.Add(2 * time.Minute)
	s.Report(Report{Outcome: OutcomeGood, Tried: s.TryAgain(now)}, now)
	s.times(OutcomeBad, 3, now.Add(time.Minute))
	if !s.TryAgain(now.Add(time.Minute + 10*time.Second)) {
		t.Error("after a minute without failures: want the first length again")
	}
}

func TestOutcomeOf(t *testing.T) {
	for status, want := range map[int]Outcome{200: OutcomeGood, 404: OutcomeGood, 429: OutcomeGood, 500: OutcomeBad, 501: OutcomeGood, 502: OutcomeBad, 503: OutcomeBad, 504: OutcomeBad} {
		if got := OutcomeOf(status, nil); got != want {
			t.Errorf("OutcomeOf(%d): got %v, want %v", status, got, want)
		}
	}
	for kind, want := range map[origin.ErrorKind]Outcome{
		origin.ErrorConnect: OutcomeBad, origin.ErrorReadTimeout: OutcomeBad, origin.ErrorInvalidResponse: OutcomeBad,
		origin.ErrorCanceled: OutcomeNone, origin.ErrorLimit: OutcomeNone,
	} {
		if got := OutcomeOf(0, &origin.Error{Kind: kind}); got != want {
			t.Errorf("OutcomeOf(%v): got %v, want %v", kind, got, want)
		}
	}
}

// AG-LAT-01: what is a half-life old counts half.
func TestLatency(t *testing.T) {
	s := NewState(Settings{HalfLife: 5 * time.Minute})
	connect := func(ms int, now time.Time) {
		s.Report(Report{Outcome: OutcomeGood, Timing: origin.Timing{Connect: time.Duration(ms) * time.Millisecond}}, now)
	}
	if got := s.Latency(); got != 0 {
		t.Errorf("with nothing known: got %v", got)
	}
	connect(100, start)
	connect(40, start.Add(5*time.Minute)) // (100/2 + 40) / 1.5
	if got := s.Latency(); got != 60*time.Millisecond {
		t.Errorf("got %v, want 60ms", got)
	}
	s.Report(Report{Outcome: OutcomeGood, Timing: origin.Timing{Connect: time.Hour, Reused: true}}, start.Add(5*time.Minute))
	s.Report(Report{Outcome: OutcomeBad, Timing: origin.Timing{Connect: time.Hour}}, start.Add(5*time.Minute))
	if got := s.Latency(); got != 60*time.Millisecond {
		t.Errorf("a used connection and a failure count: got %v", got)
	}
	for range 10_000 {
		connect(10, start.Add(6*time.Minute))
	}
	if got := s.Latency(); got > 12*time.Millisecond {
		t.Errorf("after many of 10ms: got %v", got)
	}
}

// 95 of 100 answers begin within the time that is usual.
func TestUsual(t *testing.T) {
	s := NewState(Settings{})
	answer := func(ms int) {
		s.Report(Report{Outcome: OutcomeGood, Timing: origin.Timing{FirstByte: time.Duration(ms) * time.Millisecond}}, start)
	}
	for i := range minRecent - 1 {
		answer(i)
	}
	if got := s.Usual(); got != 0 {
		t.Errorf("with too few: got %v", got)
	}
	for i := range 128 {
		answer(i % 100)
	}
	if got := s.Usual(); got < 90*time.Millisecond || got > 99*time.Millisecond {
		t.Errorf("of 0 to 99 ms: got %v", got)
	}
}

func TestNoState(t *testing.T) {
	var s *State
	if s.Availability() != Available || s.TryAgain(start) || s.Latency() != 0 || s.Usual() != 0 || s.Report(Report{Outcome: OutcomeBad}, start) != ChangeNone {
		t.Error("a nil State knows something")
	}
}

func TestNames(t *testing.T) {
	for _, names := range [][]fmt.Stringer{
		{Available, Unhealthy, Ejected}, {OutcomeNone, OutcomeGood, OutcomeBad, OutcomeOvertaken},
		{ChangeNone, ChangeEjected, ChangeReturned}, {KindHTTP, KindHTTPS, KindTCP}, {MeasureConnect, MeasureFirstByte},
	} {
		seen := map[string]bool{}
		for _, n := range names {
			if s := n.String(); s == "" || strings.Contains(s, "?") || seen[s] {
				t.Errorf("%T %d: got the name %q", n, n, s)
			} else {
				seen[s] = true
			}
		}
	}
}
