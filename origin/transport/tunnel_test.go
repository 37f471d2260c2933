package transport_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

func websocket() *origin.Request {
	r := get("/chat")
	r.Upgrade = "websocket"
	r.Fields.Add("Sec-WebSocket-Key", "k")
	r.Fields.Add("Upgrade", "other")
	return r
}

// runTunnel opens a tunnel to an origin that has sent answer, and hands out
// the origin's end of the connection behind the request's head.
func runTunnel(t *testing.T, answer string, test func(t *testing.T, e *edge, tunnel io.ReadWriteCloser, far net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		defer l.Close()
		e := &edge{Client: transport.New(transport.Options{Dial: l.Dial, MaxConnsPerOrigin: 1}), origin: newOrigin()}
		e.origin.CompletionTimeout = time.Minute
		defer e.Client.Close()
		far := make(chan net.Conn, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			br := bufio.NewReader(c)
			head := ""
			for !strings.HasSuffix(head, "\r\n\r\n") {
				line, _ := br.ReadString('\n')
				head += line
			}
			want := "GET /chat HTTP/1.1\r\nHost: api.example\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
			if head != want {
				t.Errorf("CF-WS-03: on the wire\ngot  %q\nwant %q", head, want)
			}
			io.WriteString(c, answer)
			far <- c
		}()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		resp, err := e.RoundTrip(ctx, e.origin, websocket())
		if err != nil || resp.Status != 101 || resp.Tunnel == nil || resp.Fields.Get("Sec-WebSocket-Accept") != "x" || len(resp.Fields) != 1 {
			t.Fatalf("got %+v, %v, want a tunnel", resp, err)
		}
		c := <-far
		defer c.Close()
		test(t, e, resp.Tunnel, c)
	})
}

func readN(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	p := make([]byte, n)
	if _, err := io.ReadFull(r, p); err != nil {
		t.Errorf("reading %d bytes: %v", n, err)
	}
	return string(p)
}

// TestTunnel: bytes go both ways as they are, those that came with the head
// first, and the end of the one side reaches the other.
func TestTunnel(t *testing.T) {
	runTunnel(t, switching+"hello", func(t *testing.T, e *edge, tunnel io.ReadWriteCloser, far net.Conn) {
		if got := readN(t, tunnel, 5); got != "hello" {
			t.Errorf("got %q, want what came with the head", got)
		}
		time.Sleep(5 * time.Minute) // beyond every timeout of a response
		io.WriteString(tunnel, "\x81\x05aaaaa")
		if got := readN(t, far, 7); got != "\x81\x05aaaaa" {
			t.Errorf("the origin got %q", got)
		}
		io.WriteString(far, "HTTP/1.1 200 OK\r\n\r\n")
		if got := readN(t, tunnel, 19); got != "HTTP/1.1 200 OK\r\n\r\n" {
			t.Errorf("got %q", got)
		}
		far.Close()
		if _, err := tunnel.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the origin's end: got %v, want EOF", err)
		}
		tunnel.Close()
		tunnel.Close()
		// Its place is free, and taken once only: the next request gets it, and
		// a second one waits in vain.
		hold := make(chan error, 2)
		for range 2 {
			go func() {
				_, _, err := e.do(t.Context(), get("/"))
				hold <- err
			}()
		}
		if err := <-hold; origin.KindOf(err) != origin.ErrorLimit {
			t.Errorf("got %v", err)
		}
	})
	runTunnel(t, switching, func(t *testing.T, e *edge, tunnel io.ReadWriteCloser, far net.Conn) {
		time.AfterFunc(time.Second, func() { tunnel.Close() })
		if _, err := tunnel.Read(make([]byte, 1)); origin.KindOf(err) != origin.ErrorRead {
			t.Errorf("closed while it reads: got %v", err)
		}
		if _, err := far.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the origin sees %v, want the end", err)
		}
	})
}

// TestTunnelIdle: the origin must not be silent for ten minutes, whatever the
// viewer says (CF-WS-05, CF-QUO-23).
func TestTunnelIdle(t *testing.T) {
	runTunnel(t, switching, func(t *testing.T, e *edge, tunnel io.ReadWriteCloser, far net.Conn) {
		began := time.Now()
		time.AfterFunc(9*time.Minute, func() { io.WriteString(far, "a") })
		go func() {
			for range 18 {
				time.Sleep(time.Minute)
				io.WriteString(tunnel, "b")
			}
		}()
		if got := readN(t, tunnel, 1); got != "a" || time.Since(began) != 9*time.Minute {
			t.Errorf("got %q after %v, want a after 9m", got, time.Since(began))
		}
		_, err := tunnel.Read(make([]byte, 1))
		if origin.KindOf(err) != origin.ErrorReadTimeout || time.Since(began) != 19*time.Minute {
			t.Errorf("CF-WS-05: got %v after %v, want read_timeout after 19m", err, time.Since(began))
		}
		tunnel.Close()
		synctest.Wait()
	})
}

// TestUpgradeAnswers: what is no change to the protocol that was asked for is
// an ordinary response (CF-WS-08), or none.
func TestUpgradeAnswers(t *testing.T) {
	tests := []struct {
		name, wire string
		status     int
		kind       origin.ErrorKind
	}{
		{"refused", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, 0},
		{"ignored", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", 200, 0},
		{"another protocol", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 0, origin.ErrorInvalidResponse},
		{"several protocols", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n", 0, origin.ErrorInvalidResponse},
		{"no protocol", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\n\r\n", 0, origin.ErrorInvalidResponse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, origintest.Always(origintest.Send(tt.wire)), func(t *testing.T, e *edge) {
				resp, body, err := e.do(t.Context(), websocket())
				if origin.KindOf(err) != tt.kind || tt.kind == 0 && (err != nil || resp.Status != tt.status || resp.Tunnel != nil || body != "no") {
					t.Errorf("got %+v, %q, %v, want %d, %v", resp, body, err, tt.status, tt.kind)
				}
			})
		})
	}
	r := websocket()
	r.Body = strings.NewReader("x")
	if _, err := transport.New(transport.Options{}).RoundTrip(t.Context(), newOrigin(), r); err == nil {
		t.Error("an upgrade with content: got no error")
	}
}

// TestTunnelContext: the context of the request ends the tunnel.
func TestTunnelContext(t *testing.T) {
	run(t, origintest.Always(origintest.Send(switching), origintest.Hang()), func(t *testing.T, e *edge) {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := e.RoundTrip(ctx, e.origin, websocket())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Tunnel.Close()
		time.AfterFunc(time.Minute, cancel)
		if _, err := resp.Tunnel.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v, want the end of the connection", err)
		}
	})
}
