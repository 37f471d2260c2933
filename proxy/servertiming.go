package proxy

import (
	"unsafe"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// mayAskForTiming reports whether the request may ask for Server-Timing, which the
// short way to a hit does not look into.
//
// Hot path: no allocation, no lock.
func (x *Exchange) mayAskForTiming() bool {
	return x.r.Marks&viewer.MarkPragma != 0 && x.behavior.ResponseHeaders.HasServerTiming()
}

// drawTiming decides whether the response has Server-Timing (CF-STM-01), and drops
// that of the origin from what the cache has answered (CF-STM-06).
func (x *Exchange) drawTiming(policy *respheaders.Rewriter) {
	if !policy.HasServerTiming() {
		return
	}
	result := x.cacheResult()
	if result == respheaders.CacheResultHit || result == respheaders.CacheResultRefresh {
		respheaders.DropTiming(&x.answer.fields)
	}
	x.timed = !x.rehearsed && (respheaders.AsksForTiming(x.r.Fields) || policy.Samples(x.server.random()))
}

// addTiming adds Server-Timing where that was decided.
func (x *Exchange) addTiming() {
	if !x.timed {
		return
	}
	t := x.timing(x.cacheResult(), x.id)
	switch came := x.answer.came; {
	case x.isShieldHit():
		t.HitLayer = respheaders.LayerShield
	case came != nil && t.Cache == respheaders.CacheResultMiss:
		t.Origin = &respheaders.OriginTiming{
			Layer: respheaders.LayerEdge,
			DNS:   came.Timing.DNS, Connect: came.Timing.Connect + came.Timing.TLS, FirstByte: came.Timing.FirstByte,
		}
	}
	respheaders.AddTiming(&x.answer.fields, &t)
}

// timing is what is said of every response, at this moment.
func (x *Exchange) timing(result respheaders.CacheResult, id string) respheaders.Timing {
	return respheaders.Timing{
		Cache: result, Pop: x.server.pop, RequestID: id, HitLayer: respheaders.LayerEdge,
		FirstByte: x.server.measure().Sub(x.r.Received),
	}
}

// hitTiming is the Server-Timing of a hit that goes the short way, "" if chance
// does not want it. It is valid until it is asked for again.
//
// Hot path: no allocation, no lock, and no look at the clock for those without.
func (s *hitState) hitTiming(id *viewer.RequestID) string {
	x := &s.x
	policy := x.behavior.ResponseHeaders
	if !policy.HasServerTiming() || !policy.Samples(x.server.random()) {
		return ""
	}
	t := x.timing(respheaders.CacheResultHit, unsafe.String(&id[0], len(id)))
	s.timing = t.Append(s.timing[:0])
	return unsafe.String(unsafe.SliceData(s.timing), len(s.timing))
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
