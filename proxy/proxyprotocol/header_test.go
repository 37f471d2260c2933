package proxyprotocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/proxyprotocol"
)

const signature = "\r\n\r\n\x00\r\nQUIT\n"

// version2 returns a header with a command, a family, and what follows.
func version2(command, family byte, rest string) string {
	return string(binary.BigEndian.AppendUint16(append([]byte(signature), command, family), uint16(len(rest)))) + rest
}

// read reads a header as a connection is read: no more than Parse asks for.
func read(in string) (h proxyprotocol.Header, used int, err error) {
	for {
		h, more, err := proxyprotocol.Parse([]byte(in[:used]))
		if err != nil || more == 0 {
			return h, used, err
		}
		if used += more; used > len(in) {
			return h, used, errShort
		}
	}
}

var errShort = errors.New("asked for more than there is")

// TestParse reads headers of both versions (sections 2.1 and 2.2 of the
// protocol). Each is followed by what is not the header's.
func TestParse(t *testing.T) {
	v4 := "\xcb\x00\x71\x07\x0a\x00\x00\x05\xb5\xde\x01\xbb"
	v6 := "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x09" + "\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01" + "\x00\x01\x01\xbb"
	mapped := strings.Repeat("\x00", 10) + "\xff\xff\xcb\x00\x71\x07" + strings.Repeat("\x00", 10) + "\xff\xff\x0a\x00\x00\x05" + "\x00\x09\x01\xbb"
	for _, tt := range []struct{ in, want string }{
		{"PROXY TCP4 203.0.113.7 10.0.0.5 46558 443\r\n", "203.0.113.7:46558 10.0.0.5:443"},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 0 0\r\n", "1.1.1.1:0 2.2.2.2:0"},
		{"PROXY TCP6 2001:db8::9 :: 1 443\r\n", "[2001:db8::9]:1 [::]:443"},
		{"PROXY TCP6 ::ffff:cb00:7107 2001:db8::1 9 443\r\n", "203.0.113.7:9 [2001:db8::1]:443"},
		{"PROXY UNKNOWN\r\n", "nobody"},
		{"PROXY UNKNOWN ff:: ff:: 1 2\r\n", "nobody"},
		{"PROXY UNKNOWN " + strings.Repeat("x", 91) + "\r\n", "nobody"},
		{version2(0x21, 0x11, v4), "203.0.113.7:46558 10.0.0.5:443"},
		{version2(0x21, 0x11, v4+"\x03\x00\x04abcd"), "203.0.113.7:46558 10.0.0.5:443"},
		{version2(0x21, 0x21, v6), "[2001:db8::9]:1 [2001:db8::1]:443"},
		{version2(0x21, 0x21, mapped), "203.0.113.7:9 10.0.0.5:443"},
		{version2(0x20, 0x00, ""), "nobody"},
		{version2(0x20, 0x11, v4), "nobody"},
		{version2(0x21, 0x00, ""), "nobody"},
		{version2(0x21, 0x31, strings.Repeat("u", 216)), "nobody"},
		{version2(0x20, 0x00, strings.Repeat("t", 4<<10-16)), "nobody"},
	} {
		h, used, err := read(tt.in + "\x16\x03\x01 what follows")
		got := "nobody"
		if h.Source.IsValid() {
			got = fmt.Sprint(h.Source, " ", h.Destination)
		}
		if err != nil || got != tt.want || used != len(tt.in) {
			t.Errorf("%.60q: got %s of %d bytes, %v; want %s of %d", tt.in, got, used, err, tt.want, len(tt.in))
		}
	}
}

// TestParseRefuses: what is no header, or has something in it that is not
// understood (reliability F19).
func TestParseRefuses(t *testing.T) {
	v4 := "\xcb\x00\x71\x07\x0a\x00\x00\x05\xb5\xde\x01\xbb"
	for _, tt := range []struct {
		in   string
		want error
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", proxyprotocol.ErrNotAHeader},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello", proxyprotocol.ErrNotAHeader},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", proxyprotocol.ErrNotAHeader},
		{"proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n", proxyprotocol.ErrNotAHeader},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n" + strings.Repeat("x", 99), proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 1\r2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 1.1.1.01 2.2.2.2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n", proxyprotocol.ErrMalformed},
		{"PROXY UNKNOWN " + strings.Repeat("x", 100), proxyprotocol.ErrTooLong},
		{version2(0x31, 0x11, v4), proxyprotocol.ErrMalformed},
		{version2(0x22, 0x11, v4), proxyprotocol.ErrMalformed},
		{version2(0x21, 0x11, v4[:11]), proxyprotocol.ErrMalformed},
		{version2(0x21, 0x21, v4), proxyprotocol.ErrMalformed},
		{version2(0x20, 0x00, strings.Repeat("t", 4<<10-15)), proxyprotocol.ErrTooLong},
	} {
		if _, used, err := read(tt.in); err != tt.want {
			t.Errorf("%.60q: got %v after %d bytes, want %v", tt.in, err, used, tt.want)
		}
	}
}

// FuzzParse: however much of a header is there, no more is asked for than it
// has, and with all of it the answer is the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte("PROXY TCP4 203.0.113.7 10.0.0.5 46558 443\r\nGET / HTTP/1.1\r\n"))
	f.Add([]byte("PROXY TCP6 ::1 :: 1 2\r\n\x16\x03\x01"))
	f.Add([]byte("PROXY UNKNOWN a b\r\n"))
	f.Add([]byte(version2(0x21, 0x11, "\xcb\x00\x71\x07\x0a\x00\x00\x05\xb5\xde\x01\xbb\x03\x00\x01x") + "PRI"))
	f.Add([]byte(version2(0x20, 0x00, "")))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, used, err := read(string(in))
		if err != nil {
			return
		}
		if used > proxyprotocol.MaxSize {
			t.Fatalf("%d bytes, want at most %d", used, proxyprotocol.MaxSize)
		}
		if h.Source.IsValid() != h.Destination.IsValid() {
			t.Fatalf("got %v and %v, want both or none", h.Source, h.Destination)
		}
		for n := range used {
			_, more, err := proxyprotocol.Parse(in[:n])
			if err != nil || more <= 0 || n+more > used {
				t.Fatalf("with %d bytes of %d: got %d more, %v", n, used, more, err)
			}
		}
		if again, more, err := proxyprotocol.Parse(bytes.Clone(in[:used])); again != h || more != 0 || err != nil {
			t.Fatalf("again: got %v, %d more, %v; want %v", again, more, err, h)
		}
		if !h.Source.IsValid() {
			return
		}
		line := lineOf(h)
		if again, _, err := read(line); err != nil || again != h {
			t.Fatalf("as %q: got %v, %v; want %v", line, again, err, h)
		}
	})
}

// lineOf writes a header of version 1.
func lineOf(h proxyprotocol.Header) string {
	family, source, destination := "TCP4", h.Source.Addr(), h.Destination.Addr()
	if source.Is6() || destination.Is6() {
		family = "TCP6"
		source, destination = netip.AddrFrom16(source.As16()), netip.AddrFrom16(destination.As16())
	}
	return fmt.Sprintf("PROXY %s %s %s %d %d\r\n", family, source, destination, h.Source.Port(), h.Destination.Port())
}
