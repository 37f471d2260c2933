package listener_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// patience bounds every wait on a real socket: where others have the processors
// milliseconds may be many seconds.
const patience = time.Minute

// serveTCP serves o on a port of the loopback interface, with each driver that
// the system has.
func serveTCP(t *testing.T, o listener.Options, choose listener.Choose, test func(t *testing.T, s *listener.Server, address string)) {
	for _, e := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
		t.Run(e.String(), func(t *testing.T) {
			if e.Available() != nil {
				return // there is nothing to test
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			o.Engine, o.Logger = e, slog.New(slog.DiscardHandler)
			o.HandshakeTimeout, o.HeaderTimeout = cmp.Or(o.HandshakeTimeout, patience), cmp.Or(o.HeaderTimeout, patience)
			s := listener.New(o)
			served := make(chan error, 1)
			go func() { served <- s.Serve(l, listener.HTTP1|listener.HTTP2, choose) }()
			test(t, s, l.Addr().String())
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown: got %v", err)
			}
			if err := <-served; !errors.Is(err, listener.ErrClosed) {
				t.Errorf("Serve: got %v, want ErrClosed", err)
			}
		})
	}
}

// dialFrom connects from an address of the loopback network.
func dialFrom(t *testing.T, from, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// ask sends a request and returns the status, 0 if the connection ended.
func ask(c net.Conn) int {
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

// TestMaxConnsPerViewer: a viewer has no more connections than its share, while
// another gets one, and gets one back for each that ends.
func TestMaxConnsPerViewer(t *testing.T) {
	other := "127.0.0.2"
	if runtime.GOOS == "darwin" { // has one address unless it is told otherwise
		other = "127.0.0.1"
	}
	var refused atomic.Int32
	o := listener.Options{Handler: answer("x"), MaxConnsPerViewer: 2, OnRefused: func(listener.Refusal) { refused.Add(1) }}
	serveTCP(t, o, nil, func(t *testing.T, _ *listener.Server, address string) {
		refused.Store(0)
		first, second := dialFrom(t, "127.0.0.1", address), dialFrom(t, "127.0.0.1", address)
		if a, b := ask(first), ask(second); a != 200 || b != 200 {
			t.Fatalf("got %d and %d, want 200 twice", a, b)
		}
		if got := ask(dialFrom(t, "127.0.0.1", address)); got != 0 || refused.Load() != 1 {
			t.Errorf("third connection: got %d and %d refused, want an end and 1", got, refused.Load())
		}
		if got := ask(dialFrom(t, other, address)); got != 200 && other != "127.0.0.1" {
			t.Errorf("another viewer: got %d, want 200", got)
		}
		first.Close()
		for begin, got := time.Now(), 0; got != 200; got = ask(dialFrom(t, "127.0.0.1", address)) {
			if time.Since(begin) > patience {
				t.Fatal("after one has ended: still refused")
			}
		}
		if got := ask(second); got != 200 {
			t.Errorf("second connection at the end: got %d, want 200", got)
		}
	})
}

// TestTimeoutsEndConnections: each bound on time ends a connection that
// exceeds it, while the others are far away.
func TestTimeoutsEndConnections(t *testing.T) {
	const short, bigContent = 50 * time.Millisecond, 64 << 20
	long := listener.Options{
		HandshakeTimeout: time.Hour, HeaderTimeout: time.Hour, BodyTimeout: time.Hour, IdleTimeout: time.Hour, WriteTimeout: time.Hour,
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			if r.Body != nil {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return
				}
			}
			w.WriteHead(200, nil, -1)
			if r.Path != "/big" {
				return
			}
			for range bigContent >> 16 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
	}
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		secure bool
		set    func(*listener.Options)
		send   string
		reads  bool // else what comes is left in the socket
	}{
		{"handshake", true, func(o *listener.Options) { o.HandshakeTimeout = short }, "\x16\x03\x01", true},
		{"header", false, func(o *listener.Options) { o.HeaderTimeout = short }, "GET / HTTP/1.1\r\nHo", true},
		{"body", false, func(o *listener.Options) { o.BodyTimeout = short }, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx", true},
		{"first request, reliability H16", false, func(o *listener.Options) { o.FirstTimeout = short }, "", true},
		{"idle, nothing sent", false, func(o *listener.Options) { o.IdleTimeout = short }, "", true},
		{"idle, after a response", false, func(o *listener.Options) { o.IdleTimeout = short }, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
		{"write", false, func(o *listener.Options) { o.WriteTimeout = short }, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := long
			tt.set(&o)
			ended := make(chan struct{}, 1)
			handler := o.Handler
			o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				handler(ctx, w, r)
				ended <- struct{}{}
			}
			var choose listener.Choose
			if tt.secure {
				choose = issuedBy(ca)
			}
			serveTCP(t, o, choose, func(t *testing.T, _ *listener.Server, address string) {
				answered := strings.HasSuffix(tt.send, "\r\n\r\n")
				c := dialFrom(t, "127.0.0.1", address)
				io.WriteString(c, tt.send)
				for tt.reads {
					n, err := io.Copy(io.Discard, c)
					if isTimeout(err) {
						t.Errorf("got %v, want the end of the connection", err)
					}
					if n > 0 || !answered {
						break
					}
					c = dialFrom(t, "127.0.0.1", address) // the request came after the time to be idle
					io.WriteString(c, tt.send)
				}
				if answered || strings.HasPrefix(tt.send, "POST") {
					select {
					case <-ended:
					case <-time.After(patience):
						t.Fatal("the handler has not ended")
					}
				}
				if !tt.reads {
					n, _ := io.Copy(io.Discard, c)
					if n >= bigContent {
						t.Errorf("got all of the response, %d bytes, want it to be cut", n)
					}
				}
			})
		})
	}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
