package directory

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// changed is when the files of the tests were last changed.
var changed = time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)

// folder writes files to a new folder called public, and one beside it that
// nobody must get.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	outer := t.TempDir()
	write(t, filepath.Join(outer, "secret.txt"), "secret")
	public := filepath.Join(outer, "public")
	for name, text := range files {
		write(t, filepath.Join(public, name), text)
	}
	return public
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, changed, changed); err != nil {
		t.Fatal(err)
	}
}

// ask returns the answer to a request, and its content.
func ask(t testing.TB, d *Directory, method, target string, fields ...field.Line) (*origin.Response, string) {
	t.Helper()
	r, err := d.RoundTrip(context.Background(), nil, nil, &origin.Request{Method: method, Target: target, Fields: fields})
	if err != nil {
		t.Fatalf("%s %q: %v", method, target, err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%s %q: content: %v", method, target, err)
	}
	if method != "HEAD" && r.Status != 304 && r.ContentLength != int64(len(text)) {
		t.Errorf("%s %q: Content-Length: got %d for %d bytes", method, target, r.ContentLength, len(text))
	}
	return r, string(text)
}

func TestConditionsAndRanges(t *testing.T) {
	d := New(Config{Path: folder(t, map[string]string{"p": "0123456789", "empty": ""}), Missing: 404})
	const tag, date = `"781e5e245d69b566979b86e28d23f2c7"`, "Sun, 01 Mar 2026 12:00:00 GMT"
	const before, after = "Sun, 01 Mar 2026 11:59:59 GMT", "Sun, 01 Mar 2026 12:00:01 GMT"
	for _, tt := range []struct {
		fields string // name=value, one in a line
		status int
		part   string
		body   string
	}{
		{"", 200, "", "0123456789"},
		{"If-None-Match=" + tag, 304, "", ""},
		{"If-None-Match=W/" + tag, 304, "", ""},
		{`If-None-Match="a", ` + tag, 304, "", ""},
		{"If-None-Match=*", 304, "", ""},
		{`If-None-Match="other"`, 200, "", "0123456789"},
		{`If-None-Match="other"` + "\nIf-Modified-Since=" + after, 200, "", "0123456789"},
		{"If-Modified-Since=" + date, 304, "", ""},
		{"If-Modified-Since=" + before, 200, "", "0123456789"},
		{"If-Modified-Since=yesterday", 200, "", "0123456789"},
		{"If-Match=" + tag, 200, "", "0123456789"},
		{"If-Match=W/" + tag, 412, "", "PreconditionFailed"},
		{`If-Match="other"`, 412, "", "PreconditionFailed"},
		{"If-Unmodified-Since=" + before, 412, "", "PreconditionFailed"},
		{"If-Unmodified-Since=" + date, 200, "", "0123456789"},
		{"Range=bytes=0-0", 206, "bytes 0-0/10", "0"},
		{"Range=bytes=2-4", 206, "bytes 2-4/10", "234"},
		{"Range=bytes=8-", 206, "bytes 8-9/10", "89"},
		{"Range=bytes=8-1000", 206, "bytes 8-9/10", "89"},
		{"Range=bytes=-3", 206, "bytes 7-9/10", "789"},
		{"Range=bytes=-30", 206, "bytes 0-9/10", "0123456789"},
		{"Range=bytes=-0", 416, "bytes */10", "InvalidRange"},
		{"Range=bytes=10-", 416, "bytes */10", "InvalidRange"},
		{"Range=bytes=10-12", 416, "bytes */10", "InvalidRange"},
		{"Range=bytes=5-2", 200, "", "0123456789"},
		{"Range=bytes=-", 200, "", "0123456789"},
		{"Range=bytes=0-1,4-5", 200, "", "0123456789"},
		{"Range=lines=0-1", 200, "", "0123456789"},
		{"Range=bytes=99999999999999999999-", 200, "", "0123456789"},
		{"Range=bytes=0-0\nIf-Range=" + tag, 206, "bytes 0-0/10", "0"},
		{"Range=bytes=0-0\nIf-Range=" + date, 206, "bytes 0-0/10", "0"},
		{"Range=bytes=0-0\nIf-Range=W/" + tag, 200, "", "0123456789"},
		{"Range=bytes=0-0\nIf-None-Match=" + tag, 304, "", ""},
	} {
		var fields field.Lines
		for line := range strings.Lines(tt.fields) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			fields.Add(name, value)
		}
		r, body := ask(t, d, "GET", "/p", fields...)
		if r.Status != tt.status || r.Fields.Get("Content-Range") != tt.part || !strings.Contains(body, tt.body) {
			t.Errorf("%q: got %d, Content-Range %q, %q; want %d, %q, %q",
				tt.fields, r.Status, r.Fields.Get("Content-Range"), body, tt.status, tt.part, tt.body)
		}
		if got := r.Fields.Get("ETag"); r.Status < 400 && got != tag {
			t.Errorf("%q: ETag: got %s, want %s", tt.fields, got, tag)
		}
	}
	if r, _ := ask(t, d, "GET", "/empty", field.Line{Name: "Range", Value: "bytes=0-"}); r.Status != 416 {
		t.Errorf("a range of an empty object: got %d, want 416", r.Status)
	}
	if r, body := ask(t, d, "HEAD", "/p"); r.Status != 200 || r.ContentLength != 10 || body != "" {
		t.Errorf("HEAD: got %d, length %d, %q, want 200, 10 and nothing", r.Status, r.ContentLength, body)
	}
}

// TestOutside holds that links, devices and names of all kinds lead nowhere
// outside of the folder (reliability A3).
func TestOutside(t *testing.T) {
	public := folder(t, map[string]string{"a/b.txt": "inside"})
	for link, to := range map[string]string{
		"out": "../secret.txt", "absolute": filepath.Join(filepath.Dir(public), "secret.txt"), "up": "..", "in": "a/b.txt", "loop": "loop",
	} {
		if err := os.Symlink(to, filepath.Join(public, link)); err != nil {
			t.Fatal(err)
		}
	}
	d := New(Config{Path: public, Missing: 404})
	for _, tt := range []struct {
		target string
		status int
	}{
		{"/in", 200}, {"/a/b.txt", 200},
		{"/out", 404}, {"/absolute", 404}, {"/up/secret.txt", 404}, {"/loop", 404}, {"/a", 404},
		{"/a/b.txt/c", 404}, {"/" + strings.Repeat("n", 5000), 404},
	} {
		if r, body := ask(t, d, "GET", tt.target); r.Status != tt.status || body == "secret" {
			t.Errorf("%.40s: got %d, %q, want %d", tt.target, r.Status, body, tt.status)
		}
	}
}

// TestEscapes: a key is decoded once, and what is no escape is refused.
func TestEscapes(t *testing.T) {
	d := New(Config{Path: folder(t, map[string]string{"a b": "1", "%41": "2"}), Missing: 404})
	for target, want := range map[string]int{
		"/a%20b": 200, "/%2541": 200, "/%41": 404, "/%": 400, "/%2": 400, "/%zz": 400, "/%\x11\x12": 400, "/a+b": 404,
	} {
		if r, _ := ask(t, d, "GET", target); r.Status != want {
			t.Errorf("%q: got %d, want %d", target, r.Status, want)
		}
	}
}

func TestNoFolder(t *testing.T) {
	if r, body := ask(t, New(Config{Path: filepath.Join(t.TempDir(), "none")}), "GET", "/p"); r.Status != 404 || !strings.Contains(body, "NoSuchBucket") {
		t.Errorf("got %d, %q, want 404 and NoSuchBucket", r.Status, body)
	}
}

// TestReplaced changes the link to the folder while it is served: the next
// request sees the other release.
func TestReplaced(t *testing.T) {
	public := folder(t, map[string]string{"one/p": "1", "two/p": "2"})
	current := filepath.Join(public, "current")
	point := func(to string) {
		_ = os.Remove(current)
		if err := os.Symlink(to, current); err != nil {
			t.Fatal(err)
		}
	}
	point("one")
	d := New(Config{Path: current, Missing: 404})
	_, before := ask(t, d, "GET", "/p")
	point("two")
	if _, after := ask(t, d, "GET", "/p"); before != "1" || after != "2" {
		t.Errorf("got %q before and %q after, want 1 and 2", before, after)
	}
}

// TestCut holds that a file which becomes shorter while it is sent is content
// that ends early, and not a shorter object.
func TestCut(t *testing.T) {
	public := folder(t, map[string]string{"p": strings.Repeat("x", 1000)})
	r, err := New(Config{Path: public}).RoundTrip(context.Background(), nil, nil, &origin.Request{Method: "GET", Target: "/p"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := os.Truncate(filepath.Join(public, "p"), 10); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r.Body)
	if len(got) != 10 || origin.KindOf(err) != origin.ErrorRead || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d bytes and %v, want 10 and a read error", len(got), err)
	}
}

func TestCanceled(t *testing.T) {
	public := folder(t, map[string]string{"p": "content"})
	ctx, cancel := context.WithCancel(context.Background())
	d := New(Config{Path: public})
	r, err := d.RoundTrip(ctx, nil, nil, &origin.Request{Method: "GET", Target: "/p"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	cancel()
	if _, err := r.Body.Read(make([]byte, 1)); origin.KindOf(err) != origin.ErrorCanceled {
		t.Errorf("reading: got %v, want that it was canceled", err)
	}
	if _, err := d.RoundTrip(ctx, nil, nil, &origin.Request{Method: "GET", Target: "/p"}); origin.KindOf(err) != origin.ErrorCanceled {
		t.Errorf("asking: got %v, want that it was canceled", err)
	}
}

// TestETags holds that an ETag changes with the content, and is remembered
// for a bounded number of files.
func TestETags(t *testing.T) {
	public := folder(t, map[string]string{"p": "one", "large": ""})
	d := New(Config{Path: public})
	tag := func(name string) string {
		r, _ := ask(t, d, "HEAD", "/"+name)
		return r.Fields.Get("ETag")
	}
	first := tag("p")
	write(t, filepath.Join(public, "p"), "two!")
	if got := tag("p"); got == first || got == "" {
		t.Errorf("after a change: got %s, before %s", got, first)
	}
	if err := os.Truncate(filepath.Join(public, "large"), partSize+1); err != nil {
		t.Fatal(err)
	}
	large := tag("large")
	if !strings.HasSuffix(large, `-2"`) || len(large) != len(first)+2 {
		t.Errorf("an object of two parts: got %s, want a sum and -2", large)
	}
	later := changed.Add(time.Nanosecond)
	if err := os.Chtimes(filepath.Join(public, "large"), later, later); err != nil {
		t.Fatal(err)
	}
	if got := tag("large"); got == large {
		t.Errorf("a large object that has changed: got %s as before", got)
	}
	file, err := os.Open(filepath.Join(public, "p"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i := range maxTags + 10 {
		if _, err := d.tags.of(&object{key: strconv.Itoa(i), file: file, size: 1}); err != nil || len(d.tags.known) > maxTags {
			t.Fatalf("got %d ETags in memory and %v, want at most %d", len(d.tags.known), err, maxTags)
		}
	}
}

func TestRedirectStaysHere(t *testing.T) {
	d := New(Config{Path: folder(t, map[string]string{"evil.test/index.html": "x", "docs/index.html": "d"}), IndexDocument: "index.html", Missing: 404})
	for _, tt := range []struct{ target, location string }{
		{"/docs", "/docs/"}, {"/docs?a=b", "/docs/"}, {"/%64ocs", "/%64ocs/"}, {"//evil.test", ""}, {"/nothing", ""},
	} {
		r, _ := ask(t, d, "GET", tt.target)
		if got := r.Fields.Get("Location"); got != tt.location {
			t.Errorf("%s: got Location %q, want %q", tt.target, got, tt.location)
		}
	}
}

// FuzzTarget holds that no target gets anything but the objects of the folder.
func FuzzTarget(f *testing.F) {
	public := folder(f, map[string]string{"a/b.txt": "inside", "index.html": "inside", ".env": "secret", ".well-known/x": "inside", "a/.git/config": "secret"})
	for _, s := range []string{"/a/b.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/.env", "/.well-known/x", "/.well-known/../.env", "/a/.git/config", "/%00", "/%", "//a", "/a/b.txt?x", "a%2fb.txt", `/..\secret.txt`} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, target string, website bool) {
		c := Config{Path: public, Missing: 404}
		if website {
			c.IndexDocument = "index.html"
		}
		r, body := ask(t, New(c), "GET", target)
		switch {
		case r.Status == 200 && body != "inside":
			t.Errorf("%q: got %q, want an object of the folder", target, body)
		case r.Status != 200 && r.Status != 302 && r.Status != 400 && r.Status != 404:
			t.Errorf("%q: got %d", target, r.Status)
		}
		for _, l := range r.Fields {
			if !field.ValidName(l.Name) || !field.ValidValue(l.Value) && l.Name != "Location" {
				t.Errorf("%q: got the field %q", target, l)
			}
		}
	})
}
