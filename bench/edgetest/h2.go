package edgetest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/cachekey/field"
)

// h2Window is as much as we let come: flow control toward viewers is not what
// these tests are about.
const h2Window = 1 << 30

// dialH2 makes conn an HTTP/2 connection without streams. It reads when the
// call that opened it does.
func dialH2(conn net.Conn, read <-chan struct{}) *h2Conn {
	v := &h2Conn{
		conn: conn, framer: http2.NewFramer(conn, conn),
		frames: make(chan func() error, 64), ended: make(chan struct{}),
		next: 1, streams: make(map[uint32]*h2Stream), credit: h2Initial, initial: h2Initial,
	}
	v.changed.L = &v.mu
	v.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	v.encoder = hpack.NewEncoder(&v.block)
	v.frames <- v.writePreface
	v.ends.Go(v.write)
	v.ends.Go(func() { <-read; v.read() })
	return v
}

// An h2Conn is a connection with its streams. Frames are written by one
// goroutine and read by another: neither waits for the other.
type h2Conn struct {
	conn    net.Conn
	framer  *http2.Framer     // the writing half is owned by write, the reading half by read
	encoder *hpack.Encoder    // into block; both owned by write
	block   bytes.Buffer      //
	frames  chan func() error // for write
	ended   chan struct{}     // closed when reading has ended
	ends    sync.WaitGroup

	mu      sync.Mutex // guards what follows
	changed sync.Cond
	users   int    // calls that are not closed
	next    uint32 // id of the next stream
	streams map[uint32]*h2Stream
	credit  int // content that may be sent (RFC 9113 section 5.2)
	initial int // credit of a new stream, by the edge's SETTINGS
	over    bool
}

// An h2Stream is one call on a connection.
type h2Stream struct {
	conn *h2Conn
	call *Call
	id   uint32 // set before the first frame is written

	// Guarded by the connection's lock.
	credit int
	done   bool // the response has ended, or nobody waits for it
}

// open sends q on a new stream, and reads its response.
func (v *h2Conn) open(c *Call, q Request) *h2Stream {
	s := &h2Stream{conn: v, call: c}
	v.mu.Lock()
	v.users++
	v.mu.Unlock()
	if v.submit(func() error { return s.writeHead(q) }) && q.HasBody {
		v.ends.Go(func() { s.writeBody(q.Body) })
	}
	return s
}

// leave ends the stream: the last one with its connection, another with
// RST_STREAM.
func (s *h2Stream) leave() {
	v := s.conn
	v.mu.Lock()
	v.users--
	last, done := v.users == 0, s.done
	s.done = true
	v.changed.Broadcast()
	v.mu.Unlock()
	switch {
	case last:
		v.conn.Close()
		v.ends.Wait()
	case !done:
		v.submit(func() error { return v.framer.WriteRSTStream(s.id, http2.ErrCodeCancel) })
	}
}

// h2Initial is the size of every window before anybody says otherwise.
const h2Initial = 65_535

// take waits for credit for up to n bytes and takes it; 0 means that there
// will be none.
func (s *h2Stream) take(n int) int {
	v := s.conn
	v.mu.Lock()
	defer v.mu.Unlock()
	for min(v.credit, s.credit) <= 0 && !v.over && !s.done {
		v.changed.Wait()
	}
	if v.over || s.done {
		return 0
	}
	n = min(n, v.credit, s.credit)
	v.credit, s.credit = v.credit-n, s.credit-n
	return n
}

// grant adds credit for the connection, which is stream 0, or for a stream.
func (v *h2Conn) grant(id uint32, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.streams[id]; s != nil {
		s.credit += n
	} else if id == 0 {
		v.credit += n
	}
	v.changed.Broadcast()
}

// resize applies the edge's initial size of stream windows.
func (v *h2Conn) resize(initial int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.streams {
		s.credit += initial - v.initial
	}
	v.initial = initial
	v.changed.Broadcast()
}

// submit hands a frame to write, unless the connection has ended.
func (v *h2Conn) submit(frame func() error) bool {
	select {
	case v.frames <- frame:
		return true
	case <-v.ended:
		return false
	}
}

// write writes what is submitted until the connection has ended. What cannot
// be written shows where it is read.
func (v *h2Conn) write() {
	var err error
	for {
		select {
		case frame := <-v.frames:
			if err == nil {
				err = frame()
			}
		case <-v.ended:
			return
		}
	}
}

func (v *h2Conn) writePreface() error {
	if _, err := io.WriteString(v.conn, http2.ClientPreface); err != nil {
		return err
	}
	if err := v.framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: h2Window}); err != nil {
		return err
	}
	return v.framer.WriteWindowUpdate(0, h2Window)
}

// writeHead opens the stream: HEADERS and, where that is not enough,
// CONTINUATION. Ids ascend in the order of these (RFC 9113 section 5.1.1).
func (s *h2Stream) writeHead(q Request) error {
	v := s.conn
	v.mu.Lock()
	s.id, s.credit = v.next, v.initial
	v.next += 2
	v.streams[s.id] = s
	v.changed.Broadcast() // content may wait for credit already
	v.mu.Unlock()
	v.block.Reset()
	v.encode(q)
	block := v.block.Bytes()
	n := min(len(block), 16_384)
	err := v.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: s.id, BlockFragment: block[:n], EndStream: !q.HasBody, EndHeaders: n == len(block),
	})
	for block = block[n:]; len(block) > 0 && err == nil; block = block[n:] {
		n = min(len(block), 16_384)
		err = v.framer.WriteContinuation(s.id, n == len(block), block[:n])
	}
	return err
}

func (s *h2Stream) writeBody(body string) {
	for len(body) > 0 {
		n := s.take(min(len(body), 16_384))
		if n == 0 {
			return
		}
		part := []byte(body[:n])
		s.conn.submit(func() error { return s.conn.framer.WriteData(s.id, false, part) })
		body = body[n:]
	}
	s.conn.submit(func() error { return s.conn.framer.WriteData(s.id, true, nil) })
}

// encode adds the header section of q to the block.
func (v *h2Conn) encode(q Request) {
	q.eachField(func(name, value string) { v.encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) })
}

// read reads frames until the connection ends.
func (v *h2Conn) read() {
	for {
		f, err := v.framer.ReadFrame()
		if away, is := f.(*http2.GoAwayFrame); is && away.ErrCode != http2.ErrCodeNo {
			err = fmt.Errorf("connection ended: %v", away.ErrCode)
		}
		if err != nil {
			v.end(err)
			return
		}
		if s := v.stream(f.Header().StreamID); s != nil {
			s.frame(f)
		}
		v.control(f)
	}
}

// stream returns the stream with this id, if its response is still awaited.
func (v *h2Conn) stream(id uint32) *h2Stream {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.streams[id]; s != nil && !s.done {
		return s
	}
	return nil
}

// end ends all streams with the connection.
func (v *h2Conn) end(err error) {
	v.mu.Lock()
	v.over = true
	v.changed.Broadcast()
	streams := slices.Collect(maps.Values(v.streams))
	v.mu.Unlock()
	close(v.ended)
	for _, s := range streams {
		if !s.end(err) {
			s.call.closed()
		}
	}
}

// end ends the response, unless it has ended.
func (s *h2Stream) end(err error) bool {
	s.conn.mu.Lock()
	ends := !s.done
	s.done = true
	s.conn.changed.Broadcast()
	s.conn.mu.Unlock()
	if ends {
		s.call.end(err)
	}
	return ends
}

// frame takes a frame of the response.
func (s *h2Stream) frame(f http2.Frame) {
	switch f := f.(type) {
	case *http2.MetaHeadersFrame:
		if err := s.head(f); err != nil {
			s.end(err)
		} else if f.StreamEnded() {
			s.end(nil)
		}
	case *http2.DataFrame:
		s.call.content(f.Data())
		if f.StreamEnded() {
			s.end(nil)
		}
	case *http2.RSTStreamFrame:
		s.end(fmt.Errorf("stream reset: %v", f.ErrCode))
	}
}

// head takes a HEADERS frame; trailers are left aside.
func (s *h2Stream) head(f *http2.MetaHeadersFrame) error {
	status, err := strconv.Atoi(f.PseudoValue("status"))
	if err != nil {
		return fmt.Errorf("status %q", f.PseudoValue("status"))
	}
	var fields field.Lines
	for _, h := range f.RegularFields() {
		fields.Add(h.Name, h.Value)
	}
	s.call.head(status, fields)
	return nil
}

// control takes credit and answers SETTINGS and PING.
func (v *h2Conn) control(f http2.Frame) {
	switch f := f.(type) {
	case *http2.WindowUpdateFrame:
		v.grant(f.StreamID, int(f.Increment))
	case *http2.SettingsFrame:
		if f.IsAck() {
			return
		}
		if size, said := f.Value(http2.SettingInitialWindowSize); said {
			v.resize(int(size))
		}
		v.submit(v.framer.WriteSettingsAck)
	case *http2.PingFrame:
		if data := f.Data; !f.IsAck() {
			v.submit(func() error { return v.framer.WritePing(true, data) })
		}
	}
}
