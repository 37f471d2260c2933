package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The rules of RFC 9111 for a shared cache, on what is stored and on a
// request. A policy with these semantics only bounds lifetimes.

// says is what an origin tells shared caches: the targeted field if it is
// well-formed, and then nothing else (RFC 9213 section 2.2).
func (s stored) says() (c control, targeted bool) {
	s = s.said()
	if s.targeted != nil && !s.targeted.broken && s.targeted.String() != "" {
		return *s.targeted, true
	}
	return s.control, false
}

// seconds is a directive's number. A malformed one makes a response stale
// (RFC 9111 section 4.2.1).
func seconds(n int) (d time.Duration, said bool) {
	return time.Duration(max(0, n)) * second, n != absent
}

// explicitLifetime is section 4.2.1.
func (s stored) explicitLifetime() (d time.Duration, said bool) {
	s = s.said()
	c, targeted := s.says()
	if d, said = seconds(c.sMaxAge); said {
		return d, true
	}
	if d, said = seconds(c.maxAge); said {
		return d, true
	}
	if s.expires.IsZero() || targeted {
		return 0, false
	}
	return max(0, s.expires.Sub(s.date)), true
}

// strictLifetime is how long a response is fresh (sections 4.2.1, 4.2.2 and
// 5.2.2.4), less than the policy's bound.
func (p *policy) strictLifetime(s stored) time.Duration {
	s = s.said()
	d, said := s.explicitLifetime()
	if !said && s.modified != "" {
		d = max(0, s.date.Sub(date(s.modified))/10)
	}
	if c, _ := s.says(); c.noCache {
		d = 0
	}
	return min(d, p.max)
}

// strictAge is current_age (section 4.2.3).
func (s stored) strictAge(now time.Time) time.Duration {
	s = s.said()
	carried, err := strconv.ParseUint(s.age, 10, 31)
	if err != nil {
		carried = 0
	}
	apparent := max(0, s.received.Sub(s.date))
	corrected := time.Duration(carried)*second + s.delay
	return max(0, max(apparent, corrected)+now.Sub(s.received))
}

// strictlyKeeps is section 3, with section 3.5 about credentials.
func (p *policy) strictlyKeeps(s stored, q request) bool {
	c, _ := s.says()
	_, sMaxAge := seconds(c.sMaxAge)
	_, explicit := s.explicitLifetime()
	switch {
	case p.disabled(), s.generated, q.demands("no-store"):
		return false
	case slices.Contains([]int{206, 304, 416, 429}, s.status): // parts of a protocol, and RFC 6585 section 4
		return false
	case c.mustUnderstand && slices.Contains([]int{299, 599}, s.status):
		return false
	case c.noStore && !c.mustUnderstand, c.private, s.vary == "*":
		return false
	case q.fields["Authorization"] != "" && !c.public && !c.mustRevalidate && !sMaxAge:
		return false
	case explicit:
		return true
	case !c.public && !slices.Contains([]int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}, s.status):
		return false
	}
	return p.strictLifetime(s) > 0 || s.etag != "" || s.modified != "" // or it is of no use
}

// strictlyHides: X-Secret is for the viewer of the fetch alone (sections
// 5.2.2.4 and 5.2.2.7).
func (s stored) strictlyHides() bool {
	c, _ := s.says()
	return c.noCacheField || c.privateOne
}

// neverStale: the origin forbids every stale answer (section 4.2.4).
func (s stored) neverStale() bool {
	c, _ := s.says()
	return c.mustRevalidate || c.proxyRevalidate || c.noCache || c.sMaxAge != absent
}

// strictlyWhileRevalidating: RFC 5861 section 3.
func (p *policy) strictlyWhileRevalidating(s stored, now time.Time) bool {
	c, _ := s.says()
	late := s.strictAge(now) - p.strictLifetime(s)
	return !s.neverStale() && c.swr > 0 && late <= time.Duration(c.swr)*second
}

// strictlyOnError: a cache that cannot reach the origin may serve what is
// stale (RFC 9111 section 4.2.4), for as long as stale-if-error says if it
// says anything (RFC 5861 section 4).
func (p *policy) strictlyOnError(s stored, now time.Time) bool {
	c, _ := s.says()
	late := s.strictAge(now) - p.strictLifetime(s)
	switch {
	case s.neverStale():
		return false
	case p.strictlyWhileRevalidating(s, now):
		return true
	case s.status >= 500: // an old failure is no better answer than a new one
		return false
	case c.sie == absent:
		return true
	}
	return c.sie > 0 && late <= time.Duration(c.sie)*second
}

// demands reports whether a request has a directive.
func (r request) demands(directive string) bool {
	return slices.Contains(strings.Split(r.fields["Cache-Control"], ", "), directive)
}

// demanded is the number of a request's directive.
func (r request) demanded(directive string) (d time.Duration, said bool) {
	for part := range strings.SplitSeq(r.fields["Cache-Control"], ", ") {
		if number, is := strings.CutPrefix(part, directive+"="); is {
			n, err := strconv.Atoi(number)
			if err != nil {
				panic(err) // all numbers are the generator's
			}
			return time.Duration(n) * second, true
		}
	}
	return 0, false
}

// wants is what a request's own directives make of a stored response.
type wants string

const (
	whatIsFresh wants = "what is fresh"
	whatIsStale wants = "this, stale as it is"
	validation  wants = "validation"
)

// wants reads them (section 5.2.1), and Pragma in their place (section 5.4).
func (w *strictWorld) wants(r request, s stored) wants {
	age, life := s.strictAge(w.now), w.policy.strictLifetime(s)
	c, _ := s.says()
	maxAge, bounded := r.demanded("max-age")
	minFresh, ahead := r.demanded("min-fresh")
	maxStale, late := r.demanded("max-stale")
	if r.demands("max-stale") {
		maxStale, late = year, true
	}
	switch {
	case r.demands("no-cache"), r.fields["Pragma"] != "" && r.fields["Cache-Control"] == "":
		return validation
	case bounded && (age > maxAge || age >= life && !late), ahead && life-age < minFresh:
		return validation
	case late && age >= life && age-life <= maxStale && !s.neverStale() && c.sie != 0 && s.status < 500:
		return whatIsStale
	}
	return whatIsFresh
}

// meaning is a field's value in a form that values of one meaning share
// (section 4.1).
func meaning(name, value string) string {
	if name == "Accept-Language" { // neither order nor case nor space matters
		ranges := strings.Split(strings.ToLower(strings.ReplaceAll(value, " ", "")), ",")
		slices.Sort(ranges)
		return strings.Join(ranges, ",")
	}
	return value
}
