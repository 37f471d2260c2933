package config

import "encoding/base64"

// The statements that look at one part of a request. Each has FieldToMatch,
// the part, and TextTransformations, what is done to it before.

// ByteMatchStatement is AWS WAF's ByteMatchStatement (WF-BYTE).
type ByteMatchStatement struct {
	// SearchString is the text, 1 to 200 bytes (WF-QUO-03), as UTF-8. Case
	// counts; transformations apply to the request, never to this.
	SearchString string `config:"search_string" aws:"SearchString"`

	// SearchStringBase64 is the text instead, in base64: for bytes that YAML
	// cannot hold.
	SearchStringBase64 string `config:"search_string_base64"`

	// PositionalConstraint says where the text must be: EXACTLY, STARTS_WITH,
	// ENDS_WITH, CONTAINS, or CONTAINS_WORD, with no letter, digit or
	// underscore beside it.
	PositionalConstraint PositionalConstraint `config:"positional_constraint,required"`

	// FieldToMatch is the part of the request.
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// Text returns the bytes that are looked for. A checked configuration has no
// error.
func (s *ByteMatchStatement) Text() (string, error) {
	if s.SearchStringBase64 == "" {
		return s.SearchString, nil
	}
	text, err := base64.StdEncoding.DecodeString(s.SearchStringBase64)
	return string(text), err
}

// PositionalConstraint is where a text must be.
type PositionalConstraint string

// The positional constraints.
const (
	PositionalConstraintExactly      PositionalConstraint = "EXACTLY"
	PositionalConstraintStartsWith   PositionalConstraint = "STARTS_WITH"
	PositionalConstraintEndsWith     PositionalConstraint = "ENDS_WITH"
	PositionalConstraintContains     PositionalConstraint = "CONTAINS"
	PositionalConstraintContainsWord PositionalConstraint = "CONTAINS_WORD"
)

func (PositionalConstraint) values() []string {
	return []string{"EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"}
}

// SQLiMatchStatement is AWS WAF's SqliMatchStatement (WF-SQLI).
type SQLiMatchStatement struct {
	// SensitivityLevel is LOW or HIGH, which finds more and is wrong more often.
	// Default LOW.
	SensitivityLevel SensitivityLevel `config:"sensitivity_level" default:"LOW"`

	// FieldToMatch is the part of the request.
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// SensitivityLevel is how much is taken for an SQL injection.
type SensitivityLevel string

// The levels.
const (
	SensitivityLevelLow  SensitivityLevel = "LOW"
	SensitivityLevelHigh SensitivityLevel = "HIGH"
)

func (SensitivityLevel) values() []string { return []string{"LOW", "HIGH"} }

// XSSMatchStatement is AWS WAF's XssMatchStatement (WF-SQLI-03).
type XSSMatchStatement struct {
	// FieldToMatch is the part of the request.
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// SizeConstraintStatement is AWS WAF's SizeConstraintStatement (WF-SIZE).
type SizeConstraintStatement struct {
	// ComparisonOperator is EQ, NE, LE, LT, GE or GT: the length on its left,
	// Size on its right.
	ComparisonOperator ComparisonOperator `config:"comparison_operator,required"`

	// Size in bytes; the length is taken after the transformations (WF-SIZE-02).
	Size int `config:"size,required" range:"0..21474836480" rule:"WF-SIZE-01"`

	// FieldToMatch is the part of the request. What is beyond the limits of
	// inspection has no length (WF-SIZE-04).
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// ComparisonOperator compares two sizes.
type ComparisonOperator string

// The operators.
const (
	ComparisonOperatorEQ ComparisonOperator = "EQ"
	ComparisonOperatorNE ComparisonOperator = "NE"
	ComparisonOperatorLE ComparisonOperator = "LE"
	ComparisonOperatorLT ComparisonOperator = "LT"
	ComparisonOperatorGE ComparisonOperator = "GE"
	ComparisonOperatorGT ComparisonOperator = "GT"
)

func (ComparisonOperator) values() []string { return []string{"EQ", "NE", "LE", "LT", "GE", "GT"} }

// RegexMatchStatement is AWS WAF's RegexMatchStatement (WF-RGX).
type RegexMatchStatement struct {
	// RegexString is the expression, at most 512 characters; AWS's guide says
	// 200 (WF-QUO-03). It may match anywhere in the text.
	RegexString string `config:"regex_string,required"`

	// FieldToMatch is the part of the request.
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// RegexPatternSetReferenceStatement is AWS WAF's, with the set's name in place
// of its ARN.
type RegexPatternSetReferenceStatement struct {
	// RegexPatternSet names one of regex_pattern_sets.
	RegexPatternSet string `config:"regex_pattern_set,required" aws:"ARN"`

	// FieldToMatch is the part of the request.
	FieldToMatch FieldToMatch `config:"field_to_match,required"`

	// TextTransformations are done to it before, at least one (WF-BYTE-04).
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// RegexPatternSet is AWS WAF's RegexPatternSet: expressions to which rules refer
// by its name.
type RegexPatternSet struct {
	// Name by which statements refer to it.
	Name string `config:"name,key"`

	// Description is free text, at most 256 characters.
	Description string `config:"description"`

	// RegularExpressionList has 1 to 10 expressions (WF-QUO-03).
	RegularExpressionList []string `config:"regular_expression_list,required" unless:"file"`

	// File is a document of AWS that has it: what the command line prints
	// (aws wafv2 get-regex-pattern-set), or a CloudFormation template. What stands
	// beside it here comes in addition, or in its place. A relative path is
	// relative to where groundfront runs. A configuration that has been loaded
	// has what the document says, and no File. Not at AWS.
	File string `config:"file" aws:"-"`

	// Resource is the logical id of it in a template that has several. Not at
	// AWS.
	Resource string `config:"resource" aws:"-"`
}

// RegexPatternSet returns the regex pattern set with a name.
func (c *Config) RegexPatternSet(name string) (*RegexPatternSet, bool) {
	for i := range c.RegexPatternSets {
		if c.RegexPatternSets[i].Name == name {
			return &c.RegexPatternSets[i], true
		}
	}
	return nil, false
}

// inspection returns the field and the transformations of a statement that has
// them, and the key of the statement; all nil otherwise.
func (s *Statement) inspection() (f *FieldToMatch, chain TextTransformations, key string) {
	switch {
	case s.ByteMatchStatement != nil:
		return &s.ByteMatchStatement.FieldToMatch, s.ByteMatchStatement.TextTransformations, "byte_match_statement"
	case s.SQLiMatchStatement != nil:
		return &s.SQLiMatchStatement.FieldToMatch, s.SQLiMatchStatement.TextTransformations, "sqli_match_statement"
	case s.XSSMatchStatement != nil:
		return &s.XSSMatchStatement.FieldToMatch, s.XSSMatchStatement.TextTransformations, "xss_match_statement"
	case s.SizeConstraintStatement != nil:
		return &s.SizeConstraintStatement.FieldToMatch, s.SizeConstraintStatement.TextTransformations, "size_constraint_statement"
	case s.RegexMatchStatement != nil:
		return &s.RegexMatchStatement.FieldToMatch, s.RegexMatchStatement.TextTransformations, "regex_match_statement"
	case s.RegexPatternSetReferenceStatement != nil:
		r := s.RegexPatternSetReferenceStatement
		return &r.FieldToMatch, r.TextTransformations, "regex_pattern_set_reference_statement"
	}
	return nil, nil, ""
}
