package crs_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corazawaf/coraza/v3"

	"github.com/groundfront/groundfront/waf/transform"
)

// transformations are those that Coraza has too, by its names, with the texts
// of which the two make different things, as far as that is known and meant.
// All others they have to agree on (WF-TT-25).
var transformations = [...]struct {
	kind   transform.Kind
	name   string
	differ func(text string) bool
	// example is such a text, with a reason.
	example, reason string
}{
	{transform.Lowercase, "lowercase", notASCII, "\u212a",
		"WF-TT-02: bytes here, letters of any alphabet there"},
	{transform.CompressWhiteSpace, "compressWhitespace", notASCII, "à",
		"WF-TT-03: the byte 160 here, the characters U+00A0 and U+0085 there"},
	{transform.CmdLine, "cmdLine", never, "", ""},
	{transform.URLDecode, "urlDecode", never, "", ""},
	{transform.URLDecodeUni, "urlDecodeUni", hasCode(`%[uU]([0-9a-fA-F]{4})`), "%u201c",
		"WF-TT-06: the low byte here, an ASCII character that looks alike there"},
	{transform.HTMLEntityDecode, "htmlEntityDecode", hasOtherEntity, "&amp;",
		"WF-TT-07: four names and bytes here, all names and UTF-8 there"},
	{transform.JSDecode, "jsDecode", contains(`\u{`), `\u{3c}`,
		"WF-TT-08: code points in braces are decoded there"},
	{transform.CSSDecode, "cssDecode", hasCode(`\\([0-9a-fA-F]{1,6})`), `\13c`,
		"WF-TT-09: the low byte here, UTF-8 there"},
	{transform.EscapeSeqDecode, "escapeSeqDecode", hasOtherEscape, `\q`,
		"WF-TT-10: invalid escapes stay here, lose their backslash there; zero and three octal digits"},
	{transform.Base64Decode, "base64Decode", never, "", ""},
	{transform.Base64DecodeExt, "base64DecodeExt", contains("-", "_", "="), "PHNj=cmlwdD4",
		"WF-TT-12: invalid characters here, the alphabet for URLs and an end there"},
	{transform.HexDecode, "hexDecode", not(regexp.MustCompile(`^([0-9a-fA-F]{2})*$`).MatchString), "3cz",
		"WF-TT-13: what is no pair of digits stays here, is an error there"},
	{transform.MD5, "md5", never, "", ""},
	{transform.ReplaceComments, "replaceComments", never, "", ""},
	{transform.RemoveNulls, "removeNulls", never, "", ""},
	{transform.ReplaceNulls, "replaceNulls", never, "", ""},
	{transform.NormalizePath, "normalisePath", isRoot, "//",
		"WF-TT-19: the root is one slash here, two there"},
	{transform.NormalizePathWin, "normalisePathWin", isRootOrStream, "a.asp::$DATA",
		"WF-TT-20: names of streams, dots and spaces at the end go there"},
	{transform.UTF8ToUnicode, "utf8toUnicode", not(utf8.ValidString), "\xff",
		"WF-TT-21: what is not UTF-8 stays here, is U+FFFD there"},
}

func never(string) bool { return false }

func not(f func(string) bool) func(string) bool { return func(text string) bool { return !f(text) } }

func contains(parts ...string) func(string) bool {
	return func(text string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
}

var notASCII = not(regexp.MustCompile(`^[\x00-\x7f]*$`).MatchString)

// hasCode returns whether a number that pattern finds is neither ASCII nor its
// full width form.
func hasCode(pattern string) func(string) bool {
	find := regexp.MustCompile(pattern)
	return func(text string) bool {
		for i := range len(text) { // an escape may begin within what looks like one
			if found := find.FindStringSubmatchIndex(text[i:]); found != nil {
				code, _ := strconv.ParseUint(text[i:][found[2]:found[3]], 16, 32)
				if code == 0 || code > 0x7F && (code < 0xFF01 || code > 0xFF5E) {
					return true
				}
			}
		}
		return false
	}
}

var sharedEntity = regexp.MustCompile(`&(quot|lt|gt);|&#0*([1-9]|[1-9][0-9]|1[01][0-9]|12[0-7]);|&#[xX]0*([1-9a-fA-F]|[1-7][0-9a-fA-F]);`)

func hasOtherEntity(text string) bool {
	return strings.Contains(sharedEntity.ReplaceAllString(text, "-"), "&")
}

var sharedEscape = regexp.MustCompile(`^\\([abfnrtv\\?'"]|[xX][0-9a-fA-F]{2}|0([0-7]{0,2}([^0-7]|$))|[1-7])`)

func hasOtherEscape(text string) bool {
	for i := range len(text) - 1 {
		if text[i] == '\\' && !sharedEscape.MatchString(text[i:]) {
			return true
		}
	}
	return false
}

func isRoot(text string) bool {
	return len(text) > 0 && transform.NormalizePath.Apply(text, new(transform.Scratch)) == "/"
}

var stream = regexp.MustCompile(`:|[. ]([/\\]|$)`)

func isRootOrStream(text string) bool {
	return isRoot(strings.ReplaceAll(text, `\`, "/")) || stream.MatchString(text)
}

// newOracle returns a function that applies all of Coraza's transformations
// to a text, in the order of the table.
func newOracle(t testing.TB) func(text string) []string {
	var rules strings.Builder
	rules.WriteString("SecRuleEngine On\n")
	for i, tt := range transformations {
		fmt.Fprintf(&rules, "SecRule ARGS_GET:v \"@unconditionalMatch\" \"id:%d,phase:1,pass,nolog,t:none,t:%s\"\n", i+1, tt.name)
	}
	w, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules.String()))
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) []string {
		tx := w.NewTransaction()
		defer tx.Close()
		tx.AddGetRequestArgument("v", text)
		tx.ProcessRequestHeaders()
		results := make([]string, len(transformations))
		for _, m := range tx.MatchedRules() {
			results[m.Rule().ID()-1] = m.MatchedDatas()[0].Value()
		}
		if got := len(tx.MatchedRules()); got != len(transformations) {
			t.Errorf("%q: got %d results of Coraza, want %d", text, got, len(transformations))
		}
		return results
	}
}

// pieces are what escapes are made of: random texts of them have many.
var pieces = strings.Fields(`% %u %u %U \ \ \x \X \u \u{ \0 \1 \07 & &# &#x &lt &gt; &amp; ; / // /* */ * . .. ../ /./ ' " ^ ( , : + = - _
	0 1 3 7 8 9 f F ff ff1c 3c 41 x 0x a n v q A Z é ａ`)

// TestTransformations compares the transformations with Coraza's: on the text
// for each known difference, where they must differ, and on random ones, where
// they must not.
func TestTransformations(t *testing.T) {
	oracle := newOracle(t)
	compare := func(text string, want func(i int, same bool)) {
		for i, theirs := range oracle(text) {
			want(i, transformations[i].kind.Apply(text, new(transform.Scratch)) == theirs)
		}
	}
	for i, tt := range transformations {
		if tt.reason == "" {
			continue
		}
		compare(tt.example, func(j int, same bool) {
			if i == j && (same || !tt.differ(tt.example)) {
				t.Errorf("%s of %q: got no difference, want one (%s)", tt.kind, tt.example, tt.reason)
			}
		})
	}

	random := rand.New(rand.NewPCG(1, 2))
	var compared [len(transformations)]int
	const texts = 3000
	for range texts {
		var b strings.Builder
		for range 1 + random.IntN(8) {
			b.WriteString(pieces[random.IntN(len(pieces))])
			if random.IntN(4) == 0 {
				b.WriteByte(" \t\r\n\x00"[random.IntN(5)])
			}
		}
		text := b.String()
		compare(text, func(i int, same bool) {
			tt := transformations[i]
			if tt.differ(text) {
				return
			}
			compared[i]++
			if !same {
				t.Errorf("%s of %q: got %q, want what Coraza makes of it", tt.kind, text, tt.kind.Apply(text, new(transform.Scratch)))
			}
		})
	}
	for i, n := range compared {
		if n < texts/4 && transformations[i].kind != transform.HexDecode {
			t.Errorf("%s: got %d texts to compare, want more of %d", transformations[i].kind, n, texts)
		}
	}
}

// FuzzTransformations is the comparison for any text.
func FuzzTransformations(f *testing.F) {
	oracle := newOracle(f)
	for _, tt := range transformations {
		f.Add(tt.example)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, theirs := range oracle(text) {
			tt := &transformations[i]
			if got := tt.kind.Apply(text, new(transform.Scratch)); got != theirs && !tt.differ(text) {
				t.Errorf("%s of %q: got %q, want %q as Coraza", tt.kind, text, got, theirs)
			}
		}
	})
}
