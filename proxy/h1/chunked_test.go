package h1

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestTrailerCount: content with more fields behind it than a head may have is
// malformed (reliability H12).
func TestTrailerCount(t *testing.T) {
	for n, want := range map[int]string{10: "<nil>", 11: "chunked content: too many trailer fields"} {
		c := chunkedReader{in: &input{t: ended("0\r\n" + strings.Repeat("a: b\r\n", n) + "\r\n")}, maxFields: 10}
		if _, err := io.ReadAll(&c); fmt.Sprint(err) != want {
			t.Errorf("%d trailer fields: got %v, want %s", n, err, want)
		}
	}

	d := newDesk(Options{MaxFields: 10})
	got := d.answers("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("a: b\r\n", 11) + "\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n")
	if strings.Contains(got, "/next") {
		t.Errorf("a request behind too many trailer fields was answered: %q", got)
	}
}

// readChunks reads content that comes in pieces. It returns what is left behind
// it too.
func readChunks(pieces ...string) (content, rest string, err error) {
	in := &input{t: ended(pieces...)}
	b, err := io.ReadAll(&chunkedReader{in: in})
	if err == nil {
		after, _ := io.ReadAll(in)
		rest = string(after)
	}
	return string(b), rest, err
}

// TestChunked: RFC 9112 section 7.1 by the letter, in pieces of every size.
func TestChunked(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ in, content, rest, err string }{
		{in: "0\r\n\r\n"},
		{in: "0\r\n\r\nGET /", rest: "GET /"},
		{in: "3\r\nabc\r\n0\r\n\r\n", content: "abc"},
		{in: "3\r\nabc\r\n00a\r\n0123456789\r\n000\r\n\r\nrest", content: "abc0123456789", rest: "rest"},
		{in: "B\r\n0\r\n\r\n GET /\r\n0\r\n\r\n", content: "0\r\n\r\n GET /"},
		{in: "1388\r\n" + long + "\r\n0\r\n\r\n", content: long},
		// Chunk extensions are read over.
		{in: "1;a\r\nx\r\n1 \t;a=\"b\"\r\ny\r\n0;z\r\n\r\n", content: "xy"},
		// Trailer fields are checked and dropped.
		{in: "1\r\nx\r\n0\r\nA: 1\r\nB:\t\xc3\xa9\t\r\nC:\r\n\r\nrest", content: "x", rest: "rest"},

		{in: "", err: "unexpected EOF"},
		{in: "3", err: "unexpected EOF"},
		{in: "3\r\nab", content: "ab", err: "unexpected EOF"},
		{in: "3\r\nabc", content: "abc", err: "unexpected EOF"},
		{in: "3\r\nabc\r\n", content: "abc", err: "unexpected EOF"},
		{in: "3\r\nabc\r\n0\r\n", content: "abc", err: "unexpected EOF"},
		{in: "3\r\nabc\r\n0\r\nA: 1\r\n", content: "abc", err: "unexpected EOF"},
		{in: "\r\n", err: `bad chunk size ""`},
		{in: "x\r\n", err: `bad chunk size "x"`},
		{in: "-1\r\n", err: `bad chunk size "-1"`},
		{in: "+1\r\nx\r\n", err: `bad chunk size "+1"`},
		{in: "0x1\r\nx\r\n", err: `bad chunk size "0x1"`},
		{in: "1_0\r\n", err: `bad chunk size "1_0"`},
		{in: " 1\r\nx\r\n", err: `bad chunk size " 1"`},
		{in: "1 \r\nx\r\n", err: `bad chunk size "1 "`},
		{in: "1 a\r\nx\r\n", err: `bad chunk size "1 a"`},
		{in: "8000000000000000\r\n", err: "chunk size is too large"},
		{in: "00000000000000010\r\n0123456789abcdef\r\n0\r\n\r\n", content: "0123456789abcdef"},
		{in: "10000000000000000\r\n", err: "chunk size is too large"},
		{in: "3\nabc\r\n", err: "bare LF"},
		{in: "3\r\r\nabc\r\n", err: "control character"},
		{in: "3;a\x00\r\nabc\r\n", err: "control character"},
		{in: "3\r\nabc\n0\r\n\r\n", content: "abc", err: "bare LF"},
		{in: "3\r\nabcd\r\n0\r\n\r\n", content: "abc", err: "a chunk is longer than its size"},
		{in: "3\r\nabc0\r\n\r\n", content: "abc", err: "a chunk is longer than its size"},
		{in: "0\n\n", err: "bare LF"},
		{in: "0\r\n\n", err: "bare LF"},
		{in: "0\r\nA\r\n\r\n", err: `bad trailer field "A"`},
		{in: "0\r\nA : b\r\n\r\n", err: `bad trailer field "A : b"`},
		{in: "0\r\nA: b\r\n c\r\n\r\n", err: `bad trailer field " c"`},
		{in: "0\r\nA: b\x7f\r\n\r\n", err: "control character"},
		{in: "0\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 9) + "\r\n", err: "trailer section is too large"},
		{in: "0;" + strings.Repeat("a", 5000) + "\r\n\r\n", err: "line is too long"},
		{in: "0\r\nA: " + strings.Repeat("b", 5000) + "\r\n\r\n", err: "line is too long"},
	} {
		for size := 1; size <= len(c.in)+1; size += 1 + size/8 {
			content, rest, err := readChunks(cut(c.in, size)...)
			text := ""
			if err != nil {
				text = strings.TrimPrefix(err.Error(), "chunked content: ")
			}
			if content != c.content || rest != c.rest || text != c.err {
				t.Fatalf("%.60q in pieces of %d:\n got %q, rest %q, error %q\nwant %q, rest %q, error %q", c.in, size, content, rest, text, c.content, c.rest, c.err)
			}
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, new(syntaxError)) {
				t.Fatalf("%q: got %T, want a syntaxError", c.in, err)
			}
		}
	}
}

// TestChunkedStaysWrong: an error is the answer to all further reads.
func TestChunkedStaysWrong(t *testing.T) {
	r := &chunkedReader{in: &input{t: ended("3\r\nabcd\r\n1\r\nx\r\n0\r\n\r\n")}}
	if _, err := io.ReadAll(r); err == nil {
		t.Fatal("got no error")
	}
	for range 2 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || fmt.Sprint(err) != "chunked content: a chunk is longer than its size" {
			t.Errorf("got %d, %v, want the error again", n, err)
		}
	}
}
