package proxy

import (
	"strconv"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// A Throttle bounds how often requests of a behavior come, by a token bucket for
// each key, as an API of Amazon API Gateway and its usage plans do (AG-THR-02,
// AG-KEY-03). Not at AWS's CloudFront.
type Throttle struct {
	Name   string
	Key    ThrottleKey
	Field  string // of ThrottleKeyField
	Tokens ratelimit.Tokens
	// Buckets has the tokens. It is shared with the Throttle of later Snapshots
	// that is configured alike.
	Buckets *ratelimit.Throttle
	// Refused counts the requests that were, by their shard; nil counts nothing.
	Refused interface{ Add(shard uint8) }
}

// ThrottleKey says which requests share a bucket.
type ThrottleKey uint8

// The keys.
const (
	ThrottleKeyAll     ThrottleKey = iota // all
	ThrottleKeyAddress                    // those of an IPv4 address, or of a network (/64) of IPv6
	ThrottleKeyField                      // those with one value of a field, or without that
)

// String returns the word as the configuration spells it.
func (k ThrottleKey) String() string {
	switch k {
	case ThrottleKeyAll:
		return "all"
	case ThrottleKeyAddress:
		return "ip"
	case ThrottleKeyField:
		return "header"
	}
	return "ThrottleKey(?)"
}

// viewerNetwork is how many bits of an IPv6 address are one viewer's.
const viewerNetwork = 64

// keyOf returns whose bucket a request takes of.
//
// Hot path: no allocation.
func (t *Throttle) keyOf(r *viewer.Request) ratelimit.Key {
	switch t.Key {
	case ThrottleKeyAddress:
		a := r.Remote.Addr().Unmap().WithZone("")
		if a.Is6() {
			p, _ := a.Prefix(viewerNetwork) // it has so many
			a = p.Addr()
		}
		return ratelimit.KeyOfAddr(a)
	case ThrottleKeyField:
		values := t.Buckets.Tuple()
		for i := range r.Fields {
			if l := &r.Fields[i]; field.EqualName(l.Name, t.Field) {
				values.Add(l.Value)
			}
		}
		return values.Key()
	}
	return ratelimit.Key{}
}

// take takes a token of each throttle in turn, and returns how long it is until
// there is one where there is none; 0 if the request may go on. What it has taken
// by then is gone: API Gateway counts so, too (AG-THR-01).
func take(throttles []Throttle, r *viewer.Request) (wait time.Duration) {
	for i := range throttles {
		t := &throttles[i]
		if wait = t.Buckets.Take(t.keyOf(r), r.Received); wait > 0 {
			if t.Refused != nil {
				t.Refused.Add(r.Shard)
			}
			return wait
		}
	}
	return 0
}

// An admission lets a request go to the origin, once for all fetches that it
// needs. It is a fetch.Admission, and only the request's goroutine asks it.
type admission struct {
	throttles []Throttle
	r         *viewer.Request
	asked     bool
	wait      time.Duration
	overload  bool // nobody may, now
}

// Admit implements fetch.Admission.
func (a *admission) Admit() bool {
	if a.overload {
		return false
	}
	if !a.asked {
		a.asked, a.wait = true, take(a.throttles, a.r)
	}
	return a.wait == 0
}

// admit returns what lets the request go to the origin; nil where nothing keeps
// it.
func (x *Exchange) admit() *admission {
	throttles := x.behavior.OriginThrottles
	if x.unthrottled {
		throttles = nil
	}
	overload := x.onlyHits()
	if len(throttles) == 0 && !overload {
		return nil
	}
	if x.admission == nil {
		x.admission = &admission{throttles: throttles, r: x.r, overload: overload}
	}
	return x.admission
}

// answerNotAdmitted answers a request that may not go to the origin.
func (x *Exchange) answerNotAdmitted() step {
	if x.admission.overload {
		return x.answerOverload()
	}
	return x.answerThrottled(x.admission.wait)
}

// throttledContent is what API Gateway answers (AG-ERR-22): who speaks to an API
// expects that, and no page for people.
const throttledContent = `{"message":"Too Many Requests"}`

// answerThrottled answers a request for which there is no token. API Gateway says
// nothing of when there will be one (AG-KEY-04).
func (x *Exchange) answerThrottled(wait time.Duration) step {
	x.answer.close()
	x.answer = answer{
		status: 429, reason: accesslog.ReasonBlockedRate, cause: errorpage.CauseCapacity, age: -1,
		content: []byte(throttledContent), length: int64(len(throttledContent)),
		fields: field.Lines{
			{Name: "Server", Value: errorpage.Server},
			{Name: "Date", Value: cachecontrol.FormatDate(x.server.now())},
			{Name: "Content-Type", Value: "application/json"},
			{Name: "Retry-After", Value: seconds(wait)},
		},
	}
	return answered
}

// seconds is a whole number of them, at least 1, for Retry-After.
func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}
