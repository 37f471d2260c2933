package injection

import (
	"go/ast"
	"go/parser"
	source "go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// portStrings returns the strings of a variable of the port that is a map or
// list, with their values where they have any. It reads the port's source,
// since the variables are not exported.
func portStrings(t testing.TB, file, variable string) map[string]byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/corazawaf/libinjection-go").Output()
	if err != nil {
		t.Fatal("where is the port's source? ", err)
	}
	parsed, err := parser.ParseFile(source.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := parsed.Scope.Lookup(variable).Decl.(*ast.ValueSpec)
	found := map[string]byte{}
	for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
		switch e := e.(type) {
		case *ast.KeyValueExpr: // "SELECT": 'E'
			value, _ := strconv.Unquote(e.Value.(*ast.BasicLit).Value)
			found[unquote(t, e.Key)] = value[0]
		case *ast.CompositeLit: // {"HREF", attributeTypeAttrURL}
			found[unquote(t, e.Elts[0])] = 0
		default:
			found[unquote(t, e)] = 0
		}
	}
	if len(found) < 10 {
		t.Fatalf("%s of %s: got %d strings, want more: is it something else now?", variable, file, len(found))
	}
	return found
}

func unquote(t testing.TB, e ast.Expr) string {
	t.Helper()
	text, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// portKinds are our kinds for those of the port, as its table has them. Of
// them 'f' and 'F' are not among our letters: functions are names here, and
// 'F' marks a fingerprint.
var portKinds = map[byte]kinds{
	'n': kindName, 'f': kindName, '1': kindNumber, 'o': kindOperator, '&': kindLogic, 'k': kindKeyword,
	'T': kindCommand, 't': kindCommand, 'E': kindQuery, 'U': kindUnion, 'B': kindGroup, 'v': kindVariable,
	'A': kindCollate,
}

// TestWords compares the words with those of the port: each has the kind that
// it has there, or one of its words, if it is a phrase. A word or phrase that
// the port calls a name or a function needs no entry.
func TestWords(t *testing.T) {
	for phrase, kind := range portStrings(t, "sqli_data.go", "sqlKeywords") {
		if kind == 'F' || !letter(phrase[0]) && phrase[0] != '_' {
			continue
		}
		known, ok := portKinds[kind]
		if !ok {
			t.Errorf("%s: got a kind of token that is unknown here, %q", phrase, kind)
		}
		var got kinds
		for word := range strings.FieldsSeq(phrase) {
			got |= meaning(word, hashOf(word))
		}
		if known != kindName && got&known == 0 {
			t.Errorf("%s: got kinds %b, want %b with them", phrase, got, known)
		}
		if n := len(phrase); !strings.Contains(phrase, " ") && known != kindName && (n < shortestWord || n > longestWord) {
			t.Errorf("%s: got %d bytes, want %d to %d", phrase, n, shortestWord, longestWord)
		}
	}
}

// TestNeeds shows that each fingerprint of the port has one of needs, and that
// needs are no more than the fingerprints ask for.
func TestNeeds(t *testing.T) {
	used := map[tally]bool{}
	for text, kind := range portStrings(t, "sqli_data.go", "sqlKeywords") {
		if kind != 'F' {
			continue
		}
		fingerprint := text[1:]
		if len(fingerprint) == 3 && fingerprint[1] == 'K' {
			continue // taken back, or with the words of kindOther
		}
		tokens := tallyOf(t, fingerprint)
		if !tokens.injectable() {
			t.Errorf("fingerprint %q: got not injectable, want injectable", fingerprint)
		}
		for _, n := range needs {
			if n.once == tokens.once && n.twice == tokens.twice&n.twice {
				used[n] = true
			}
		}
	}
	for _, n := range needs {
		if !used[n] {
			t.Errorf("need %b, twice %b: got no fingerprint of just these kinds, want one", n.once, n.twice)
		}
	}
}

// tallyOf returns what fingerprint consists of.
func tallyOf(t *testing.T, fingerprint string) (tokens tally) {
	for i := range len(fingerprint) {
		switch c := fingerprint[i]; c {
		case 'F':
			// a function: not told apart from a name, and never needed
		case ':':
			// not needed
		case '(', 'X':
			tokens.add(kindOther)
		default:
			at := strings.IndexByte(letters, c)
			if at < 0 {
				t.Fatalf("fingerprint %q: got a kind that is unknown here, %q", fingerprint, c)
			}
			tokens.add(1 << at)
		}
	}
	return tokens
}

// TestFold shows which letters become ASCII in upper case: those that send a
// value to the port.
func TestFold(t *testing.T) {
	for r := rune(0x80); r <= 0x10ffff; r++ {
		upper := strings.ToUpper(string(r))
		ascii := false
		for i := range len(upper) {
			ascii = ascii || upper[i] < 0x80
		}
		if ascii != foldsToASCII(string(r)) {
			t.Errorf("%U: got %v, want %v: its upper case is %q", r, !ascii, ascii, upper)
		}
	}
}

// TestAttributes compares the names of attributes with those of the port.
func TestAttributes(t *testing.T) {
	for name := range portStrings(t, "xss_decls.go", "blacks") {
		if !attribute(name) {
			t.Errorf("attribute %s: got harmless, want not", name)
		}
	}
	for name := range portStrings(t, "xss_decls.go", "blackEvents") {
		if !attribute("on" + name) {
			t.Errorf("event %s: got harmless, want not", name)
		}
		for i := range len(name) {
			if !letter(name[i]) {
				t.Errorf("event %s: got %q, want letters, since names are read backward over letters", name, name[i])
			}
		}
	}
}
