package regex

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMatch proves WF-RGX-03 and WF-RGX-04: what a pattern means. The expected
// results are those of libpcre.
func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		yes, no []string
	}{
		{``, []string{"", "a"}, nil},
		{`abc`, []string{"abc", "xabcx"}, []string{"", "ABC", "ab"}},
		{`(?i)abc`, []string{"aBc"}, []string{"ab"}},
		{`^/api/`, []string{"/api/", "/api/v1"}, []string{"/x/api/", "/API/", "\n/api/"}},
		{`(?i)^/api/`, []string{"/API/"}, []string{"/x/api/", "/ap"}},
		{`\.php$`, []string{"x.php", "x.php\n"}, []string{"x.php\n\n", "x.phpx", "php"}},
		{`(?i)\.php$`, []string{"x.pHP", "x.Php\n"}, []string{"x.phpx"}},
		{`\.php\Z`, []string{"x.php", "x.php\n"}, []string{"x.php5"}},
		{`\.php\z`, []string{"x.php"}, []string{"x.php\n"}},
		{`^abc$`, []string{"abc", "abc\n"}, []string{"", "abcd", "xabc", "abc\n\n"}},
		{`^(abc|def)$`, []string{"abc", "def"}, []string{"abcdef", "ab"}},
		{`^(?:/api/|/admin/).*`, []string{"/api/x", "/admin/"}, []string{"/ap", "x/api/"}},
		{`.*\.php`, []string{"a.php"}, []string{"a.ph"}},
		{`^.*\.php`, []string{"a.php"}, []string{"\na.php"}},
		{`^$`, []string{"", "\n"}, []string{"a"}},
		{`(?m)^b$`, []string{"a\nb\nc", "b"}, []string{"ab"}},
		{`(?s)a.b`, []string{"a\nb"}, []string{"ab"}},
		{`a.b`, []string{"axb", "a\rb"}, []string{"a\nb"}},
		{`a\Nb`, []string{"axb"}, []string{"a\nb"}},
		{`(?x) a b # comment
			c \ [ ]`, []string{"abc  "}, []string{"a b c"}},
		{`a(?#comment)b`, []string{"ab"}, nil},
		{`a(?i)b|c`, []string{"aB", "C"}, []string{"AB"}},
		{`a(?:(?i)b)c`, []string{"aBc"}, []string{"aBC", "ABc"}},
		{`(?i)a(?-i)b`, []string{"Ab"}, []string{"AB"}},
		{`(?i:sql)map`, []string{"SQLmap"}, []string{"SQLMAP"}},
		{`(?i)[a-f]x[^k]`, []string{"Dxy"}, []string{"Dxk", "dXK", "gxy"}},
		{`(?i)[[:upper:]]x`, []string{"ax"}, []string{"1x"}},
		{`(?i)kiss`, []string{"KISS"}, []string{"\u212aiss", "ki\u017fs"}},
		{`(?i)é`, []string{"é"}, []string{"É"}},
		{`[Éé]`, []string{"é", "É"}, []string{"e"}},
		{`a\hb`, []string{"a b", "a\tb", "a\u00a0b"}, []string{"a\nb"}},
		{`a\Hb`, []string{"axb"}, []string{"a b"}},
		{`a\sb`, []string{"a\vb", "a b"}, []string{"axb", "a\u00a0b"}},
		{`a[\s-]b`, []string{"a\vb", "a-b"}, []string{"axb"}},
		{`a[\S]b`, []string{"axb", "aéb"}, []string{"a b", "a\vb"}},
		{`a\vb`, []string{"a\nb", "a\vb", "a\u2028b"}, []string{"a b"}},
		{`a[\V]b`, []string{"a b"}, []string{"a\nb"}},
		{`\d\w`, []string{"1a"}, []string{"٣a", "1é"}},
		{`\x41\x{42}\103\o{104}\cA\e`, []string{"ABCD\x01\x1b"}, []string{"ABCD"}},
		{`a\0b`, []string{"a\x00b"}, []string{"a0b"}},
		{`\x4g`, []string{"\x04g"}, nil},
		{`\Qa.b*\E+`, []string{"a.b**"}, []string{"axb*", "a.b"}},
		{`\Qa.b`, []string{"a.b"}, []string{"axb"}},
		{`[\Q]^\E-]`, []string{"]", "^", "-"}, []string{`\`, "Q"}},
		{`[]a]`, []string{"]", "a"}, []string{"["}},
		{`[^]a]`, []string{"["}, []string{"]", "a"}},
		{`[a\-z]`, []string{"a", "-"}, []string{"b"}},
		{`[\d-z]`, []string{"1", "-", "z"}, []string{"x"}},
		{`[a-\d]`, []string{"1", "-", "a"}, []string{"b"}},
		{`[\b]`, []string{"\b"}, []string{"b"}},
		{`[[:alpha:][:^digit:]]`, []string{"a"}, []string{"1"}},
		{`[[:a]`, []string{"[", ":", "a"}, []string{"b"}},
		{`\bfoo\b`, []string{"a foo", "foo"}, []string{"afoo", "foos"}},
		{`a{,3}`, []string{"a{,3}"}, []string{"aaa"}},
		{`a{2}b{1,}c{0,1}d{x}`, []string{"aabd{x}"}, []string{"abd{x}"}},
		{`<\/script\>`, []string{"</script>"}, nil},
		{`(?<year>\d{4})-(?P<month>\d\d)-(?'day'\d\d)`, []string{"2026-11-27"}, []string{"2026-11"}},
		{`(?|a|b)c`, []string{"bc"}, nil},
		{`\p{Greek}\pN`, []string{"α1"}, []string{"a1"}},
		{`é+`, []string{"éé"}, []string{"e"}},
		// Bytes.
		{`\xc3\xa9`, []string{"é", "xéx"}, []string{"e", "\u00c3\u00a9"}},
		{`\xff`, []string{"\xff"}, []string{"ÿ", ""}},
		{`[\x80-\xff]{2}`, []string{"é"}, []string{"e", "\xff"}},
		{`\x80|é`, []string{"é", "\x80"}, []string{"\xe9"}},
		{`^.\xa9.$`, []string{"\xc3\xa9\xff"}, []string{"\xc3\xa9"}},
		// A byte that is no UTF-8 is a character.
		{`^a.b$`, []string{"a\xffb"}, []string{"a\xff\xffb"}},
		{"\ufffdabc", []string{"\xffabc", "\ufffdabc"}, []string{"abc"}},
	} {
		r, err := Compile(tt.pattern)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		for want, texts := range map[bool][]string{true: tt.yes, false: tt.no} {
			for _, text := range texts {
				if got := r.Match(text); got != want {
					t.Errorf("%q in %q: got %v, want %v (words %q, plain %v)", tt.pattern, text, got, want, r.words, r.plain)
				}
				if from, _ := r.Find(text); (from >= 0) != want {
					t.Errorf("%q in %q: found at %d, match is %v", tt.pattern, text, from, want)
				}
				if got := confirmed(r, text); got != want {
					t.Errorf("%q in %q by its literals: got %v, match is %v", tt.pattern, text, got, want)
				}
			}
		}
	}
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		from, to      int
	}{
		{`b+`, "abbc", 1, 3},
		{`b+?`, "abbc", 1, 2},
		{`(?U)b+`, "abbc", 1, 2},
		{`c`, "ab", -1, -1},
		{`\xa9.`, "\xff\xc3\xa9x", 2, 4},
		{`c$`, "abc\n", 2, 4},
	} {
		r, err := Compile(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if from, to := r.Find(tt.text); from != tt.from || to != tt.to {
			t.Errorf("%q in %q: got %d to %d, want %d to %d", tt.pattern, tt.text, from, to, tt.from, tt.to)
		}
	}
}

// TestRefused proves WF-RGX-01 and WF-RGX-02: the error names the construct and
// where it is.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{`a(?=b)`, "at offset 1: lookahead (?=; lookaround is not supported: split the pattern into statements, and combine them with AndStatement and NotStatement"},
		{`^(?!admin)`, "at offset 1: negative lookahead (?!; lookaround is"},
		{`(?<=a)b`, "at offset 0: lookbehind (?<=; lookaround is"},
		{`(?<!a)b`, "at offset 0: negative lookbehind (?<!; lookaround is"},
		{`(a)\1`, `at offset 3: backreference \1; a character by its octal code begins with \0`},
		{strings.Repeat("(a)", 12) + `\12`, `at offset 36: backreference \12`},
		{`(?P<a>b)(?P=a)`, "at offset 8: backreference (?P="},
		{`\k<a>`, `at offset 0: escape \k, a backreference`},
		{`\g{1}`, `at offset 0: escape \g, a back or subroutine reference`},
		{`(a)(?1)`, "at offset 3: subroutine reference or recursion (?1)"},
		{`(a)(?-1)`, "at offset 3: subroutine reference (?-1)"},
		{`(a)(?+1)`, "at offset 3: subroutine reference (?+"},
		{`(?&a)`, "at offset 0: subroutine reference (?&"},
		{`(?P>a)`, "at offset 0: subroutine reference (?P>"},
		{`(?R)`, "at offset 0: recursion (?R"},
		{`(?(1)a|b)`, "at offset 0: conditional (?("},
		{`a(*SKIP)b`, "at offset 1: control verb (*SKIP)"},
		{`\C`, `at offset 0: escape \C, a single code unit`},
		{`a\R`, `at offset 1: escape \R, any newline sequence`},
		{`a\Kb`, `at offset 1: escape \K, a reset of the match`},
		{`\X`, `at offset 0: escape \X, a grapheme cluster`},
		{`\G`, `at offset 0: escape \G, the start of the search`},
		{`(?C1)`, "at offset 0: callout (?C"},
		{`(?>a)`, "at offset 0: atomic group (?>; a group (?: matches the same texts in most cases"},
		{`a++`, "at offset 1: possessive quantifier ++"},
		{`a{1,2}+`, "at offset 1: possessive quantifier {1,2}+"},
		{`a**`, "at offset 2: nothing that * could repeat"},
		{`*a`, "at offset 0: nothing that * could repeat"},
		{`(|+)`, "at offset 2: nothing that + could repeat"},
		{`a{2}{3}`, "at offset 4: nothing that {3} could repeat"},
		{`a{3,2}`, "at offset 1: repetition {3,2} whose numbers are out of order"},
		{`a{1001}`, "at offset 1: repetition {1001} of more than 1000; for a length use a SizeConstraintStatement"},
		{`a{1,99999999999999999999}`, "at offset 1: repetition {1,99999999999999999999} of more than 1000; for a length"},
		{`(a{1000}){1000}`, "a pattern that is too large or too deep: invalid repeat count; use smaller repetitions and fewer groups"},
		{`(?:[ab]{1000}){2}[cd]{1000}`, "a pattern that is too large or too deep"},
		{strings.Repeat(`[ab]{1000}`, 5), "at offset 0: a pattern of about 5000 states, more than 4096; use smaller repetitions"},
		{strings.Repeat(`(?:x`, 1100) + strings.Repeat(`)*`, 1100), "too deep: expression nests too deeply"},
		{`a(b`, "at offset 1: ( without )"},
		{`ab)`, "at offset 2: ) without ("},
		{`a[b`, "at offset 1: [ without ]"},
		{`a[]`, "at offset 1: [ without ]"},
		{`[z-a]`, "at offset 1: range z-a whose ends are out of order"},
		{`[\R]`, `at offset 1: escape \R`},
		{`[\B]`, `at offset 1: escape \B, which has no meaning here`},
		{`[[:foo:]]`, "at offset 1: character class [:foo:], which is not known"},
		{`[[.a.]]`, "at offset 1: collating element [.a.]"},
		{`a\`, `at offset 1: \ at the end`},
		{`[\`, `at offset 1: \ at the end`},
		{`\y`, `at offset 0: escape \y, which has no meaning here`},
		{`\u0041`, `at offset 0: escape \u, which has no meaning here`},
		{`\pQ`, `at offset 0: character property \pQ, which is not known`},
		{`\p{Klingon}`, `at offset 0: character property \p{Klingon}, which is not known`},
		{`\x{}`, `at offset 0: character code \x{}, which is not one`},
		{`\x{110000}`, `at offset 0: character code \x{110000}, which is not one`},
		{`\x{d800}`, `at offset 0: character code \x{d800}, which is not one`},
		{`\x{20ac}\xff`, `at offset 8: character code \xff, with bytes above \x7f and codes above \xff in one pattern`},
		{`\xff\x{20ac}`, `at offset 4: character code \x{20ac}, with bytes`},
		{`(?<1>a)`, "at offset 0: group whose name is not a name"},
		{`(?P<a`, "at offset 0: group whose name is not a name"},
		{`(?#a`, "at offset 0: comment (?# without )"},
		{`(?i`, "at offset 0: ( without )"},
		{`(?é)`, "at offset 0: group (?é, which has no meaning"},
		{`(?^i)`, "at offset 0: group (?^, which has no meaning"},
	} {
		_, err := Compile(tt.pattern)
		if err == nil {
			t.Errorf("%.50q: got no error, want %q", tt.pattern, tt.want)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.50q: got %q, want %q", tt.pattern, err, tt.want)
		}
	}
}

// TestWords shows what is looked for before a pattern runs.
func TestWords(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{`union\d+select`, `["select"]`},
		{`(?i)union.+select`, `["select"] fold`},
		{`(?i)<script[^>]*>`, `["<script"] fold`},
		{`^/api/[a-z]+/users`, `["/users"]`},
		{`^/api/v[0-9]+`, `["/api/v"]`},
		{`\.(?:php|asp)x?$`, `[".asp" ".aspx" ".php" ".phpx"] plain`},
		{`\.(?:php|asp)x?\b`, `[".asp" ".php"]`},
		{`(?:sleep|benchmark)\s*\(`, `["benchmark" "sleep"]`},
		{`foo.*bar|bar.*foo`, `["bar" "foo"]`},
		{`(?i)k[ei]y.`, `["key" "kiy"] fold`},
		{`[Uu][Nn][Ii][Oo][Nn]`, `["union"] fold plain`},
		{`(abc){2,}x`, `["abcabcx"]`},
		{`[<>]x?`, `["<" ">"] plain`},
		{`x?abc.*`, `["abc"] plain`},
		{`^abc`, `["abc"] plain`},
		{`^(?i:a)bc`, `["abc"] fold`},
		{`(?i)abc$`, `["abc"] fold plain`},
		{`https?://`, `["http://" "https://"] plain`},
		{`\xff\xfe`, `["\xff\xfe"] plain`},
		{`\d+`, `[]`},
		{`[a-z]+@[a-z]+`, `["@"]`},
		{`(?:a|b|.)x`, `[]`},
		{`foo|.`, `[]`},
		{`(?:foo)*`, `[""] plain`},
		{`e`, `["e"] plain`},
		{`e\d`, `["e0" "e1" "e2" "e3" "e4" "e5" "e6" "e7" "e8" "e9"] plain`},
		{`e\s`, `["e\t" "e\n" "e\v" "e\f" "e\r" "e "] plain`},
		{`e[^e]`, `[]`},
	} {
		r, err := Compile(tt.pattern)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		got := fmt.Sprintf("%q", []string(r.words))
		if r.fold {
			got += " fold"
		}
		if r.plain {
			got += " plain"
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.pattern, got, tt.want)
		}
		if guarded(r) != (got != "[]") {
			t.Errorf("%q: guarded is %v, words are %q", tt.pattern, guarded(r), r.words)
		}
	}
}

// TestManyWords has more alternatives than are looked for.
func TestManyWords(t *testing.T) {
	var all []string
	for i := range 1100 {
		all = append(all, fmt.Sprintf("%c%c%c", 'A'+i%26, 'a'+i/26%26, 'A'+i/676))
	}
	for n, isGuarded := range map[int]bool{1000: true, 1100: false} {
		r := must(t, strings.Join(all[:n], "|"))
		if guarded(r) != isGuarded {
			t.Errorf("%d words: guarded is %v, want %v", n, guarded(r), isGuarded)
		}
		for text, want := range map[string]bool{all[n-1]: true, "xfoo" + all[0]: true, "xx": false} {
			if got := r.Match(text); got != want {
				t.Errorf("%d words in %q: got %v, want %v", n, text, got, want)
			}
		}
	}
}

// guarded reports whether a pattern runs on those texts only that have one of
// its literals.
func guarded(r *Regexp) bool { return r.Literals() != nil }

// confirmed is how a caller matches that looks for the Literals itself.
func confirmed(r *Regexp, text string) bool {
	has := func(word string) bool { return strings.Contains(lower(text), lower(word)) }
	return (r.Literals() == nil || slices.ContainsFunc(r.Literals(), has)) && r.Confirm(text)
}

// lower folds ASCII letters, as package literal does.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func must(t testing.TB, pattern string) *Regexp {
	t.Helper()
	r, err := Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// FuzzMatch proves that what is looked for first loses no match: a pattern
// matches where its program does. Texts are made of pieces of the pattern.
func FuzzMatch(f *testing.F) {
	f.Add(`(?i)union\s+(all|distinct)?\s*select`, []byte("\x00\x01\x05\x02\x11\x03"), "x")
	f.Add(`^(/api/|/admin/)[a-z]+\.php$`, []byte("\x00\x01\x05\x02"), "/api/x.php\n")
	f.Add(`[Ss][Ee]l|\xff(a{2,3}b)+`, []byte("abc"), "\xffaabaab")
	f.Add("\ufffda|[\ufffc-\ufffe]b", []byte("abc"), "\xffa")
	f.Fuzz(func(t *testing.T, pattern string, pieces []byte, text string) {
		r, err := Compile(pattern)
		if err != nil {
			return
		}
		for _, text := range []string{text, assemble(pattern, pieces), text + assemble(pattern, pieces)} {
			want := r.run(text)
			if got := r.Match(text); got != want {
				t.Fatalf("%q in %q: got %v, want %v (words %q, plain %v)", pattern, text, got, want, r.words, r.plain)
			}
			if got := confirmed(r, text); got != want {
				t.Fatalf("%q in %q by its literals: got %v, want %v (words %q)", pattern, text, got, want, r.words)
			}
			if from, to := r.Find(text); (from >= 0) != want || from > to || to > len(text) {
				t.Fatalf("%q in %q: found %d to %d, want %v", pattern, text, from, to, want)
			}
		}
	})
}

// assemble makes a text of pieces of a pattern: its runs of letters, and single
// characters, in either case.
func assemble(pattern string, pieces []byte) string {
	parts := append(regexp.MustCompile(`[a-zA-Z/.]+|.`).FindAllString(pattern, 200), " ", "\n", "\xff", "0", "")
	var b strings.Builder
	for _, p := range pieces[:min(len(pieces), 30)] {
		part := parts[int(p>>1)%len(parts)]
		if p&1 == 1 {
			part = strings.ToUpper(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// FuzzTranslate proves that what needs no translation means the same as in
// package regexp.
func FuzzTranslate(f *testing.F) {
	f.Add(`a[b-d]+(e|f)*?g{2,3}\d\W\bx`, "abcdeegg1 x")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		// Without what differs: flags, $, \s, \v, \1, escapes of codes, folding.
		if strings.ContainsAny(pattern, "$\ufffd") || regexp.MustCompile(`\(\?|\\[^dDwWbBAz.()[\]|*+?]`).MatchString(pattern) {
			return
		}
		plain, err := regexp.Compile(pattern)
		r, err2 := Compile(pattern)
		if err != nil || err2 != nil {
			return
		}
		if got, want := r.Match(text), plain.MatchString(text); got != want {
			t.Fatalf("%q in %q: got %v, want %v", pattern, text, got, want)
		}
	})
}

const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// page is 1 KiB of ordinary text, a form and some JSON.
var page = strings.Repeat(`{"id":4711,"name":"Ada Lovelace","email":"ada@example.com","items":[{"sku":"B-17","count":2}]}`+
	"&comment=The+quick+brown+fox+jumps+over+the+lazy+dog&lang=en-GB&sort=price%20asc&page=12&city=London", 6)[:1024]

// BenchmarkMatch has the patterns of WF-BM-08 on texts that do not match.
func BenchmarkMatch(b *testing.B) {
	for _, bm := range []struct{ name, pattern, text string }{
		{"bots_agent", `(?i)sqlmap|nikto|nmap|masscan|zgrab|dirbuster|gobuster|wpscan|acunetix|nessus|openvas|havij|w3af|arachni|skipfish|jaeles|nuclei|feroxbuster|netsparker|commix|hydra|whatweb|fimap|joomscan|zmeu`, agent},
		{"bots_page", `(?i)\b(?:sqlmap|nikto|nmap|masscan|zgrab|dirbuster|gobuster|wpscan|acunetix|nessus|openvas|havij|w3af|arachni|skipfish|jaeles|nuclei|feroxbuster|netsparker|commix|hydra|whatweb|fimap|joomscan|zmeu)\b`, page},
		{"sql_page", `(?i)\b(?:union\s+(?:all\s+)?select|insert\s+into|delete\s+from|drop\s+table|sleep\s*\(|benchmark\s*\()`, page},
		{"path", `^/api/v[0-9]+/users/[0-9]+$`, "/static/js/main.4f1c2d.js"},
		{"prefix", `^/api/`, "/static/js/main.4f1c2d.js"},
	} {
		r := must(b, bm.pattern)
		for name, match := range map[string]func(string) bool{"guarded": r.Match, "regexp": r.run} {
			b.Run(bm.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(bm.text)))
				b.ReportAllocs()
				for b.Loop() {
					if match(bm.text) {
						b.Fatal("it matches")
					}
				}
			})
		}
	}
}
