package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A wire is what is written to a socket: with a bound on each write, and
// gathered where TLS would write record by record.
type wire struct {
	net.Conn
	timeout time.Duration
	armed   time.Time // when the write deadline was set

	gathered *[]byte   // instead of being written, unless nil
	pair     [2][]byte // of writeBoth
	buffers  net.Buffers
}

// gatherBound is where what is gathered is written, in bytes.
const gatherBound = 128 << 10

var gatherBuffers = sync.Pool{New: func() any { b := make([]byte, 0, gatherBound+32<<10); return &b }}

// Write sends p, or gathers it.
func (w *wire) Write(p []byte) (int, error) {
	if w.gathered == nil {
		return w.send(p)
	}
	*w.gathered = append(*w.gathered, p...)
	if len(*w.gathered) < gatherBound {
		return len(p), nil
	}
	return len(p), w.flush()
}

// send sends p. A viewer may take any time as long as it takes each piece in time.
func (w *wire) send(p []byte) (sent int, err error) {
	for more := true; more && err == nil; more = sent < len(p) {
		w.arm()
		var n int
		n, err = w.Conn.Write(p[sent:min(len(p), sent+leastProgress)])
		sent += n
	}
	return sent, err
}

// gather begins to gather.
func (w *wire) gather() { w.gathered = gatherBuffers.Get().(*[]byte) }

// release sends what was gathered and ends gathering.
func (w *wire) release() error {
	err := w.flush()
	gatherBuffers.Put(w.gathered)
	w.gathered = nil
	return err
}

func (w *wire) flush() error {
	if len(*w.gathered) == 0 {
		return nil
	}
	_, err := w.send(*w.gathered)
	*w.gathered = (*w.gathered)[:0]
	return err
}

// writeBoth sends p and q with one system call where the connection can.
func (w *wire) writeBoth(p, q []byte) error {
	first := min(len(q), leastProgress)
	w.arm()
	w.pair = [2][]byte{p, q[:first]}
	w.buffers = w.pair[:]
	_, err := w.buffers.WriteTo(w.Conn)
	w.pair, w.buffers = [2][]byte{}, nil
	if err == nil && first < len(q) {
		_, err = w.send(q[first:])
	}
	return err
}

// sendFile sends the next n bytes of f, by sendfile(2) where the connection can.
func (w *wire) sendFile(f *os.File, n int64) (sent int64, err error) {
	for sent < n && err == nil {
		w.arm()
		piece := &io.LimitedReader{R: f, N: min(n-sent, leastProgress)}
		var k int64
		if to, ok := w.Conn.(io.ReaderFrom); ok {
			k, err = to.ReadFrom(piece)
		} else {
			k, err = io.Copy(struct{ io.Writer }{w.Conn}, piece)
		}
		sent += k
		if err == nil && piece.N > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return sent, err
}

// arm sets the write deadline, unless it was set a moment ago: that is precise
// enough and costs less.
func (w *wire) arm() {
	if now := time.Now(); now.Sub(w.armed) > min(slack, w.timeout/4) {
		w.armed = now
		_ = w.SetWriteDeadline(now.Add(w.timeout)) // on a closed connection writing fails anyway
	}
}

var errNoCloseWrite = errors.New("connection cannot be closed in one direction")

// CloseWrite ends the output, for tls.Conn.
func (w *wire) CloseWrite() error {
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errNoCloseWrite
}
