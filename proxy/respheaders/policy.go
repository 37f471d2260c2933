package respheaders

import (
	"slices"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Policy is a response headers policy as it is configured. The zero value
// changes nothing.
type Policy struct {
	Remove   []string // names of fields to remove; not those of CF-RHP-07
	CORS     *CORS    // nil: no CORS part
	Security Security
	Custom   []Header // at most 10 (CF-RHP-05)

	ServerTiming *ServerTiming // nil: no Server-Timing

	Choices Choices
}

// adds reports whether a field of this name is among the custom ones.
func (p *Policy) adds(name string) bool {
	return slices.ContainsFunc(p.Custom, func(h Header) bool { return field.EqualName(h.Name, name) })
}

// A Header is a field with a fixed value.
type Header struct {
	Name     string
	Value    string // may be empty
	Override bool   // replace the origin's field; otherwise the origin's stays if present (CF-RHP-03)
}

// CORS is the CORS part of a policy (CF-CORS-01). Each list may be "*".
type CORS struct {
	AllowOrigins     []string // patterns of CF-CORS-11..18
	AllowMethods     []string // or "ALL" (CF-CORS-21)
	AllowHeaders     []string // names, with wildcards (CF-CORS-19)
	ExposeHeaders    []string
	AllowCredentials bool
	MaxAge           time.Duration // whole seconds; used when HasMaxAge
	HasMaxAge        bool
	OriginOverride   bool // CF-CORS-06, CF-CORS-07
}

// Security is the security part of a policy (CF-RHP-04). A nil field is not
// configured.
type Security struct {
	ContentSecurityPolicy   *Value
	ContentTypeOptions      *Flag  // X-Content-Type-Options: nosniff
	FrameOptions            *Value // DENY or SAMEORIGIN
	ReferrerPolicy          *Value
	StrictTransportSecurity *StrictTransportSecurity
	XSSProtection           *XSSProtection
}

// A Value is a security field with a text of the policy.
type Value struct {
	Value    string
	Override bool
}

// A Flag is a security field with a fixed text.
type Flag struct {
	Override bool
}

// StrictTransportSecurity is the Strict-Transport-Security field.
type StrictTransportSecurity struct {
	MaxAge            time.Duration // whole seconds
	IncludeSubdomains bool
	Preload           bool
	Override          bool
}

// XSSProtection is the X-XSS-Protection field. ModeBlock and ReportURI
// exclude each other and need Protection.
type XSSProtection struct {
	Protection bool
	ModeBlock  bool
	ReportURI  string
	Override   bool
}
