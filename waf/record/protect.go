package record

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

// redacted stands for what a record must not show (WF-LOGS-02).
const redacted = "REDACTED"

// Protection says what log records and samples must not show. The zero value
// shows all.
type Protection struct {
	// Path, Query and Method say what stands for these.
	Path, Query, Method Mask
	// Headers, Arguments and Cookies are names, or Every, and what stands for
	// their values. Names of headers and arguments are in lower case.
	Headers, Arguments, Cookies map[string]Mask
	// NoDetails are the locations whose match details are left out.
	NoDetails []string
}

// Every stands for all names.
const Every = ""

func maskOf(masks map[string]Mask, name string) Mask {
	if m, known := masks[name]; known {
		return m
	}
	return masks[Every]
}

// A Mask says what stands for a value (WF-ACL-07).
type Mask uint8

// The masks.
const (
	MaskNone       Mask = iota
	MaskSubstitute      // REDACTED
	MaskHash            // its SHA-256, in hexadecimal digits
)

// String returns the word as AWS's API spells it.
func (m Mask) String() string {
	switch m {
	case MaskNone:
		return "NONE"
	case MaskSubstitute:
		return "SUBSTITUTION"
	case MaskHash:
		return "HASH"
	}
	return "Mask(?)"
}

func (m Mask) of(text string) string {
	switch m {
	case MaskSubstitute:
		return redacted
	case MaskHash:
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	return text
}

func (p *Protection) path(text string) string { return p.Path.of(text) }

func (p *Protection) method(text string) string { return p.Method.of(text) }

// query masks all of a query string, or the values of some arguments.
func (p *Protection) query(text string) string {
	if p.Query != MaskNone || len(p.Arguments) == 0 || text == "" {
		return maskNonEmpty(p.Query, text)
	}
	arguments := strings.Split(text, "&")
	for i, a := range arguments {
		if name, value, ok := strings.Cut(a, "="); ok {
			arguments[i] = name + "=" + p.argument(name).of(value)
		}
	}
	return strings.Join(arguments, "&")
}

// argument returns what stands for the value of an argument: as for statements,
// case does not matter, and the name may be encoded (WF-FLD-03, WF-FLD-18).
func (p *Protection) argument(name string) Mask {
	if p.Query != MaskNone {
		return p.Query
	}
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	return maskOf(p.Arguments, strings.ToLower(name))
}

// rateValue masks a part of the key of a rate-based rule.
func (p *Protection) rateValue(v waf.RateValue) string {
	switch v.Key {
	case "HEADER":
		return p.header(v.Name, v.Value)
	case "COOKIE":
		if m := maskOf(p.Headers, "cookie"); m != MaskNone {
			return m.of(v.Value)
		}
		return maskOf(p.Cookies, v.Name).of(v.Value)
	case "QUERY_ARGUMENT":
		return p.argument(v.Name).of(v.Value)
	case "QUERY_STRING":
		return p.query(v.Value)
	case "URI_PATH":
		return p.path(v.Value)
	case "HTTP_METHOD":
		return p.method(v.Value)
	}
	return v.Value
}

func maskNonEmpty(m Mask, text string) string {
	if text == "" {
		return ""
	}
	return m.of(text)
}

// header masks the value of a header, or those of some cookies in it.
func (p *Protection) header(name, value string) string {
	if m := maskOf(p.Headers, strings.ToLower(name)); m != MaskNone {
		return m.of(value)
	}
	if len(p.Cookies) == 0 || !field.EqualName(name, "cookie") {
		return value
	}
	cookies := strings.Split(value, ";")
	for i, c := range cookies {
		if name, value, ok := strings.Cut(c, "="); ok {
			cookies[i] = name + "=" + maskOf(p.Cookies, strings.Trim(name, " \t")).of(value)
		}
	}
	return strings.Join(cookies, ";")
}

func (p *Protection) excludesDetails(location string) bool {
	return slices.Contains(p.NoDetails, location)
}
