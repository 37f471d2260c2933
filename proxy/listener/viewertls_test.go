package listener_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestHandshakeIsKnown: a request knows the name that its connection was opened
// for, what its viewer was shown and whether the session is an older one, however
// many connections have the same (reliability T1, T3).
func TestHandshakeIsKnown(t *testing.T) {
	got := make(chan *viewer.TLS, 1)
	o := listener.Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		got <- r.TLS
		w.WriteHead(204, nil, 0)
	}}
	run(t, true, o, func(t *testing.T, s *site) {
		sessions := tls.NewLRUClientSessionCache(1)
		viewers := &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{ServerName: "api.example", RootCAs: s.roots(), ClientSessionCache: sessions},
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.l.Dial(ctx, "", "") },
		}}
		for i, resumed := range []bool{false, true, true} {
			resp, err := viewers.Get("https://api.example/")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			info := <-got
			if info.Resumed != resumed || info.ServerName != "api.example" || info.Version != "TLSv1.3" {
				t.Errorf("connection %d: got %+v, want resumed %t", i, info, resumed)
			}
			if info.Served == nil || !info.Served.Default || !slices.Equal(info.Served.Names, []string{"localhost", "api.example"}) {
				t.Errorf("connection %d: got the certificate %+v, want the default one", i, info.Served)
			}
		}
	})
}

// TestPanicInHandshake: one ends its connection alone, and takes nothing from those
// that follow (reliability T2).
func TestPanicInHandshake(t *testing.T) {
	var panics, told atomic.Int32
	o := listener.Options{Handler: answer("x"), OnPanic: func() { told.Add(1) }, WantsFingerprints: func() bool {
		if panics.Add(-1) >= 0 {
			panic("a bad hello")
		}
		return false
	}}
	run(t, true, o, func(t *testing.T, s *site) {
		told.Store(0)
		n := int32(4*runtime.GOMAXPROCS(0) + 1)
		panics.Store(n)
		for range n {
			if err := tls.Client(s.connect(t), &tls.Config{ServerName: "api.example", RootCAs: s.roots()}).Handshake(); err == nil {
				t.Fatal("a handshake: got a connection, want none")
			}
		}
		if err := tls.Client(s.connect(t), &tls.Config{ServerName: "api.example", RootCAs: s.roots()}).Handshake(); err != nil {
			t.Errorf("the next handshake: got %v", err)
		}
		if got := told.Load(); got != n {
			t.Errorf("panics told: got %d, want %d", got, n)
		}
	})
}
