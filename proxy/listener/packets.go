package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"

	"github.com/groundfront/groundfront/proxy/h3"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// HTTP/3 comes in packets: neither driver has anything to do with it. Its
// connections have the slots, the limits, the pages and the drain of all others.

// newH3 returns the server of sockets for packets.
func (s *Server) newH3() *h3.Server {
	o := &s.opts
	return h3.New(h3.Options{
		Handler: o.Handler, Hit: o.Hit, Logger: o.Logger, Page: o.Page, OnMalformed: s.malformed, OnPanic: s.panicked,
		Take: s.takePacketSlot, Give: s.slots.give, Overload: o.Overload,
		Context: func(ctx context.Context) context.Context {
			return context.WithValue(ctx, notedKey{}, new(noted))
		},
		TLS: func(ctx context.Context, cs tls.ConnectionState) *viewer.TLS {
			return s.tlsInfo(cs, *ctx.Value(notedKey{}).(*noted))
		},
		ProveAddress:   o.MaxHandshakesPerViewer > 0, // nobody uses up what is another's
		MaxHeaderBytes: o.MaxHeaderBytes, MaxFields: o.MaxFields, HandshakeTimeout: o.HandshakeTimeout, HeaderTimeout: o.HeaderTimeout,
		BodyTimeout: o.BodyTimeout, MinBodyRate: o.MinBodyRate, IdleTimeout: o.IdleTimeout, FirstTimeout: o.FirstTimeout, WriteTimeout: o.WriteTimeout, Now: o.Now,
	})
}

// takePacketSlot takes a slot for a connection that came in packets, if there is
// one and anybody is to be accepted: nobody can wait to be.
func (s *Server) takePacketSlot(from netip.Addr) bool {
	if s.opts.Overload.Level() >= overload.LevelStopAccepting {
		return false
	}
	if !s.mayShakeHands(from) {
		return false
	}
	why, ok := s.slots.take(from)
	if !ok {
		s.refused(why)
	}
	return ok
}

// ServePackets serves HTTP/3 on pc as Serve does other versions on a listener,
// until Shutdown or LeavePackets, when it returns ErrClosed. By then its
// connections have ended, and pc is closed. choose is such as
// viewertls.Table.ChoosePackets.
func (s *Server) ServePackets(pc net.PacketConn, choose Choose) error {
	err := s.h3.Serve(pc, s.perHello(choose))
	if errors.Is(err, h3.ErrClosed) {
		return ErrClosed
	}
	return err
}

// LeavePackets is Shutdown of one socket and its connections.
func (s *Server) LeavePackets(ctx context.Context, pc net.PacketConn) error {
	return s.h3.Leave(ctx, pc)
}
