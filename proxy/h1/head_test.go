package h1

import (
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// parsed returns what a head means, or why it is refused.
func parsed(in string) (string, Refusal) {
	var h Head
	size, refusal := h.Parse(in)
	switch {
	case refusal != "":
		return "", refusal
	case size == 0:
		return "", "more"
	}
	var r viewer.Request
	if refusal := h.route(&r); refusal != "" {
		return "", refusal
	}
	f, refusal := h.frame()
	if refusal != "" {
		return "", refusal
	}
	if h.Marks != viewer.MarksOf(h.Fields) {
		return "", "wrong marks: " + Refusal(h.Marks.String())
	}
	r.Method, r.Proto, r.Fields, r.ContentLength, r.Upgrade = h.Method, h.Proto, h.Fields, f.length, f.upgrade
	text := describe(&r)
	if f.keep {
		text += " keeps"
	}
	if f.continues {
		text += " continues"
	}
	return text, ""
}

// TestParse: every form of a head that is accepted, with all that it means.
func TestParse(t *testing.T) {
	const get, host = "GET / HTTP/1.1\r\n", "Host: h\r\n"
	for _, c := range []struct{ in, want string }{
		// RFC 9112 section 3: request line and target.
		{get + host, "GET h / HTTP/1.1 keeps"},
		{"\r\n" + get + host, "GET h / HTTP/1.1 keeps"},
		{"GET /? HTTP/1.1\r\n" + host, "GET h /? HTTP/1.1 keeps"}, // CF-KEY-20
		{"GET //a/..%2f;x%zz?b=%7e&&c?d HTTP/1.1\r\n" + host, "GET h //a/..%2f;x%zz?b=%7e&&c?d HTTP/1.1 keeps"},
		{"GET /\xff HTTP/1.1\r\n" + host, "GET h /\xff HTTP/1.1 keeps"},
		{"M-SEARCH! / HTTP/1.1\r\n" + host, "M-SEARCH! h / HTTP/1.1 keeps"},
		{"GET http://other:81/a?b HTTP/1.1\r\n" + host, "GET other:81 /a?b HTTP/1.1 keeps"},
		{"GET HTTPS://[::1]?b HTTP/1.1\r\n" + host, "GET [::1] /?b HTTP/1.1 keeps"},
		{"GET http://other HTTP/1.1\r\n" + host, "GET other / HTTP/1.1 keeps"},
		{"OPTIONS * HTTP/1.1\r\n" + host, "OPTIONS h * HTTP/1.1 keeps"},
		{"CONNECT h:443 HTTP/1.1\r\n" + host, "CONNECT h / HTTP/1.1 keeps"},
		// Versions (CF-REQ-02, RFC 9110 section 2.5).
		{"GET / HTTP/1.0\r\n", "GET - / HTTP/1.0"},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", "GET - / HTTP/1.0 [Connection=Keep-Alive] keeps"},
		{"GET / HTTP/1.7\r\n" + host, "GET h / HTTP/1.1 keeps"},
		// RFC 9112 section 5: fields.
		{get + "hOsT:h \t \r\nx-b:2\r\nA:\t 1\t2 \r\nX-B:\r\n", "GET h / HTTP/1.1 [x-b=2] [A=1\t2] [X-B=] keeps"},
		{get + host + "A: \xc3\xa9:\"\r\n", "GET h / HTTP/1.1 [A=\xc3\xa9:\"] keeps"},
		{get + "Host:\r\n", "GET - / HTTP/1.1 keeps"},
		{get + host + "Range: bytes=0-1\r\nIf-None-Match: *\r\nOrigin: o\r\n", "GET h / HTTP/1.1 [Range=bytes=0-1] [If-None-Match=*] [Origin=o] keeps"},
		// RFC 9112 section 9: what becomes of the connection.
		{get + host + "Connection: a, Close\r\n", "GET h / HTTP/1.1 [Connection=a, Close]"},
		{get + host + "Connection: keep-alive\r\nConnection: close\r\n", "GET h / HTTP/1.1 [Connection=keep-alive] [Connection=close]"},
		// RFC 9112 section 6: content.
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 12\r\n", "POST h / HTTP/1.1 length=12 [Content-Length=12] keeps"},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 0000000000000000012\r\n", "POST h / HTTP/1.1 length=12 [Content-Length=0000000000000000012] keeps"},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n", "POST h / HTTP/1.1 length=-1 [Transfer-Encoding=Chunked] [Expect=100-Continue] keeps continues"},
		{"POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n", "POST - / HTTP/1.0 length=1 [Content-Length=1] [Expect=100-continue]"},
		{get + host + "Expect: 100-continue\r\n", "GET h / HTTP/1.1 [Expect=100-continue] keeps"},
		// RFC 9110 section 7.8: upgrades; without all that is needed nobody has asked.
		{get + host + "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n", "GET h / HTTP/1.1 upgrade=websocket [Connection=keep-alive, Upgrade] [Upgrade=WebSocket] keeps"},
		{get + host + "Upgrade: websocket\r\n", "GET h / HTTP/1.1 [Upgrade=websocket] keeps"},
		{get + host + "Connection: Upgrade\r\nUpgrade: a, b\r\n", "GET h / HTTP/1.1 [Connection=Upgrade] [Upgrade=a, b] keeps"},
		{"POST / HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: a\r\n", "POST h / HTTP/1.1 [Connection=Upgrade] [Upgrade=a] keeps"},
		{"GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: a\r\n", "GET - / HTTP/1.0 [Connection=Upgrade] [Upgrade=a]"},
	} {
		got, refusal := parsed(c.in + "\r\n")
		if refusal != "" {
			t.Errorf("%q: refused: %s", c.in, refusal)
			continue
		}
		check(t, c.in, got, c.want)
	}
}

// TestParseRefuses: each refusal by its text, from the first byte that shows it.
func TestParseRefuses(t *testing.T) {
	const get, host = "GET / HTTP/1.1\r\n", "Host: h\r\n"
	post := "POST / HTTP/1.1\r\n" + host
	for _, c := range []struct {
		in   string
		want Refusal
	}{
		{" ", "malformed request line"},
		{"\r\n\r\n", "malformed request line"},
		{"\n", "malformed request line"},
		{"\rG", "malformed request line"},
		{"GET\t", "malformed request line"},
		{"GET\r", "malformed request line"},
		{"G\xc3", "malformed request line"},
		{"GET  ", "malformed request line"},
		{"GET /\t", "malformed request line"},
		{"GET /\r", "malformed request line"},
		{"GET /\x7f", "malformed request line"},
		{"GET / HTTP/1.1 \r\n", "malformed request line"},
		{"GET / HTTP/1.11\r\n", "malformed request line"},
		{"GET / HTTP/1.1\nH", "malformed request line"},
		{"GET / HTTP/1.1\rH", "malformed request line"},
		{"GET /a b", "unsupported HTTP version"},
		{"GET / HTTX", "unsupported HTTP version"},
		{"GET / h", "unsupported HTTP version"},
		{"PRI * HTTP/2", "unsupported HTTP version"},
		{get + " ", "folded field line"},
		{get + host + "\t", "folded field line"},
		{get + "Host ", "space before the colon of a field"},
		{get + "Host\t", "space before the colon of a field"},
		{get + "Host\r", "field line without a colon"},
		{get + "Host\n", "bare LF"},
		{get + "\n", "bare LF"},
		{get + "Host: h\n", "bare LF"},
		{get + "Host: h\rA", "bare CR"},
		{get + host + "\rA", "bare CR"},
		{get + ":", "invalid field name"},
		{get + "H(", "invalid field name"},
		{get + "H\xc3", "invalid field name"},
		{get + "A: b\x00", "control character in a field value"},
		{get + "A: long enough for a word \x1f", "control character in a field value"},
		{get + "A: \x7f", "control character in a field value"},
		{get + "\r\n", "no Host field"},
		{get + host + host + "\r\n", "more than one Host field"},
		{get + "Host: a@b\r\n\r\n", "malformed Host field"},
		{get + "Host: a/b\r\n\r\n", "malformed Host field"},
		{get + "Host: a b\r\n\r\n", "malformed Host field"},
		{get + "Host: \xc3\xa9\r\n\r\n", "malformed Host field"},
		{"GET /a#b HTTP/1.1\r\n" + host + "\r\n", "fragment in the request target"},
		{"GET x:y HTTP/1.1\r\n" + host + "\r\n", "bad request target"},
		{"GET ftp://h/ HTTP/1.1\r\n" + host + "\r\n", "bad request target"},
		{"GET http:///a HTTP/1.1\r\n" + host + "\r\n", "bad request target"},
		{"GET http://u@h/ HTTP/1.1\r\n" + host + "\r\n", "bad request target"},
		{"GET http://h\\/ HTTP/1.1\r\n" + host + "\r\n", "bad request target"},
		{post + "Content-Length:\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: +1\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: -1\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: 1,1\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: 0x1\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: 9223372036854775808\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: 00000000000000000012\r\n\r\n", "malformed Content-Length"},
		{post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "more than one Content-Length"},
		{post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "Content-Length beside Transfer-Encoding"},
		{post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "unsupported transfer coding"},
		{post + "Transfer-Encoding: \"chunked\"\r\n\r\n", "unsupported transfer coding"},
		{post + "Transfer-Encoding: chunked;a\r\n\r\n", "unsupported transfer coding"},
		{post + "Transfer-Encoding:\r\n\r\n", "unsupported transfer coding"},
		{post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "unsupported transfer coding"},
		{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding in HTTP/1.0"},
		{post + "Expect: cake\r\n\r\n", "unknown expectation"},
		{post + "Expect: 100-continue, 100-continue\r\n\r\n", "unknown expectation"},
	} {
		if _, got := parsed(c.in); got != c.want {
			t.Errorf("%q: got refusal %q, want %q", c.in, got, c.want)
		}
		if before := c.in[:len(c.in)-1]; before != "" {
			if text, got := parsed(before); got != "more" && !strings.HasSuffix(c.in, "\r\n") {
				t.Errorf("%q: got %q, refusal %q, want more", before, text, got)
			}
		}
	}
}

// TestControlAt: the look at eight characters sees what a look at each sees.
func TestControlAt(t *testing.T) {
	for c := range 256 {
		for length := range 18 {
			for place := range length {
				s := []byte(strings.Repeat("\x80", length))
				s[place] = byte(c)
				s[length-1] ^= byte(place & 1) // and what is behind
				want := 0
				for want < length && s[want] >= 0x20 && s[want] != 0x7f {
					want++
				}
				if got := controlAt(string(s), 0); got != want {
					t.Fatalf("%q: got %d, want %d", s, got, want)
				}
			}
		}
	}
}

// TestHeadSize: the bound of a head is exact, whichever way it comes.
func TestHeadSize(t *testing.T) {
	for _, hit := range []viewer.HitFunc{nil, shelf} {
		for _, size := range []int{99, 100, 101, 102, 103, 104, 200} {
			head := "GET /hit HTTP/1.1\r\nHost: h\r\nA: "
			head += strings.Repeat("x", size-len(head)-4) + "\r\n\r\n"
			want := "HTTP/1.1 200"
			if size > 100 {
				want = "HTTP/1.1 494"
			}
			for piece := 1; piece <= size; piece += 7 {
				d := newDesk(Options{MaxHeadBytes: 100, Hit: hit})
				if got := d.answers(cut(head, piece)...); !strings.HasPrefix(got, want) {
					t.Errorf("%d bytes in pieces of %d: got %q, want %s", size, piece, got, want)
				}
			}
		}
	}
}

// TestFieldCount: the bound of fields is exact, Host counted, whichever way a head
// comes, also as one that was seen before, and on a goroutine that knows a section
// from where there may be more (reliability H12).
func TestFieldCount(t *testing.T) {
	head := func(n int) string {
		return "GET /hit HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("Cookie: a=b\r\n", n-1) + "\r\n"
	}
	for _, hit := range []viewer.HitFunc{nil, shelf} {
		for n := 98; n < 104; n++ {
			want := "HTTP/1.1 200"
			if n > 100 {
				want = "HTTP/1.1 494"
			}
			for _, piece := range []int{1, 100, 1 << 20} {
				d := newDesk(Options{Hit: hit})
				got := d.answers(cut(strings.Repeat(head(n), 3), piece)...)
				if answered := strings.Count(got, want); !strings.HasPrefix(got, want) || n <= 100 && answered != 3 || n > 100 && strings.Contains(got, "HTTP/1.1 200") {
					t.Errorf("%d fields in pieces of %d: got %q, want %s", n, piece, got, want)
				}
				if n > 100 {
					check(t, "told", fmt.Sprint(d.malformed), "[494 too many header fields]")
				}
			}
		}
	}

	var s Scratch
	liberal, strict := NewConn(Options{MaxFields: 50}.WithDefaults(), &viewer.Peer{}), NewConn(Options{MaxFields: 49}.WithDefaults(), &viewer.Peer{})
	for range 4 {
		if size, refusal := liberal.parse(&s, []byte(head(50))); size == 0 {
			t.Fatalf("got %q", refusal)
		}
	}
	strict.section = liberal.section
	if size, refusal := strict.parse(&s, []byte(head(50))); size != 0 || refusal != tooMany {
		t.Errorf("a known section: got %d bytes, %q, want %q", size, refusal, tooMany)
	}
}

// cut cuts s in pieces of n bytes.
func cut(s string, n int) (pieces []string) {
	for len(s) > 0 {
		k := min(n, len(s))
		pieces, s = append(pieces, s[:k]), s[k:]
	}
	return pieces
}

// TestRefusal: who is refused gets a page, and the connection ends (CF-ERR-01,
// CF-ERR-14), whatever follows.
func TestRefusal(t *testing.T) {
	const next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
	for _, c := range []struct{ in, want, told string }{
		{"GET / HTTP/1.1\r\n\r\n" + next, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 8\r\n\r\npage 400", "400 no Host field"},
		{"GET / HTTP/1.1\r\nA: " + strings.Repeat("x", 70<<10), "HTTP/1.1 494 \r\nConnection: close\r\nContent-Length: 8\r\n\r\npage 494", "494 request head is too large"},
		{"POST / HTTP/1.0\r\nExpect: x\r\n\r\n" + next, "HTTP/1.0 400 Bad Request\r\nContent-Length: 8\r\n\r\npage 400", "400 unknown expectation"},
	} {
		d := newDesk(Options{Hit: shelf})
		check(t, c.in, d.answers(c.in), c.want)
		check(t, c.in, fmt.Sprint(d.malformed), "["+c.told+"]")
	}
}
