package proxy

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/overload"
)

// onlyHits reports whether memory or processors are so short that the origin is not
// asked (reliability D6).
func (x *Exchange) onlyHits() bool { return x.server.overload.Level() >= overload.LevelOnlyHits }

// answerOverload answers a request that would have to go to the origin: from a
// stale response that may be used when that fails (CF-STALE-01), else with a page
// that says when to come again.
func (x *Exchange) answerOverload() step {
	x.answer.close()
	if e := x.found.Entry; e != nil && !x.validated && e.Times.MayServeStaleOnError(x.now) {
		if x.answerFromEntry(e, accesslog.ReasonHitStaleSIE) == answered {
			stale := fetch.Answer{Result: &fetch.Result{Kind: fetch.KindStaleOnError, Entry: e}}
			x.setAge(stale)
			x.addForwardStatus(stale)
			return answered
		}
		x.found = cache.Found{Outcome: cache.OutcomeMiss}
	}
	x.server.overload.Count(overload.ShedRequest)
	return x.answerRefused(503)
}
