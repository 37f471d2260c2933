package doctor

import (
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/apigateway"
	"github.com/groundfront/groundfront/origin/endpoint"
)

// kind is what an origin is, by its name and by what the file says of it.
type kind uint8

const (
	kindUnknown      kind = iota
	kindAPIGateway        // an API by a name of the service's own (AG-HOST-01, AG-HOST-04)
	kindCustomDomain      // an API by a custom domain name, as api_gateway says (AG-HOST-09)
	kindFunctionURL       // a Lambda function's (AG-INV-04)
	kindFunction          // a Lambda function that is invoked
	kindEdge              // a CloudFront distribution
	kindFiles             // a bucket or a folder
)

// String returns the kind as messages call it.
func (k kind) String() string {
	switch k {
	case kindUnknown:
		return "an origin"
	case kindAPIGateway, kindCustomDomain:
		return "API Gateway"
	case kindFunctionURL:
		return "a Lambda function URL"
	case kindFunction:
		return "a Lambda function"
	case kindEdge:
		return "CloudFront"
	case kindFiles:
		return "a bucket"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

func kindOf(o *config.Origin) kind {
	service := endpoint.ParseName(o.DomainName).Service
	switch {
	case o.Directory != nil, o.S3OriginConfig != nil, service == endpoint.ServiceS3, service == endpoint.ServiceS3Website:
		return kindFiles
	case o.Lambda != nil:
		return kindFunction
	case apigateway.ParseName(o.DomainName).Form != apigateway.FormOther:
		return kindAPIGateway
	case o.APIGateway != nil:
		return kindCustomDomain
	case service == endpoint.ServiceLambdaURL:
		return kindFunctionURL
	case strings.HasSuffix(strings.ToLower(o.DomainName), ".cloudfront.net"):
		return kindEdge
	}
	return kindUnknown
}

// signed reports whether every request is signed at the edge: then nothing of
// a viewer's Authorization reaches the origin (AG-SIG-05, CF-OAC-02).
func (o *origin) signed() bool {
	if o.APIGateway != nil && o.APIGateway.IAMAuth {
		return true
	}
	a, found := o.config.OriginAccessControl(o.OriginAccessControlID)
	return found && a.SigningBehavior == config.SigningAlways
}

// gateway reports whether the origin is an API of API Gateway.
func (o *origin) gateway() bool { return o.kind == kindAPIGateway || o.kind == kindCustomDomain }

// rest reports whether it can be a REST API: one by its name alone can.
func (o *origin) rest() bool {
	return o.gateway() && (o.APIGateway == nil ||
		o.APIGateway.Type == config.APIGatewayREST || o.APIGateway.Type == config.APIGatewayPrivate)
}

// hasType reports whether the file says that it is an API of that type.
func (o *origin) hasType(t config.APIGatewayType) bool {
	return o.APIGateway != nil && o.APIGateway.Type == t
}

// named reports whether name or file say that the origin is an API.
func (o *origin) named() bool {
	return o.gateway() || o.kind == kindFunctionURL || o.kind == kindFunction
}

// isAPI reports whether the behavior is one of an API: because its origin is
// one, or because all methods go there.
func (b *behavior) isAPI() bool {
	return b.origin.named() || b.origin.kind == kindUnknown && b.AllowedMethods.Contains("POST")
}
