package proxy

import (
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
)

// stageRestrictGeo refuses viewers of countries that the distribution does not
// serve (CF-GEO-01), before the web ACL sees them unless the choice is another
// (CF-GEO-06, CF-PIPE-21). It is asked for each request, also one that has a stored
// response, and its page is never stored: the next viewer is of another country
// (CF-GEO-02).
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) stageRestrictGeo() step {
	r := &x.distribution.Restriction
	if !r.Restricts() || r.Admits(x.place().Country) {
		return proceed
	}
	return x.refuse(403, errorpage.ExplanationGeo, accesslog.ReasonBlockedGeo, errorpage.CauseGeo)
}
