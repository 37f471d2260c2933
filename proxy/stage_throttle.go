package proxy

import "time"

// stageThrottle takes tokens of the throttles that count all requests of the
// behavior, those that a stored response answers included (Throttle). Those that
// count what is forwarded are asked when that is known (admission). Nobody is
// counted twice: what Hit has found out is in the request's Note.
func (x *Exchange) stageThrottle() step {
	if x.rehearsed || x.unthrottled {
		return proceed
	}
	if note, refused := x.r.Note.(throttled); refused { // by a configuration that may be another by now
		return x.answerThrottled(time.Duration(note))
	}
	if wait := take(x.behavior.Throttles, x.r); wait > 0 {
		return x.answerThrottled(wait)
	}
	return proceed
}

// throttled is the Note of a request that would be a hit if there were a token
// for it: how long it is until there is one. The firewall has let it pass.
type throttled time.Duration
