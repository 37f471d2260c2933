package jsonbody

import (
	"fmt"
	"strings"
	"testing"
)

// transcript writes elements as a reader would: keys with a colon, values in
// brackets.
func transcript(elements []Element) string {
	var b strings.Builder
	for _, e := range elements {
		if e.Key {
			fmt.Fprintf(&b, "%s:", e.Text)
		} else {
			fmt.Fprintf(&b, "[%s]", e.Text)
		}
	}
	return b.String()
}

func TestElements(t *testing.T) {
	for _, tt := range []struct {
		id    string
		body  string
		want  string
		valid bool
	}{
		{"WF-FLD-09 keys and values", `{"a":"b","c":{"d":["e",{"f":"g"}]}}`, "a:[b]c:d:[e]f:[g]", true},
		{"WF-FLD-09 an array", ` [ "a" , [ ] , { } , "b" ] ` + "\r\n\t", "[a][b]", true},
		{"WF-FLD-09 nothing in it", `{}`, "", true},
		{"WF-JSON-02 escapes", `{"\u0061\n":"\"\\\/\b\f\r\t\u003Cscript\u003e"}`, "a\n:[\"\\/\b\f\r\t<script>]", true},
		{"WF-JSON-02 surrogates", `["\ud83d\ude00","\ud83d","\ude00\ud83d","\ud83d\u0041"]`, "[\U0001f600][\ufffd][\ufffd\ufffd][\ufffdA]", true},
		{"WF-JSON-02 bytes that are not UTF-8", "[\"\xff\",\"\\n\xff\"]", "[\xff][\n\xff]", true},

		{"WF-JSON-03 missing comma", `{"a":"b""c":"d"}`, "a:[b]c:[d]", true},
		{"WF-JSON-03 missing comma in an array", `["a""b"1"c"true null[]{}-2false]`, "[a][b][1][c][true][null][-2][false]", true},
		{"WF-JSON-03 missing colon", `{"a":"b","c""d"}`, "a:[b]c:[d]", true},
		{"WF-JSON-03 extra colons", `{"a"::"b",:"c":::"d":}`, "a:[b]c:[d]", true},
		{"WF-JSON-03 extra commas", `{,"a":,"b",,"c":[,1,,2,],}`, "a:[b]c:[1][2]", true},
		{"WF-JSON-03 a comma for a colon", `{"a","b":{"c","d"}}`, "a:[b]", false},

		{"WF-JSON-04 invalid character", `{"a":"b",'c':"d"}`, "a:[b]", false},
		{"WF-JSON-04 invalid word", `["a",nul,"b"]`, "[a]", false},
		{"WF-JSON-04 words in one", `["a",truefalse,"b"]`, "[a]", false},
		{"WF-JSON-04 invalid escape", `{"a":"b","c":"d\x41e"}`, "a:[b]c:[d]", false},
		{"WF-JSON-04 escape cut off", `["a\u004`, "[a]", false},
		{"WF-JSON-04 line break in a string", "[\"a\nb\",\"c\"]", "[a]", false},
		{"WF-JSON-04 line break behind an escape", "[\"a\\tb\nc\"]", "[a\tb]", false},
		{"WF-JSON-04 comment", `{"a":"b"/*"c":"d"*/}`, "a:[b]", false},
		{"WF-JSON-04 a key that is no string", `{"a":"b",1:"c"}`, "a:[b]", false},
		{"WF-JSON-04 a key without a value", `{"a":"b","c"}`, "a:[b]c:", false},
		{"WF-JSON-04 the other bracket", `{"a":["b"}`, "a:[b]", false},
		{"WF-JSON-04 the other brace", `{"a":"b"]`, "a:[b]", false},
		{"WF-JSON-04 behind the root", `{"a":"b"},"c"`, "a:[b]", false},
		{"WF-JSON-04 two roots", `{"a":"b"}{"c":"d"}`, "a:[b]", false},

		{"WF-JSON-04 duplicate key", `{"a":"b","c":"d","a":"e","f":"g"}`, "a:[b]c:[d]", false},
		{"WF-JSON-04 duplicate key by an escape", `{"a":"b","\u0061":"c"}`, "a:[b]", false},
		{"WF-JSON-04 duplicate key behind an object", `{"a":{"b":1},"a":2}`, "a:b:[1]", false},
		{"WF-JSON-04 the same key in other objects", `{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":3}}`, "a:a:a:[1]a:[2]b:a:[3]", true},
		{"WF-JSON-04 letter case", `{"a":1,"A":2}`, "a:[1]A:[2]", true},

		{"WF-JSON-04 cut off behind a value", `{"a":"b"`, "a:[b]", false},
		{"WF-JSON-04 cut off in a string", `{"a":"b","c":"<script`, "a:[b]c:[<script]", false},
		{"WF-JSON-04 cut off in a key", `{"a":"b","c`, "a:[b]c:", false},
		{"WF-JSON-04 cut off behind an escape", `{"a":"\n`, "a:[\n]", false},
		{"WF-JSON-04 cut off in a word", `["a",tru`, "[a]", false},

		{"WF-JSON-04 root is a string", `"a"`, "", false},
		{"WF-JSON-04 root is a number", `1`, "", false},
		{"WF-JSON-04 root is a word", `null`, "", false},
		{"WF-JSON-04 no root", "", "", false},
		{"WF-JSON-04 only space", "  ", "", false},
		{"WF-JSON-04 a comma before the root", `,{}`, "", false},
		{"WF-JSON-04 only an end", `}`, "", false},
		{"WF-JSON-04 a form", `a=1&b={"c":"d"}`, "", false},

		{"WF-JSON-06 literal bytes", `[0,-0,10,1.50,-1.5e+03,1E5,2e-7,true,false,null]`, "[0][-0][10][1.50][-1.5e+03][1E5][2e-7][true][false][null]", true},
	} {
		t.Run(tt.id, func(t *testing.T) {
			var p Parser
			elements, valid := p.Elements(tt.body, nil, nil)
			if got := transcript(elements); got != tt.want || valid != tt.valid {
				t.Errorf("%s: got %q, valid %v, want %q, valid %v", tt.body, got, valid, tt.want, tt.valid)
			}
		})
	}
	for _, number := range []string{"01", "1.", ".5", "+1", "--1", "1-2", "1e", "1e+", "1.2.3", "-", "0x1", "1.e1", "-01", "NaN", "Infinity"} {
		if got, valid := new(Parser).Elements(`["a",`+number+`]`, nil, nil); strings.Contains(transcript(got), number) || valid {
			t.Errorf("WF-JSON-04 %s: got %q, valid %v, want the walk to end there", number, transcript(got), valid)
		}
	}
}

// TestFilter proves WF-JSON-05 and the match scopes.
func TestFilter(t *testing.T) {
	const example = `{"a":{"c":"d","b":{"e":{"f":"g"}}}}`
	const orders = `{"orders":[{"id":1,"note":"x"},{"id":2,"note":["y","z"]}],"note":"w","":{"k":"v"},"m~n":[3],"o/p":[4],"0":[5]}`
	for _, tt := range []struct {
		body     string
		scope    Scope
		pointers string // separated by spaces
		want     string
	}{
		{example, ScopeAll, "/a/b", "e:f:[g]"},
		{example, ScopeKey, "/a/b", "e:f:"},
		{example, ScopeValue, "/a/b", "[g]"},
		{example, ScopeAll, "", "a:c:[d]b:e:f:[g]"},
		{example, ScopeKey, "", "a:c:b:e:f:"},
		{example, ScopeValue, "", "[d][g]"},
		{example, ScopeAll, "/a", "c:[d]b:e:f:[g]"},
		{example, ScopeAll, "/a/c", "[d]"},
		{example, ScopeKey, "/a/c", ""},
		{example, ScopeAll, "/a/c /a/b/e", "[d]f:[g]"},
		{example, ScopeAll, "/a/b /a/b/e", "e:f:[g]"},
		{example, ScopeAll, "/a/b/e /a/b", "e:f:[g]"},
		{example, ScopeAll, "/b /a/c/d /a/b/f /A", ""},

		{orders, ScopeAll, "/orders/1", "id:[2]note:[y][z]"},
		{orders, ScopeAll, "/orders/0/note /orders/1/note/1", "[x][z]"},
		{orders, ScopeAll, "/orders/01 /orders/+1 /orders/- /orders/2 /orders/note", ""},
		{orders, ScopeAll, "/note", "[w]"},
		{orders, ScopeAll, "/", "k:[v]"},
		{orders, ScopeAll, "//k", "[v]"},
		{orders, ScopeAll, "/m~0n /o~1p /0", "[3][4][5]"},
		{`["a",["b","c"]]`, ScopeAll, "/1/0", "[b]"},
		{`{"a":{"b"::"c""d":"e"}}`, ScopeAll, "/a/d", "[e]"},
		{`{"a":{"b":"c`, ScopeAll, "/a/b", "[c]"},
	} {
		f, err := NewFilter(tt.scope, strings.Fields(tt.pointers)...)
		if err != nil {
			t.Fatal(err)
		}
		elements, _ := new(Parser).Elements(tt.body, f, nil)
		if got := transcript(elements); got != tt.want {
			t.Errorf("%s with %s of %q: got %q, want %q", tt.body, tt.scope, tt.pointers, got, tt.want)
		}
	}

	f, err := NewFilter(ScopeValue, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := new(Parser).Elements(example, f, nil); transcript(got) != "[d][g]" {
		t.Errorf("the pointer to the root: got %q, want all values", transcript(got))
	}
	for _, pointer := range []string{"a", "a/b", "/a~", "/~2", "/~~0", "#/a"} {
		if _, err := NewFilter(ScopeAll, "/ok", pointer); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", pointer)) {
			t.Errorf("pointer %q: got error %v, want one that names it", pointer, err)
		}
	}
}

func TestScopeString(t *testing.T) {
	if got := fmt.Sprint(ScopeAll, ScopeKey, ScopeValue, Scope(9)); got != "ALL KEY VALUE Scope(?)" {
		t.Errorf("scopes: got %s", got)
	}
}

// TestDepth proves the bound, and that nothing recurs before it.
func TestDepth(t *testing.T) {
	var p Parser
	for _, tt := range []struct {
		depth int
		valid bool
	}{{maxDepth, true}, {maxDepth + 1, false}} {
		body := strings.Repeat(`[{"a":`, tt.depth/2) + strings.Repeat("[", tt.depth%2) + "1" + strings.Repeat("]", tt.depth%2) + strings.Repeat("}]", tt.depth/2)
		elements, valid := p.Elements(body, nil, nil)
		if valid != tt.valid || len(elements) < tt.depth/2 {
			t.Errorf("depth %d: got %d elements, valid %v, want valid %v", tt.depth, len(elements), valid, tt.valid)
		}
	}
	if got := cap(p.levels); got > levelsKept {
		t.Errorf("levels kept: got %d, want at most %d", got, levelsKept)
	}
}

// TestReset proves that texts keep their bytes until Reset, and that what a
// Parser keeps is bounded.
func TestReset(t *testing.T) {
	var p Parser
	var all []Element
	var want strings.Builder
	for i := range 100 {
		all, _ = p.Elements(fmt.Sprintf(`{"\u006b%d":"\u0076%d"}`, i, i), nil, all)
		fmt.Fprintf(&want, "k%d:[v%d]", i, i)
	}
	if got := transcript(all); got != want.String() {
		t.Errorf("elements of 100 bodies: got %s, want %s", got, &want)
	}

	var many strings.Builder
	for i := range membersKept + 1 {
		fmt.Fprintf(&many, `"%d":"\n%s",`, i, strings.Repeat("x", 100))
	}
	if _, valid := p.Elements("{"+many.String()+"}", nil, nil); !valid {
		t.Error("a body with many keys: got invalid")
	}
	p.Reset()
	if p.members.slots != nil || p.members.hashes != nil || p.text.block != nil || p.body != "" || p.dst != nil {
		t.Errorf("kept of a large body: got %d slots, %d bytes, want nothing", len(p.members.slots), cap(p.text.block))
	}
}

// TestAllocations holds the steady state.
func TestAllocations(t *testing.T) {
	f, err := NewFilter(ScopeAll, "/customer", "/items/1")
	if err != nil {
		t.Fatal(err)
	}
	var p Parser
	var dst []Element
	for _, filter := range []*Filter{nil, f} {
		if got := testing.AllocsPerRun(100, func() {
			dst, _ = p.Elements(order, filter, dst[:0])
			p.Reset()
		}); got != 0 {
			t.Errorf("a body: got %v allocations, want 0", got)
		}
	}
	if len(dst) == 0 {
		t.Error("elements below /customer and /items/1: got none")
	}
}
