package config

// CacheBehavior are the settings of the requests whose path matches a pattern.
// AWS's CacheBehavior and DefaultCacheBehavior.
type CacheBehavior struct {
	// PathPattern is compared with the request path (CF-BEH-03): at most 255
	// characters of the alphabet of CF-BEH-08. The default behavior has "*".
	PathPattern string `config:"path_pattern,required"`

	// TargetOriginID names an origin, an origin group or a routing group of the
	// distribution (CF-BEH-17). AWS's TargetOriginId.
	TargetOriginID string `config:"target_origin_id,required"`

	// ViewerProtocolPolicy says what happens to plain HTTP (CF-VPP). Default
	// allow-all.
	ViewerProtocolPolicy ViewerProtocolPolicy `config:"viewer_protocol_policy" default:"allow-all"`

	// AllowedMethods is one of three sets, as a word or as the list of its
	// methods (CF-METH-01). Default read.
	AllowedMethods MethodSet `config:"allowed_methods" default:"read"`

	// CachedMethods is read or read_options, and part of AllowedMethods
	// (CF-METH-02). Default read.
	CachedMethods MethodSet `config:"cached_methods" default:"read"`

	// CachePolicyID names a cache policy of this file, or a managed one by
	// its name or id. AWS's CachePolicyId.
	CachePolicyID string `config:"cache_policy_id"`

	// OriginRequestPolicyID names an origin request policy in the same ways.
	// Empty means none. AWS's OriginRequestPolicyId.
	OriginRequestPolicyID string `config:"origin_request_policy_id"`

	// ResponseHeadersPolicyID names a response headers policy in the same
	// ways. Empty means none. AWS's ResponseHeadersPolicyId.
	ResponseHeadersPolicyID string `config:"response_headers_policy_id"`

	// TrustedKeyGroups are the names of key groups, at most 4 (CF-QUO-22): requests
	// must be signed by one of their keys, in the URL or by cookies (CF-SIG-01).
	// What a behavior before this one matches needs no signature (CF-BEH-19).
	// Default none: no signature is needed.
	TrustedKeyGroups []string `config:"trusted_key_groups"`

	// Throttles bound how often requests come, at most 5. Each is asked in turn.
	// Not at AWS's CloudFront.
	Throttles []Throttle `config:"throttles"`

	// Compress lets the edge compress responses (CF-CMP-01). Default false.
	Compress bool `config:"compress"`

	// GRPCConfig lets viewers make gRPC calls. AWS's GrpcConfig.
	GRPCConfig GRPCConfig `config:"grpc_config"`
}

// GRPCConfig is AWS's GrpcConfig.
type GRPCConfig struct {
	// Enabled lets requests over HTTP/2 and TLS whose Content-Type is
	// application/grpc be gRPC calls (CF-GRPC-01). POST must be allowed, and
	// the origin be asked over TLS (CF-GRPC-02). Default false.
	Enabled bool `config:"enabled"`
}

// ViewerProtocolPolicy says what happens to requests over plain HTTP.
type ViewerProtocolPolicy string

// The viewer protocol policies.
const (
	ViewerProtocolPolicyAllowAll        ViewerProtocolPolicy = "allow-all"         // CF-VPP-01
	ViewerProtocolPolicyRedirectToHTTPS ViewerProtocolPolicy = "redirect-to-https" // CF-VPP-02
	ViewerProtocolPolicyHTTPSOnly       ViewerProtocolPolicy = "https-only"        // CF-VPP-05
)

func (ViewerProtocolPolicy) values() []string {
	return []string{"allow-all", "redirect-to-https", "https-only"}
}
