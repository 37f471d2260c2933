package overload_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
)

var marks = overload.Marks{0.85, 0.90, 0.95, 0.98}

// TestLevels: a level begins at its mark at once, and ends one by one, when the
// gauge has been 3 % below for four readings (reliability D6).
func TestLevels(t *testing.T) {
	value := 0.0
	var changes []string
	m := overload.New(overload.Options{
		Gauges:   []overload.Gauge{{Name: "memory", Read: func() float64 { return value }, Marks: marks}},
		OnChange: func(c overload.Change) { changes = append(changes, fmt.Sprintf("%v>%v", c.From, c.To)) },
	})
	for i, step := range []struct {
		value float64
		times int
		want  overload.Level
	}{
		{0.10, 1, overload.LevelNormal},
		{0.849, 9, overload.LevelNormal},
		{0.85, 1, overload.LevelStopFilling},
		{0.83, 9, overload.LevelStopFilling}, // not so much lower
		{0.80, 3, overload.LevelStopFilling}, // not for so long
		{0.85, 1, overload.LevelStopFilling},
		{0.80, 3, overload.LevelStopFilling},
		{0.80, 1, overload.LevelNormal},
		{0.99, 1, overload.LevelStopAccepting},
		{0.96, 9, overload.LevelStopAccepting},
		{0.10, 4, overload.LevelOnlyHits},
		{0.10, 4, overload.LevelShed},
		{0.96, 1, overload.LevelOnlyHits},
		{0.10, 12, overload.LevelNormal},
	} {
		value = step.value
		for range step.times {
			m.Read()
		}
		if got := m.Level(); got != step.want {
			t.Fatalf("step %d, %d readings of %v: got %v, want %v", i, step.times, step.value, got, step.want)
		}
	}
	want := "normal>stop_filling stop_filling>normal normal>stop_accepting stop_accepting>only_hits only_hits>shed shed>only_hits only_hits>shed shed>stop_filling stop_filling>normal"
	if got := strings.Join(changes, " "); got != want {
		t.Errorf("changes: got %s, want %s", got, want)
	}
}

// TestWorstGaugeCounts: of several gauges the one that is worst off decides. A mark
// of 0 is none.
func TestWorstGaugeCounts(t *testing.T) {
	memory, delay := 0.0, 0.0
	var last overload.Change
	m := overload.New(overload.Options{
		Gauges: []overload.Gauge{
			{Name: "memory", Read: func() float64 { return memory }, Marks: marks},
			{Name: "delay", Read: func() float64 { return delay }, Marks: overload.Marks{0, 0.1, 0.25, 0}},
		},
		OnChange: func(c overload.Change) { last = c },
	})
	memory, delay = 0.86, 0.1
	if m.Read(); m.Level() != overload.LevelShed || last.Gauge != "delay" || last.Value != 0.1 {
		t.Errorf("got %v by %s at %v, want %v by delay at 0.1", m.Level(), last.Gauge, last.Value, overload.LevelShed)
	}
	memory, delay = 0.97, 99
	if m.Read(); m.Level() != overload.LevelOnlyHits {
		t.Errorf("got %v, want %v: nothing else begins by delay", m.Level(), overload.LevelOnlyHits)
	}
}

// TestStart: gauges are read every 250 ms until Close.
func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		reads := 0
		m := overload.New(overload.Options{Gauges: []overload.Gauge{{Read: func() float64 {
			mu.Lock()
			defer mu.Unlock()
			reads++
			return 1
		}, Marks: marks}}})
		m.Start()
		time.Sleep(2*time.Second + time.Millisecond)
		m.Close()
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if reads != 8 || m.Level() != overload.LevelStopAccepting {
			t.Errorf("got %d readings and %v, want 8 and %v", reads, m.Level(), overload.LevelStopAccepting)
		}
	})
}

// TestRenew: where requests are refused gauges are renewed, once for each time that a
// level may end; elsewhere they are not.
func TestRenew(t *testing.T) {
	value, renewed := 0.0, 0
	m := overload.New(overload.Options{Gauges: []overload.Gauge{{
		Name: "memory", Read: func() float64 { return value }, Marks: marks,
		Renew: func() { renewed++ },
	}}})
	for i, step := range []struct {
		value       float64
		times, want int
	}{
		{0.10, 9, 0},
		{0.90, 9, 0},
		{0.95, 1, 0},
		{0.95, 3, 0},
		{0.95, 1, 1},
		{0.99, 8, 3},
		{0.10, 9, 5}, // LevelOnlyHits has ended
	} {
		value = step.value
		for range step.times {
			m.Read()
		}
		if renewed != step.want {
			t.Fatalf("step %d, %d readings of %v: got %d renewals, want %d", i, step.times, step.value, renewed, step.want)
		}
	}
}

// TestCollect: what has become garbage is no longer read, and a collection that ran
// by itself is not run again.
func TestCollect(t *testing.T) {
	cycles := func() uint32 {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.NumGC
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // none by itself
	runtime.GC()                                     // of which one under way ends
	const limit = 1 << 30
	read, collect := overload.Memory(limit), overload.Collect()
	collect() // it knows of those of other tests
	held := make([]byte, limit/16)
	collect()
	with := read()
	runtime.KeepAlive(held)
	held = nil
	if still := read(); still < with-0.05 {
		t.Fatalf("got %.3f without a collection, want as much as before: %.3f", still, with)
	}
	if collect(); read() > with-0.05 {
		t.Errorf("got %.3f, want less than %.3f by a sixteenth", read(), with)
	}
	runtime.GC()
	before := cycles()
	if collect(); cycles() != before {
		t.Error("collected although that has just been done")
	}
	if collect(); cycles() != before+1 {
		t.Errorf("got %d collections, want 1", cycles()-before)
	}
}

// TestNilManager: without a Manager nothing is given up.
func TestNilManager(t *testing.T) {
	var m *overload.Manager
	if m.Count(overload.ShedRequest); m.Level() != overload.LevelNormal || m.Counted(overload.ShedRequest) != 0 {
		t.Errorf("got %v and %d, want %v and 0", m.Level(), m.Counted(overload.ShedRequest), overload.LevelNormal)
	}
}

// TestMemoryIsWhatIsReachable: garbage is not memory that is short.
func TestMemoryIsWhatIsReachable(t *testing.T) {
	const limit = 1 << 30
	read := overload.Memory(limit)
	runtime.GC()
	before := read()
	held := make([]byte, limit/16)
	for i := range held {
		held[i] = 1
	}
	runtime.GC()
	with := read()
	runtime.KeepAlive(held)
	held = nil
	runtime.GC()
	after := read()
	if grown := with - before; before <= 0 || grown < 0.05 || grown > 0.08 || after > with-0.05 {
		t.Errorf("got %.3f before, %.3f with a sixteenth held, %.3f after", before, with, after)
	}
}

// TestDelay: the delay of goroutines that had to wait for their turn.
func TestDelay(t *testing.T) {
	read := overload.Delay()
	for i := range 5 {
		if got := read(); got < 0 {
			t.Errorf("reading %d: got %v, want 0 or more", i, got)
		}
	}
}
