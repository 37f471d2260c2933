//go:build !linux

package listener

import (
	"crypto/tls"
	"errors"
	"net"
)

const hasEventLoops = false

type fdTable struct{}

func (s *Server) startLoops() error { return errNoEventLoops }

func (s *Server) serveLoops(*net.TCPListener, Protocols, *tls.Config) error { return nil }

func pread(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }
