package config

import "testing"

// apiOrigin loads a configuration with one origin, written as yaml.
func apiOrigin(t *testing.T, yaml string) Origin {
	t.Helper()
	c, ds := Parse("test.yaml", []byte("version: 1\ndistributions: {d: {origins: {o: "+yaml+"}, default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}}}\n"))
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return c.Distributions[0].Origins[0]
}

// What an API needs is set where the file does not say otherwise (AG-PRX-01).
func TestAPIGatewayPreset(t *testing.T) {
	const api = "domain_name: a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
	for _, tt := range []struct {
		in         string
		path       string
		protocol   OriginProtocolPolicy
		id, region string
		endpoint   APIGatewayEndpoint
		field      string // X-Apigw-Api-Id
	}{
		{"{" + api + "}", "", "https-only", "", "", "", ""},
		{"{" + api + ", api_gateway: {}}", "", "https-only", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", api_gateway: {stage: prod}}", "/prod", "https-only", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", api_gateway: {stage: prod, endpoint: edge}}", "/prod", "https-only", "a1b2c3d4e5", "us-east-1", "edge", ""},
		{"{" + api + ", origin_path: /x, api_gateway: {stage: prod}}", "/x", "https-only", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", origin_path: '', api_gateway: {stage: prod}}", "", "https-only", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", api_gateway: {type: http, stage: $default}}", "", "https-only", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", custom_origin_config: {origin_protocol_policy: match-viewer}, api_gateway: {}}", "", "match-viewer", "a1b2c3d4e5", "us-east-1", "regional", ""},
		{"{" + api + ", api_gateway: {type: private}}", "", "https-only", "a1b2c3d4e5", "us-east-1", "private", ""},
		{"{domain_name: api.test, api_gateway: {base_path: a/b, region: eu-west-1}}", "/a/b", "https-only", "", "eu-west-1", "regional", ""},
		{"{domain_name: api.test, api_gateway: {type: private, api_id: abc}}", "", "https-only", "abc", "", "private", "abc"},
		{"{domain_name: vpce-0f-ab.execute-api.us-east-1.vpce.amazonaws.com, api_gateway: {type: private, api_id: abc}}", "", "https-only", "abc", "us-east-1", "private", "abc"},
		{"{domain_name: abc-vpce-0f.execute-api.us-east-1.amazonaws.com, api_gateway: {type: private}}", "", "https-only", "abc", "us-east-1", "private", ""},
		{"{domain_name: abc.execute-api.localhost.localstack.cloud}", "", "match-viewer", "", "", "", ""},
		{"{domain_name: api.test}", "", "match-viewer", "", "", "", ""},
	} {
		o := apiOrigin(t, tt.in)
		g := APIGateway{}
		if o.APIGateway != nil {
			g = *o.APIGateway
		}
		if o.OriginPath != tt.path || o.CustomOriginConfig.OriginProtocolPolicy != tt.protocol || g.APIID != tt.id ||
			g.Region != tt.region || g.Endpoint != tt.endpoint || o.RequestAPIID() != tt.field {
			t.Errorf("%s:\ngot  path %q, %s, %+v, field %q\nwant %+v", tt.in, o.OriginPath, o.CustomOriginConfig.OriginProtocolPolicy, g, o.RequestAPIID(), tt)
		}
	}
}
