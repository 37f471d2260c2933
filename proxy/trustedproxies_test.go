package proxy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

var trustedTen = viewer.Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}

// TestRightmostUntrusted: who the viewer is behind trusted proxies, who spoil their
// own fields at worst (reliability I1).
func TestRightmostUntrusted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"no field", nil, "10.0.0.1:99"},
		{"empty", []string{""}, "10.0.0.1:99"},
		{"one", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"forged in front", []string{"1.1.1.1, 2.2.2.2,192.0.2.1"}, "192.0.2.1:0"},
		{"behind a trusted one", []string{"1.1.1.1,192.0.2.1,10.9.9.9"}, "192.0.2.1:0"},
		{"all trusted", []string{"10.1.1.1,10.2.2.2"}, "10.1.1.1:0"},
		{"lines", []string{"1.1.1.1,192.0.2.1", "10.2.2.2"}, "192.0.2.1:0"},
		{"the last line first", []string{"192.0.2.1", "192.0.2.2"}, "192.0.2.2:0"},
		{"empty members", []string{"192.0.2.1, ,\t,"}, "192.0.2.1:0"},
		{"no address", []string{"192.0.2.1,unknown"}, "10.0.0.1:99"},
		{"no address behind a trusted one", []string{"192.0.2.1,_hidden,10.2.2.2"}, "10.2.2.2:0"},
		{"with a port", []string{"192.0.2.1:4711"}, "192.0.2.1:4711"},
		{"with a bad port", []string{"192.0.2.1:x"}, "10.0.0.1:99"},
		{"IPv6", []string{"2001:db8::9"}, "[2001:db8::9]:0"},
		{"IPv6 in brackets", []string{"[2001:db8::9]"}, "[2001:db8::9]:0"},
		{"IPv6 with a port", []string{"[2001:db8::9]:80"}, "[2001:db8::9]:80"},
		{"a trusted IPv6 one", []string{"192.0.2.1,2001:db8:1::5"}, "192.0.2.1:0"},
		{"IPv4 as IPv6", []string{"192.0.2.1,::ffff:10.2.2.2"}, "192.0.2.1:0"},
		{"IPv4 as IPv6, untrusted", []string{"::ffff:192.0.2.1"}, "192.0.2.1:0"},
		{"with a zone", []string{"fe80::1%eth0"}, "[fe80::1]:0"},
		{"more than are looked at", []string{"192.0.2.1," + strings.Repeat("10.2.2.2,", 31) + "10.3.3.3"}, "10.2.2.2:0"},
		{"as many as are looked at", []string{"192.0.2.1," + strings.Repeat("10.2.2.2,", 30) + "10.3.3.3"}, "192.0.2.1:0"},
	} {
		fields := field.Lines{{Name: "Host", Value: "a"}}
		for _, line := range tt.lines {
			fields.Add("x-forwarded-for", line)
		}
		if got := rightmostUntrusted(fields, netip.MustParseAddrPort("10.0.0.1:99"), trustedTen); got.String() != tt.want {
			t.Errorf("%s: %.60q: got %v, want %s", tt.name, tt.lines, got, tt.want)
		}
	}
}

// FuzzForwarded: what stands left of the first address that is not trusted does
// not matter, and neither does how that was written.
func FuzzForwarded(f *testing.F) {
	f.Add("1.1.1.1, junk", "10.1.1.1")
	f.Add("[::1]:2,,", "")
	f.Fuzz(func(t *testing.T, forged, behind string) {
		connected := netip.MustParseAddrPort("10.0.0.1:99")
		of := func(value string) netip.AddrPort {
			return rightmostUntrusted(field.Lines{{Name: "X-Forwarded-For", Value: value}}, connected, trustedTen)
		}
		if got := of(forged + ",192.0.2.1"); got.String() != "192.0.2.1:0" {
			t.Fatalf("%q in front: got %v, want 192.0.2.1", forged, got)
		}
		if a, b := of("192.0.2.1,"+behind), of(forged+",192.0.2.1,"+behind); a != b {
			t.Fatalf("%q in front of %q: got %v, and %v without it", forged, behind, b, a)
		}
	})
}
