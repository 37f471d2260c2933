package scenario

import (
	"fmt"
	"strings"
	"testing"
)

// archive returns a scenario with this script.
func archive(script string) []byte {
	return []byte("Title.\n\n-- config.yaml --\nversion: 1\n-- script --\n" + script)
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"vewer GET /\n", `x.txtar:6: unknown step "vewer"`},
		{"\n# fine\nviewer GET / with love\n", "x.txtar:8: viewer: unknown word with"},
		{"viewer GET shop.test\n", "want a URL"},
		{"viewer GET\n", "no a URL"},
		{"viewer GET / X-A=\"b\n", "without its closing quote"},
		{"viewers 0 GET /\n", "got 0 viewers"},
		{"viewers 2 GET / on 0 connections\n", "want a number of connections"},
		{"viewers 2 GET / on 1 connection\n", "want a number of connections"},
		{"start a GET / beside\n", "no a viewer's name"},
		{"metric x at least 5\n", "want most"},
		{"metric x\n", "no a number"},
		{"origin api GET / -> 200 body field\n", "no a field's name"},
		{"expect ok\n", "got ok, want a status"},
		{"expect 200 Gone\n", ""}, // a field called Gone
		{"expect 200 gone\n", "unknown word gone"},
		{"expect 200 X~\"(\"\n", "missing closing"},
		{"advance 5\n", "got 5, want a duration"},
		{"advance 1s-2s\n", "want a duration"},
		{"tally Hits=1\n", "got Hits"},
		{"invalidate shop\n", "ends too early"},
		{"log shop\n", "ends too early"},
		{"origin api GET /\n", `got "", want ->`},
		{"origin api GET / -> 200 body\n", "want content"},
		{"origin api GET / -> 200 body reset 5\n", "unknown word 5"},
		{"origin api GET / -> 200 Expires=now+x\n", "want a time"},
		{"origin api GET / -> interim 103 200 interim\n", "unknown word interim"},
		{"origin api GET / -> interim\n", "no a status"},
		{"viewer GET /p from 192.0.2.1 X-A=b\nviewer GET /p over h1 from 2001:db8::1\n", ""},
		{"viewer GET /p from here\n", "unable to parse IP"},
		{"origin api gateway flavor=soap\n", "a gateway has no option flavor=soap"},
		{"origin api gateway twice\n", "unknown word twice"},
		{"logged 1 refused\n", "want a message in quotes"},
		{"expect 200 interim 103 interim none\n", "got none"},
		{"expect 200 interim some\n", "want none or a status"},
		{"viewer GET /x{2000000}\n", "more than 1048576 times"},
		{"do\n", "do without a table"},
		{"table  a\n  1\n", "table without do or end"},
		{"table  a  b\n       1\ndo\nend\n", "got 1 cells, want 2"},
		{"table  a\n       1\ndo\n  viewer GET $b\nend\n", "no column $b"},
	} {
		_, err := Parse("x.txtar", archive(c.script))
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("Parse(%q): got %v, want %q", c.script, err, c.want)
		}
	}
}

func TestParseHeader(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"Title.\n", "[h1 h2 h3] [memory disk file]"},
		{"Title.\n\nprotocols: h1\n", "[h1] [memory disk file]"},
		{"protocols: h2 h1\n", "[h2 h1] [memory disk file]"},
		{"stores: memory\n", "[h1 h2 h3] [memory]"},
		{"protocols: h9\n", `x.txtar: protocols: got "h9", want one of [h1 h2 h3]`},
		{"stores: tape\n", `x.txtar: stores: got "tape", want one of [memory disk file]`},
	} {
		f, err := Parse("x.txtar", []byte(c.comment+"-- config.yaml --\nversion: 1\n-- script --\nadvance 1s\n"))
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(f.Protocols, f.Stores)
		}
		if got != c.want {
			t.Errorf("Parse(%q): got %s, want %s", c.comment, got, c.want)
		}
	}
	if _, err := Parse("x.txtar", []byte("-- script --\nadvance 1s\n")); err == nil {
		t.Error("Parse without config.yaml: got no error")
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`a b`, `a|b|`},
		{`a  # b`, `a|`},
		{`/p?x=1`, `/p?x=1|`},
		{`X-A="b c" !D`, `X-A=b c|!D|`},
		{"T=`\"v1\"`", `T="v1"|`},
		{`a{3}b "x{2}y"`, `aaab|xxy|`},
		{"`a{3}`", `a{3}|`},
		{`cs(User-Agent)=-`, `cs(User-Agent)=-|`},
		{`X~^a$`, `X~^a$|`},
		{`A=`, `A=|`},
	} {
		tokens, err := tokenize(c.in)
		if err != nil {
			t.Errorf("tokenize(%q): %v", c.in, err)
			continue
		}
		got := ""
		for _, k := range tokens {
			if k.op != 0 {
				got += k.name + string(k.op)
			}
			got += k.text + "|"
		}
		if got != c.want {
			t.Errorf("tokenize(%q): got %s, want %s", c.in, got, c.want)
		}
	}
}

func ExampleParse() {
	f, err := Parse("example.txtar", []byte(`One entry for both.

-- config.yaml --
version: 1
-- script --
table  path  result
       /a    Miss
       /b    Hit
do
    viewer GET $path
        Accept="text/html"   # continued
    expect 200 $result
end
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range f.Steps {
		fmt.Printf("%d: %s\n", s.Line, s)
	}
	// Output:
	// 7: viewer GET /a Accept="text/html"
	// 7: expect 200 Miss
	// 8: viewer GET /b Accept="text/html"
	// 8: expect 200 Hit
}
