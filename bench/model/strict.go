package model

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A strictWorld is everything that happened to one distribution whose policy
// has the semantics of RFC 9111.
type strictWorld struct {
	policy *policy
	now    time.Time
	events []event
	asked  []ask // by the step under way

	// choose says what the edge does where it may do either. lossy says that
	// what is stored may leave; whether it has is chosen at the first look in
	// a step.
	choose func() bool
	lossy  bool
	looked map[string]bool
}

// An event is something that happened and bears on what is stored.
type event struct {
	kind  eventKind
	key   string
	names []string // nominated for the key from now on, or by which kept was chosen
	until time.Time
	path  string // that was invalidated
	of    int    // the number of the event that kept what rests or was evicted
	keeping
}

type eventKind string

const (
	eventNamed       eventKind = "named"       // a Vary nominated fields
	eventKept        eventKind = "kept"        //
	eventPart        eventKind = "part"        // of what is not kept as a whole
	eventRested      eventKind = "rested"      // the origin is not asked before (CF-STALE-01)
	eventChanged     eventKind = "changed"     // by an unsafe request, or so a HEAD said
	eventInvalidated eventKind = "invalidated" //
	eventRestarted   eventKind = "restarted"   //
	eventGone        eventKind = "gone"        // evicted, or another answer came that is not kept; of is the event that kept it
)

// A keeping is a stored response.
type keeping struct {
	stored
	place  placeKind
	fields map[string]string // of the request that it answered
}

// A variant is what is stored for a request.
type variant struct {
	keeping
	order int // the number of its event
	rests time.Time
}

func (w *strictWorld) note(e event) { w.events = append(w.events, e) }

// nominated are the request fields that responses of a key have ever named:
// the edge tells its responses apart by all of them.
func (w *strictWorld) nominated(key string) []string {
	var names []string
	for _, e := range w.events {
		switch {
		case e.kind == eventNamed && e.key == key:
			names = e.names
		case e.kind == eventRestarted: // to know them again costs a fetch
			names = nil
		}
	}
	if len(names) > 0 && w.gone("names of "+key) {
		w.note(event{kind: eventNamed, key: key})
		return nil
	}
	return names
}

// gone reports whether something that is stored is found to have left, at the
// first look in a step.
func (w *strictWorld) gone(what string) bool {
	if !w.lossy || w.looked[what] {
		return false
	}
	w.looked[what] = true
	return w.choose()
}

// at returns the stored response that a request selects (RFC 9111 section
// 4.1).
func (w *strictWorld) at(r request, place placeKind) *variant {
	found := w.recall(w.key(r), w.nominated(w.key(r)), r.fields, place)
	if found != nil && w.gone(fmt.Sprint(found.order)) {
		w.note(event{kind: eventGone, of: found.order})
		return nil
	}
	return found
}

func (w *strictWorld) recall(key string, names []string, fields map[string]string, place placeKind) *variant {
	var found *variant
	for i, e := range w.events {
		kept := (e.kind == eventKept || e.kind == eventPart) && e.key == key && slices.Equal(e.names, names) && selects(names, e.fields, fields)
		switch {
		case e.kind == eventRestarted && found != nil:
			found.rests = time.Time{}
			if place != complete { // what is not worth a file
				found = nil
			}
		case e.kind == eventInvalidated && matches(e.path, key), e.kind == eventChanged && e.key == key:
			found = nil
		case kept && e.place == complete && place == inParts:
			found = nil
		case kept && e.place == place:
			found = &variant{keeping: e.keeping, order: i}
		case e.kind == eventGone && found != nil && e.of == found.order:
			found = nil
		case e.kind == eventRested && found != nil && e.of == found.order:
			found.rests = e.until
		}
	}
	return found
}

func selects(names []string, a, b map[string]string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		valueA, hasA := a[name]
		valueB, hasB := b[name]
		return hasA != hasB || meaning(name, valueA) != meaning(name, valueB)
	})
}

func (w *strictWorld) clone(choose func() bool) model {
	c := *w
	c.events, c.choose = slices.Clone(w.events), choose
	return &c
}

func (w *strictWorld) stored() string {
	var b strings.Builder
	told := make(map[string]bool)
	names := make(map[string][]string)
	for _, e := range w.events {
		if e.kind == eventNamed {
			names[e.key] = e.names
		}
	}
	for _, e := range w.events {
		if e.kind != eventKept && e.kind != eventPart {
			continue
		}
		get, head := w.recall(e.key, e.names, e.fields, complete), w.recall(e.key, e.names, e.fields, forHead)
		newer := get != nil && head != nil && get.order > head.order
		parts := w.recall(e.key, e.names, e.fields, inParts)
		line := fmt.Sprintf("%s by %v: GET %v, HEAD %v, %t, parts %v\n", e.key, e.names, get.text(), head.text(), newer, parts.text())
		if !told[line] {
			told[line] = true
			b.WriteString(line)
		}
	}
	return b.String() + fmt.Sprint(names)
}

func (v *variant) text() string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprintf("%v for %v until %v by %v", v.stored, v.fields, v.rests, v.said())
}

func (w *strictWorld) state(v *variant) state {
	if v == nil {
		return missing
	}
	late := v.strictAge(w.now) - w.policy.strictLifetime(v.stored)
	rests := w.now.Before(v.rests)
	switch {
	case late > staleKeep:
		return missing
	case late < 0:
		return fresh
	case !rests && w.policy.strictlyWhileRevalidating(v.stored, w.now):
		return whileRevalidating
	case rests && w.policy.strictlyOnError(v.stored, w.now):
		return resting
	}
	return stale
}

// find returns what a request may use. HEAD may use what GET has brought, or
// what HEAD has if that is newer.
func (w *strictWorld) find(r request) (*variant, state) {
	v := w.at(r, complete)
	s := w.state(v)
	if r.method == "HEAD" && s != fresh {
		head := w.at(r, forHead)
		if h := w.state(head); h != missing && h <= s && !w.superseded(head, r) {
			return head, h
		}
	}
	if s == missing {
		return nil, s
	}
	return v, s
}

func (w *strictWorld) superseded(v *variant, r request) bool {
	get := w.at(r, complete)
	return v.place == forHead && get != nil && get.order > v.order
}

func (w *strictWorld) key(r request) string {
	if w.policy.query && r.query != "" {
		return r.path + "?" + r.query
	}
	return r.path
}

// step lets s happen and returns the right reply.
func (w *strictWorld) step(s step, content string) *reply {
	w.now, w.asked, w.looked = w.now.Add(s.wait), nil, make(map[string]bool)
	if s.restart {
		w.note(event{kind: eventRestarted})
		return nil
	}
	if s.invalidate != "" {
		w.note(event{kind: eventInvalidated, path: s.invalidate})
		return nil
	}
	out := w.view(s.request, s.answer, content)
	out.asked = fmt.Sprint(w.asked)
	return &out
}

// ask sends a request to the origin and waits for what it says.
func (w *strictWorld) ask(q ask, a answer, content string) response {
	w.asked = append(w.asked, q)
	w.now = w.now.Add(a.delay)
	return a.respond(q, content, w.now)
}

func (w *strictWorld) view(r request, a answer, content string) reply {
	if w.policy.disabled() || r.method != "GET" && r.method != "HEAD" {
		return w.pass(r, a, content)
	}
	v, s := w.find(r)
	want := whatIsFresh
	if v != nil {
		want = w.wants(r, v.stored)
	}
	switch {
	case want == validation || s >= stale && want != whatIsStale:
		if r.demands("only-if-cached") { // section 5.2.1.7
			return reply{status: 504, xCache: "Error", generated: true}
		}
		return w.obtain(v, s, want, r, a, content)
	case want == whatIsStale:
		s = fresh
	}
	return w.hit(v, s, r, a, content)
}

// hit answers from what is stored, and may revalidate it behind that.
func (w *strictWorld) hit(v *variant, s state, r request, a answer, content string) reply {
	xCache := "Hit"
	if s == resting && !w.policy.strictlyWhileRevalidating(v.stored, w.now) {
		xCache = "RefreshHit"
	}
	out := w.cached(v.stored, xCache).to(r)
	out.cacheStatus = fmt.Sprintf("Groundfront; hit; ttl=%d", (w.policy.strictLifetime(v.stored)-v.strictAge(w.now))/second)
	if s == whileRevalidating {
		if v.place == inParts {
			w.fetch(nil, false, r, a, content)
			return out
		}
		r.rng, r.unread = "", true
		w.fetch(v, false, r, a, content)
	}
	return out
}

// cached is the reply of a stored response, which says how old that is.
func (w *strictWorld) cached(s stored, xCache string) reply {
	out := s.reply(xCache)
	out.age = fmt.Sprint(int(s.strictAge(w.now) / second))
	return out
}

// pass sends a request on as it is, and forgets what an unsafe one has
// changed (section 4.4).
func (w *strictWorld) pass(r request, a answer, content string) reply {
	q := ask{method: r.method, rng: r.rng, ifRang: r.ifRange}
	switch r.condition {
	case "If-None-Match":
		q.noneMatch = r.value
	case "If-Modified-Since":
		q.since = r.value
	}
	got := w.ask(q, a, content)
	why := "Groundfront; fwd=method"
	if w.policy.disabled() {
		why = "Groundfront; fwd=bypass"
	}
	if got.failure != origin.ErrorUnknown {
		out := failed(a).reply("Error")
		out.cacheStatus = why
		return out
	}
	if !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.method) && got.status >= 200 && got.status < 400 {
		w.note(event{kind: eventChanged, key: w.key(r)})
		for _, reference := range []string{a.location, a.place} {
			if u := w.resolve(r, reference); u.Host == w.policy.host() {
				w.note(event{kind: eventChanged, key: w.key(request{path: u.Path, query: u.RawQuery})})
			}
		}
	}
	out := got.reply().without(r.method)
	out.cacheStatus = why + fmt.Sprintf("; fwd-status=%d", got.status)
	if w.keepPost(r, got) {
		out.cacheStatus += "; stored"
	}
	return out
}

// keepPost keeps the answer to a POST that is what a GET would get (RFC 9110
// section 9.3.3).
func (w *strictWorld) keepPost(r request, got response) bool {
	c := copyOf(got)
	u := w.resolve(r, got.place)
	_, explicit := c.explicitLifetime()
	if r.method != "POST" || got.status != 200 || u.Host != w.policy.host() || u.Path != r.path || u.RawQuery != r.query ||
		!explicit || !w.policy.strictlyKeeps(c, r) {
		return false
	}
	w.nominate(w.key(r), namesOf(c))
	if c.secret = c.secret && !c.strictlyHides(); !got.cut {
		w.keep(c, r, complete)
	}
	return true
}

// resolve returns where a Location leads; nowhere without one.
func (w *strictWorld) resolve(r request, location string) *url.URL {
	if location == "" {
		return &url.URL{}
	}
	base := url.URL{Scheme: "https", Host: w.policy.host(), Path: r.path, RawQuery: r.query}
	u, err := base.Parse(location)
	if err != nil {
		panic(err) // all locations are the generator's
	}
	return u
}

// obtain answers from stored parts or from the origin, and says why that was
// asked (RFC 9211 section 2.2).
func (w *strictWorld) obtain(v *variant, s state, want wants, r request, a answer, content string) reply {
	var parts *variant
	why := "uri-miss"
	switch {
	case v != nil && s == fresh:
		why = "request"
	case v != nil:
		why = "stale"
	case len(w.nominated(w.key(r))) > 0:
		why = "vary-miss"
	}
	if v == nil && r.method == "GET" {
		if parts = w.at(r, inParts); w.state(parts) == missing {
			parts = nil
		}
	}
	if parts == nil {
		got := w.fetch(v, want == validation, r, a, content)
		return w.tell(got, why, r, a)
	}
	return w.complete(parts, r, a, content)
}

// tell is what a viewer gets of what a fetch has got.
func (w *strictWorld) tell(got fetched, why string, r request, a answer) reply {
	got.cacheStatus = "Groundfront; fwd=" + why + got.cacheStatus
	if !got.fromStore && a.chunked { // the length is not known yet
		r.rng = ""
	}
	return got.to(r)
}

// complete answers from stored parts, or by asking for what they lack (section
// 3.4).
func (w *strictWorld) complete(p *variant, r request, a answer, content string) reply {
	s, why := w.state(p), "partial"
	switch {
	case w.wants(r, p.stored) == validation && s == fresh:
		s, why = stale, "request"
	case w.wants(r, p.stored) == validation:
		s, why = stale, "stale"
	case s != fresh:
		why = "stale"
	}
	lacks := p.lacks(r)
	switch {
	case p.covers(r) && s != stale:
		return w.hit(p, s, r, a, content)
	case s == fresh && !p.covers(r) && lacks != "" && !r.demands("no-store"):
		rest := r
		rest.rng, rest.ifRange = lacks, p.strong()
		got := w.fetch(nil, false, rest, a, content)
		switch {
		case got.status == 206 && p.joins(got.part):
			both := p.updated(got.part)
			both.secret = got.part.secret || p.secret && !got.part.strictlyHides()
			both.content = stitched(p.content, got.part.content, lacks)
			out := both.reply("Miss").to(r)
			out.cacheStatus = "Groundfront; fwd=" + why + got.cacheStatus
			return out
		case got.status == 206 && w.choose(): // it may look again after that is stored, or before
			if out, is := w.again(r); is {
				return out
			}
		case got.status != 206 && got.status != 412 && got.status != 416:
			return w.tell(w.outlast(got, p, s, r), why, r, a)
		}
	}
	return w.tell(w.outlast(w.fetch(nil, false, r, a, content), p, s, r), why, r, a)
}

// again looks for what the fetch that has just ended has stored.
func (w *strictWorld) again(r request) (out reply, is bool) {
	if v, s := w.find(r); s == fresh {
		return w.hit(v, s, r, answer{}, ""), true
	}
	p := w.at(r, inParts)
	if w.state(p) != fresh || p.reply("").ranged(r).status != 206 || !p.covers(r) {
		return reply{}, false
	}
	return w.hit(p, fresh, r, answer{}, ""), true
}

// outlast is what stale parts make of a failure.
func (w *strictWorld) outlast(got fetched, p *variant, s state, r request) fetched {
	if got.status < 500 || s == fresh || !p.covers(r) || w.wants(r, p.stored) == validation || !w.policy.strictlyOnError(p.stored, w.now) {
		return got
	}
	w.note(event{kind: eventRested, key: w.key(r), of: p.order, until: w.now.Add(w.policy.errorTTL(got.status))})
	return fetched{reply: w.cached(p.stored, "RefreshHit"), fromStore: true}
}

// fetch asks the origin, with a stored response to validate or nil.
func (w *strictWorld) fetch(v *variant, mustValidate bool, r request, a answer, content string) fetched {
	q := ask{method: r.method}
	if v == nil && r.method == "GET" && mayBeRange(r.rng) {
		q.rng, q.ifRang = r.rng, r.ifRange
	}
	if v != nil && v.status < 400 { // RFC 9110 section 13.2.1
		q.noneMatch, q.since = v.etag, v.modified
	}
	got := w.ask(q, a, content)
	if got.status == 304 && ofAnother(q.noneMatch, got.etag) { // section 4.3.4
		q.noneMatch, q.since = "", ""
		got = w.ask(q, a, content)
	}
	if got.status == 304 && q.noneMatch == "" && q.since == "" {
		got.failure = origin.ErrorInvalidResponse // it answers nothing
	}
	if got.failure != origin.ErrorUnknown || got.status >= 500 {
		return w.fail(v, mustValidate, r, got)
	}
	if got.status == 304 {
		return w.validated(v, r, got)
	}
	return w.answer(v, r, got)
}

// validated is a stored response after a 304 (section 4.3.4).
func (w *strictWorld) validated(v *variant, r request, got response) fetched {
	updated, kept := w.update(v, r, got)
	out := w.cached(updated, "RefreshHit")
	out.cacheStatus = "; fwd-status=304"
	if kept {
		out.cacheStatus += "; stored"
	}
	return fetched{reply: out, fromStore: true}
}

// update is a stored response with what the origin says of it now. It is kept
// unless it nominates fields by which it was not chosen.
func (w *strictWorld) update(v *variant, r request, got response) (updated stored, kept bool) {
	s := v.stored
	s.age, s.date = "", got.received
	s = s.freshened(got)
	s.secret = (v.secret || got.secret) && !s.strictlyHides()
	kept = w.policy.strictlyKeeps(s, r) && !slices.ContainsFunc(namesOf(s), func(name string) bool {
		return !slices.Contains(w.nominated(w.key(r)), name)
	})
	if kept {
		w.keep(s, r, v.place)
	}
	return s, kept
}

// fail is an origin that gave no answer or 5xx.
func (w *strictWorld) fail(v *variant, mustValidate bool, r request, got response) fetched {
	status := got.status
	if got.failure != origin.ErrorUnknown {
		status = got.failure.Status()
	}
	if v != nil && !mustValidate && w.policy.strictlyOnError(v.stored, w.now) {
		w.note(event{kind: eventRested, key: w.key(r), of: v.order, until: w.now.Add(w.policy.errorTTL(status))})
		return fetched{reply: w.cached(v.stored, "RefreshHit"), fromStore: true}
	}
	if got.failure != origin.ErrorUnknown {
		return fetched{reply: failed(got.answer).reply("Error")}
	}
	return w.answer(v, r, got)
}

// answer is the origin's answer for the viewer, kept if it may be.
func (w *strictWorld) answer(v *variant, r request, got response) fetched {
	c := copyOf(got)
	out := fetched{reply: got.reply()}
	if got.status == 206 {
		c = got.asPart()
		out.part = c
	}
	out.cacheStatus = fmt.Sprintf("; fwd-status=%d", got.status)
	if v != nil && v.place == complete && r.method == "HEAD" && got.status == v.status { // section 4.3.5
		if w.contradicts(got, v.stored) {
			w.note(event{kind: eventChanged, key: w.key(r)})
		} else {
			w.update(v, r, got)
		}
	}
	if !w.policy.strictlyKeeps(c, r) {
		w.withdraw(v, r, got)
		return out
	}
	out.cacheStatus += "; stored"
	w.nominate(w.key(r), namesOf(c))
	c.secret = c.secret && !c.strictlyHides()
	switch {
	case got.cut:
	case got.status == 206:
		w.keepPart(c, r)
	case !w.shadowed(c, r):
		w.keep(c, r, placeOf(r.method))
	}
	return out
}

// withdraw ends the use of a stored response in whose place the origin has sent
// what is not kept.
func (w *strictWorld) withdraw(v *variant, r request, got response) {
	if v == nil || r.method == "HEAD" && v.place == complete || got.status >= 400 || got.learnedCut(r.method, r.unread) || r.demands("no-store") || r.fields["Authorization"] != "" {
		return
	}
	w.note(event{kind: eventGone, of: v.order})
}

// keepPart keeps a part, with those that it belongs to. Once nothing is
// missing they are a complete response.
func (w *strictWorld) keepPart(c stored, r request) {
	if p := w.at(r, inParts); p != nil && p.joins(c) {
		c = p.joined(c, c.strictlyHides())
	}
	if strings.Contains(c.content, hole) {
		w.keep(c, r, inParts)
	} else {
		w.keep(c, r, complete)
	}
}

func (w *strictWorld) contradicts(got response, s stored) bool {
	return got.etag != "" && got.etag != s.etag ||
		got.modified != "" && got.modified != s.modified ||
		got.length >= 0 && got.length != int64(len(s.content))
}

// shadowed: an error does not take the place of a response that would have
// been served instead of it when the error was made.
func (w *strictWorld) shadowed(c stored, r request) bool {
	if c.status < 500 {
		return false
	}
	made := c.received.Add(-c.strictAge(c.received))
	outlasts := func(old *variant) bool {
		late := old.strictAge(made) - w.policy.strictLifetime(old.stored)
		return old.status < 400 && (late < 0 || w.policy.strictlyOnError(old.stored, made))
	}
	if old := w.at(r, placeOf(r.method)); old != nil && outlasts(old) && !w.superseded(old, r) &&
		old.strictAge(made)-w.policy.strictLifetime(old.stored) <= staleKeep {
		return true
	}
	p := w.at(r, inParts)
	return r.method == "GET" && p != nil && outlasts(p)
}

// keep stores s, unless a full tier does not even take it and what is there
// stays.
func (w *strictWorld) keep(s stored, r request, place placeKind) {
	names := w.nominated(w.key(r))
	if w.lossy && w.recall(w.key(r), names, r.fields, place) != nil && w.choose() {
		return
	}
	kind := eventKept
	if place == inParts {
		kind = eventPart
	}
	w.note(event{kind: kind, key: w.key(r), names: names, keeping: keeping{stored: s, place: place, fields: r.fields}})
}

func (w *strictWorld) nominate(key string, more []string) {
	names := slices.Concat(w.nominated(key), more)
	slices.Sort(names)
	w.note(event{kind: eventNamed, key: key, names: slices.Compact(names)})
}

// namesOf are the fields in a Vary, as the generator writes them in requests.
func namesOf(s stored) []string {
	var names []string
	for name := range strings.SplitSeq(s.vary, ", ") {
		if name == "x-kind" {
			name = "X-Kind"
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
