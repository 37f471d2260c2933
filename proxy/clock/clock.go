// Package clock is the time that an edge goes by. It is the machine's, until
// an operator advances, sets or freezes it to see what a cache does in an
// hour without waiting for it.
//
// Whatever judges a response by time takes this clock: freshness, error
// caching, stale windows, Age and Date, the date of an access log line.
// Whatever waits or measures takes the machine's: timeouts, durations,
// throttles, the flushing of logs.
//
// It is a part of proxy, which takes its Now as an argument.
package clock

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of what a Clock may show. They keep every sum of a moment and a
// cache lifetime within what a count of nanoseconds since 1970 can say.
var (
	Earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	Latest   = time.Date(2160, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Errors of a change. A Clock that returns one is unchanged.
var (
	ErrRange    = errors.New("outside of 1970 to 2160")
	ErrBackward = errors.New("a clock does not advance backwards; set it")
)

// A Clock is a clock that can be moved. It never goes back, except by Set or
// when the machine's clock does; only a Now that overlaps with Freeze may show
// a little more than the moment at which the clock stands. The zero value
// shows the machine's time. Its methods may be called from any goroutine.
type Clock struct {
	mu     sync.Mutex             // serializes changes
	moving atomic.Pointer[moving] // nil until the first change
}

// moving is how a Clock differs from the machine's. It is immutable.
type moving struct {
	offset time.Duration
	frozen *time.Time // the moment at which the clock stands; nil: it runs
}

func (m *moving) at(now time.Time) time.Time {
	switch {
	case m == nil:
		return now
	case m.frozen != nil:
		return *m.frozen
	}
	return now.Add(m.offset)
}

// Now returns the time. It does not allocate.
func (c *Clock) Now() time.Time {
	m := c.moving.Load() // first: a clock that is resumed starts later than this
	return m.at(time.Now())
}

// At returns what the clock shows, or has shown, at a moment of the machine's
// time that is not long past: changes since then count.
func (c *Clock) At(machine time.Time) time.Time { return c.moving.Load().at(machine) }

// A Reading is what a Clock shows at a moment.
type Reading struct {
	Now    time.Time
	Frozen bool          // it stands still
	Offset time.Duration // how far it is ahead of the machine's
}

// Read returns what the clock shows.
func (c *Clock) Read() Reading {
	m := c.moving.Load()
	return m.read(time.Now())
}

func (m *moving) read(machine time.Time) Reading {
	now := m.at(machine)
	return Reading{Now: now, Frozen: m != nil && m.frozen != nil, Offset: now.Sub(machine)}
}

// Advance moves the clock forward by d, which must not be negative.
func (c *Clock) Advance(d time.Duration) (Reading, error) {
	if d < 0 {
		return c.Read(), fmt.Errorf("%v: %w", d, ErrBackward)
	}
	return c.change(func(now time.Time, frozen bool) (time.Time, bool) { return now.Add(d), frozen })
}

// Set moves the clock to t, forward or back. A frozen clock stays frozen.
func (c *Clock) Set(t time.Time) (Reading, error) {
	return c.change(func(_ time.Time, frozen bool) (time.Time, bool) { return t, frozen })
}

// Freeze stops the clock where it is. Advance and Set still move it.
func (c *Clock) Freeze() (Reading, error) {
	return c.change(func(now time.Time, _ bool) (time.Time, bool) { return now, true })
}

// Resume lets a frozen clock run again from where it stands.
func (c *Clock) Resume() (Reading, error) {
	return c.change(func(now time.Time, _ bool) (time.Time, bool) { return now, false })
}

// change asks to for what the clock shall show next, and whether it shall
// stand still.
func (c *Clock) change(to func(now time.Time, frozen bool) (time.Time, bool)) (Reading, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	machine := time.Now()
	before := c.moving.Load().read(machine)
	next, frozen := to(before.Now, before.Frozen)
	if next.Before(Earliest) || next.After(Latest) {
		return before, fmt.Errorf("%s: %w", next.UTC().Format(time.RFC3339), ErrRange)
	}
	m := &moving{offset: next.Sub(machine)}
	if frozen {
		m.frozen = &next
	}
	c.moving.Store(m)
	return m.read(machine), nil
}
