package h3

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/quic-go/qpack"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestStaticTable: what refers to the static table means what it should (RFC 9204
// appendix A), by the decoder of a foreign library.
func TestStaticTable(t *testing.T) {
	decode := func(index byte) qpack.HeaderField {
		f, _ := new(qpack.Decoder).Decode(appendInt([]byte{0, 0}, 0xc0, 6, uint64(index)))()
		return f
	}
	for _, s := range staticNames {
		if got := decode(s.index); got.Name != s.name {
			t.Errorf("index %d: got %q, want %q", s.index, got.Name, s.name)
		}
	}
	for status, index := range staticStatuses {
		if got := decode(index); got.Name != ":status" || got.Value != itoa(status) {
			t.Errorf("index %d: got %v, want :status %d", index, got, status)
		}
	}
	for index, name := range map[byte]string{staticAge: "age", staticContentLength: "content-length", staticStatus: ":status"} {
		if got := decode(index); got.Name != name {
			t.Errorf("index %d: got %q, want %q", index, got.Name, name)
		}
	}
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// FuzzHead: a field section that we encode is decoded as it was, with names in
// lower case.
func FuzzHead(f *testing.F) {
	f.Add(200, "Content-Type", "text/html", "X-A", strings.Repeat("x", 300))
	f.Add(999, "a", "", strings.Repeat("Long-Name-", 40), "\x00\xff")
	f.Fuzz(func(t *testing.T, status int, name1, value1, name2, value2 string) {
		if status < 100 || status > 999 || !field.ValidName(name1) || !field.ValidName(name2) {
			return
		}
		h := newHead([]byte("before"))
		h.status(status)
		h.field(name1, value1)
		h.field(name2, value2)
		out := h.done()
		in := bufio.NewReader(bytes.NewReader(out[len("before"):]))
		kind, length, err := readFrame(in)
		if err != nil || kind != frameHeaders || int(length) != in.Buffered() && int(length) != len(out)-len("before")-5 {
			t.Fatalf("frame: got type %d, %d bytes, %v", kind, length, err)
		}
		block, _ := io.ReadAll(in)
		next := new(qpack.Decoder).Decode(block)
		for _, want := range []qpack.HeaderField{{Name: ":status", Value: itoa(status)}, {Name: asciiLower(name1), Value: value1}, {Name: asciiLower(name2), Value: value2}} {
			if got, err := next(); err != nil || got != want {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
		}
		if _, err := next(); !errors.Is(err, io.EOF) {
			t.Fatalf("more than was encoded: %v", err)
		}
	})
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// FuzzSection: whatever a viewer sends as a field section, it is an error of the
// connection, malformed, too large, or a request whose parts are what they may be.
func FuzzSection(f *testing.F) {
	f.Add(section(get("/a?b#c", "cookie: a", "cookie: b", "content-length: 5")...))
	f.Add(section(":method: CONNECT", ":authority: a"))
	f.Add(section(append(get("/"), many(21)...)...))
	f.Add([]byte{0, 0, 0xd1, 0xd7, 0x50, 1, 'a', 0xc1})
	f.Fuzz(func(t *testing.T, block []byte) {
		var s h2.Section
		s.Reset(4096, 20)
		if decode(block, &s) != nil || s.TooLarge() || s.CheckRequest() != "" || s.Refuse() != "" {
			return
		}
		var r viewer.Request
		s.Fill(&r)
		if r.Host == "" || r.Method == "" || r.Path != "*" && !strings.HasPrefix(r.Path, "/") {
			t.Errorf("got %q %q %q", r.Method, r.Host, r.Path)
		}
		if text := r.Method + r.Path + r.Query + r.Host; strings.ContainsAny(text, "\r\n\x00 ") {
			t.Errorf("target: got %q", text)
		}
		if len(r.Fields) > 20 {
			t.Errorf("got %d fields, want at most 20", len(r.Fields))
		}
		for _, l := range r.Fields {
			if strings.ContainsAny(l.Name, "\r\n\x00: ") || strings.ContainsAny(l.Value, "\r\n\x00") || l.Name != asciiLower(l.Name) {
				t.Errorf("field: got %q", l)
			}
		}
	})
}

// FuzzControl: the streams without requests end with an error, whatever they say;
// that of an end is the end's.
func FuzzControl(f *testing.F) {
	f.Add([]byte{frameSettings, 2, 6, 1, frameMaxPushID, 1, 3, frameGoAway, 1, 0})
	f.Add([]byte{0x20, 0x44, 0x7f, 0x80, 1})
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, read := range []func(*bufio.Reader) error{new(conn).readFrames, readEncoder, readDecoder} {
			err := read(bufio.NewReader(bytes.NewReader(input)))
			var ofConn *connError
			if err == nil || !errors.As(err, &ofConn) && !errors.Is(err, io.EOF) {
				t.Errorf("%x: got %v", input, err)
			}
		}
	})
}
