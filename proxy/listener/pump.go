package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// Event loops over connections that are not the kernel's: two goroutines for
// each copy between it and a buffer in each direction, which are what the loop
// sees. That costs more than a goroutine for each connection would, and is what
// the driver is tested with: in memory, with the clock of the test, and with
// buffers so small that everything blocks.

// pumpBuffer bounds each buffer, in bytes.
const pumpBuffer = 16 << 10

// servePumps accepts connections for a loop until l is closed.
func (s *Server) servePumps(from *port) error {
	to := s.pumpLoop()
	if to == nil {
		return ErrClosed
	}
	return s.accept(from, func(nc net.Conn) {
		remote := addrPort(nc.RemoteAddr())
		who, ok := s.takeSlot(remote, from)
		if !ok {
			nc.Close()
			return
		}
		socket := &pumpSocket{nc: nc, timeout: s.opts.WriteTimeout, poller: to.poller.(*pumpPoller)}
		socket.changed.L = &socket.mu
		c := &loopConn{loop: to, raw: socket, socket: socket, since: momentOf(time.Now())}
		c.peer = viewer.Peer{Remote: who, Local: addrPort(nc.LocalAddr()), Shard: to.shard}
		s.startLoop(c, remote, from)
	})
}

// pumpLoop returns the loop of such connections, nil if the server is closing.
func (s *Server) pumpLoop() *loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return nil
	}
	if s.pumped == nil {
		s.pumped = newLoop(s, &pumpPoller{pumps: &s.looping, signal: make(chan struct{}, 1)}, 0)
		s.looping.Go(s.pumped.run)
	}
	return s.pumped
}

// A pumpPoller is the poller of pumpSockets.
type pumpPoller struct {
	pumps  *sync.WaitGroup
	signal chan struct{} // something is in the queue, or wake was called

	mu    sync.Mutex // guards what follows
	queue []*pumpSocket
	batch []readyConn
}

// wait implements poller.
func (p *pumpPoller) wait(until time.Time) ([]readyConn, error) {
	if batch := p.take(); len(batch) > 0 {
		return batch, nil
	}
	waitFor(p.signal, until)
	return p.take(), nil
}

func (p *pumpPoller) take() []readyConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch = p.batch[:0]
	for _, s := range p.queue {
		if !s.forgotten {
			p.batch = append(p.batch, readyConn{s.conn, s.news})
		}
		s.news = 0
	}
	p.queue = p.queue[:0]
	return p.batch
}

// add implements poller.
func (p *pumpPoller) add(c *loopConn) error {
	s := c.raw.(*pumpSocket)
	s.conn = c
	p.pumps.Go(s.pumpIn)
	p.pumps.Go(s.pumpOut)
	p.again(c)
	return nil
}

// again implements poller.
func (p *pumpPoller) again(c *loopConn) {
	s := c.raw.(*pumpSocket)
	s.mu.Lock()
	defer s.mu.Unlock()
	what := writable
	if len(s.in) > 0 || s.inErr != nil {
		what |= readable
	}
	if s.inErr != nil {
		what |= gone
	}
	p.tell(s, what)
}

// tell has wait return what s is ready for.
func (p *pumpPoller) tell(s *pumpSocket, what readiness) {
	p.mu.Lock()
	if s.news == 0 {
		p.queue = append(p.queue, s)
	}
	s.news |= what
	p.mu.Unlock()
	signal(p.signal)
}

func (p *pumpPoller) wake()  { signal(p.signal) }
func (p *pumpPoller) close() {}

// A pumpSocket is the loop's side of a connection.
type pumpSocket struct {
	nc      net.Conn
	timeout time.Duration // for what is to be sent when the loop has closed it
	poller  *pumpPoller
	conn    *loopConn

	news      readiness // in the queue of the poller, under its lock
	forgotten bool      // the loop has closed it; under the same

	mu      sync.Mutex // guards what follows
	changed sync.Cond
	in, out []byte
	inErr   error // behind in
	outErr  error
	full    bool // out was, when the loop had more
	end     pumpEnd
	closed  bool // by the loop
}

// A pumpEnd is how far the end of the output has come.
type pumpEnd uint8

const (
	pumpEndOpen pumpEnd = iota // more may come
	pumpEndNext                // nothing follows what is there
	pumpEndSent
)

// pumpIn copies from the connection.
func (s *pumpSocket) pumpIn() {
	buffer := make([]byte, pumpBuffer/4)
	for s.hasRoom() {
		n, err := s.nc.Read(buffer)
		s.mu.Lock()
		s.in, s.inErr = append(s.in, buffer[:n]...), err
		s.mu.Unlock()
		if err != nil {
			s.poller.tell(s, readable|writable|gone)
			return
		}
		s.poller.tell(s, readable)
	}
}

// hasRoom waits until there is room for input, and reports false if there is
// nobody for it.
func (s *pumpSocket) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.in) >= pumpBuffer && !s.closed {
		s.changed.Wait()
	}
	return !s.closed
}

// pumpOut copies to the connection, and closes it.
func (s *pumpSocket) pumpOut() {
	defer s.nc.Close()
	for {
		piece, ok := s.nextOut()
		if !ok {
			return
		}
		var err error
		if len(piece) > 0 {
			_, err = s.nc.Write(piece)
		} else if half, ok := s.nc.(interface{ CloseWrite() error }); ok {
			err = half.CloseWrite()
		}
		if err != nil {
			s.mu.Lock()
			s.outErr, s.out = err, nil
			s.mu.Unlock()
			s.poller.tell(s, writable)
		}
	}
}

// nextOut waits for something to send: nothing is the end of the output. It
// reports false when all was sent and the loop has closed the connection.
func (s *pumpSocket) nextOut() (piece []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out) == 0 && s.end != pumpEndNext && !s.closed {
		s.changed.Wait()
	}
	switch {
	case len(s.out) > 0:
		piece, s.out = s.out, nil
		if s.full {
			s.full = false
			s.poller.tell(s, writable)
		}
	case s.closed:
		return nil, false
	default:
		s.end = pumpEndSent
	}
	return piece, true
}

// read implements socket.
func (s *pumpSocket) read(p []byte) (n int, drained bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, true, net.ErrClosed
	case len(p) == 0:
		return 0, false, nil
	case len(s.in) == 0:
		return 0, true, s.inErr
	}
	n = copy(p, s.in)
	s.in = s.in[n:]
	s.changed.Broadcast()
	return n, n < len(p), nil
}

// write implements socket.
func (s *pumpSocket) write(p, q []byte) (n int, blocked bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.end != pumpEndOpen:
		return 0, false, net.ErrClosed
	case s.outErr != nil:
		return 0, false, s.outErr
	}
	for _, part := range [][]byte{p, q} {
		k := min(len(part), pumpBuffer-len(s.out))
		s.out = append(s.out, part[:k]...)
		n += k
	}
	blocked = n < len(p)+len(q)
	s.full = s.full || blocked
	s.changed.Broadcast()
	return n, blocked, nil
}

// Files are read here: what is above the socket cannot tell.
func (s *pumpSocket) sendsFiles() bool { return true }

// sendFile implements socket.
func (s *pumpSocket) sendFile(f *os.File, n int64) (sent int64, blocked bool, err error) {
	return s.sendFrom(f.Read, n)
}

// sendAt implements socket.
func (s *pumpSocket) sendAt(fd int, at, n int64) (sent int64, blocked bool, err error) {
	return s.sendFrom(func(p []byte) (int, error) { return pread(fd, p, at) }, n)
}

func (s *pumpSocket) sendFrom(read func([]byte) (int, error), n int64) (sent int64, blocked bool, err error) {
	s.mu.Lock()
	room := pumpBuffer - len(s.out)
	if s.full = room <= 0; s.full {
		s.mu.Unlock()
		return 0, true, nil
	}
	s.mu.Unlock()
	p := make([]byte, min(int64(room), n))
	k, err := read(p)
	if errors.Is(err, io.EOF) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	written, blocked, err := s.write(p[:k], nil)
	return int64(written), blocked, err
}

// onTheWay implements socket.
func (s *pumpSocket) onTheWay() int { return 0 }

// shutdown implements socket.
func (s *pumpSocket) shutdown(both bool) error {
	if both {
		return s.nc.Close() // of which both pumps find out
	}
	if _, ok := s.nc.(interface{ CloseWrite() error }); !ok {
		return errNoCloseWrite
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.end = max(s.end, pumpEndNext)
	s.changed.Broadcast()
	return nil
}

// close implements socket. What was written is still sent.
func (s *pumpSocket) close() {
	s.mu.Lock()
	patience := s.timeout
	if s.full { // the viewer was cut
		patience = 0
	}
	s.closed = true
	s.changed.Broadcast()
	s.mu.Unlock()
	s.poller.mu.Lock()
	s.forgotten = true
	s.poller.mu.Unlock()
	_ = s.nc.SetReadDeadline(time.Unix(1, 0)) // if it is closed the pumps have ended
	_ = s.nc.SetWriteDeadline(time.Now().Add(patience))
}
