package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// FuzzParseHead: what is accepted prints back to a head that means the same,
// and net/http, which is more lenient, reads it alike.
func FuzzParseHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n")
	f.Add("HTTP/1.0 404\r\nTransfer-Encoding: chunked\r\n")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3, 3\r\nX: \r\n")
	f.Fuzz(func(t *testing.T, text string) {
		h := &head{}
		if h.parse(text) != nil {
			return
		}
		back := "HTTP/1." + strconv.Itoa(h.minor) + " " + strconv.Itoa(h.status) + "\r\n"
		for _, l := range h.fields {
			if !field.ValidName(l.Name) || !field.ValidValue(l.Value) {
				t.Errorf("%q: accepted %q: %q", text, l.Name, l.Value)
			}
			back += l.Name + ": " + l.Value + "\r\n"
		}
		again := &head{}
		err := again.parse(back)
		if err != nil || again.length != h.length || again.chunked != h.chunked || again.status != h.status || len(again.fields) != len(h.fields) {
			t.Errorf("%q: got %+v, printed %+v, %v", text, h, again, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text+"\r\n")), nil)
		if err != nil {
			return
		}
		if resp.StatusCode != h.status || !h.chunked && h.status >= 200 && h.status != 204 && h.status != 304 && resp.ContentLength != h.length {
			t.Errorf("%q: got %d, length %d; net/http says %d, %d", text, h.status, h.length, resp.StatusCode, resp.ContentLength)
		}
	})
}

// FuzzChunked: content that was cut into chunks comes out whole, whatever the
// sizes; and no input makes the reader return more than came in.
func FuzzChunked(f *testing.F) {
	f.Add("hello, world", uint8(3), "3\r\nabc\r\n0\r\n\r\n")
	f.Add("", uint8(1), "5;x=\"y\"\r\nabc")
	f.Add("abc", uint8(0), "0\r\nA: b\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string, size uint8, raw string) {
		var wire strings.Builder
		for rest := text; rest != ""; {
			n := min(len(rest), int(size)+1)
			wire.WriteString(strconv.FormatInt(int64(n), 16) + ";ext\r\n" + rest[:n] + "\r\n")
			rest = rest[n:]
		}
		wire.WriteString("0\r\nTrailer: x\r\n\r\n")
		c := chunksOf(wire.String(), int(size)+1)
		got, err := io.ReadAll(c)
		if string(got) != text || err != nil || !c.content.finished() {
			t.Errorf("%q: got %q, %v", wire.String(), got, err)
		}
		c = chunksOf(raw, 1<<10)
		got, err = io.ReadAll(c)
		if len(got) > len(raw) || err == nil && !strings.Contains(raw, "0") {
			t.Errorf("%q: got %q, %v", raw, got, err)
		}
	})
}

// A chunks reads chunked content from bytes that arrive in pieces.
type chunks struct {
	content content
	conn    *conn
}

func (c *chunks) Read(p []byte) (int, error) { return c.content.read(c.conn, p) }

func chunksOf(wire string, piece int) *chunks {
	return &chunks{content{framing: framingChunked}, readerConn(wire, piece)}
}

// readerConn is a connection whose origin has sent wire, of which a read
// brings at most piece bytes.
func readerConn(wire string, piece int) *conn {
	c := newConn(pieces{Reader: strings.NewReader(wire), most: piece}, route{}, time.Now)
	c.begin(0, time.Time{})
	return c
}

type pieces struct {
	net.Conn
	io.Reader
	most int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.most)]) }

// TestHeadInPieces: however the bytes arrive, the head is the same, and what
// follows it is untouched.
func TestHeadInPieces(t *testing.T) {
	long := "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 20_000) + "\r\nB: y\r\n"
	for piece := 1; piece < 70; piece += 3 {
		c := readerConn("HTTP/1.1 103 x\r\nA: b\r\n\r\n"+long+"\r\ncontent", piece)
		for _, want := range []string{"HTTP/1.1 103 x\r\nA: b\r\n", long} {
			if got, err := c.readHead(); got != want || err != nil {
				t.Fatalf("pieces of %d: got %d bytes %q, %v, want %d", piece, len(got), clip(got), err, len(want))
			}
		}
		if got, err := io.ReadAll(io.LimitReader(readerOf{c}, 7)); string(got) != "content" || err != nil {
			t.Errorf("pieces of %d: got content %q, %v", piece, got, err)
		}
	}
}

type readerOf struct{ c *conn }

func (r readerOf) Read(p []byte) (int, error) { return r.c.read(p) }

// FuzzResponse: what is read of an origin does not depend on how its bytes
// arrive, and content is never longer than what came.
func FuzzResponse(f *testing.F) {
	f.Add("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", uint8(1), false)
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n", uint8(2), true)
	f.Add("HTTP/1.0 404 N\r\nA: \xff\r\n\r\nuntil the end", uint8(7), false)
	f.Add("HTTP/1.1 200 OK\nA: b\r\n\r\n", uint8(3), false)
	f.Fuzz(func(t *testing.T, wire string, piece uint8, head bool) {
		whole, pieces := readAnswer(wire, len(wire)+1, head), readAnswer(wire, int(piece)+1, head)
		if whole != pieces {
			t.Errorf("%q: got %+v at once, %+v in pieces of %d", wire, whole, pieces, int(piece)+1)
		}
		if len(whole.content) > len(wire) || head && whole.content != "" {
			t.Errorf("%q: got content %q", wire, whole.content)
		}
	})
}

// An answer is what was read of an origin.
type answer struct {
	status, fields, length int
	content                string
	ended, failed, again   bool
}

func readAnswer(wire string, piece int, toHead bool) answer {
	var h head
	c, r := readerConn(wire, piece), &origin.Request{Method: "GET"}
	if toHead {
		r.Method = "HEAD"
	}
	if c.readResponse(&h, r) != nil {
		return answer{failed: true}
	}
	a := answer{status: h.status, fields: len(h.fields), length: int(h.length), again: h.keepAlive()}
	b, p := content{framing: h.framing(), left: max(0, h.length)}, make([]byte, 64)
	for {
		n, err := b.read(c, p)
		a.content += string(p[:n])
		if err != nil {
			a.ended, a.failed = err == io.EOF, err != io.EOF
			return a
		}
	}
}

func TestParseLength(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"007", 7, true}, {"5, 5", 5, true}, {"999999999999999999", 999999999999999999, true},
		{"", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"0x1", 0, false}, {"1 2", 0, false}, {"5, 6", 0, false},
		{"5,", 0, false}, {"9999999999999999999", 0, false}, {"１", 0, false},
	}
	for _, tt := range tests {
		if got, err := parseLength(tt.in); got != tt.want && tt.ok || (err == nil) != tt.ok {
			t.Errorf("parseLength(%q): got %d, %v, want %d, %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestHostname(t *testing.T) {
	for in, want := range map[string]string{"a": "a", "a:1": "a", "[::1]": "::1", "[::1]:2": "::1", "": ""} {
		if got := hostname(in); got != want {
			t.Errorf("hostname(%q): got %q, want %q", in, got, want)
		}
	}
}

// TestHeadAllocations keeps the parser's cost per response in view: the text
// and the lines.
func TestHeadAllocations(t *testing.T) {
	wire := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"x\"\r\nCache-Control: max-age=60\r\nContent-Length: 0\r\n\r\n"
	source := strings.NewReader(wire)
	c := readerConn("", 0)
	c.nc = pieces{Reader: source, most: len(wire)}
	var h head
	got := testing.AllocsPerRun(100, func() {
		source.Reset(wire)
		c.r, c.w = 0, 0
		text, err := c.readHead()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.parse(text); err != nil {
			t.Fatal(err)
		}
	})
	if got > 2 {
		t.Errorf("got %v allocations, want at most 2", got)
	}
}

// TestResolverBound: names do not fill the memory, and one that somebody waits
// for is not forgotten.
func TestResolverBound(t *testing.T) {
	release := make(chan struct{})
	r := &resolver{now: time.Now, life: time.Hour, names: make(map[string]*name)}
	r.lookup = func(_ context.Context, host string) (found, error) {
		if host == "slow" {
			<-release
		}
		return found{addresses: []netip.Addr{netip.IPv4Unspecified()}}, nil
	}
	slow := make(chan error)
	go func() {
		_, err := r.resolve(t.Context(), "slow")
		slow <- err
	}()
	for i := range 3 * maxNames {
		if _, err := r.resolve(t.Context(), strconv.Itoa(i)+".example"); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	if err := <-slow; err != nil || len(r.names) > maxNames+1 {
		t.Errorf("got %v, %d names, want at most %d", err, len(r.names), maxNames+1)
	}
}

func TestFailureKeepsCause(t *testing.T) {
	s := &sendError{err: io.ErrClosedPipe}
	if !errors.Is(s, io.ErrClosedPipe) || s.Error() != io.ErrClosedPipe.Error() {
		t.Errorf("got %v", s)
	}
}
