package listener

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix" // syscall has not all numbers for all processors
)

// An epoll is the poller of Linux. Its descriptor is itself in the poller of
// Go's runtime, so a loop that waits is a goroutine that waits: a loop that
// blocked its thread in epoll_wait(2) took three times the CPU at partial load,
// because each time the runtime hands its processor to another thread.
//
// Connections are registered once, edge-triggered, for everything.
type epoll struct {
	fd    int
	file  *os.File
	raw   syscall.RawConn
	conns *fdTable
	owner *loop

	events [256]syscall.EpollEvent
	taken  int // of events
	// takeSome takes events and reports whether there were some. It is made once:
	// the runtime keeps what it is given, so each wait would cost an allocation.
	takeSome func(uintptr) bool

	batch []readyConn
	armed time.Time // the deadline of file
	woken atomic.Bool
}

const edge = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | 1<<31 // EPOLLET

func newEpoll(conns *fdTable) (*epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &epoll{fd: fd, file: os.NewFile(uintptr(fd), "epoll"), conns: conns}
	p.takeSome = func(uintptr) bool {
		p.taken = p.take()
		return p.taken != 0
	}
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{}) // fails if the runtime cannot poll it
	}
	if err != nil {
		p.file.Close()
		return nil, fmt.Errorf("poll an epoll descriptor: %w", err)
	}
	return p, nil
}

func (p *epoll) close() { p.file.Close() }

// wake implements poller.
func (p *epoll) wake() {
	p.woken.Store(true)
	_ = p.file.SetReadDeadline(time.Unix(1, 0)) // if it is closed there is nobody to wake
}

// wait implements poller.
func (p *epoll) wait(until time.Time) ([]readyConn, error) {
	if p.woken.Swap(false) {
		return nil, nil
	}
	if !until.Equal(p.armed) {
		p.armed = until
		_ = p.file.SetReadDeadline(until) // if it is closed Read says so
	}
	p.taken = 0
	err := p.raw.Read(p.takeSome)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.armed = time.Time{}
	} else if err != nil {
		return nil, err
	}
	p.batch = p.batch[:0]
	for i := range p.taken {
		p.addEvent(&p.events[i])
	}
	return p.batch, nil
}

// take takes events without waiting.
func (p *epoll) take() int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// addEvent adds what an event says to the batch, unless it was meant for a
// connection that has been closed meanwhile, whose descriptor another may have.
func (p *epoll) addEvent(e *syscall.EpollEvent) {
	c := p.conns.get(int(e.Fd))
	if c == nil || c.loop != p.owner || c.raw.(*tcpSocket).serial != e.Pad {
		return
	}
	var what readiness
	if e.Events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		what |= readable
	}
	if e.Events&(syscall.EPOLLOUT|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		what |= writable
	}
	if e.Events&(syscall.EPOLLRDHUP|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		what |= gone | readable
	}
	p.batch = append(p.batch, readyConn{c, what})
}

// add implements poller.
func (p *epoll) add(c *loopConn) error {
	t := c.raw.(*tcpSocket)
	t.serial = t.conns.serial.Add(1)
	p.conns.set(t.fd, c)
	return os.NewSyscallError("epoll_ctl", p.register(syscall.EPOLL_CTL_ADD, t))
}

// again implements poller.
func (p *epoll) again(c *loopConn) {
	_ = p.register(syscall.EPOLL_CTL_MOD, c.raw.(*tcpSocket)) // if it is closed nobody asks
}

// register has t's events say whose they are.
func (p *epoll) register(how int, t *tcpSocket) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fd < 0 {
		return syscall.EBADF
	}
	return syscall.EpollCtl(p.fd, how, t.fd, &syscall.EpollEvent{Events: edge, Fd: int32(t.fd), Pad: t.serial})
}

// An fdTable has connections by their descriptors.
type fdTable struct {
	serial atomic.Int32 // of the latest connection

	mu    sync.Mutex // held to add a page
	pages [1 << 12]atomic.Pointer[fdPage]
}

type fdPage [1 << 10]atomic.Pointer[loopConn]

// maxDescriptor bounds the descriptors that an fdTable can have.
const maxDescriptor = 1<<22 - 1

func (t *fdTable) get(fd int) *loopConn {
	page := t.pages[fd>>10].Load()
	if page == nil {
		return nil
	}
	return page[fd&(1<<10-1)].Load()
}

func (t *fdTable) set(fd int, c *loopConn) {
	page := t.pages[fd>>10].Load()
	if page == nil {
		t.mu.Lock()
		if page = t.pages[fd>>10].Load(); page == nil {
			page = new(fdPage)
			t.pages[fd>>10].Store(page)
		}
		t.mu.Unlock()
	}
	page[fd&(1<<10-1)].Store(c)
}

// A tcpSocket is a socket of the kernel's.
type tcpSocket struct {
	conns  *fdTable
	serial int32 // tells it from others that have had its descriptor

	mu sync.Mutex // no call may reach a descriptor that was closed and given out again
	fd int        // -1 once closed
}

// read implements socket. recvfrom(2) and sendto(2) take 2 % less of the kernel's
// time for a hit of 1 KiB than read(2) and write(2), which look at the file first.
func (s *tcpSocket) read(p []byte) (n int, drained bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, true, net.ErrClosed
	}
	for {
		r, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.EAGAIN:
			return 0, true, nil
		case errno != 0:
			return 0, true, os.NewSyscallError("recvfrom", errno)
		case r == 0 && len(p) > 0:
			return 0, true, io.EOF
		}
		return int(r), int(r) < len(p), nil
	}
}

// write implements socket.
func (s *tcpSocket) write(p, q []byte) (n int, blocked bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, false, net.ErrClosed
	}
	for n < len(p)+len(q) {
		k, errno := s.writeOnce(p[min(n, len(p)):], q[max(0, n-len(p)):])
		switch {
		case errno == syscall.EINTR:
		case errno == syscall.EAGAIN:
			return n, true, nil
		case errno != 0:
			return n, false, os.NewSyscallError("sendto", errno)
		}
		n += k
	}
	return n, false, nil
}

func (s *tcpSocket) writeOnce(p, q []byte) (int, syscall.Errno) {
	if len(q) == 0 {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_NOSIGNAL, 0, 0)
		return max(0, int(n)), errno
	}
	vectors := [2]syscall.Iovec{{Base: unsafe.SliceData(p)}, {Base: unsafe.SliceData(q)}}
	vectors[0].SetLen(len(p))
	vectors[1].SetLen(len(q))
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITEV, uintptr(s.fd), uintptr(unsafe.Pointer(&vectors[0])), 2)
	return max(0, int(n)), errno
}

func (s *tcpSocket) sendsFiles() bool { return true }

// sendFile implements socket.
func (s *tcpSocket) sendFile(f *os.File, n int64) (sent int64, blocked bool, err error) {
	from, err := f.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, false, net.ErrClosed
	}
	controlErr := from.Control(func(fd uintptr) {
		const piece = 1 << 20
		for {
			k, errno := syscall.Sendfile(s.fd, int(fd), nil, int(min(n, piece)))
			switch errno {
			case syscall.EINTR:
				continue
			case syscall.EAGAIN:
				blocked = true
			case nil:
				sent = int64(k)
			default:
				err = os.NewSyscallError("sendfile", errno)
			}
			return
		}
	})
	return sent, blocked, errors.Join(err, controlErr)
}

// sendAt implements socket.
func (s *tcpSocket) sendAt(fd int, at, n int64) (sent int64, blocked bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0, false, net.ErrClosed
	}
	for {
		k, _, errno := syscall.RawSyscall6(syscall.SYS_SENDFILE, uintptr(s.fd), uintptr(fd), uintptr(unsafe.Pointer(&at)), uintptr(n), 0, 0)
		switch errno {
		case 0:
			return int64(k), false, nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, true, nil
		default:
			return 0, false, os.NewSyscallError("sendfile", errno)
		}
	}
}

// onTheWay implements socket.
func (s *tcpSocket) onTheWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return 0
	}
	return onTheWay(uintptr(s.fd))
}

// shutdown implements socket.
func (s *tcpSocket) shutdown(both bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return net.ErrClosed
	}
	how := syscall.SHUT_WR
	if both {
		how = syscall.SHUT_RDWR
	}
	return os.NewSyscallError("shutdown", syscall.Shutdown(s.fd, how))
}

// close implements socket.
func (s *tcpSocket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		s.conns.set(s.fd, nil)
		syscall.Close(s.fd)
		s.fd = -1
	}
}
