package proxy

import (
	"context"

	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// stageCondition answers the viewer's own condition and range from the
// representation at hand (CF-PIPE-18): 304, 412, 206, 416. Where the request
// went to the origin as it was, the origin has done so. A 416 may be replaced as
// one from an origin (CF-RNG-07).
func (x *Exchange) stageCondition(ctx context.Context) {
	if x.condition(); x.answer.status == 416 && x.answer.cacheable {
		x.answer.cacheable = false
		x.replaceError(ctx)
	}
}

func (x *Exchange) condition() {
	a := &x.answer
	if !a.cacheable || a.status != 200 && a.status != 206 {
		return
	}
	stored := conditional.StoredOf(a.status, a.fields, a.received)
	switch conditional.Evaluate(x.r.Method, x.r.Fields, stored, x.now) {
	case conditional.NotModified:
		x.answerWithoutContent(304)
	case conditional.PreconditionFailed:
		x.answerWithoutContent(412)
	default:
		x.answerRange(stored)
	}
}

// answerWithoutContent keeps the representation's fields but for those that
// describe content. Those of a 304 ViewerResponse drops, when a policy has seen all
// that a 200 would have. For an error nothing of how long the representation lives is
// true: what the condition or range of one viewer has failed by, a cache behind the
// edge would give to all (RFC 9111 section 3).
func (x *Exchange) answerWithoutContent(status int) {
	a := &x.answer
	a.close()
	a.status, a.content, a.source, a.fetched, a.length = status, nil, nil, fetch.Answer{}, -1
	if a.notModified = status == 304; a.notModified {
		return
	}
	a.fields.DeleteFunc(func(l field.Line) bool { return describesContent(l) || saysLifetime(l) })
	a.length = 0
}

// describesContent reports whether a field is for nobody who gets no content. What a
// viewer may do with that of before it is still told (RFC 9110 section 15.4.5).
func describesContent(l field.Line) bool {
	return field.HasPrefixFold(l.Name, "Content-") && !field.EqualName(l.Name, "Content-Location") &&
		!field.HasPrefixFold(l.Name, "Content-Security-Policy")
}

// saysLifetime reports whether a field says how long a response is fresh: Cache-Control,
// those of RFC 9213 for some caches only, and Expires.
func saysLifetime(l field.Line) bool {
	const name = "Cache-Control"
	return field.EqualName(l.Name, "Expires") || len(l.Name) >= len(name) && field.EqualName(l.Name[len(l.Name)-len(name):], name)
}

// answerRange cuts the parts that Range asks for out of the content (CF-RNG-01,
// CF-RNG-05 to CF-RNG-08), also while that still arrives. Content of a length
// that is not known yet is sent whole (CF-RNG-04).
func (x *Exchange) answerRange(stored conditional.Stored) {
	a := &x.answer
	length := a.length
	switch from := a.source.(type) {
	case nil:
		length = int64(len(a.content))
	case file:
		length = from.length
	}
	if a.undivided || length < 0 || !x.r.Fields.Has("Range") {
		return
	}
	ranges, selection := byterange.Select(make([]byterange.Range, 0, 8), x.r.Method, x.r.Fields, stored, length, x.now)
	switch selection {
	case byterange.SelectionUnsatisfiable:
		x.answerWithoutContent(416)
		a.fields.Set("Content-Range", byterange.UnsatisfiedRange(length))
		a.reason, a.detailed, a.cause = accesslog.ReasonInvalidRequest, accesslog.DetailedTypeError, errorpage.CauseOrigin
	case byterange.SelectionPartial:
		plan := byterange.NewPlan(ranges, length, a.fields.Get("Content-Type"), newBoundary())
		a.status, a.length, a.segments = 206, plan.Length, plan.Segments
		if plan.ContentRange != "" {
			a.fields.Set("Content-Range", plan.ContentRange)
		}
		if plan.ContentType != "" {
			a.fields.Set("Content-Type", plan.ContentType)
		}
	}
}
