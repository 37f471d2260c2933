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
		{"a picture with more to its header", boundary, "--xyz\r\ncontent-type: image/png\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.png\"; filename*=utf-8''a%20b.png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n--xyz--\r\n", []string{"content-type: image/png\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a b.png\"; filename*=utf-8''a%20b.png\r\nContent-Transfer-Encoding: binary"}},
		{"a field that speaks of files", boundary, "--xyz\r\nContent-Disposition: form-data; name=f\r\nX: filename\r\nContent-Type: image/png\r\n\r\nx\r\n--xyz--\r\n", []string{"Content-Disposition: form-data; name=f\r\nX: filename\r\nContent-Type: image/png", "x"}},
		{"a field with the name of a picture", boundary, "--xyz\r\nContent-Disposition: form-data; name=\"content-type: image/png; filename=\"\r\n\r\nx\r\n--xyz--\r\n", []string{`Content-Disposition: form-data; name="content-type: image/png; filename="`, "x"}},
		{"a file without a name", boundary, "--xyz\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\nContent-Type: image/png\r\n\r\nx\r\n--xyz--\r\n", []string{"Content-Disposition: form-data; name=f; filename=\"\"\r\nContent-Type: image/png", "x"}},
		{"more parts to who reads lines without CR", boundary, "--xyz\r\nContent-Disposition: form-data; name=f; filename=a\r\nContent-Type: image/png\r\n\r\n\n--xyz\nx", []string{"Content-Disposition: form-data; name=f; filename=a\r\nContent-Type: image/png", "\n--xyz\nx"}},
		{"a boundary of one letter", "multipart/form-data; boundary=s", "--s\r\nContent-Disposition: form-data; name=f\r\n\r\n<script>--s\r\n--s--\r\n", []string{"Content-Disposition: form-data; name=f", "<script>--s"}},
		{"a boundary that other lines begin with", "multipart/form-data; boundary=s", "--s\r\n\r\na\r\n--st\r\nb\r\n--s--", []string{"a", "t\r\nb", "--s\r\n\r\na\r\n--st\r\nb\r\n--s--"}},
		{"a boundary with a semicolon", "multipart/form-data; boundary=\"s;t\"", "--s;t\r\n\r\n<script>\r\n--s;t--", []string{"<script>"}},
		{"two boundaries", "multipart/form-data; boundary=s; boundary=t", "--s\r\n\r\n<script>", []string{"--s\r\n\r\n<script>"}},
		{"a boundary in another parameter", "multipart/form-data; x=\"; boundary=s\"; y=z", "--s\r\n\r\n<script>", []string{"--s\r\n\r\n<script>"}},
		{"parts without a boundary", "multipart/form-data", "\r\n--q\r\nA: b\r\n\r\nc", []string{"\r\n--q\r\nA: b\r\n\r\nc"}},
		{"the same kind many times", strings.Repeat(form+"|", 40), "a=1", []string{"a", "1"}},
		{"two kinds, of which none is known", "image/png|text/plain", "a=1", nil},
		{"two boundaries in two lines", "multipart/form-data; boundary=s|multipart/form-data; boundary=t", "--s\r\n\r\nx", []string{"x", "--s\r\n\r\nx"}},
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

// FuzzForm: whatever content says it is, the values are pieces of it, in no more
// than twice its length for each kind that it may be.
func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "multipart/form-data; boundary=s", "--s\r\nContent-Disposition: form-data; name=f\r\n\r\na=b\r\n--s--\r\n")
	f.Add("multipart/form-data; boundary=\"s;t\"", "", "--s;t\r\n\r\nx\n--s;t\ny")
	f.Add("", "", "a=1&b=%20")
	f.Fuzz(func(t *testing.T, one, other, body string) {
		e := evaluation{memory: &memory{}, request: &Request{
			Fields: field.Lines{{Name: "Content-Type", Value: one}, {Name: "content-type", Value: other}},
			Body:   Body{Present: body != "", Text: body},
		}}
		var s slot
		e.extract(&Field{Kind: FieldForm}, &s)
		size := 0
		for _, v := range e.values {
			if size += len(v); !strings.Contains(body, v) {
				t.Errorf("%q, %q: got the value %q of %q", one, other, v, body)
			}
		}
		if size > 3*len(body) {
			t.Errorf("%q, %q: got %d bytes of %d", one, other, size, len(body))
		}
	})
}
