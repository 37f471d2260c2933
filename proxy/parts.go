package proxy

import (
	"context"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// What stages do with stored parts of a response (CF-RNG-03), when the
// response itself is not stored: answer from them, or ask the origin for what
// is missing.

// lookupParts answers a range request from stored parts, if they have all
// that it wants (CF-RNG-01).
func (x *Exchange) lookupParts(ctx context.Context) step {
	if x.r.Method != "GET" || !x.strict() && !x.r.Fields.Has("Range") {
		return proceed // CF-RNG-15; a strict cache completes what it has
	}
	x.parts = x.server.cache.LookupParts(x.hash, x.key, x.now)
	e := x.parts.Entry
	if e == nil || !e.Partial() || x.strict() && x.validated {
		x.parts = cache.Found{Outcome: cache.OutcomeMiss}
		return proceed
	}
	if x.strict() && e.Times.UseFor(x.demands, x.now) == freshness.UseValidated {
		x.parts.Outcome, x.validated = cache.OutcomeStale, true
	}
	if !x.covered(e) {
		return proceed
	}
	switch x.parts.Outcome {
	case cache.OutcomeStaleWhileRevalidate:
		if x.guardOrigin(ctx) == answered {
			return answered
		}
		request := x.fetchRequest() // with its range
		x.server.fetcher.Background(&x.behavior.Rules, request, nil)
	case cache.OutcomeFresh, cache.OutcomeStaleRetryLater:
	default:
		return proceed
	}
	x.found = x.parts
	return x.answerFromCache()
}

// covered reports whether e has all that Condition will want of it.
func (x *Exchange) covered(e *cache.Entry) bool {
	ranges, all := x.wanted(e)
	if !all {
		return len(ranges) == 0
	}
	for _, r := range ranges {
		if !e.Missing(r).Empty() {
			return false
		}
	}
	return true
}

// wanted returns the ranges of e's content that the viewer wants, if any; all
// is false when it wants none of it, which then is answered by fields alone.
func (x *Exchange) wanted(e *cache.Entry) (ranges []byterange.Range, all bool) {
	stored := conditional.StoredOf(200, e.Fields(nil), e.Times.Validated.Time())
	if conditional.Evaluate(x.r.Method, x.r.Fields, stored, x.now) != conditional.Proceed {
		return nil, false
	}
	ranges, selection := byterange.Select(make([]byterange.Range, 0, 8), x.r.Method, x.r.Fields, stored, e.Length, x.now)
	switch selection {
	case byterange.SelectionPartial:
		return ranges, true
	case byterange.SelectionUnsatisfiable:
		return nil, false
	}
	return []byterange.Range{{To: e.Length}}, true
}

// obtainMissing asks the origin only for the bytes that fresh stored parts do
// not have of what the viewer wants (RFC 9111 section 3.4). It answers if they
// are to be had.
func (x *Exchange) obtainMissing(ctx context.Context) step {
	missing, validator := x.missing()
	if validator == "" {
		return proceed
	}
	request := x.fetchRequest()
	request.Range, request.IfRange = string(byterange.AppendValue(nil, missing)), validator
	got, err := x.fetch(ctx, request)
	e := x.parts.Entry
	switch {
	case err != nil:
		x.sent.gone = true
		return answered
	case got.Kind == fetch.KindResponse && got.Status == 206 && (got.Part == nil || got.Part.Range != missing || !x.fit(got)):
		got.Close()
		return proceed // not what was asked for: forget what is stored
	case got.Kind == fetch.KindResponse && got.Status == 206:
		x.answerStitched(e, got)
		return answered
	case got.Status == 412, got.Status == 416, got.Kind == fetch.KindStored && got.Entry.Partial() && !x.covered(got.Entry):
		got.Close()
		return proceed
	}
	if x.answerFromFetch(got) == proceed {
		return proceed
	}
	x.outlastFailure()
	return answered
}

// missing returns the range that stored parts lack of what the viewer wants,
// and the validator that proves which representation it is a range of; the
// latter is "" if that cannot be used.
func (x *Exchange) missing() (r byterange.Range, validator string) {
	e := x.parts.Entry
	if e == nil || x.parts.Outcome != cache.OutcomeFresh || x.bypasses() || x.demands.NoStore {
		return byterange.Range{}, ""
	}
	ranges, all := x.wanted(e)
	if !all || len(ranges) != 1 {
		return byterange.Range{}, ""
	}
	r = e.Missing(ranges[0])
	if r == ranges[0] || r.Empty() {
		return byterange.Range{}, ""
	}
	return r, e.StrongValidator()
}

// fit reports whether what came belongs to the stored parts.
func (x *Exchange) fit(got fetch.Answer) bool {
	return got.Part.Complete == x.parts.Entry.Length &&
		conditional.SameRepresentation(x.parts.Entry.Fields(nil), got.Fields, x.now)
}

// answerStitched answers from stored parts and what came in addition.
func (x *Exchange) answerStitched(e *cache.Entry, got fetch.Answer) {
	stored := e.Fields(nil)
	stored.DeleteFunc(func(l field.Line) bool { return field.EqualName(l.Name, "Age") || got.Drops(l.Name) })
	x.answer = answer{
		status: 200, reason: accesslog.ReasonMissRange, age: -1, length: e.Length,
		fields: conditional.Freshen(stored, got.Fields, false),
		source: stitched{storedParts{e}, got.Part.Range, stream{got.Content}}, fetched: got, came: got.Result,
		cacheable: true, received: x.now,
	}
	x.addForwardStatus(got)
}

// outlastFailure answers from stale parts when the origin has failed, if they
// have all that is wanted (CF-STALE-01).
func (x *Exchange) outlastFailure() {
	e := x.parts.Entry
	if e == nil || x.answer.status < 500 || x.sent.gone || x.demands.OnlyIfCached {
		return
	}
	now := x.server.now() // the fetch took its time
	if x.parts.Outcome == cache.OutcomeFresh || !x.covered(e) || !e.Times.MayServeStaleOnError(now) || !x.server.cache.Usable(e) {
		return
	}
	if x.validated {
		return
	}
	x.server.cache.DelayRetry(e, now.Add(x.behavior.Errors.MinTTL(x.answer.status)))
	x.answer.close()
	x.answerFromEntry(e, accesslog.ReasonHitStaleSIE)
	stale := fetch.Answer{Result: &fetch.Result{Kind: fetch.KindStaleOnError, Entry: e}}
	x.setAge(stale)
	x.addForwardStatus(stale)
}

// sentUndivided reports whether an answer goes out whole although the viewer
// asked for ranges: its origin was asked for them and has sent everything
// (CF-RNG-03). RFC 9110 section 14.2 lets a strict cache do better.
func (x *Exchange) sentUndivided(got fetch.Answer) bool {
	return got.Status == 206 || !x.strict() && !got.Collapsed && x.found.Outcome == cache.OutcomeMiss
}

// storedParts are parts that memory has.
type storedParts struct{ entry *cache.Entry }

// send sends nothing if a byte of r is missing: that cannot happen, and if it
// does the response is cut.
func (s storedParts) send(ctx context.Context, x *Exchange, r byterange.Range) bool {
	r.To = min(r.To, s.entry.Length)
	if !s.entry.Missing(r).Empty() {
		x.cut(ctx)
		return false
	}
	for _, p := range s.entry.AppendPieces(make([][]byte, 0, 8), r) {
		if !x.write(p) {
			return false
		}
	}
	return true
}

// A stitched source has stored parts, and what they lack as it comes.
type stitched struct {
	parts  storedParts
	middle byterange.Range
	rest   stream
}

func (s stitched) send(ctx context.Context, x *Exchange, r byterange.Range) bool {
	before := byterange.Range{From: r.From, To: min(r.To, s.middle.From)}
	between := byterange.Range{From: max(r.From, s.middle.From) - s.middle.From, To: min(r.To, s.middle.To) - s.middle.From}
	after := byterange.Range{From: max(r.From, s.middle.To), To: r.To}
	return (before.Empty() || s.parts.send(ctx, x, before)) &&
		(between.Empty() || s.rest.send(ctx, x, between)) &&
		(after.Empty() || s.parts.send(ctx, x, after))
}
