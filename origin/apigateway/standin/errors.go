package standin

import (
	"fmt"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A failure is an answer that the gateway makes itself instead of an
// integration: what AWS calls a gateway response, under AWS's name for its
// type where there is one (AG-ERR-23).
type failure uint8

const (
	missingAuthenticationToken   failure = iota // AG-ERR-01
	forbidden                                   // AG-ERR-02
	accessDenied                                // AG-ERR-03
	resourcePolicyDenied                        // AG-ERR-04
	unrecognizedClient                          // AG-ERR-05
	invalidSignature                            // AG-ERR-06
	expiredToken                                // AG-ERR-07
	unauthorized                                // AG-ERR-08
	throttled                                   // AG-ERR-09
	quotaExceeded                               // AG-ERR-10
	badRequestParameters                        // AG-ERR-11
	badRequestBody                              // AG-ERR-12
	requestTooLarge                             // AG-ERR-13
	uriTooLong                                  // AG-ERR-14
	unsupportedMediaType                        // AG-ERR-15
	apiConfigurationError                       // AG-ERR-16
	authorizerConfigurationError                // AG-ERR-17
	malformedResponse                           // AG-ERR-18
	integrationTimeout                          // AG-ERR-19
	integrationFailure                          // AG-ERR-20
	serviceUnavailable                          // AG-ERR-21
	functionBusy                                // a function without free concurrency: AG-ERR-16 at REST, AG-ERR-22 at HTTP
	failureCount
)

// failureForms is AG-ERR-01 to AG-ERR-21 with the HTTP API's status and
// message beside them (AG-ERR-22). An empty error type is one nobody has
// recorded: the header is left out rather than made up.
var failureForms = [failureCount]struct {
	name        string
	restStatus  int
	errorType   string
	message     string
	httpStatus  int
	httpMessage string
}{
	missingAuthenticationToken:   {"MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token", 404, "Not Found"},
	forbidden:                    {"FORBIDDEN", 403, "ForbiddenException", "Forbidden", 403, "Forbidden"},
	accessDenied:                 {"ACCESS_DENIED", 403, "AccessDeniedException", "User is not authorized to access this resource", 403, "Forbidden"},
	resourcePolicyDenied:         {"RESOURCE_POLICY_DENIED", 403, "AccessDeniedException", "User: anonymous is not authorized to perform: execute-api:Invoke on resource: ", 403, "Forbidden"},
	unrecognizedClient:           {"UNRECOGNIZED_CLIENT", 403, "UnrecognizedClientException", "The security token included in the request is invalid.", 403, "Forbidden"},
	invalidSignature:             {"INVALID_SIGNATURE", 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", 403, "Forbidden"},
	expiredToken:                 {"EXPIRED_TOKEN", 403, "ExpiredTokenException", "The security token included in the request is expired", 403, "Forbidden"},
	unauthorized:                 {"UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized", 401, "Unauthorized"},
	throttled:                    {"THROTTLED", 429, "TooManyRequestsException", "Too Many Requests", 429, "Too Many Requests"},
	quotaExceeded:                {"QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded", 429, "Too Many Requests"},
	badRequestParameters:         {"BAD_REQUEST_PARAMETERS", 400, "BadRequestException", "Missing required request parameters: [id]", 400, "Bad Request"},
	badRequestBody:               {"BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body", 400, "Bad Request"},
	requestTooLarge:              {"REQUEST_TOO_LARGE", 413, "RequestTooLargeException", "HTTP content length exceeded 10485760 bytes.", 413, "Request Entity Too Large"},
	uriTooLong:                   {"URI_TOO_LONG", 414, "", "Request URI too long", 414, "Request URI too long"},
	unsupportedMediaType:         {"UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", "Unsupported Media Type", 415, "Unsupported Media Type"},
	apiConfigurationError:        {"API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", "Internal server error", 500, "Internal Server Error"},
	authorizerConfigurationError: {"AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", "", 500, "Internal Server Error"},
	malformedResponse:            {"MALFORMED_RESPONSE", 502, "InternalServerErrorException", "Internal server error", 500, "Internal Server Error"},
	integrationTimeout:           {"INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", "Endpoint request timed out", 503, "Service Unavailable"},
	integrationFailure:           {"INTEGRATION_FAILURE", 504, "InternalServerErrorException", "Network error communicating with endpoint", 503, "Service Unavailable"},
	functionBusy:                 {"FUNCTION_BUSY", 500, "InternalServerErrorException", "Internal server error", 503, "Service Unavailable"},
	serviceUnavailable:           {"SERVICE_UNAVAILABLE", 503, "", "Service Unavailable", 503, "Service Unavailable"},
}

// String returns AWS's name of the gateway response type.
func (f failure) String() string {
	if f < failureCount {
		return failureForms[f].name
	}
	return fmt.Sprintf("failure(%d)", uint8(f))
}

// Error makes a failure what an integration or a check returns.
func (f failure) Error() string { return "gateway response " + f.String() }

// parseFailure finds a failure by its name.
func parseFailure(name string) (f failure, ok bool) {
	for f = range failureCount {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// failed builds the gateway's own answer. It carries no CORS and no trace
// header, as the service's does not (AG-ERR-26, AG-RSP-04), unless a gateway
// response adds it.
func (s *Standin) failed(c *call, f failure) *response {
	form := &failureForms[f]
	if s.opts.Shape == ShapeSAM {
		return failedLocally(f)
	}
	if s.opts.Flavor == FlavorHTTP {
		return jsonResponse(form.httpStatus, map[string]string{"message": form.httpMessage})
	}
	resp := jsonResponse(form.restStatus, s.failureBody(c, f))
	if form.errorType != "" {
		resp.lines.Add("x-amzn-ErrorType", form.errorType)
	}
	s.customise(f, resp)
	return resp
}

// failureBody knows the three bodies of REST that are not {"message":"…"}.
func (s *Standin) failureBody(c *call, f failure) map[string]any {
	message := failureForms[f].message
	switch f {
	case accessDenied:
		return map[string]any{"Message": message}
	case resourcePolicyDenied:
		message += s.arn(c)
		if c.explicitDeny {
			message += " with an explicit deny"
		}
		return map[string]any{"Message": message}
	case authorizerConfigurationError:
		return map[string]any{"message": nil}
	}
	return map[string]any{"message": message}
}

// arn names the called method the way resource policies do (AG-POL-01),
// with the account number masked as in AWS's own message (AG-ERR-04).
func (s *Standin) arn(c *call) string {
	return "arn:aws:execute-api:" + s.opts.Region + ":********" + accountID[len(accountID)-4:] +
		":" + s.opts.APIID + "/" + s.opts.Stage + "/" + c.method + c.path
}

// A parameterError is a query parameter that a function of the demo API
// refuses. It is the function's answer, not the gateway's.
type parameterError struct{ name, got, want string }

func (e *parameterError) Error() string {
	return fmt.Sprintf("%s: got %q, want %s", e.name, e.got, e.want)
}

func (e *parameterError) response() *response {
	resp := jsonResponse(400, map[string]string{"message": e.Error()})
	resp.lines = append(resp.lines, field.Line{Name: "Cache-Control", Value: "no-store"})
	return resp
}
