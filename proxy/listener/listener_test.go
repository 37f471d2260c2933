package listener_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A site is a Server on a listener in memory, in a synctest bubble.
type site struct {
	*listener.Server
	engine listener.Engine
	l      *origintest.MemoryListener
	ca     *listener.LocalCA // nil without TLS
	log    *bytes.Buffer
}

// run serves o over TLS or without, with each driver, and shuts down at the end.
func run(t *testing.T, secure bool, o listener.Options, test func(t *testing.T, s *site)) {
	t.Helper()
	for _, o.Engine = range engines {
		t.Run(o.Engine.String(), func(t *testing.T) { runWith(t, secure, o, test) })
	}
}

var engines = []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop}

// runWith serves o with its driver.
func runWith(t *testing.T, secure bool, o listener.Options, test func(t *testing.T, s *site)) {
	t.Helper()
	runProxied(t, secure, o, nil, test)
}

// runProxied is runWith for viewers behind proxies, unless that is nil.
func runProxied(t *testing.T, secure bool, o listener.Options, proxies viewer.Networks, test func(t *testing.T, s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &site{engine: o.Engine, l: origintest.NewMemoryListener(), log: new(bytes.Buffer)}
		o.Logger = slog.New(slog.NewTextHandler(s.log, nil))
		if o.Page == nil {
			o.Page = func(status int) (field.Lines, []byte) {
				return field.Lines{{Name: "Server", Value: "CloudFront"}}, fmt.Appendf(nil, "page %d", status)
			}
		}
		s.Server = listener.New(o)
		var choose listener.Choose
		if secure {
			ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			s.ca, choose = ca, issuedBy(ca)
		}
		served := make(chan error, 1)
		go func() {
			if proxies == nil {
				served <- s.Serve(s.l, listener.HTTP1|listener.HTTP2, choose)
			} else {
				served <- s.ServeProxied(s.l, listener.HTTP1|listener.HTTP2, choose, proxies)
			}
		}()
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown: got %v", err)
			}
			if err := <-served; !errors.Is(err, listener.ErrClosed) {
				t.Errorf("Serve: got %v, want ErrClosed", err)
			}
		}()
		test(t, s)
	})
}

// dial connects, over TLS with the given ALPN if the site has a CA.
func (s *site) dial(t *testing.T, alpn ...string) net.Conn {
	t.Helper()
	c, err := s.l.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return s.over(t, c, alpn...)
}

// over returns c, or TLS over it if the site has a CA.
func (s *site) over(t *testing.T, c net.Conn, alpn ...string) net.Conn {
	t.Helper()
	if s.ca == nil {
		return c
	}
	tc := tls.Client(c, &tls.Config{ServerName: "api.example", RootCAs: s.roots(), NextProtos: alpn})
	if err := tc.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tc
}

func (s *site) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.ca.CertificatePEM())
	return pool
}

// raw sends text over a connection of its own and returns all that comes
// until the server closes it.
func (s *site) raw(t *testing.T, text string) string {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	io.WriteString(c, text)
	c.SetReadDeadline(time.Now().Add(time.Minute))
	all, _ := io.ReadAll(c)
	return string(all)
}

// client returns an HTTP client for one protocol.
func (s *site) client(t *testing.T, h2 bool) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!h2)
	protocols.SetHTTP2(h2)
	protocols.SetUnencryptedHTTP2(h2)
	tr := &http.Transport{
		Protocols: protocols, DisableCompression: true,
		DialContext: func(ctx context.Context, n, a string) (net.Conn, error) { return s.l.Dial(ctx, n, a) },
	}
	if s.ca != nil {
		tr.TLSClientConfig = &tls.Config{RootCAs: s.roots()}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func answer(content string, fields ...field.Line) viewer.Handler {
	return func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, fields, int64(len(content)))
		io.WriteString(w, content)
	}
}

// TestRequest: what the handler sees of raw requests.
func TestRequest(t *testing.T) {
	tests := []struct {
		name, in string
		want     viewer.Request
		body     string
	}{
		{name: "raw path and query", in: "GET //a/..%2f;x?b=%7e&&c HTTP/1.1\r\nhost: Api.Example:81\r\nx-b: 2\r\nA: 1\r\nX-B: 3\r\n\r\n",
			want: viewer.Request{Method: "GET", Path: "//a/..%2f;x", Query: "b=%7e&&c", HasQuery: true, Host: "Api.Example:81", Proto: viewer.ProtoHTTP11,
				Fields: field.Lines{{Name: "x-b", Value: "2"}, {Name: "A", Value: "1"}, {Name: "X-B", Value: "3"}}}},
		{name: "CF-KEY-20 empty query", in: "GET /? HTTP/1.1\r\nHost: h\r\n\r\n", want: viewer.Request{Method: "GET", Path: "/", HasQuery: true, Host: "h", Proto: viewer.ProtoHTTP11}},
		{name: "absolute form", in: "GET http://other.example?x HTTP/1.1\r\nHost: h\r\n\r\n", want: viewer.Request{Method: "GET", Path: "/", Query: "x", HasQuery: true, Host: "other.example", Proto: viewer.ProtoHTTP11}},
		{name: "asterisk", in: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", want: viewer.Request{Method: "OPTIONS", Path: "*", Host: "h", Proto: viewer.ProtoHTTP11}},
		{name: "CF-REQ-02 HTTP/1.0", in: "GET / HTTP/1.0\r\n\r\n", want: viewer.Request{Method: "GET", Path: "/", Proto: viewer.ProtoHTTP10}},
		{name: "length", in: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", body: "abc",
			want: viewer.Request{Method: "POST", Path: "/", Host: "h", Proto: viewer.ProtoHTTP11, ContentLength: 3, Fields: field.Lines{{Name: "Content-Length", Value: "3"}}}},
		{name: "chunked", in: "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", body: "abc",
			want: viewer.Request{Method: "POST", Path: "/", Host: "h", Proto: viewer.ProtoHTTP11, ContentLength: -1, Fields: field.Lines{{Name: "Transfer-Encoding", Value: "chunked"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got viewer.Request
			var body string
			h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				got = *r
				got.Fields = r.Fields.Clone()
				if r.Body != nil {
					b, _ := io.ReadAll(r.Body)
					body = string(b)
				}
				w.WriteHead(204, nil, 0)
			}
			run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
				s.raw(t, tt.in)
				if got.Remote.String() != "198.51.100.10:40001" || got.Local.String() != "203.0.113.1:443" || got.Received.IsZero() {
					t.Errorf("got remote %v, local %v, received %v", got.Remote, got.Local, got.Received)
				}
				if tt.body == "" && got.Body != nil {
					t.Errorf("got a body without content")
				}
				if tt.name == "raw path and query" && got.HeadBytes != len(tt.in) {
					t.Errorf("got %d head bytes, want %d", got.HeadBytes, len(tt.in))
				}
				want := tt.want
				want.Scheme = "http"
				if fmt.Sprint(got.Method, got.Path, got.Query, got.HasQuery, got.Host, got.Scheme, got.Proto, got.ContentLength, got.Fields, body) !=
					fmt.Sprint(want.Method, want.Path, want.Query, want.HasQuery, want.Host, want.Scheme, want.Proto, want.ContentLength, want.Fields, tt.body) {
					t.Errorf("%q:\ngot  %+v %q\nwant %+v %q", tt.in, got, body, want, tt.body)
				}
			})
		})
	}
}

// TestResponse: the fields given are the fields sent, and nothing else; the length
// has its place.
func TestResponse(t *testing.T) {
	fields := field.Lines{{Name: "x-one", Value: "1"}, {Name: "date", Value: "then"}, {Name: "Transfer-Encoding", Value: "x"}, {Name: "content-length", Value: "9"}, {Name: "X-Two", Value: ""}}
	run(t, false, listener.Options{Handler: answer("abc", fields...)}, func(t *testing.T, s *site) {
		got := s.raw(t, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		want := "HTTP/1.1 200 OK\r\nx-one: 1\r\ndate: then\r\nContent-Length: 3\r\nX-Two: \r\nConnection: close\r\n\r\nabc"
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	run(t, false, listener.Options{Handler: answer("<html>")}, func(t *testing.T, s *site) {
		got := s.raw(t, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if strings.Contains(got, "Date") || strings.Contains(got, "Content-Type") {
			t.Errorf("got fields that nobody gave:\n%s", got)
		}
	})
}

// TestSendFile: a file goes out as it is, over a connection of the kernel's and
// over one that is not; after it the connection goes on. A file that is too
// short shows.
func TestSendFile(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/32)
	path := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	handler := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		sender, ok := w.(viewer.FileSender)
		if !ok || !sender.SendsFiles() {
			t.Error("the engine does not send files over a plain connection")
			return
		}
		n := int64(len(content))
		if r.Path == "/short" {
			n += 10
		}
		w.WriteHead(200, nil, n)
		err = sender.SendFile(f, n)
		if short := errors.Is(err, io.ErrUnexpectedEOF); short != (r.Path == "/short") || err != nil && !short {
			t.Errorf("%s: got %v", r.Path, err)
		}
	}
	check := func(t *testing.T, c *http.Client, url string) {
		t.Helper()
		for range 2 {
			response, err := c.Get(url + "/whole")
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || !bytes.Equal(got, content) || response.ContentLength != int64(len(content)) {
				t.Errorf("got %d bytes, %v, want the file's %d", len(got), err, len(content))
			}
		}
		response, err := c.Get(url + "/short")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("a file that is too short: got %d bytes and no error", len(got))
		}
	}
	t.Run("in memory", func(t *testing.T) {
		run(t, false, listener.Options{Handler: handler}, func(t *testing.T, s *site) {
			check(t, s.client(t, false), "http://api.example")
		})
	})
	t.Run("TCP", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := listener.New(listener.Options{Handler: handler, Logger: slog.New(slog.DiscardHandler)})
		served, files := make(chan error, 1), new(atomic.Int64)
		go func() { served <- s.Serve(fileListener{l, files}, listener.HTTP1, nil) }()
		c := &http.Client{Transport: &http.Transport{}}
		check(t, c, "http://"+l.Addr().String())
		if files.Load() == 0 {
			t.Error("the connection was never asked to send from the file itself")
		}
		c.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-served
	})
}

// A fileListener's connections count how often they are asked to send from a
// file, which they do by sendfile.
type fileListener struct {
	net.Listener
	files *atomic.Int64
}

func (l fileListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return fileConn{c.(*net.TCPConn), l.files}, nil
}

type fileConn struct {
	*net.TCPConn
	files *atomic.Int64
}

func (c fileConn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if _, ok := limited.R.(*os.File); ok {
			c.files.Add(1)
		}
	}
	return c.TCPConn.ReadFrom(r)
}

// TestInterim: interim responses go out at once and leave nothing behind;
// HTTP/1.0 gets none.
func TestInterim(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if w.WriteInterim(101, nil) == nil || w.WriteInterim(200, nil) == nil {
			t.Error("WriteInterim of 101 and 200: got no error")
		}
		early := field.Lines{{Name: "Link", Value: "</a>"}, {Name: "Link", Value: "</b>"}, {Name: "Connection", Value: "close"}, {Name: "Content-Length", Value: "9"}}
		if err := cmp.Or(w.WriteInterim(102, nil), w.WriteInterim(103, early)); err != nil {
			t.Errorf("WriteInterim: %v", err)
		}
		before := w.BytesWritten()
		w.WriteHead(200, field.Lines{{Name: "X-A", Value: "1"}}, 0)
		if w.WriteInterim(103, nil) == nil || w.BytesWritten() <= before {
			t.Errorf("after the final head: got no error, or %d bytes of %d", w.BytesWritten(), before)
		}
	}
	run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
		const final = "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
		for _, c := range []struct{ request, want string }{
			{"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
				"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n" + final},
			{"GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"},
			{"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
				"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n" + final},
		} {
			if got := s.raw(t, c.request); got != c.want {
				t.Errorf("%q:\n got %q\nwant %q", c.request, got, c.want)
			}
		}
	})
}

// TestHead: Content-Length without content for HEAD, none for 204.
func TestHead(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if r.Method == "HEAD" {
			w.WriteHead(200, nil, 12345)
			return
		}
		w.WriteHead(204, nil, 0)
	}
	run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
		if got := s.raw(t, "HEAD / HTTP/1.0\r\n\r\n"); !strings.Contains(got, "Content-Length: 12345\r\n") || !strings.HasSuffix(got, "\r\n\r\n") {
			t.Errorf("HEAD: got %q", got)
		}
		if got := s.raw(t, "GET / HTTP/1.0\r\n\r\n"); strings.Contains(got, "Content-Length") {
			t.Errorf("204: got %q", got)
		}
	})
}

// TestUnknownLength: content without a length stays without one, however
// little it is (CF-RESP-46). HTTP/1.0 has no chunks: there the connection ends it.
func TestUnknownLength(t *testing.T) {
	o := listener.Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		status := 200
		if r.Path == "/304" {
			status = 304
		}
		w.WriteHead(status, nil, -1)
		if r.Method == "GET" && status == 200 {
			io.WriteString(w, "hi")
		}
	}}
	for _, tt := range []struct{ in, want string }{
		{"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
		{"GET / HTTP/1.0\r\nHost: h\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nhi"},
		{"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
		{"GET /304 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"},
	} {
		run(t, false, o, func(t *testing.T, s *site) {
			if got := s.raw(t, tt.in); got != tt.want {
				t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestProtocols: one handler, every protocol.
func TestProtocols(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		text := fmt.Sprintf("%s %s %s %s", r.Proto, r.Scheme, r.Host, r.Path)
		if r.TLS != nil {
			text += fmt.Sprintf(" %s %s %s", r.TLS.Version, r.TLS.Cipher, r.TLS.ServerName)
		}
		w.WriteHead(200, nil, -1)
		io.WriteString(w, text)
	}
	tests := []struct {
		name       string
		secure, h2 bool
		want       string
	}{
		{"h1", false, false, "HTTP/1.1 http api.example /x"},
		{"h2c", false, true, "HTTP/2.0 http api.example /x"},
		{"h1 over TLS", true, false, "HTTP/1.1 https api.example /x TLSv1.3 TLS_AES_128_GCM_SHA256 api.example"},
		{"h2", true, true, "HTTP/2.0 https api.example /x TLSv1.3 TLS_AES_128_GCM_SHA256 api.example"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, tt.secure, listener.Options{Handler: h}, func(t *testing.T, s *site) {
				scheme := "http"
				if tt.secure {
					scheme = "https"
				}
				client := s.client(t, tt.h2)
				resp, err := client.Get(scheme + "://api.example/x")
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(resp.Body)
				if string(b) != tt.want || err != nil {
					t.Errorf("got %q, %v, want %q", b, err, tt.want)
				}
				resp.Body.Close()
				client.CloseIdleConnections()
			})
		})
	}
}

var malformedLine = regexp.MustCompile(`msg="malformed request" remote=\S+ status=(\d+) reason=("[^"]*"|\S+)`)

// TestMalformed: net/http's own answers are replaced by ours (CF-SIZE-10,
// CF-ERR-14).
func TestMalformed(t *testing.T) {
	tests := []struct {
		name, in string
		status   int
		reason   string
	}{
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "no Host field"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, ""},
		{"request line", "GET\r\n\r\n", 400, "malformed request line"},
		{"space in target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, ""},
		{"field name", "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", 400, ""},
		{"transfer coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "unsupported transfer coding"},
		{"version", "GET / HTTP/3.0\r\nHost: h\r\n\r\n", 400, ""},
		{"length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400, ""},
		{"CF-KEY-22 fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "fragment in the request target"},
		{"foreign scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad request target"},
		{"userinfo", "GET http://a@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad request target"},
		{"no slash", "GET x:y HTTP/1.1\r\nHost: h\r\n\r\n", 400, ""},
		{"expectation", "POST / HTTP/1.1\r\nHost: h\r\nExpect: cake\r\nContent-Length: 1\r\n\r\n", 400, "unknown expectation"},
		{"CF-ERR-14", "GET / HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("x", 80<<10) + "\r\n\r\n", 494, "request head is too large"},
	}
	for _, secure := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s tls=%v", tt.name, secure), func(t *testing.T) {
				o := listener.Options{
					Handler: func(context.Context, viewer.ResponseWriter, *viewer.Request) { t.Error("handler was called") },
				}
				run(t, secure, o, func(t *testing.T, s *site) {
					s.log.Reset()
					got := s.raw(t, tt.in)
					resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
					if err != nil {
						t.Fatalf("got %q: %v", got, err)
					}
					body, _ := io.ReadAll(resp.Body)
					if resp.StatusCode != tt.status || string(body) != fmt.Sprintf("page %d", tt.status) || resp.Header.Get("Server") != "CloudFront" || !resp.Close {
						t.Errorf("got %q, want page %d", got, tt.status)
					}
					told := malformedLine.FindAllStringSubmatch(s.log.String(), -1)
					if len(told) != 1 || told[0][1] != strconv.Itoa(tt.status) || tt.reason != "" && strings.Trim(told[0][2], `"`) != tt.reason {
						t.Errorf("got log %q, want one line with status %d and reason %q", s.log.String(), tt.status, tt.reason)
					}
				})
			})
		}
	}
}

// TestOwnAnswerIsNotReplaced: answers of an origin that look like those
// net/http gives by itself.
func TestOwnAnswerIsNotReplaced(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		status := 417
		if r.Path == "/400" {
			status = 400
		}
		w.WriteHead(status, field.Lines{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}}, -1)
		w.Flush()
		io.WriteString(w, "own answer")
	}
	run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
		for _, in := range []string{
			"GET /400 HTTP/1.0\r\n\r\n",
			"GET /417 HTTP/1.0\r\n\r\n",
			"GET /417 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		} {
			if got := s.raw(t, in); strings.Contains(got, "page") || !strings.Contains(got, "own answer") {
				t.Errorf("%q: got %q", in, got)
			}
		}
	})
}

// TestMalformedAfterGood: the second request of a connection is refused like
// the first.
func TestMalformedAfterGood(t *testing.T) {
	run(t, false, listener.Options{Handler: answer("good")}, func(t *testing.T, s *site) {
		got := s.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n")
		if !strings.Contains(got, "good") || !strings.HasSuffix(got, "page 400") {
			t.Errorf("got %q", got)
		}
	})
}

func TestPlainHTTPOnTLS(t *testing.T) {
	run(t, true, listener.Options{Handler: answer("x")}, func(t *testing.T, s *site) {
		c, _ := s.l.Dial(t.Context(), "", "")
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if got, _ := io.ReadAll(c); !strings.HasPrefix(string(got), "HTTP/1.1 400 ") {
			t.Errorf("got %q, want a 400", got)
		}
	})
}

// TestAbort: a cut response shows that it is cut (CF-RESP-41, CF-RESP-42).
func TestAbort(t *testing.T) {
	for _, length := range []int64{-1, 100} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("length=%d h2=%v", length, h2), func(t *testing.T) {
				h := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
					w.WriteHead(200, nil, length)
					io.WriteString(w, "part")
					w.Abort()
					if _, err := w.Write([]byte("more")); err == nil {
						t.Error("Write after Abort: got no error")
					}
				}
				run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
					client := s.client(t, h2)
					defer client.CloseIdleConnections()
					resp, err := client.Get("http://api.example/")
					if err != nil {
						t.Fatal(err)
					}
					defer resp.Body.Close()
					if b, err := io.ReadAll(resp.Body); string(b) != "part" || err == nil {
						t.Errorf("got %q, %v, want part and an error", b, err)
					}
				})
			})
		}
	}
}

// TestPanic: a panic ends one request, with a page if there is still time (CF-ERR-19).
func TestPanic(t *testing.T) {
	panics := 0
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if r.Path == "/late" {
			w.WriteHead(200, nil, 10)
			io.WriteString(w, "part")
		}
		if r.Path != "/ok" {
			panic("boom")
		}
		w.WriteHead(200, nil, 2)
		io.WriteString(w, "ok")
	}
	for _, h2 := range []bool{false, true} {
		run(t, false, listener.Options{Handler: h, OnPanic: func() { panics++ }}, func(t *testing.T, s *site) {
			panics = 0
			client := s.client(t, h2)
			defer client.CloseIdleConnections()
			get := func(path string) (int, string, error) {
				resp, err := client.Get("http://api.example" + path)
				if err != nil {
					return 0, "", err
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				return resp.StatusCode, string(b), err
			}
			if status, body, err := get("/early"); status != 500 || body != "page 500" || err != nil {
				t.Errorf("h2=%v early: got %d %q %v, want page 500", h2, status, body, err)
			}
			if _, body, err := get("/late"); body != "part" || err == nil {
				t.Errorf("h2=%v late: got %q %v, want part and an error", h2, body, err)
			}
			if status, body, err := get("/ok"); status != 200 || body != "ok" || err != nil {
				t.Errorf("h2=%v after: got %d %q %v, want ok", h2, status, body, err)
			}
			if panics != 2 || !strings.Contains(s.log.String(), "boom") || !strings.Contains(s.log.String(), "listener_test.go") {
				t.Errorf("h2=%v: got %d panics, log %s", h2, panics, s.log)
			}
		})
	}
}

// TestTimeouts: slow heads and idle connections are closed, slow streams not.
func TestTimeouts(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, -1)
		for range 3 {
			time.Sleep(time.Hour)
			io.WriteString(w, "x")
			w.Flush()
		}
	}
	run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
		begin := time.Now()
		s.raw(t, "GET / HT")
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("slow head: got closed after %v, want 10s", took)
		}
		c := s.dial(t)
		defer c.Close()
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		begin = time.Now()
		got, _ := io.ReadAll(c)
		if took := time.Since(begin); took != 3*time.Hour+time.Minute || !strings.HasSuffix(string(got), "1\r\nx\r\n0\r\n\r\n") {
			t.Errorf("stream: got %q after %v, want all, closed a minute later", got, took)
		}
	})
}

func TestMaxConns(t *testing.T) {
	var refused atomic.Int32
	o := listener.Options{Handler: answer("x"), MaxConns: 1, OnRefused: func(listener.Refusal) { refused.Add(1) }}
	run(t, false, o, func(t *testing.T, s *site) {
		refused.Store(0)
		first := s.dial(t)
		synctest.Wait()
		if got := s.raw(t, "GET / HTTP/1.0\r\n\r\n"); got != "" || refused.Load() != 1 {
			t.Errorf("second connection: got %q, %d refused, want nothing and 1", got, refused.Load())
		}
		first.Close()
		synctest.Wait()
		if got := s.raw(t, "GET / HTTP/1.0\r\n\r\n"); got == "" {
			t.Error("after the first has gone: got nothing")
		}
	})
}

// TestShutdown: requests under way are finished, and past the deadline cut.
func TestShutdown(t *testing.T) {
	for _, tt := range []struct {
		patience time.Duration
		ok       bool
		engine   listener.Engine
	}{
		{time.Minute, true, listener.EngineGoroutine}, {time.Second, false, listener.EngineGoroutine},
		{time.Minute, true, listener.EngineEventLoop}, {time.Second, false, listener.EngineEventLoop},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := origintest.NewMemoryListener()
			s := listener.New(listener.Options{Engine: tt.engine, Handler: func(ctx context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
				select {
				case <-time.After(10 * time.Second):
				case <-ctx.Done():
				}
				w.WriteHead(200, nil, 2)
				io.WriteString(w, "ok")
			}})
			go s.Serve(l, listener.HTTP1, nil)
			c, _ := l.Dial(t.Context(), "", "")
			defer c.Close()
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), tt.patience)
			defer cancel()
			err := s.Shutdown(ctx)
			got, _ := io.ReadAll(c)
			if (err == nil) != tt.ok || strings.HasSuffix(string(got), "ok") != tt.ok {
				t.Errorf("%v, patience %v: got %v and %q", tt.engine, tt.patience, err, got)
			}
			if _, err := l.Dial(t.Context(), "", ""); err == nil {
				t.Error("still accepts")
			}
			if err := s.Serve(origintest.NewMemoryListener(), listener.HTTP1, nil); !errors.Is(err, listener.ErrClosed) {
				t.Errorf("Serve after Shutdown: got %v", err)
			}
		})
	}
}

func BenchmarkServe(b *testing.B) {
	l := origintest.NewMemoryListener()
	s := listener.New(listener.Options{Handler: answer(strings.Repeat("x", 1024), field.Line{Name: "Content-Type", Value: "text/plain"})})
	go s.Serve(l, listener.HTTP1, nil)
	defer s.Shutdown(context.Background())
	c, err := l.Dial(context.Background(), "", "")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	br := bufio.NewReader(c)
	b.ReportAllocs()
	for b.Loop() {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		for n := 0; ; {
			line, err := br.ReadString('\n')
			if err != nil {
				b.Fatal(err)
			}
			if strings.HasPrefix(line, "Content-Length: ") {
				fmt.Sscanf(line, "Content-Length: %d", &n)
			}
			if line == "\r\n" {
				br.Discard(n)
				break
			}
		}
	}
}

func ExampleServer() {
	hello := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "Content-Type", Value: "text/plain"}}, 5)
		io.WriteString(w, "hello")
	}
	l := origintest.NewMemoryListener() // net.Listen in real life
	s := listener.New(listener.Options{Handler: hello})
	go s.Serve(l, listener.HTTP1|listener.HTTP2, nil)
	defer s.Shutdown(context.Background())

	c, _ := l.Dial(context.Background(), "tcp", "")
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
	resp, _ := http.ReadResponse(bufio.NewReader(c), nil)
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 OK hello
}

// TestSilentHandshakes: viewers that begin no handshake keep nobody from theirs,
// although few handshakes compute at a time.
func TestSilentHandshakes(t *testing.T) {
	run(t, true, listener.Options{Handler: answer("x")}, func(t *testing.T, s *site) {
		for range 200 {
			c, err := s.l.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		synctest.Wait()
		began := time.Now()
		c := s.dial(t)
		defer c.Close()
		if took := time.Since(began); took != 0 { // by the clock of the test
			t.Errorf("got a handshake after %v", took)
		}
	})
}
