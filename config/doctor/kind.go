package doctor

import (
	"fmt"
	"strings"
)

// kind is what an origin's name says that it is.
type kind uint8

const (
	kindUnknown     kind = iota
	kindAPIGateway       // an API's own endpoint (AG-HOST-01, AG-HOST-04)
	kindFunctionURL      // a Lambda function's (AG-INV-04)
	kindEdge             // a CloudFront distribution
)

// String returns the kind as messages call it.
func (k kind) String() string {
	switch k {
	case kindUnknown:
		return "an origin"
	case kindAPIGateway:
		return "API Gateway"
	case kindFunctionURL:
		return "a Lambda function URL"
	case kindEdge:
		return "CloudFront"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// kindOf knows the names that AWS gives, and LocalStack's (AG-LS-01).
func kindOf(domain string) kind {
	name := strings.ToLower(domain)
	switch {
	case strings.HasSuffix(name, ".cloudfront.net"):
		return kindEdge
	case within(name, ".execute-api."):
		return kindAPIGateway
	case within(name, ".lambda-url."):
		return kindFunctionURL
	}
	return kindUnknown
}

// within reports whether name has service in it and belongs to AWS or to
// LocalStack.
func within(name, service string) bool {
	_, domain, found := strings.Cut(name, service)
	return found && (strings.HasSuffix(domain, ".amazonaws.com") || strings.HasSuffix(domain, ".amazonaws.com.cn") ||
		strings.HasSuffix(domain, ".on.aws") || domain == "localhost.localstack.cloud" ||
		strings.HasSuffix(domain, ".localhost.localstack.cloud"))
}

// named reports whether the origin's name says that it is an API.
func (o *origin) named() bool { return o.kind == kindAPIGateway || o.kind == kindFunctionURL }

// isAPI reports whether the behavior is one of an API: by the name of its
// origin, or because all methods go there.
func (b *behavior) isAPI() bool {
	return b.origin.named() || b.origin.S3OriginConfig == nil && b.AllowedMethods.Contains("POST")
}
