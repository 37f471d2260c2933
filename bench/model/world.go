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
	place placeKind // where it is kept
	kept  stored    // of factKept
	until time.Time // of factRested: the origin is not asked before (CF-STALE-01)
	path  string    // of factInvalidated
}

type factKind string

const (
	factKept        factKind = "kept"
	factRested      factKind = "rested"
	factInvalidated factKind = "invalidated"
	factPart        factKind = "part"      // of what is not kept as a whole
	factWithdrawn   factKind = "withdrawn" // another answer came that is not kept
	factEvicted     factKind = "evicted"   // for want of room
	factRestarted   factKind = "restarted"
)

// A placeKind is one of the places that a key has.
type placeKind string

const (
	complete placeKind = "complete"
	forHead  placeKind = "answer to HEAD" // CF-KEY-04
	inParts  placeKind = "in parts"       // CF-RNG-03
)

func placeOf(method string) placeKind {
	if method == "HEAD" {
		return forHead
	}
	return complete
}

// A world is everything that happened to one distribution.
type world struct {
	policy *policy
	now    time.Time
	facts  []fact
	asked  []ask // by the step under way

	// choose says what the edge does where it may do either. lossy says that
	// what is stored may leave; whether it has is chosen at the first look in
	// a step.
	choose func() bool
	lossy  bool
	looked map[string]bool
}

// A place is what is stored under a key, found by going through all facts.
type place struct {
	stored
	kind  placeKind
	order int // the number of its fact
	rests time.Time
}

func (w *world) at(key string, kind placeKind) *place {
	found := w.recall(key, kind)
	look := fmt.Sprint(key, kind)
	if found == nil || !w.lossy || w.looked[look] {
		return found
	}
	if w.looked[look] = true; w.choose() {
		w.facts = append(w.facts, fact{kind: factEvicted, key: key, place: kind})
		return nil
	}
	return found
}

func (w *world) recall(key string, kind placeKind) *place {
	var found *place
	for i, f := range w.facts {
		switch {
		case f.kind == factInvalidated && matches(f.path, key): // CF-INV-06, CF-INV-24
			found = nil
		case f.kind == factRestarted && found != nil:
			found.rests = time.Time{}
			if kind != complete || found.generated { // what is not worth a file
				found = nil
			}
		case f.kind == factKept && f.key == key && f.place == complete && kind == inParts:
			found = nil
		case f.key != key || f.place != kind:
		case f.kind == factKept, f.kind == factPart:
			found = &place{stored: f.kept, kind: kind, order: i}
		case f.kind == factWithdrawn, f.kind == factEvicted:
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
	var b strings.Builder
	told := make(map[string]bool)
	for _, f := range w.facts {
		if told[f.key] || f.kind != factKept && f.kind != factPart {
			continue
		}
		told[f.key] = true
		get, head, parts := w.recall(f.key, complete), w.recall(f.key, forHead), w.recall(f.key, inParts)
		newer := get != nil && head != nil && get.order > head.order
		fmt.Fprintf(&b, "%s: GET %v, HEAD %v, %t, parts %v\n", f.key, get.text(), head.text(), newer, parts.text())
	}
	return b.String()
}

func (c *place) text() string {
	if c == nil {
		return "nothing"
	}
	return fmt.Sprintf("%v until %v by %v", c.stored, c.rests, c.said())
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
	c := w.at(key, complete)
	s := w.state(c)
	if method == "HEAD" {
		head := w.at(key, forHead)
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
	cut       bool   // the content ended early
	asked     string
	// cacheStatus is the field of RFC 9211, of a strict shared cache only.
	cacheStatus string

	modified string
	changed  time.Time // for If-Modified-Since: Last-Modified or else Date
}

// String returns the reply as a transcript shows it.
func (r reply) String() string {
	return fmt.Sprintf("%d %s, Age %q, Date %q, %q, ETag %s, X-Secret %t, Content-Range %q, Cache-Status %q, own page %t, cut %t; asked: %s",
		r.status, r.xCache, r.age, r.date, r.content, r.etag, r.secret, r.rng, r.cacheStatus, r.generated, r.cut, r.asked)
}

// step lets s happen and returns the right reply, nil to an invalidation.
func (w *world) step(s step, content string) *reply {
	w.now, w.asked, w.looked = w.now.Add(s.wait), nil, make(map[string]bool)
	if s.restart {
		w.facts = append(w.facts, fact{kind: factRestarted})
		return nil
	}
	if s.invalidate != "" {
		w.facts = append(w.facts, fact{kind: factInvalidated, path: s.invalidate})
		return nil
	}
	began := w.now
	out := w.view(s.request, s.answer, content)
	out.asked = fmt.Sprint(w.asked)
	w.now = began.Add(time.Duration(len(w.asked)) * s.answer.delay)
	return &out
}

func (w *world) key(r request) string {
	if w.policy.query && r.query != "" {
		return r.path + "?" + r.query
	}
	return r.path
}

func (w *world) view(r request, a answer, content string) reply {
	if w.policy.disabled() || r.method != "GET" && r.method != "HEAD" { // CF-METH-05, CF-TTL-29
		return w.pass(r, a, content)
	}
	c, s := w.find(w.key(r), r.method)
	switch s {
	case fresh, resting, whileRevalidating:
		if s == whileRevalidating {
			w.fetch(c, r.method, w.key(r), request{unread: true}, a, content)
		}
		return w.cached(c, s).to(r)
	}
	if s == missing && r.method == "GET" && r.rng != "" {
		if out, answered := w.viewParts(r, a, content); answered {
			return out
		}
	}
	got := w.fetch(c, r.method, w.key(r), r, a, content)
	if c == nil {
		got = w.outlast(got, r, a)
	}
	return got.to(w.cuts(got, r, c != nil, a))
}

// cuts returns the request as far as the edge cuts its range out of what the
// origin has sent: not on a miss (CF-RNG-03), nor when the length is not known
// yet (CF-RNG-04).
func (w *world) cuts(got fetched, r request, revalidated bool, a answer) request {
	if !got.fromStore && (!revalidated || a.chunked) {
		r.rng = ""
	}
	return r
}

// cached is the reply of a stored response.
func (w *world) cached(c *place, s state) reply {
	out := c.reply("Hit")
	out.age = fmt.Sprint(max(0, int(w.now.Sub(c.received)/second))) // CF-AGE-01
	if s == resting && !w.policy.servedWhileRevalidating(c.stored, w.now) && c.status < 400 {
		out.xCache = "RefreshHit" // CF-STALE-06; within the window of CF-SWR-02 a Hit
	}
	return out
}

// viewParts answers a range from stored parts, or by asking for what they
// lack, if that can be (CF-RNG-01, CF-RNG-13).
func (w *world) viewParts(r request, a answer, content string) (out reply, answered bool) {
	p := w.at(w.key(r), inParts)
	s := w.state(p)
	switch {
	case s == missing:
		return reply{}, false
	case p.covers(r) && s != stale:
		if s == whileRevalidating {
			background := r
			background.condition = ""
			w.fetch(nil, "GET", w.key(r), background, a, content)
		}
		return w.cached(p, s).to(r), true
	case s != fresh || p.covers(r) || p.lacks(r) == "":
		return reply{}, false
	}
	rest := r
	rest.rng, rest.ifRange = p.lacks(r), p.strong()
	got := w.fetch(nil, "GET", w.key(r), rest, a, content)
	switch {
	case got.status == 206 && p.joins(got.part):
		both := p.updated(got.part)
		both.secret = got.part.secret || p.secret && !got.part.hides()
		both.content = stitched(p.content, got.part.content, rest.rng)
		return both.reply("Miss").to(r), true
	case got.status == 206 && w.choose(): // it may look again after that is stored, or before
		return w.again(r, a)
	case got.status == 206, got.status == 412, got.status == 416:
		return reply{}, false
	}
	got = w.outlast(got, r, a)
	return got.to(w.cuts(got, r, false, a)), true
}

// again looks for what the fetch that has just ended has stored.
func (w *world) again(r request, a answer) (out reply, answered bool) {
	then := *w
	then.now = w.later(a)
	if c, s := then.find(w.key(r), r.method); s == fresh {
		return then.cached(c, s).to(r), true
	}
	p := then.at(w.key(r), inParts)
	if s := then.state(p); s != fresh || p.reply("").ranged(r).status != 206 || !p.covers(r) {
		return reply{}, false
	}
	return then.cached(p, fresh).to(r), true
}

// outlast is what stale parts make of a failure (CF-STALE-01).
func (w *world) outlast(got fetched, r request, a answer) fetched {
	if got.status < 500 || got.fromStore || r.method != "GET" || r.rng == "" {
		return got
	}
	p := w.at(w.key(r), inParts)
	s := w.state(p)
	if s == missing || s == fresh || !p.covers(r) || !w.policy.servedOnError(p.stored, w.later(a)) {
		return got
	}
	w.facts = append(w.facts, fact{
		kind: factRested, key: w.key(r), place: inParts, until: w.later(a).Add(w.policy.errorTTL(got.status)),
	})
	return fetched{reply: p.reply("RefreshHit"), fromStore: true}
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
	got := w.ask(q, a, content)
	if got.failure != origin.ErrorUnknown {
		return failed(a).reply("Error")
	}
	return got.reply().without(r.method)
}

// ask sends a request to the origin.
func (w *world) ask(q ask, a answer, content string) response {
	w.asked = append(w.asked, q)
	got := a.respond(q, content, w.later(a))
	if got.vary != "*" {
		got.vary = "" // it names what the origin was not sent (CF-VARY-02)
	}
	return got
}

// later is when the origin has answered all that it was asked in this step.
func (w *world) later(a answer) time.Time { return w.now.Add(time.Duration(len(w.asked)) * a.delay) }

// reply is a response of the origin as it is.
func (r response) reply() reply {
	out := copyOf(r).reply("Miss")
	out.content, out.rng = r.arriving(), r.rng
	return out
}

// fetched is a reply before the viewer's own condition and range.
type fetched struct {
	reply
	fromStore bool
	part      stored // of a 206
}

// fetch asks the origin, with a copy to revalidate or nil.
func (w *world) fetch(c *place, method, key string, r request, a answer, content string) fetched {
	q := ask{method: method}
	switch {
	case c == nil && method == "GET": // CF-RNG-02, CF-RNG-11
		if mayBeRange(r.rng) {
			q.rng, q.ifRang = r.rng, r.ifRange
		}
	case c != nil && w.revalidates(c): // CF-COND-01
		q.noneMatch, q.since = c.etag, c.modified
	}
	got := w.ask(q, a, content)
	if got.status == 304 && ofAnother(q.noneMatch, got.etag) {
		q.noneMatch, q.since = "", ""
		got = w.ask(q, a, content)
	}
	switch {
	case a.failure != origin.ErrorUnknown || got.status >= 500:
		return w.fail(c, key, method, got)
	case got.status == 304 && (q.noneMatch == "" && q.since == ""):
		got.failure = origin.ErrorInvalidResponse // an answer to nothing
		return w.fail(c, key, method, got)
	case got.status == 304:
		update := c.freshened(got)
		w.keep(update, key, c.kind)
		return fetched{reply: update.reply("RefreshHit"), fromStore: true} // CF-COND-02
	}
	w.withdraw(c, key, method, got, r.unread)
	return w.answer(key, method, got)
}

// withdraw ends the use of a copy in whose place the origin has sent what is
// not kept.
func (w *world) withdraw(c *place, key, method string, got response, unread bool) {
	if c == nil || method == "HEAD" && c.kind == complete || got.status >= 400 || got.learnedCut(method, unread) || w.policy.keeps(copyOf(got)) {
		return
	}
	w.facts = append(w.facts, fact{kind: factWithdrawn, key: key, place: c.kind})
}

// learnedCut: content that nobody reads is not waited for, so nobody learns
// that it was cut.
func (r response) learnedCut(method string, unread bool) bool {
	return r.cut && !(unread && method == "GET" && r.content != "")
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
			kind: factRested, key: key, place: c.kind, until: got.received.Add(w.policy.errorTTL(e.status)),
		})
		return fetched{reply: c.reply("RefreshHit"), fromStore: true}
	}
	if e.generated {
		w.keep(e, key, placeOf(method))
		return fetched{reply: e.reply("Error")}
	}
	return w.answer(key, method, got)
}

// answer is the origin's answer for the viewer, kept if it may be.
func (w *world) answer(key, method string, got response) fetched {
	if got.status == 206 {
		part := got.asPart()
		if !got.cut {
			w.keepPart(part, key)
		}
		return fetched{reply: got.reply(), part: part}
	}
	if c := copyOf(got); !got.cut { // CF-RESP-41, CF-RESP-42
		c.secret = c.secret && !c.hides()
		w.keep(c, key, placeOf(method))
	}
	return fetched{reply: got.reply()}
}

func (w *world) keep(c stored, key string, kind placeKind) {
	if w.policy.keeps(c) && !w.outlasted(c, key, kind) && !w.refuses(key, kind) {
		w.facts = append(w.facts, fact{kind: factKept, key: key, place: kind, kept: c})
	}
}

// keepPart keeps a part, with those that it belongs to. Once nothing is
// missing they are a complete response.
func (w *world) keepPart(c stored, key string) {
	if !w.policy.keeps(c) {
		return
	}
	hidden := c.hides()
	c.secret = c.secret && !hidden
	if p := w.at(key, inParts); p != nil && p.joins(c) {
		c = p.joined(c, hidden)
	}
	kind, what := inParts, factPart
	if !strings.Contains(c.content, hole) {
		kind, what = complete, factKept
	}
	if !w.refuses(key, kind) {
		w.facts = append(w.facts, fact{kind: what, key: key, place: kind, kept: c})
	}
}

// outlasted: parts that would be served instead of an error outlast it.
func (w *world) outlasted(c stored, key string, kind placeKind) bool {
	if c.status < 500 || kind != complete {
		return false
	}
	p := w.at(key, inParts)
	return p != nil && (c.received.Sub(p.received) < w.policy.lifetime(p.stored) || w.policy.servedOnError(p.stored, c.received))
}

// refuses: a full tier may not even take a response, and what is there stays.
func (w *world) refuses(key string, kind placeKind) bool {
	return w.lossy && w.recall(key, kind) != nil && w.choose()
}

// failed is what stands for no answer (CF-ERR-15, CF-ECT-15).
func failed(a answer) stored {
	return stored{status: a.failure.Status(), control: unsaid, generated: true}
}

// reply is the whole copy for a viewer.
func (s stored) reply(xCache string) reply {
	if xCache == "RefreshHit" { // CF-AGE-01: none, and not the origin's of long ago
		s.age = ""
	}
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
		generated: s.generated, modified: s.modified, changed: changed,
	}
}

// to is the reply after the viewer's own condition and range (CF-COND-04,
// CF-RNG-01, CF-RNG-07).
func (r reply) to(q request) reply { return r.conditional(q).ranged(q).without(q.method) }

func (r reply) conditional(q request) reply {
	switch {
	case r.status != 200 && r.status != 206:
	case q.condition == "If-Match" && !strongMatch(q.value, r.etag),
		q.condition == "If-Unmodified-Since" && r.modified != "" && date(r.modified).After(date(q.value)):
		r.status, r.xCache, r.content, r.rng = 412, "Error", "", ""
	case q.condition == "If-None-Match" && weakMatch(q.value, r.etag),
		q.condition == "If-Modified-Since" && !r.changed.After(date(q.value)):
		r.status, r.content, r.rng = 304, "", ""
	}
	return r
}

func (r reply) ranged(q request) reply {
	if r.status == 200 && q.rng != "" && ifRangeHolds(q.ifRange, r.etag, r.modified, date(r.date)) {
		r.status, r.content, r.rng = rangeOf(q.rng, r.content)
	}
	if r.status == 416 {
		r.xCache = "Error"
	}
	return r
}

// without leaves out what is not sent: content to HEAD, and all after what did
// not arrive.
func (r reply) without(method string) reply {
	if method == "HEAD" {
		r.content = ""
	}
	if i := strings.Index(r.content, hole); i >= 0 {
		r.content, r.cut = r.content[:i], true
	}
	return r
}
