package standin

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A peer is the client's end of a WebSocket.
type peer struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

// connect makes a handshake at a target of a stand-in that server runs, and
// returns the answer too.
func connect(t *testing.T, address, host, target string, lines ...string) (*peer, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if lines == nil {
		lines = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", target, host, strings.Join(lines, "\r\n"))
	p := &peer{t, conn, bufio.NewReader(conn)}
	answer, err := http.ReadResponse(p.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, answer
}

// send sends one frame, masked as a client's must be.
func (p *peer) send(final bool, code opcode, content string) {
	b := appendFrame(nil, code, []byte(content))
	if !final {
		b[0] &^= 0x80
	}
	b[1] |= 0x80
	at := len(b) - len(content)
	masked := append(b[:at:at], 1, 2, 3, 4)
	for i := range content {
		masked = append(masked, content[i]^byte(i%4+1))
	}
	_, _ = p.conn.Write(masked) // what is received shows whether it arrived
}

// receive reads a frame of the server.
func (p *peer) receive() (opcode, string, error) {
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(p.r, head); err != nil {
		return 0, "", err
	}
	length := uint64(head[1])
	switch head[1] {
	case 126:
		head = head[:4]
		io.ReadFull(p.r, head[2:])
		length = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		head = head[:10]
		io.ReadFull(p.r, head[2:])
		length = binary.BigEndian.Uint64(head[2:])
	}
	content := make([]byte, length)
	_, err := io.ReadFull(p.r, content)
	return opcode(head[0] & 0x0f), string(content), err
}

func (p *peer) want(code opcode, content string) {
	p.t.Helper()
	if gotCode, got, err := p.receive(); err != nil || gotCode != code || got != content {
		p.t.Errorf("received: got %v %.80q, %v, want %v %.80q", gotCode, got, err, code, content)
	}
}

func (p *peer) wantClosed(code uint16) {
	p.t.Helper()
	p.want(opClose, string(binary.BigEndian.AppendUint16(nil, code)))
	if _, _, err := p.receive(); err == nil {
		p.t.Errorf("behind a close: got another frame, want the end")
	}
}

func TestWebSocket(t *testing.T) {
	s := newTest(t, Options{Flavor: FlavorWebSocket})
	address := serve(t, s).Listener.Addr().String()
	p, answer := connect(t, address, s.Host(), "/prod")
	if got := answer.Header.Get("Sec-WebSocket-Accept"); answer.StatusCode != 101 || got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("RFC 6455 section 1.3: got %d and %q, want 101 and the accept of its example", answer.StatusCode, got)
	}
	p.send(true, opText, "hello")
	p.want(opText, "hello")
	p.send(true, opPing, "p")
	p.want(opPong, "p")
	p.send(false, opText, `{"action":`)
	p.send(true, opPing, "between")
	p.want(opPong, "between")
	p.send(true, opContinuation, `"echo"}`)
	p.want(opText, `{"action":"echo"}`)
	large := strings.Repeat("x", 70_000)
	for i := 0; i < len(large); i += 10_000 {
		p.send(i+10_000 == len(large), map[bool]opcode{true: opText}[i == 0], large[i:i+10_000])
	}
	p.want(opText, large)

	p.send(true, opText, `{"action":"whoami"}`)
	_, text, _ := p.receive()
	var who struct{ ConnectionID string }
	if err := json.Unmarshal([]byte(text), &who); err != nil || len(who.ConnectionID) != 16 {
		t.Fatalf("whoami: got %q, want an id of 16 characters (AG-HOST-06)", text)
	}
	target := "/prod/@connections/" + url.PathEscape(who.ConnectionID)
	if w := sendContent(s, "from outside", "POST "+target); w.Code != 200 {
		t.Errorf("POST %s: got %d, want 200", target, w.Code)
	}
	p.want(opText, "from outside")
	if w := send(s, "GET "+target); w.Code != 200 || !strings.Contains(w.Body.String(), `"connectedAt":"2026-05-04T12:30:00Z"`) {
		t.Errorf("GET %s: got %d %s, want when it connected", target, w.Code, w.Body)
	}

	other, _ := connect(t, address, s.Host(), "/prod")
	other.send(true, opText, `{"action":"broadcast"}`)
	p.want(opText, `{"action":"broadcast"}`)
	other.want(opText, `{"action":"broadcast"}`)
	other.send(true, opText, `{"action":"leave"}`)
	other.wantClosed(closeNormal)

	if w := send(s, "DELETE "+target); w.Code != 204 {
		t.Errorf("DELETE %s: got %d, want 204", target, w.Code)
	}
	p.wantClosed(closeNormal)
	s.sockets.close()
	if w := send(s, "GET "+target); w.Code != 410 || raw(w, "x-amzn-ErrorType") != "GoneException" {
		t.Errorf("GET %s of one that has ended: got %d, want 410", target, w.Code)
	}
}

// TestWebSocketRefused: what is no handshake of the API.
func TestWebSocketRefused(t *testing.T) {
	s := newTest(t, Options{Flavor: FlavorWebSocket})
	address := serve(t, s).Listener.Addr().String()
	for _, tt := range []struct {
		name, host, target string
		lines              []string
		want               int
	}{
		{"AG-SNI-01 viewer's Host", "shop.test", "/prod", nil, 403},
		{"AG-HOST-06 no stage", s.Host(), "/", nil, 403},
		{"AG-HOST-06 a path", s.Host(), "/prod/chat", nil, 403},
		{"AG-WS-01 $connect", s.Host(), "/prod?token=mallory", nil, 403},
		{"CF-WS-02 no key", s.Host(), "/prod", []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"}, 403},
		{"no upgrade", s.Host(), "/prod", []string{"Accept: */*"}, 403},
	} {
		if _, answer := connect(t, address, tt.host, tt.target, tt.lines...); answer.StatusCode != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, answer.StatusCode, tt.want)
		}
	}
}

// TestWebSocketEnds: why the service ends a connection (AG-LIM-12).
func TestWebSocketEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts Options
		do   func(*peer)
		want uint16
	}{
		{"idle", Options{SocketIdle: time.Millisecond}, func(*peer) {}, closeGoingAway},
		{"a pong is no message", Options{SocketIdle: time.Millisecond}, func(p *peer) { p.send(true, opPong, "") }, closeGoingAway},
		{"lifetime", Options{SocketLifetime: time.Millisecond}, func(*peer) {}, closeGoingAway},
		{"large frame", Options{}, func(p *peer) { p.send(true, opText, strings.Repeat("x", mostFrame+1)) }, closeTooBig},
		{"large message", Options{}, func(p *peer) {
			p.send(false, opText, strings.Repeat("x", mostFrame))
			for range 4 {
				p.send(false, opContinuation, strings.Repeat("x", mostFrame))
			}
		}, closeTooBig},
		{"a continuation of nothing", Options{}, func(p *peer) { p.send(true, opContinuation, "x") }, closeProtocol},
		{"a message in a message", Options{}, func(p *peer) { p.send(false, opText, "x"); p.send(true, opText, "y") }, closeProtocol},
		{"the client goes", Options{}, func(p *peer) { p.send(true, opClose, "") }, closeNormal},
	} {
		tt.opts.Flavor = FlavorWebSocket
		s := newTest(t, tt.opts)
		p, answer := connect(t, serve(t, s).Listener.Addr().String(), s.Host(), "/prod")
		if answer.StatusCode != 101 {
			t.Fatalf("%s: got %d, want 101", tt.name, answer.StatusCode)
		}
		tt.do(p)
		code, content, err := p.receive()
		if want := string(binary.BigEndian.AppendUint16(nil, tt.want)); err != nil || code != opClose || content != want {
			t.Errorf("%s: got %v %q, %v, want close %d", tt.name, code, content, err, tt.want)
		}
	}
}

// FuzzReadFrame: what is read as a frame is the frame that was sent, and
// nothing makes it read more than its limit.
func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x81\x85\x01\x02\x03\x04igohn"))
	f.Add([]byte("\x89\x80\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 10
		got, err := readFrame(bufio.NewReader(strings.NewReader(string(in))), limit)
		if err != nil {
			return
		}
		if len(got.content) > limit || got.code.control() && (!got.final || len(got.content) > 125) {
			t.Errorf("%q: got %v frame of %d bytes, want it refused", in, got.code, len(got.content))
		}
		r := bufio.NewReader(strings.NewReader(string(appendFrame(nil, got.code, got.content))))
		if _, err := readFrame(r, limit); !errors.Is(err, errFrame) {
			t.Errorf("a frame that is not masked: got %v, want it refused", err)
		}
	})
}
