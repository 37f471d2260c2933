package config

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/origin/apigateway"
	"github.com/groundfront/groundfront/origin/endpoint"
)

func (k *checker) accessControls() {
	for i := range k.config.OriginAccessControls {
		a := &k.config.OriginAccessControls[i]
		at := path("origin_access_controls").key(a.Name)
		k.length(at.key("description"), "description", a.Description, 256, "")
		if a.Region != "" && !apigateway.ValidRegion(a.Region) {
			k.fail(at.key("region"), badAccessControl, "region %q is not one such as us-east-1", a.Region)
		}
	}
}

// accessControl checks an origin against the origin access control that it
// names.
func (k *checker) accessControl(o *Origin, at path) {
	here := at.key("origin_access_control_id")
	if o.OriginAccessControlID == "" {
		return
	}
	a, found := k.config.OriginAccessControl(o.OriginAccessControlID)
	if !found {
		var names []string
		for c := range slices.Values(k.config.OriginAccessControls) {
			names = append(names, c.Name)
		}
		k.fail(here, unknownAccessControl, "no origin access control %q", o.OriginAccessControlID).Suggestion = didYouMean(o.OriginAccessControlID, names)
		return
	}
	service := endpoint.ParseName(o.DomainName).Service
	switch isS3 := a.OriginType == AccessControlS3; {
	case o.APIGateway != nil || apigateway.ParseName(o.DomainName).Region != "":
		k.fail(here, badAccessControl, "there is no origin access control for API Gateway (CF-OAC-01)").Suggestion = "set api_gateway.iam_auth"
	case isS3 != (o.S3OriginConfig != nil):
		d := k.fail(here, badAccessControl, "origin access control %q is for %s, and origin %q is not (CF-OAC-01)", a.Name, a.OriginType, o.Name)
		if isS3 {
			d.Suggestion = "add s3_origin_config: {}"
		}
	case service != endpoint.ServiceOther && service.String() != string(a.OriginType):
		k.fail(here, badAccessControl, "origin access control %q is for %s, and %s is one of %s (CF-OAC-01)", a.Name, a.OriginType, o.DomainName, service)
	case a.SigningBehavior == SigningNever:
	case strings.HasSuffix(strings.ToLower(o.DomainName), multiRegion):
		k.fail(here, badAccessControl, "%s is a multi-region access point, whose requests are signed with SigV4A, which is not built (CF-OAC-01)", o.DomainName).
			Suggestion = "name the bucket in one region, or an origin group of two"
	case a.RegionOf(o) == "" && o.Directory == nil && o.Lambda == nil:
		k.fail(here, badAccessControl, "the domain name %s does not tell the region that requests are signed for", o.DomainName).
			Suggestion = "set origin_access_controls." + a.Name + ".region"
	case a.SigningBehavior == SigningAlways && o.CustomOriginConfig.OriginProtocolPolicy != OriginProtocolPolicyHTTPSOnly:
		k.fail(at.key("custom_origin_config").key("origin_protocol_policy"), badAccessControl,
			"requests that are always signed go by HTTPS (CF-OAC-02)").Suggestion = "write https-only, or leave it out; connect_to: http://… reaches a stand-in"
	default:
		k.noAuthorization(o, at)
	}
}

// multiRegion ends the names of multi-region access points.
const multiRegion = ".accesspoint.s3-global.amazonaws.com"

// noAuthorization keeps a custom header from meaning something else than it
// says: signing would take its place, or it the signature's.
func (k *checker) noAuthorization(o *Origin, at path) {
	for _, h := range o.CustomHeaders {
		if strings.EqualFold(h.Name, "Authorization") {
			k.fail(at.key("custom_headers").key(h.Name), badAccessControl, "requests to origin %q are signed: Authorization is the signature", o.Name)
		}
	}
}
