package listener

import (
	"syscall"

	"golang.org/x/sys/unix" // syscall lacks the number
)

// onTheWay returns how many bytes that were written to a connection the viewer's
// system has not taken yet.
func onTheWay(fd uintptr) int {
	n, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	if err != nil {
		return 0 // no TCP
	}
	return n
}

// onTheWay is that of c's connection.
func (c *conn) onTheWay() (n int) {
	sc, ok := c.nc.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { n = onTheWay(fd) }) // else it is closed
	return n
}
