//go:build unix

package transport_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/transport"
)

const benchAnswer = "HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 15:00:00 GMT\r\nContent-Type: application/json\r\n" +
	"Connection: keep-alive\r\nCache-Control: no-store\r\nETag: \"abc\"\r\nContent-Length: 1024\r\n\r\n"

// BenchmarkRoundTrip measures a GET with an answer of 1 KiB over a connection
// that is used again, with a context that can be canceled: with an origin that
// is no more than a read and a write of a loopback socket, and without any
// system call, which leaves what the client itself costs. cpu-ns is the
// processor time of the process, that of the origin included.
func BenchmarkRoundTrip(b *testing.B) {
	answer := []byte(benchAnswer + strings.Repeat("x", 1024))
	b.Run("loopback", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		go answerAll(l, answer)
		benchRoundTrip(b, func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		})
	})
	b.Run("memory, content", func(b *testing.B) {
		c := transport.New(transport.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return &cannedConn{answer: answer}, nil }})
		defer c.Close()
		o, r, content := newOrigin(), post(strings.Repeat("x", 500)), strings.NewReader("")
		buffer := make([]byte, 32<<10)
		b.ReportAllocs()
		for b.Loop() {
			content.Reset(strings.Repeat("x", 500))
			r.Body = content
			resp, err := c.RoundTrip(b.Context(), o, r)
			if err != nil {
				b.Fatal(err)
			}
			readBody(b, resp, buffer)
		}
	})
	b.Run("floor", func(b *testing.B) { benchFloor(b, answer) })
	b.Run("memory", func(b *testing.B) {
		benchRoundTrip(b, func(context.Context, string, string) (net.Conn, error) { return &cannedConn{answer: answer}, nil })
	})
}

// benchFloor is the same exchange as nothing but a write and a read.
func benchFloor(b *testing.B, answer []byte) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go answerAll(l, answer)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte("GET /" + strings.Repeat("x", 300) + " HTTP/1.1\r\n\r\n")
	buffer := make([]byte, 16<<10)
	began := processTime()
	for b.Loop() {
		c.Write(request)
		if n, err := c.Read(buffer); n != len(answer) {
			b.Fatalf("got %d bytes, %v", n, err)
		}
	}
	b.ReportMetric(float64(processTime()-began)/float64(b.N), "cpu-ns/op")
}

func benchRoundTrip(b *testing.B, dial func(context.Context, string, string) (net.Conn, error)) {
	c := transport.New(transport.Options{Dial: dial})
	defer c.Close()
	o, r := newOrigin(), get("/products/p06?color=red")
	r.Fields.Add("Accept", "*/*")
	r.Fields.Add("User-Agent", "Amazon CloudFront")
	r.Fields.Add("Via", "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)")
	r.Fields.Add("X-Forwarded-For", "192.0.2.1")
	r.Fields.Add("X-Amz-Cf-Id", strings.Repeat("i", 56))
	r.Fields.Add("CDN-Loop", "cloudfront")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	buffer := make([]byte, 32<<10)
	b.ReportAllocs()
	began := processTime()
	for b.Loop() {
		resp, err := c.RoundTrip(ctx, o, r)
		if err != nil {
			b.Fatal(err)
		}
		if n := readBody(b, resp, buffer); n != 1024 {
			b.Fatalf("got %d bytes", n)
		}
	}
	b.ReportMetric(float64(processTime()-began)/float64(b.N), "cpu-ns/op")
}

func readBody(b *testing.B, resp *origin.Response, buffer []byte) (total int) {
	defer resp.Body.(interface{ Recycle() }).Recycle()
	defer resp.Body.Close()
	for {
		n, err := resp.Body.Read(buffer)
		total += n
		if err == io.EOF {
			return total
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// answerAll answers each head that comes.
func answerAll(l net.Listener, answer []byte) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buffer := make([]byte, 4<<10)
			for {
				n, err := c.Read(buffer)
				if err != nil {
					return
				}
				if bytes.HasSuffix(buffer[:n], []byte("\r\n\r\n")) {
					c.Write(answer)
				}
			}
		}()
	}
}

// A cannedConn has an answer to each write, and never any other bytes.
type cannedConn struct {
	net.Conn
	answer, rest []byte
}

func (c *cannedConn) Write(p []byte) (int, error) { c.rest = c.answer; return len(p), nil }
func (c *cannedConn) Read(p []byte) (int, error) {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
func (c *cannedConn) Quiet() bool                      { return len(c.rest) == 0 }
func (c *cannedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *cannedConn) SetWriteDeadline(time.Time) error { return nil }
func (c *cannedConn) Close() error                     { return nil }
