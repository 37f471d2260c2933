//go:build unix

package listener_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A careful viewer of HTTP/1.1 never sends a request on a connection that it can
// know to have ended: after "Connection: close" (RFC 9112 section 9.6), or once
// the end has arrived. Then it opens another. What it has sent must be answered,
// for it may not be a request that can be repeated (RFC 9110 section 9.2.2).
type carefulViewer struct {
	address string
	config  *tls.Config // nil without TLS
	gate    *gate       // whether one may be opened

	tcp    *net.TCPConn // nil without a connection
	stream net.Conn
	in     *bufio.Reader
}

// errNoServer says that there is nobody to send a request to. A connection that
// is made in the moment in which a listener is closed is reset by the system:
// who stops a server has viewers sent elsewhere before, or hands the listener
// over.
var errNoServer = errors.New("nobody listens")

// A gate is what viewers go through for a connection, until it is closed: nobody is
// on the way then.
type gate struct {
	mu     sync.RWMutex
	closed bool
}

func (g *gate) dial(address string) (net.Conn, error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return nil, errNoServer
	}
	return net.DialTimeout("tcp", address, patience)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// connect makes sure of a connection that has not ended.
func (v *carefulViewer) connect() error {
	if v.tcp != nil && v.ended() {
		v.close()
	}
	if v.tcp != nil {
		return nil
	}
	c, err := v.gate.dial(v.address)
	if err != nil {
		return err
	}
	c.SetDeadline(time.Now().Add(patience))
	v.tcp, v.stream = c.(*net.TCPConn), c
	if v.config != nil {
		v.stream = tls.Client(c, v.config)
	}
	v.in = bufio.NewReader(v.stream)
	return nil
}

func (v *carefulViewer) close() {
	if v.tcp != nil {
		v.tcp.Close()
		v.tcp = nil
	}
}

// ended looks for what has arrived: between responses that is the end.
func (v *carefulViewer) ended() (ended bool) {
	raw, err := v.tcp.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		ended = !errors.Is(err, syscall.EAGAIN)
		return true
	})
	return ended || err != nil
}

// get sends a request and reads the response.
func (v *carefulViewer) get(path string) error {
	if err := v.connect(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(v.stream, "POST %s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 2\r\n\r\nhi", path); err != nil {
		return err
	}
	r, err := http.ReadResponse(v.in, nil)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if r.StatusCode != 200 || string(content) != path {
		return fmt.Errorf("got %d %q, want 200 %q", r.StatusCode, content, path)
	}
	if r.Close {
		v.close()
	}
	return nil
}

// echo answers with the path, sometimes late.
func echo(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
	}
	if strings.HasSuffix(r.Path, "7") {
		time.Sleep(time.Millisecond)
	}
	w.WriteHead(200, nil, int64(len(r.Path)))
	io.WriteString(w, r.Path)
}

// TestDrainFailsNoRequest: while viewers keep sending over their connections the
// server drains, and every request that was sent is answered. Who waits between two
// requests is not closed, however long a machine stops for: that nobody is idle for
// too long is what viewers here are made for.
func TestDrainFailsNoRequest(t *testing.T) {
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	for _, tt := range []struct {
		name   string
		secure bool
		h2     bool
	}{{"http1", false, false}, {"http1 over tls", true, false}, {"http2", false, true}, {"http2 over tls", true, true}} {
		t.Run(tt.name, func(t *testing.T) {
			var server listener.Choose
			var viewers *tls.Config
			if tt.secure {
				server, viewers = issuedBy(ca), &tls.Config{ServerName: "api.example", RootCAs: roots}
			}
			serveTCP(t, listener.WithDrainGrace(listener.Options{Handler: echo}, patience), server, func(t *testing.T, s *listener.Server, address string) {
				var sent, failed atomic.Int32
				way := new(gate)
				var all sync.WaitGroup
				keepSending := func(get func(path string) error) {
					for i := 0; ; i++ {
						switch err := get(fmt.Sprintf("/%d", i)); {
						case errors.Is(err, errNoServer):
							return
						case err != nil:
							failed.Add(1)
							t.Errorf("request %d: %v", i, err)
							return
						}
						sent.Add(1)
						time.Sleep(rand.N(5 * time.Millisecond))
					}
				}
				for range 16 {
					all.Go(func() {
						if tt.h2 {
							get, end := h2Viewer(address, viewers, way)
							defer end()
							keepSending(get)
							return
						}
						v := &carefulViewer{address: address, config: viewers, gate: way}
						defer v.close()
						keepSending(v.get)
					})
				}
				for begin := time.Now(); sent.Load() < 500 && failed.Load() == 0 && time.Since(begin) < patience; {
					time.Sleep(time.Millisecond)
				}
				way.close()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := s.Shutdown(ctx); err != nil {
					t.Errorf("Shutdown: got %v", err)
				}
				all.Wait()
			})
		})
	}
}

// h2Viewer returns what sends requests over one HTTP/2 connection after another.
// net/http's transport repeats a request only if GOAWAY says that it was not
// looked at (RFC 9113 section 6.8).
func h2Viewer(address string, config *tls.Config, way *gate) (get func(path string) error, end func()) {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(config != nil)
	protocols.SetUnencryptedHTTP2(config == nil)
	transport := &http.Transport{Protocols: protocols, TLSClientConfig: config.Clone()}
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return way.dial(address) }
	scheme := "http"
	if config != nil {
		scheme = "https"
	}
	return func(path string) error {
		r, err := http.NewRequest("POST", scheme+"://api.example"+path, strings.NewReader("hi"))
		if err != nil {
			return err
		}
		response, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err == nil && string(content) != path {
			err = fmt.Errorf("got %q, want %q", content, path)
		}
		return err
	}, transport.CloseIdleConnections
}

// TestDrainAnswersWhatWaits: connections that the system has made, and that were
// not accepted yet or have sent nothing, when the drain begins.
func TestDrainAnswersWhatWaits(t *testing.T) {
	serveTCP(t, listener.Options{Handler: echo}, nil, func(t *testing.T, s *listener.Server, address string) {
		all := make([]*carefulViewer, 50)
		for i := range all {
			all[i] = &carefulViewer{address: address, gate: new(gate)}
			defer all[i].close()
			if err := all[i].connect(); err != nil {
				t.Fatal(err)
			}
			// The beginning of a head: the connection is not idle, however long the rest takes.
			io.WriteString(all[i].stream, "GET /late HTTP/1.1\r\n")
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(context.Background()) }()
		time.Sleep(300 * time.Millisecond) // longer than idle connections are kept
		for i, v := range all {
			io.WriteString(v.stream, "Host: h\r\n\r\n")
			r, err := http.ReadResponse(v.in, nil)
			if err != nil || r.StatusCode != 200 || !r.Close {
				t.Errorf("connection %d: got %v and %v, want 200 and the end", i, r, err)
			}
			v.close()
		}
		if err := <-ended; err != nil {
			t.Errorf("Shutdown: got %v", err)
		}
	})
}

// TestDrainWaitsForIdle: a connection that has been idle for long is not closed
// under the request that is about to come; its response says that it ends.
func TestDrainWaitsForIdle(t *testing.T) {
	const attempts = 20 // a machine that stops for a moment closes them all
	answered := map[string]int{}
	for range attempts {
		serveTCP(t, listener.Options{Handler: echo}, nil, func(t *testing.T, s *listener.Server, address string) {
			driver := t.Name()[strings.Index(t.Name(), "/")+1:]
			driver, _, _ = strings.Cut(driver, "#")
			if answered[driver] += 0; answered[driver] > 0 {
				return
			}
			v := &carefulViewer{address: address, gate: new(gate)}
			defer v.close()
			if err := v.get("/first"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(150 * time.Millisecond) // idle for longer than it is kept
			ended := make(chan error, 1)
			go func() { ended <- s.Shutdown(context.Background()) }()
			time.Sleep(5 * time.Millisecond) // it drains
			v.gate.close()
			if err := v.get("/second"); err == nil { // else it was closed, perhaps in the moment in which the request was sent
				answered[driver]++
				if v.tcp != nil {
					t.Error("the response does not say that the connection ends")
				}
			}
			if err := <-ended; err != nil {
				t.Errorf("Shutdown: got %v", err)
			}
		})
	}
	for driver, n := range answered {
		if n == 0 {
			t.Errorf("%s: no request was answered on an idle connection", driver)
		}
	}
}

// TestDrainSendsAllOfIt: a large response whose viewer reads slowly is under way
// when the drain begins, and is the last of its connection.
func TestDrainSendsAllOfIt(t *testing.T) {
	const size = 8 << 20
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	large := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, size)
		w.Write(make([]byte, size))
	}
	for _, secure := range []bool{false, true} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			t.Run(fmt.Sprintf("%s, tls %t", protocol, secure), func(t *testing.T) {
				var server listener.Choose
				scheme := "http"
				if secure {
					server, scheme = issuedBy(ca), "https"
				}
				serveTCP(t, listener.Options{Handler: large}, server, func(t *testing.T, s *listener.Server, address string) {
					protocols := new(http.Protocols)
					protocols.SetHTTP1(protocol == "HTTP/1.1")
					protocols.SetHTTP2(protocol != "HTTP/1.1" && secure)
					protocols.SetUnencryptedHTTP2(protocol != "HTTP/1.1" && !secure)
					transport := &http.Transport{
						Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: roots},
						DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
							return new(net.Dialer).DialContext(ctx, "tcp", address)
						},
					}
					defer transport.CloseIdleConnections()
					r, err := (&http.Client{Transport: transport}).Get(scheme + "://api.example/")
					if err != nil {
						t.Fatal(err)
					}
					defer r.Body.Close()
					ended := make(chan error, 1)
					go func() { ended <- s.Shutdown(context.Background()) }()
					time.Sleep(200 * time.Millisecond)
					if n, err := io.Copy(io.Discard, r.Body); err != nil || n != size || r.Proto != protocol {
						t.Errorf("got %d bytes over %s and %v, want %d over %s", n, r.Proto, err, size, protocol)
					}
					if err := <-ended; err != nil {
						t.Errorf("Shutdown: got %v", err)
					}
				})
			})
		}
	}
}
