package config

import (
	"cmp"

	"github.com/groundfront/groundfront/origin/endpoint"
)

// OriginAccessControl says how requests to origins are signed. AWS's
// OriginAccessControlConfig. The credentials are those that every AWS tool
// finds: in the environment, in files, at the container or the instance.
type OriginAccessControl struct {
	// Name is the local name; AWS's Id.
	Name string `config:"name,key"`

	// Description is any text, at most 256 characters.
	Description string `config:"description"`

	// OriginType is the kind of origin (CF-OAC-01). API Gateway is none: see
	// APIGateway.IAMAuth.
	OriginType OriginAccessControlOriginType `config:"origin_access_control_origin_type,required"`

	// SigningBehavior says when requests are signed (CF-OAC-02). AWS has no
	// default. Default always.
	SigningBehavior SigningBehavior `config:"signing_behavior" default:"always"`

	// SigningProtocol is sigv4, the only one there is.
	SigningProtocol SigningProtocol `config:"signing_protocol" default:"sigv4"`

	// Region is that of the origins. Default the one in their domain names. Not
	// at AWS, which knows its own.
	Region string `config:"region"`
}

// OriginAccessControlOriginType is a kind of origin that takes signed requests.
type OriginAccessControlOriginType string

// The kinds. A Lambda function is reached by its function URL.
const (
	AccessControlS3             OriginAccessControlOriginType = "s3"
	AccessControlLambda         OriginAccessControlOriginType = "lambda"
	AccessControlMediaStore     OriginAccessControlOriginType = "mediastore"
	AccessControlMediaPackageV2 OriginAccessControlOriginType = "mediapackagev2"
)

func (OriginAccessControlOriginType) values() []string {
	return []string{"s3", "lambda", "mediastore", "mediapackagev2"}
}

// SigningBehavior says when requests to an origin are signed.
type SigningBehavior string

// The behaviors. With always the scheme is HTTPS whatever the origin protocol
// policy says; with no-override an Authorization of the viewer that the
// policies forward goes to the origin, and nothing is signed.
const (
	SigningAlways     SigningBehavior = "always"
	SigningNever      SigningBehavior = "never"
	SigningNoOverride SigningBehavior = "no-override"
)

func (SigningBehavior) values() []string { return []string{"always", "never", "no-override"} }

// SigningProtocol is how requests are signed.
type SigningProtocol string

func (SigningProtocol) values() []string { return []string{"sigv4"} }

// OriginAccessControl returns the origin access control of that name.
func (c *Config) OriginAccessControl(name string) (*OriginAccessControl, bool) {
	for i := range c.OriginAccessControls {
		if a := &c.OriginAccessControls[i]; a.Name == name {
			return a, true
		}
	}
	return nil, false
}

// RegionOf returns the region that requests to an origin are signed for, "" if
// it is not known.
func (a *OriginAccessControl) RegionOf(o *Origin) string {
	return cmp.Or(a.Region, endpoint.ParseName(o.DomainName).Region)
}

// resolveAccessControl makes the scheme toward an origin what signing always
// makes it (CF-OAC-02).
func (r *reader) resolveAccessControl(c *Config, o *Origin, at path) {
	a, found := c.OriginAccessControl(o.OriginAccessControlID)
	if found && a.SigningBehavior == SigningAlways &&
		!r.written(at.key("custom_origin_config").key("origin_protocol_policy")) {
		o.CustomOriginConfig.OriginProtocolPolicy = OriginProtocolPolicyHTTPSOnly
	}
}
