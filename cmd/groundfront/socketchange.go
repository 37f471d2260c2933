package main

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
)

// socketChange is what becomes of the sockets.
type socketChange struct {
	all     []socket // from now on
	opened  []socket // of these, those that are not served yet
	removed []socket
}

// reopen opens the sockets that a configuration has and the one in use has not.
// It changes nothing that is in use; on an error nothing of it is left.
func (e *edge) reopen(cfg *config.Config) (c socketChange, err error) {
	defer func() {
		if err != nil {
			closeSockets(c.opened)
		}
	}()
	names := compile.SocketNames(cfg)
	for i, l := range cfg.Server.Listen {
		s, open := e.socketNamed(names[i])
		if !open || !s.serves(l) {
			opened := net.Listener(nil)
			if open {
				opened, err = again(s.listener) // with other protocols, and no moment without a listener
			} else {
				opened, err = e.listen(cfg, l.Address, fmt.Sprintf("server.listen[%d].address", i))
			}
			if err != nil {
				return c, err
			}
			before := s.packetSocket
			s = newSocket(l, names[i], opened)
			if l.Speaks(config.ProtocolH3) {
				s.packetSocket, err = e.openPackets(cfg, s, before, fmt.Sprintf("server.listen[%d].address", i))
			}
			c.opened = append(c.opened, s)
			if err != nil {
				return c, err
			}
		}
		s.source = l.TLS.Source
		c.all = append(c.all, s)
	}
	for _, s := range e.sockets {
		if !containsSocket(c.all, s) {
			c.removed = append(c.removed, s)
		}
	}
	return c, nil
}

func (e *edge) socketNamed(name string) (socket, bool) {
	i := slices.IndexFunc(e.sockets, func(s socket) bool { return s.name == name })
	if i < 0 {
		return socket{}, false
	}
	return e.sockets[i], true
}

func containsSocket(all []socket, s socket) bool {
	return slices.ContainsFunc(all, func(other socket) bool { return other.listener == s.listener })
}

// follow makes the change: it cannot fail.
func (e *edge) follow(c socketChange) {
	e.sockets = c.all
	for _, s := range c.opened {
		e.serveSocket(s)
	}
	for _, s := range c.removed {
		if taken, _ := e.socketNamed(s.name); taken.listener != nil {
			keepFile(s.listener)
		}
		timeout := e.current.Load().config.Server.DrainTimeout.Std()
		e.serving.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			if err := e.viewers.Leave(ctx, s.listener); err != nil {
				e.logger.Warn("connections of a removed socket were cut", "address", s.address, "error", err)
			}
		})
		if s.packetSocket != nil {
			e.serving.Go(func() { e.leavePackets(s, "a reload", timeout) })
		}
	}
}

// again returns another listener at the place of one.
func again(l net.Listener) (net.Listener, error) {
	f, err := socketFile(l, l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w: restart the process to serve the address in another way", l.Addr(), err)
	}
	defer f.Close()
	next, err := net.FileListener(f)
	if unix, ok := next.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(true)
	}
	return next, err
}

// keepFile leaves the file of a socket in the file system to its successor.
func keepFile(l net.Listener) {
	if unix, ok := l.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
}
