package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"

	"github.com/groundfront/groundfront/proxy/h3"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// HTTP/3 comes in packets: neither driver has anything to do with it. Its
// connections have the slots, the limits, the pages and the drain of all others.

// newH3 returns the server of sockets for packets.
func (s *Server) newH3() *h3.Server {
	o := &s.opts
	return h3.New(h3.Options{
		Handler: o.Handler, Hit: o.Hit, Logger: o.Logger, Page: o.Page, OnMalformed: s.malformed, OnPanic: s.panicked,
		Take: s.takePacketSlot, Give: s.slots.give,
		Context: func(ctx context.Context) context.Context {
			return context.WithValue(ctx, fingerprintsKey{}, new(fingerprints))
		},
		TLS: func(ctx context.Context, cs tls.ConnectionState) *viewer.TLS {
			return s.tlsInfo(cs, *ctx.Value(fingerprintsKey{}).(*fingerprints))
		},
		MaxHeaderBytes: o.MaxHeaderBytes, HandshakeTimeout: o.HandshakeTimeout, HeaderTimeout: o.HeaderTimeout,
		BodyTimeout: o.BodyTimeout, IdleTimeout: o.IdleTimeout, WriteTimeout: o.WriteTimeout, Now: o.Now,
	})
}

// takePacketSlot takes a slot for a connection that came in packets, if there is
// one.
func (s *Server) takePacketSlot(from netip.Addr) bool {
	why, ok := s.slots.take(from)
	if !ok {
		s.refused(why)
	}
	return ok
}

// ServePackets serves HTTP/3 on pc as Serve does other versions on a listener,
// until Shutdown or LeavePackets, when it returns ErrClosed. By then its
// connections have ended, and pc is closed.
func (s *Server) ServePackets(pc net.PacketConn, config *tls.Config) error {
	err := s.h3.Serve(pc, s.perPacketHello(config))
	if errors.Is(err, h3.ErrClosed) {
		return ErrClosed
	}
	return err
}

// LeavePackets is Shutdown of one socket and its connections.
func (s *Server) LeavePackets(ctx context.Context, pc net.PacketConn) error {
	return s.h3.Leave(ctx, pc)
}

// errNoServerName is why a handshake fails (CF-DIST-14).
var errNoServerName = errors.New("HTTP/3 needs a server name")

// perPacketHello is perHello for HTTP/3: where the distribution of the server name
// does not have it, there is no protocol to agree on.
func (s *Server) perPacketHello(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.MinVersion = tls.VersionTLS13
	without := config.Clone()
	without.NextProtos = []string{"none"}
	config.NextProtos = []string{h3.Protocol}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.noteFingerprints(hello)
		switch {
		case hello.ServerName == "":
			return nil, errNoServerName
		case s.opts.OffersHTTP3 != nil && !s.opts.OffersHTTP3(hello.ServerName):
			return without, nil
		}
		return nil, nil
	}
	return config
}
