package clock

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// step is one change of a Clock.
type step func(*Clock) (Reading, error)

func advance(d time.Duration) step { return func(c *Clock) (Reading, error) { return c.Advance(d) } }
func set(t time.Time) step         { return func(c *Clock) (Reading, error) { return c.Set(t) } }
func wait(d time.Duration) step {
	return func(c *Clock) (Reading, error) { time.Sleep(d); return c.Read(), nil }
}

var (
	freeze step = (*Clock).Freeze
	resume step = (*Clock).Resume
)

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name   string
		steps  []step
		offset time.Duration // of the machine's time in the end
		frozen bool
	}{
		{"untouched", []step{wait(time.Minute)}, 0, false},
		{"advanced", []step{advance(time.Hour)}, time.Hour, false},
		{"advanced runs on", []step{advance(time.Hour), wait(time.Minute)}, time.Hour, false},
		{"advanced twice", []step{advance(time.Hour), wait(time.Minute), advance(time.Second)}, time.Hour + time.Second, false},
		{"advanced by nothing", []step{advance(0)}, 0, false},
		{"frozen", []step{freeze, wait(time.Minute)}, -time.Minute, true},
		{"frozen twice", []step{freeze, wait(time.Minute), freeze, wait(time.Minute)}, -2 * time.Minute, true},
		{"frozen and advanced", []step{freeze, wait(time.Minute), advance(time.Hour)}, time.Hour - time.Minute, true},
		{"resumed", []step{freeze, wait(time.Minute), resume, wait(time.Minute)}, -time.Minute, false},
		{"resumed without need", []step{resume, wait(time.Minute)}, 0, false},
		{"set", []step{set(start.Add(time.Hour)), wait(time.Minute)}, time.Hour, false},
		{"set back", []step{set(start.Add(-time.Hour)), wait(time.Minute)}, -time.Hour, false},
		{"set while frozen", []step{freeze, wait(time.Minute), set(start)}, -time.Minute, true},
		{"set to the bounds", []step{freeze, set(Latest), set(Earliest)}, Earliest.Sub(start), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c Clock
				var got Reading
				for _, change := range tt.steps {
					var err error
					if got, err = change(&c); err != nil {
						t.Fatal(err)
					}
				}
				want := time.Now().Add(tt.offset)
				if !got.Now.Equal(want) || got.Offset != tt.offset || got.Frozen != tt.frozen || !c.Now().Equal(want) {
					t.Errorf("got %+v and %v, want %v, %v ahead, frozen %t", got, c.Now(), want, tt.offset, tt.frozen)
				}
			})
		})
	}
}

// start is when a bubble's time begins.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change step
		want   error
	}{
		{"backwards", advance(-time.Second), ErrBackward},
		{"too far", advance(1<<63 - 1), ErrRange},
		{"too late", set(Latest.Add(1)), ErrRange},
		{"too early", set(Earliest.Add(-1)), ErrRange},
		{"year 10000", set(start.AddDate(8000, 0, 0)), ErrRange},
		{"no time", set(time.Time{}), ErrRange},
	} {
		synctest.Test(t, func(t *testing.T) {
			var c Clock
			c.Advance(time.Hour)
			got, err := tt.change(&c)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), ": ") || got != c.Read() || got.Offset != time.Hour {
				t.Errorf("%s: got %v and %+v, want %v and the clock unchanged", tt.name, err, got, tt.want)
			}
		})
	}
}

// TestMonotone resumes and advances the clock from several goroutines: none of
// them ever sees it go back.
func TestMonotone(t *testing.T) {
	var c Clock
	c.Freeze()
	var running sync.WaitGroup
	for _, change := range []step{resume, advance(time.Second), advance(0), resume} {
		running.Go(func() {
			for range 500 {
				before := c.Now()
				_, err := change(&c)
				if now := c.Now(); err != nil || now.Before(before) {
					t.Errorf("got %v after %v, %v", now, before, err)
					return
				}
			}
		})
	}
	running.Wait()
	if got := c.Read().Offset; got > 500*time.Second || got < 499*time.Second {
		t.Errorf("offset: got %v, want 500 s less the time for which it was frozen", got)
	}
}

func TestNowDoesNotAllocate(t *testing.T) {
	var c Clock
	c.Advance(time.Hour)
	if got := testing.AllocsPerRun(100, func() { c.Now() }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

func ExampleClock() {
	var c Clock
	expires := c.Now().Add(time.Hour)
	c.Freeze()
	c.Advance(59 * time.Minute)
	fmt.Println(c.Now().Before(expires))
	c.Advance(time.Minute)
	fmt.Println(c.Now().Before(expires))
	// Output:
	// true
	// false
}
