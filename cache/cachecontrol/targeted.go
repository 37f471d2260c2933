package cachecontrol

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Targeted is the field by which an origin speaks to the caches of a content
// delivery network alone (RFC 9213 section 3.1).
const Targeted = "CDN-Cache-Control"

// ParseTargeted reads the targeted field, a Structured Fields dictionary (RFC
// 8941 section 3.2). ok is false if there is none, if it is empty, or if
// anything in it is malformed or of a type that its directive does not have:
// then the whole field is as if it were not there (RFC 9213 section 2.2). Of
// a key that occurs twice the last counts.
func ParseTargeted(lines field.Lines) (d Directives, ok bool) {
	text := lines.Joined(Targeted)
	p := dictionary{rest: strings.Trim(text, " ")}
	if p.rest == "" {
		return Directives{}, false
	}
	for !p.failed && p.rest != "" {
		key, value := p.member()
		p.failed = p.failed || !d.addTargeted(key, value)
	}
	if p.failed {
		return Directives{}, false
	}
	d.Present = true
	return d, true
}

// addTargeted records one member, and reports whether its type is that of
// the directive. Unknown keys have any type.
func (d *Directives) addTargeted(key string, v item) bool {
	if delta := d.delta(key); delta != nil {
		seconds, ok := parseDelta(v.text)
		*delta = Delta{Value: seconds, Present: ok}
		return v.kind == itemInteger && ok
	}
	switch flag := d.flag(key); {
	case flag == nil:
		return true
	case v.kind == itemBoolean:
		*flag = v.text == "1"
		return true
	}
	return v.kind == itemString && d.addTargetedNames(key, v.text)
}

// addTargetedNames records no-cache="..." or private="...".
func (d *Directives) addTargetedNames(key, list string) bool {
	switch key {
	case "no-cache":
		d.NoCacheFields = nil
		d.NoCache = !appendNames(&d.NoCacheFields, list)
	case "private":
		d.PrivateFields = nil
		d.Private = !appendNames(&d.PrivateFields, list)
	default:
		return false
	}
	return true
}

// delta returns where a directive with a number is kept, nil for others.
func (d *Directives) delta(key string) *Delta {
	switch key {
	case "max-age":
		return &d.MaxAge
	case "s-maxage":
		return &d.SMaxAge
	case "stale-while-revalidate":
		return &d.StaleWhileRevalidate
	case "stale-if-error":
		return &d.StaleIfError
	}
	return nil
}

// flag returns where a directive without argument is kept, nil for others.
func (d *Directives) flag(key string) *bool {
	switch key {
	case "no-store":
		return &d.NoStore
	case "no-cache":
		return &d.NoCache
	case "private":
		return &d.Private
	case "public":
		return &d.Public
	case "must-revalidate":
		return &d.MustRevalidate
	case "proxy-revalidate":
		return &d.ProxyRevalidate
	case "no-transform":
		return &d.NoTransform
	case "immutable":
		return &d.Immutable
	case "must-understand":
		return &d.MustUnderstand
	}
	return nil
}
