package health

import "time"

// An Ejection says when an origin that fails viewers' requests gets none.
type Ejection struct {
	// Failures is how many in a row eject it; 0 turns ejection off.
	Failures int
	// Base is for how long the first time. It doubles with each time that
	// follows, up to Max, and begins anew when the origin has been back for Max.
	Base, Max time.Duration
}

// An ejector is one origin under the rules of an Ejection.
type ejector struct {
	failures int // in a row
	times    int // ejections up to now
	out      bool
	until    time.Time // when it may be tried again
	back     time.Time // when it last came back
	trying   bool      // one request tries it now
}

// failed notes a failure, and reports whether it ejects the origin. While it is
// out, a failure of the one that tries prolongs that; others, which were under
// way before, say nothing new.
func (e *ejector) failed(rule Ejection, now time.Time, tried bool) bool {
	if rule.Failures == 0 {
		return false
	}
	if e.out && !tried {
		return false
	}
	if !e.out {
		if e.failures++; e.failures < rule.Failures {
			return false
		}
		if e.times > 0 && now.Sub(e.back) >= rule.Max {
			e.times = 0
		}
	}
	ejected := !e.out
	e.out, e.trying, e.failures = true, false, 0
	e.until = now.Add(e.length(rule))
	e.times++
	return ejected
}

// length is that of the next ejection.
func (e *ejector) length(rule Ejection) time.Duration {
	d := rule.Base
	for range e.times {
		if d *= 2; d >= rule.Max {
			return rule.Max
		}
	}
	return min(d, rule.Max)
}

// succeeded notes an answer, and reports whether it brings the origin back.
// Whoever has got one does, not only who tries: where nobody else could be
// asked, all requests went on.
func (e *ejector) succeeded(now time.Time) bool {
	e.failures = 0
	if !e.out {
		return false
	}
	e.out, e.trying, e.back = false, false, now
	return true
}

// try reports whether the caller may try the origin now: it is out, its time is
// over, and nobody else does. The caller must say how that went.
func (e *ejector) try(now time.Time) bool {
	if !e.out || e.trying || now.Before(e.until) {
		return false
	}
	e.trying = true
	return true
}
