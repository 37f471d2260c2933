package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSocket: a socket carries bytes both ways, more than the kernel takes at
// once, and tells the end, a deadline, a reset and a closed connection as the
// connection below it would.
func TestSocket(t *testing.T) {
	ours, theirs := loopback(t)
	s := asSocket(ours)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	received := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(io.LimitReader(theirs, int64(len(sent))))
		received <- b
	}()
	if n, err := s.Write(sent); n != len(sent) || err != nil {
		t.Fatalf("write: got %d, %v", n, err)
	}
	if got := <-received; !bytes.Equal(got, sent) {
		t.Fatalf("got %d bytes that are not the %d sent", len(got), len(sent))
	}

	theirs.Write([]byte("answer"))
	buffer := make([]byte, 100)
	if n, err := s.Read(buffer); string(buffer[:n]) != "answer" || err != nil {
		t.Errorf("read: got %q, %v", buffer[:n], err)
	}
	s.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := s.Read(buffer); !errors.Is(err, os.ErrDeadlineExceeded) || !isTimeout(err) {
		t.Errorf("read past a deadline: got %v", err)
	}
	s.SetReadDeadline(time.Time{})
	theirs.(*net.TCPConn).CloseWrite()
	if n, err := s.Read(buffer); n != 0 || err != io.EOF {
		t.Errorf("read at the end: got %d, %v", n, err)
	}
	theirs.(*net.TCPConn).SetLinger(0)
	theirs.Close()
	for range 5000 { // the reset comes in a moment
		if _, err := s.Write([]byte("x")); err != nil {
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("write to who has gone: got %v", err)
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	s.Close()
	if _, err := s.Read(buffer); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read of a closed connection: got %v", err)
	}
	if s.(quietTeller).Quiet() {
		t.Error("a closed connection is quiet")
	}
}

// TestAsSocket: what reads or writes in its own way is left alone, though the
// kernel's connection shows through it.
func TestAsSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	unix, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	tcp, _ := loopback(t)
	for _, m := range []struct {
		name string
		conn net.Conn
		want bool
	}{
		{"TCP", tcp, true},
		{"Unix", unix, true},
		{"with methods of its own", struct{ *net.TCPConn }{tcp.(*net.TCPConn)}, false},
	} {
		if _, is := asSocket(m.conn).(*socket); is != m.want {
			t.Errorf("%s: is a socket: got %t, want %t", m.name, is, m.want)
		}
	}
}
