//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package transport

import (
	"net"
	"syscall"
)

// socketProbe returns what asks the kernel, without waiting and without
// taking anything, whether nothing can be read from c; nil if c is no socket.
func socketProbe(c net.Conn) func() bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	quiet := false
	peek := func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN
	}
	return func() bool { return raw.Control(peek) == nil && quiet }
}
