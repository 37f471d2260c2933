package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A step is one thing that happens: time passes, then paths are invalidated
// or the edge ends and starts again or a viewer asks. The answer is what the
// origin has from then on.
type step struct {
	wait       time.Duration
	invalidate string // a path, "" for none
	restart    bool
	request    request
	answer     answer
}

// A request is a viewer's.
type request struct {
	method, path, query string
	// One condition at most: "If-None-Match", "If-Match", "If-Modified-Since",
	// "If-Unmodified-Since".
	condition, value string
	rng, ifRange     string
	// fields are others: Cache-Control, Authorization, what Vary may name.
	fields map[string]string
	unread bool // nobody waits for the answer
}

// String returns the step as a line of a transcript.
func (s step) String() string {
	out := fmt.Sprintf("+%-5v ", s.wait)
	if s.invalidate != "" {
		return out + "invalidate " + s.invalidate
	}
	if s.restart {
		return out + "restart"
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
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		out += "; " + name + ": " + r.fields[name]
	}
	return out
}

// A dice makes random steps.
type dice struct {
	*rand.Rand
	// parts makes more of what has to do with parts of one response.
	parts bool
}

func newDice(seed, run uint64) dice { return dice{Rand: rand.New(rand.NewPCG(seed, run))} }

// oneIn is true once in n times.
func (d dice) oneIn(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// steps makes up to 25 of them: a few keys, asked again and again.
func (d dice) steps() []step {
	d.parts = d.oneIn(3)
	steps := make([]step, 3+d.IntN(23))
	for i := range steps {
		steps[i] = d.step()
	}
	return steps
}

func (d dice) step() step {
	s := step{wait: second * pick[time.Duration](d, 0, 0, 0, 1, 2, 5, 9, 10, 11, 19, 30, 60, 100, 199, 300, 4000)}
	if d.parts {
		s.wait = min(s.wait, 11*second)
	}
	if d.oneIn(12) {
		s.invalidate = pick(d, "/a", "/b", "/a?x=1", "/a*", "/a?x*", "/*")
		return s
	}
	s.request, s.answer = d.request(), d.answer()
	return s
}

func (d dice) request() request {
	r := request{
		method: pick(d, "GET", "GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "HEAD", "POST", "PUT", "OPTIONS"),
		path:   pick(d, "/a", "/a", "/a", "/b"), query: pick(d, "", "", "x=1", "x=2"), fields: d.fields(),
	}
	if d.parts {
		r.path, r.query = "/a", ""
	}
	if r.method != "GET" && r.method != "HEAD" {
		return r
	}
	if d.oneIn(4) {
		r.condition = pick(d, "If-None-Match", "If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since")
		r.value = pick(d, d.tag(), d.tag(), d.tag()+", "+d.tag(), "*")
		if strings.HasSuffix(r.condition, "Since") {
			r.value = d.date()
		}
	}
	if r.method == "GET" && (d.parts || d.oneIn(4)) {
		r.rng = pick(d, "bytes=0-3", "bytes=2-9", "bytes=4-", "bytes=-2", "bytes=-12", "bytes=0-", "bytes=900-", "bytes=3-1")
		if d.oneIn(4) {
			r.ifRange = pick(d, d.tag(), d.tag(), d.date())
		}
	}
	return r
}

// fields are those of a request that only a strict shared cache heeds.
func (d dice) fields() map[string]string {
	fields := make(map[string]string)
	if d.oneIn(4) {
		fields["Cache-Control"] = pick(d, "no-cache", "no-store", "only-if-cached", "max-age=0", "max-age=10",
			"min-fresh=5", "min-fresh=50", "max-stale", "max-stale=10", "max-age=60, max-stale=20",
			"only-if-cached, max-stale", "no-store, max-stale", "no-cache, only-if-cached")
	}
	if d.oneIn(12) {
		fields["Pragma"] = "no-cache"
	}
	if d.oneIn(8) {
		fields["Authorization"] = "Bearer b"
	}
	if d.oneIn(2) {
		fields["X-Kind"] = pick(d, "1", "1", "2", "")
	}
	if d.oneIn(3) {
		fields["Accept-Language"] = pick(d, "de, en", "EN,de", "fr")
	}
	return fields
}

func (d dice) tag() string { return pick(d, `"a"`, `"b"`, `W/"c"`) }

func (d dice) date() string {
	return pick(d, "Wed, 01 Jan 2020 00:00:00 GMT", "Thu, 02 Jan 2020 00:00:00 GMT", start.Add(-500*second).Format(httpDate))
}

func (d dice) answer() answer {
	a := answer{
		status: pick(d, 200, 200, 200, 200, 200, 200, 200, 200, 201, 203, 204, 299, 301, 302, 304, 307,
			400, 403, 404, 410, 416, 429, 500, 501, 503, 599),
		control: d.control(), expires: noExpires,
		secret: d.oneIn(4), chunked: d.oneIn(4), cut: d.oneIn(15), ranges: d.oneIn(2), heedless: d.oneIn(8),
	}
	if d.parts && !d.oneIn(4) {
		a.status, a.ranges = 200, true
	}
	if d.oneIn(8) {
		a.expires = pick(d, -10, 0, 5, 50, 5000)
	}
	if !d.oneIn(3) {
		a.etag = d.tag()
	}
	if d.parts && !d.oneIn(3) {
		a.etag = `"a"`
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
	if d.oneIn(6) {
		a.dated = pick(d, -40, -10, 5, undated)
	}
	if d.oneIn(6) {
		a.age = pick(d, "0", "4", "30", "x", "-1")
	}
	if d.oneIn(4) {
		a.vary = pick(d, "X-Kind", "X-Kind", "Accept-Language", "Accept-Language, x-kind", "*")
	}
	if d.oneIn(12) {
		a.targeted = d.targeted()
	}
	if d.oneIn(4) {
		a.location = pick(d, "/a", "/b?x=1", "//other.test/a", "b")
	}
	if d.oneIn(4) {
		a.place = pick(d, "/a", "/b", "/a?x=1", "//other.test/a")
	}
	return a
}

func (d dice) seconds(oneIn int) int {
	if !d.oneIn(oneIn) {
		return absent
	}
	return pick(d, 0, 1, 5, 10, 20, 100, 5000)
}

func (d dice) control() control {
	c := unsaid
	if d.oneIn(4) {
		return c
	}
	c.sMaxAge, c.swr, c.sie = d.seconds(8), d.seconds(4), d.seconds(4)
	if !d.oneIn(3) {
		c.maxAge = d.seconds(1)
	}
	if d.oneIn(40) {
		c.maxAge = malformed
	}
	c.noCache, c.noStore, c.private = d.oneIn(12), d.oneIn(12), d.oneIn(12)
	c.noCacheField, c.privateOne = d.oneIn(10), d.oneIn(15)
	c.mustRevalidate, c.proxyRevalidate = d.oneIn(10), d.oneIn(12)
	c.public, c.mustUnderstand, c.noTransform = d.oneIn(8), d.oneIn(20), d.oneIn(20)
	return c
}

// targeted is a CDN-Cache-Control field: a dictionary, in which nothing may
// be malformed or of the wrong type.
func (d dice) targeted() *control {
	c := unsaid
	c.maxAge, c.swr, c.sie = d.seconds(1), d.seconds(4), d.seconds(4)
	c.noStore, c.private, c.mustRevalidate = d.oneIn(8), d.oneIn(8), d.oneIn(8)
	c.broken = d.oneIn(5)
	return &c
}
