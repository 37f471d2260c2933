package transport_test

import (
	"fmt"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// TestProxyProtocol: the header comes first, and a connection that has told of
// one viewer carries no request of another, whether that waits for it or comes
// later.
func TestProxyProtocol(t *testing.T) {
	for _, version := range []origin.ProxyProtocol{origin.ProxyProtocolV1, origin.ProxyProtocolV2} {
		synctest.Test(t, func(t *testing.T) {
			l := origintest.NewMemoryListener()
			s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
			defer s.Close()
			c := transport.New(transport.Options{Dial: l.Dial, MaxConnsPerOrigin: 2})
			defer c.Close()
			o := newOrigin()
			o.Link = &origin.Link{ProxyProtocol: version}
			for i, viewer := range []string{
				"192.0.2.1:1000", "192.0.2.1:1000", // the same connection of a viewer: again
				"192.0.2.2:1000", "192.0.2.1:2000", // another viewer, and another connection of the first
				"192.0.2.2:1000", "192.0.2.1:1000", "[2001:db8::1]:1",
			} {
				r := get("/")
				r.Ends = origin.Ends{Viewer: netip.MustParseAddrPort(viewer), Edge: netip.MustParseAddrPort("203.0.113.9:443")}
				if r.Ends.Viewer.Addr().Is6() {
					r.Ends.Edge = netip.MustParseAddrPort("[2001:db8::9]:443")
				}
				resp, err := c.RoundTrip(t.Context(), o, r)
				if err != nil {
					t.Fatal(err)
				}
				io.ReadAll(resp.Body)
				resp.Body.Close()
				got, _ := s.Requests()[i].Field("PROXY")
				if want := fmt.Sprint(version, " ", r.Ends.Viewer, " ", r.Ends.Edge); got != want {
					t.Errorf("request %d: the connection said %q, want %q", i+1, got, want)
				}
				if resp.Timing.Reused != (i == 1 || i == 4) {
					t.Errorf("request %d: got reused %v", i+1, resp.Timing.Reused)
				}
			}
		})
	}
}

// TestProxyProtocolWaiting: a request that waits for a connection gets none
// that has told of another viewer.
func TestProxyProtocolWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
		defer s.Close()
		c := transport.New(transport.Options{Dial: l.Dial, MaxConnsPerOrigin: 1})
		defer c.Close()
		o := newOrigin()
		o.Link = &origin.Link{ProxyProtocol: origin.ProxyProtocolV2}
		ask := func(viewer string) *origin.Response {
			r := get("/")
			r.Ends.Viewer = netip.MustParseAddrPort(viewer)
			resp, err := c.RoundTrip(t.Context(), o, r)
			if err != nil {
				t.Error(err)
				return nil
			}
			return resp
		}
		first := ask("192.0.2.1:1")
		second := make(chan *origin.Response)
		go func() { second <- ask("192.0.2.2:2") }()
		synctest.Wait()
		io.ReadAll(first.Body)
		first.Body.Close()
		if resp := <-second; resp != nil {
			resp.Body.Close()
		}
		if got, _ := s.Requests()[1].Field("PROXY"); got != "v2 192.0.2.2:2 0.0.0.0:0" || s.Conns() != 2 {
			t.Errorf("got %q over %d connections", got, s.Conns())
		}
	})
}
