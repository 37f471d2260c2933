package config

// The statements that look at the viewer's address.

// GeoMatchStatement is AWS WAF's GeoMatchStatement (WF-GEO). It needs
// server.geo.
type GeoMatchStatement struct {
	// CountryCodes are those of ISO 3166-1: two capital letters. XX is a country
	// that is not known.
	CountryCodes []Country `config:"country_codes,required"`

	// ForwardedIPConfig takes the address from a header instead of the
	// connection. Default: the connection.
	ForwardedIPConfig *ForwardedIPConfig `config:"forwarded_ip_config"`
}

// ASNMatchStatement is AWS WAF's AsnMatchStatement (WF-ASN-01). It needs
// server.geo.
type ASNMatchStatement struct {
	// ASNList has 1 to 100 numbers of autonomous systems, 0 to 4294967295. 0 is
	// one that is not known.
	ASNList []int `config:"asn_list,required"`

	// ForwardedIPConfig takes the address from a header instead of the
	// connection. Default: the connection.
	ForwardedIPConfig *ForwardedIPConfig `config:"forwarded_ip_config"`
}

// IPSetReferenceStatement is AWS WAF's, with the set's name in place of its ARN.
type IPSetReferenceStatement struct {
	// IPSet names one of ip_sets.
	IPSet string `config:"ip_set,required" aws:"ARN"`

	// IPSetForwardedIPConfig takes the address from a header instead of the
	// connection (WF-IP-01). Default: the connection.
	IPSetForwardedIPConfig *IPSetForwardedIPConfig `config:"ip_set_forwarded_ip_config"`
}

// IPSetForwardedIPConfig is AWS WAF's IPSetForwardedIPConfig.
type IPSetForwardedIPConfig struct {
	// HeaderName is a list of addresses with commas between: X-Forwarded-For.
	// Where a request does not have it, the rule is not applied (WF-IP-02).
	HeaderName string `config:"header_name,required"`

	// FallbackBehavior says whether a request whose header is malformed
	// matches: MATCH or NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior,required"`

	// Position says which address counts: FIRST, LAST, or ANY of the last ten.
	Position ForwardedPosition `config:"position,required"`
}

// ForwardedIPConfig is AWS WAF's ForwardedIPConfig: the first address counts.
type ForwardedIPConfig struct {
	// HeaderName is a list of addresses with commas between: X-Forwarded-For.
	// Where a request does not have it, the rule is not applied (WF-IP-02).
	HeaderName string `config:"header_name,required"`

	// FallbackBehavior says whether a request whose header is malformed
	// matches: MATCH or NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior,required"`
}

// FallbackBehavior is what a malformed header means.
type FallbackBehavior string

// The fallbacks.
const (
	FallbackMatch   FallbackBehavior = "MATCH"
	FallbackNoMatch FallbackBehavior = "NO_MATCH"
)

func (FallbackBehavior) values() []string { return []string{"MATCH", "NO_MATCH"} }

// ForwardedPosition says which addresses of a header count.
type ForwardedPosition string

// The positions.
const (
	PositionFirst ForwardedPosition = "FIRST"
	PositionLast  ForwardedPosition = "LAST"
	PositionAny   ForwardedPosition = "ANY"
)

func (ForwardedPosition) values() []string { return []string{"FIRST", "LAST", "ANY"} }
