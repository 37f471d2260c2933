package crs

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

func contentType(value string) field.Lines { return field.Lines{{Name: "Content-Type", Value: value}} }

func TestBodyLeaves(t *testing.T) {
	const (
		form      = "application/x-www-form-urlencoded"
		json      = "application/json; charset=utf-8"
		multipart = "multipart/form-data; boundary=b"
	)
	tests := []struct {
		mediaType, body string
		want            int
	}{
		{form, "", 0},
		{form, "a=1&b=2", 4},
		{json, `{"a": 1, "b": [true, "c, d"]}`, 8}, // one, object, a, 1, b, array, true, the text
		{json, `[1 2 3]`, 5},
		{json, `{"a\"": 1`, 4},
		{json, "a=1&b=2&c=3", 2},
		{"application/problem+json", "[1]", 3},
		{"text/xml", `<a b="1">c</a>`, 4},
		{multipart, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n", 4},
		{"text/plain", "a=1&b=2", 4}, // the engine takes it for a form
		{"application/x-json", "a=1&b=2", 4},
		{"", "a=1&b=2", 4},
	}
	for _, test := range tests {
		if got := bodyLeaves(contentType(test.mediaType), []byte(test.body)); got != test.want {
			t.Errorf("%s %q: got %d leaves, want %d", test.mediaType, test.body, got, test.want)
		}
	}
}

func TestSkip(t *testing.T) {
	e := &Engine{options: Options{MaxLeaves: 8, BodyLimit: 20}}
	form := contentType("application/x-www-form-urlencoded")
	tests := []struct {
		name string
		r    Request
		want Skip
	}{
		{"four arguments", Request{Target: "/?a=1&b=2&c=3&d=4"}, SkipNothing},
		{"five arguments", Request{Target: "/?a=1&b=2&c=3&d=4&e=5"}, SkipRequest},
		{"cookies count", Request{Target: "/?a=1", Fields: field.Lines{{Name: "cookie", Value: "a=1; b=2"}, {Name: "Cookie", Value: "c=3; d=4"}}}, SkipRequest},
		{"content", Request{Target: "/?a=1", Fields: form, Body: []byte("a&b&c")}, SkipNothing},
		{"more content", Request{Target: "/?a=1", Fields: form, Body: []byte("a&b&c&d")}, SkipBody},
		{"content beyond the limit", Request{Target: "/?a=1", Fields: form, Body: []byte(strings.Repeat("x", 20) + "&b&c&d")}, SkipNothing},
	}
	for _, test := range tests {
		if got := e.skip(&test.r); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// FuzzBodyLeaves compares with what the engine makes of a content.
func FuzzBodyLeaves(f *testing.F) {
	for _, body := range []string{`{"a":[1,{"b":null}]}`, `[1 2:3"4"]`, "a=1&b", "<a b='1' c=2>d<e/>f</a>", "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--b--"} {
		for _, mediaType := range []string{"application/json", "text/xml", "multipart/form-data; boundary=b", "multipart/form-data; boundary=\"-\"", "application/x-www-form-urlencoded", "x"} {
			f.Add(mediaType, body)
		}
	}
	e := newEngine(f, Options{Files: []string{"911"}, MaxLeaves: MaxMaxLeaves, BodyLimit: MaxBodyLimit})
	f.Fuzz(func(t *testing.T, mediaType, body string) {
		r := &Request{Method: "POST", Target: "/", Proto: "HTTP/1.1", Fields: contentType(mediaType), Body: []byte(body), Viewer: netip.MustParseAddrPort("192.0.2.1:1")}
		tx := e.waf.NewTransaction()
		defer tx.Close() //nolint:errcheck // what is left then is not what is tested
		if err := e.run(context.Background(), tx, r, SkipNothing); err != nil {
			t.Fatal(err)
		}
		v := variablesOf(tx)
		found := len(v.ArgsPost().FindAll()) + len(v.RequestXML().FindAll()) + len(v.Files().FindAll())
		if got := bodyLeaves(r.Fields, r.Body); got < found {
			t.Errorf("%q %q: got %d leaves, the engine has %d", mediaType, body, got, found)
		}
	})
}

func BenchmarkSkip(b *testing.B) {
	e := &Engine{options: Options{MaxLeaves: 256, BodyLimit: DefaultBodyLimit}}
	r := jsonPost()
	b.SetBytes(int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		e.skip(r)
	}
}
