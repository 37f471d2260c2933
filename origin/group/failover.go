package group

import (
	"fmt"
	"slices"

	"github.com/groundfront/groundfront/origin"
)

// statuses are those that failover criteria may name (CF-OG-02).
var statuses = [...]int{400, 403, 404, 416, 429, 500, 502, 503, 504}

// Statuses returns the statuses that failover criteria may name, in order.
func Statuses() []int { return slices.Clone(statuses[:]) }

// Criteria are an origin group's failover criteria: statuses. The zero value
// never fails over.
type Criteria struct {
	named uint16 // bit i is that of statuses[i]
}

// NewCriteria returns the criteria that name these statuses. It fails on one
// that is not among Statuses.
func NewCriteria(named []int) (Criteria, error) {
	var c Criteria
	for _, status := range named {
		i := slices.Index(statuses[:], status)
		if i < 0 {
			return Criteria{}, fmt.Errorf("status %d cannot be a failover criterion", status)
		}
		c.named |= 1 << i
	}
	return c, nil
}

// Names reports whether a status is among the criteria.
func (c Criteria) Names(status int) bool {
	i := slices.Index(statuses[:], status)
	return i >= 0 && c.named&(1<<i) != 0
}

// Failover says why the next member is asked, or that it is not.
type Failover uint8

// The reasons.
const (
	FailoverNo      Failover = iota // what there is goes to the viewer
	FailoverStatus                  // the answer's status is among the criteria
	FailoverConnect                 // no connection
	FailoverTimeout                 // no response in time
	FailoverBroken                  // what came is no response
	failoverCount
)

var failoverNames = [failoverCount]string{"no", "status", "connect", "timeout", "broken"}

// String returns the reason in snake_case.
func (f Failover) String() string {
	if f < failoverCount {
		return failoverNames[f]
	}
	return "Failover(?)"
}

// A Request is what of a viewer's request decides whether it may be asked of
// another member.
type Request struct {
	Method string
	// OptionsCached says that OPTIONS is a cached method of the behavior.
	OptionsCached bool
	// Content says that the request has content, which is sent but once.
	Content bool
}

// failsOver reports whether a request may fail over at all (CF-OG-04). One with
// content has been sent to the primary in part or whole: AWS has no such
// requests here, for it refuses their methods.
func (r Request) failsOver() bool {
	switch r.Method {
	case "GET", "HEAD":
		return !r.Content
	case "OPTIONS":
		return r.OptionsCached && !r.Content
	}
	return false
}

// OnStatus decides after an answer. Only statuses that are named lead on; of
// those none is a redirect (CF-OG-07, CF-OG-09).
func (c Criteria) OnStatus(r Request, status int) Failover {
	if !r.failsOver() || !c.Names(status) {
		return FailoverNo
	}
	return FailoverStatus
}

// OnError decides after a failure. Without a connection it takes 503 among the
// criteria, without a response in time 504 (CF-OG-03). AWS says nothing of the
// other kinds: a name that is not resolved and a failed handshake are no
// connection either, and lead on with 502 too, which is what the viewer would
// get; all else needs 502 for that reason. That we ask no more, because too
// many wait already, is no connection. Who has left needs no other answer.
func (c Criteria) OnError(r Request, kind origin.ErrorKind) Failover {
	if !r.failsOver() {
		return FailoverNo
	}
	reason, named := FailoverBroken, c.Names(502)
	switch kind {
	case origin.ErrorCanceled:
		return FailoverNo
	case origin.ErrorConnect, origin.ErrorConnectTimeout, origin.ErrorLimit:
		reason, named = FailoverConnect, c.Names(503)
	case origin.ErrorDNS, origin.ErrorTLS:
		reason, named = FailoverConnect, c.Names(503) || c.Names(502)
	case origin.ErrorReadTimeout, origin.ErrorCompletionTimeout:
		reason, named = FailoverTimeout, c.Names(504)
	}
	if !named {
		return FailoverNo
	}
	return reason
}
