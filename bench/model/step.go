package model

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A step is one thing that happens: time passes, then paths are invalidated
// or a viewer asks. The answer is what the origin has from then on.
type step struct {
	wait       time.Duration
	invalidate string // a path, "" when a viewer asks
	request    request
	answer     answer
}

// A request is a viewer's.
type request struct {
	method, path, query string
	// One condition at most: "If-None-Match", "If-Match", "If-Modified-Since".
	condition, value string
	rng, ifRange     string
}

// String returns the step as a line of a transcript.
func (s step) String() string {
	out := fmt.Sprintf("+%-5v ", s.wait)
	if s.invalidate != "" {
		return out + "invalidate " + s.invalidate
	}
	return out + s.request.String() + "   <- origin: " + s.answer.String()
}

// String returns the request as a transcript shows it.
func (r request) String() string {
	out := r.method + " " + r.path
	if r.query != "" {
		out += "?" + r.query
	}
	if r.condition != "" {
		out += "; " + r.condition + ": " + r.value
	}
	if r.rng != "" {
		out += "; Range: " + r.rng
	}
	if r.ifRange != "" {
		out += "; If-Range: " + r.ifRange
	}
	return out
}

// A dice makes random steps.
type dice struct{ *rand.Rand }

func newDice(seed, run uint64) dice { return dice{rand.New(rand.NewPCG(seed, run))} }

// oneIn is true once in n times.
func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// steps makes up to 25 of them: a few keys, asked again and again.
func (d dice) steps() []step {
	steps := make([]step, 3+d.IntN(23))
	for i := range steps {
		steps[i] = d.step()
	}
	return steps
}

func (d dice) step() step {
	s := step{wait: second * pick[time.Duration](d, 0, 0, 0, 1, 2, 5, 9, 10, 11, 19, 30, 60, 100, 199, 300, 4000)}
	if d.oneIn(12) {
		s.invalidate = pick(d, "/a", "/b", "/a?x=1", "/a*", "/a?x*", "/*")
		return s
	}
	s.request, s.answer = d.request(), d.answer()
	return s
}

func (d dice) request() request {
	r := request{
		method: pick(d, "GET", "GET", "GET", "GET", "GET", "HEAD", "HEAD", "POST"),
		path:   pick(d, "/a", "/a", "/a", "/b"), query: pick(d, "", "", "x=1", "x=2"),
	}
	if r.method == "POST" {
		return r
	}
	if d.oneIn(4) {
		r.condition = pick(d, "If-None-Match", "If-None-Match", "If-Match", "If-Modified-Since")
		r.value = d.tag()
		if r.condition == "If-Modified-Since" {
			r.value = d.date()
		}
	}
	if r.method == "GET" && d.oneIn(5) {
		r.rng = pick(d, "bytes=0-3", "bytes=-2", "bytes=5-", "bytes=900-", "bytes=3-1")
		if d.oneIn(3) {
			r.ifRange = d.tag()
		}
	}
	return r
}

func (d dice) tag() string { return pick(d, `"a"`, `"b"`, `W/"c"`) }

func (d dice) date() string {
	return pick(d, "Wed, 01 Jan 2020 00:00:00 GMT", "Thu, 02 Jan 2020 00:00:00 GMT")
}

func (d dice) answer() answer {
	a := answer{
		status:  pick(d, 200, 200, 200, 200, 200, 200, 201, 203, 204, 301, 302, 307, 400, 403, 404, 410, 416, 429, 500, 501, 503),
		control: d.control(), expires: noExpires,
		varyStar: d.oneIn(15), secret: d.oneIn(4), chunked: d.oneIn(4), cut: d.oneIn(15), ranges: d.oneIn(2),
	}
	if d.oneIn(8) {
		a.expires = pick(d, -10, 0, 5, 50, 5000)
	}
	if !d.oneIn(3) {
		a.etag = d.tag()
	}
	if d.oneIn(3) {
		a.modified = d.date()
	}
	if d.oneIn(12) {
		a.failure = pick(d, origin.ErrorConnect, origin.ErrorReadTimeout, origin.ErrorInvalidResponse)
	}
	if d.oneIn(10) {
		a.delay = second * pick[time.Duration](d, 1, 10)
	}
	return a
}

func (d dice) control() control {
	c := unsaid
	if d.oneIn(3) {
		return c
	}
	seconds := func(oneIn int) int {
		if !d.oneIn(oneIn) {
			return -1
		}
		return pick(d, 0, 1, 5, 10, 20, 100, 5000)
	}
	c.sMaxAge, c.swr, c.sie = seconds(6), seconds(4), seconds(4)
	if !d.oneIn(3) {
		c.maxAge = seconds(1)
	}
	c.noCache, c.noStore, c.private = d.oneIn(12), d.oneIn(12), d.oneIn(12)
	c.noCacheField, c.privateOne, c.mustRevalidate = d.oneIn(10), d.oneIn(15), d.oneIn(8)
	return c
}
