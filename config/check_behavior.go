package config

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config/managed"
)

func (k *checker) behavior(b *CacheBehavior, d *Distribution, at path) {
	k.pattern(b.PathPattern, at.key("path_pattern"))
	k.methods(b, at)
	k.throttles(b, at)
	k.trustedKeyGroups(b, at)
	origins := k.targets(b, d, at.key("target_origin_id"))
	k.grpc(b, d, origins, at.key("grpc_config").key("enabled"))
	for _, o := range origins {
		k.grpcLink(b, o, at.key("grpc_config").key("enabled"))
	}
	cache := k.cachePolicyOf(b, at)
	request := k.originRequestPolicyOf(b, at)
	k.responseHeadersPolicyOf(b, at)
	if cache == nil {
		return
	}
	for _, o := range origins {
		k.hostOfS3(cache, o, at)
	}
	k.routedByHeader(b, cache, d, at)
	k.generated(b, cache, request, at)
	k.certificatesShared(b, cache, request, d, at)
}

// pattern applies CF-BEH-08. "?" is not in its alphabet but is a wildcard.
func (k *checker) pattern(p string, at path) {
	switch {
	case p == "" && k.written(at):
		k.fail(at, badPathPattern, "path pattern is empty")
	case len(p) > 255:
		k.fail(at, badPathPattern, "path pattern has %d characters, want at most 255 (CF-BEH-08)", len(p))
	case !onlyFrom(pathAlphabet+"@:+?", p):
		k.fail(at, badPathPattern, "path pattern %q has a character outside A-Z a-z 0-9 _ - . * ? $ / ~ \" ' @ : + & (CF-BEH-08)", p)
	}
}

// methods applies CF-METH-02.
func (k *checker) methods(b *CacheBehavior, at path) {
	here := at.key("cached_methods")
	if b.CachedMethods == MethodSetAll {
		k.fail(here, badMethods, "cached_methods is read or read_options (CF-METH-02)")
		return
	}
	for _, m := range b.CachedMethods.Methods() {
		if !b.AllowedMethods.Contains(m) {
			k.fail(here, badMethods, "cached method %s is not an allowed method (CF-METH-02)", m)
		}
	}
}

// grpc applies CF-GRPC-02.
func (k *checker) grpc(b *CacheBehavior, d *Distribution, origins []*Origin, at path) {
	if !b.GRPCConfig.Enabled {
		return
	}
	if !b.AllowedMethods.Contains("POST") {
		k.fail(at, badGRPC, "gRPC needs POST, which is not an allowed method (CF-GRPC-02)").Suggestion = "write allowed_methods: all"
	}
	if !d.HTTPVersion.HasHTTP2() {
		k.fail(at, badGRPC, "gRPC needs HTTP/2, and http_version is %s (CF-GRPC-02)", d.HTTPVersion).Suggestion = "write http_version: http2"
	}
	for _, o := range origins {
		if o.CustomOriginConfig.OriginProtocolPolicy == OriginProtocolPolicyHTTPOnly {
			k.fail(at, badGRPC, "gRPC needs TLS, and origin %q has origin_protocol_policy http-only (CF-GRPC-02)", o.Name).
				Suggestion = "write origin_protocol_policy: https-only; connect_to: http://host:port reaches one without TLS all the same"
		}
	}
}

func (k *checker) cachePolicyOf(b *CacheBehavior, at path) *CachePolicy {
	here := at.key("cache_policy_id")
	if !k.written(here) {
		k.noCachePolicy(at)
		return nil
	}
	p, ok := k.config.CachePolicy(b.CachePolicyID)
	if !ok {
		k.unknownPolicy(here, managed.KindCachePolicy, b.CachePolicyID)
		return nil
	}
	return p
}

// noCachePolicy stays silent about a misspelled key, which is reported as
// unknown, and about legacy settings, which are refused.
func (k *checker) noCachePolicy(at path) {
	if k.misspelled(at, "cache_policy_id") {
		return
	}
	for key := range notBuiltKeys["CacheBehavior"] {
		if k.refused[at.key(key)] != nil && notBuiltKeys["CacheBehavior"][key] == "legacy cache settings" {
			return
		}
	}
	d := k.fail(at.key("cache_policy_id"), noCachePolicy, "cache behavior has no cache_policy_id (CF-GEN-04)")
	d.Suggestion = "use CachingOptimized, CachingDisabled or a policy of your own"
}

func (k *checker) originRequestPolicyOf(b *CacheBehavior, at path) *OriginRequestPolicy {
	here := at.key("origin_request_policy_id")
	if !k.written(here) {
		return nil
	}
	p, ok := k.config.OriginRequestPolicy(b.OriginRequestPolicyID)
	if !ok {
		k.unknownPolicy(here, managed.KindOriginRequestPolicy, b.OriginRequestPolicyID)
		return nil
	}
	return p
}

func (k *checker) responseHeadersPolicyOf(b *CacheBehavior, at path) {
	here := at.key("response_headers_policy_id")
	if !k.written(here) {
		return
	}
	if _, ok := k.config.ResponseHeadersPolicy(b.ResponseHeadersPolicyID); !ok {
		k.unknownPolicy(here, managed.KindResponseHeadersPolicy, b.ResponseHeadersPolicyID)
	}
}

func (k *checker) unknownPolicy(at path, kind managed.Kind, id string) {
	names := managed.Names(kind)
	for _, p := range k.policyPaths() {
		if p.kind == kind {
			names = append(names, p.name)
		}
	}
	k.fail(at, unknownPolicy, "there is no %s %q", kind, id).Suggestion = didYouMean(id, names)
}

// hostOfS3 applies CF-KEY-29.
func (k *checker) hostOfS3(p *CachePolicy, o *Origin, at path) {
	if o.S3OriginConfig == nil {
		return
	}
	if slices.ContainsFunc(p.Parameters.HeadersConfig.Headers, func(h string) bool { return strings.EqualFold(h, "Host") }) {
		k.fail(at.key("cache_policy_id"), unkeyableHeader, "cache policy %q keys on Host, which the S3 origin %q does not allow (CF-KEY-29)", p.Name, o.Name)
	}
}
