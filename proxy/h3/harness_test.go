package h3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
	"github.com/quic-go/quic-go/testutils/simnet"
	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// certificate is made once: a bubble's clock begins in the year 2000.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "api.example"},
		NotBefore: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// A site is a Server on a network in memory, in a synctest bubble.
type site struct {
	*Server
	network *simnet.PerfectRouter
	pc      net.PacketConn
	addr    *net.UDPAddr
	hosts   byte   // viewers that came
	window  uint64 // of the streams of who comes, in bytes; 0 for quic-go's

	mu    sync.Mutex
	notes []string // malformed requests and panics, as told
}

// run serves o and shuts down at the end.
func run(t *testing.T, o Options, test func(t *testing.T, s *site)) {
	t.Helper()
	certificate()
	synctest.Test(t, func(t *testing.T) {
		s := &site{network: new(simnet.PerfectRouter), addr: &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}}
		o.Page = func(status int) (field.Lines, []byte) {
			return field.Lines{{Name: "Server", Value: "CloudFront"}}, fmt.Appendf(nil, "page %d", status)
		}
		o.OnMalformed = func(_ string, status int, reason string) { s.note(fmt.Sprintf("%d %s", status, reason)) }
		o.OnPanic = func(v any, r *viewer.Request) { s.note(fmt.Sprintf("panic %v %s", v, r.Path)) }
		s.Server = New(o)
		s.pc = simnet.NewBlockingSimConn(s.addr, s.network)
		served := make(chan error, 1)
		go func() { served <- s.Serve(s.pc, &tls.Config{Certificates: []tls.Certificate{certificate()}}) }()
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown: got %v", err)
			}
			if err := <-served; !errors.Is(err, ErrClosed) {
				t.Errorf("Serve: got %v, want ErrClosed", err)
			}
			if n := s.handshakes.Load(); n != 0 {
				t.Errorf("handshakes under way at the end: got %d", n)
			}
		}()
		synctest.Wait()
		test(t, s)
	})
}

func (s *site) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, what)
}

// told returns what was noted, and forgets it.
func (s *site) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	notes := strings.Join(s.notes, "\n")
	s.notes = nil
	return notes
}

// A caller is a viewer's connection. It says what it is told to say, byte by byte.
type caller struct {
	t         *testing.T
	qc        *quic.Conn
	transport *quic.Transport
	pc        net.PacketConn
	closed    bool
}

// dial connects; it does not open a control stream.
func (s *site) dial(t *testing.T) *caller {
	t.Helper()
	c, err := s.tryDial(t, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return c
}

func (s *site) tryDial(t *testing.T, config *tls.Config) (*caller, error) {
	s.hosts++
	pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(198, 51, 100, s.hosts), Port: 5000}, s.network)
	c := &caller{t: t, pc: pc, transport: &quic.Transport{Conn: pc}}
	qc, err := c.transport.Dial(t.Context(), s.addr, config, &quic.Config{
		MaxIdleTimeout: time.Hour, EnableStreamResetPartialDelivery: true, MaxIncomingUniStreams: 10,
		InitialStreamReceiveWindow: s.window, MaxStreamReceiveWindow: s.window,
	})
	if err != nil {
		c.close()
		return nil, err
	}
	c.qc = qc
	t.Cleanup(c.close)
	return c, nil
}

// close leaves: what is there is closed once.
func (c *caller) close() {
	if c.closed {
		return
	}
	c.closed = true
	if c.qc != nil {
		c.qc.CloseWithError(0x100, "")
	}
	c.transport.Close()
	c.pc.Close()
}

// control opens a unidirectional stream and writes p.
func (c *caller) control(p ...byte) *quic.SendStream {
	c.t.Helper()
	s, err := c.qc.OpenUniStream()
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := s.Write(p); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// settings are what a control stream begins with.
var settings = []byte{streamControl, frameSettings, 0}

// section codes fields, "name: value", as qpack's own encoder does.
func section(fields ...string) []byte {
	var out bytes.Buffer
	e := qpack.NewEncoder(&out)
	for _, f := range fields {
		at := strings.Index(f[1:], ":") + 1
		e.WriteField(qpack.HeaderField{Name: f[:at], Value: strings.TrimPrefix(f[at+1:], " ")})
	}
	return out.Bytes()
}

// get are the fields of a plain request.
func get(path string, more ...string) []string {
	return append([]string{":method: GET", ":scheme: https", ":authority: api.example", ":path: " + path}, more...)
}

// headers is a HEADERS frame.
func headers(fields ...string) []byte { return appendFrame(nil, frameHeaders, section(fields...)) }

// data is a DATA frame.
func data(content string) []byte { return appendFrame(nil, frameData, []byte(content)) }

// send opens a stream, writes all parts and, unless the last is nil, ends it. Where
// the server has had enough it writes no more: the answer says why.
func (c *caller) send(parts ...[]byte) *quic.Stream {
	c.t.Helper()
	s, err := c.qc.OpenStreamSync(c.t.Context())
	if err != nil {
		c.t.Fatalf("open a stream: %v", err)
	}
	for _, p := range parts {
		if p == nil {
			break
		}
		if _, err := s.Write(p); err != nil {
			c.t.Logf("write: %v", err)
			break
		}
	}
	if len(parts) == 0 || parts[len(parts)-1] != nil {
		s.Close()
	}
	return s
}

// answer reads a response and writes it down: each field section, the content as
// far as it came, and how it ended.
func answer(s *quic.Stream) string {
	s.SetReadDeadline(time.Now().Add(5 * time.Minute))
	in := bufio.NewReader(s)
	var out strings.Builder
	for {
		kind, err := quicvarint.Read(in)
		if err != nil {
			return out.String() + ending(err)
		}
		length, err := quicvarint.Read(in)
		if err != nil {
			return out.String() + ending(err)
		}
		payload := make([]byte, length)
		n, err := io.ReadFull(in, payload)
		switch kind {
		case frameData:
			fmt.Fprintf(&out, "%s\n", payload[:n])
		case frameHeaders:
			next := new(qpack.Decoder).Decode(payload)
			for f, err := next(); err == nil; f, err = next() {
				fmt.Fprintf(&out, "%s: %s\n", f.Name, f.Value)
			}
		default:
			fmt.Fprintf(&out, "frame %#x\n", kind)
		}
		if err != nil {
			return out.String() + ending(err)
		}
	}
}

// ending says how a stream ended.
func ending(err error) string {
	var reset *quic.StreamError
	var ended *quic.ApplicationError
	switch {
	case errors.Is(err, io.EOF):
		return "end\n"
	case errors.As(err, &reset):
		return "reset " + errCode(reset.ErrorCode).String() + "\n"
	case errors.As(err, &ended):
		return "connection ended " + errCode(ended.ErrorCode).String() + "\n"
	}
	return err.Error() + "\n"
}

// over returns how the connection ends.
func (c *caller) over() string {
	c.t.Helper()
	select {
	case <-c.qc.Context().Done():
		return strings.TrimSpace(ending(context.Cause(c.qc.Context())))
	case <-time.After(10 * time.Minute):
		return "goes on"
	}
}

// expect compares an answer with what is wanted, line by line.
func expect(t *testing.T, what, got string, want ...string) {
	t.Helper()
	if wanted := strings.Join(want, "\n") + "\n"; got != wanted {
		t.Errorf("%s: got\n%swant\n%s", what, got, wanted)
	}
}
