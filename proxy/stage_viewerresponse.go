package proxy

import (
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/respheaders"
)

// stageViewerResponse applies the response headers policy (CF-RHP-01), also
// to redirects and, once a behavior was selected, to our own error pages
// (CF-RHP-10, CF-ERR-25). The viewer-response function will follow it
// (CF-RHP-08).
//
// A 304 is the head of the response that the viewer has, which takes its fields over
// (RFC 9111 section 3.2): the policy sees what the origin has set there, and adds
// nothing beside it (CF-RHP-03).
func (x *Exchange) stageViewerResponse() {
	x.applyPolicy()
	if x.answer.notModified {
		x.answer.fields.DeleteFunc(describesContent)
	}
}

func (x *Exchange) applyPolicy() {
	if x.behavior == nil || x.isGeneratedError() && x.snapshot.Choices.GeneratedErrorHeaders == GeneratedErrorHeadersOmitted {
		return
	}
	policy := x.behavior.ResponseHeaders
	if x.page != nil {
		policy = x.page.ResponseHeaders
	}
	if policy == nil {
		return
	}
	now := x.now
	if policy.SetsDate() {
		now = x.server.now() // the origin took its time
	}
	policy.Apply(&x.answer.fields, respheaders.RequestOf(x.r.Method, x.r.Fields, now))
	x.drawTiming(policy)
}

// isGeneratedError reports whether the answer is an error that the edge has made
// itself. An origin's is none, fetched or stored, and neither is the page of a custom
// error response, which comes from an origin too.
func (x *Exchange) isGeneratedError() bool {
	return x.answer.status >= 400 && x.answer.cause != errorpage.CauseOrigin
}
