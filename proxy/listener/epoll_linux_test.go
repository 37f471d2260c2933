package listener

import (
	"syscall"
	"testing"
)

// socketPair returns a loopConn for one end of a pair, and the other end.
func socketPair(t *testing.T, p *epoll) (c *loopConn, other int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &tcpSocket{conns: p.conns, fd: fds[0]}
	c = &loopConn{loop: p.owner, raw: s, socket: s}
	if err := p.add(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return c, fds[1]
}

// TestEpollStaleEvent: an event that was taken for a connection says nothing
// about the next one with its descriptor.
func TestEpollStaleEvent(t *testing.T) {
	p, err := newEpoll(new(fdTable))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	p.owner = new(loop)
	first, other := socketPair(t, p)
	fd := first.raw.(*tcpSocket).fd
	syscall.Close(other) // the viewer leaves
	if n := p.take(); n != 1 || p.events[0].Events&syscall.EPOLLRDHUP == 0 {
		t.Fatalf("got %d events, %+v, want the end of the first connection", n, p.events[0])
	}
	p.addEvent(&p.events[0])
	if len(p.batch) != 1 || p.batch[0].conn != first || p.batch[0].what&gone == 0 {
		t.Fatalf("got %+v, want the first connection", p.batch)
	}
	p.batch = p.batch[:0]
	first.socket.close()
	second, other := socketPair(t, p)
	defer syscall.Close(other)
	if got := second.raw.(*tcpSocket).fd; got != fd { // another goroutine of the test has taken it
		if err := syscall.Dup2(got, fd); err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		p.conns.set(fd, second)
	}
	if p.addEvent(&p.events[0]); len(p.batch) != 0 {
		t.Errorf("got %+v for the second connection", p.batch)
	}
}
