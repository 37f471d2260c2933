package edgetest

import (
	"bufio"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
)

const shop = `
version: 1
distributions:
  shop:
    aliases: [shop.test]
    origins: {api: {domain_name: api.test, custom_origin_config: {origin_protocol_policy: http-only}}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized, allowed_methods: all}
    logging: {path: unused}
`

// TestEdge: request and response cross the whole edge over each protocol,
// plain and TLS, and everything ends with the test.
func TestEdge(t *testing.T) {
	for _, c := range []struct {
		name     string
		protocol Protocol
		scheme   string
		via      string // what the origin sees of the viewer's protocol
	}{
		{"h1", ProtocolH1, "http", "1.1 "},
		{"h1 over TLS", ProtocolH1, "https", "1.1 "},
		{"h2", ProtocolH2, "http", "2.0 "},
		{"h2 over TLS", ProtocolH2, "https", "2.0 "},
		{"h3", ProtocolH3, "https", "3.0 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := New
				if c.protocol == ProtocolH3 {
					start = NewForHTTP3
				}
				e := start(t, StoreMemory, shop)
				o := origintest.Start(e.Listen("api.test"), origintest.Always(origintest.OK("hello", "X-A: 1", "X-A: 2")))
				t.Cleanup(o.Close)
				call := e.Call(t, c.protocol, Request{
					Scheme: c.scheme, Method: "POST", Host: "shop.test", Target: "/p//q?r",
					Fields: field.Lines{{Name: "Content-Type", Value: "text/plain"}}, HasBody: true, Body: strings.Repeat("b", 3_000_000),
				})
				defer call.Close()
				got, err := call.Wait(time.Minute)
				if err != nil || got.Status != 200 || got.Body != "hello" || got.Fields.Joined("X-A") != "1, 2" || got.Cut {
					t.Fatalf("got %+v, %v, want 200 with hello and X-A: 1, 2", got, err)
				}
				asked := o.Requests()
				if len(asked) != 1 || asked[0].Line() != "POST /p//q HTTP/1.1" || len(asked[0].Body) != 3_000_000 {
					t.Fatalf("origin: got %.200v, want one POST /p//q with 3,000,000 bytes", asked)
				}
				if via, _ := asked[0].Field("Via"); !strings.HasPrefix(via, c.via) {
					t.Errorf("origin: got Via %q, want %q first", via, c.via)
				}
				log, err := e.AccessLog("shop")
				if err != nil || strings.Count(log, "\tPOST\t") != 1 {
					t.Errorf("access log: got %q, %v, want one POST", log, err)
				}
			})
		})
	}
}

// TestStreaming: a viewer has the bytes that have come, before the end.
func TestStreaming(t *testing.T) {
	for _, protocol := range []Protocol{ProtocolH1, ProtocolH2} {
		t.Run(protocol.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := New(t, StoreMemory, shop)
				o := origintest.Start(e.Listen("api.test"), origintest.Always(
					origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"), origintest.Wait(time.Second),
					origintest.Send("56"), origintest.Close()))
				t.Cleanup(o.Close)
				call := e.Call(t, protocol, Request{Scheme: "http", Method: "GET", Host: "shop.test", Target: "/"})
				defer call.Close()
				synctest.Wait()
				if got := call.Received(); got != "01234" {
					t.Errorf("received: got %q, want %q", got, "01234")
				}
				got, err := call.Wait(time.Minute)
				if err != nil || !got.Cut || got.Err == nil || got.Body != "0123456" {
					t.Errorf("got %+v, %v, want a response that was cut after 0123456", got, err)
				}
			})
		})
	}
}

// TestBeside: streams of one connection do not wait for each other, and one
// that is left takes nothing with it.
func TestBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(t, StoreMemory, shop)
		o := origintest.Start(e.Listen("api.test"), func(q origintest.Request) []origintest.Step {
			if strings.HasPrefix(q.Line(), "GET /slow ") {
				return []origintest.Step{origintest.Wait(time.Second), origintest.OK("slow")}
			}
			return []origintest.Step{origintest.OK("quick")}
		})
		t.Cleanup(o.Close)
		ask := func(target string) Request {
			return Request{Scheme: "http", Method: "GET", Host: "shop.test", Target: target}
		}
		slow := e.Call(t, ProtocolH2, ask("/slow"))
		defer slow.Close()
		left := slow.Beside(ask("/slow"))
		begin := time.Now()
		quick := slow.Beside(ask("/quick"))
		defer quick.Close()
		got, err := quick.Wait(time.Minute)
		if err != nil || got.Body != "quick" || time.Since(begin) != 0 {
			t.Errorf("beside: got %+v, %v after %v, want quick at once", got, err, time.Since(begin))
		}
		left.Close()
		if got, err = slow.Wait(time.Minute); err != nil || got.Body != "slow" || got.Cut {
			t.Errorf("first: got %+v, %v, want slow", got, err)
		}
		if got, err = left.Wait(time.Minute); err == nil {
			t.Errorf("left: got %+v, want no response", got)
		}
	})
}

// TestMetric: a sum over the series with some labels, and nothing else's.
func TestMetric(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(t, StoreMemory, shop)
		o := origintest.Start(e.Listen("api.test"), origintest.Always(origintest.OK("x")))
		t.Cleanup(o.Close)
		for _, method := range []string{"GET", "GET", "POST"} {
			call := e.Call(t, ProtocolH1, Request{Scheme: "http", Method: method, Host: "shop.test", Target: "/"})
			if _, err := call.Wait(time.Minute); err != nil {
				t.Error(err)
			}
			call.Close()
		}
		for _, c := range []struct {
			name   string
			labels map[string]string
			want   float64
		}{
			{"groundfront_requests_total", nil, 3},
			{"groundfront_requests_total", map[string]string{"method": "GET"}, 2},
			{"groundfront_requests_total", map[string]string{"method": "GET", "reason": "hit"}, 1},
			{"groundfront_requests_total", map[string]string{"method": "GE"}, 0},
			{"groundfront_requests_total", map[string]string{"ethod": "GET"}, 0},
			{"groundfront_cache_objects", nil, 1},
			{"groundfront_origin_requests_total", map[string]string{"status_class": "2xx"}, 2},
		} {
			if got, err := e.Metric(c.name, c.labels); got != c.want || err != nil {
				t.Errorf("%s %v: got %v, %v, want %v", c.name, c.labels, got, err, c.want)
			}
		}
		if got, err := e.Metric("groundfront_requests", nil); err == nil {
			t.Errorf("groundfront_requests: got %v, want an error", got)
		}
	})
}

func TestReach(t *testing.T) {
	for _, c := range []struct {
		reach  Reach
		status int
		after  time.Duration
	}{
		{ReachEstablished, 200, 0},
		{ReachRefused, 502, 0},
		{ReachNoName, 502, 0},
		{ReachSilent, 504, 30 * time.Second},
	} {
		t.Run(c.reach.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := New(t, StoreMemory, shop)
				o := origintest.Start(e.Listen("api.test"), origintest.Always(origintest.OK("x")))
				t.Cleanup(o.Close)
				e.SetReach("api.test", c.reach)
				begin := time.Now()
				call := e.Call(t, ProtocolH1, Request{Scheme: "http", Method: "GET", Host: "shop.test", Target: "/"})
				defer call.Close()
				got, err := call.Wait(time.Hour)
				if took := time.Since(begin); err != nil || got.Status != c.status || took != c.after {
					t.Errorf("got %d after %v, %v, want %d after %v", got.Status, took, err, c.status, c.after)
				}
			})
		})
	}
}

// TestStrictHead: the HTTP/1.1 viewer refuses what is not a response.
func TestStrictHead(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", ""},
		{"HTTP/1.1 200 \r\n\r\n", ""},
		{"HTTP/1.1 200\r\n\r\n", "status line"},
		{"HTTP/2 200 OK\r\n\r\n", "status line"},
		{"HTTP/1.1 200 OK\nA: b\r\n\r\n", "line"},
		{"HTTP/1.1 200 OK\r\nA:b\r\n\r\n", "field line"},
		{"HTTP/1.1 200 OK\r\nA: b\r\n", "EOF"},
	} {
		call := &Call{}
		err := call.readH1(bufio.NewReader(strings.NewReader(c.in)), "HEAD")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("readH1(%q): got %v, want %q", c.in, err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	got := []string{ProtocolH1.String(), ProtocolH2.String(), Protocol(9).String(), Reach(9).String()}
	if want := []string{"h1", "h2", "Protocol(?)", "Reach(?)"}; !slices.Equal(got, want) {
		t.Errorf("names: got %q, want %q", got, want)
	}
	for r := ReachRefused; r <= ReachEstablished; r++ {
		if r.String() == "" || r.String() == "Reach(?)" {
			t.Errorf("Reach %d has no name", r)
		}
	}
}
