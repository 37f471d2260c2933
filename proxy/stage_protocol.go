package proxy

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// stageEnforceProtocol applies the viewer protocol policy, the allowed
// methods and the refusal of content on GET (CF-PIPE-04, CF-VPP, CF-METH).
func (x *Exchange) stageEnforceProtocol() step {
	b, method := x.behavior, x.r.Method
	if x.r.Scheme == "http" && b.ViewerProtocol != ViewerProtocolAllowAll {
		return x.requireHTTPS()
	}
	switch {
	case !b.Methods.Allows(method) && !x.passesUnknown():
		return x.refuseMethod()
	case (method == "GET" || method == "HEAD") && x.hasContent(): // CF-METH-08
		return x.refuse(403, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	case x.announcesTooMuch():
		return x.answerRefused(413) // CF-SIZE-05
	}
	return proceed
}

// hasContent reports whether the request has content. Whether that of unknown
// length is any at all, its first byte or its end tells.
func (x *Exchange) hasContent() bool {
	if x.r.Body == nil {
		return false
	}
	if x.r.ContentLength < 0 {
		var first [1]byte
		if n, err := io.ReadFull(x.r.Body, first[:]); n == 0 && errors.Is(err, io.EOF) {
			x.r.Body, x.r.ContentLength = nil, 0
			return false
		}
	}
	return true
}

// requireHTTPS redirects to HTTPS or refuses (CF-VPP-02 to CF-VPP-05). A method that
// CloudFront does not know is refused over HTTPS as well, and is told so (CF-METH-04).
func (x *Exchange) requireHTTPS() step {
	method := x.r.Method
	switch {
	case x.behavior.ViewerProtocol == ViewerProtocolHTTPSOnly:
		return x.refuseProtocol()
	case MethodsRead.Allows(method):
		return x.redirect(301)
	case !MethodsAll.Allows(method) && !x.passesUnknown():
		return x.refuseMethod()
	case x.r.Proto > viewer.ProtoHTTP10:
		return x.redirect(307)
	}
	return x.refuseProtocol()
}

func (x *Exchange) refuseMethod() step {
	return x.refuse(403, errorpage.ExplanationMethod, accesslog.ReasonInvalidMethod, errorpage.CauseMethod)
}

func (x *Exchange) refuseProtocol() step {
	return x.refuse(403, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidProtocol, errorpage.CauseProtocol)
}

// redirect sends the viewer to the same URL over HTTPS, query included
// (CF-VPP-06, CF-VPP-11).
func (x *Exchange) redirect(status int) step {
	location := "https://" + x.httpsHost() + x.r.Path
	if x.r.HasQuery {
		location += "?" + x.r.Query
	}
	x.answer = answer{status: status, reason: accesslog.ReasonRedirectHTTPS, age: -1}
	x.answerPage([]byte(errorpage.Redirect(status)))
	x.answer.fields.Add("Location", location)
	return answered
}

// HTTPSPorts are the ports for HTTPS by those for HTTP: who came to one of these is
// sent to the other.
type HTTPSPorts map[uint16]uint16

// httpsHost returns the Host to redirect to: that of the viewer, with another port if
// it has one and comes from there. A viewer that names no port is at 80, or a proxy is
// there for it.
func (x *Exchange) httpsHost() string {
	port, known := x.snapshot.HTTPSPorts[x.r.Local.Port()]
	host, _, err := net.SplitHostPort(x.r.Host)
	switch {
	case err != nil || !known:
		return x.r.Host
	case port != 443:
		return net.JoinHostPort(host, strconv.Itoa(int(port)))
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}
