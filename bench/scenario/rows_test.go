package scenario

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A row is a line of testdata/rows.txt.
type row struct {
	mark string // "", "test" or "never"
	file string // of the test
}

var rowLine = regexp.MustCompile(`^([A-K][0-9]+) +(?:(never|test) ?([^ :]*): )?\S`)

func readRows(text string) (map[string]row, error) {
	rows := make(map[string]row)
	for line := range strings.Lines(text) {
		if line == "\n" || line[0] == '#' {
			continue
		}
		m := rowLine.FindStringSubmatch(line)
		switch {
		case m == nil:
			return nil, fmt.Errorf("%q is no row", line)
		case rows[m[1]] != row{}:
			return nil, fmt.Errorf("row %s is there twice", m[1])
		}
		rows[m[1]] = row{m[2], m[3]}
	}
	return rows, nil
}

var (
	rowCitation    = regexp.MustCompile(`\b[Rr]ows? ([A-K][0-9]+(?:(?:,|,? and) [A-K][0-9]+)*)`)
	rowID          = regexp.MustCompile(`[A-K][0-9]+`)
	vectorCitation = regexp.MustCompile(`\b(TV-[A-Z]+-)([0-9]+)(?: to TV-[A-Z]+-([0-9]+))?`)
)

// unwrapped makes one line of the text and the comments of a file.
func unwrapped(text string) string {
	text = regexp.MustCompile(`\n(?:#|//) ?`).ReplaceAllString(text, " ")
	return strings.Join(strings.Fields(text), " ")
}

// citedRows returns the rows that a text cites.
func citedRows(text string) []string {
	var ids []string
	for _, m := range rowCitation.FindAllStringSubmatch(unwrapped(text), -1) {
		ids = append(ids, rowID.FindAllString(m[1], -1)...)
	}
	return ids
}

// citedVectors returns the test vectors that a text cites.
func citedVectors(text string) []string {
	var ids []string
	for _, m := range vectorCitation.FindAllStringSubmatch(unwrapped(text), -1) {
		first, last := m[2], m[2]
		if m[3] != "" {
			last = m[3]
		}
		for n := first; n <= last && len(n) == len(last); n = next(n) {
			ids = append(ids, m[1]+n)
		}
	}
	return ids
}

// next returns the next number of as many digits.
func next(n string) string {
	var i int
	fmt.Sscan(strings.TrimLeft(n, "0"), &i)
	return fmt.Sprintf("%0*d", len(n), i+1)
}

func readFiles(t *testing.T, names ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(data, '\n'))
	}
	return b.String()
}

// TestRows: every row is shown by a scenario, or says why not.
func TestRows(t *testing.T) {
	rows, err := readRows(readFiles(t, "testdata/rows.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cited := make(map[string]bool)
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, id := range citedRows(readFiles(t, names...)) {
		cited[id] = true
		if _, found := rows[id]; !found {
			t.Errorf("row %s is cited but not in rows.txt", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		switch r := rows[id]; {
		case r.mark == "" && !cited[id]:
			t.Errorf("row %s: got no scenario that cites it, want one", id)
		case r.mark == "never" && cited[id]:
			t.Errorf("row %s: got a scenario that cites it, want none of what the product does not have", id)
		case r.mark == "test" && !slices.Contains(citedRows(readFiles(t, filepath.Join("../..", r.file))), id):
			t.Errorf("row %s: got no test in %s that cites it, want one", id, r.file)
		}
	}
}

// TestVectors: every test vector of the specification is in a script.
func TestVectors(t *testing.T) {
	var cited []string
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		_, script, _ := strings.Cut(readFiles(t, name), "-- script --")
		cited = append(cited, citedVectors(script)...)
	}
	for id := range strings.FieldsSeq(readFiles(t, "../repository/testdata/spec-ids.txt")) {
		if strings.HasPrefix(id, "TV-") && !slices.Contains(cited, id) {
			t.Errorf("%s: got no scenario that cites it, want one", id)
		}
	}
}

func TestCitations(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"(row A1)", "[A1] []"},
		{"Rows A1, B2 and C13. Then D1", "[A1 B2 C13] []"},
		{"(CF-COL-01; rows A1,\nB2)", "[A1 B2] []"},
		{"# so it is (rows A1,\n# B2).\n", "[A1 B2] []"},
		{"a table has rows A to Z, Error1", "[] []"},
		{"TV-ST-01", "[] [TV-ST-01]"},
		{"TV-ST-08 to TV-ST-10, TV-BYTE-01", "[] [TV-ST-08 TV-ST-09 TV-ST-10 TV-BYTE-01]"},
	} {
		if got := fmt.Sprint(citedRows(c.in), citedVectors(c.in)); got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
	for in, want := range map[string]string{
		"A1   text\n":                     "map[A1:{ }]",
		"A1 never: text\n":                "map[A1:{never }]",
		"A1 test cache/x_test.go: text\n": "map[A1:{test cache/x_test.go}]",
		"A1   text: never: more\n":        "map[A1:{ }]",
		"A1\n":                            `"A1\n" is no row`,
		"A1 never: x\nA1 never: y\n":      "row A1 is there twice",
	} {
		rows, err := readRows(in)
		got := fmt.Sprint(rows)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
