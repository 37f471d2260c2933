package listener_test

import (
	"crypto/tls"
	"net"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"

	"github.com/groundfront/groundfront/proxy/viewertls"
)

// A packetSite is where a site, which has a CA, takes HTTP/3.
type packetSite struct {
	network simnet.PerfectRouter
	site    *site
	viewers byte
}

var packetAddress = &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 443}

func (s *site) servePackets(t *testing.T) *packetSite {
	t.Helper()
	p := &packetSite{site: s}
	config := &tls.Config{GetCertificate: s.ca.GetCertificate, MinVersion: tls.VersionTLS13, NextProtos: []string{"h3"}}
	pc := simnet.NewBlockingSimConn(packetAddress, &p.network)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.ServePackets(pc, func(*tls.ClientHelloInfo) viewertls.Choice { return viewertls.Choice{Config: config} }) // the site ends it
	}()
	t.Cleanup(func() { <-served })
	return p
}

// dial connects a viewer that asks for nothing.
func (p *packetSite) dial(t *testing.T) *quic.Conn {
	t.Helper()
	p.viewers++
	pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(198, 51, 100, p.viewers), Port: 5000}, &p.network)
	transport := &quic.Transport{Conn: pc}
	c, err := transport.Dial(t.Context(), packetAddress, &tls.Config{ServerName: "api.example", RootCAs: p.site.roots(), NextProtos: []string{"h3"}},
		&quic.Config{MaxIncomingUniStreams: 10})
	t.Cleanup(func() {
		transport.Close()
		pc.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
