package transport

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
)

// FuzzParseHead: what is accepted prints back to a head that means the same,
// and net/http, which is more lenient, reads it alike.
func FuzzParseHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n")
	f.Add("HTTP/1.0 404\r\nTransfer-Encoding: chunked\r\n")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3, 3\r\nX: \r\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHead(text)
		if err != nil {
			return
		}
		back := "HTTP/1." + strconv.Itoa(h.minor) + " " + strconv.Itoa(h.status) + "\r\n"
		for _, l := range h.fields {
			if !field.ValidName(l.Name) || !field.ValidValue(l.Value) {
				t.Errorf("%q: accepted %q: %q", text, l.Name, l.Value)
			}
			back += l.Name + ": " + l.Value + "\r\n"
		}
		again, err := parseHead(back)
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
	f.Fuzz(func(t *testing.T, content string, size uint8, raw string) {
		var wire strings.Builder
		for rest := content; rest != ""; {
			n := min(len(rest), int(size)+1)
			wire.WriteString(strconv.FormatInt(int64(n), 16) + ";ext\r\n" + rest[:n] + "\r\n")
			rest = rest[n:]
		}
		wire.WriteString("0\r\nTrailer: x\r\n\r\n")
		c := &chunkedContent{br: bufio.NewReader(strings.NewReader(wire.String()))}
		got, err := io.ReadAll(c)
		if string(got) != content || err != nil || !c.finished() {
			t.Errorf("%q: got %q, %v", wire.String(), got, err)
		}
		c = &chunkedContent{br: bufio.NewReader(strings.NewReader(raw))}
		got, err = io.ReadAll(c)
		if len(got) > len(raw) || err == nil && !strings.Contains(raw, "0") {
			t.Errorf("%q: got %q, %v", raw, got, err)
		}
	})
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

// TestHeadAllocations keeps the parser's cost per response in view: the text,
// the lines and the head.
func TestHeadAllocations(t *testing.T) {
	wire := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"x\"\r\nCache-Control: max-age=60\r\nContent-Length: 0\r\n\r\n"
	r := strings.NewReader(wire)
	br := bufio.NewReader(r)
	got := testing.AllocsPerRun(100, func() {
		r.Reset(wire)
		br.Reset(r)
		text, err := readHead(br)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseHead(text); err != nil {
			t.Fatal(err)
		}
	})
	if got > 8 {
		t.Errorf("got %v allocations, want at most 8", got)
	}
}

// TestTakeNeverGivesDirtyConnections: bytes that nobody asked for may arrive
// just when a connection is taken; whoever sees them first, it is not used.
func TestTakeNeverGivesDirtyConnections(t *testing.T) {
	l := origintest.NewMemoryListener()
	defer l.Close()
	s := origintest.Start(l, origintest.Always(), origintest.Send("dirt"), origintest.Hang())
	defer s.Close()
	p := &pool{max: 10, maxPerRoute: 10, idle: make(map[route][]*conn)}
	for i := range 300 {
		raw, err := l.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		c := newConn(raw, raw, route{}, time.Now)
		for buffered := false; !buffered; { // the bytes are here, unread
			raw.SetReadDeadline(time.Now().Add(time.Second))
			_, err := c.br.Peek(1)
			buffered = err == nil
		}
		p.put(c, time.Minute)
		if got := p.take(route{}); got != nil {
			t.Fatalf("round %d: got a connection with unread bytes", i)
		}
		<-c.watched
	}
}

func TestFailureKeepsCause(t *testing.T) {
	s := &sendError{err: io.ErrClosedPipe}
	if !errors.Is(s, io.ErrClosedPipe) || s.Error() != io.ErrClosedPipe.Error() {
		t.Errorf("got %v", s)
	}
}
