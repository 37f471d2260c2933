package config

import (
	"strings"

	"github.com/groundfront/groundfront/origin/apigateway"
)

// apiGateway checks what an origin says of its API against itself and against
// the domain name.
func (k *checker) apiGateway(o *Origin, at path) {
	g := o.APIGateway
	if g == nil {
		return
	}
	here := at.key("api_gateway")
	if o.S3OriginConfig != nil {
		k.fail(here, originKinds, "origin %q has both s3_origin_config and api_gateway", o.Name)
	}
	k.apiEndpoint(g, here)
	k.apiPath(o, here)
	k.apiName(o, here)
	if g.IAMAuth {
		k.noAuthorization(o, at)
	}
	if g.IAMAuth && g.Region == "" && o.Lambda == nil && o.Directory == nil {
		k.fail(here.key("iam_auth"), badAPIGateway, "the domain name %s does not tell the region that requests are signed for (AG-SIG-01)", o.DomainName).
			Suggestion = "set region"
	}
}

// apiEndpoint applies the table of section 1 (AG-TYPE-01, AG-TYPE-02).
func (k *checker) apiEndpoint(g *APIGateway, at path) {
	private := g.Type == APIGatewayPrivate
	switch {
	case private != (g.Endpoint == APIGatewayPrivateEndpoint):
		k.fail(at.key("endpoint"), badAPIGateway, "type %s has no %s endpoint (AG-TYPE-02)", g.Type, g.Endpoint).
			Suggestion = "leave endpoint out, or write type: private for a private API"
	case g.Endpoint == APIGatewayEdge && g.Type != APIGatewayREST:
		k.fail(at.key("endpoint"), badAPIGateway, "type %s has no edge endpoint: REST APIs alone have (AG-TYPE-01)", g.Type)
	}
}

// apiPath applies AG-HOST-02, AG-HOST-03, AG-HOST-09 and AG-HOST-10.
func (k *checker) apiPath(o *Origin, at path) {
	g := o.APIGateway
	switch stage := at.key("stage"); {
	case g.Stage == "":
	case g.Stage == stageDefault && g.Type != APIGatewayHTTP:
		k.fail(stage, badAPIGateway, "type %s has no stage $default: HTTP APIs alone have (AG-HOST-03)", g.Type)
	case g.Stage != stageDefault && !apigateway.ValidStage(g.Stage):
		d := k.fail(stage, badAPIGateway, "stage %q: want 1 to 128 letters, digits, '_' and '-' (AG-HOST-03)", g.Stage)
		if name := strings.Trim(g.Stage, "/"); apigateway.ValidStage(name) {
			d.Suggestion = "write " + name
		}
	}
	switch base := at.key("base_path"); {
	case g.BasePath == "":
	case g.Stage != "":
		k.fail(base, badAPIGateway, "stage and base_path are both set: the paths of a custom domain name have no stage (AG-HOST-09)").
			Suggestion = "leave stage out"
	case apigateway.ParseName(o.DomainName).Form != apigateway.FormOther:
		k.fail(base, badAPIGateway, "%s is no custom domain name: it has stages, and no base paths (AG-HOST-09)", o.DomainName)
	case len(g.BasePath) > 300 || !basePathSyntax(g.BasePath):
		d := k.fail(base, badAPIGateway, "base_path %q: want at most 300 letters, digits and $-_.+!*'(), in segments (AG-HOST-10)", g.BasePath)
		if short := strings.Trim(g.BasePath, "/"); basePathSyntax(short) {
			d.Suggestion = "write " + short
		}
	}
}

func basePathSyntax(s string) bool {
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsFunc(segment, notInBasePath) {
			return false
		}
	}
	return true
}

func notInBasePath(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune("$-_.+!*'()", r)
}

// apiName compares api_id and region with the domain name (AG-HOST-04,
// AG-HOST-05).
func (k *checker) apiName(o *Origin, at path) {
	g, name := o.APIGateway, apigateway.ParseName(o.DomainName)
	switch id := at.key("api_id"); {
	case g.APIID == "" && name.NeedsAPIID():
		k.fail(id, badAPIGateway, "%s is the name of a VPC endpoint, which does not say which API is meant (AG-HOST-05)", o.DomainName).
			Suggestion = "set api_id"
	case g.APIID != "" && !apiIDSyntax(g.APIID):
		k.fail(id, badAPIGateway, "api_id %q: want lower-case letters and digits, usually 10 (AG-HOST-01)", g.APIID)
	case name.APIID != "" && name.APIID != g.APIID:
		k.fail(id, badAPIGateway, "api_id is %s, and the domain name says %s", g.APIID, name.APIID)
	}
	if name.VPCEndpoint != "" && g.Type != APIGatewayPrivate {
		k.fail(at.key("type"), badAPIGateway, "type %s is not reached through a VPC endpoint, which %s is one of (AG-TYPE-02)", g.Type, o.DomainName).
			Suggestion = "write type: private"
	}
	switch region := at.key("region"); {
	case g.Region != "" && !apigateway.ValidRegion(g.Region):
		k.fail(region, badAPIGateway, "region %q is not one such as us-east-1", g.Region)
	case name.Region != "" && name.Region != g.Region:
		k.fail(region, badAPIGateway, "region is %s, and the domain name says %s", g.Region, name.Region)
	}
	if o.RequestAPIID() == "" {
		return
	}
	for _, h := range o.CustomHeaders {
		if strings.EqualFold(h.Name, apigateway.APIIDField) {
			k.fail(at.key("api_id"), repeatedName, "%s is among custom_headers too", apigateway.APIIDField)
		}
	}
}

func apiIDSyntax(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}
