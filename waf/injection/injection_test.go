package injection

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/corazawaf/libinjection-go"
)

func TestSQLi(t *testing.T) {
	for _, test := range []struct {
		value string
		low   bool
	}{
		{"10 and 1=1", true},
		{"1' or '1'='1", true},
		{`1" or "1"="1`, true},
		{"-1 union select 1,2,3", true},
		{"1;drop table x", true},
		{"sleep(5)", true},
		{"1--", true},
		{"1/**/or/**/1=1", true},
		{"1.eselect 1 from(x)", true}, // "1.e" is no token, as MySQL reads it
		{"1 union ſelect 1,2", true},

		{"", false},
		{"union select", false},        // no context that it could leave
		{"select * from users", false}, // likewise (WF-LI-03)
		{"created_at desc", false},     //
		{"O'Brien", false},             //
		{"salt and pepper", false},     //
		{"jane-doe@my-shop.example", false},
	} {
		if got := SQLi(test.value, SensitivityLow); got != test.low {
			t.Errorf("SQLi(%q, LOW): got %v, want %v", test.value, got, test.low)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern string
		values  []string
	}{
		{"query", []string{"union select", "UNION ALL (SELECT", "union/**/distinct values(1", "select * from t", "select a, b from t", "select 1,", "select @@version", "1) as y from"}},
		{"statement", []string{"; drop table x", "a'; shutdown", "1;delete", "insert into x (a", "declare @x", "exec xp_cmdshell", "waitfor delay x", "drop x;--"}},
		{"condition", []string{"or 1=1", "AND (2<3", "having 1>", "&& 'a'='a", "if(1=", "or true ="}},
		{"leaving", []string{"' or true", "a' and exists(", "a'||'b", "a' = 'b", "a') and ('b", "a'='b", "a' like 'b", "a' is not null", "x'-email--", "a';", "a'--", "a')#"}},
		{"clause", []string{"a' order by 3", "a' having", "a' union", "1 order by 5"}},
		{"call", []string{"sleep(5)", "benchmark (", "char(65", "a,concat_ws(", ") like (", "pg_sleep("}},
		{"names", []string{"information_schema.tables", "x.sqlite_master", "xp_cmdshell"}},
		{"splitting", []string{"un/**/ion", "select/**/x", "/*!50000x*/", "1/*a*/or/*b*/x"}},
		{"spelling", []string{"password::text", "'{}' @> '{}'", "u[$ne]", "{\"$where\""}},
	} {
		for _, value := range test.values {
			if !SQLi(value, SensitivityHigh) {
				t.Errorf("%s: SQLi(%q, HIGH): got false, want true", test.pattern, value)
			}
			if !promising(value) || !matchesPattern(value, false) {
				t.Errorf("%s: got no pattern in %q, want one, whatever libinjection says", test.pattern, value)
			}
		}
	}
	for _, value := range append([]string{
		"Please select one, two or three from the list.", "the union of select committees", "Dr. O'Neil (and sons)", "drop by; create something",
		"it's 5 o'clock", `"foo" or "bar"`, "salt and pepper (ground)", "turn left (north) here", "Date.now()", "order by phone", "and 7 oranges",
		"Bob's and Alice's", "the parents' house", "rock 'n' roll", "a --b", "C# and F#", "css: a; b", "insert the coin into it", "having fun",
		`Die "Union von Europa"`, "price > 10 and < 20", "#fff", "x::y", "0xdeadbeef", "$5 or $6", "{a: 1}", "(a) is b",
	}, plainValues...) {
		if SQLi(value, SensitivityHigh) {
			t.Errorf("SQLi(%q, HIGH): got true, want false", value)
		}
	}
}

func TestXSS(t *testing.T) {
	for _, test := range []struct {
		value string
		want  bool
	}{
		{"<script>alert(1)</script>", true},
		{"<frameset", true},
		{"<svg/onload=alert(1)>", true},
		{`" onmouseover=alert(1) x="`, true},
		{"' onfocus = x", true},
		{"onerror=1", true},
		{"a/href=javascript:x", true},
		{"\x00on\x00load\x00=1", true},
		{"<!doctype html>", true},
		{"<!--[if IE]>", true},

		{"", false},
		{"a < b and b > c", false},
		{"1 <2 = 3", false},
		{"<b>bold</b>", false},
		{"YWJj==", false},
		{"a=1&onload=1", false},
		{"month=11&style", false},
		{"=onload=1", false},
	} {
		if got := XSS(test.value); got != test.want {
			t.Errorf("XSS(%q): got %v, want %v", test.value, got, test.want)
		}
	}
}

// plainValues are what arguments of requests look like.
var plainValues = []string{
	"", "1", "42", "-7", "3.14", "1e9", "true", "null", "desc", "created_at", "-created_at", "createdAt", "X-Amz-Date",
	"2026-11-27", "2026-11-27T21:34:47Z", "2026-11-27T21:34:47+01:00", "21:34", "1764279287",
	"550e8400-e29b-41d4-a716-446655440000", "01HQ3V5X8E9M2W7N4K6R1T0YBC", "5f4dcc3b5aa765d61d8327deb882cf99",
	"jane.doe@mail.example", "jane-doe@mail.example", "jane+news@mail.example",
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"dGVzdA==", "a+b/c==",
	"name,-price,stock", "name:asc,price:desc", "price desc", "id,name,email", "1,2,3,4", "10..20", "12.50", "$12.50", "50%",
	"47.3769,8.5417", "/images/2026/logo-2x.png", "/api/v1/users/42/orders", "../up", "https://www.example.com/a/b?c=d&e=f",
	"running shoes", "made in italy", "salt and pepper", "O'Brien", "Zürich, Bahnhofstrasse 1", "東京都", "naïve café",
	"en-US", "en-US,en;q=0.9,de;q=0.8", "gzip, deflate, br",
	"utm_source=mail&utm_campaign=spring&page=2", "AT&T", "[1,2,3]", "{id}", "a|b", "~home", "50 % off!", "really?",
}

// TestAllocations holds that plain values cost no allocation, as most of
// them would in libinjection.
func TestAllocations(t *testing.T) {
	for _, value := range plainValues {
		if n := testing.AllocsPerRun(100, func() { SQLi(value, SensitivityHigh) }); n != 0 {
			t.Errorf("SQLi(%q): got %v allocations, want 0", value, n)
		}
		if n := testing.AllocsPerRun(100, func() { XSS(value) }); n != 0 {
			t.Errorf("XSS(%q): got %v allocations, want 0", value, n)
		}
	}
}

// checkLossless compares the answers with the port's, and says whether the
// port was asked.
func checkLossless(t *testing.T, value string) {
	t.Helper()
	if want, fingerprint := libinjection.IsSQLi(value); want && !SQLi(value, SensitivityLow) {
		t.Errorf("SQLi(%q): got false, want true, as the port has it: %s", value, fingerprint)
	}
	if want := libinjection.IsXSS(value); want && !XSS(value) {
		t.Errorf("XSS(%q): got false, want true, as the port has it", value)
	}
}

// TestLosslessShort tries all strings of some alphabets, of whole words and
// single bytes: what touches what is what prefilters are wrong about.
func TestLosslessShort(t *testing.T) {
	for _, alphabet := range []struct {
		length int
		pieces []string
	}{
		{6, strings.Split("1 a . e - union", " ")},
		{5, strings.Split("1 n - -- , ; @ : $ '", " ")},
		{5, strings.Split("1 - + from as , ; like in", " ")},
		{4, strings.Split("1. e f d u select union or 0x ' \" $ @ [ ] { }", " ")},
		{4, append(strings.Split("1 n - @ ' and having order by null drop set union collate _x if", " "), " ")},
		{6, strings.Split("1 & | n '", " ")},
		{5, strings.Split("$ a 1 ' or union -", " ")},
		{5, append(strings.Split("x 1 ' b or @", " "), " ")},
		{5, append(strings.Split("= href on onload / ' x > & <", " "), "\x00", " ")},
		{4, append(strings.Split("= < ! / > style x ? % [ -- doctype \" ` import", " "), "\x00", "\t")},
	} {
		t.Run(fmt.Sprint(alphabet.pieces), func(t *testing.T) {
			t.Parallel()
			var try func(prefix string, left int)
			try = func(prefix string, left int) {
				checkLossless(t, prefix)
				if left == 0 {
					return
				}
				for _, p := range alphabet.pieces {
					try(prefix+p, left-1)
				}
			}
			try("", alphabet.length)
		})
	}
}

// TestLosslessGlued tries random strings of the port's words and of what joins
// words (WF-ARC-05).
func TestLosslessGlued(t *testing.T) {
	var known []string
	for word, kind := range portStrings(t, "sqli_data.go", "sqlKeywords") {
		if kind != 'F' {
			known = append(known, strings.ToLower(word))
		}
	}
	for name := range portStrings(t, "xss_decls.go", "blacks") {
		known = append(known, name)
	}
	for name := range portStrings(t, "xss_decls.go", "blackEvents") {
		known = append(known, "on"+name)
	}
	slices.Sort(known)
	joints := []string{"", "", "", " ", " ", "+", "-", ".", ",", "1", "0", "_", "e", "@", ":", "::", "/", "=", "'", "\"", "(", ")", "$", "&", "\n", "\x00", "ü", "[", "{", "}", ";", "x", "--", "%", "1.", ".5"}
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200_000 {
		var value strings.Builder
		for range 1 + rnd.IntN(6) {
			switch rnd.IntN(3) {
			case 0:
				value.WriteString(known[rnd.IntN(len(known))])
			default:
				value.WriteString(joints[rnd.IntN(len(joints))])
			}
		}
		checkLossless(t, value.String())
	}
}

// checkPromising holds that no pattern is in a value that promises none.
func checkPromising(t *testing.T, value string) {
	t.Helper()
	if !promising(value) && (matchesPattern(value, false) || matchesPattern(value, true)) {
		t.Errorf("%q: got a pattern without promise", value)
	}
	if matchesPattern(value, true) && !matchesPattern(value, false) {
		t.Errorf("%q: got a pattern where a statement would begin and none of HIGH, want that too", value)
	}
}

// TestPromising tries random strings of the patterns' words.
func TestPromising(t *testing.T) {
	var known []string
	for i := range roles {
		if w := roles[i].word; w != "" {
			known = append(known, w)
		}
	}
	slices.Sort(known)
	joints := strings.Split("1 2 0x4142 = < ( ) , ; : :: * @ @@ ' \" ` - -- # /* */ /**/ /*! $ [ { } ! || && | x . .5 e", " ")
	joints = append(joints, " ", " ", " ", "\n", "")
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 200_000 {
		var value strings.Builder
		for range 1 + rnd.IntN(7) {
			if rnd.IntN(3) == 0 {
				value.WriteString(known[rnd.IntN(len(known))])
			} else {
				value.WriteString(joints[rnd.IntN(len(joints))])
			}
		}
		checkPromising(t, value.String())
	}
}

func FuzzLossless(f *testing.F) {
	for _, v := range plainValues {
		f.Add(v)
	}
	for _, v := range []string{"1' or '1'='1", "1.eselect", "1 union ſelect 1", "$a$x$a$union", "@`x`or 1", "<svg/onload=x>", "\x00on\x00load=1", "-- x\nor 1", "{a b}union", "\\N or 1"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		checkLossless(t, value)
		checkPromising(t, value)
	})
}
