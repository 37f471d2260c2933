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
		x.refuse(403, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
		x.answer.detailed = accesslog.DetailedTypeError // CF-ERR-10
		return answered
	}
	if x.snapshot.Choices.DomainFronting == DomainFrontingCertificate && !x.isCertified() {
		return x.refuse(421, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidCertificate, errorpage.CauseUnsafe)
	}
	if !x.isProven() {
		return x.refuse(421, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidProtocol, errorpage.CauseUnsafe)
	}
	if x.r.Proto == viewer.ProtoHTTP2 && !d.HTTP2 || x.r.Proto == viewer.ProtoHTTP3 && !d.HTTP3 { // a viewer that came by another name, or without TLS
		return x.refuse(421, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidProtocol, errorpage.CauseUnsafe)
	}
	return proceed
}

// isCertified reports whether the handshake of the connection was for the host or
// for its distribution, or has shown a certificate that covers the host. A viewer
// that asked for no name and was shown the default certificate may ask for any
// (CF-DIST-10).
func (x *Exchange) isCertified() bool {
	t := x.r.TLS
	if t == nil || t.ServerName == x.r.Host {
		return true
	}
	if t.ServerName == "" && t.Served != nil && t.Served.Default {
		return true
	}
	host := hostName(x.r.Host)
	return t.ServerName == host || t.Served != nil && t.Served.Covers(host) || x.snapshot.Distribution(t.ServerName) == x.distribution
}

// isProven reports whether the handshake has asked the viewer for what the
// distribution wants of it, which is not sure: the connection may have been opened
// for the name of another. Over HTTP there was none, and the behaviors say no more
// than where HTTPS is (CF-VPP-12, CF-MTLS-10).
func (x *Exchange) isProven() bool {
	p := x.distribution.ViewerMTLS
	if p == nil || x.r.TLS == nil && x.r.Scheme == "http" {
		return true
	}
	if x.r.TLS == nil {
		return false
	}
	presented := x.r.TLS.Presented
	return p.Accepts(presented, false) || p.Accepts(presented, x.snapshot.Asked(x.r.TLS.ServerName) == x.distribution)
}

// chain counts the distributions that the request names in CDN-Loop, this
// one included (CF-HDR-54). Each is one of a list, with parameters behind a
// semicolon (RFC 8586 section 2); other networks may have the word in their names.
// Commas count in quotes as well: a quote that a viewer leaves open hides nothing.
func (x *Exchange) chain() int {
	n := 1
	for i := range x.r.Fields {
		l := &x.r.Fields[i]
		if !field.EqualName(l.Name, "CDN-Loop") {
			continue
		}
		for element := range strings.SplitSeq(l.Value, ",") {
			if name, _, _ := strings.Cut(element, ";"); field.EqualName(strings.Trim(name, " \t"), "cloudfront") {
				n++
			}
		}
	}
	return n
}
