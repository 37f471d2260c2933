package proxy

import (
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// drawn is the Request.Note of a hit that goes the long way because its
// response is to have Server-Timing: it was drawn, and shall not be once more.
type drawn struct{}

// drawsTiming reports whether a hit has to go the long way for Server-Timing:
// because it was drawn, which the request's Note then says, or because the
// request may ask for it.
//
// Hot path: no allocation, no lock.
func (x *Exchange) drawsTiming() bool {
	policy := x.behavior.ResponseHeaders
	switch {
	case !policy.HasServerTiming():
		return false
	case x.r.Marks&viewer.MarkPragma != 0:
		return true
	case policy.Samples(x.server.random()):
		x.r.Note = drawn{}
		return true
	}
	return false
}

// isTimed decides whether the response has Server-Timing (CF-STM-01). Where the
// short way was tried and noted something else, it has drawn already.
func (x *Exchange) isTimed(policy *respheaders.Rewriter) bool {
	if x.rehearsed {
		return false
	}
	if respheaders.AsksForTiming(x.r.Fields) {
		return true
	}
	switch x.r.Note.(type) {
	case nil:
		return policy.Samples(x.server.random())
	case drawn:
		return true
	}
	return false
}

// addServerTiming adds Server-Timing if the policy and chance want it, and
// drops that of the origin from what the cache has answered (CF-STM).
func (x *Exchange) addServerTiming(policy *respheaders.Rewriter) {
	if !policy.HasServerTiming() {
		return
	}
	result := x.cacheResult()
	if result == respheaders.CacheResultHit || result == respheaders.CacheResultRefresh {
		respheaders.DropTiming(&x.answer.fields)
	}
	if x.timed = x.isTimed(policy); !x.timed {
		return
	}
	t := respheaders.Timing{
		Cache: result, Pop: x.server.pop, RequestID: x.id, HitLayer: respheaders.LayerEdge,
		FirstByte: x.server.measure().Sub(x.r.Received),
	}
	switch came := x.answer.came; {
	case x.isShieldHit():
		t.HitLayer = respheaders.LayerShield
	case came != nil && result == respheaders.CacheResultMiss:
		t.Origin = &respheaders.OriginTiming{
			Layer: respheaders.LayerEdge,
			DNS:   came.Timing.DNS, Connect: came.Timing.Connect + came.Timing.TLS, FirstByte: came.Timing.FirstByte,
		}
	}
	respheaders.AddTiming(&x.answer.fields, &t)
}

// cacheResult says what the cache did, of errors as well.
func (x *Exchange) cacheResult() respheaders.CacheResult {
	reason := x.answer.reason
	switch reason {
	case accesslog.ReasonErrorCached:
		return respheaders.CacheResultHit
	case accesslog.ReasonErrorOrigin, accesslog.ReasonErrorOriginDNS, accesslog.ReasonErrorOriginConnect,
		accesslog.ReasonErrorOriginTimeout, accesslog.ReasonErrorOriginInvalid:
		return respheaders.CacheResultMiss
	}
	switch reason.ResultType(200) {
	case accesslog.ResultTypeHit:
		return respheaders.CacheResultHit
	case accesslog.ResultTypeRefreshHit:
		return respheaders.CacheResultRefresh
	case accesslog.ResultTypeMiss:
		if x.isShieldHit() {
			return respheaders.CacheResultHit
		}
		return respheaders.CacheResultMiss
	}
	return respheaders.CacheResultNone
}

// isShieldHit reports whether Origin Shield had the response, so that its
// origin was not asked.
func (x *Exchange) isShieldHit() bool {
	came := x.answer.came
	return came != nil && came.Layer == fetch.LayerShield && x.answer.reason != accesslog.ReasonHitCollapsed && came.Status < 400
}
