// Package inject decides which requests to an origin go wrong, and how: late,
// in a trickle, with an error, or not to their end. It is for development and
// for load tests.
//
// It decides and does nothing: origin/transport does to the connection what a
// Fault says, below all that timeouts, attempts and stale answers depend on. So
// what is injected is met like what happens by itself.
//
// A decision is a pure function of the Plan and of a number. The requests to an
// origin are numbered as they come, each attempt anew, so that the tenth has
// the same fault in every run, and as many of a thousand fail, however many are
// on their way at once. Which viewer's request is the tenth is not said.
//
// It is a part of origin.
package inject

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Kind is a kind of fault.
type Kind uint8

// The kinds.
const (
	KindLatency    Kind = iota // the response begins late
	KindError                  // an error in place of the origin's response
	KindReset                  // the connection ends before the response
	KindSlowHeader             // the head of the response trickles
	KindSlowBody               // the content of the response trickles
	KindShortBody              // the connection ends before the content does
	NumKinds       = iota
)

var kindNames = [NumKinds]string{"latency", "error", "reset", "slow_header", "slow_body", "short_body"}

// String returns the kind in snake_case, as the configuration and metrics call
// it.
func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return "Kind(?)"
}

// A Plan says what goes wrong, and how often. The zero Plan injects nothing.
// Rates are parts of all requests, from 0 to 1; those of errors and resets are
// no more than 1 together.
type Plan struct {
	// Seed chooses one of many sequences of decisions.
	Seed uint64
	// MinLatency and MaxLatency bound the time before the first byte of a
	// response, each as likely as any other between them.
	MinLatency, MaxLatency time.Duration
	// ErrorRate is how many requests get an error with ErrorStatus. The origin
	// does not see them.
	ErrorRate   float64
	ErrorStatus int
	// ResetRate is how many lose their connection in place of a response, which
	// the origin has sent.
	ResetRate float64
	// Header and Body are how slowly heads and content come.
	Header, Body Trickle
	// ShortBodyRate is how many responses end within their content.
	ShortBodyRate float64
}

// A Trickle lets bytes come slowly.
type Trickle struct {
	Rate           float64 // how many responses do
	BytesPerSecond int
}

// A Fault is what becomes of one attempt.
type Fault struct {
	// Latency is how long the response is not seen.
	Latency time.Duration
	// Ending is who answers.
	Ending Ending
	// Status is that of EndingError.
	Status int
	// HeaderPace and BodyPace are the bytes per second that come of head and
	// content, 0 for as many as there are.
	HeaderPace, BodyPace int
	// Delivered is the part of the content that comes before the connection
	// ends: 1 for all, less if it ends too early.
	Delivered float64
}

// Ending says what a request leads to.
type Ending uint8

// The endings.
const (
	EndingResponse Ending = iota // the origin's response
	EndingError                  // an error of ours
	EndingReset                  // none
	endingCount
)

var endingNames = [endingCount]string{"response", "error", "reset"}

// String returns the ending in lower case.
func (e Ending) String() string {
	if e < endingCount {
		return endingNames[e]
	}
	return "Ending(?)"
}

// Fault decides about the nth attempt. Whatever the Plan has, as many numbers
// are drawn: what is added to it changes nothing about the rest.
func (p *Plan) Fault(n uint64) Fault {
	rnd := rand.New(rand.NewPCG(p.Seed, n))
	f := Fault{Delivered: 1}
	f.Latency = p.MinLatency + time.Duration(rnd.Float64()*float64(p.MaxLatency-p.MinLatency))
	switch lot := rnd.Float64(); {
	case lot < p.ErrorRate:
		f.Ending, f.Status = EndingError, p.ErrorStatus
	case lot < p.ErrorRate+p.ResetRate:
		f.Ending = EndingReset
	}
	f.HeaderPace = p.Header.pace(rnd.Float64())
	f.BodyPace = p.Body.pace(rnd.Float64())
	lot, part := rnd.Float64(), rnd.Float64()
	if lot < p.ShortBodyRate {
		f.Delivered = part
	}
	return f
}

func (t Trickle) pace(lot float64) int {
	if lot < t.Rate {
		return t.BytesPerSecond
	}
	return 0
}

// An Injector numbers the attempts of one origin and counts what was done to
// them. Its methods may be called from any goroutine.
type Injector struct {
	plan  Plan
	next  atomic.Uint64
	count func(Kind)
}

// New returns an Injector that begins with attempt 0. count is called for each
// fault that has come true; nil counts nothing.
func New(p Plan, count func(Kind)) *Injector {
	if count == nil {
		count = func(Kind) {}
	}
	return &Injector{plan: p, count: count}
}

// Next returns what becomes of the next attempt.
func (i *Injector) Next() Fault { return i.plan.Fault(i.next.Add(1) - 1) }

// Injected counts a fault that has come true: of an error there is no content
// that could be short.
func (i *Injector) Injected(k Kind) { i.count(k) }
