package model

import (
	"slices"
	"time"
)

// stored is a response as the cache has it.
type stored struct {
	status    int
	control   control
	targeted  *control
	expires   time.Time // zero: no Expires
	etag      string
	modified  string
	date      time.Time
	age       string
	vary      string
	secret    bool
	content   string
	length    int64 // what Content-Length said
	generated bool  // the edge's own page in place of an answer (CF-ECT-15)
	// received is when it came, or was last validated.
	received time.Time
	delay    time.Duration // until it came
	judged   *stored       // by what lifetimes are judged, if not by this
}

// copyOf is what may be kept of a response that was received at a moment.
func copyOf(r response) stored {
	s := stored{
		status: r.status, control: r.control, targeted: r.targeted, etag: r.etag, modified: r.modified,
		date: r.date, age: r.age, vary: r.vary, secret: r.secret, content: r.content, length: r.length,
		received: r.received, delay: r.delay,
	}
	if r.expires != noExpires {
		s.expires = r.received.Add(time.Duration(r.expires) * second)
	}
	return s
}

// freshened is s after a 304: what the 304 says replaces what was known
// (CF-COND-02).
func (s stored) freshened(r response) stored {
	update := copyOf(r)
	s.received, s.delay, s.judged = update.received, update.delay, nil
	if r.dated != undated {
		s.date = update.date
	}
	if r.control.String() != "" {
		s.control = update.control
	}
	if r.expires != noExpires {
		s.expires = update.expires
	}
	if r.etag != "" {
		s.etag = r.etag
	}
	if r.modified != "" {
		s.modified = r.modified
	}
	if r.targeted != nil {
		s.targeted = r.targeted
	}
	if r.age != "" {
		s.age = r.age
	}
	if r.vary != "" {
		s.vary = r.vary
	}
	s.secret = (s.secret || r.secret) && !s.hides()
	return s
}

// hides: X-Secret reaches the viewer of the fetch and is not kept (CF-TTL-14).
func (s stored) hides() bool { return s.control.noCacheField || s.control.privateOne }

// asked is how long the origin wants the response kept, if it says so:
// s-maxage before max-age before Expires (CF-TTL-01 to CF-TTL-05).
func (s stored) asked() (d time.Duration, said bool) {
	s = s.said()
	switch {
	case s.control.sMaxAge >= 0:
		return time.Duration(s.control.sMaxAge) * second, true
	case s.control.maxAge >= 0:
		return time.Duration(s.control.maxAge) * second, true
	case !s.expires.IsZero():
		return max(0, s.expires.Sub(s.received)), true
	}
	return 0, false
}

// validatesAlways: every request goes to the origin with all of it (CF-COND-07).
func (p *policy) validatesAlways(s stored) bool {
	return s.said().vary == "*" && p.min == 0 && s.status < 400
}

// keeps reports whether a response is kept at all.
func (p *policy) keeps(s stored) bool {
	_, said := s.asked()
	switch {
	case p.disabled(): // CF-TTL-29, CF-ECT-10
		return false
	case s.status >= 400:
		return p.keepsError(s)
	case s.status == 206:
		return false
	case slices.Contains([]int{307, 308}, s.status) && s.control.String() == "": // CF-TTL-26
		return false
	case !slices.Contains([]int{200, 203, 204, 300, 301, 302, 303, 307, 308}, s.status) && !said: // CF-TTL-25
		return false
	}
	return p.min > 0 || !s.control.noStore && !s.control.private // CF-NC-02, CF-NC-03
}

// keepsError is section 8.3 of the specification.
func (p *policy) keepsError(s stored) bool {
	switch s.status {
	case 404, 414, 500, 501, 502, 503, 504: // CF-ECT-02
	case 400, 403, 405, 410, 412, 415: // CF-ECT-03, CF-ECT-04
		if s.control.maxAge < 0 && s.control.sMaxAge < 0 {
			return false
		}
	default:
		return false
	}
	if s.control.restricted() && slices.Contains([]int{404, 410, 414, 501}, s.status) { // CF-ECT-07
		return false
	}
	return p.lifetime(s) > 0 // CF-ECT-11
}

// lifetime is how long a kept response is fresh.
func (p *policy) lifetime(s stored) time.Duration {
	s = s.said()
	asked, said := s.asked()
	switch {
	case s.status >= 400 && s.control.restricted(): // CF-ECT-07
		return p.errorTTL(s.status)
	case s.status >= 400: // CF-ECT-06
		return max(p.errorTTL(s.status), min(asked, p.max))
	case p.validatesAlways(s):
		return 0
	case s.control.restricted(): // CF-TTL-07
		return p.min
	case said:
		return max(p.min, min(asked, p.max))
	}
	return max(p.min, p.def) // CF-TTL-06
}

// servedWhileRevalidating: within the window of CF-SWR-02.
func (p *policy) servedWhileRevalidating(s stored, now time.Time) bool {
	s = s.said()
	if s.status >= 400 || s.control.restricted() || p.validatesAlways(s) {
		return false
	}
	return p.within(s, s.control.swr, now)
}

// servedOnError: the origin failed, and the copy is better than nothing
// (CF-SIE-01, CF-STALE-01, CF-STALE-04).
func (p *policy) servedOnError(s stored, now time.Time) bool {
	s = s.said()
	switch {
	case s.status >= 400:
		return false
	case p.servedWhileRevalidating(s, now): // CF-SWR-08
		return true
	case s.control.sie < 0:
		return now.Sub(s.received) <= max(p.max, p.lifetime(s))
	}
	return p.within(s, s.control.sie, now)
}

// within: stale for no longer than a window of so many seconds.
func (p *policy) within(s stored, window int, now time.Time) bool {
	if window <= 0 {
		return false
	}
	age, life := now.Sub(s.received), p.lifetime(s)
	return age-life <= min(time.Duration(window)*second, p.max) && age <= max(p.max, life)
}
