package proxy

import (
	"strings"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
)

// The size limits of a request in bytes (CF-SIZE-01, CF-SIZE-02).
const (
	maxHeadBytes = 32_768
	maxURLBytes  = 8_192
)

// stageAccept names the request and refuses what is too large or not a
// request for a resource (CF-PIPE-02). Framing was decided by the engine.
func (x *Exchange) stageAccept() step {
	x.id = x.server.ids.text(x.r.Shard)
	x.believeProxies()
	x.path, x.query, x.hasQuery = x.r.Path, x.r.Query, x.r.HasQuery
	if x.acceptSize() == answered {
		return answered
	}
	return x.overridePlace()
}

// acceptSize refuses what is too large or no path.
func (x *Exchange) acceptSize() step {
	switch {
	case x.r.HeadBytes > maxHeadBytes:
		return x.refuseAndClose(494)
	case x.urlBytes() > maxURLBytes:
		return x.refuseAndClose(414)
	case !strings.HasPrefix(x.path, "/"), strings.Contains(x.path, "#"), strings.Contains(x.query, "#"):
		return x.refuse(400, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	}
	return proceed
}

// urlBytes is the length of the URL as CloudFront rebuilds it (CF-SIZE-03).
func (x *Exchange) urlBytes() int {
	n := len(x.r.Scheme) + len("://") + len(x.r.Host) + len(x.path)
	if x.hasQuery {
		n += len("?") + len(x.query)
	}
	return n
}

// refuseAndClose answers a request over a size limit; the connection ends
// with it.
func (x *Exchange) refuseAndClose(status int) step {
	x.refuse(status, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	x.answer.fields.Set("Connection", "close")
	return answered
}
