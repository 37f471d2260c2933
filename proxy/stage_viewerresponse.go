package proxy

import (
	"github.com/groundfront/groundfront/proxy/respheaders"
)

// stageViewerResponse applies the response headers policy (CF-RHP-01), also
// to redirects and, once a behavior was selected, to our own error pages
// (CF-RHP-10, CF-ERR-25). The viewer-response function will follow it
// (CF-RHP-08).
func (x *Exchange) stageViewerResponse() {
	if x.behavior == nil || x.behavior.ResponseHeaders == nil {
		return
	}
	x.behavior.ResponseHeaders.Apply(&x.answer.fields, respheaders.RequestOf(x.r.Method, x.r.Fields, x.now))
	x.addServerTiming()
}
