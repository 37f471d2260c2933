package record

import (
	"sync/atomic"
	"time"
)

// Options say what a Recorder does.
type Options struct {
	// ARN is what log records call the web ACL (WF-LOGS-07).
	ARN string
	// Log, if set, takes log records, each a line. It copies them.
	Log     func(shard uint8, line []byte)
	Filter  Filter
	Protect Protection
	// ProtectRates is for the keys of rate-based rules.
	ProtectRates Protection
	// Samples, if set, takes sampled requests, at most PerSecond of them (0 is
	// 20) but none of the rules in NoSamples.
	Samples   *Samples
	PerSecond int64
	NoSamples map[string]bool
}

const defaultPerSecond = 20

// A Recorder records what one web ACL does.
type Recorder struct {
	o      Options
	second atomic.Int64 // in which taken counts
	taken  atomic.Int64
}

// New returns a Recorder.
func New(o Options) *Recorder {
	if o.PerSecond == 0 {
		o.PerSecond = defaultPerSecond
	}
	return &Recorder{o: o}
}

// Samples returns where sampled requests are, or nil.
func (r *Recorder) Samples() *Samples { return r.o.Samples }

// Wants reports whether a request is to be recorded: all are if there is a log,
// and otherwise some of each second.
//
// Hot path: no allocation.
func (r *Recorder) Wants(now time.Time) bool {
	if r.o.Log != nil {
		return true
	}
	return r.samples(now)
}

func (r *Recorder) samples(now time.Time) bool {
	if r.o.Samples == nil {
		return false
	}
	second := now.Unix()
	if r.second.Load() == second && r.taken.Load() >= r.o.PerSecond {
		return false
	}
	if r.second.Swap(second) != second {
		r.taken.Store(0)
	}
	return r.taken.Add(1) <= r.o.PerSecond
}

// Take records a request that Wants was asked about.
func (r *Recorder) Take(e *Entry) {
	if r.o.Log != nil && r.o.Filter.keeps(e) {
		r.o.Log(e.Shard, r.o.appendLine(nil, e))
	}
	if r.o.Samples != nil && (r.o.Log == nil || r.samples(e.Time)) {
		r.sample(e)
	}
}
