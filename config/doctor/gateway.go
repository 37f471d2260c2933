package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config"
)

// What API Gateway and Lambda function URLs expect of whoever asks them.

const exceptHost = "write origin_request_policy_id: AllViewerExceptHostHeader"

// forwardedHost is about names of AWS's own. A custom domain name may well be
// what viewers ask for too, and a VPC endpoint may be told the API by a field.
func forwardedHost(b *behavior, say say) {
	if b.origin.kind != kindAPIGateway && b.origin.kind != kindFunctionURL || b.origin.RequestAPIID() != "" {
		return
	}
	happens := fmt.Sprintf("%s is asked by the viewer's Host, and answers 403 Forbidden to a name that is not its own", b.origin.kind)
	switch {
	case b.keyed("Host"):
		say(b.key("cache_policy_id"), happens, "write a cache_policy_id whose headers do not list Host")
	case b.selected("Host") && b.request.HeadersConfig.HeaderBehavior == config.SelectionWhitelist:
		say(b.key("origin_request_policy_id"), happens, "write an origin_request_policy_id whose headers do not list Host")
	case b.selected("Host"):
		say(b.key("origin_request_policy_id"), happens, exceptHost)
	}
}

// missingStage says nothing of an origin whose behaviors all have the stage in
// their pattern: then it comes from the viewer. Nor where the file says that
// there is none.
func missingStage(o *origin, say say) {
	if o.kind != kindAPIGateway || o.OriginPath != "" || !slices.ContainsFunc(o.behaviors, matchesAnything) {
		return
	}
	if o.APIGateway != nil && (o.APIGateway.Stage != "" || o.hasType(config.APIGatewayHTTP)) {
		return
	}
	say(o.key("domain_name"), "without the stage in its path a REST API answers 403 Missing Authentication Token, an HTTP API 404 Not Found",
		"write api_gateway: {stage: STAGE}; for an HTTP API with the stage $default write api_gateway: {type: http}")
}

// matchesAnything reports whether the pattern leaves the first segment of the
// path open.
func matchesAnything(b *behavior) bool {
	return strings.HasPrefix(strings.TrimPrefix(b.PathPattern, "/"), "*")
}

func doubledStage(b *behavior, say say) {
	if !b.origin.gateway() || b.origin.OriginPath == "" {
		return
	}
	pattern, stage := "/"+strings.TrimPrefix(b.PathPattern, "/"), b.origin.OriginPath
	rest, begins := strings.CutPrefix(pattern, stage)
	if !begins || rest != "" && !strings.HasPrefix(rest, "/") && rest != "*" {
		return
	}
	say(b.key("path_pattern"),
		fmt.Sprintf("the API is asked for %s%s, with its stage twice, and answers 403 Missing Authentication Token", stage, pattern),
		"leave the stage out of origin_path and api_gateway, or out of what viewers ask for")
}

// apiTimeout is the integration timeout that REST APIs have by default
// (AG-LIM-01), in seconds.
const apiTimeout = 29

func timeoutBelowAPI(o *origin, say say) {
	if t := o.CustomOriginConfig.OriginReadTimeout; o.gateway() && t.Std().Seconds() < apiTimeout {
		say(o.written(o.key("custom_origin_config", "origin_read_timeout"), "origins_defaults.origin_read_timeout"),
			fmt.Sprintf("the edge gives up after %s, while the API works for up to 29s: the viewer gets the edge's 504, and a GET is asked for %s", t, times(o.ConnectionAttempts)),
			"write origin_read_timeout: 30s")
	}
}

// timeoutRetried is about timeouts above CloudFront's default, which are there
// for what takes long.
func timeoutRetried(o *origin, say say) {
	t := o.CustomOriginConfig.OriginReadTimeout
	if !o.named() || t.Std().Seconds() <= 30 || o.ConnectionAttempts < 2 || o.ResponseCompletionTimeout != 0 {
		return
	}
	say(o.written(o.key("custom_origin_config", "origin_read_timeout"), "origins_defaults.origin_read_timeout"),
		fmt.Sprintf("a GET that is not answered within %s is asked for %s: the API does the work as often, and the viewer waits as long", t, times(o.ConnectionAttempts)),
		fmt.Sprintf("write connection_attempts: 1, or response_completion_timeout: %s", t))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func edgeInChain(o *origin, say say) {
	const happens = "this is an edge before an edge: two caches to invalidate, and two makers of error pages and X-Cache"
	switch {
	case o.kind == kindEdge:
		say(o.key("domain_name"), happens, "write the origin's own name in domain_name; an API has one with a Regional endpoint")
	case o.APIGateway != nil && o.APIGateway.Endpoint == config.APIGatewayEdge:
		say(o.key("api_gateway", "endpoint"), happens, "write endpoint: regional, and change the API's endpoint type")
	}
}

// The bytes of headers that an API takes, and a private one (AG-LIM-03), and
// the share of them that is left to viewers at least.
const (
	gatewayHeaders = 10240
	privateHeaders = 8000
	viewerHeaders  = 4096
)

// headerBudget warns of the policy that adds headers to all that the viewer
// sent; AllViewerExceptHostHeader, which adds as many, is the one that AWS
// advises for APIs.
func headerBudget(b *behavior, say say) {
	if !b.origin.gateway() {
		return
	}
	own, limit := 0, gatewayHeaders
	if b.origin.hasType(config.APIGatewayPrivate) {
		limit = privateHeaders
	}
	for _, h := range b.origin.CustomHeaders {
		own += len(h.Name) + len(h.Value.Text) + len(": \r\n")
	}
	switch added := b.request.HeadersConfig; {
	case own > limit-viewerHeaders:
		say(b.origin.key("custom_headers"),
			fmt.Sprintf("custom headers have %d of the %d bytes that API Gateway takes of all headers: requests with long cookies or tokens fail there", own, limit),
			"write fewer or shorter custom_headers")
	case added.HeaderBehavior == config.SelectionAllViewerAndWhitelistCloudFront && len(added.Headers) > 10:
		say(b.key("origin_request_policy_id"),
			fmt.Sprintf("%d CloudFront headers come on top of all that viewers send, and API Gateway takes %d bytes: requests with long cookies or tokens fail there", len(added.Headers), limit),
			"write an origin_request_policy_id that lists the headers that the API reads")
	}
}

// signatureHeaders are what a viewer's own signature (SigV4) comes with.
var signatureHeaders = []string{"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}

func viewerSignature(b *behavior, say say) {
	if !b.origin.gateway() && b.origin.kind != kindFunctionURL || b.origin.signed() || !slices.ContainsFunc(signatureHeaders, b.listed) {
		return
	}
	at := b.key("cache_policy_id")
	if !slices.ContainsFunc(signatureHeaders, b.keyed) {
		at = b.key("origin_request_policy_id")
	}
	say(at, "a viewer's signature is over the Host and path that the viewer sent; the API gets "+b.origin.DomainName+b.origin.OriginPath+" and answers 403 InvalidSignatureException",
		"leave X-Amz-Date, X-Amz-Security-Token and X-Amz-Content-Sha256 out, and have the edge sign: write iam_auth: true in api_gateway, or an origin_access_control_id for a function URL")
}

func apiKeyForAll(o *origin, say say) {
	for _, h := range o.CustomHeaders {
		if strings.EqualFold(h.Name, "x-api-key") && (o.rest() || o.kind == kindUnknown) {
			say(o.key("custom_headers", h.Name), "every viewer has this API key: the usage plan counts them all as one, and a key that a viewer sends is replaced",
				"leave it out and forward the viewer's x-api-key, by headers: [x-api-key] in the cache policy")
		}
	}
}

// reservedPaths are answered by API Gateway itself at custom domains
// (AG-HOST-07).
var reservedPaths = []string{"/ping", "/sping"}

func reservedPath(b *behavior, say say) {
	path := "/" + strings.TrimPrefix(b.PathPattern, "/")
	if slices.Contains(reservedPaths, path) && b.origin.OriginPath == "" && b.origin.kind == kindCustomDomain {
		say(b.key("path_pattern"), "at a custom domain name "+path+" is reserved: API Gateway answers it itself, not the API",
			"write another path_pattern, and give the resource another name")
	}
}

// handshakeFields are what a WebSocket cannot begin without (CF-WS-02).
var handshakeFields = []string{"Sec-WebSocket-Key", "Sec-WebSocket-Version"}

func webSocketHandshake(b *behavior, say say) {
	if !b.origin.hasType(config.APIGatewayWebSocket) {
		return
	}
	missing := slices.DeleteFunc(slices.Clone(handshakeFields), b.reaches)
	if len(missing) > 0 {
		at := b.origin.written(b.key("origin_request_policy_id"), b.key("cache_policy_id"))
		say(at, strings.Join(missing, " and ")+" do not reach the API: it sees no handshake, and no WebSocket begins", exceptHost)
	}
}
