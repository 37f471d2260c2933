package proxy

import (
	"strconv"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// refuse answers with a page of our own: status, the page's sentence, and the
// reason for log and metrics. The cause decides whether a custom error
// response may take its place (CF-CER-05).
func (x *Exchange) refuse(status int, e errorpage.Explanation, reason accesslog.Reason, cause errorpage.Cause) step {
	x.answer.close()
	x.answer = answer{status: status, reason: reason, cause: cause, age: -1}
	return x.answerPage(errorpage.Append(make([]byte, 0, 1024), status, e, x.id))
}

// answerPage gives the answer content that the edge makes itself, and the fields
// that go with it, in CloudFront's order (CF-ERR-23, CF-VPP-06). The origin may have
// let the edge wait before that: Date is when there is an answer (RFC 9110 section 6.6.1).
func (x *Exchange) answerPage(content []byte) step {
	a := &x.answer
	a.content, a.length = content, int64(len(content))
	a.fields = pageFields(x.server.now(), len(content))
	if x.r.Proto == viewer.ProtoHTTP11 {
		a.fields.Add("Connection", "keep-alive")
	}
	return answered
}

// pageFields are the fields of a page of so many bytes. There is room for more.
func pageFields(now time.Time, length int) field.Lines {
	return append(make(field.Lines, 0, 16),
		field.Line{Name: "Server", Value: errorpage.Server},
		field.Line{Name: "Date", Value: cachecontrol.FormatDate(now)},
		field.Line{Name: "Content-Type", Value: errorpage.ContentType},
		field.Line{Name: "Content-Length", Value: strconv.Itoa(length)})
}

// answerFromCache answers with the response that Lookup found. It proceeds,
// with a miss, if the content of that is lost.
func (x *Exchange) answerFromCache() step {
	reason := accesslog.ReasonHit
	switch {
	case x.found.Outcome == cache.OutcomeFresh:
	case x.found.Entry.Times.MayServeStaleWhileRevalidate(x.now):
		reason = accesslog.ReasonHitStaleSWR // CF-SWR-07: a Hit, also while the origin rests
	default:
		reason = accesslog.ReasonHitStaleSIE
	}
	if x.answerFromEntry(x.found.Entry, reason) == proceed {
		return proceed
	}
	x.answer.age = x.found.Entry.Times.AgeSeconds(x.now) // CF-AGE-01
	x.addHitStatus(x.found.Entry)
	return answered
}

// answerFromEntry answers with a stored response. It proceeds, with a miss, if
// the content of that is lost.
func (x *Exchange) answerFromEntry(e *cache.Entry, reason accesslog.Reason) step {
	if e.Failure != 0 { // the origin failed a moment ago (CF-ECT-15)
		kind := origin.ErrorKind(e.Failure - 1)
		return x.refuse(int(e.Status), failureOf(kind).explanation, accesslog.ReasonErrorCached, errorpage.CauseUnreachable)
	}
	content, from, there := x.contentOf(e)
	if !there {
		x.found = cache.Found{Outcome: cache.OutcomeMiss, Cause: cache.MissEvicted}
		return proceed
	}
	if e.Status >= 400 {
		reason = accesslog.ReasonErrorCached
	}
	x.answer = answer{
		status: int(e.Status), reason: reason, cause: errorpage.CauseOrigin, age: -1,
		fields: e.Fields(make(field.Lines, 0, 24)), length: e.Length, content: content, source: from,
		cacheable: true, received: e.Times.Validated.Time(),
	}
	if reason != accesslog.ReasonRefreshHit { // the origin has not been asked, or not answered
		x.answer.hideOnHit()
	}
	if e.Partial() {
		x.answer.status, x.answer.content, x.answer.source = 200, nil, storedParts{e}
	}
	return answered
}

// hideOnHit leaves out what names another request (CF-RESP-07).
func (a *answer) hideOnHit() {
	a.fields.DeleteFunc(func(l field.Line) bool { return origin.HiddenOnHit(l.Name) })
}

// roomForMore is for the fields that a response gets here: the edge's own, and as
// many of a policy.
const roomForMore = 12

// answerFromFetch answers with what a fetch got. It proceeds, with a miss, if
// that is a stored response whose content is lost.
func (x *Exchange) answerFromFetch(got fetch.Answer) step {
	if got.Collapsed {
		x.server.collapsed()
	}
	done := answered
	switch got.Kind {
	case fetch.KindRevalidated:
		done = x.answerFromEntry(got.Entry, collapsedOr(got, accesslog.ReasonRefreshHit))
	case fetch.KindStored:
		x.now = x.server.now() // it may be younger than the request
		x.found = cache.Found{Outcome: cache.OutcomeFresh, Entry: got.Entry}
		return x.answerFromCache()
	case fetch.KindStaleOnError:
		done = x.answerFromEntry(got.Entry, accesslog.ReasonHitStaleSIE)
	case fetch.KindFailed:
		x.answerFailed(got.Err)
	case fetch.KindNotAdmitted:
		return x.answerNotAdmitted()
	case fetch.KindRefused:
		return x.answerRefused(got.Status)
	default:
		fields := got.Fields
		if got.Direct == nil {
			fields = append(make(field.Lines, 0, len(fields)+roomForMore), fields...)
		}
		x.answer = answer{
			status: got.Status, reason: x.missReason(got), cause: errorpage.CauseOrigin, age: -1,
			fields: fields, length: got.Length, source: sourceOf(got), fetched: got, came: got.Result,
			cacheable: !x.bypasses(), undivided: x.sentUndivided(got), received: x.now,
		}
		if got.Collapsed {
			x.answer.hideOnHit()
		}
		if got.Layer == fetch.LayerShield && !got.Collapsed && got.Status < 400 {
			x.answer.detailed = accesslog.DetailedTypeOriginShieldHit
		}
	}
	if got.Tunnel != nil {
		x.checkAcceptance()
	}
	if done == answered {
		x.setAge(got)
		x.addForwardStatus(got)
	}
	return done
}

// answerFailed answers for an origin that gave no usable response (CF-ERR-15,
// CF-ERR-17).
func (x *Exchange) answerFailed(err *origin.Error) {
	switch err.Kind {
	case origin.ErrorCanceled:
		if x.upload.tooLarge() {
			x.answerRefused(413) // CF-SIZE-05
			return
		}
		x.sent.gone = true
	case origin.ErrorLimit: // the origin was not asked
		x.answerRefused(err.Kind.Status())
		return
	}
	f := failureOf(err.Kind)
	x.refuse(err.Kind.Status(), f.explanation, f.reason, errorpage.CauseUnreachable)
	x.answer.detailed = f.detailed
}

// answerRefused answers when we did not even ask: the request cannot be sent,
// too many fetches run, or a fault of ours.
func (x *Exchange) answerRefused(status int) step {
	switch status {
	case 400, 413:
		return x.refuse(status, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	case 503:
		x.refuse(503, errorpage.ExplanationOriginConnect, accesslog.ReasonLimitExceeded, errorpage.CauseCapacity)
		x.answer.fields.Add("Retry-After", "1") // not at AWS, whose bounds are others
		return answered
	}
	return x.refuse(500, errorpage.ExplanationOriginClosed, accesslog.ReasonGeneratedErrorPage, errorpage.CauseUnreachable)
}

func collapsedOr(got fetch.Answer, reason accesslog.Reason) accesslog.Reason {
	if got.Collapsed {
		return accesslog.ReasonHitCollapsed
	}
	return reason
}

// missReason says why the origin had to be asked.
func (x *Exchange) missReason(got fetch.Answer) accesslog.Reason {
	switch {
	case got.Status >= 400:
		return accesslog.ReasonErrorOrigin
	case x.passing == passingWebSocket:
		return accesslog.ReasonPassUpgrade
	case got.Collapsed:
		return accesslog.ReasonHitCollapsed
	}
	if reason := noStoreReasons[got.NoStore]; reason != accesslog.ReasonUnknown {
		return reason
	}
	switch {
	case x.found.Entry != nil:
		return accesslog.ReasonMissExpired
	case x.parts.Entry != nil:
		return accesslog.ReasonMissRange
	case x.found.Cause == cache.MissEvicted:
		return accesslog.ReasonMissEvicted
	case x.found.Cause == cache.MissPurged:
		return accesslog.ReasonMissPurged
	}
	return accesslog.ReasonMissCold
}
