package listener_test

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
)

// TestAcceptFails: what accept(2) says of one connection, or of a network that fails for
// a moment, does not end a listener (reliability D5); what is wrong with the listener
// does.
func TestAcceptFails(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &failingListener{Listener: inner, failures: []syscall.Errno{
		syscall.ECONNABORTED, syscall.EPERM, syscall.EPROTO, syscall.ENETDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT,
	}, last: syscall.EBADF}
	s := listener.New(tags)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, listener.HTTP1, nil) }()
	first, err := net.DialTimeout("tcp", inner.Addr().String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	first.SetDeadline(time.Now().Add(patience))
	if got := askOver(first, bufio.NewReader(first), "/hit/a/9"); got != "200" {
		t.Errorf("behind the failures: got %s, want 200", got)
	}
	l.ends.Store(true)
	if c, err := net.Dial("tcp", inner.Addr().String()); err == nil {
		defer c.Close()
	}
	if err := <-served; !errors.Is(err, syscall.EBADF) {
		t.Errorf("a listener that is none: got %v, want EBADF", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A failingListener fails before it accepts anything, and at the end with last.
type failingListener struct {
	net.Listener
	failures []syscall.Errno
	last     syscall.Errno
	ends     atomic.Bool
}

func (l *failingListener) Accept() (net.Conn, error) {
	if len(l.failures) > 0 {
		e := l.failures[0]
		l.failures = l.failures[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept", e)}
	}
	c, err := l.Listener.Accept()
	if err == nil && l.ends.Load() {
		c.Close()
		return nil, os.NewSyscallError("accept", l.last)
	}
	return c, err
}
