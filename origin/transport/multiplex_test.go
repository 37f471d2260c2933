package transport_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
	"github.com/groundfront/groundfront/origin/transport/h2"
)

// An h2Edge is a client in front of an origin that speaks HTTP/2.
type h2Edge struct {
	*transport.Client
	origin *origin.Origin

	mu    sync.Mutex // guards what follows
	conns int        // accepted
	open  int
}

// runH2 starts an origin whose connections speak HTTP/2 over TLS, or with
// scheme http in cleartext.
func runH2(t *testing.T, scheme string, handler http.HandlerFunc, test func(t *testing.T, e *h2Edge)) {
	t.Helper()
	runH2With(t, scheme, &tls.Config{}, handler, test)
}

// runH2With is runH2 with what the origin wants of TLS besides.
func runH2With(t *testing.T, scheme string, config *tls.Config, handler http.HandlerFunc, test func(t *testing.T, e *h2Edge)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cert, roots := certificate(t, "api.example")
		e := &h2Edge{origin: newOrigin()}
		e.origin.TLSRootsPEM = roots
		l := origintest.NewMemoryListener()
		s := &http.Server{Handler: handler, Protocols: new(http.Protocols), ConnState: func(_ net.Conn, state http.ConnState) {
			e.mu.Lock()
			defer e.mu.Unlock()
			switch state {
			case http.StateNew:
				e.conns++
				e.open++
			case http.StateClosed:
				e.open--
			}
		}}
		s.Protocols.SetHTTP2(true)
		s.Protocols.SetUnencryptedHTTP2(true)
		var listener net.Listener = l
		if scheme == "https" {
			config = config.Clone()
			config.Certificates, config.NextProtos = []tls.Certificate{cert}, []string{"h2"}
			listener = tls.NewListener(l, config)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Serve(listener)
		}()
		e.Client = transport.New(transport.Options{Dial: l.Dial, MaxConnsPerOrigin: 1})
		test(t, e)
		e.Close()
		s.Close()
		<-done
	})
}

func call(scheme, target string, content io.Reader) *origin.Request {
	r := &origin.Request{
		Method: "POST", Scheme: scheme, Host: "api.example", Target: target, Version: origin.VersionHTTP2,
		Fields: field.Lines{{Name: "content-type", Value: "application/grpc"}}, Body: content, ContentLength: -1,
	}
	if content == nil {
		r.ContentLength = 0
	}
	return r
}

func (e *h2Edge) counts() (conns, open int) {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.conns, e.open
}

// echo answers each piece of the content with itself, and tells in a trailer
// how much there was.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", "Grpc-Status")
	w.Header().Set("X-Asked", fmt.Sprint(r.Proto, " ", r.Host, r.RequestURI, " ", r.Header["Te"], r.Header["Content-Type"], r.Header["User-Agent"], r.Header["Accept-Encoding"]))
	w.(http.Flusher).Flush()
	total, p := 0, make([]byte, 64<<10)
	for {
		n, err := r.Body.Read(p)
		total += n
		w.Write(p[:n])
		w.(http.Flusher).Flush()
		if err != nil {
			break
		}
	}
	w.Header().Set("Grpc-Status", fmt.Sprint(total))
}

// TestMultiplexed: content goes both ways at the same time, fields come behind
// it, and requests share one connection (CF-GRPC-04, CF-GRPC-05).
func TestMultiplexed(t *testing.T) {
	for _, scheme := range []string{"https", "http"} {
		t.Run(scheme, func(t *testing.T) {
			runH2(t, scheme, echo, func(t *testing.T, e *h2Edge) {
				var calls []*origin.Response
				var writers []*io.PipeWriter
				for range 3 {
					content, w := io.Pipe()
					r := call(scheme, "//echo.Echo/Say%2f?x", content)
					r.Fields.Add("User-Agent", "Amazon CloudFront")
					resp, err := e.RoundTrip(t.Context(), e.origin, r)
					if err != nil {
						t.Fatal(err)
					}
					calls, writers = append(calls, resp), append(writers, w)
				}
				if got, want := calls[0].Fields.Get("X-Asked"), "HTTP/2.0 api.example//echo.Echo/Say%2f?x [trailers] [application/grpc] [Amazon CloudFront] []"; got != want {
					t.Errorf("asked\ngot  %s\nwant %s", got, want)
				}
				for round := range 3 {
					for i, resp := range calls {
						say := fmt.Sprintf("call %d, round %d", i, round)
						io.WriteString(writers[i], say)
						if got := readN(t, resp.Body, len(say)); got != say {
							t.Errorf("got %q, want %q", got, say)
						}
						time.Sleep(time.Minute) // no time counts while the request goes on
					}
				}
				for i, resp := range calls {
					if resp.Trailers() != nil {
						t.Error("trailers before the end of the content")
					}
					writers[i].Close()
					if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
						t.Errorf("got %q, %v, want the end", rest, err)
					}
					if got := resp.Trailers(); len(got) != 1 || got[0] != (field.Line{Name: "Grpc-Status", Value: "45"}) {
						t.Errorf("CF-GRPC-04: got trailers %v", got)
					}
					resp.Body.Close()
				}
				if conns, open := e.counts(); conns != 1 || open != 1 || calls[0].Timing.Reused || !calls[2].Timing.Reused {
					t.Errorf("got %d connections, %d open, want one for all", conns, open)
				}
				time.Sleep(6 * time.Second)
				if conns, open := e.counts(); conns != 1 || open != 0 {
					t.Errorf("CF-ORT-04: got %d connections, %d open after the keep-alive timeout", conns, open)
				}
				if resp, err := e.RoundTrip(t.Context(), e.origin, call(scheme, "/", strings.NewReader("x"))); err != nil {
					t.Errorf("its place is not free: %v", err)
				} else {
					io.ReadAll(resp.Body)
					resp.Body.Close()
				}
			})
		})
	}
}

// TestMultiplexedTogether: those that come at the same time open one connection.
func TestMultiplexedTogether(t *testing.T) {
	runH2(t, "https", echo, func(t *testing.T, e *h2Edge) {
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				resp, err := e.RoundTrip(t.Context(), e.origin, call("https", "/", strings.NewReader("hello")))
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if b, err := io.ReadAll(resp.Body); string(b) != "hello" || err != nil {
					t.Errorf("got %q, %v", b, err)
				}
			})
		}
		wait.Wait()
		if conns, _ := e.counts(); conns != 1 {
			t.Errorf("got %d connections, want 1", conns)
		}
		e.CloseIdle()
		if _, open := e.counts(); open != 0 {
			t.Errorf("after CloseIdle: %d open", open)
		}
	})
}

// TestMultiplexedTime: the read timeout counts once the origin has everything
// (CF-ORT-03), the completion timeout always (CF-ORT-05), and who leaves ends
// the request.
func TestMultiplexedTime(t *testing.T) {
	silent := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
	tests := []struct {
		name, path string
		change     func(e *h2Edge)
		kind       origin.ErrorKind
		took       time.Duration
	}{
		{"no head", "/", func(*h2Edge) {}, origin.ErrorReadTimeout, 30 * time.Second},
		{"half a content", "/half", func(*h2Edge) {}, origin.ErrorReadTimeout, 30 * time.Second},
		{"completion of a head", "/", func(e *h2Edge) { e.origin.CompletionTimeout = 20 * time.Second }, origin.ErrorCompletionTimeout, 20 * time.Second},
		{"completion of a content", "/half", func(e *h2Edge) { e.origin.CompletionTimeout = 20 * time.Second }, origin.ErrorCompletionTimeout, 20 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runH2(t, "https", silent, func(t *testing.T, e *h2Edge) {
				tt.change(e)
				began := time.Now()
				resp, err := e.RoundTrip(t.Context(), e.origin, call("https", tt.path, strings.NewReader("hello")))
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if origin.KindOf(err) != tt.kind || time.Since(began) != tt.took {
					t.Errorf("got %v after %v, want %v after %v", err, time.Since(began), tt.kind, tt.took)
				}
			})
		})
	}
	runH2(t, "https", silent, func(t *testing.T, e *h2Edge) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := e.RoundTrip(ctx, e.origin, call("https", "/", nil)); origin.KindOf(err) != origin.ErrorCanceled {
			t.Errorf("who leaves: got %v", err)
		}
	})
}

// TestMultiplexedFails: what goes wrong before and after there is a connection.
func TestMultiplexedFails(t *testing.T) {
	// An origin that knows only HTTP/1.1 is none for gRPC.
	synctest.Test(t, func(t *testing.T) {
		cert, roots := certificate(t, "api.example")
		l := origintest.NewMemoryListener()
		s := origintest.Start(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}), origintest.Always(origintest.OK("ok")))
		defer s.Close()
		c := transport.New(transport.Options{Dial: l.Dial})
		defer c.Close()
		o := newOrigin()
		o.TLSRootsPEM = roots
		if _, err := c.RoundTrip(t.Context(), o, call("https", "/", nil)); origin.KindOf(err) != origin.ErrorTLS || s.Conns() != 1 {
			t.Errorf("got %v over %d connections, want tls over one", err, s.Conns())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := transport.New(transport.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			tries++
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}})
		if _, err := c.RoundTrip(t.Context(), newOrigin(), call("http", "/", nil)); origin.KindOf(err) != origin.ErrorConnect || tries != 3 {
			t.Errorf("got %v after %d tries, want connect after 3 (CF-ORT-02)", err, tries)
		}
		c.Close()
		if _, err := c.RoundTrip(t.Context(), newOrigin(), call("http", "/", nil)); origin.KindOf(err) != origin.ErrorCanceled {
			t.Errorf("after Close: got %v", err)
		}
	})
	cut := func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	runH2(t, "https", cut, func(t *testing.T, e *h2Edge) {
		resp, err := e.RoundTrip(t.Context(), e.origin, call("https", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); string(b) != "half" || origin.KindOf(err) != origin.ErrorRead || resp.Trailers() != nil {
			t.Errorf("got %q, %v, want half and read", b, err)
		}
	})
}

// TestMultiplexedContentFails: content that ends too early is no fault of the
// origin's, which sees that the call has no end.
func TestMultiplexedContentFails(t *testing.T) {
	for _, length := range []int64{-1, 10} {
		var ended error
		runH2(t, "http", func(_ http.ResponseWriter, r *http.Request) { _, ended = io.ReadAll(r.Body) }, func(t *testing.T, e *h2Edge) {
			r := call("http", "/a", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)))
			r.ContentLength = length
			_, err := e.RoundTrip(context.Background(), e.origin, r)
			synctest.Wait()
			if origin.KindOf(err) != origin.ErrorCanceled || ended == nil {
				t.Errorf("length %d: got %v, the origin %v, want canceled and no end", length, err, ended)
			}
		})
	}
}

// TestMultiplexedIdentity: a call over HTTP/2 shows the certificate of the
// edge, and fails where the origin does not take it (CF-OMTLS).
func TestMultiplexedIdentity(t *testing.T) {
	outside := stopped() // where the certificates are made
	ours, oursPEM := certificate(t, "edge")
	others, _ := certificate(t, "other")
	for _, tt := range []struct {
		name  string
		shown *tls.Certificate
		max   uint16
		kind  origin.ErrorKind
	}{
		{name: "ours", shown: &ours},
		{name: "ours, TLS 1.2", shown: &ours, max: tls.VersionTLS12},
		{name: "another", shown: &others, kind: origin.ErrorTLS},
		{name: "another, TLS 1.2", shown: &others, max: tls.VersionTLS12, kind: origin.ErrorTLS},
		{name: "none", kind: origin.ErrorTLS},
	} {
		config := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(t, oursPEM), MaxVersion: tt.max, Time: outside}
		seen := 0
		runH2With(t, "https", config, func(w http.ResponseWriter, r *http.Request) { seen += len(r.TLS.PeerCertificates) }, func(t *testing.T, e *h2Edge) {
			e.origin.Link = &origin.Link{}
			if tt.shown != nil {
				e.origin.Link.Identity = &fixedIdentity{*tt.shown}
			}
			ask := func() error {
				response, err := e.RoundTrip(context.Background(), e.origin, call("https", "/a", strings.NewReader("x")))
				if err == nil {
					response.Body.Close()
				}
				return err
			}
			err := ask()
			for range 20 { // an origin that closes with bytes unread may reset the connection before its alert is read
				if !errors.Is(err, syscall.ECONNRESET) {
					break
				}
				err = ask()
			}
			if origin.KindOf(err) != tt.kind || (err == nil) != (tt.kind == 0) || (seen > 0) != (tt.kind == 0) {
				t.Errorf("%s: got %v, %d certificates seen, want %v", tt.name, err, seen, tt.kind)
			}
		})
	}
}

// TestMultiplexedRefusal: an origin that does not take the certificate may say so
// before the first request is sent, and then that is the error too (CF-OMTLS).
func TestMultiplexedRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, _ := certificate(t, "api.example")
		l := origintest.NewMemoryListener()
		defer l.Close()
		go func() {
			far, err := l.Accept()
			if err != nil {
				return
			}
			defer far.Close()
			tls.Server(far, &tls.Config{Certificates: []tls.Certificate{ours}, NextProtos: []string{"h2"}, ClientAuth: tls.RequireAnyClientCert}).Handshake()
			io.Copy(io.Discard, far)
		}()
		near, err := l.Dial(t.Context(), "tcp", "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := h2.Open(t.Context(), "https", tls.Client(near, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}), func() {})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		synctest.Wait() // until the alert is there
		if c.Reserve() {
			t.Fatal("got room for a request on a connection that has ended")
		}
		if err := c.Refused("connect"); err.Kind != origin.ErrorTLS || err.Retry == origin.RetryYes || !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("got %v, want the alert, and no other attempt", err)
		}
	})
}

// TestMultiplexedViewers: to an origin that is told of the viewer by the PROXY
// protocol, the calls of one viewer's connection share a connection, and those
// of another have their own.
func TestMultiplexedViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		heads := &prefacedListener{Listener: l}
		s := &http.Server{Handler: http.HandlerFunc(echo), Protocols: new(http.Protocols)}
		s.Protocols.SetUnencryptedHTTP2(true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Serve(heads)
		}()
		client := transport.New(transport.Options{Dial: l.Dial})
		o := newOrigin()
		o.Link = &origin.Link{ProxyProtocol: origin.ProxyProtocolV1}
		for _, port := range []uint16{1, 2, 1} {
			r := call("http", "/a", strings.NewReader("x"))
			r.Ends = origin.Ends{Viewer: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), Edge: netip.MustParseAddrPort("203.0.113.1:443")}
			response, err := client.RoundTrip(context.Background(), o, r)
			if err != nil {
				t.Fatal(err)
			}
			io.ReadAll(response.Body)
			response.Body.Close()
		}
		want := []string{"PROXY TCP4 192.0.2.1 203.0.113.1 1 443\r\n", "PROXY TCP4 192.0.2.1 203.0.113.1 2 443\r\n"}
		if got := heads.all(); !slices.Equal(got, want) {
			t.Errorf("got connections %q, want %q", got, want)
		}
		client.Close()
		s.Close()
		<-done
	})
}

// A prefacedListener takes a header of the PROXY protocol from the start of
// each connection.
type prefacedListener struct {
	net.Listener
	mu    sync.Mutex
	heads []string // guarded by mu
}

func (l *prefacedListener) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heads)
}

// Accept reads the header byte by byte, for what follows is another's.
func (l *prefacedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	var head []byte
	for p := make([]byte, 1); err == nil && !bytes.HasSuffix(head, []byte("\r\n")); head = append(head, p[0]) {
		_, err = c.Read(p)
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heads = append(l.heads, string(head))
	return c, nil
}
