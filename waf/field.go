package waf

import (
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/waf/jsonbody"
	"github.com/groundfront/groundfront/waf/transform"
)

// A Field is the part of a request that a statement inspects: AWS WAF's
// FieldToMatch (WF-FLD-01). Some have several values, and then one that matches
// is enough.
type Field struct {
	Kind FieldKind
	// Name is of a single header or query argument; its case does not matter.
	Name string
	// Names, of Headers and Cookies, are those that are inspected; unless
	// Except, then all others are. Without any, all are.
	Names  []string
	Except bool
	// Scope, of Headers, Cookies and JsonBody, says what of each is inspected.
	Scope Scope
	// Paths, of JsonBody, are JSON pointers to what is inspected, without any
	// all of it (WF-JSON-05).
	Paths []string
	// Invalid, of JsonBody, is for content that is not JSON to its end.
	Invalid InvalidJSON
	// Oversize is for more than is inspected (WF-OVR).
	Oversize Oversize
	// Fallback is for a request without a fingerprint or a fragment.
	Fallback Fallback
	// Whole, of SingleHeader, inspects what is beyond the limit as well; of
	// JsonBody, what is behind a key that an object has twice. Not at AWS, but for
	// some of its groups (WF-MRG-03).
	Whole bool

	json *jsonbody.Filter // of Paths and Scope
}

// FieldKind is the kind of a Field.
type FieldKind uint8

// The kinds, WF-FLD-02 to WF-FLD-15.
const (
	FieldSingleHeader FieldKind = iota
	FieldSingleQueryArgument
	FieldAllQueryArguments
	FieldUriPath
	FieldQueryString
	FieldMethod
	FieldBody
	FieldJsonBody
	FieldHeaders
	FieldCookies
	FieldHeaderOrder
	FieldJA3Fingerprint
	FieldJA4Fingerprint
	FieldUriFragment
	// FieldForm has the names and values of a form in the content, each by itself
	// and not decoded; of multipart content the headers of the parts and what is
	// in them. It is not a field of AWS's: rule groups inspect it.
	FieldForm
)

var fieldKinds = [...]string{
	"SingleHeader", "SingleQueryArgument", "AllQueryArguments", "UriPath", "QueryString", "Method", "Body", "JsonBody",
	"Headers", "Cookies", "HeaderOrder", "JA3Fingerprint", "JA4Fingerprint", "UriFragment", "Form",
}

// String returns the kind as AWS's API spells it.
func (k FieldKind) String() string {
	if int(k) < len(fieldKinds) {
		return fieldKinds[k]
	}
	return "FieldKind(?)"
}

// Scope says what of named values is inspected: their names, their values, or
// either (WF-FLD-20).
type Scope = jsonbody.Scope

// The scopes.
const (
	ScopeAll   = jsonbody.ScopeAll
	ScopeKey   = jsonbody.ScopeKey
	ScopeValue = jsonbody.ScopeValue
)

// Oversize says what a statement says of a request with more of a field than is
// inspected (WF-OVR-02).
type Oversize uint8

// The ways.
const (
	OversizeContinue Oversize = iota // what fits is inspected
	OversizeMatch
	OversizeNoMatch
)

// String returns the word as AWS's API spells it.
func (o Oversize) String() string {
	switch o {
	case OversizeContinue:
		return "CONTINUE"
	case OversizeMatch:
		return "MATCH"
	case OversizeNoMatch:
		return "NO_MATCH"
	}
	return "Oversize(?)"
}

// InvalidJSON says what a statement says of content that stops being JSON
// somewhere (WF-JSON-04).
type InvalidJSON uint8

// The ways.
const (
	InvalidJSONParsed   InvalidJSON = iota // what was before is inspected
	InvalidJSONAsString                    // all of it is, as Body
	InvalidJSONMatch
	InvalidJSONNoMatch
)

// String returns the word as AWS's API spells it.
func (i InvalidJSON) String() string {
	switch i {
	case InvalidJSONParsed:
		return "NONE"
	case InvalidJSONAsString:
		return "EVALUATE_AS_STRING"
	case InvalidJSONMatch:
		return "MATCH"
	case InvalidJSONNoMatch:
		return "NO_MATCH"
	}
	return "InvalidJSON(?)"
}

// source identifies what the values of a field are, whatever a statement makes
// of it if they are too long or not there.
func (f *Field) source() string {
	var b strings.Builder
	b.WriteString(f.Kind.String())
	switch f.Kind {
	case FieldSingleHeader, FieldSingleQueryArgument:
		fmt.Fprintf(&b, " %q %t", strings.ToLower(f.Name), f.Whole)
	case FieldHeaders:
		fmt.Fprintf(&b, " %v %t %q", f.Scope, f.Except, strings.ToLower(strings.Join(f.Names, "\n")))
	case FieldCookies:
		fmt.Fprintf(&b, " %v %t %q", f.Scope, f.Except, f.Names)
	case FieldJsonBody:
		fmt.Fprintf(&b, " %v %q %t", f.Scope, f.Paths, f.Whole)
	}
	return b.String()
}

// String identifies the field.
func (f *Field) String() string {
	return fmt.Sprintf("%s %v %v %v", f.source(), f.Invalid, f.Oversize, f.Fallback)
}

// An Inspection is what several statements have in common: a field, and how it
// is transformed before it is compared (WF-TT-22).
type Inspection struct {
	Field           Field
	Transformations transform.Chain
}

// String identifies the inspection.
func (i *Inspection) String() string { return fmt.Sprintf("%v %v", &i.Field, i.Transformations) }
