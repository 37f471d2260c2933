package proxy

import (
	"net/netip"
	"testing"

	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestPeerIsKept: a connection keeps what a web ACL knows about it, until there
// is another web ACL.
func TestPeerIsKept(t *testing.T) {
	s := benchServer(t)
	d := s.Snapshot().Distributions[0]
	r := request("GET http://shop.test/p", "")
	r.Peer, r.Remote = new(viewer.Peer), netip.MustParseAddrPort("198.51.100.10:40001")
	x := Exchange{server: s, snapshot: s.Snapshot(), r: r, distribution: d}
	first, second := blocking(t, acted{}, 10), blocking(t, acted{}, 10)
	p := x.firewallPeer(first)
	if x.firewallPeer(first) != p {
		t.Error("the second request of a connection: got another Peer, want the same")
	}
	if q := x.firewallPeer(second); q == p || q.ACL() != second {
		t.Error("after a reload: got the Peer of the former web ACL")
	}
	r.Peer = nil
	if q := x.firewallPeer(first); q.ACL() != first {
		t.Error("without a connection: got the Peer of another web ACL")
	}
}

// A lookups is a source of places that counts how often it was asked.
type lookups struct {
	country string
	asked   int
}

func (l *lookups) Lookup(netip.Addr) geo.Place {
	l.asked++
	return geo.Place{Country: l.country}
}

func (l *lookups) Details(netip.Addr) geo.Details {
	l.asked++
	return geo.Details{City: "Köln"}
}

func (l *lookups) HasContinents() bool { return false }

// TestPlaceIsKept: the place of a connection is looked up once, for as long as its
// address and the data are the same ones.
func TestPlaceIsKept(t *testing.T) {
	s := benchServer(t)
	old, young := &lookups{country: "DE"}, &lookups{country: "AT"}
	snapshot := &Snapshot{Geo: geo.Join(old)}
	r := request("GET http://shop.test/p", "")
	r.Peer, r.Remote = new(viewer.Peer), netip.MustParseAddrPort("198.51.100.10:40001")
	x := Exchange{server: s, snapshot: snapshot, r: r}
	want := func(country string, source *lookups, asked int) {
		t.Helper()
		if got := x.place().Country; got != country || source.asked != asked {
			t.Errorf("got %q after %d lookups, want %q after %d", got, source.asked, country, asked)
		}
	}
	want("DE", old, 1)
	want("DE", old, 1)
	acl := blocking(t, acted{}, 10)
	p := x.firewallPeer(acl)
	want("DE", old, 1)
	r.Remote = netip.MustParseAddrPort("192.0.2.1:40001") // by a proxy that names its viewers
	want("DE", old, 2)
	if q := x.firewallPeer(acl); q == p {
		t.Error("another address: got what the web ACL knows about the former")
	}
	x.snapshot = &Snapshot{Geo: geo.Join(young)} // a reload
	want("AT", young, 1)
	want("AT", young, 1)
	for range 2 { // the country is that which is known
		x.shown = nil // another request
		if got := x.shownPlace(); got.City != "K%C3%B6ln" || got.country != "Austria" || young.asked != 3 {
			t.Errorf("got %+v after %d lookups", got, young.asked)
		}
	}
	young.asked, x.shown = 1, nil
	x.snapshot = new(Snapshot)
	want("", young, 1)
	x.snapshot, r.Peer = snapshot, nil
	want("DE", old, 3)
	want("DE", old, 4)
}

// TestEscapeText: what origins are told is visible ASCII, and no two texts are told
// as one (CF-CFH-30).
func TestEscapeText(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"Washington, D.C.": "Washington, D.C.",
		"São Paulo":        "S%C3%A3o Paulo",
		"东京":               "%E4%B8%9C%E4%BA%AC",
		"100%":             "100%25",
		"a\r\nb\x7f":       "a%0D%0Ab%7F",
	} {
		if got := escapeText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestHandshake: what an origin is told of the connection of a request (CF-CFH-25).
func TestHandshake(t *testing.T) {
	for _, test := range []struct {
		resumed, reused bool
		want            string
	}{{false, false, "fullHandshake"}, {true, false, "sessionResumed"}, {false, true, "connectionReused"}, {true, true, "connectionReused"}} {
		x := Exchange{r: &viewer.Request{Reused: test.reused, TLS: &viewer.TLS{Version: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256", Resumed: test.resumed}}}
		if got, want := x.generatedField("CloudFront-Viewer-TLS"), "TLSv1.3:TLS_AES_128_GCM_SHA256:"+test.want; got != want {
			t.Errorf("resumed %t, reused %t: got %q, want %q", test.resumed, test.reused, got, want)
		}
	}
}
