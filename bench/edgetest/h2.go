package edgetest

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/cachekey/field"
)

// h2Window is as much as we let come: flow control toward viewers is not what
// these tests are about.
const h2Window = 1 << 30

// speakH2 sends the request as the only stream of a connection and reads its
// frames (RFC 9113).
func (c *Call) speakH2(q Request) {
	v := &h2Viewer{call: c, framer: http2.NewFramer(c.conn, c.conn), acks: make(chan func() error, 64)}
	v.credit.conn, v.credit.stream, v.credit.initial = h2Initial, h2Initial, h2Initial
	v.credit.changed.L = &v.credit.mu
	v.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var writing sync.WaitGroup
	writing.Go(func() { v.write(q) })
	<-c.read
	err := v.read()
	c.end(err)
	if err == nil {
		v.readRest()
	}
	v.giveUp()
	close(v.acks)
	writing.Wait()
}

// An h2Viewer is the state of one HTTP/2 call. The framer's writing half is
// owned by write, its reading half by read.
type h2Viewer struct {
	call   *Call
	framer *http2.Framer
	acks   chan func() error

	// credit is how much content may be sent (RFC 9113 section 5.2).
	credit struct {
		mu           sync.Mutex // guards what follows
		changed      sync.Cond
		conn, stream int
		initial      int // of a stream, by the edge's SETTINGS
		ended        bool
	}
}

// h2Initial is the size of every window before anybody says otherwise.
const h2Initial = 65_535

// take waits for credit for up to n bytes and takes it; 0 means that the
// connection has ended.
func (v *h2Viewer) take(n int) int {
	c := &v.credit
	c.mu.Lock()
	defer c.mu.Unlock()
	for min(c.conn, c.stream) <= 0 && !c.ended {
		c.changed.Wait()
	}
	if c.ended {
		return 0
	}
	n = min(n, c.conn, c.stream)
	c.conn, c.stream = c.conn-n, c.stream-n
	return n
}

// grant adds credit for the connection or the stream.
func (v *h2Viewer) grant(conn, stream int) {
	c := &v.credit
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.stream = c.conn+conn, c.stream+stream
	c.changed.Broadcast()
}

// resize applies the edge's initial size of stream windows.
func (v *h2Viewer) resize(initial int) {
	c := &v.credit
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream += initial - c.initial
	c.initial = initial
	c.changed.Broadcast()
}

// giveUp wakes a writer that waits for credit.
func (v *h2Viewer) giveUp() {
	v.credit.mu.Lock()
	defer v.credit.mu.Unlock()
	v.credit.ended = true
	v.credit.changed.Broadcast()
}

// write sends the request, then answers the edge's control frames.
func (v *h2Viewer) write(q Request) {
	err := v.writeRequest(q)
	for ack := range v.acks {
		if err == nil {
			err = ack()
		}
	}
}

func (v *h2Viewer) writeRequest(q Request) error {
	if _, err := io.WriteString(v.call.conn, http2.ClientPreface); err != nil {
		return err
	}
	if err := v.framer.WriteSettings(
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: h2Window}); err != nil {
		return err
	}
	if err := v.framer.WriteWindowUpdate(0, h2Window); err != nil {
		return err
	}
	if err := v.writeHead(q); err != nil || !q.HasBody {
		return err
	}
	body := q.Body
	for len(body) > 0 {
		n := v.take(min(len(body), 16_384))
		if n == 0 {
			return io.ErrClosedPipe
		}
		if err := v.framer.WriteData(1, false, []byte(body[:n])); err != nil {
			return err
		}
		body = body[n:]
	}
	return v.framer.WriteData(1, true, nil)
}

// writeHead sends HEADERS and, where that is not enough, CONTINUATION.
func (v *h2Viewer) writeHead(q Request) error {
	block := headerBlock(q)
	n := min(len(block), 16_384)
	err := v.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block[:n], EndStream: !q.HasBody, EndHeaders: n == len(block),
	})
	for block = block[n:]; len(block) > 0 && err == nil; block = block[n:] {
		n = min(len(block), 16_384)
		err = v.framer.WriteContinuation(1, n == len(block), block[:n])
	}
	return err
}

func headerBlock(q Request) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	add := func(name, value string) {
		e.WriteField(hpack.HeaderField{Name: name, Value: value})
	}
	add(":method", q.Method)
	add(":scheme", q.Scheme)
	add(":path", q.Target)
	if q.Host != "" {
		add(":authority", q.Host)
	}
	for _, l := range q.Fields {
		add(strings.ToLower(l.Name), l.Value)
	}
	if q.HasBody && !q.Chunked {
		add("content-length", strconv.Itoa(len(q.Body)))
	}
	return b.Bytes()
}

// read reads frames until the response has ended.
func (v *h2Viewer) read() error {
	for {
		f, err := v.framer.ReadFrame()
		if err != nil {
			return err
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			if err := v.head(f); err != nil {
				return err
			}
			if f.StreamEnded() {
				return nil
			}
		case *http2.DataFrame:
			v.call.content(f.Data())
			if f.StreamEnded() {
				return nil
			}
		case *http2.RSTStreamFrame:
			return fmt.Errorf("stream reset: %v", f.ErrCode)
		case *http2.GoAwayFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return fmt.Errorf("connection ended: %v", f.ErrCode)
			}
		default:
			v.control(f)
		}
	}
}

// head takes a HEADERS frame: informational responses and trailers are left
// aside.
func (v *h2Viewer) head(f *http2.MetaHeadersFrame) error {
	status, err := strconv.Atoi(f.PseudoValue("status"))
	if err != nil {
		return fmt.Errorf("status %q", f.PseudoValue("status"))
	}
	if status < 200 {
		return nil
	}
	var fields field.Lines
	for _, h := range f.RegularFields() {
		fields.Add(h.Name, h.Value)
	}
	v.call.head(status, fields)
	return nil
}

// control takes credit and answers SETTINGS and PING.
func (v *h2Viewer) control(f http2.Frame) {
	switch f := f.(type) {
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			v.grant(int(f.Increment), 0)
		} else {
			v.grant(0, int(f.Increment))
		}
	case *http2.SettingsFrame:
		if f.IsAck() {
			return
		}
		if size, said := f.Value(http2.SettingInitialWindowSize); said {
			v.resize(int(size))
		}
		v.acks <- v.framer.WriteSettingsAck
	case *http2.PingFrame:
		if data := f.Data; !f.IsAck() {
			v.acks <- func() error { return v.framer.WritePing(true, data) }
		}
	}
}

// readRest reads on until the connection ends.
func (v *h2Viewer) readRest() {
	for {
		f, err := v.framer.ReadFrame()
		if err != nil {
			v.call.closed()
			return
		}
		v.control(f)
	}
}
