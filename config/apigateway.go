package config

import (
	"cmp"

	"github.com/groundfront/groundfront/origin/apigateway"
)

// APIGateway says that an origin is an API of Amazon API Gateway, and which
// one. It sets what such an origin needs where the file does not say otherwise
// (AG-PRX-01, CF-PRE-01): HTTPS, the stage as origin path, and at a VPC
// endpoint the field that says which API is meant. Not at AWS.
//
// DomainName, ConnectTo and OriginPath stay what they are for any origin, so
// that an emulator is reached in whatever way it wants (AG-LS-02).
type APIGateway struct {
	// Type is the kind of API. Default rest.
	Type APIGatewayType `config:"type" default:"rest"`

	// Endpoint is the endpoint type: edge is for REST APIs only, and means two
	// caching edges in a row (CF-TRAP-18). Default regional, with type private
	// private.
	Endpoint APIGatewayEndpoint `config:"endpoint"`

	// Stage becomes OriginPath, as "/prod", unless that is written, be it as ""
	// (AG-HOST-01, CF-TRAP-02). Default none: a custom domain name has no stage
	// in its paths, nor has the stage $default of an HTTP API (AG-HOST-02).
	Stage string `config:"stage"`

	// BasePath is the key of a custom domain name's API mapping, such as
	// "orders/v2" (AG-HOST-09, AG-HOST-10). It becomes OriginPath, too. Default
	// none.
	BasePath string `config:"base_path"`

	// APIID is the API's id. Default the one in DomainName. The name of a VPC
	// endpoint has none; then a private API is told by the field
	// X-Apigw-Api-Id (AG-HOST-04).
	APIID string `config:"api_id"`

	// Region is the API's region. Default the one in DomainName, if it has one.
	Region string `config:"region"`

	// IAMAuth signs all requests to the API with AWS Signature Version 4, which
	// authorization by IAM wants (AG-SIG-01). Content is held until it is
	// complete, since its hash is signed; above 10,485,760 bytes, which the API
	// would refuse too (AG-LIM-02), the viewer gets a 413. CloudFront cannot do
	// so (CF-OAC-01). Default false.
	IAMAuth bool `config:"iam_auth"`
}

// APIGatewayType is a kind of API.
type APIGatewayType string

// The kinds. A private API is a REST API behind a VPC endpoint (AG-TYPE-02).
const (
	APIGatewayREST      APIGatewayType = "rest"
	APIGatewayHTTP      APIGatewayType = "http"
	APIGatewayWebSocket APIGatewayType = "websocket"
	APIGatewayPrivate   APIGatewayType = "private"
)

func (APIGatewayType) values() []string { return []string{"rest", "http", "websocket", "private"} }

// APIGatewayEndpoint is an endpoint type.
type APIGatewayEndpoint string

// The endpoint types.
const (
	APIGatewayRegional        APIGatewayEndpoint = "regional"
	APIGatewayEdge            APIGatewayEndpoint = "edge"
	APIGatewayPrivateEndpoint APIGatewayEndpoint = "private"
)

func (APIGatewayEndpoint) values() []string { return []string{"regional", "edge", "private"} }

// stageDefault is the HTTP API's stage that has no segment in the path.
const stageDefault = "$default"

// path returns the origin path that the API needs; "" of what is malformed,
// which is reported where it is written.
func (g *APIGateway) path() string {
	switch {
	case basePathSyntax(g.BasePath):
		return "/" + g.BasePath
	case apigateway.ValidStage(g.Stage):
		return "/" + g.Stage
	}
	return ""
}

// RequestAPIID returns what X-Apigw-Api-Id says in requests to the origin, ""
// for no such field. A private API needs it unless the domain name, which is
// the Host, names it already (AG-HOST-04, AG-HOST-05).
func (o *Origin) RequestAPIID() string {
	if g := o.APIGateway; g != nil && g.Type == APIGatewayPrivate && apigateway.ParseName(o.DomainName).APIID == "" {
		return g.APIID
	}
	return ""
}

// resolveAPIGateway sets what an API needs and the file does not say. A name
// of the service's own is enough to know that it speaks TLS only (AG-SNI-01).
func (r *reader) resolveAPIGateway(o *Origin, at path) {
	name := apigateway.ParseName(o.DomainName)
	g := o.APIGateway
	if (g != nil || name.Region != "") && o.S3OriginConfig == nil && !r.written(at.key("custom_origin_config").key("origin_protocol_policy")) {
		o.CustomOriginConfig.OriginProtocolPolicy = OriginProtocolPolicyHTTPSOnly
	}
	if g == nil {
		return
	}
	g.APIID = cmp.Or(g.APIID, name.APIID)
	g.Region = cmp.Or(g.Region, name.Region)
	if g.Type == APIGatewayPrivate {
		g.Endpoint = cmp.Or(g.Endpoint, APIGatewayPrivateEndpoint)
	}
	g.Endpoint = cmp.Or(g.Endpoint, APIGatewayRegional)
	if !r.written(at.key("origin_path")) {
		o.OriginPath = g.path()
	}
}

// kept: without its key, the origin path would be the API's again.
func (o Origin) kept() []string {
	if o.APIGateway != nil && o.OriginPath == "" && o.APIGateway.path() != "" {
		return []string{"origin_path"}
	}
	return nil
}
