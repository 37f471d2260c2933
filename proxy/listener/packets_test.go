package listener_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
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

// TestLimitsOfPackets: HTTP/3 has the limits of the Server: a connection that asks for
// nothing ends after FirstTimeout, and content that comes slower than MinBodyRate is not
// waited for (reliability D2, H16).
func TestLimitsOfPackets(t *testing.T) {
	read := make(chan error, 1)
	o := listener.Options{
		FirstTimeout: 20 * time.Second, IdleTimeout: time.Hour, MinBodyRate: 240, BodyTimeout: time.Hour,
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			_, err := io.Copy(io.Discard, r.Body)
			read <- err
			w.WriteHead(204, nil, 0)
		},
	}
	runWith(t, true, o, func(t *testing.T, s *site) {
		packets := s.servePackets(t)
		began := time.Now()
		<-packets.dial(t).Context().Done()
		if took := time.Since(began).Round(time.Second); took < 20*time.Second || took > 22*time.Second {
			t.Errorf("a connection without a request: it ended after %v, want 20s", took)
		}
		for rate, want := range map[int]string{100: "http/3: content of a request comes too slowly", 300: "<nil>"} {
			str, err := packets.dial(t).OpenStreamSync(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			// HEADERS (RFC 9114 section 7.2.2) of POST https://h/ by indices of the static table
			// (RFC 9204 section 4.5), then DATA each second.
			str.Write([]byte{1, 8, 0, 0, 0xd4, 0xd7, 0xc1, 0x50, 1, 'h'})
			for range 20 {
				str.Write(append([]byte{0, 0x40 | byte(rate>>8), byte(rate)}, make([]byte, rate)...))
				time.Sleep(time.Second)
			}
			str.Close()
			if got := fmt.Sprint(<-read); got != want {
				t.Errorf("content with %d bytes a second: got %s, want %s", rate, got, want)
			}
		}
	})
}
