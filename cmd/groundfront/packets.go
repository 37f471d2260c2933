package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// Sockets for packets, over which HTTP/3 goes. A connection of QUIC lives in one
// server of one process, and a packet goes to whoever reads the socket: so where
// one takes the place of another, in an upgrade or a reload, both have the socket
// and one reads it. The new one begins when the old one has left; by then the
// viewers of its connections have been told to go, and have come to the end of what
// they asked for, or were cut. New ones knock meanwhile, as they do when packets
// are lost, or use TCP, where no such thing happens.

// A packetSocket is the socket for packets at the address of another.
type packetSocket struct {
	packets net.PacketConn
	free    <-chan struct{} // closed when nobody else reads it; nil if nobody does
	giveUp  func()          // closes given
	given   chan struct{}   // closed when it is to be left
	left    chan struct{}   // closed when it is not read here any more, nor by those before it
}

func newPacketSocket() *packetSocket {
	s := &packetSocket{given: make(chan struct{}), left: make(chan struct{})}
	s.giveUp = sync.OnceFunc(func() { close(s.given) })
	return s
}

// isGiven reports whether it is to be left.
func (s *packetSocket) isGiven() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}

// openPackets opens the socket for packets at the address of s. before is what
// this process has there; it goes on until it is left.
func (e *edge) openPackets(cfg *config.Config, s socket, before *packetSocket, path string) (*packetSocket, error) {
	tcp, isTCP := s.listener.Addr().(*net.TCPAddr)
	if !isTCP {
		return nil, fmt.Errorf("%s: HTTP/3 needs an address with a port", s.address)
	}
	at := net.UDPAddr{IP: tcp.IP, Port: tcp.Port, Zone: tcp.Zone}
	opened := newPacketSocket()
	if before != nil {
		f, err := socketFile(before.packets, s.address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: restart the process to serve the address in another way", s.address, err)
		}
		defer f.Close()
		opened.free = before.left
		if opened.packets, err = net.FilePacketConn(f); err != nil {
			return nil, err
		}
		return opened, nil
	}
	if opened.packets = e.inherited.takePackets(&at); opened.packets != nil {
		if e.gate != nil {
			opened.free = e.gate.open
		}
		return opened, nil
	}
	var err error
	if opened.packets, err = net.ListenUDP("udp", &at); err != nil {
		return nil, e.listenError(cfg, err, at.String(), path)
	}
	return opened, nil
}

// http3Port returns where viewers find HTTP/3, 0 if nowhere (CF-DIST-15).
func http3Port(all []socket) int {
	for _, s := range all {
		if s.packetSocket != nil {
			return s.packets.LocalAddr().(*net.UDPAddr).Port
		}
	}
	return 0
}

// servePackets serves the socket for packets of s, from when nobody else does. It
// may have been left by then.
func (e *edge) servePackets(s socket) {
	defer close(s.left)
	if s.free != nil {
		<-s.free
	}
	if s.isGiven() {
		s.packets.Close()
		return
	}
	err := e.viewers.ServePackets(s.packets, func(hello *tls.ClientHelloInfo) viewertls.Choice {
		return e.proxy.ChoosePackets(s.name, hello)
	})
	if !s.isGiven() { // else it may have been closed as it began
		e.ended(s.address, err)
	}
}

// leavePackets gives the socket for packets of s up, within a time, and waits until
// nobody reads it here.
func (e *edge) leavePackets(s socket, because string, within time.Duration) {
	s.giveUp()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := e.viewers.LeavePackets(ctx, s.packets); err != nil {
		e.logger.Warn("HTTP/3 connections were cut by "+because, "address", s.address, "error", err)
	}
	s.packets.Close()
	<-s.left
}

// packetPatience is how long viewers have to get their responses when another
// process is to read a socket: so long it answers nobody who connects.
const packetPatience = 3 * time.Second

// leaveAllPackets gives all sockets for packets up, which another process has too.
func (e *edge) leaveAllPackets() {
	var leaving sync.WaitGroup
	for _, s := range e.sockets {
		if s.packetSocket != nil {
			leaving.Go(func() { e.leavePackets(s, "an upgrade", packetPatience) })
		}
	}
	leaving.Wait()
}

// A gate is closed while the process before this one reads the sockets.
type gate struct {
	open chan struct{}
	pipe io.ReadCloser // at its end when that process has left, or has ended
}

// newGate returns a gate that opens with the end of pipe, or its Close.
func newGate(pipe io.ReadCloser) *gate {
	g := &gate{make(chan struct{}), pipe}
	go func() {
		defer close(g.open)
		_, _ = io.Copy(io.Discard, pipe) // nothing comes but the end
	}()
	return g
}

// close opens the gate, for those who would wait still.
func (g *gate) close() {
	if g != nil {
		g.pipe.Close()
		<-g.open
	}
}
