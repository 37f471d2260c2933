package config

// Version is the only document version there is.
const Version = 1

// Config is one effective configuration: what the files say, laid over the
// defaults. It is immutable once loaded and safe to share.
//
// Lists that are maps in the file (those whose elements have a Name) keep the
// order of the file.
type Config struct {
	// Version of the grammar; always 1.
	Version int `config:"version,required" range:"1..1"`

	// Server is what belongs to the process and not to one distribution.
	Server Server `config:"server"`

	// Cache is the store that all distributions share.
	Cache Cache `config:"cache"`

	// Choices decide what AWS does not document. They hold for all
	// distributions: what is found out about CloudFront is true of every one.
	Choices Choices `config:"choices"`

	// OriginsDefaults holds the timeouts of every origin that does not set
	// its own.
	OriginsDefaults OriginsDefaults `config:"origins_defaults"`

	// OriginAccessControls by name, which origins refer to.
	OriginAccessControls []OriginAccessControl `config:"origin_access_controls"`

	// VPCOrigins by name, which origins refer to.
	VPCOrigins []VPCOrigin `config:"vpc_origins"`

	// Certificates by name, which distributions refer to.
	Certificates []Certificate `config:"certificates"`

	// TrustStores by name, which distributions refer to. Limit 20 (CF-QUO-25).
	TrustStores []TrustStore `config:"trust_stores"`

	// CachePolicies by name. Limit 20 (CF-QUO-12).
	CachePolicies []CachePolicy `config:"cache_policies"`

	// OriginRequestPolicies by name. Limit 20 (CF-QUO-12).
	OriginRequestPolicies []OriginRequestPolicy `config:"origin_request_policies"`

	// ResponseHeadersPolicies by name. Limit 20 (CF-QUO-12).
	ResponseHeadersPolicies []ResponseHeadersPolicy `config:"response_headers_policies"`

	// PublicKeys by their ids, of which key groups consist.
	PublicKeys []PublicKey `config:"public_keys"`

	// KeyGroups by name, to which cache behaviors refer. At most 10 (CF-QUO-22).
	KeyGroups []KeyGroup `config:"key_groups"`

	// IPSets by name, to which rules of web ACLs refer. Limit 100 (WF-QUO-01).
	IPSets []IPSet `config:"ip_sets"`

	// RegexPatternSets by name, to which rules of web ACLs refer. Limit 10
	// (WF-QUO-01).
	RegexPatternSets []RegexPatternSet `config:"regex_pattern_sets"`

	// RuleGroups by name, to which rules of web ACLs refer. Limit 100
	// (WF-QUO-01).
	RuleGroups []RuleGroup `config:"rule_groups"`

	// WebACLs by name. Limit 100 (WF-QUO-01).
	WebACLs []WebACL `config:"web_acls"`

	// Distributions by name, in file order. At least one, at most 500
	// (CF-QUO-10).
	Distributions []Distribution `config:"distributions,required"`

	// Doctor is about warnings.
	Doctor Doctor `config:"doctor"`

	positions map[string]Position
	sources   map[string][]string // lines by file, for Annotate
	files     []string            // in the order given
}

// A Position is a place in a configuration file. Line and Column count from 1;
// Column counts characters.
type Position struct {
	File   string
	Line   int
	Column int
}

// Position returns where the value at path was written, such as
// "distributions.shop.cache_behaviors[0].path_pattern". A value that comes
// from a default has no position.
func (c *Config) Position(path string) (Position, bool) {
	p, written := c.positions[path]
	return p, written
}
