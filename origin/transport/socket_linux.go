package transport

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix" // syscall has not all numbers for all processors
)

// A socket is a connection of the kernel's whose system calls are made without
// telling the scheduler of Go's runtime, since they do not wait: the runtime
// polls the socket. To tell it takes 80 ns for each call (BenchmarkQuiet).
//
// One goroutine reads at a time, and one writes.
type socket struct {
	net.Conn
	raw     syscall.RawConn
	in, out step
	peek    func(fd uintptr)
	isQuiet bool
}

// A step is a read or a write that is under way.
type step struct {
	left  []byte
	n     int
	errno syscall.Errno
	do    func(fd uintptr) bool // made once: the runtime keeps what it is given
}

// asSocket returns c as a socket, or as it is if it is not simply the kernel's.
func asSocket(c net.Conn) net.Conn {
	var has syscall.Conn
	switch c := c.(type) { // not any that has the method: it may read and write in its own way
	case *net.TCPConn:
		has = c
	case *net.UnixConn:
		has = c
	default:
		return c
	}
	raw, err := has.SyscallConn()
	if err != nil {
		return c
	}
	s := &socket{Conn: c, raw: raw}
	s.in.do = s.readOnce
	s.out.do = s.writeAll
	s.peek = s.look
	return s
}

// call receives or sends, which costs the kernel less than to read or write.
func (s *step) call(trap, fd, flags uintptr) {
	for {
		n, _, errno := syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(s.left))), uintptr(len(s.left)), flags, 0, 0)
		if s.n, s.errno = int(n), errno; errno != syscall.EINTR {
			return
		}
	}
}

// readOnce reports false if there is nothing to read.
func (s *socket) readOnce(fd uintptr) bool {
	s.in.call(unix.SYS_RECVFROM, fd, syscall.MSG_DONTWAIT)
	return s.in.errno != syscall.EAGAIN
}

// writeAll reports false if there is no room for more.
func (s *socket) writeAll(fd uintptr) bool {
	for t := &s.out; len(t.left) > 0; t.left = t.left[t.n:] {
		if t.call(unix.SYS_SENDTO, fd, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL); t.errno != 0 {
			return t.errno != syscall.EAGAIN
		}
	}
	return true
}

// look asks whether something can be read, even if it is the end.
func (s *socket) look(fd uintptr) {
	var b [1]byte
	_, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b)), 1, syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
	s.isQuiet = errno == syscall.EAGAIN
}

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	t := &s.in
	t.left = p
	err := s.raw.Read(t.do)
	t.left = nil
	switch {
	case err != nil:
		return 0, err
	case t.errno != 0:
		return 0, s.failed("read", t.errno)
	case t.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return t.n, nil
}

// Write implements net.Conn.
func (s *socket) Write(p []byte) (int, error) {
	t := &s.out
	t.left, t.errno = p, 0
	err := s.raw.Write(t.do)
	n := len(p) - len(t.left)
	t.left = nil
	if err == nil && t.errno != 0 {
		err = s.failed("write", t.errno)
	}
	return n, err
}

func (s *socket) failed(op string, errno syscall.Errno) error {
	return &net.OpError{Op: op, Net: s.LocalAddr().Network(), Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: os.NewSyscallError(op, errno)}
}

// Quiet reports, without waiting and without taking anything, whether nothing
// can be read.
func (s *socket) Quiet() bool { return s.raw.Control(s.peek) == nil && s.isQuiet }
