package config

// Distribution is one configured edge with its aliases. AWS's
// DistributionConfig.
type Distribution struct {
	// Name is the local name; at AWS the distribution's Id.
	Name string `config:"name,key"`

	// Comment is free text, at most 128 characters.
	Comment string `config:"comment"`

	// Aliases are the alternate domain names it answers to: lower case, with
	// an optional leading "*." (CF-DIST-03, CF-DIST-04). At most 100
	// (CF-QUO-07).
	Aliases []string `config:"aliases"`

	// Enabled says whether it accepts viewer requests (CF-DIST-11). Default
	// true.
	Enabled bool `config:"enabled" default:"true"`

	// HTTPVersion says what is offered to viewers besides HTTP/1.1, which always
	// is (CF-DIST-13): nothing, HTTP/2, HTTP/3, or both. HTTP/3 is spoken by a
	// socket whose protocols have h3; viewers find it by Alt-Svc (CF-DIST-15).
	// Default http2, which is the console's default; AWS's API has http1.1.
	HTTPVersion HTTPVersion `config:"http_version" default:"http2"`

	// ViewerMTLSConfig asks viewers for a certificate. Absent means that none is
	// asked for.
	ViewerMTLSConfig *ViewerMTLSConfig `config:"viewer_mtls_config"`

	// DefaultRootObject replaces the path "/" (CF-ROOT-01); no leading slash
	// (CF-ROOT-04). Default none.
	DefaultRootObject string `config:"default_root_object"`

	// WebACLID names the web ACL that inspects its requests (CF-WAF-01).
	// Default none.
	WebACLID string `config:"web_acl_id"`

	// Origins by name; 1 to 100 (CF-QUO-09). At AWS the name is the Id.
	Origins []Origin `config:"origins,required"`

	// OriginGroups by name: pairs of origins for failover. At most 10
	// (CF-OG-01).
	OriginGroups []OriginGroup `config:"origin_groups"`

	// Routing are groups of origins and origin groups by name, one of which is
	// chosen for a request. At most 25. Not at AWS.
	Routing []RoutingGroup `config:"routing"`

	// DefaultCacheBehavior is used when no other behavior matches
	// (CF-BEH-01). Its PathPattern is always "*".
	DefaultCacheBehavior CacheBehavior `config:"default_cache_behavior,required" omit:"path_pattern"`

	// CacheBehaviors are tried in this order; the first match wins
	// (CF-BEH-01). At most 75, not counting the default one (CF-BEH-18).
	CacheBehaviors []CacheBehavior `config:"cache_behaviors"`

	// CustomErrorResponses change how errors are shown and cached, at most
	// one for each status (CF-CER-01).
	CustomErrorResponses []CustomErrorResponse `config:"custom_error_responses"`

	// CacheTagHeader names the field of the origins' responses that carries
	// cache tags (CF-TAG-01). Default none: there are no tags. AWS's
	// CacheTagConfig.HeaderName.
	CacheTagHeader string `config:"cache_tag_header"`

	// ViewerCertificate says what viewers are shown and which TLS they may use.
	// Default the certificate of the socket.
	ViewerCertificate *ViewerCertificate `config:"viewer_certificate"`

	// Restrictions say who is served. Default everybody.
	Restrictions Restrictions `config:"restrictions"`

	// Logging is the standard access log. Absent means none.
	Logging *Logging `config:"logging"`
}

// HTTPVersion is what a distribution offers to viewers besides HTTP/1.1.
type HTTPVersion string

// The viewer protocols (CF-DIST-13).
const (
	HTTPVersion11    HTTPVersion = "http1.1"
	HTTPVersion2     HTTPVersion = "http2"
	HTTPVersion3     HTTPVersion = "http3"
	HTTPVersion2And3 HTTPVersion = "http2and3"
)

func (HTTPVersion) values() []string { return []string{"http1.1", "http2", "http3", "http2and3"} }

// HasHTTP2 reports whether HTTP/2 is offered.
func (v HTTPVersion) HasHTTP2() bool { return v == HTTPVersion2 || v == HTTPVersion2And3 }

// HasHTTP3 reports whether HTTP/3 is offered.
func (v HTTPVersion) HasHTTP3() bool { return v == HTTPVersion3 || v == HTTPVersion2And3 }
