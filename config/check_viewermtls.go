package config

import (
	"slices"
	"strings"
)

// trustStores checks what is said of trust stores; what is in their files is read
// later.
func (k *checker) trustStores() {
	k.atMost("trust_stores", "trust stores", len(k.config.TrustStores), 20, "CF-QUO-25")
	for i := range k.config.TrustStores {
		s := &k.config.TrustStores[i]
		at := path("trust_stores").key(s.Name)
		if s.CABundle == "" && k.written(at.key("ca_bundle")) {
			k.fail(at.key("ca_bundle"), badTrustStore, "ca_bundle must name a file")
		}
		lists := at.key("crl")
		k.atMost(lists, "revocation lists", len(s.CRL), 25, "our bound")
		k.repeats(lists, s.CRL, exact)
		if i := slices.Index(s.CRL, ""); i >= 0 {
			k.fail(lists.index(i), badTrustStore, "crl must name files")
		}
		if len(s.CRL) == 0 && k.written(at.key("outdated_crl")) {
			k.fail(at.key("outdated_crl"), badTrustStore, "outdated_crl has no effect: there is no crl")
		}
		var asking int
		for j := range k.config.Distributions {
			if m := k.config.Distributions[j].ViewerMTLSConfig; m != nil && m.TrustStoreConfig.TrustStoreID == s.Name {
				asking++
			}
		}
		k.atMost(at, "distributions with this trust store", asking, 25, "CF-MTLS-03")
	}
}

// viewerMTLS checks what a distribution asks of its viewers.
func (k *checker) viewerMTLS(d *Distribution, at path) {
	m := d.ViewerMTLSConfig
	if m == nil {
		return
	}
	here := at.key("viewer_mtls_config")
	id := m.TrustStoreConfig.TrustStoreID
	if _, found := k.config.TrustStore(id); !found && id != "" {
		var names []string
		for s := range slices.Values(k.config.TrustStores) {
			names = append(names, s.Name)
		}
		k.fail(here.key("trust_store_config").key("trust_store_id"), unknownTrustStore, "there is no trust store %q", id).
			Suggestion = didYouMean(id, names)
	}
	if m.ConnectionLog != nil && m.ConnectionLog.Path == "" {
		k.fail(here.key("connection_log").key("path"), badValue, "path must name a file, or be stdout")
	}
	if !k.config.Server.HasTLS() {
		k.fail(here, badViewerMTLS, "viewer_mtls_config has no effect: no socket has TLS").Suggestion =
			"add tls: distributions, or tls: local_ca, to one of server.listen"
	}
	if v := d.HTTPVersion; v != HTTPVersion11 && v != HTTPVersion2 {
		k.fail(at.key("http_version"), badViewerMTLS, "http_version is %s, and viewer_mtls_config excludes HTTP/3 (CF-MTLS-02)", v).
			Suggestion = "write http_version: http2"
	}
	k.onlyHTTPS(&d.DefaultCacheBehavior, at.key("default_cache_behavior"))
	for i := range d.CacheBehaviors {
		k.onlyHTTPS(&d.CacheBehaviors[i], at.key("cache_behaviors").index(i))
	}
}

// onlyHTTPS applies CF-VPP-12: over HTTP nobody shows a certificate.
func (k *checker) onlyHTTPS(b *CacheBehavior, at path) {
	if b.ViewerProtocolPolicy == ViewerProtocolPolicyAllowAll {
		k.fail(at.key("viewer_protocol_policy"), badViewerMTLS, "viewer_protocol_policy is allow-all, and the distribution has viewer_mtls_config (CF-VPP-12)").
			Suggestion = "write viewer_protocol_policy: redirect-to-https, or https-only"
	}
}

// unusedTrustStores warns of those that no distribution names.
func (k *checker) unusedTrustStores() {
	for _, s := range k.config.TrustStores {
		if !slices.ContainsFunc(k.config.Distributions, func(d Distribution) bool {
			return d.ViewerMTLSConfig != nil && d.ViewerMTLSConfig.TrustStoreConfig.TrustStoreID == s.Name
		}) {
			k.fail(path("trust_stores").key(s.Name), unusedName, "trust store %q is not used by any distribution", s.Name)
		}
	}
}

// identifying are the headers by which viewers differ.
var identifying = []string{"CloudFront-Viewer-Cert-Serial-Number", "CloudFront-Viewer-Cert-Subject", "CloudFront-Viewer-Cert-Sha256"}

// certificatesShared warns where an origin is told who a viewer is, and what it
// answers is kept for all of them.
func (k *checker) certificatesShared(b *CacheBehavior, cache *CachePolicy, request *OriginRequestPolicy, d *Distribution, at path) {
	if d.ViewerMTLSConfig == nil || request == nil || cache.MaxTTL == 0 {
		return
	}
	for _, name := range cache.Parameters.HeadersConfig.Headers {
		if containsFold(identifying, name) {
			return
		}
	}
	told := request.CloudFrontHeaders
	if request.HeadersConfig.HeaderBehavior != SelectionAllExcept {
		told = append(slices.Clip(told), request.HeadersConfig.Headers...)
	}
	for _, name := range told {
		if containsFold(identifying, name) || strings.EqualFold(name, "CloudFront-Viewer-Cert-Pem") {
			k.fail(at.key("cache_policy_id"), certificateShared, "the origin gets %s, which is not in the cache key of %q: what it answers to one viewer is served to all", name, b.CachePolicyID).
				Suggestion = "add CloudFront-Viewer-Cert-Sha256 to the headers of the cache policy, or write cache_policy_id: CachingDisabled"
			return
		}
	}
}
