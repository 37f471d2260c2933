package transport_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// TestFamily: only addresses of the family are connected to, and a name that
// has none is one that is not resolved (CF-DIST-17).
func TestFamily(t *testing.T) {
	const both = "2001:db8::1 192.0.2.1 192.0.2.2"
	for _, tt := range []struct {
		family    origin.Family
		addresses string
		dialled   string
		kind      origin.ErrorKind
	}{
		{origin.FamilyDualStack, both, "100ms 2001:db8::1, 100ms 192.0.2.1, 100ms 192.0.2.2", origin.ErrorConnect},
		{origin.FamilyIPv4, both, "100ms 192.0.2.1, 100ms 192.0.2.2", origin.ErrorConnect},
		{origin.FamilyIPv6, both, "100ms 2001:db8::1", origin.ErrorConnect},
		{origin.FamilyIPv6, "192.0.2.1", "", origin.ErrorDNS},
		{origin.FamilyIPv4, "::ffff:192.0.2.1", "100ms 192.0.2.1", origin.ErrorConnect},
	} {
		runWorld(t, ips(tt.addresses), func(t *testing.T, w *world) {
			w.link, w.refuse = &origin.Link{Family: tt.family}, both
			w.attempts = 1
			w.want(t, tt.dialled, tt.kind)
		})
	}
}

// TestStaticAddresses: the addresses that are configured are connected to in
// turn, nothing is looked up, and one that fails comes last.
func TestStaticAddresses(t *testing.T) {
	runWorld(t, ips("203.0.113.9"), func(t *testing.T, w *world) {
		w.link = &origin.Link{Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}}
		w.want(t, "0s 10.0.0.1", 0)
		w.want(t, "0s 10.0.0.2", 0)
		w.refuse = "10.0.0.1"
		w.want(t, "0s 10.0.0.1, 0s 10.0.0.2", 0)
		w.want(t, "0s 10.0.0.2", 0)
		w.want(t, "0s 10.0.0.2", 0)
		time.Sleep(time.Minute)
		w.refuse = ""
		w.want(t, "0s 10.0.0.2", 0)
		w.want(t, "0s 10.0.0.1", 0)
		w.wantLookups(t, 0)
		w.link = nil
		w.want(t, "100ms 203.0.113.9", 0)
	})
}

// TestSourceAddress: connections come from the address, and go to addresses of
// its family only.
func TestSourceAddress(t *testing.T) {
	runWorld(t, ips("2001:db8::1 192.0.2.1"), func(t *testing.T, w *world) {
		w.link = &origin.Link{Source: netip.MustParseAddr("198.51.100.7")}
		w.want(t, "100ms 192.0.2.1 from 198.51.100.7", 0)
		w.link = &origin.Link{Source: netip.MustParseAddr("2001:db8::7")}
		w.want(t, "0s 2001:db8::1 from 2001:db8::7", 0)
		w.link = nil
		w.want(t, "0s 2001:db8::1", 0)
	})
}
