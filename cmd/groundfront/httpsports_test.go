package main

import (
	"maps"
	"net"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
)

// A bound listener has an address and accepts nothing.
type bound struct {
	net.Listener
	addr net.Addr
}

func (b bound) Addr() net.Addr { return b.addr }

// TestHTTPSPorts: viewers are redirected to the socket with TLS that belongs to the one
// they came to (CF-VPP-02, CF-VPP-11).
func TestHTTPSPorts(t *testing.T) {
	plain := func(port int) socket {
		return socket{listener: bound{addr: &net.TCPAddr{Port: port}}}
	}
	secure := func(port int) socket {
		s := plain(port)
		s.source = config.TLSSourceLocalCA
		return s
	}
	unix := socket{listener: bound{addr: &net.UnixAddr{Name: "/run/viewers"}}}
	for _, test := range []struct {
		name string
		all  []socket
		want proxy.HTTPSPorts
	}{
		{"none", nil, proxy.HTTPSPorts{}},
		{"only plain ones", []socket{plain(80), plain(8080)}, proxy.HTTPSPorts{}},
		{"only with TLS", []socket{secure(443)}, proxy.HTTPSPorts{}},
		{"a pair", []socket{plain(8080), secure(8443)}, proxy.HTTPSPorts{8080: 8443}},
		{"the ports of the web", []socket{plain(80), secure(443)}, proxy.HTTPSPorts{80: 443}},
		{"pairs", []socket{plain(8080), secure(8443), plain(9080), secure(9443)}, proxy.HTTPSPorts{8080: 8443, 9080: 9443}},
		{"several for one", []socket{plain(80), plain(8080), secure(8443), secure(9443), plain(9080)}, proxy.HTTPSPorts{80: 8443, 8080: 8443, 9080: 9443}},
		{"TLS first", []socket{secure(8443), plain(8080)}, proxy.HTTPSPorts{8080: 8443}},
		{"no TCP", []socket{unix, plain(8080), unix, secure(8443)}, proxy.HTTPSPorts{8080: 8443}},
	} {
		if got := httpsPorts(test.all); !maps.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
