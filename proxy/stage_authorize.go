package proxy

import (
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// stageAuthorize verifies signed URLs and signed cookies where the behavior has
// key groups, and takes the parameters out of the query before it is keyed and
// forwarded (CF-SIG-01, CF-SIG-30, CF-PIPE-08). OPTIONS is no exception
// (CF-SIG-33). It comes after what redirects to HTTPS (CF-SIG-32), and before
// functions (CF-PIPE-24).
func (x *Exchange) stageAuthorize() step {
	if !x.wantsSignature() {
		x.removePublicParameters(nil)
		return proceed
	}
	request := x.signed()
	result := x.snapshot.Signatures.Verify(x.behavior.Keys, &request, new(signedurl.Scratch))
	if result.Fault != signedurl.FaultNone && !x.isSignedWebSocket(&request) {
		return x.refuseUnsigned(result.Fault)
	}
	x.query, x.hasQuery = result.Query, result.HasQuery
	return proceed
}

// isSignedWebSocket reports whether a WebSocket's handshake is signed by the scheme
// that viewers write for it, ws or wss. AWS documents neither that nor http and
// https; its SDK for JavaScript signs with the former.
func (x *Exchange) isSignedWebSocket(request *signedurl.Request) bool {
	if x.passing != passingWebSocket {
		return false
	}
	request.Scheme = map[string]string{"http": "ws", "https": "wss"}[request.Scheme]
	return x.snapshot.Signatures.Verify(x.behavior.Keys, request, new(signedurl.Scratch)).Fault == signedurl.FaultNone
}

// isAuthorized is stageAuthorize for Hit, which has no time to verify a
// signature: it lets pass what was verified before.
func (x *Exchange) isAuthorized(s *signedurl.Scratch) bool {
	if !x.wantsSignature() {
		x.removePublicParameters(s)
		return true
	}
	request := x.signed()
	result, known := x.snapshot.Signatures.VerifyKnown(x.behavior.Keys, &request, s)
	x.query, x.hasQuery = result.Query, result.HasQuery
	return known
}

func (x *Exchange) wantsSignature() bool {
	return x.behavior.Keys != nil && !(x.r.Method == "OPTIONS" && x.snapshot.Choices.SignedOptions == SignedOptionsExempt)
}

// removePublicParameters takes the parameters of a signed URL out of a query that
// needs none: where that is the choice (CF-SIG-28), and of OPTIONS where other
// methods need them. s may be nil.
func (x *Exchange) removePublicParameters(s *signedurl.Scratch) {
	kept := x.behavior.Keys == nil && x.snapshot.Choices.PublicSigningParameters == PublicSigningParametersKept
	if kept || x.query == "" {
		return
	}
	if s == nil {
		s = new(signedurl.Scratch)
	}
	x.query, x.hasQuery = s.Own(x.query)
}

// signed is what a signature is of: the request as it came, not as it is keyed
// and forwarded.
func (x *Exchange) signed() signedurl.Request {
	return signedurl.Request{
		Scheme: x.r.Scheme, Host: x.r.Host, Path: x.r.Path, Normal: x.normal, Query: x.r.Query, HasQuery: x.r.HasQuery,
		Fields: x.r.Fields, Viewer: x.r.Remote.Addr(), Now: x.now,
	}
}

// refuseUnsigned answers a request without a valid signature (CF-ERR-09).
func (x *Exchange) refuseUnsigned(f signedurl.Fault) step {
	if x.behavior.Metrics != nil {
		x.behavior.Metrics.ObserveUnsigned(f)
	}
	d := f.Denial()
	cause := errorpage.CauseSignature
	if x.snapshot.Choices.SignedErrorResponses == SignedErrorResponsesKept {
		cause = errorpage.CauseUnsafe
	}
	x.answer = answer{status: 403, reason: accesslog.ReasonBlockedSignature, cause: cause, age: -1}
	done := x.answerPage([]byte(errorpage.XML(d.String(), d.Message())))
	x.answer.fields.Set("Content-Type", errorpage.ContentTypeXML)
	return done
}
