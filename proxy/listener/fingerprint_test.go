package listener_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/http"
	"testing"

	"github.com/groundfront/groundfront/proxy/fingerprint"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestFingerprints: requests have those of the ClientHello that was on the wire
// (WF-ARC-15), if somebody wants them at the time of the handshake, for HTTP/1.1
// and HTTP/2, and for those that are resumed too.
func TestFingerprints(t *testing.T) {
	for name, wanted := range map[string]func() bool{
		"wanted": func() bool { return true }, "not wanted": func() bool { return false }, "not asked": nil,
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan viewer.TLS, 1)
			o := listener.Options{
				WantsFingerprints: wanted,
				Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
					got <- *r.TLS
					w.WriteHead(204, nil, 0)
				},
			}
			run(t, true, o, func(t *testing.T, s *site) {
				sessions := tls.NewLRUClientSessionCache(1)
				for _, protocols := range [][]string{{"http/1.1"}, {"http/1.1"}, {"h2", "http/1.1"}} {
					var sent helloConn
					var protocol http.Protocols
					protocol.SetHTTP1(protocols[0] != "h2")
					protocol.SetHTTP2(protocols[0] == "h2")
					viewers := &http.Client{Transport: &http.Transport{
						Protocols: &protocol, DisableKeepAlives: true,
						TLSClientConfig: &tls.Config{ServerName: "api.example", RootCAs: s.roots(), NextProtos: protocols, ClientSessionCache: sessions},
						DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
							c, err := s.l.Dial(ctx, "", "")
							sent.Conn = c
							return &sent, err
						},
					}}
					resp, err := viewers.Get("https://api.example/")
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					want := [2]string{}
					if name == "wanted" {
						hello := sent.hello(t)
						want = [2]string{fingerprint.JA3(hello), fingerprint.JA4(hello)}
					}
					if info := <-got; [2]string{info.JA3, info.JA4} != want || info.ServerName != "api.example" {
						t.Errorf("%v: got %+v, want %q", protocols, info, want)
					}
				}
			})
		})
	}
}

// A helloConn keeps what was written first.
type helloConn struct {
	net.Conn
	first []byte
}

func (c *helloConn) Write(p []byte) (int, error) {
	if c.first == nil {
		c.first = append(c.first, p...)
	}
	return c.Conn.Write(p)
}

// hello takes the ClientHello apart (RFC 8446 section 4.1.2), which is one whole
// record.
func (c *helloConn) hello(t *testing.T) *tls.ClientHelloInfo {
	b := wireBytes(c.first)
	if b.take(1)[0] != 22 {
		t.Fatalf("no handshake record: %x", c.first)
	}
	b.take(2)
	b = b.list(2)
	b.take(4)
	h := &tls.ClientHelloInfo{SupportedVersions: numbersOf[uint16](b.take(2))}
	b.take(32)
	b.list(1)
	h.CipherSuites = numbersOf[uint16](b.list(2))
	b.list(1)
	for extensions := b.list(2); len(extensions) > 0; {
		number := binary.BigEndian.Uint16(extensions.take(2))
		data := extensions.list(2)
		h.Extensions = append(h.Extensions, number)
		switch number {
		case 10:
			h.SupportedCurves = numbersOf[tls.CurveID](data.list(2))
		case 11:
			h.SupportedPoints = data.list(1)
		case 13:
			h.SignatureSchemes = numbersOf[tls.SignatureScheme](data.list(2))
		case 16:
			protocols := data.list(2)
			h.SupportedProtos = []string{string(protocols.list(1))}
		case 43:
			h.SupportedVersions = numbersOf[uint16](data.list(1))
		}
	}
	return h
}

type wireBytes []byte

func (b *wireBytes) take(n int) wireBytes {
	taken := (*b)[:n]
	*b = (*b)[n:]
	return taken
}

// list takes a list with its length, of so many bytes, in front.
func (b *wireBytes) list(n int) wireBytes {
	size := 0
	for _, c := range b.take(n) {
		size = size<<8 | int(c)
	}
	return b.take(size)
}

func numbersOf[N ~uint16](b []byte) (out []N) {
	for ; len(b) > 0; b = b[2:] {
		out = append(out, N(binary.BigEndian.Uint16(b)))
	}
	return out
}
