package proxy

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// maxChain is how many distributions a request may have passed (CF-DIST-12).
const maxChain = 2

// stageSelectDistribution chooses the distribution by Host (CF-DIST-01). A
// host that none owns gets the page of CF-DIST-09, as does a disabled
// distribution (CF-DIST-11).
func (x *Exchange) stageSelectDistribution() step {
	d := x.snapshot.Distribution(x.r.Host)
	if d == nil || x.r.Host == "" {
		return x.refuse(403, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidHost, errorpage.CauseHost)
	}
	x.distribution = d
	if !d.Enabled || x.chain() > maxChain {
		return x.refuse(403, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	}
	if x.r.Proto == viewer.ProtoHTTP2 && !d.HTTP2 { // a viewer that came by another name, or without TLS
		return x.refuse(421, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidProtocol, errorpage.CauseUnsafe)
	}
	return proceed
}

// chain counts the distributions that the request names in CDN-Loop, this
// one included (CF-HDR-54).
func (x *Exchange) chain() int {
	n := 1
	for i := range x.r.Fields {
		if l := &x.r.Fields[i]; field.EqualName(l.Name, "CDN-Loop") {
			n += strings.Count(strings.ToLower(l.Value), "cloudfront")
		}
	}
	return n
}
