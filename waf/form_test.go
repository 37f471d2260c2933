package waf

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestForm: names and values of a form are values of the field, each by itself.
func TestForm(t *testing.T) {
	const form, boundary = "application/x-www-form-urlencoded", "multipart/form-data; charset=utf-8; boundary=\"xyz\""
	for _, tc := range []struct {
		about, kind, body string
		want              []string // nil: the field is absent
	}{
		{"a form", form, "a=1&b=%20x", []string{"a", "1", "b", "%20x"}},
		{"with a parameter, in upper case", "Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1", []string{"a", "1"}},
		{"empty names and values", form, "a&=2&&b=", []string{"a", "2", "b"}},
		{"more than one sign", form, "a=b=c", []string{"a", "b=c"}},
		{"nobody says what it is", "", "a=1", []string{"a", "1"}},
		{"nobody says what it is, and it is none", "", "hello", nil},
		{"two kinds", "image/png|" + form, "a=1", []string{"a", "1"}},
		{"JSON", "application/json", `{"a":"b=c"}`, nil},
		{"parts", boundary, "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nline\r\nline\r\n--xyz--\r\n", []string{`Content-Disposition: form-data; name="f"; filename="a.txt"`, "line\r\nline"}},
		{"a picture", boundary, "--xyz\r\nContent-Disposition: form-data; name=f; filename=a.png\r\ncontent-type: image/png\r\n\r\n\x89PNG\r\n--xyz--\r\n", []string{"Content-Disposition: form-data; name=f; filename=a.png\r\ncontent-type: image/png"}},
		{"not a file, whatever it says", boundary, "--xyz\r\nContent-Disposition: form-data; name=f\r\nContent-Type: image/png\r\n\r\nx\r\n--xyz--\r\n", []string{"Content-Disposition: form-data; name=f\r\nContent-Type: image/png", "x"}},
		{"parts without a boundary", "multipart/form-data", "\r\n--q\r\nA: b\r\n\r\nc", []string{"q\r\nA: b", "c"}},
		{"nothing", form, "", nil},
	} {
		e := evaluation{memory: &memory{}, request: &Request{Body: Body{Present: tc.body != "", Text: tc.body}}}
		for kind := range strings.SplitSeq(tc.kind, "|") {
			if kind != "" {
				e.request.Fields = append(e.request.Fields, field.Line{Name: "content-Type", Value: kind})
			}
		}
		var s slot
		e.extract(&Field{Kind: FieldForm}, &s)
		if got, want := strings.Join(e.values, "|"), strings.Join(tc.want, "|"); got != want || s.absent != (tc.want == nil) {
			t.Errorf("%s: %q: got %q (absent %v), want %q", tc.about, tc.body, got, s.absent, want)
		}
	}
}
