package edgetest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const chat = `
version: 1
distributions:
  chat:
    aliases: [chat.test]
    origins: {api: {domain_name: api.test, connect_to: "http://api.test:80", custom_origin_config: {origin_protocol_policy: https-only}}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized, origin_request_policy_id: AllViewer, allowed_methods: all, grpc_config: {enabled: true}}
    logging: {path: unused}
`

// connect connects a viewer that says by itself what it has to say.
func (e *Edge) connect(t *testing.T, scheme string, p Protocol) net.Conn {
	t.Helper()
	l := e.plain
	if scheme == "https" {
		l = e.secure
	}
	c, err := l.Dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	if scheme == "https" {
		return tls.Client(c, clientTLS("chat.test", p, nil))
	}
	return c
}

// echoWebSocket is an origin that agrees to WebSocket and then says what it is
// told. It accepts one connection.
func echoWebSocket(t *testing.T, l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	asked, err := http.ReadRequest(r)
	if err != nil {
		t.Error(err)
		return
	}
	key := asked.Header.Get("Sec-WebSocket-Key")
	if asked.Method != "GET" || asked.Header.Get("Upgrade") != "websocket" || asked.Header.Get("Connection") != "Upgrade" || key == "" {
		t.Errorf("the origin is asked %+v", asked)
	}
	fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", acceptance(key))
	io.Copy(c, r)
}

// acceptance is what a key is answered with (RFC 6455 section 4.2.2).
func acceptance(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A speaker is the viewer's end of a WebSocket.
type speaker interface {
	io.ReadWriter
	Close() error
}

// TestWebSocket: bytes go both ways through the whole edge, over each protocol
// (CF-WS), until the viewer has enough, and the log knows.
func TestWebSocket(t *testing.T) {
	for _, c := range []struct {
		name, scheme string
		protocol     Protocol
		open         func(t *testing.T, c net.Conn, scheme string) speaker
		log          string
	}{
		{"h1", "http", ProtocolH1, openH1, "ws"},
		{"h1 over TLS", "https", ProtocolH1, openH1, "wss"},
		{"h2", "http", ProtocolH2, openH2, "ws"},
		{"h2 over TLS", "https", ProtocolH2, openH2, "wss"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := New(t, StoreMemory, chat)
				l := e.Listen("api.test")
				defer l.Close()
				go echoWebSocket(t, l)
				conn := e.connect(t, c.scheme, c.protocol)
				defer conn.Close()
				s := c.open(t, conn, c.scheme)
				for i := range 3 {
					say := strings.Repeat(fmt.Sprint(i), 10_000*i+1)
					said := make(chan error, 1)
					go func() {
						_, err := io.WriteString(s, say)
						said <- err
					}()
					got := make([]byte, len(say))
					if _, err := io.ReadFull(s, got); err != nil || string(got) != say {
						t.Fatalf("round %d: got %.20q, %v, want %d bytes back", i, got, err, len(say))
					}
					if err := <-said; err != nil {
						t.Fatalf("round %d: write: %v", i, err)
					}
					time.Sleep(5 * time.Minute)
				}
				s.Close()
				synctest.Wait()
				log, err := e.AccessLog("chat")
				if err != nil || !strings.Contains(log, "\t"+c.log+"\t") || !strings.Contains(log, "\t101\t") {
					t.Errorf("CF-WS-06: got log %q, %v, want 101 and %s", log, err, c.log)
				}
			})
		})
	}
}

// TestWebSocketQuiet: a WebSocket on which the origin says nothing for ten
// minutes ends, also for the viewer (CF-WS-05).
func TestWebSocketQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(t, StoreMemory, chat)
		l := e.Listen("api.test")
		defer l.Close()
		go echoWebSocket(t, l)
		conn := e.connect(t, "http", ProtocolH1)
		defer conn.Close()
		s := openH1(t, conn, "http")
		began := time.Now()
		if n, err := s.Read(make([]byte, 1)); err == nil || time.Since(began) != 10*time.Minute {
			t.Errorf("got %d bytes, %v after %v, want the end after 10m", n, err, time.Since(began))
		}
	})
}

// openAt asks for a WebSocket at a path.
func openAt(t *testing.T, p Protocol, c net.Conn, path string) speaker {
	t.Helper()
	if p == ProtocolH1 {
		return openPathH1(t, c, path)
	}
	s, status := askH2(t, c, "http", path)
	if status != "200" {
		t.Fatalf("got %s, want 200", status)
	}
	return s
}

const handshakeKey = "dGhlIHNhbXBsZSBub25jZQ=="

// askH1 asks by Upgrade.
func askH1(c net.Conn, path string) {
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: chat.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n", path, handshakeKey)
}

// openH1 asks by Upgrade.
func openH1(t *testing.T, c net.Conn, _ string) speaker {
	t.Helper()
	return openPathH1(t, c, "/chat")
}

func openPathH1(t *testing.T, c net.Conn, path string) speaker {
	t.Helper()
	askH1(c, path)
	r := bufio.NewReader(c)
	status, fields, err := readHead(r)
	if err != nil || status != 101 || fields.Get("Upgrade") != "websocket" || fields.Get("Connection") != "Upgrade" || fields.Get("Sec-WebSocket-Accept") != acceptance(handshakeKey) {
		t.Fatalf("got %d, %v, %v, want 101", status, fields, err)
	}
	return struct {
		io.Reader
		io.Writer
		io.Closer
	}{r, c, c}
}

// An h2Speaker is a stream that has become a WebSocket (RFC 8441).
type h2Speaker struct {
	net.Conn
	framer *http2.Framer
	rest   bytes.Buffer
	ended  bool
}

// openH2 asks by CONNECT.
func openH2(t *testing.T, c net.Conn, scheme string) speaker {
	t.Helper()
	s, status := askH2(t, c, scheme, "/chat")
	if status != "200" {
		t.Fatalf("got %s, want 200", status)
	}
	return s
}

// askH2 asks by CONNECT, once the edge has said that it may, and returns the
// status of the answer.
func askH2(t *testing.T, c net.Conn, scheme, path string) (*h2Speaker, string) {
	t.Helper()
	io.WriteString(c, http2.ClientPreface)
	s := &h2Speaker{Conn: c, framer: http2.NewFramer(c, c)}
	s.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	s.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: h2Window})
	s.framer.WriteWindowUpdate(0, h2Window)
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", scheme}, {":path", path}, {":authority", "chat.test"},
		{"sec-websocket-version", "13"},
	} {
		encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	for {
		frame, err := s.framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if frame.IsAck() {
				continue
			}
			if v, _ := frame.Value(http2.SettingEnableConnectProtocol); v != 1 {
				t.Fatal("the edge does not offer RFC 8441")
			}
			s.framer.WriteSettingsAck()
			s.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true})
		case *http2.MetaHeadersFrame:
			return s, frame.PseudoValue("status")
		}
	}
}

func (s *h2Speaker) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		n := min(len(p)-sent, 16_384)
		if err := s.framer.WriteData(1, false, p[sent:sent+n]); err != nil {
			return sent, err
		}
		sent += n
	}
	return len(p), nil
}

func (s *h2Speaker) Read(p []byte) (int, error) {
	for s.rest.Len() == 0 {
		if s.ended {
			return 0, io.EOF
		}
		frame, err := s.framer.ReadFrame()
		if err != nil {
			return 0, err
		}
		if data, ok := frame.(*http2.DataFrame); ok {
			s.rest.Write(data.Data())
			s.ended = data.StreamEnded()
		}
	}
	return s.rest.Read(p)
}

// TestGRPC: a call that streams both ways at once through the whole edge, with
// what the origin says at its end (CF-GRPC).
func TestGRPC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(t, StoreMemory, chat)
		s := &http.Server{Handler: http.HandlerFunc(echoCall), Protocols: new(http.Protocols)}
		s.Protocols.SetUnencryptedHTTP2(true)
		l := e.Listen("api.test")
		go s.Serve(l)
		defer s.Close()
		content, say := io.Pipe()
		response := e.grpcCall(t, content)
		defer response.Body.Close()
		if response.StatusCode != 200 || response.Header.Get("X-Timeout") != "1H" {
			t.Errorf("got %d, %v", response.StatusCode, response.Header)
		}
		for i := range 3 {
			word := strings.Repeat(fmt.Sprint(i), 50_000*i+1)
			go io.WriteString(say, word)
			got := make([]byte, len(word))
			if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != word {
				t.Fatalf("CF-GRPC-05, round %d: got %.20q, %v, want %d bytes back", i, got, err, len(word))
			}
			time.Sleep(time.Minute)
		}
		say.Close()
		if rest, err := io.ReadAll(response.Body); err != nil || len(rest) > 0 || response.Trailer.Get("Grpc-Status") != "0" {
			t.Errorf("CF-GRPC-04: got %q, %v, trailers %v", rest, err, response.Trailer)
		}
		synctest.Wait()
		if log, err := e.AccessLog("chat"); err != nil || !strings.Contains(log, "\tgrpcs\t") {
			t.Errorf("CF-GRPC-06: got log %q, %v", log, err)
		}
	})
}

// grpcCall makes a call over HTTP/2 and TLS.
func (e *Edge) grpcCall(t *testing.T, content io.Reader) *http.Response {
	t.Helper()
	client := &http.Transport{ForceAttemptHTTP2: true, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
		c := e.connect(t, "https", ProtocolH2).(*tls.Conn)
		return c, c.HandshakeContext(t.Context())
	}}
	t.Cleanup(client.CloseIdleConnections)
	request, _ := http.NewRequest("POST", "https://chat.test/echo.Echo/Chat", content)
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("Te", "trailers")
	request.Header.Set("Grpc-Timeout", "1H")
	response, err := client.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func echoCall(w http.ResponseWriter, r *http.Request) {
	flusher := w.(http.Flusher)
	w.Header().Set("Trailer", "Grpc-Status")
	w.Header().Set("X-Timeout", r.Header.Get("Grpc-Timeout"))
	flusher.Flush()
	p := make([]byte, 4<<10)
	for {
		n, err := r.Body.Read(p)
		w.Write(p[:n])
		flusher.Flush()
		if err != nil {
			break
		}
	}
	w.Header().Set("Grpc-Status", "0")
}
