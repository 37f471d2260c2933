package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A fact is something that happened and bears on what is stored.
type fact struct {
	kind  factKind
	key   string
	head  bool      // about the answer to a HEAD, kept apart (CF-KEY-04)
	kept  stored    // of factKept
	until time.Time // of factRested: the origin is not asked before (CF-STALE-01)
	path  string    // of factInvalidated
}

type factKind string

const (
	factKept        factKind = "kept"
	factRested      factKind = "rested"
	factInvalidated factKind = "invalidated"
	factEvicted     factKind = "evicted" // for want of room
)

// A world is everything that happened to one distribution.
type world struct {
	policy *policy
	now    time.Time
	facts  []fact
	asked  []ask // by the step under way

	// lossy says that what is stored may leave: then choose says whether it
	// has, at the first look in a step.
	lossy  bool
	choose func() bool
	looked map[string]bool
}

// A place is what is stored under a key, found by going through all facts.
type place struct {
	stored
	head  bool
	order int // the number of its fact
	rests time.Time
}

func (w *world) at(key string, head bool) *place {
	found := w.recall(key, head)
	look := fmt.Sprint(key, head)
	if found == nil || !w.lossy || w.looked[look] {
		return found
	}
	if w.looked[look] = true; w.choose() {
		w.facts = append(w.facts, fact{kind: factEvicted, key: key, head: head})
		return nil
	}
	return found
}

func (w *world) recall(key string, head bool) *place {
	var found *place
	for i, f := range w.facts {
		switch {
		case f.kind == factInvalidated && matches(f.path, key): // CF-INV-06, CF-INV-24
			found = nil
		case f.key != key || f.head != head:
		case f.kind == factKept:
			found = &place{stored: f.kept, head: head, order: i}
		case f.kind == factEvicted:
			found = nil
		case f.kind == factRested && found != nil:
			found.rests = f.until
		}
	}
	return found
}

// matches: a star counts at the end only (CF-INV-03), and the query belongs
// to the path (CF-INV-05).
func matches(path, key string) bool {
	if prefix, star := strings.CutSuffix(path, "*"); star {
		return strings.HasPrefix(key, prefix)
	}
	return path == key
}

func (w *world) clone(choose func() bool) model {
	c := *w
	c.facts, c.choose = slices.Clone(w.facts), choose
	return &c
}

func (w *world) stored() string {
	if !w.lossy {
		return "" // there is but one world
	}
	var b strings.Builder
	told := make(map[string]bool)
	for _, f := range w.facts {
		if told[f.key] || f.kind != factKept {
			continue
		}
		told[f.key] = true
		get, head := w.recall(f.key, false), w.recall(f.key, true)
		newer := get != nil && head != nil && get.order > head.order
		fmt.Fprintf(&b, "%s: GET %v, HEAD %v, %t\n", f.key, get.text(), head.text(), newer)
	}
	return b.String()
}

func (c *place) text() string {
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%v until %v", c.stored, c.rests)
}

// state is what may be done with a copy. The less, the better.
type state int

const (
	fresh state = iota
	whileRevalidating
	resting
	stale
	missing
)

func (w *world) state(c *place) state {
	switch {
	case c == nil:
		return missing
	case w.now.Sub(c.received)-w.policy.lifetime(c.stored) > staleKeep:
		return missing
	case w.now.Sub(c.received) < w.policy.lifetime(c.stored):
		return fresh
	}
	mayRest := w.now.Before(c.rests)
	switch {
	case w.policy.servedWhileRevalidating(c.stored, w.now) && !mayRest:
		return whileRevalidating
	case mayRest && w.policy.servedOnError(c.stored, w.now):
		return resting
	}
	return stale
}

// find returns the copy that a request may use. HEAD has two to choose from
// (CF-KEY-04), but takes nothing older than what GET has brought.
func (w *world) find(key, method string) (*place, state) {
	c := w.at(key, false)
	s := w.state(c)
	if method == "HEAD" {
		head := w.at(key, true)
		if h := w.state(head); h != missing && h <= s && (c == nil || head.order > c.order) && s != fresh {
			return head, h
		}
	}
	if s == missing {
		return nil, s
	}
	return c, s
}

// A reply is what a viewer gets, and what it made the edge ask.
type reply struct {
	status    int
	xCache    string // without " from cloudfront"
	age       string // "" for none
	date      string
	content   string
	etag      string
	secret    bool
	rng       string // Content-Range
	generated bool   // by the edge: the content does not matter
	cut       bool   // the content is the beginning of content
	asked     string
	// cacheStatus is the field of RFC 9211, of a strict shared cache only.
	cacheStatus string

	changed time.Time // for If-Modified-Since: Last-Modified or else Date
}

// String returns the reply as a transcript shows it.
func (r reply) String() string {
	return fmt.Sprintf("%d %s, Age %q, Date %q, %q, ETag %s, X-Secret %t, Content-Range %q, Cache-Status %q, own page %t, cut %t; asked: %s",
		r.status, r.xCache, r.age, r.date, r.content, r.etag, r.secret, r.rng, r.cacheStatus, r.generated, r.cut, r.asked)
}

// step lets s happen and returns the replies that are right: none to an
// invalidation, and two where the edge may choose.
func (w *world) step(s step, content string) []reply {
	w.now, w.asked, w.looked = w.now.Add(s.wait), nil, make(map[string]bool)
	if s.invalidate != "" {
		w.facts = append(w.facts, fact{kind: factInvalidated, path: s.invalidate})
		return nil
	}
	began := w.now
	replies := w.view(s.request, s.answer, content)
	for i := range replies {
		replies[i].asked = fmt.Sprint(w.asked)
	}
	w.now = began.Add(time.Duration(len(w.asked)) * s.answer.delay)
	return replies
}

func (w *world) key(r request) string {
	if w.policy.query && r.query != "" {
		return r.path + "?" + r.query
	}
	return r.path
}

func (w *world) view(r request, a answer, content string) []reply {
	if w.policy.disabled() || r.method != "GET" && r.method != "HEAD" { // CF-METH-05, CF-TTL-29
		return []reply{w.pass(r, a, content)}
	}
	c, s := w.find(w.key(r), r.method)
	switch s {
	case fresh, resting, whileRevalidating:
		out := c.reply("Hit")
		out.age = fmt.Sprint(max(0, int(w.now.Sub(c.received)/second))) // CF-AGE-01
		if s == resting && !w.policy.servedWhileRevalidating(c.stored, w.now) {
			out.xCache = "RefreshHit" // CF-STALE-06; within the window of CF-SWR-02 a Hit
		}
		if s == whileRevalidating {
			w.fetch(c, r.method, w.key(r), request{}, a, content)
		}
		return []reply{out.to(r)}
	}
	got := w.fetch(c, r.method, w.key(r), r, a, content)
	if got.fromStore || got.status != 200 {
		return []reply{got.to(r)}
	}
	// While content arrives the edge may send all of it (README.md), and to
	// a range that the origin ignored it does (CF-RNG-03).
	whole := r
	whole.rng = ""
	if r.rng == "" || c == nil {
		return []reply{got.to(whole)}
	}
	return []reply{got.to(whole), got.to(r)}
}

// pass sends a request on as it is.
func (w *world) pass(r request, a answer, content string) reply {
	q := ask{method: r.method, rng: r.rng, ifRang: r.ifRange}
	switch r.condition {
	case "If-None-Match":
		q.noneMatch = r.value
	case "If-Modified-Since":
		q.since = r.value
	}
	w.asked = append(w.asked, q)
	if a.failure != origin.ErrorUnknown {
		return failed(a).reply("Error")
	}
	got := a.respond(q, content, w.now.Add(a.delay))
	out := copyOf(got).reply("Miss")
	out.cut, out.rng = got.cut, got.rng
	return out
}

// fetched is a reply before the viewer's own condition and range.
type fetched struct {
	reply
	fromStore bool
}

// fetch asks the origin, with a copy to revalidate or nil.
func (w *world) fetch(c *place, method, key string, r request, a answer, content string) fetched {
	q := ask{method: method}
	switch {
	case c == nil && method == "GET": // CF-RNG-02, CF-RNG-11
		q.rng = r.rng
		if r.rng != "" {
			q.ifRang = r.ifRange
		}
	case c != nil && w.revalidates(c): // CF-COND-01
		q.noneMatch, q.since = c.etag, c.modified
	}
	w.asked = append(w.asked, q)
	got := a.respond(q, content, w.now.Add(a.delay))
	if got.status == 304 && ofAnother(q.noneMatch, got.etag) {
		q.noneMatch, q.since = "", ""
		w.asked = append(w.asked, q)
		got = a.respond(q, content, w.now.Add(2*a.delay))
	}
	switch {
	case a.failure != origin.ErrorUnknown || got.status >= 500:
		return w.fail(c, key, method, got)
	case got.status == 304 && (q.noneMatch == "" && q.since == ""):
		got.failure = origin.ErrorInvalidResponse // an answer to nothing
		return w.fail(c, key, method, got)
	case got.status == 304:
		update := c.freshened(got)
		w.keep(update, key, c.head)
		return fetched{update.reply("RefreshHit"), true} // CF-COND-02
	}
	return w.answer(key, method, got)
}

// revalidates: not with cookies, not what always comes whole, no error
// (CF-COND-06, CF-COND-07).
func (w *world) revalidates(c *place) bool {
	return !w.policy.cookies && !w.policy.validatesAlways(c.stored) && c.status < 400
}

// fail is an origin that gave no answer or 5xx.
func (w *world) fail(c *place, key, method string, got response) fetched {
	e := copyOf(got)
	if got.failure != origin.ErrorUnknown {
		e = failed(got.answer)
		e.received = got.received
	}
	if c != nil && w.policy.servedOnError(c.stored, got.received) {
		w.facts = append(w.facts, fact{
			kind: factRested, key: key, head: c.head, until: got.received.Add(w.policy.errorTTL(e.status)),
		})
		return fetched{c.reply("RefreshHit"), true}
	}
	if e.generated {
		w.keep(e, key, method == "HEAD")
		return fetched{e.reply("Error"), false}
	}
	return w.answer(key, method, got)
}

// answer is the origin's answer for the viewer, kept if it may be.
func (w *world) answer(key, method string, got response) fetched {
	c := copyOf(got)
	out := c.reply("Miss")
	out.cut, out.rng = got.cut, got.rng
	if !got.cut { // CF-RESP-41, CF-RESP-42
		c.secret = c.secret && !c.hidesSecret()
		w.keep(c, key, method == "HEAD")
	}
	return fetched{out, false}
}

func (w *world) keep(c stored, key string, head bool) {
	if w.policy.keeps(c) && !w.refuses(key, head) {
		w.facts = append(w.facts, fact{kind: factKept, key: key, head: head, kept: c})
	}
}

// refuses: a full tier may not even take a response, and what is there stays.
func (w *world) refuses(key string, head bool) bool {
	return w.lossy && w.recall(key, head) != nil && w.choose()
}

// failed is what stands for no answer (CF-ERR-15, CF-ECT-15).
func failed(a answer) stored {
	return stored{status: a.failure.Status(), control: unsaid, generated: true}
}

// reply is the whole copy for a viewer.
func (s stored) reply(xCache string) reply {
	if s.status >= 400 { // CF-XC-04
		xCache = "Error"
	}
	changed := s.date
	if s.modified != "" {
		changed = date(s.modified)
	}
	return reply{
		status: s.status, xCache: xCache, age: s.age, date: s.date.UTC().Format(httpDate),
		content: s.content, etag: s.etag, secret: s.secret,
		generated: s.generated, changed: changed,
	}
}

// to is the reply after the viewer's own condition and range (CF-COND-04,
// CF-RNG-01, CF-RNG-07).
func (r reply) to(q request) reply { return r.conditional(q).ranged(q).without(q.method) }

func (r reply) conditional(q request) reply {
	switch {
	case r.status != 200:
	case q.condition == "If-Match" && !strongMatch(q.value, r.etag):
		r.status, r.xCache, r.content, r.cut = 412, "Error", "", false
	case q.condition == "If-None-Match" && weakMatch(q.value, r.etag),
		q.condition == "If-Modified-Since" && !r.changed.After(date(q.value)):
		r.status, r.content, r.cut = 304, "", false
	}
	return r
}

func (r reply) ranged(q request) reply {
	if r.status != 200 || q.rng == "" || q.ifRange != "" && !strongMatch(q.ifRange, r.etag) {
		return r
	}
	r.status, r.content, r.rng = rangeOf(q.rng, r.content)
	if r.status == 416 {
		r.xCache, r.cut = "Error", false
	}
	return r
}

func (r reply) without(method string) reply {
	if method == "HEAD" {
		r.content, r.cut = "", false
	}
	return r
}
