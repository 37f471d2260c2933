package transport

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin"
)

func TestProxyHeader(t *testing.T) {
	for _, tt := range []struct{ viewer, edge, v1, v2 string }{
		{"192.0.2.7:5123", "198.51.100.1:443", "PROXY TCP4 192.0.2.7 198.51.100.1 5123 443\r\n",
			"\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x14\x03\x01\xbb"},
		{"[2001:db8::7]:5123", "[2001:db8::1]:443", "PROXY TCP6 2001:db8::7 2001:db8::1 5123 443\r\n",
			"\x21\x21\x00\x24\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x14\x03\x01\xbb"},
		{"[::ffff:192.0.2.7]:5123", "198.51.100.1:443", "PROXY TCP4 192.0.2.7 198.51.100.1 5123 443\r\n",
			"\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x14\x03\x01\xbb"},
		{"192.0.2.7:5123", "[fe80::1%eth0]:443", "PROXY TCP6 ::ffff:c000:207 fe80::1 5123 443\r\n",
			"\x21\x21\x00\x24\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02\x07\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x14\x03\x01\xbb"},
		{"192.0.2.7:5123", "", "PROXY TCP4 192.0.2.7 0.0.0.0 5123 0\r\n", "\x21\x11\x00\x0c\xc0\x00\x02\x07\x00\x00\x00\x00\x14\x03\x00\x00"},
		{"", "198.51.100.1:443", "PROXY UNKNOWN\r\n", "\x21\x00\x00\x00"},
		{"", "", "PROXY UNKNOWN\r\n", "\x21\x00\x00\x00"},
	} {
		var e origin.Ends
		if tt.viewer != "" {
			e.Viewer = netip.MustParseAddrPort(tt.viewer)
		}
		if tt.edge != "" {
			e.Edge = netip.MustParseAddrPort(tt.edge)
		}
		if got := string(appendProxyHeader(nil, origin.ProxyProtocolV1, e)); got != tt.v1 {
			t.Errorf("version 1 of %v: got %q, want %q", e, got, tt.v1)
		}
		if got, want := string(appendProxyHeader(nil, origin.ProxyProtocolV2, e)), proxySignature+tt.v2; got != want {
			t.Errorf("version 2 of %v: got %q, want %q", e, got, want)
		}
	}
}

// FuzzProxyHeader: both versions tell the same two addresses, and those that
// there are.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte{192, 0, 2, 7}, []byte{198, 51, 100, 1}, uint16(5123), uint16(443))
	f.Add([]byte("0123456789abcdef"), []byte{198, 51, 100, 1}, uint16(1), uint16(65535))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04"), []byte("0123456789abcdef"), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, src, dst []byte, srcPort, dstPort uint16) {
		viewer, is := netip.AddrFromSlice(src)
		edge, isToo := netip.AddrFromSlice(dst)
		if !is || !isToo {
			return
		}
		e := origin.Ends{Viewer: netip.AddrPortFrom(viewer, srcPort), Edge: netip.AddrPortFrom(edge, dstPort)}
		line := string(appendProxyHeader(nil, origin.ProxyProtocolV1, e))
		var family, from, to string
		var fromPort, toPort uint16
		if n, err := fmt.Sscanf(strings.TrimSuffix(line, "\r\n"), "PROXY %s %s %s %d %d", &family, &from, &to, &fromPort, &toPort); n != 5 || err != nil || len(line) > 107 {
			t.Fatalf("%v: got %q", e, line)
		}
		binaryForm := appendProxyHeader(nil, origin.ProxyProtocolV2, e)
		rest := binaryForm[len(proxySignature)+4:]
		size := (len(rest) - 4) / 2
		source, _ := netip.AddrFromSlice(rest[:size])
		destination, _ := netip.AddrFromSlice(rest[size : 2*size])
		for i, pair := range [][3]netip.Addr{{netip.MustParseAddr(from), source, viewer}, {netip.MustParseAddr(to), destination, edge}} {
			if pair[0] != pair[1] || pair[1].Unmap() != pair[2].Unmap() {
				t.Errorf("%v, end %d: version 1 says %v, version 2 %v", e, i, pair[0], pair[1])
			}
		}
		if fromPort != srcPort || toPort != dstPort || binary.BigEndian.Uint16(rest[2*size:]) != srcPort || binary.BigEndian.Uint16(rest[2*size+2:]) != dstPort {
			t.Errorf("%v: got ports of %q and %x", e, line, binaryForm)
		}
		if want := map[int]string{4: "TCP4", 16: "TCP6"}[size]; family != want {
			t.Errorf("%v: version 1 says %s, version 2 has addresses of %d bytes", e, family, size)
		}
	})
}
