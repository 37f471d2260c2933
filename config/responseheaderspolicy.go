package config

// ResponseHeadersPolicy changes the headers of every response of a behavior,
// hit or miss, after caching (CF-RHP-01). AWS's ResponseHeadersPolicyConfig.
type ResponseHeadersPolicy struct {
	// Name by which behaviors refer to the policy.
	Name string `config:"name,key"`

	// Comment is free text, at most 128 characters.
	Comment string `config:"comment"`

	// RemoveHeadersConfig lists headers that are removed first (CF-RHP-02).
	// Some cannot be (CF-RHP-07).
	RemoveHeadersConfig []string `config:"remove_headers_config"`

	// CORSConfig adds CORS headers. Absent means none.
	CORSConfig *CORSConfig `config:"cors_config"`

	// SecurityHeadersConfig adds security headers. Absent means none.
	SecurityHeadersConfig *SecurityHeadersConfig `config:"security_headers_config"`

	// CustomHeadersConfig adds headers of any name, at most 10 (CF-RHP-05).
	CustomHeadersConfig []ResponseHeader `config:"custom_headers_config"`

	// ServerTimingHeadersConfig adds Server-Timing (CF-STM). Absent means no.
	ServerTimingHeadersConfig *ServerTimingHeadersConfig `config:"server_timing_headers_config"`
}

// CORSConfig is AWS's ResponseHeadersPolicyCorsConfig (CF-CORS-01).
type CORSConfig struct {
	// AllowOrigins are the patterns of CF-CORS-10 for the Origin header.
	AllowOrigins []string `config:"access_control_allow_origins,required"`

	// AllowMethods are methods, or ALL for all seven, which is expanded on
	// load (CF-CORS-21). Preflight only.
	AllowMethods []CORSMethod `config:"access_control_allow_methods"`

	// AllowHeaders are header patterns (CF-CORS-19). Preflight only.
	AllowHeaders []string `config:"access_control_allow_headers"`

	// ExposeHeaders are header names, or "*".
	ExposeHeaders []string `config:"access_control_expose_headers"`

	// AllowCredentials adds Access-Control-Allow-Credentials: true. Default
	// false.
	AllowCredentials bool `config:"access_control_allow_credentials"`

	// MaxAge is Access-Control-Max-Age; nil leaves the header out. AWS's
	// AccessControlMaxAgeSec.
	MaxAge *Duration `config:"access_control_max_age_sec"`

	// OriginOverride replaces the origin's CORS headers (CF-CORS-06); without
	// it any CORS header of the origin keeps all of these out (CF-CORS-07).
	// Default false.
	OriginOverride bool `config:"origin_override"`
}

// CORSMethod is a method of Access-Control-Allow-Methods, or ALL.
type CORSMethod string

func (CORSMethod) values() []string {
	return append([]string{"ALL"}, allCORSMethods...)
}

// allCORSMethods is what ALL stands for, in the order CloudFront sends it
// (CF-CORS-21).
var allCORSMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// SecurityHeadersConfig is AWS's ResponseHeadersPolicySecurityHeadersConfig
// (CF-RHP-04). A nil part adds nothing. Each part's Override replaces the
// origin's value; without it the origin's value stays (CF-RHP-03).
type SecurityHeadersConfig struct {
	// ContentSecurityPolicy adds Content-Security-Policy.
	ContentSecurityPolicy *ContentSecurityPolicy `config:"content_security_policy"`

	// ContentTypeOptions adds X-Content-Type-Options: nosniff.
	ContentTypeOptions *ContentTypeOptions `config:"content_type_options"`

	// FrameOptions adds X-Frame-Options.
	FrameOptions *FrameOptions `config:"frame_options"`

	// ReferrerPolicy adds Referrer-Policy.
	ReferrerPolicy *ReferrerPolicy `config:"referrer_policy"`

	// StrictTransportSecurity adds Strict-Transport-Security.
	StrictTransportSecurity *StrictTransportSecurity `config:"strict_transport_security"`

	// XSSProtection adds X-XSS-Protection.
	XSSProtection *XSSProtection `config:"xss_protection"`
}

// ContentSecurityPolicy is a Content-Security-Policy header.
type ContentSecurityPolicy struct {
	// Value is the header value, at most 1783 characters (CF-QUO-16). AWS's
	// ContentSecurityPolicy.
	Value string `config:"content_security_policy,required"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// ContentTypeOptions is an X-Content-Type-Options header; its only value is
// nosniff.
type ContentTypeOptions struct {
	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// FrameOptions is an X-Frame-Options header.
type FrameOptions struct {
	// Value is DENY or SAMEORIGIN. AWS's FrameOption.
	Value FrameOption `config:"frame_option,required"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// FrameOption is a value of X-Frame-Options: DENY or SAMEORIGIN.
type FrameOption string

func (FrameOption) values() []string { return []string{"DENY", "SAMEORIGIN"} }

// ReferrerPolicy is a Referrer-Policy header.
type ReferrerPolicy struct {
	// Value is one of the eight standard values. AWS's ReferrerPolicy.
	Value ReferrerPolicyValue `config:"referrer_policy,required"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// ReferrerPolicyValue is one of the eight values of Referrer-Policy.
type ReferrerPolicyValue string

func (ReferrerPolicyValue) values() []string {
	return []string{
		"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
		"same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url",
	}
}

// StrictTransportSecurity is a Strict-Transport-Security header.
type StrictTransportSecurity struct {
	// MaxAge is max-age, in whole seconds. AWS's AccessControlMaxAgeSec.
	MaxAge Duration `config:"access_control_max_age_sec,required"`

	// IncludeSubdomains adds includeSubDomains. Default false.
	IncludeSubdomains bool `config:"include_subdomains"`

	// Preload adds preload. Default false.
	Preload bool `config:"preload"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// XSSProtection is an X-XSS-Protection header.
type XSSProtection struct {
	// Protection is the leading 1 (true) or 0 (false).
	Protection bool `config:"protection,required"`

	// ModeBlock adds mode=block; not together with ReportURI. Default false.
	ModeBlock bool `config:"mode_block"`

	// ReportURI adds report=URI. AWS's ReportUri.
	ReportURI string `config:"report_uri"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}

// ResponseHeader is one added header of a response headers policy.
type ResponseHeader struct {
	// Name of the header.
	Name string `config:"header,key"`

	// Value of the header; may be empty (CF-RHP-05).
	Value string `config:"value"`

	// Override replaces the origin's value. Default false.
	Override bool `config:"override"`
}
