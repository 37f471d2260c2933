package regex

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
)

// TestLossless makes patterns at random, and of each texts that it matches, as
// they are and with a byte changed. What is looked for before the program runs,
// and instead of it, must not change the result.
func TestLossless(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var matched, guarded, plain int
	for range 6000 {
		pattern := randomPattern(random, 3)
		if random.IntN(3) == 0 {
			pattern = "(?i)" + pattern
		}
		r, err := Compile(pattern)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		tree, err := syntax.Parse(r.program.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if r.Literals() != nil {
			guarded++
		}
		if r.plain {
			plain++
		}
		for range 10 {
			var b strings.Builder
			if r.begin == anywhere {
				b.WriteString([]string{"", "x", "/", "\n"}[random.IntN(4)])
			}
			sample(&b, tree, random)
			text := b.String() + []string{"", "\n", "x"}[random.IntN(3)]
			if i := random.IntN(len(text) + 1); i < len(text) && random.IntN(2) == 0 {
				text = text[:i] + string("aK\n/"[random.IntN(4)]) + text[i+1:]
			}
			if r.bytes {
				text = narrow(text)
			}
			want := r.run(text)
			if want {
				matched++
			}
			if got := r.Match(text); got != want {
				t.Fatalf("%q in %q: got %v, want %v (words %q, plain %v)", pattern, text, got, want, r.words, r.plain)
			}
			if got := confirmed(r, text); got != want {
				t.Fatalf("%q in %q by its literals: got %v, want %v", pattern, text, got, want)
			}
		}
	}
	// It would prove nothing if these were few.
	t.Logf("matched %d of 60000 texts, guarded %d and plain %d of 6000 patterns", matched, guarded, plain)
	if matched < 20000 || guarded < 2000 || plain < 300 {
		t.Errorf("matched %d, guarded %d, plain %d: want at least 20000, 2000, 300", matched, guarded, plain)
	}
}

// randomPattern makes a pattern of parts that are nested so deep.
func randomPattern(random *rand.Rand, depth int) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	if depth == 0 {
		return pick("a", "k", "sel", "union", "/api/", `\.php`, "[sS]", "[a-d]", `[^x]`, `\d`, `\s`, ".", "é", `[éa]`, "", `\xc3`, `[\x80-\xff]`, "K", "[kK]", `\b`)
	}
	part := func() string { return randomPattern(random, depth-1) }
	switch random.IntN(9) {
	case 0:
		return "(?:" + part() + "|" + part() + ")"
	case 1:
		return "(" + part() + "|" + part() + "|" + part() + ")" + pick("", "?")
	case 2:
		return "(?:" + part() + ")" + pick("*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,2}")
	case 3:
		return "(?i:" + part() + ")" + part()
	case 4:
		return pick("^", `\A`, "") + part() + pick("$", `\z`, "")
	case 5:
		return part() + pick(".*", `\s+`, `[a-z]*`) + part()
	}
	return part() + part()
}

// sample writes a text that a parsed pattern matches, but for its assertions.
func sample(b *strings.Builder, re *syntax.Regexp, random *rand.Rand) {
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			chars := orbit(c, re.Flags&syntax.FoldCase != 0)
			b.WriteRune(chars[random.IntN(len(chars))])
		}
	case syntax.OpCharClass:
		i := 2 * random.IntN(len(re.Rune)/2)
		low, high := re.Rune[i], min(re.Rune[i+1], re.Rune[i]+200)
		b.WriteRune(low + random.Int32N(high-low+1))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString("z")
	case syntax.OpAlternate:
		sample(b, re.Sub[random.IntN(len(re.Sub))], random)
		return
	case syntax.OpStar, syntax.OpQuest:
		times = random.IntN(2)
	case syntax.OpRepeat:
		times = re.Min + random.IntN(2)
		if re.Max >= 0 {
			times = min(times, re.Max)
		}
	}
	for range times {
		for _, sub := range re.Sub {
			sample(b, sub, random)
		}
	}
}

// narrow makes a byte of each character up to \xff.
func narrow(text string) string {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

func ExampleRegexp_Match() {
	r, err := Compile(`(?i)union\s+select`)
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Match("id=1 UNION  SELECT 2"), r.Match("a union of selectors"))
	_, err = Compile(`^(?!/admin)`)
	fmt.Println(err)
	// Output:
	// true false
	// at offset 1: negative lookahead (?!; lookaround is not supported: split the pattern into statements, and combine them with AndStatement and NotStatement
}
