package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A way is an origin with a request that is sent to it.
type way struct {
	name  string
	field string // of origin.Link, if it is about one
	set   func(o *origin.Origin, r *origin.Request)
}

// ways differ in one thing each.
func ways() []way {
	link := func(field string, l origin.Link) way {
		return way{field, field, func(o *origin.Origin, _ *origin.Request) { o.Link = &l }}
	}
	told := &origin.Link{ProxyProtocol: origin.ProxyProtocolV2}
	viewer := func(name, address string) way {
		return way{name, "ProxyProtocol", func(o *origin.Origin, r *origin.Request) {
			o.Link, r.Ends.Viewer = told, netip.MustParseAddrPort(address)
		}}
	}
	replaced := &replacedIdentity{}
	mutual := &origin.Link{Identity: replaced}
	identity := func(name string, certificate *tls.Certificate) way {
		return way{name, "Identity", func(o *origin.Origin, _ *origin.Request) { o.Link, replaced.now = mutual, certificate }}
	}
	first, second := []byte("first"), []byte("second")
	empty := &origin.Link{}
	return []way{
		{"nothing", "", func(*origin.Origin, *origin.Request) {}},
		{"no TLS", "", func(_ *origin.Origin, r *origin.Request) { r.Scheme = "http" }},
		{"HTTP/2", "", func(_ *origin.Origin, r *origin.Request) { r.Version = origin.VersionHTTP2 }},
		{"any certificate", "", func(o *origin.Origin, _ *origin.Request) { o.TLSInsecure = true }},
		{"roots", "", func(o *origin.Origin, _ *origin.Request) { o.TLSRootsPEM = first }},
		{"other roots", "", func(o *origin.Origin, _ *origin.Request) { o.TLSRootsPEM = second }},
		{"Host", "", func(_ *origin.Origin, r *origin.Request) { r.Host = "www.example" }},
		{"domain name", "", func(o *origin.Origin, _ *origin.Request) { o.DomainName = "other.example" }},
		{"port", "", func(o *origin.Origin, _ *origin.Request) { o.HTTPSPort = 8443 }},
		{"address", "", func(o *origin.Origin, _ *origin.Request) { o.ConnectTo = "10.0.0.1:443" }},
		{"socket", "", func(o *origin.Origin, _ *origin.Request) { o.ConnectTo = "unix:/run/app.sock" }},
		{"a Link that says nothing", "", func(o *origin.Origin, _ *origin.Request) { o.Link = empty }},
		link("Addresses", origin.Link{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}),
		link("Resolver", origin.Link{Resolver: netip.MustParseAddrPort("10.0.0.2:53")}),
		link("Family", origin.Link{Family: origin.FamilyIPv4}),
		link("Source", origin.Link{Source: netip.MustParseAddr("198.51.100.7")}),
		link("Proxy", origin.Link{Proxy: &origin.Proxy{Host: "proxy.internal", Port: 1080}}),
		link("Proxy", origin.Link{Proxy: &origin.Proxy{Host: "proxy.internal", Port: 1080}}), // an equal one
		viewer("one viewer", "192.0.2.7:1000"),
		viewer("another viewer", "192.0.2.8:1000"),
		viewer("its other connection", "192.0.2.7:2000"),
		link("ServerName", origin.Link{ServerName: "lb.internal"}),
		link("CertificateNames", origin.Link{CertificateNames: []string{"api.example"}}),
		link("TLSVersions", origin.Link{TLSVersions: origin.TLSVersion12}),
		identity("client certificate", &tls.Certificate{}),
		identity("its successor", &tls.Certificate{}),
	}
}

// A replacedIdentity has the certificate that a test says.
type replacedIdentity struct{ now *tls.Certificate }

func (i *replacedIdentity) Certificate(time.Time) *tls.Certificate { return i.now }

// A quietConn is an idle connection that is good.
type quietConn struct{ net.Conn }

func (quietConn) Quiet() bool  { return true }
func (quietConn) Close() error { return nil }

// TestConnectionsAreApart: a connection that was made for one origin and viewer
// serves no other, whatever it is in which they differ, and it serves the same
// again; nor do they share connections that speak HTTP/2, or what is known of
// certificates. Every field of origin.Link is among that.
func TestConnectionsAreApart(t *testing.T) {
	untried := map[string]bool{}
	for i := range reflect.TypeFor[origin.Link]().NumField() {
		untried[reflect.TypeFor[origin.Link]().Field(i).Name] = true
	}
	c := New(Options{})
	defer c.Close()
	route := func(w way) route {
		o := &origin.Origin{DomainName: "api.example"}
		r := &origin.Request{Method: "GET", Scheme: "https", Host: "api.example", Target: "/"}
		w.set(o, r)
		return c.routeTo(o, r)
	}
	all := ways()
	for i, a := range all {
		delete(untried, a.field)
		for j, b := range all {
			if i != j && route(a) == route(b) {
				t.Errorf("%s and %s have one route", a.name, b.name)
			}
		}
	}
	for i, a := range all {
		kept := newConn(quietConn{}, route(a), time.Now)
		if got, err := c.pool.acquire(context.Background(), kept.route, false); got != nil || err != nil {
			t.Fatalf("%s: got %v, %v, want the right to connect", a.name, got, err)
		}
		c.pool.own(kept)
		c.pool.put(kept, time.Minute, time.Now())
		for j, b := range all {
			got, err := c.pool.acquire(context.Background(), route(b), false)
			if err != nil || (got == kept) != (i == j) {
				t.Errorf("made for %s, asked for %s: got the connection %v, %v", a.name, b.name, got == kept, err)
			}
			if got == kept {
				c.pool.put(kept, time.Minute, time.Now())
			} else if got == nil {
				c.pool.leave(route(b).target)
			}
		}
		c.CloseIdle()
	}
	for field := range untried {
		t.Errorf("no way is about origin.Link.%s", field)
	}
}
