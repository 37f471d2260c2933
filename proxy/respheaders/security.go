package respheaders

import (
	"strconv"
	"time"
)

// securityHeaders returns the fields of the security part in a fixed order.
func securityHeaders(s Security) []Header {
	var out []Header
	add := func(name, value string, override bool) {
		out = append(out, Header{Name: name, Value: value, Override: override})
	}
	if v := s.ContentSecurityPolicy; v != nil {
		add("Content-Security-Policy", v.Value, v.Override)
	}
	if v := s.ReferrerPolicy; v != nil {
		add("Referrer-Policy", v.Value, v.Override)
	}
	if v := s.StrictTransportSecurity; v != nil {
		add("Strict-Transport-Security", v.value(), v.Override)
	}
	if v := s.ContentTypeOptions; v != nil {
		add("X-Content-Type-Options", "nosniff", v.Override)
	}
	if v := s.FrameOptions; v != nil {
		add("X-Frame-Options", v.Value, v.Override)
	}
	if v := s.XSSProtection; v != nil {
		add("X-XSS-Protection", v.value(), v.Override)
	}
	return out
}

// value writes the directives in the order of CF-RHP-04.
func (s StrictTransportSecurity) value() string {
	v := "max-age=" + seconds(s.MaxAge)
	if s.IncludeSubdomains {
		v += "; includeSubDomains"
	}
	if s.Preload {
		v += "; preload"
	}
	return v
}

func (x XSSProtection) value() string {
	switch {
	case !x.Protection:
		return "0"
	case x.ModeBlock:
		return "1; mode=block"
	case x.ReportURI != "":
		return "1; report=" + x.ReportURI
	}
	return "1"
}

// seconds writes a duration as whole seconds.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64(d/time.Second), 10)
}
