//go:build unix

package listener

import (
	"net"
	"syscall"
)

// descriptorLimit returns how many descriptors the process may have, 0 if that is
// not known or no bound to speak of.
func descriptorLimit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > maxLimit {
		return 0
	}
	return int(limit.Cur)
}

// maxLimit is where a bound is none.
const maxLimit = 1 << 30

// descriptorOf returns the descriptor of a connection, 0 if it has none.
func descriptorOf(nc net.Conn) (fd int) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(n uintptr) { fd = int(n) }) // else it is closed
	return fd
}
