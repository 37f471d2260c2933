//go:build !linux

package listener

import (
	"crypto/tls"
	"errors"
	"net"
)

type fdTable struct{}

func (s *Server) startLoops() error {
	return errors.New("there are event loops only on Linux")
}

func (s *Server) serveLoops(*net.TCPListener, Protocols, *tls.Config) error { return nil }
