package h2

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// drive serves a connection with a goroutine that reads, one that ticks, and
// writes from whoever has output. It is the smallest driver there can be.
func drive(nc net.Conn, o *Options) {
	var c *Conn
	flush := func() {
		if err := c.Flush(nc.Write); err != nil || c.Done() {
			nc.Close()
		}
	}
	remote, _ := netip.ParseAddrPort(nc.RemoteAddr().String())
	p := viewer.Peer{Remote: remote}
	if secure, ok := nc.(*tls.Conn); ok {
		p.TLS = &viewer.TLS{Version: tls.VersionName(secure.ConnectionState().Version)}
	}
	c = New(o, p, flush)
	done := make(chan struct{})
	go func() {
		ticks := time.NewTicker(time.Second)
		defer ticks.Stop()
		for {
			select {
			case now := <-ticks.C:
				err := c.Tick(now)
				flush()
				if err != nil {
					nc.Close()
				}
			case <-done:
				return
			}
		}
	}()
	flush()
	buffer := make([]byte, 32<<10)
	for {
		n, err := nc.Read(buffer)
		if err == nil {
			err = c.Receive(buffer[:n], time.Now())
			flush()
		}
		if err != nil {
			c.Close(err)
			break
		}
	}
	close(done)
	linger(nc)
	c.Wait()
}

// linger closes so that the viewer gets what was sent last, although it may
// have sent what nobody has read.
func linger(nc net.Conn) {
	if half, ok := nc.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
		nc.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		io.Copy(io.Discard, nc)
	}
	nc.Close()
}

// listen serves o on a loopback port, with TLS or without, until the test ends.
func listen(t testing.TB, o Options, config *tls.Config) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options := withHooks(o).WithDefaults()
	var all sync.WaitGroup
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				if config != nil {
					nc = tls.Server(nc, config)
					if nc.(*tls.Conn).Handshake() != nil {
						nc.Close()
						return
					}
				}
				drive(nc, options)
			})
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-accepting
		all.Wait()
	})
	return l.Addr().String()
}

// withHooks sets the hooks that a test does not look at.
func withHooks(o Options) Options {
	if o.Page == nil {
		o.Page = func(status int) (field.Lines, []byte) {
			return field.Lines{{Name: "Server", Value: "CloudFront"}}, fmt.Appendf(nil, "page %d", status)
		}
	}
	if o.OnMalformed == nil {
		o.OnMalformed = func(string, int, string) {}
	}
	if o.OnPanic == nil {
		o.OnPanic = func(any, *viewer.Request) {}
	}
	return o
}

// h2spec is the command of https://github.com/summerwind/h2spec. TestOutside
// runs it if it is given:
//
//	go install github.com/summerwind/h2spec/cmd/h2spec@latest
//	go test ./proxy/h2 -run TestOutside -v -h2spec "$(go env GOPATH)/bin/h2spec"
var h2spec = flag.String("h2spec", "", "run this h2spec `command` too")

// TestOutside has others' implementations talk to a connection: net/http's, and
// h2spec if it is given.
func TestOutside(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%v", secure), func(t *testing.T) {
			var config *tls.Config
			if secure {
				config = selfSigned(t)
			}
			address := listen(t, Options{Handler: slowly(respond)}, config)
			scheme := "http"
			protocols := new(http.Protocols)
			if secure {
				scheme = "https"
				protocols.SetHTTP2(true)
			} else {
				protocols.SetUnencryptedHTTP2(true)
			}
			transport := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			defer transport.CloseIdleConnections()
			viewers := &http.Client{Transport: transport}
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					get(t, viewers, scheme+"://"+address+"/200000", "", 200000)
					get(t, viewers, scheme+"://"+address+"/echo", strings.Repeat("y", 400000), 400000)
				})
			}
			all.Wait()
			if *h2spec != "" {
				host, port, _ := net.SplitHostPort(address)
				arguments := []string{"--strict", "-h", host, "-p", port, "-o", "2"}
				if secure {
					arguments = append(arguments, "-t", "-k")
				}
				out, err := exec.Command(*h2spec, arguments...).CombinedOutput()
				t.Logf("%s", out)
				if err != nil {
					t.Errorf("h2spec: %v", err)
				}
			}
		})
	}
}

// slowly gives a viewer the time to send more streams than it may, and makes
// h2spec's resource large enough for its tests of windows.
func slowly(h viewer.Handler) viewer.Handler {
	return func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		time.Sleep(10 * time.Millisecond)
		if r.Path == "/" {
			r.Path = "/100"
		}
		h(ctx, w, r)
	}
}

func get(t *testing.T, viewers *http.Client, url, body string, want int) {
	method, reader := "GET", io.Reader(nil)
	if body != "" {
		method, reader = "POST", strings.NewReader(body)
	}
	request, err := http.NewRequest(method, url, reader)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := viewers.Do(request)
	if err != nil {
		t.Error(err)
		return
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || int(n) != want || response.ProtoMajor != 2 {
		t.Errorf("%s %s: got %d bytes by %s, %v, want %d", method, url, n, response.Proto, err, want)
	}
}

// selfSigned returns a configuration for HTTP/2 alone.
func selfSigned(t *testing.T) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2"}}
}
