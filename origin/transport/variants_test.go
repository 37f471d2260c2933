package transport

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// loopback returns both ends of a connection.
func loopback(tb testing.TB) (ours, theirs net.Conn) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	ours, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	theirs, err = l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// BenchmarkQuiet compares ways to know that an idle connection is still good
// when it is taken: to ask the kernel, and, as it once was, a goroutine that
// reads while the connection is idle and is woken by a deadline.
func BenchmarkQuiet(b *testing.B) {
	for name, as := range map[string]func(net.Conn) net.Conn{
		"peek": asSocket, "peek, rejected where there are sockets": func(c net.Conn) net.Conn { return c },
	} {
		b.Run(name, func(b *testing.B) {
			c, _ := loopback(b)
			quiet := newProbe(as(c))
			b.ReportAllocs()
			for b.Loop() {
				if !quiet() {
					b.Fatal("not quiet")
				}
			}
		})
	}
	b.Run("watcher, rejected", func(b *testing.B) {
		c, _ := loopback(b)
		b.ReportAllocs()
		for b.Loop() {
			ended := make(chan struct{})
			c.SetReadDeadline(time.Now().Add(5 * time.Second))
			go func() {
				defer close(ended)
				c.Read(make([]byte, 1))
			}()
			runtime.Gosched() // until it reads
			c.SetReadDeadline(time.Unix(1, 0))
			<-ended
		}
	})
}

// BenchmarkDeadlines compares what keeps a write and a read within a timeout,
// without the write and the read.
func BenchmarkDeadlines(b *testing.B) {
	b.Run("kept", func(b *testing.B) {
		c, _ := loopback(b)
		w := &wire{Conn: quick{c}, now: time.Now}
		w.begin(30*time.Second, time.Time{})
		for b.Loop() {
			w.Write(nil)
			w.Read(nil)
		}
	})
	b.Run("set each time, rejected", func(b *testing.B) {
		c, _ := loopback(b)
		for b.Loop() {
			c.SetWriteDeadline(time.Now().Add(30 * time.Second))
			c.SetReadDeadline(time.Now().Add(30 * time.Second))
		}
	})
}

// quick neither reads nor writes.
type quick struct{ net.Conn }

func (quick) Read([]byte) (int, error)  { return 0, nil }
func (quick) Write([]byte) (int, error) { return 0, nil }

// TestSocketProbe: a socket is quiet until a byte or the end has come.
func TestSocketProbe(t *testing.T) {
	for _, happens := range []string{"byte", "end"} {
		ours, theirs := loopback(t)
		quiet := newProbe(ours)
		if !quiet() {
			t.Errorf("before a %s: not quiet", happens)
		}
		if happens == "byte" {
			theirs.Write([]byte("x"))
		} else {
			theirs.Close()
		}
		for i := 0; quiet(); i++ { // loopback delivers in a moment
			if i == 5000 {
				t.Fatalf("after a %s: still quiet", happens)
			}
			time.Sleep(time.Millisecond)
		}
	}
	if newProbe(quick{}) != nil {
		t.Error("a connection that cannot tell has a probe")
	}
}
