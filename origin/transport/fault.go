package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/inject"
)

// A fault is what is injected into one try (origin.Origin.Faults), nil for
// nothing. It happens where the connection is read, so that timeouts, attempts
// and the pool meet it like one of the origin's own: a faultConn has the head
// come late or slowly, or never, and body.fault the content. An error that is
// answered in place of the origin comes by a connection to a standIn.
type fault struct {
	inject.Fault
	injector *inject.Injector
	ctx      context.Context
	begun    bool  // the head has been waited for
	left     int64 // of content with a length, until it is cut off
}

func faultOf(ctx context.Context, o *origin.Origin) *fault {
	if o.Faults == nil {
		return nil
	}
	return &fault{Fault: o.Faults.Next(), injector: o.Faults, ctx: ctx}
}

// answers reports whether the origin is not asked.
func (f *fault) answers() bool { return f != nil && f.Ending == inject.EndingError }

// strike lets what is read from c next, the head of a response, have the fault.
func (f *fault) strike(c *conn) {
	if f == nil {
		return
	}
	fc, is := c.nc.(*faultConn)
	if !is {
		fc = &faultConn{Conn: c.nc, conn: c}
		c.nc = fc
	}
	fc.fault = f
}

// spare ends that: the head is read.
func (f *fault) spare(c *conn) {
	if f != nil {
		c.nc.(*faultConn).fault = nil
	}
}

// ofContent returns f if it concerns content.
func (f *fault) ofContent(c *content) *fault {
	if f == nil || c.finished() || f.BodyPace == 0 && f.Delivered == 1 {
		return nil
	}
	f.left = min(int64(f.Delivered*float64(c.left)), c.left-1)
	if f.BodyPace > 0 {
		f.injector.Injected(inject.KindSlowBody)
	}
	return f
}

// A faultConn is a connection, TLS included, whose responses may have faults.
type faultConn struct {
	net.Conn
	conn  *conn
	fault *fault // of the head that is read; nil for none. The reader's
}

func (c *faultConn) Read(p []byte) (int, error) {
	f := c.fault
	if f == nil {
		return c.Conn.Read(p)
	}
	if !f.begun {
		f.begun = true
		if err := f.begin(c); err != nil {
			return 0, err
		}
	}
	if f.HeaderPace == 0 {
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p[:min(len(p), portion(f.HeaderPace))])
	if err != nil {
		return n, err
	}
	if err = c.conn.wire.idle(f.ctx, timeOf(n, f.HeaderPace)); err != nil {
		return 0, err // with any byte the reader would go on, and find the rest before the connection is cut
	}
	return n, nil
}

// begin waits until the head may begin.
func (f *fault) begin(c *faultConn) error {
	if f.Latency > 0 {
		f.injector.Injected(inject.KindLatency)
		if err := c.conn.wire.idle(f.ctx, f.Latency); err != nil {
			return err
		}
	}
	switch f.Ending {
	case inject.EndingReset:
		var first [1]byte // when that comes the origin has the request
		if _, err := c.Conn.Read(first[:]); err != nil {
			return err
		}
		f.injector.Injected(inject.KindReset)
		c.conn.cut() // to the origin a reset too, for there is more to read
		return syscall.ECONNRESET
	case inject.EndingError:
		f.injector.Injected(inject.KindError)
	}
	if f.HeaderPace > 0 {
		f.injector.Injected(inject.KindSlowHeader)
	}
	return nil
}

// read reads content of b.
func (f *fault) read(b *body, p []byte) (int, error) {
	if f.BodyPace > 0 {
		p = p[:min(len(p), portion(f.BodyPace))]
	}
	short, measured := f.Delivered < 1, b.content.framing == framingLength
	if short && measured {
		if f.left == 0 {
			return 0, f.cutOff(b)
		}
		p = p[:min(int64(len(p)), f.left)]
	}
	n, err := b.content.read(b.conn, p)
	f.left -= int64(n)
	if short && !measured && (err == io.EOF || b.content.finished()) {
		err = f.cutOff(b) // all comes but its end
	}
	if f.BodyPace > 0 && n > 0 && !pause(f.ctx, timeOf(n, f.BodyPace)) && err == nil {
		err = net.ErrClosed
	}
	return n, err
}

func (f *fault) cutOff(b *body) error {
	f.injector.Injected(inject.KindShortBody)
	b.conn.cut()
	return io.ErrUnexpectedEOF
}

// portion is how many bytes come at once at a pace in bytes per second: those
// of a twentieth of a second.
func portion(pace int) int { return max(pace/20, 1) }

// timeOf is how long n bytes take.
func timeOf(n, pace int) time.Duration {
	return time.Duration(float64(n) / float64(pace) * float64(time.Second))
}

// pause lets d pass, or reports false when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// idle lets d pass as a read does that finds nothing: its time counts, and when
// that is over it ends like one. While a response is awaited the read that
// follows goes on with what is left. A request that is still being sent has no
// limit.
func (w *wire) idle(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	began := w.waitLocked()
	limit := w.readLimitLocked()
	w.mu.Unlock()
	over := !limit.IsZero() && !began.Add(d).Before(limit)
	if over {
		d = limit.Sub(began)
	}
	switch {
	case !pause(ctx, d):
		return net.ErrClosed
	case over:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// A standIn is the other end of a connection that leads to no origin: it takes
// every request, and answers once.
type standIn struct{ answer *bytes.Reader }

// standIn returns a connection whose answer is the error of f.
func (t *trip) standIn() *conn {
	text := fmt.Sprintf("%d injected by Groundfront (inject.error_rate)\n", t.fault.Status)
	head := fmt.Sprintf("HTTP/1.1 %d Injected\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		t.fault.Status, len(text))
	if t.request.Method == "HEAD" {
		text = ""
	}
	return newConn(standIn{bytes.NewReader([]byte(head + text))}, t.route, t.client.now)
}

func (s standIn) Read(p []byte) (int, error)       { return s.answer.Read(p) }
func (s standIn) Write(p []byte) (int, error)      { return len(p), nil }
func (s standIn) Close() error                     { return nil }
func (s standIn) LocalAddr() net.Addr              { return new(net.TCPAddr) }
func (s standIn) RemoteAddr() net.Addr             { return new(net.TCPAddr) }
func (s standIn) SetDeadline(time.Time) error      { return nil }
func (s standIn) SetReadDeadline(time.Time) error  { return nil }
func (s standIn) SetWriteDeadline(time.Time) error { return nil }
