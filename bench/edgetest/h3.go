package edgetest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
	"github.com/quic-go/quic-go/testutils/simnet"

	"github.com/groundfront/groundfront/cachekey/field"
)

// packetAddress is where the edge speaks HTTP/3.
var packetAddress = &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 443}

// packetNetwork is how packets get from viewers to the edge and back: none is
// lost, and it takes no time.
type packetNetwork struct {
	router simnet.PerfectRouter
	mu     sync.Mutex
	last   uint16 // port of a viewer
}

func (n *packetNetwork) open(at *net.UDPAddr) *simnet.SimConn {
	return simnet.NewBlockingSimConn(at, &n.router)
}

// port returns one that no viewer has had.
func (n *packetNetwork) port() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	return 10_000 + int(n.last)
}

// frame types and stream types (RFC 9114).
const (
	h3Data     = 0x0
	h3Headers  = 0x1
	h3Settings = 0x4
)

// h3Cancelled is H3_REQUEST_CANCELLED.
const h3Cancelled = 0x10c

// An h3Conn is a connection with its streams.
type h3Conn struct {
	pc        net.PacketConn
	transport *quic.Transport
	qc        *quic.Conn
	ends      sync.WaitGroup
	closing   sync.Once

	mu    sync.Mutex // guards what follows
	users int        // calls that are not closed
}

// An h3Stream is one call on a connection.
type h3Stream struct {
	conn *h3Conn
	call *Call
	str  *quic.Stream
}

// h3Window is how much comes of a response that nobody reads, at most.
const h3Window = 64 << 10

// dialH3 connects. Whoever reads nothing gets no more than h3Window.
func (e *Edge) dialH3(t testing.TB, q Request) *h3Conn {
	t.Helper()
	from := q.From
	if !from.IsValid() {
		from = netip.AddrFrom4([4]byte{198, 51, 100, 10})
	}
	v := &h3Conn{pc: e.packets.open(&net.UDPAddr{IP: net.IP(from.AsSlice()), Port: e.packets.port()})}
	v.transport = &quic.Transport{Conn: v.pc}
	config := clientTLS(cmp.Or(q.ServerName, q.Host), ProtocolH3, q.Certificate)
	if config.ServerName == "" || net.ParseIP(config.ServerName) != nil {
		config.ServerName = "edge.test" // there must be one (CF-DIST-14)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	v.qc, err = v.transport.Dial(ctx, packetAddress, config, &quic.Config{
		InitialStreamReceiveWindow: h3Window, MaxStreamReceiveWindow: h3Window, InitialConnectionReceiveWindow: 100 * h3Window,
		MaxIdleTimeout: time.Hour, KeepAlivePeriod: 20 * time.Second, EnableStreamResetPartialDelivery: true, MaxIncomingUniStreams: 10,
	})
	if err != nil {
		v.close()
		t.Fatalf("viewer cannot connect over HTTP/3: %v", err)
	}
	t.Cleanup(v.close) // of a test that has failed
	control, err := v.qc.OpenUniStream()
	if err == nil {
		_, err = control.Write([]byte{0x0, h3Settings, 0})
	}
	if err != nil {
		t.Fatalf("viewer has no control stream: %v", err)
	}
	return v
}

func (v *h3Conn) close() {
	v.closing.Do(func() {
		if v.qc != nil {
			v.qc.CloseWithError(0x100, "")
		}
		v.ends.Wait()
		v.transport.Close()
		v.pc.Close()
	})
}

// open sends q on a new stream, and reads its response.
func (v *h3Conn) open(c *Call, q Request) *h3Stream {
	v.mu.Lock()
	v.users++
	v.mu.Unlock()
	s := &h3Stream{conn: v, call: c}
	opened := make(chan error, 1)
	v.ends.Go(func() {
		var err error
		s.str, err = v.qc.OpenStreamSync(v.qc.Context())
		opened <- err
		if err == nil {
			s.write(q)
		}
	})
	if err := <-opened; err != nil {
		c.end(err)
		return s
	}
	v.ends.Go(s.read)
	return s
}

// leave ends the stream: the last one with its connection, another by a reset.
func (s *h3Stream) leave() {
	v := s.conn
	v.mu.Lock()
	v.users--
	last := v.users == 0
	v.mu.Unlock()
	if last {
		v.close()
		return
	}
	s.str.CancelRead(h3Cancelled)
	s.str.CancelWrite(h3Cancelled)
}

// write sends the request. What cannot be sent shows where the response is read.
func (s *h3Stream) write(q Request) {
	_, err := s.str.Write(appendH3Frame(nil, h3Headers, encodeH3(q)))
	for body := q.Body; q.HasBody && err == nil && len(body) > 0; {
		n := min(len(body), 16<<10)
		_, err = s.str.Write(appendH3Frame(nil, h3Data, []byte(body[:n])))
		body = body[n:]
	}
	if err == nil {
		s.str.Close()
	}
}

func appendH3Frame(out []byte, kind uint64, payload []byte) []byte {
	out = quicvarint.Append(out, kind)
	out = quicvarint.Append(out, uint64(len(payload)))
	return append(out, payload...)
}

// encodeH3 returns the field section of q.
func encodeH3(q Request) []byte {
	var block bytes.Buffer
	encoder := qpack.NewEncoder(&block)
	q.eachField(func(name, value string) { encoder.WriteField(qpack.HeaderField{Name: name, Value: value}) })
	return block.Bytes()
}

// read reads the response.
func (s *h3Stream) read() {
	err := s.readFrames(bufio.NewReader(s.str))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	s.call.end(err)
	if s.conn.qc.Context().Err() != nil {
		s.call.closed()
	}
}

// readFrames reads until the stream ends; io.EOF says that it did so as it should.
func (s *h3Stream) readFrames(in *bufio.Reader) error {
	for {
		kind, err := quicvarint.Read(in)
		if err != nil {
			return err
		}
		length, err := quicvarint.Read(in)
		if err != nil {
			return unexpected(err)
		}
		switch kind {
		case h3Headers:
			err = s.readHead(in, length)
		case h3Data:
			<-s.call.read // a reset would take the head with it, if that were not read
			err = s.readContent(in, length)
		default:
			err = fmt.Errorf("frame of type %#x", kind)
		}
		if err != nil {
			return unexpected(err)
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readHead reads a field section; trailers are left aside.
func (s *h3Stream) readHead(in *bufio.Reader, length uint64) error {
	block := make([]byte, length)
	if _, err := io.ReadFull(in, block); err != nil {
		return err
	}
	var fields field.Lines
	status := 0
	next := new(qpack.Decoder).Decode(block)
	for {
		f, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if f.Name != ":status" {
			fields.Add(f.Name, f.Value)
		} else if status, err = strconv.Atoi(f.Value); err != nil {
			return err
		}
	}
	if status != 0 {
		s.call.head(status, fields)
	}
	return nil
}

// readContent reads a DATA frame, as it comes.
func (s *h3Stream) readContent(in *bufio.Reader, length uint64) error {
	buffer := make([]byte, 16<<10)
	for length > 0 {
		n, err := in.Read(buffer[:min(uint64(len(buffer)), length)])
		s.call.content(buffer[:n])
		length -= uint64(n)
		if err != nil && length > 0 {
			return err
		}
	}
	return nil
}

// eachField gives the header section of q to add, as HTTP/2 and HTTP/3 have it.
func (q Request) eachField(add func(name, value string)) {
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
}
