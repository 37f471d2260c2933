package corpus

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/cachekey/field"
)

func load(t *testing.T) []Case {
	t.Helper()
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestCases counts what there is, so that a new version of the rules does not
// change figures unnoticed.
func TestCases(t *testing.T) {
	type counts struct{ Cases, Attacks, Harmless int }
	got := map[int]counts{}
	names := map[string]bool{}
	for _, c := range load(t) {
		if names[c.Name()] {
			t.Errorf("got %s twice, want one case of each name", c.Name())
		}
		names[c.Name()] = true
		n := got[c.Group()]
		n.Cases++
		if c.Attack() {
			n.Attacks++
		}
		if c.Harmless() {
			n.Harmless++
		}
		got[c.Group()] = n
	}
	want := map[int]counts{
		911: {8, 4, 4},
		913: {7, 5, 2},
		920: {424, 213, 190},
		921: {112, 70, 42},
		922: {43, 24, 19},
		930: {75, 62, 13},
		931: {41, 36, 5},
		932: {876, 631, 245},
		933: {399, 294, 105},
		934: {234, 205, 29},
		941: {217, 167, 50},
		942: {927, 784, 143},
		943: {44, 39, 5},
		944: {1173, 1140, 33},
		949: {5, 3, 2},
		950: {9, 9, 0},
		951: {20, 20, 0},
		952: {10, 9, 1},
		953: {18, 9, 9},
		954: {7, 7, 0},
		955: {10, 10, 0},
		956: {15, 12, 3},
		959: {3, 2, 1},
		980: {3, 2, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases by group: -want +got\n%s", diff)
	}
}

// TestRequests shows requests as they are sent.
func TestRequests(t *testing.T) {
	tests := []struct {
		name string
		raw  string // with LF in place of CR and LF
	}{
		// A form with what is not escaped gets escaped, and has its fields.
		{"942100-1", `POST /post HTTP/1.1
Host: localhost
User-Agent: OWASP CRS test agent
Accept: text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5
Content-Type: application/x-www-form-urlencoded
Connection: close
Content-Length: 17

var=1234+OR+1%3D1`},
		// Without autocomplete_headers nothing is added.
		{"920640-1", `POST / HTTP/1.1
User-Agent: OWASP CRS test agent
Host: localhost
Content-Length: 33
Accept: */*

{"id_order":"select(sleep(10));"}`},
		// Of several lines, in the parts of a multipart content.
		{"922100-1", `POST /post HTTP/1.1
Host: localhost
User-Agent: OWASP CRS test agent
Content-Type: multipart/form-data; boundary=boundary
Accept: */*
Connection: close
Content-Length: 206

--boundary
Content-disposition: form-data; name="_charset_"

utf-7
--boundary
Content-disposition: form-data; name="positive"
Content-Type: text/plain

Let me see if I can use utf-7.
--boundary--
`},
		// Encoded: as it is.
		{"920290-4", "GET / HTTP/1.0\nHost:\n\n"},
	}
	byName := map[string]*Case{}
	cases := load(t)
	for i := range cases {
		byName[cases[i].Name()] = &cases[i]
	}
	for _, test := range tests {
		got := strings.ReplaceAll(byName[test.name].Raw, "\r\n", "\n")
		if got != test.raw {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.raw)
		}
	}
}

// TestParts compares the parts of a request with its bytes.
func TestParts(t *testing.T) {
	for _, c := range load(t) {
		if c.Fields.Has("Transfer-Encoding") {
			continue // the parts have no chunks
		}
		again := Request{Method: c.Method, Target: c.Target, Proto: c.Proto, Fields: c.Fields, Body: c.Body}
		got, want := fold(again.wire()), fold(c.Raw)
		if got != want {
			t.Errorf("%s: got %q of the parts, want %q", c.Name(), got, want)
		}
	}
}

// fold leaves out the white space between a name and a value.
func fold(message string) string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	return strings.ReplaceAll(head, ": ", ":") + "\r\n\r\n" + body
}

func TestParse(t *testing.T) {
	raw := "POST /a b HTTP/1.1\r\nHost:x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
	got := parse(raw)
	want := Request{
		Raw: raw, Method: "POST", Target: "/a b", Proto: "HTTP/1.1",
		Fields: field.Lines{{Name: "Host", Value: "x"}, {Name: "Transfer-Encoding", Value: "chunked"}},
		Body:   "abcde",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestOf(t *testing.T) {
	cases := []Case{{File: "REQUEST-941-A"}, {File: "REQUEST-942-B"}, {File: "RESPONSE-950-C"}}
	tests := []struct {
		groups []int
		want   []string
	}{
		{nil, []string{"REQUEST-941-A", "REQUEST-942-B"}},
		{[]int{942, 950}, []string{"REQUEST-942-B", "RESPONSE-950-C"}},
	}
	for _, test := range tests {
		var got []string
		for c := range Of(cases, test.groups...) {
			got = append(got, c.File)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("groups %v: got %q, want %q", test.groups, got, test.want)
		}
	}
}

func TestEscapeForm(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a=1 or 1=1&b", "a=1+or+1%3D1&b"},
		{"a=1%201", "a=1%201"}, // escaped already
		{"a=%zz", "a=%zz"},
		{"", ""},
	}
	for _, test := range tests {
		if got := escapeForm(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}
