//go:build !linux

package listener

import (
	"errors"
	"net"
)

const hasEventLoops = false

type fdTable struct{}

func (s *Server) startLoops() error { return errNoEventLoops }

func (s *Server) serveLoops(*net.TCPListener, *port) error { return nil }

func pread(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }
