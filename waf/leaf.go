package waf

import (
	"errors"
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/waf/injection"
	"github.com/groundfront/groundfront/waf/regex"
)

// A leaf is a compiled statement about one slot.
type leaf struct {
	kind          leafKind
	slot          int        // that has the values
	inspection    Inspection // which they are
	oversize      Oversize
	invalid       InvalidJSON
	asString      *leaf // of InvalidJSONAsString
	matchesAbsent bool  // a request without the field

	search   string        // of the kinds of ByteMatch
	operator Comparison    // of leafSize
	size     int64         // of leafSize
	fold     int           // which words of the slot, of leafWords
	words    []uint64      // bits of the words that match, of leafWords and leafContains
	labels   [][]int       // by word of words, of leafWords
	patterns []leafPattern // of leafRegex
	scanner  Scanner       // of leafScan
	kinds    uint64        // that match
}

// A leafPattern is one regular expression.
type leafPattern struct {
	re *regex.Regexp
	// words are those of which one must be there; nil: it is always run.
	words []uint64
}

type leafKind uint8

const (
	leafExactly leafKind = iota
	leafStartsWith
	leafEndsWith
	leafContains
	leafContainsWord
	leafWords
	leafSize
	leafRegex
	leafScan
	leafSqliLow
	leafSqliHigh
	leafSqliPatterns
	leafXss
)

func (k leafKind) String() string {
	switch k {
	case leafExactly:
		return "exactly"
	case leafStartsWith:
		return "starts with"
	case leafEndsWith:
		return "ends with"
	case leafContains:
		return "contains"
	case leafContainsWord:
		return "contains word"
	case leafWords:
		return "words"
	case leafSize:
		return "size"
	case leafRegex:
		return "regex"
	case leafScan:
		return "scan"
	case leafSqliLow:
		return "sqli low"
	case leafSqliHigh:
		return "sqli high"
	case leafSqliPatterns:
		return "sqli patterns"
	case leafXss:
		return "xss"
	}
	return "leafKind(?)"
}

// What is wrong with a statement about a field.
var (
	ErrNoSearch = errors.New("nothing to look for")
	ErrScanners = errors.New("a second scanner")
)

// inspect compiles a statement about a field. Content that is not JSON and is
// evaluated as a string needs another leaf for that (WF-JSON-04).
func (k *compiler) inspect(i Inspection, build func(i *Inspection) (*leaf, error)) (statement, error) {
	if err := i.Field.filter(); err != nil {
		return statement{}, err
	}
	l, err := build(&i)
	if err != nil {
		return statement{}, err
	}
	if i.Field.Kind == FieldJsonBody && i.Field.Invalid == InvalidJSONAsString {
		l.asString, err = build(&Inspection{Field{Kind: FieldBody}, i.Transformations})
	}
	return statement{kind: statementLeaf, leaf: l}, err
}

func (k *compiler) leaf(kind leafKind, i *Inspection) *leaf {
	f := &i.Field
	if f.Kind == FieldBody || f.Kind == FieldJsonBody || f.Kind == FieldForm {
		k.acl.inspectsBody = true
	}
	k.notePrint(f.Kind)
	l := &leaf{kind: kind, slot: k.slot(i), oversize: f.Oversize, invalid: f.Invalid, inspection: *i}
	switch f.Kind {
	case FieldJA3Fingerprint, FieldJA4Fingerprint, FieldUriFragment:
		l.matchesAbsent = f.Fallback == FallbackMatch // WF-FLD-13 to WF-FLD-15
	}
	return l
}

// notePrint notes that a field is inspected, if it is a fingerprint.
func (k *compiler) notePrint(f FieldKind) {
	k.acl.fingerprints = k.acl.fingerprints || f == FieldJA3Fingerprint || f == FieldJA4Fingerprint
}

func (s ByteMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if s.Search == "" {
		return statement{}, ErrNoSearch
	}
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		l := k.leaf(leafKind(s.Constraint), i)
		l.search = s.Search
		if l.kind == leafContains || l.kind == leafContainsWord {
			l.words = k.words(l.slot, wordsExact, s.Search)
		}
		return l, nil
	})
}

func (s SizeConstraint) compile(k *compiler, _ string, _ bool) (statement, error) {
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		l := k.leaf(leafSize, i)
		l.operator, l.size = s.Operator, s.Size
		return l, nil
	})
}

func (s SqliMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		switch s.Sensitivity {
		case SensitivityHigh:
			return k.leaf(leafSqliHigh, i), nil
		case SensitivityPatterns:
			return k.leaf(leafSqliPatterns, i), nil
		}
		return k.leaf(leafSqliLow, i), nil
	})
}

func (s XssMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) { return k.leaf(leafXss, i), nil })
}

func (s Words) compile(k *compiler, _ string, _ bool) (statement, error) {
	if len(s.Words) == 0 {
		return statement{}, ErrNoSearch
	}
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		l := k.leaf(leafWords, i)
		if s.Fold {
			l.fold = wordsFold
		}
		l.words = k.words(l.slot, l.fold, s.Words...)
		for n, labels := range s.Labels {
			l.label(k, s.Words[n], labels)
		}
		return l, nil
	})
}

// label notes the labels of a word.
func (l *leaf) label(k *compiler, word string, labels []string) {
	n := k.acl.slots[l.slot].words[l.fold].number(word)
	for len(l.labels) <= n {
		l.labels = append(l.labels, nil)
	}
	for _, label := range labels {
		l.labels[n] = append(l.labels[n], k.label(label))
	}
}

func (s ScanMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if k.scanner == nil {
		k.scanner = s.Scanner
	}
	if k.scanner != s.Scanner {
		return statement{}, ErrScanners
	}
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		l := k.leaf(leafScan, i)
		l.search, l.scanner, l.kinds = s.Name, s.Scanner, s.Kinds
		k.acl.slots[l.slot].kinds |= s.Kinds
		return l, nil
	})
}

func (s RegexMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if len(s.Patterns) == 0 {
		return statement{}, ErrNoSearch
	}
	return k.inspect(s.Inspection, func(i *Inspection) (*leaf, error) {
		l := k.leaf(leafRegex, i)
		for _, text := range s.Patterns {
			re, err := k.regexp(text)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", text, err)
			}
			p := leafPattern{re: re}
			if needed := re.Literals(); needed != nil {
				p.words = k.words(l.slot, wordsFold, needed...)
			}
			l.patterns = append(l.patterns, p)
		}
		return l, nil
	})
}

// regexp returns a compiled pattern: that of this web ACL, or of the one before, if
// one of them has it.
func (k *compiler) regexp(pattern string) (re *regex.Regexp, err error) {
	re = k.acl.regexps[pattern]
	if re == nil && k.previous != nil {
		re = k.previous.regexps[pattern]
	}
	if re == nil {
		re, err = regex.Compile(pattern)
	}
	if err == nil {
		k.acl.regexps[pattern] = re
	}
	return re, err
}

// words registers words at a slot and returns their bits.
func (k *compiler) words(slot, fold int, words ...string) (bits []uint64) {
	for _, w := range words {
		n := k.acl.slots[slot].words[fold].number(w)
		for len(bits) <= n/64 {
			bits = append(bits, 0)
		}
		bits[n/64] |= 1 << (n % 64)
	}
	return bits
}

// match says whether one of the values matches, or what stands for them.
func (l *leaf) match(e *evaluation) match {
	s := e.slot(l.slot)
	switch {
	case s.oversize && l.oversize != OversizeContinue: // even if nothing of it is what the field names (WF-OVR-03)
		return l.instead(e, l.oversize == OversizeMatch, "more than is inspected")
	case s.absent:
		return l.instead(e, l.matchesAbsent, "none") // WF-FLD-01
	case s.invalid && l.invalid != InvalidJSONParsed:
		switch l.invalid {
		case InvalidJSONAsString:
			return l.asString.match(e)
		default:
			return l.instead(e, l.invalid == InvalidJSONMatch, "no valid JSON")
		}
	}
	return l.matchSlot(e, s)
}

func (l *leaf) matchSlot(e *evaluation, s *slot) match {
	switch l.kind {
	case leafContains:
		return l.yes(e, overlap(e.words(l.slot, wordsExact), l.words))
	case leafContainsWord:
		if !overlap(e.words(l.slot, wordsExact), l.words) {
			return matchNo
		}
	case leafWords:
		return l.matchWords(e)
	case leafRegex:
		return l.matchRegex(e, s)
	case leafScan:
		return l.yes(e, l.scan(e, s)&l.kinds != 0)
	case leafSqliLow, leafSqliHigh, leafSqliPatterns, leafXss:
		return l.detect(e, s)
	}
	for _, v := range e.valuesOf(s) {
		if l.matchValue(v) {
			return l.yes(e, true)
		}
	}
	return matchNo
}

func (l *leaf) yes(e *evaluation, yes bool) match {
	if yes && e.record != nil {
		e.matched(l)
	}
	return matchIf(yes)
}

// overlap reports whether two sets have a member in common. Either may be the
// longer one.
func overlap(a, b []uint64) bool {
	for i := range min(len(a), len(b)) {
		if a[i]&b[i] != 0 {
			return true
		}
	}
	return false
}

// matchWords also notes the labels of the words that are there.
func (l *leaf) matchWords(e *evaluation) match {
	found := e.words(l.slot, l.fold)
	if !overlap(found, l.words) {
		return matchNo
	}
	for n, labels := range l.labels {
		if found[n/64]>>(n%64)&1 == 1 {
			e.pending = append(e.pending, labels...)
		}
	}
	return l.yes(e, true)
}

func (l *leaf) matchRegex(e *evaluation, s *slot) match {
	for i := range l.patterns {
		p := &l.patterns[i]
		if p.words != nil && !overlap(e.words(l.slot, wordsFold), p.words) {
			continue
		}
		for _, v := range e.valuesOf(s) {
			e.work += len(v)
			if p.re.Confirm(v) {
				return l.yes(e, true)
			}
		}
	}
	return matchNo
}

// scan reads the values, once for each slot.
func (l *leaf) scan(e *evaluation, s *slot) uint64 {
	if !s.scan {
		s.scan = true
		for _, v := range e.valuesOf(s) {
			e.work += len(v)
			s.kinds |= e.acl.slots[l.slot].scanner.Scan(v)
		}
	}
	return s.kinds
}

// detect asks the detectors, once for each slot.
func (l *leaf) detect(e *evaluation, s *slot) match {
	known := &s.detected[l.kind-leafSqliLow]
	if *known == matchNo {
		*known = matchNone
		for _, v := range e.valuesOf(s) {
			e.work += len(v)
			if l.matchValue(v) {
				*known = matchYes
				break
			}
		}
	}
	return l.yes(e, *known == matchYes)
}

// String identifies the leaf.
func (l *leaf) String() string {
	switch l.kind {
	case leafExactly, leafStartsWith, leafEndsWith, leafContains, leafContainsWord, leafScan:
		return fmt.Sprintf("%v %q", l.kind, l.search)
	case leafSize:
		return fmt.Sprintf("size %v %d", l.operator, l.size)
	}
	return l.kind.String()
}

// matchValue says whether one value matches.
func (l *leaf) matchValue(v string) bool {
	switch l.kind {
	case leafExactly:
		return v == l.search
	case leafStartsWith:
		return strings.HasPrefix(v, l.search)
	case leafEndsWith:
		return strings.HasSuffix(v, l.search)
	case leafContains:
		return strings.Contains(v, l.search)
	case leafContainsWord:
		return wordAt(v, l.search) >= 0
	case leafSize:
		return l.operator.holds(int64(len(v)), l.size)
	case leafRegex:
		for i := range l.patterns {
			if l.patterns[i].re.Match(v) {
				return true
			}
		}
	case leafScan:
		return l.scanner.Scan(v)&l.kinds != 0
	case leafSqliLow:
		return injection.SQLi(v, SensitivityLow)
	case leafSqliHigh:
		return injection.SQLi(v, SensitivityHigh)
	case leafSqliPatterns:
		return injection.SQLi(v, SensitivityPatterns)
	case leafXss:
		return injection.XSS(v)
	}
	return false
}

// wordAt returns where word is in v with no byte of a word beside it, or a
// negative number (WF-BYTE-02).
func wordAt(v, word string) int {
	for from := 0; ; {
		at := strings.Index(v[from:], word)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(word)
		if (at == 0 || !isWordByte(v[at-1])) && (end == len(v) || !isWordByte(v[end])) {
			return at
		}
		from = at + 1
	}
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func (c Comparison) holds(size, limit int64) bool {
	switch c {
	case ComparisonEQ:
		return size == limit
	case ComparisonNE:
		return size != limit
	case ComparisonLE:
		return size <= limit
	case ComparisonLT:
		return size < limit
	case ComparisonGE:
		return size >= limit
	case ComparisonGT:
		return size > limit
	}
	return false
}
