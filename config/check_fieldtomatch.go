package config

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// inspection checks a statement that looks at one part of the request.
func (k *checker) inspection(s *Statement, field *FieldToMatch, chain TextTransformations, at path) {
	k.fieldToMatch(field, at.key("field_to_match"))
	k.transformations(chain, at.key("text_transformations"))
	if b := s.ByteMatchStatement; b != nil {
		k.byteMatch(b, at)
	}
	if r := s.RegexMatchStatement; r != nil {
		k.regex(r.RegexString, at.key("regex_string"))
	}
	if r := s.RegexPatternSetReferenceStatement; r != nil {
		if _, found := k.config.RegexPatternSet(r.RegexPatternSet); !found {
			k.fail(at.key("regex_pattern_set"), unknownFirewall, "no regex pattern set %q", r.RegexPatternSet).
				Suggestion = cmp.Or(didYouMean(r.RegexPatternSet, namesOf(k.config.RegexPatternSets, func(s RegexPatternSet) string { return s.Name })), kindRegexPatternSet.define(r.RegexPatternSet))
		}
	}
	k.fingerprinted(s, field, at)
}

// fingerprinted applies WF-FLD-13 and WF-FLD-14.
func (k *checker) fingerprinted(s *Statement, field *FieldToMatch, at path) {
	if field.JA3Fingerprint == nil && field.JA4Fingerprint == nil {
		return
	}
	if b := s.ByteMatchStatement; b == nil || b.PositionalConstraint != PositionalConstraintExactly {
		k.fail(at.key("field_to_match"), badStatement, "a fingerprint can only be matched by a byte_match_statement that is EXACTLY (WF-FLD-13, WF-FLD-14)")
	}
}

// transformations applies WF-BYTE-04 and WF-QUO-03.
func (k *checker) transformations(chain TextTransformations, at path) {
	k.atMost(at, "text transformations", len(chain), 10, "WF-QUO-03")
	first := map[int]TextTransformationType{}
	for i, t := range chain {
		if other, taken := first[t.Priority]; taken {
			k.fail(at.index(i), repeatedPriority, "priority %d is already that of %s (WF-BYTE-04)", t.Priority, other)
		}
		first[t.Priority] = t.Type
	}
}

// maxSearch is the longest text of a byte match in bytes (WF-QUO-03).
const maxSearch = 200

func (k *checker) byteMatch(b *ByteMatchStatement, at path) {
	plain, coded := at.key("search_string"), at.key("search_string_base64")
	here := plain
	if k.written(coded) {
		here = coded
	}
	text, err := b.Text()
	switch {
	case k.written(plain) && k.written(coded):
		k.fail(coded, badStatement, "want search_string or search_string_base64, got both")
	case !k.written(plain) && !k.written(coded):
		k.fail(at, badStatement, "search_string is missing")
	case err != nil:
		k.fail(coded, badValue, "search_string_base64 is not base64: %v", err)
	case text == "":
		k.fail(here, badValue, "the search string is empty")
	case len(text) > maxSearch:
		k.fail(here, textTooLong, "the search string has %d bytes, want at most %d (WF-QUO-03)", len(text), maxSearch)
	case b.PositionalConstraint == PositionalConstraintContainsWord && !onlyFrom("_", text):
		k.fail(here, badStatement, "the search string of CONTAINS_WORD: want only letters, digits and '_' (WF-BYTE-02)")
	case hasUpper(text) && lowercased(b.TextTransformations):
		k.fail(here, neverMatches, "%q never matches: LOWERCASE leaves no capital letter in the request, and does not change the search string (WF-BYTE-03)", text).
			Suggestion = "write it in lower case"
	}
}

func hasUpper(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c >= 'A' && c <= 'Z' })
}

// lowercased reports whether what comes out of chain has no capital letter:
// nothing that may make one comes after the last that removes them.
func lowercased(chain TextTransformations) bool {
	lower := false
	for _, t := range chain.Ordered() {
		switch t {
		case TextTransformationLowercase, "CMD_LINE":
			lower = true
		case TextTransformationNone, "COMPRESS_WHITE_SPACE", "REPLACE_COMMENTS", "REMOVE_NULLS", "REPLACE_NULLS", "NORMALIZE_PATH", "NORMALIZE_PATH_WIN":
		default:
			lower = false
		}
	}
	return lower
}

// The longest regular expressions: that AWS's API takes, and that its guide
// speaks of (WF-QUO-03).
const (
	maxRegex   = 512
	guideRegex = 200
)

// regex checks the length. What the expression means is seen when it is
// compiled.
func (k *checker) regex(text string, at path) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		k.fail(at, badValue, "the regular expression is empty")
	case n > maxRegex:
		k.fail(at, textTooLong, "the regular expression has %d characters, want at most %d (WF-QUO-03)", n, maxRegex)
	case n > guideRegex:
		k.fail(at, longRegex, "the regular expression has %d characters: AWS's guide allows %d, its API %d (WF-QUO-03)", n, guideRegex, maxRegex)
	}
}

func (k *checker) regexPatternSet(s *RegexPatternSet) {
	at := path("regex_pattern_sets").key(s.Name)
	k.sourceless(s.File, s.Resource, at)
	k.length(at.key("description"), "description", s.Description, 256, "")
	list := at.key("regular_expression_list")
	k.atMost(list, "regular expressions", len(s.RegularExpressionList), 10, "WF-QUO-03")
	k.repeats(list, s.RegularExpressionList, exact)
	for i, text := range s.RegularExpressionList {
		k.regex(text, list.index(i))
	}
}

// fieldToMatch applies WF-FLD and WF-QUO-06.
func (k *checker) fieldToMatch(f *FieldToMatch, at path) {
	if !k.one(f, "field to match", at) {
		return
	}
	switch {
	case f.SingleHeader != nil:
		k.headerNamed(f.SingleHeader.Name, at.key("single_header").key("name"))
	case f.SingleQueryArgument != nil:
		k.fieldName(f.SingleQueryArgument.Name, at.key("single_query_argument").key("name"))
	case f.JSONBody != nil:
		k.jsonPattern(&f.JSONBody.MatchPattern, at.key("json_body").key("match_pattern"))
	case f.Headers != nil:
		p := &f.Headers.MatchPattern
		k.matchPattern(p, p.IncludedHeaders, p.ExcludedHeaders, "headers", 64, strings.ToLower, at.key("headers").key("match_pattern"))
	case f.Cookies != nil:
		p := &f.Cookies.MatchPattern
		k.matchPattern(p, p.IncludedCookies, p.ExcludedCookies, "cookies", 60, exact, at.key("cookies").key("match_pattern"))
	}
}

func (k *checker) fieldName(name string, at path) {
	if name == "" || len(name) > 64 {
		k.fail(at, badValue, "name %q: want 1 to 64 characters (WF-QUO-06)", name)
	}
}

// headerNamed refuses what no header can be called.
func (k *checker) headerNamed(name string, at path) {
	if !isToken(name) || len(name) > 64 {
		k.fail(at, badHeader, "header %q: want 1 to 64 characters of a header name (WF-QUO-06)", name)
	}
}

// matchPattern checks a match pattern of headers or cookies.
func (k *checker) matchPattern(union any, included, excluded []string, what string, longest int, fold func(string) string, at path) {
	if !k.one(union, "of all, included_"+what+" and excluded_"+what, at) {
		return
	}
	list, key := included, at.key("included_"+what)
	if len(excluded) > 0 {
		list, key = excluded, at.key("excluded_"+what)
	}
	k.atMost(key, what, len(list), 199, "WF-QUO-06")
	k.repeats(key, list, fold)
	for i, name := range list {
		if name == "" || len(name) > longest {
			k.fail(key.index(i), badValue, "name %q: want 1 to %d characters (WF-QUO-06)", name, longest)
		}
	}
}

// jsonPattern applies WF-JSON-05: paths are pointers of RFC 6901.
func (k *checker) jsonPattern(p *JSONMatchPattern, at path) {
	if !k.one(p, "of all and included_paths", at) {
		return
	}
	list := at.key("included_paths")
	k.repeats(list, p.IncludedPaths, exact)
	for i, pointer := range p.IncludedPaths {
		if !jsonPointer(pointer) || len(pointer) > 512 {
			k.fail(list.index(i), badValue, "%q is not a JSON pointer of at most 512 characters, such as /order/items (RFC 6901)", pointer)
		}
	}
}

func jsonPointer(s string) bool {
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return strings.HasPrefix(s, "/")
}
