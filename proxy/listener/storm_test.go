//go:build unix

package listener_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A storm is a number of viewers that do what they like over connections of the
// kernel's: some read slowly, some leave in the middle of a response or of their
// request, some reset. Each asks for bytes that no other asks for.
type storm struct {
	address string
	config  *tls.Config // nil without TLS
	answers atomic.Int64
}

// viewer opens connections as long as there are to be more.
func (s *storm) viewer(number int, more func() bool) error {
	random := rand.New(rand.NewPCG(uint64(number), 7))
	for round := 0; more(); round++ {
		if err := s.connection(random, fmt.Sprintf("v%d-%d", number, round)); err != nil {
			return err
		}
	}
	return nil
}

// connection is one connection of a viewer with this tag.
func (s *storm) connection(random *rand.Rand, tag string) error {
	tcp, err := net.DialTimeout("tcp", s.address, patience)
	if err != nil {
		return err
	}
	defer tcp.Close()
	tcp.SetDeadline(time.Now().Add(patience))
	var c net.Conn = tcp
	if s.config != nil {
		c = tls.Client(tcp, s.config)
	}
	r := bufio.NewReaderSize(c, 1<<10)
	for range 1 + random.IntN(6) {
		var paths []string
		var in strings.Builder
		for range 1 + random.IntN(4) {
			kind := []string{"hit", "hit", "miss", "chunks"}[random.IntN(4)]
			path := fmt.Sprintf("/%s/%s/%d", kind, tag, []int{0, 100, 5000, 70_000, 400_000}[random.IntN(5)])
			paths = append(paths, path)
			in.WriteString(get(path))
		}
		requests := in.String()
		if random.IntN(20) == 0 { // a viewer that leaves in its request
			io.WriteString(c, requests[:random.IntN(len(requests))])
			return nil
		}
		if _, err := io.WriteString(c, requests); err != nil {
			return err
		}
		if random.IntN(20) == 0 { // or in a response
			got := make([]byte, random.IntN(3000))
			n, _ := r.Read(got)
			if random.IntN(2) == 0 {
				tcp.(*net.TCPConn).SetLinger(0) // a reset
			}
			if i := bytes.Index(got[:n], []byte("\r\n\r\nv")); i >= 0 && !bytes.HasPrefix(got[i+4:n], []byte(tag + ".")[:min(len(tag), n-i-4)]) {
				return fmt.Errorf("%s: got %.100q", tag, got[i:n])
			}
			return nil
		}
		for _, path := range paths {
			if random.IntN(10) == 0 {
				time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
			}
			if err := readResponse(r, path); err != nil {
				return err
			}
			s.answers.Add(1)
		}
	}
	return nil
}

// streams asks for many things at a time over one HTTP/2 connection after the
// other.
func (s *storm) streams(number int, more func() bool) error {
	random := rand.New(rand.NewPCG(uint64(number), 9))
	scheme := map[bool]string{false: "http", true: "https"}[s.config != nil]
	for round := 0; more(); round++ {
		protocols := new(http.Protocols)
		protocols.SetHTTP2(s.config != nil)
		protocols.SetUnencryptedHTTP2(s.config == nil)
		transport := &http.Transport{Protocols: protocols, TLSClientConfig: s.config.Clone(), DisableCompression: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", s.address)
			}}
		var all sync.WaitGroup
		var failed atomic.Pointer[error]
		for i := range 12 {
			path := fmt.Sprintf("/%s/s%d-%d-%d/%d", []string{"hit", "miss"}[i%2], number, round, i, []int{0, 100, 20_000, 200_000}[random.IntN(4)])
			leaves := random.IntN(10) == 0
			all.Go(func() {
				if err := s.stream(transport, scheme+"://api.example"+path, path, leaves); err != nil {
					failed.Store(&err)
				}
			})
		}
		all.Wait()
		transport.CloseIdleConnections()
		if err := failed.Load(); err != nil {
			return *err
		}
	}
	return nil
}

func (s *storm) stream(transport *http.Transport, url, path string, leaves bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if leaves {
		return nil
	}
	content, err := io.ReadAll(response.Body)
	if want := contentOf(path); err != nil || !bytes.Equal(content, want) {
		return fmt.Errorf("%s: got %d bytes %.40q, %v; want %d bytes %.40q", path, len(content), content, err, len(want), want)
	}
	s.answers.Add(1)
	return nil
}

// descriptors returns how many this process has open, 0 if the system does not
// tell.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// settled waits until count returns no more than want.
func settled(count func() int, want int) int {
	got := count()
	for end := time.Now().Add(patience); got > want && time.Now().Before(end); got = count() {
		time.Sleep(10 * time.Millisecond)
	}
	return got
}

// TestStorm: whatever viewers do to their connections, nobody gets a byte of
// another's, everybody who stays gets everything, and in the end nothing is
// left: no goroutine, no descriptor.
func TestStorm(t *testing.T) {
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	length := time.Second
	if testing.Short() {
		length /= 4
	}
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(t *testing.T) {
			goroutines, open := runtime.NumGoroutine(), descriptors()
			var choose listener.Choose
			s := new(storm)
			if secure {
				choose, s.config = issuedBy(ca), &tls.Config{ServerName: "api.example", RootCAs: roots}
			}
			o := tags
			o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				if len(r.Path)%3 == 0 {
					time.Sleep(time.Millisecond)
				}
				tagHandler(ctx, w, r)
			}
			serveTCP(t, o, choose, func(t *testing.T, _ *listener.Server, address string) {
				s.address = address
				begin, before := time.Now(), s.answers.Load()
				more := func() bool { // all the time, and until there were many answers
					return !t.Failed() && (time.Since(begin) < length || s.answers.Load()-before < 50)
				}
				var viewers sync.WaitGroup
				for i := range 12 {
					viewers.Go(func() {
						if err := s.viewer(i, more); err != nil {
							t.Error(err)
						}
					})
				}
				for i := range 2 {
					viewers.Go(func() {
						if err := s.streams(i, more); err != nil {
							t.Error(err)
						}
					})
				}
				viewers.Wait()
			})
			if got := settled(descriptors, open); got > open {
				t.Errorf("got %d descriptors left, want %d", got, open)
			}
			if got := settled(runtime.NumGoroutine, goroutines); got > goroutines {
				t.Errorf("got %d goroutines left, want %d", got, goroutines)
			}
		})
	}
}

// TestTCP: over connections of the kernel's as in memory: the content of files,
// half-closed viewers, viewers that leave, slow ones, what is malformed.
func TestTCP(t *testing.T) {
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(t *testing.T) {
			var choose listener.Choose
			if secure {
				choose = issuedBy(ca)
			}
			told := make(chan error, 1)
			o := tags
			o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				switch r.Path {
				case "/wait":
					<-ctx.Done()
					told <- context.Cause(ctx)
				case "/panic":
					panic("boom")
				case "/abort":
					w.WriteHead(200, nil, 100)
					io.WriteString(w, "part")
					w.Abort()
				default:
					tagHandler(ctx, w, r)
				}
			}
			serveTCP(t, o, choose, func(t *testing.T, s *listener.Server, address string) {
				dial := func() (net.Conn, *bufio.Reader) {
					tcp := dialFrom(t, "127.0.0.1", address)
					if !secure {
						return tcp, bufio.NewReader(tcp)
					}
					c := tls.Client(tcp, &tls.Config{ServerName: "api.example", RootCAs: roots})
					return c, bufio.NewReader(c)
				}
				t.Run("half-closed", func(t *testing.T) {
					for _, paths := range [][]string{{"/hit/a/100"}, {"/hit/a/400000", "/hit/b/100"}, {"/miss/a/100"}, {"/hit/a/100", "/miss/b/400000", "/hit/c/5"}} {
						c, r := dial()
						for _, path := range paths {
							io.WriteString(c, get(path))
						}
						halfClose(t, c)
						wantResponses(t, r, paths...)
						if b, err := io.ReadAll(r); len(b) > 0 || err != nil {
							t.Errorf("behind the responses: got %q, %v", b, err)
						}
					}
				})
				t.Run("leaves", func(t *testing.T) {
					c, _ := dial()
					io.WriteString(c, get("/wait"))
					time.Sleep(10 * time.Millisecond)
					c.Close()
					if err := <-told; err == nil || errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got told %v", err)
					}
				})
				t.Run("slow", func(t *testing.T) {
					c, r := dial()
					paths := []string{"/hit/a/9000000", "/miss/b/9000000", "/chunks/c/9000000", "/hit/d/100"}
					go func() {
						for _, path := range paths {
							io.WriteString(c, get(path))
						}
					}()
					time.Sleep(50 * time.Millisecond)
					wantResponses(t, r, paths...)
				})
				t.Run("upload", func(t *testing.T) {
					c, r := dial()
					content := contentOf("/x/up/5000000")
					go fmt.Fprintf(c, "POST /miss/a/0 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s%s", len(content), content, get("/hit/b/10"))
					response, err := http.ReadResponse(r, nil)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := io.ReadAll(response.Body); err != nil || !bytes.Equal(got, content) {
						t.Errorf("got %d bytes, %v, want %d", len(got), err, len(content))
					}
					wantResponses(t, r, "/hit/b/10")
				})
				for _, tt := range []struct{ in, want string }{
					{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
					{get("/hit/a/1") + "GET / HTTP/1.1\r\nHost : h\r\n\r\n" + get("/hit/a/1"), "HTTP/1.1 400 Bad Request\r\n"},
					{"GET / HTTP/1.1\r\nA: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", "HTTP/1.1 494 \r\n"},
					{get("/panic"), "HTTP/1.1 500 Internal Server Error\r\n"},
					{get("/abort") + get("/hit/a/1"), "Content-Length: 100\r\n\r\npart"},
					{"HEAD /hit/a/77 HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 77\r\n\r\n"},
				} {
					c, r := dial()
					go io.WriteString(c, tt.in)
					all, err := io.ReadAll(r)
					if !strings.Contains(string(all), tt.want) || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Errorf("%.60q: got %.300q, %v, want %q and the end", tt.in, all, err, tt.want)
					}
				}
			})
		})
	}
}
