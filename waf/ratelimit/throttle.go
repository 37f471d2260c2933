package ratelimit

import (
	"errors"
	"math"
	"time"
)

// Tokens are what a Throttle gives: to each key Burst at first, and Rate in a
// second when some have been taken, up to Burst again (AG-THR-02).
type Tokens struct {
	Rate  float64 // in a second, from 0.001 to 1,000,000
	Burst int     // from 1 to 1,000,000
	// MaxKeys is how many keys are kept; 0 is 100,000.
	MaxKeys int
}

// What is wrong with Tokens.
var (
	ErrTokenRate = errors.New("the rate is not from 0.001 to 1000000 in a second")
	ErrBurst     = errors.New("the burst is not from 1 to 1000000")
)

// A Throttle has a token bucket for each key. Its methods may be called from any
// goroutine.
//
// A bucket is one number: the moment at which it will be full again. Taking a
// token moves that by the time that a token takes to come, and is refused where
// it would then be further away than it is for an empty bucket. That is the same
// as counting tokens, without a remainder to keep. A bucket that is full is as
// good as none, so it is the one to go where there is no room; an empty one never
// goes (table).
type Throttle struct {
	interval time.Duration // in which one token comes
	depth    time.Duration // in which all do
	table    *table[int64] // by key, when the bucket is full, in Unix nanoseconds
	seeds    seeds
}

// NewThrottle returns a Throttle whose buckets are full.
func NewThrottle(t Tokens) (*Throttle, error) {
	switch {
	case !(t.Rate >= 0.001 && t.Rate <= 1_000_000):
		return nil, ErrTokenRate
	case t.Burst < 1 || t.Burst > 1_000_000:
		return nil, ErrBurst
	case t.MaxKeys <= 0:
		t.MaxKeys = defaultMaxInstances
	}
	interval := time.Duration(math.Round(float64(time.Second) / t.Rate))
	return &Throttle{interval: interval, depth: interval * time.Duration(t.Burst), table: newTable[int64](t.MaxKeys, 0), seeds: newSeeds()}, nil
}

// Tuple returns what makes the Key of several values for t.
func (t *Throttle) Tuple() Tuple { return t.seeds.tuple() }

// Memory returns how many bytes t may take at most.
func (t *Throttle) Memory() int64 { return t.table.memory() }

// Take takes a token for a key and returns 0, or after how long there will be
// one. Nothing is reserved by waiting.
//
// Hot path, BenchmarkTake: no allocation but where the table grows.
func (t *Throttle) Take(key Key, now time.Time) (wait time.Duration) {
	hash, moment := t.table.hash(&key), now.UnixNano()
	s := t.table.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(&key, hash, 0)
	if at == 0 {
		at = t.table.add(s, &key, hash, func(full *int64, _ []uint32) weight { return t.weigh(*full, moment) })
	}
	if at == 0 {
		return 0
	}
	full := &s.cells[at-1].value
	// Time that went back does not make anybody wait for longer than an empty
	// bucket does.
	after := min(max(*full, moment), moment+int64(t.depth)) + int64(t.interval)
	if wait = time.Duration(after-moment) - t.depth; wait > 0 {
		return wait
	}
	*full = after
	return 0
}

// weigh says what would be lost with a bucket.
func (t *Throttle) weigh(full, now int64) weight {
	switch missing := time.Duration(full - now); {
	case missing <= 0:
		return weightNone
	case missing > t.depth-t.interval:
		return weightFull
	default:
		return weight(missing)
	}
}

// Keys returns the number of keys whose buckets are not full.
func (t *Throttle) Keys(now time.Time) int {
	n := 0
	t.table.each(func(_ *Key, full *int64, _ []uint32) {
		if *full > now.UnixNano() {
			n++
		}
	})
	return n
}
