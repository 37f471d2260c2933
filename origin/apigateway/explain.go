package apigateway

import (
	"encoding/json"
	"net"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Shape is a kind of refusal that can be told from others by what API
// Gateway answers and by what it was asked.
type Shape uint8

// The shapes.
const (
	ShapeForwardedHost            Shape = iota // asked by a name that is not its own (CF-TRAP-01)
	ShapeMissingStage                          // no stage in the path (CF-TRAP-02)
	ShapeDoubledStage                          // the stage twice in the path (CF-TRAP-02)
	ShapeNoRoute                               // no such path or method (CF-TRAP-03, AG-ERR-25)
	ShapeDroppedAuthorization                  // the viewer's token stayed at the edge (CF-TRAP-05)
	ShapeDroppedAPIKey                         // the viewer's key stayed at the edge (CF-TRAP-27)
	ShapeForbidden                             // API key, web ACL, disabled or private endpoint (AG-ERR-02)
	ShapeVPCEndpoint                           // an endpoint's name without the API's (AG-HOST-05)
	ShapeAuthorizerDenied                      // AG-ERR-03
	ShapeResourcePolicy                        // AG-ERR-04
	ShapeUnknownCredentials                    // AG-ERR-05
	ShapeViewerSignature                       // signed by the viewer, for another Host (CF-TRAP-23)
	ShapeSignature                             // AG-ERR-06
	ShapeExpiredToken                          // AG-ERR-07
	ShapeAuthorizationNoSignature              // a token where a signature is expected
	ShapeFunctionURL                           // a Lambda function URL (AG-INV-04)
	shapeCount
)

// A Diagnosis explains a refusal. Its texts are constants: nothing of a
// request or response is in them.
type Diagnosis struct {
	Shape Shape
	Cause string // what has happened
	Fix   string // what to do about it
}

var shapes = [shapeCount]struct{ name, cause, fix string }{
	ShapeForwardedHost: {"forwarded_host",
		"the API was asked by the viewer's Host, which is not its own name (CF-TRAP-01)",
		"write origin_request_policy_id: AllViewerExceptHostHeader, or make the name a custom domain of the API"},
	ShapeMissingStage: {"missing_stage",
		"the path begins with no stage of the API: it is not about authentication (CF-TRAP-02)",
		"write api_gateway: {stage: STAGE} at the origin"},
	ShapeDoubledStage: {"doubled_stage",
		"the stage is twice in the path, from the origin's settings and from the viewer (CF-TRAP-02)",
		"leave the stage out of origin_path and api_gateway, or out of what viewers ask for"},
	ShapeNoRoute: {"no_route",
		"the API has no such path, or not this method there, or it wants a signature (IAM): it is not about tokens (CF-TRAP-03)",
		"compare the path behind the stage with the API's resources, and deploy the stage anew after changes; write api_gateway: {iam_auth: true} if the method wants a signature"},
	ShapeDroppedAuthorization: {"dropped_authorization",
		"the viewer sent Authorization, and the policies keep it from the API (CF-TRAP-05)",
		"write headers: [Authorization] in the cache policy, or for what is not cached origin_request_policy_id: AllViewerExceptHostHeader"},
	ShapeDroppedAPIKey: {"dropped_api_key",
		"the viewer sent x-api-key, and the policies keep it from the API (CF-TRAP-27)",
		"write headers: [x-api-key] in the cache policy, or for what is not cached origin_request_policy_id: AllViewerExceptHostHeader"},
	ShapeForbidden: {"forbidden",
		"the API was asked by its own name and refused: an API key is missing or not of its usage plan (CF-TRAP-27), a web ACL at the API, a private API, or its default endpoint is disabled (AG-HOST-08)",
		"forward x-api-key by headers: [x-api-key] in the cache policy; write the custom domain in domain_name if the default endpoint is disabled"},
	ShapeVPCEndpoint: {"vpc_endpoint",
		"a VPC endpoint serves many APIs, and was not told which one is meant (AG-HOST-05)",
		"write api_gateway: {type: private, api_id: API_ID, stage: STAGE} at the origin"},
	ShapeAuthorizerDenied: {"authorizer_denied",
		"the API's Lambda authorizer denied the request; an authorizer that caches denies a second method if its policy names only the first (AG-AUT-02)",
		"look at the authorizer; if it needs a header, forward that by the cache policy's headers"},
	ShapeResourcePolicy: {"resource_policy",
		"the API's resource policy does not allow the request; the address that it sees is the edge's, not the viewer's (AG-POL-03, CF-TRAP-24)",
		"allow the edge's address in the resource policy, and let a secret in custom_headers tell this edge from others"},
	ShapeUnknownCredentials: {"unknown_credentials",
		"the request is signed with an access key that AWS does not know (AG-ERR-05)",
		"look at the credentials of whoever signs"},
	ShapeViewerSignature: {"viewer_signature",
		"the viewer signed its request for the Host and path that it asked, and the API got others (CF-TRAP-23)",
		"write api_gateway: {iam_auth: true} to have the edge sign, and let viewers prove who they are by a token; or send them to the API directly"},
	ShapeSignature: {"signature",
		"the signature is not that of the request, or older than the API takes (AG-ERR-06)",
		"look at the clock and the credentials of whoever signs"},
	ShapeExpiredToken: {"expired_token",
		"the request is signed with temporary credentials that have expired (AG-ERR-07)",
		"look at the credentials of whoever signs"},
	ShapeAuthorizationNoSignature: {"authorization_no_signature",
		"the API took Authorization for a signature: it has no such path or method, or the method wants a signature (IAM)",
		"compare the path behind the stage with the API's resources: write api_gateway: {stage: STAGE} if it has none"},
	ShapeFunctionURL: {"function_url",
		"the function URL wants a signature (AWS_IAM), or nothing allows the public to invoke it (AG-INV-04)",
		"write an origin_access_control_id of origin type lambda to have requests signed; or set its authorization to NONE and allow the public to invoke it"},
}

// String returns the shape in snake_case.
func (s Shape) String() string {
	if s < shapeCount {
		return shapes[s].name
	}
	return "Shape(?)"
}

// Asked is what an API was asked, as far as it explains refusals.
type Asked struct {
	Domain     string // the origin's domain name
	Host       string // as sent, with a port or without
	OriginPath string // "" for none
	Target     string // as sent, origin path included
	Signed     bool   // Authorization was an AWS signature
	// What the viewer sent and the API was not.
	AuthorizationDropped, APIKeyDropped bool
}

// MayExplain reports whether Explain can say anything of a response with this
// status and these fields.
func MayExplain(status int, fields field.Lines) bool {
	switch status {
	case 401, 403:
		return !fields.Has("Content-Encoding")
	case 404: // of an HTTP API; there are too many others
		return fields.Has(httpAPIField) && !fields.Has("Content-Encoding")
	}
	return false
}

// httpAPIField is in every response of an HTTP API (AG-RSP-03).
const httpAPIField = "apigw-requestid"

// Explain says why API Gateway refused, if the response has a shape that it
// knows. content is the first part of it, some hundred bytes; all of it if it
// is shorter. What an integration behind the API answers is not explained, as
// far as that can be told: the gateway's own answers have x-amzn-ErrorType
// (REST), or a body of few words (HTTP API, and the emulators).
func Explain(a Asked, status int, fields field.Lines, content []byte) (Diagnosis, bool) {
	r := refusal{Asked: a, message: messageOf(content), httpAPI: fields.Has(httpAPIField)}
	r.errorType, _, _ = strings.Cut(fields.Get("x-amzn-ErrorType"), ":")
	shape, known := r.shape(status)
	if !known {
		return Diagnosis{}, false
	}
	return Diagnosis{shape, shapes[shape].cause, shapes[shape].fix}, true
}

// RequestID returns the id by which the API's own logs know a request, at most
// 64 characters of it; "" for a response without one (AG-RSP-01, AG-RSP-03).
func RequestID(fields field.Lines) string {
	for _, name := range []string{"x-amzn-RequestId", httpAPIField} {
		if id := fields.Get(name); id != "" {
			return id[:min(len(id), 64)]
		}
	}
	return ""
}

// A refusal is a response without what is of no interest.
type refusal struct {
	Asked
	errorType string
	message   string // of the body, whichever way it spells the key
	httpAPI   bool
}

// messageOf returns the message of a gateway's body, "" if there is none or
// the body goes on.
func messageOf(content []byte) string {
	var body struct{ Message string } // matches "message" too
	if json.Unmarshal(content, &body) != nil {
		return ""
	}
	return body.Message
}

func (r *refusal) shape(status int) (Shape, bool) {
	switch status {
	case 401:
		return ShapeDroppedAuthorization, r.AuthorizationDropped && (r.is("UnauthorizedException", "Unauthorized") || r.httpAPI)
	case 403:
		return r.forbidden()
	case 404: // the HTTP API's way to say it (AG-ERR-22)
		shape := r.route()
		return shape, r.httpAPI && r.message == "Not Found" && shape != ShapeNoRoute
	}
	return 0, false
}

// forbidden tells the refusals with status 403 apart.
func (r *refusal) forbidden() (Shape, bool) {
	switch {
	case r.is("MissingAuthenticationTokenException", "Missing Authentication Token"):
		return r.route(), true
	case r.errorType == "ForbiddenException", r.errorType == "" && r.message == "Forbidden" && (r.httpAPI || r.isFunctionURL()):
		return r.host(), true
	case r.errorType == "AccessDeniedException" && r.isFunctionURL():
		return r.host(), true
	case strings.HasPrefix(r.message, "User: ") && strings.Contains(r.message, "is not authorized to perform: execute-api:Invoke"):
		return ShapeResourcePolicy, true
	case r.errorType == "AccessDeniedException", r.errorType == "" && strings.HasPrefix(r.message, "User is not authorized to access this resource"):
		return ShapeAuthorizerDenied, true
	}
	return r.signature()
}

// signature tells apart what there is to say of signatures (AG-SIG-06).
func (r *refusal) signature() (Shape, bool) {
	switch r.errorType {
	case "UnrecognizedClientException":
		return ShapeUnknownCredentials, true
	case "InvalidSignatureException", "SignatureDoesNotMatch":
		if r.Signed {
			return ShapeViewerSignature, true
		}
		return ShapeSignature, true
	case "ExpiredTokenException":
		return ShapeExpiredToken, true
	case "IncompleteSignatureException":
		return ShapeAuthorizationNoSignature, true
	}
	return 0, false
}

// is reports whether a refusal has an error type, or without any the message
// that comes with it, as the emulators' do (AG-SAM-02).
func (r *refusal) is(errorType, message string) bool {
	return r.errorType == errorType || r.errorType == "" && r.message == message
}

// route says why no route was found.
func (r *refusal) route() Shape {
	switch {
	case r.OriginPath == "":
		return ShapeMissingStage
	case strings.HasPrefix(r.Target+"/", r.OriginPath+r.OriginPath+"/"):
		return ShapeDoubledStage
	}
	return ShapeNoRoute
}

// host says why the API is not for whoever asked.
func (r *refusal) host() Shape {
	switch {
	case !strings.EqualFold(withoutPort(r.Host), r.Domain):
		return ShapeForwardedHost
	case r.isFunctionURL():
		return ShapeFunctionURL
	case ParseName(r.Domain).NeedsAPIID():
		return ShapeVPCEndpoint
	case r.APIKeyDropped:
		return ShapeDroppedAPIKey
	}
	return ShapeForbidden
}

func (r *refusal) isFunctionURL() bool {
	return strings.Contains(strings.ToLower(r.Domain), ".lambda-url.")
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
