package scenario

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"github.com/groundfront/groundfront/cachekey/field"
)

// plain returns the content before any coding.
func (c content) plain(f *File) (string, error) {
	switch c.kind {
	case contentBytes:
		return numbered(c.from + c.size)[c.from:], nil
	case contentFile:
		text, found := f.Files[c.text]
		if !found {
			return "", fmt.Errorf("no file %s in the archive", c.text)
		}
		return strings.TrimSuffix(text, "\n"), nil // which every file of an archive has
	case contentPattern:
		return "", fmt.Errorf("~ %q can only be checked", c.text)
	}
	return c.text, nil
}

// bytes returns the content to send.
func (c content) bytes(f *File) (string, error) {
	text, err := c.plain(f)
	for _, coding := range slices.Backward(c.codings) {
		text = encode(coding, text)
	}
	return text, err
}

// numbers is the text that every numbered content is the beginning of, as
// long as it was needed so far.
var numbers struct {
	mu   sync.Mutex // guards text
	text []byte
}

// numbered returns n bytes in lines of eight that tell their offset, so that
// no two places look alike.
func numbered(n int) string {
	numbers.mu.Lock()
	defer numbers.mu.Unlock()
	for len(numbers.text) < n {
		numbers.text = fmt.Appendf(numbers.text, "%07d\n", len(numbers.text)%10_000_000)
	}
	return string(numbers.text[:n])
}

func encode(coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "br" {
		w = brotli.NewWriter(&b)
	}
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func decode(coding, text string) (string, error) {
	if coding == "br" {
		plain, err := io.ReadAll(brotli.NewReader(strings.NewReader(text)))
		return string(plain), err
	}
	r, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(r)
	return string(plain), err
}

// check compares got with the content. Codings are taken off first: which
// bytes an encoder makes is its own business.
func (c content) check(f *File, got string, fields field.Lines) error {
	for _, coding := range c.codings {
		plain, err := decode(coding, got)
		if err != nil {
			return fmt.Errorf("body: got %s, want %s: %w", excerpt(got), coding, err)
		}
		got = plain
	}
	if c.kind == contentPattern {
		if !regexp.MustCompile(c.text).MatchString(got) {
			return fmt.Errorf("body: got %s, want a match of %q", excerpt(got), c.text)
		}
		return nil
	}
	want, err := c.plain(f)
	if err != nil {
		return err
	}
	if c.kind == contentFile {
		want = strings.ReplaceAll(want, "{X-Amz-Cf-Id}", fields.Get("X-Amz-Cf-Id"))
	}
	if got != want {
		return differ(got, want)
	}
	return nil
}

// differ shows where two contents begin to differ.
func differ(got, want string) error {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	from := max(0, at-40)
	return fmt.Errorf("body: %d bytes, want %d; from byte %d: got %s, want %s",
		len(got), len(want), from, excerpt(got[from:]), excerpt(want[from:]))
}

// excerpt quotes s, shortened.
func excerpt(s string) string {
	if len(s) <= 200 {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q... (%d bytes)", s[:150], len(s))
}
