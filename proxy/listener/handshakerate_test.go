package listener_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// TestHandshakeRate: a viewer has so many handshakes at once and as many each second,
// resumed ones among them; what is more is closed before anything is computed for it,
// while others have theirs (reliability T2, D4).
func TestHandshakeRate(t *testing.T) {
	o := listener.Options{Handler: answer("x"), MaxHandshakesPerViewer: 3}
	for _, o.Engine = range engines {
		refused := refusals{}
		runProxied(t, true, refused.options(o), believed, func(t *testing.T, s *site) {
			sessions := tls.NewLRUClientSessionCache(1)
			shakes := func(viewer string) string {
				c := s.connect(t)
				fmt.Fprintf(c, "PROXY TCP4 %s 203.0.113.9 4711 443\r\n", viewer)
				tc := tls.Client(c, &tls.Config{ServerName: "api.example", RootCAs: s.roots(), ClientSessionCache: sessions})
				if tc.Handshake() != nil {
					return "-"
				}
				fmt.Fprint(tc, get("/"))
				tc.Read(make([]byte, 1)) // tickets have come before
				return "+"
			}
			got := ""
			for range 5 {
				got += shakes("192.0.2.1")
			}
			got += " " + shakes("192.0.2.2") + " "
			time.Sleep(time.Second)
			for range 5 {
				got += shakes("192.0.2.1")
			}
			if want := "+++-- + +++--"; got != want || fmt.Sprint(refused) != "map[handshakes:4]" {
				t.Errorf("%v: got %s with %v, want %s with map[handshakes:4]", o.Engine, got, refused, want)
			}
		})
	}
}

// TestHandshakeRateOfPackets: the rate is one for connections that come in packets,
// too, and that of an IPv6 address is its network's (reliability T2).
func TestHandshakeRateOfPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := refusals{}
		s := listener.New(refused.options(listener.Options{Handler: answer("x"), MaxHandshakesPerViewer: 2}))
		got := ""
		for _, from := range []string{"2001:db8::1", "2001:db8::ffff:2", "2001:db8::3", "2001:db8:0:1::1"} {
			got += map[bool]string{true: "+", false: "-"}[listener.TakePacketSlot(s, netip.MustParseAddr(from))]
		}
		if got != "++-+" || fmt.Sprint(refused) != "map[handshakes:1]" {
			t.Errorf("got %s with %v, want ++-+ with map[handshakes:1]", got, refused)
		}
	})
}

// TestFewHandshakesCompute: of very many handshakes few compute at a time, with either
// engine, and a panic of one takes nobody's turn (reliability T2).
func TestFewHandshakesCompute(t *testing.T) {
	for _, engine := range engines {
		synctest.Test(t, func(t *testing.T) {
			ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var computing, most, panics atomic.Int64
			bound := int64(2 * runtime.GOMAXPROCS(0))
			choose := issuedBy(ca)
			s := listener.New(listener.Options{Handler: answer("x"), Engine: engine, HandshakeTimeout: time.Hour, OnPanic: func() { panics.Add(1) }})
			l := origintest.NewMemoryListener()
			go s.Serve(l, listener.HTTP1, func(hello *tls.ClientHelloInfo) viewertls.Choice {
				if hello.ServerName == "panic.example" {
					panic("a fault of ours")
				}
				n := computing.Add(1)
				defer computing.Add(-1)
				most.Store(max(most.Load(), n))
				time.Sleep(time.Second) // by the clock of the test
				return choose(hello)
			})
			var viewers sync.WaitGroup
			shake := func(name string) {
				c, err := l.Dial(t.Context(), "", "")
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				err = tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true}).HandshakeContext(t.Context())
				if (err != nil) != (name == "panic.example") {
					t.Errorf("%v, %s: got %v", engine, name, err)
				}
			}
			for range 2 * bound {
				viewers.Go(func() { shake("panic.example") })
			}
			viewers.Wait()
			for range 5 * bound {
				viewers.Go(func() { shake("api.example") })
			}
			viewers.Wait()
			if got := most.Load(); got != bound || panics.Load() != 2*bound {
				t.Errorf("%v: got %d that compute at a time, %d panics, want %d and %d", engine, got, panics.Load(), bound, 2*bound)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			s.Shutdown(ctx)
		})
	}
}
