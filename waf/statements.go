package waf

import (
	"fmt"

	"github.com/groundfront/groundfront/waf/injection"
)

// ByteMatch compares a field with a text, byte by byte (WF-BYTE).
type ByteMatch struct {
	Search     string // at most 200 bytes (WF-QUO-03)
	Constraint PositionalConstraint
	Inspection
}

// PositionalConstraint says where a text must be.
type PositionalConstraint uint8

// The constraints.
const (
	ConstraintExactly PositionalConstraint = iota
	ConstraintStartsWith
	ConstraintEndsWith
	ConstraintContains
	ConstraintContainsWord // between bytes that are no letters, digits or _ (WF-BYTE-02)
)

// String returns the word as AWS's API spells it.
func (c PositionalConstraint) String() string {
	switch c {
	case ConstraintExactly:
		return "EXACTLY"
	case ConstraintStartsWith:
		return "STARTS_WITH"
	case ConstraintEndsWith:
		return "ENDS_WITH"
	case ConstraintContains:
		return "CONTAINS"
	case ConstraintContainsWord:
		return "CONTAINS_WORD"
	}
	return "PositionalConstraint(?)"
}

// SizeConstraint compares the length of a field, in bytes after the
// transformations, with a number (WF-SIZE).
type SizeConstraint struct {
	Operator Comparison
	Size     int64
	Inspection
}

// Comparison says how a length stands to a number.
type Comparison uint8

// The comparisons.
const (
	ComparisonEQ Comparison = iota
	ComparisonNE
	ComparisonLE
	ComparisonLT
	ComparisonGE
	ComparisonGT
)

// String returns the word as AWS's API spells it.
func (c Comparison) String() string {
	switch c {
	case ComparisonEQ:
		return "EQ"
	case ComparisonNE:
		return "NE"
	case ComparisonLE:
		return "LE"
	case ComparisonLT:
		return "LT"
	case ComparisonGE:
		return "GE"
	case ComparisonGT:
		return "GT"
	}
	return "Comparison(?)"
}

// RegexMatch matches a field that has a regular expression's match anywhere
// (WF-RGX-03). As a RegexPatternSetReference it has several expressions.
type RegexMatch struct {
	Patterns []string // in AWS's syntax (WF-RGX-01)
	Inspection
}

// Words matches a field that has one of many texts anywhere. It is not a
// statement of AWS's: rule groups are made of it.
type Words struct {
	Words []string
	Fold  bool // the case of ASCII letters does not matter
	// Labels, unless nil, are for each word those that a request gets in whose
	// field the word is. They are full labels.
	Labels [][]string
	Inspection
}

// A Scanner finds out in one pass over a text which kinds of things are in it, as
// a set of up to 64. It may be called from any goroutine, and takes a time that
// is linear in the text.
type Scanner interface {
	Scan(text string) uint64
	// For returns a scanner that finds some kinds of things, and perhaps others:
	// it may be faster.
	For(kinds uint64) Scanner
	// Find returns where one of some kinds of things is in a text, and what it
	// is, for people.
	Find(text string, kinds uint64) (what string, from, to int)
}

// ScanMatch matches a field in which a scanner finds one of some kinds of
// things. It is not a statement of AWS's: rule groups are made of it. All of a
// web ACL have the same scanner.
type ScanMatch struct {
	Name    string // of the kinds
	Scanner Scanner
	Kinds   uint64
	Inspection
}

// SqliMatch matches a field that looks like an attack by SQL (WF-SQLI).
type SqliMatch struct {
	Sensitivity Sensitivity
	Inspection
}

// Sensitivity says how much looks like an attack (WF-SQLI-01).
type Sensitivity = injection.Sensitivity

// The sensitivities.
const (
	SensitivityLow  = injection.SensitivityLow
	SensitivityHigh = injection.SensitivityHigh
	// SensitivityPatterns is not AWS's: a rule of a managed group has it.
	SensitivityPatterns = injection.SensitivityPatterns
)

// XssMatch matches a field that looks like a script to be run by a browser
// (WF-SQLI-03).
type XssMatch struct{ Inspection }

// GeoMatch matches requests from some countries, and labels those that it asks
// about with their country and region (WF-GEO-01).
type GeoMatch struct {
	Countries []string // ISO 3166-1 alpha-2
	Forwarded *Forwarded
}

// AsnMatch matches requests from some autonomous systems; 0 is an unknown one
// (WF-ASN-01).
type AsnMatch struct {
	Numbers   []uint32
	Forwarded *Forwarded
}

// LabelMatch matches requests that an earlier rule has labelled (WF-LBL-04,
// WF-LBL-05).
type LabelMatch struct {
	Scope LabelScope
	Key   string
}

// LabelScope says whether a key is of labels or of namespaces.
type LabelScope uint8

// The scopes.
const (
	LabelScopeLabel LabelScope = iota
	LabelScopeNamespace
)

// String returns the word as AWS's API spells it.
func (s LabelScope) String() string {
	switch s {
	case LabelScopeLabel:
		return "LABEL"
	case LabelScopeNamespace:
		return "NAMESPACE"
	}
	return "LabelScope(?)"
}

// GroupReference evaluates the rules of a group (WF-GRP). Only a rule of a web
// ACL has it as its statement.
type GroupReference struct {
	Group *RuleGroup
	// ScopeDown, unless nil, says which requests are evaluated at all
	// (WF-GRP-03).
	ScopeDown Statement
	// Overrides replace the actions of rules of the group (WF-GRP-04). Names
	// that the group does not have are ignored.
	Overrides []Override
	// Count makes what ends the group's evaluation a count for the web ACL
	// (WF-GRP-06).
	Count bool
}

// An Override is another action for a rule of a group.
type Override struct {
	Rule     string
	Handling Handling
	// Excluded says that it is written in the older form, which log records
	// tell apart (WF-GRP-05).
	Excluded bool
}

// A RuleGroup is a list of rules to which web ACLs refer.
type RuleGroup struct {
	Name string
	// ID is what log records call it: AWS#AWSManagedRulesCommonRuleSet.
	ID string
	// Namespace is what its labels begin with:
	// awswaf:managed:aws:core-rule-set: (WF-LBL-01).
	Namespace string
	Managed   bool
	// Rules in the order of their priority.
	Rules []Rule
}

// String identifies the statement, as of all that follow.
func (s ByteMatch) String() string {
	return fmt.Sprintf("bytes(%v %q %v)", s.Constraint, s.Search, &s.Inspection)
}

func (s SizeConstraint) String() string {
	return fmt.Sprintf("size(%v %d %v)", s.Operator, s.Size, &s.Inspection)
}

func (s RegexMatch) String() string { return fmt.Sprintf("regex(%q %v)", s.Patterns, &s.Inspection) }

func (s Words) String() string { return fmt.Sprintf("words(%q %t %v)", s.Words, s.Fold, &s.Inspection) }

func (s ScanMatch) String() string { return fmt.Sprintf("scan(%s %v)", s.Name, &s.Inspection) }

func (s SqliMatch) String() string { return fmt.Sprintf("sqli(%v %v)", s.Sensitivity, &s.Inspection) }

func (s XssMatch) String() string { return fmt.Sprintf("xss(%v)", &s.Inspection) }

func (s GeoMatch) String() string { return fmt.Sprintf("geo(%q %v)", s.Countries, s.Forwarded) }

func (s AsnMatch) String() string { return fmt.Sprintf("asn(%d %v)", s.Numbers, s.Forwarded) }

func (s LabelMatch) String() string { return fmt.Sprintf("label(%v %q)", s.Scope, s.Key) }

func (s GroupReference) String() string {
	return fmt.Sprintf("group(%s %v %v)", s.Group.ID, s.ScopeDown, s.Count)
}

func (s GroupReference) compile(*compiler, string, bool) (statement, error) {
	return statement{}, ErrNested // as a statement of its own, a rule compiles it
}
