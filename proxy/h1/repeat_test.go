package h1

import (
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// withFields returns a request with some fields.
func withFields(target, fields string) []byte {
	return []byte("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + strings.ReplaceAll(fields, "\n", "\r\n") + "\r\n\r\n")
}

// TestKnownSections: a field section that comes a second time is learned, one that
// differs by a byte is parsed, and who sends something new each time does not
// replace what is of use.
func TestKnownSections(t *testing.T) {
	var s Scratch
	o := Options{}.WithDefaults()
	regular, changing := NewConn(o, &viewer.Peer{}), NewConn(o, &viewer.Peer{})
	known := func() int {
		n := 0
		for i := range s.known {
			if len(s.known[i].text) > 0 {
				n++
			}
		}
		return n
	}
	parse := func(c *Conn, in []byte, want string) {
		t.Helper()
		size, refusal := c.parse(&s, in)
		if got := fmt.Sprintf("%s %v %v", s.head.Host, s.head.Fields, s.head.Marks); size != len(in) || refusal != "" || got != want {
			t.Fatalf("%q: got %d bytes, %q, %s, want %s", in, size, refusal, got, want)
		}
	}
	parse(&regular, withFields("/a", "A: 1\nRange: bytes=0-"), "h [{A 1} {Range bytes=0-}] range, if-range")
	if s.known != nil {
		t.Error("a section is learned that has come once")
	}
	for i := range 20 {
		parse(&regular, withFields("/"+strings.Repeat("b", i), "A: 1\nRange: bytes=0-"), "h [{A 1} {Range bytes=0-}] range, if-range")
	}
	place := regular.section
	if s.known == nil || string(s.known[place].text) != "Host: h\r\nA: 1\r\nRange: bytes=0-\r\n\r\n" || s.known[place].use != maxUse {
		t.Fatalf("after 20: the section is not known, or of no use: %+v", s.known)
	}
	for i := range 1000 {
		parse(&changing, withFields("/", fmt.Sprintf("A: %09d", i)), fmt.Sprintf("h [{A %09d}] none", i))
		parse(&regular, withFields("/", "A: 1\nRange: bytes=0-"), "h [{A 1} {Range bytes=0-}] range, if-range")
	}
	if regular.section != place || s.known[place].use == 0 {
		t.Errorf("others have replaced a section that was of use: place %d, was %d, use %d", regular.section, place, s.known[place].use)
	}
	parse(&regular, withFields("/", "A: 2\nRange: bytes=0-"), "h [{A 2} {Range bytes=0-}] range, if-range")
	parse(&regular, withFields("/", "A: 1\nRange: bytes=0-"), "h [{A 1} {Range bytes=0-}] range, if-range")

	long := "A: " + strings.Repeat("x", maxSection)
	before := known()
	for range 3 {
		parse(&regular, withFields("/", long), "h [{A "+long[3:]+"}] none")
	}
	if known() > before {
		t.Error("a section is learned that is too long")
	}
}
