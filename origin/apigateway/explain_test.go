package apigateway

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

const testDomain = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"

func lines(pairs ...string) field.Lines {
	var f field.Lines
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

// rest are the fields of a REST API's own answer (AG-RSP-01, AG-RSP-05).
func rest(errorType string) field.Lines {
	return lines("x-amzn-RequestId", "7f1c0f5e", "x-amzn-ErrorType", errorType, "x-amz-apigw-id", "FakeIdForTest00=")
}

func TestExplain(t *testing.T) {
	own := Asked{Domain: testDomain, Host: testDomain, OriginPath: "/prod", Target: "/prod/products"}
	with := func(change func(*Asked)) Asked { a := own; change(&a); return a }
	httpAPI := lines("apigw-requestid", "JKJaXmPLvHcESHA=")
	function := with(func(a *Asked) { a.Domain = "abc.lambda-url.eu-west-1.on.aws"; a.Host = a.Domain })

	for _, tt := range []struct {
		name    string
		asked   Asked
		status  int
		fields  field.Lines
		content string
		want    string // the shape, "" for none
	}{
		{"AG-ERR-02 viewer's Host", with(func(a *Asked) { a.Host = "shop.test" }), 403, rest("ForbiddenException"), `{"message":"Forbidden"}`, "forwarded_host"},
		{"AG-ERR-22 viewer's Host", with(func(a *Asked) { a.Host = "shop.test" }), 403, httpAPI, `{"message":"Forbidden"}`, "forwarded_host"},
		{"AG-ERR-02 own Host", own, 403, rest("ForbiddenException"), `{"message":"Forbidden"}`, "forbidden"},
		{"AG-ERR-02 HEAD", own, 403, rest("ForbiddenException"), "", "forbidden"},
		{"AG-ERR-02 with a port", with(func(a *Asked) { a.Host = strings.ToUpper(testDomain) + ":8443" }), 403, rest("ForbiddenException"), "", "forbidden"},
		{"CF-TRAP-27", with(func(a *Asked) { a.APIKeyDropped = true }), 403, rest("ForbiddenException"), `{"message":"Forbidden"}`, "dropped_api_key"},
		{"AG-HOST-05", with(func(a *Asked) { a.Domain = "vpce-01-ab.execute-api.eu-west-1.vpce.amazonaws.com"; a.Host = a.Domain }), 403, rest("ForbiddenException"), `{"message":"Forbidden"}`, "vpc_endpoint"},
		{"CF-TRAP-02 none", with(func(a *Asked) { a.OriginPath = ""; a.Target = "/products" }), 403, rest("MissingAuthenticationTokenException"), `{"message":"Missing Authentication Token"}`, "missing_stage"},
		{"CF-TRAP-02 twice", with(func(a *Asked) { a.Target = "/prod/prod/products" }), 403, rest("MissingAuthenticationTokenException"), `{"message":"Missing Authentication Token"}`, "doubled_stage"},
		{"CF-TRAP-02 twice, alone", with(func(a *Asked) { a.Target = "/prod/prod" }), 403, rest("MissingAuthenticationTokenException"), `{"message":"Missing Authentication Token"}`, "doubled_stage"},
		{"CF-TRAP-03", with(func(a *Asked) { a.Target = "/prod/products" }), 403, rest("MissingAuthenticationTokenException"), `{"message":"Missing Authentication Token"}`, "no_route"},
		{"CF-TRAP-03 longer name", with(func(a *Asked) { a.Target = "/prod/production" }), 403, rest("MissingAuthenticationTokenException"), `{"message":"Missing Authentication Token"}`, "no_route"},
		{"AG-SAM-02", own, 403, nil, `{"message":"Missing Authentication Token"}`, "no_route"},
		{"AG-ERR-22 no stage", with(func(a *Asked) { a.OriginPath = "" }), 404, httpAPI, `{"message":"Not Found"}`, "missing_stage"},
		{"AG-ERR-22 no route", own, 404, httpAPI, `{"message":"Not Found"}`, ""},
		{"AG-ERR-03", own, 403, rest("AccessDeniedException"), `{"Message":"User is not authorized to access this resource with an explicit deny"}`, "authorizer_denied"},
		{"AG-SAM-02 authorizer", own, 403, nil, `{"message":"User is not authorized to access this resource"}`, "authorizer_denied"},
		{"AG-ERR-04", own, 403, rest("AccessDeniedException"), `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:a1b2c3d4e5/prod/GET/me"}`, "resource_policy"},
		{"AG-ERR-05", own, 403, rest("UnrecognizedClientException"), `{"message":"The security token included in the request is invalid."}`, "unknown_credentials"},
		{"CF-TRAP-23", with(func(a *Asked) { a.Signed = true }), 403, rest("InvalidSignatureException"), `{"message":"The request signature we calculated does`, "viewer_signature"},
		{"AG-ERR-06", own, 403, rest("InvalidSignatureException"), "", "signature"},
		{"AG-ERR-07", own, 403, rest("ExpiredTokenException"), `{"message":"The security token included in the request is expired"}`, "expired_token"},
		{"a token for a signature", own, 403, rest("IncompleteSignatureException"), `{"message":"'x' not a valid key=value pair`, "authorization_no_signature"},
		{"a suffix of the type", own, 403, rest("ExpiredTokenException:http://internal.amazon.com/coral/"), "", "expired_token"},
		{"AG-INV-04", function, 403, rest("AccessDeniedException"), `{"Message":"Forbidden"}`, "function_url"},
		{"AG-INV-04 Host", with(func(a *Asked) { a.Domain = function.Domain; a.Host = "shop.test" }), 403, nil, `{"Message":"Forbidden"}`, "forwarded_host"},
		{"CF-TRAP-05", with(func(a *Asked) { a.AuthorizationDropped = true }), 401, rest("UnauthorizedException"), `{"message":"Unauthorized"}`, "dropped_authorization"},
		{"CF-TRAP-05 HTTP API", with(func(a *Asked) { a.AuthorizationDropped = true }), 401, httpAPI, `{"message":"Unauthorized"}`, "dropped_authorization"},
		{"AG-ERR-08: nobody sent any", own, 401, rest("UnauthorizedException"), `{"message":"Unauthorized"}`, ""},

		{"an integration's own 403", own, 403, lines("x-amzn-RequestId", "7f1c0f5e", "x-amz-apigw-id", "x="), `{"message":"Forbidden"}`, ""},
		{"another server's 403", own, 403, nil, `<html>`, ""},
		{"a 403 about something else", own, 403, nil, `{"message":"too late"}`, ""},
		{"another server's 404", with(func(a *Asked) { a.OriginPath = "" }), 404, nil, `{"message":"Not Found"}`, ""},
		{"AG-ERR-09", own, 429, rest("TooManyRequestsException"), `{"message":"Too Many Requests"}`, ""},
	} {
		d, known := Explain(tt.asked, tt.status, tt.fields, []byte(tt.content))
		got := ""
		if known {
			got = d.Shape.String()
		}
		if got != tt.want {
			t.Errorf("%s: %d %v %q: got %q, want %q", tt.name, tt.status, tt.fields, tt.content, got, tt.want)
		}
		if known && !MayExplain(tt.status, tt.fields) {
			t.Errorf("%s: MayExplain(%d): got false, want true for what is explained", tt.name, tt.status)
		}
	}
}

func TestMayExplain(t *testing.T) {
	for _, tt := range []struct {
		status int
		fields field.Lines
		want   bool
	}{
		{200, nil, false}, {304, nil, false}, {401, nil, true}, {403, nil, true}, {404, nil, false}, {500, nil, false},
		{404, lines("apigw-requestid", "JKJaXmPLvHcESHA="), true},
		{403, lines("Content-Encoding", "gzip"), false},
	} {
		if got := MayExplain(tt.status, tt.fields); got != tt.want {
			t.Errorf("MayExplain(%d, %v): got %t, want %t", tt.status, tt.fields, got, tt.want)
		}
	}
}

func TestRequestID(t *testing.T) {
	for _, tt := range []struct {
		fields field.Lines
		want   string
	}{
		{rest("ForbiddenException"), "7f1c0f5e"},
		{lines("Apigw-Requestid", "JKJaXmPLvHcESHA="), "JKJaXmPLvHcESHA="},
		{lines("x-amzn-RequestId", strings.Repeat("a", 65)), strings.Repeat("a", 64)},
		{nil, ""},
	} {
		if got := RequestID(tt.fields); got != tt.want {
			t.Errorf("AG-RSP-01: RequestID(%v): got %q, want %q", tt.fields, got, tt.want)
		}
	}
}

// TestShapes: each has a name, a cause and a fix, and the table above leads to
// each.
func TestShapes(t *testing.T) {
	names := map[string]bool{}
	for s := range shapeCount {
		if shapes[s].name == "" || shapes[s].cause == "" || shapes[s].fix == "" || names[s.String()] {
			t.Errorf("shape %d: got %+v, want a name of its own, a cause and a fix", s, shapes[s])
		}
		names[s.String()] = true
	}
}

// FuzzExplain: whatever an origin answers, there is a diagnosis of a known
// shape or none, and nothing of the answer is in it.
func FuzzExplain(f *testing.F) {
	f.Add(403, "ForbiddenException", `{"message":"Forbidden"}`)
	f.Add(404, "", `{"message":"Not Found"}`)
	f.Fuzz(func(t *testing.T, status int, errorType, content string) {
		d, known := Explain(Asked{Domain: testDomain, Host: "shop.test"}, status, rest(errorType), []byte(content))
		if known && (d.Shape >= shapeCount || d.Cause != shapes[d.Shape].cause || d.Fix != shapes[d.Shape].fix) {
			t.Errorf("Explain(%d, %q, %q): got %+v, want the texts of its shape", status, errorType, content, d)
		}
	})
}
