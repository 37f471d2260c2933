package h3

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestTimeouts: every wait for a viewer ends (reliability H16).
func TestTimeouts(t *testing.T) {
	o := Options{Handler: echo, HeaderTimeout: 10 * time.Second, BodyTimeout: 20 * time.Second, IdleTimeout: 30 * time.Second, WriteTimeout: 40 * time.Second}
	post := headers(":method: POST", ":scheme: https", ":authority: a", ":path: /", "content-length: 5")
	for name, tt := range map[string]struct {
		send func(c *caller) *quic.Stream
		want string
		took time.Duration
	}{
		"half a head":            {func(c *caller) *quic.Stream { return c.send(headers(get("/")...)[:5], nil) }, "reset H3_REQUEST_INCOMPLETE\n", o.HeaderTimeout},
		"no end of a GET":        {func(c *caller) *quic.Stream { return c.send(headers(get("/")...), nil) }, "reset H3_REQUEST_INCOMPLETE\n", o.HeaderTimeout},
		"no content at all":      {func(c *caller) *quic.Stream { return c.send(post, nil) }, "reset H3_REQUEST_INCOMPLETE\n", o.HeaderTimeout},
		"half of the content":    {func(c *caller) *quic.Stream { return c.send(post, data("ab"), nil) }, "deadline exceeded", o.BodyTimeout},
		"frames without content": {func(c *caller) *quic.Stream { return c.send(post, data("ab"), data(""), nil) }, "deadline exceeded", o.BodyTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, o, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				began := time.Now()
				got := answer(tt.send(c))
				if took := time.Since(began).Round(time.Second); !strings.Contains(got, tt.want) || took != tt.took {
					t.Errorf("got %q after %v, want %q after %v", got, took, tt.want, tt.took)
				}
			})
		})
	}
	t.Run("idle", func(t *testing.T) {
		run(t, o, func(t *testing.T, s *site) {
			c := s.dial(t)
			defer c.close()
			c.control(settings...)
			time.Sleep(29 * time.Second)
			if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, "200") {
				t.Errorf("got %q, want an answer", got)
			}
			began := time.Now()
			if got, took := c.over(), time.Since(began); !strings.Contains(got, "ended") && !strings.Contains(got, "timeout") || took < o.IdleTimeout || took > o.IdleTimeout+2*time.Second {
				t.Errorf("the connection: got %q after %v, want its end after %v", got, took, o.IdleTimeout)
			}
		})
	})
}

// TestFirstRequest: a connection on which nothing was asked yet ends sooner than one
// that has been of use (reliability H16).
func TestFirstRequest(t *testing.T) {
	run(t, Options{Handler: echo, FirstTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second}, func(t *testing.T, s *site) {
		silent, useful := s.dial(t), s.dial(t)
		defer silent.close()
		defer useful.close()
		began := time.Now()
		useful.control(settings...)
		answer(useful.send(headers(get("/")...)))
		silent.over()
		if took := time.Since(began); took < 10*time.Second || took > 12*time.Second {
			t.Errorf("without a request: it ended after %v, want 10s", took)
		}
		useful.over()
		if took := time.Since(began); took < 30*time.Second || took > 32*time.Second {
			t.Errorf("after a request: it ended after %v, want 30s", took)
		}
	})
}

// TestSlowContent: content that comes byte by byte ends its stream, although none of
// it is late (reliability D2, H16).
func TestSlowContent(t *testing.T) {
	for _, tt := range []struct {
		each int // bytes a second
		want string
	}{{100, "http/3: content of a request comes too slowly"}, {300, "9000"}} {
		run(t, Options{MinBodyRate: 240, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			content, err := io.ReadAll(r.Body)
			said := fmt.Sprint(len(content))
			if err != nil {
				said = err.Error()
			}
			w.WriteHead(200, nil, -1)
			io.WriteString(w, said)
		}}, func(t *testing.T, s *site) {
			c := s.dial(t)
			defer c.close()
			c.control(settings...)
			str := c.send(headers(":method: POST", ":scheme: https", ":authority: a", ":path: /"), nil)
			for range 30 {
				str.Write(data(strings.Repeat("x", tt.each)))
				time.Sleep(time.Second)
			}
			str.Close()
			expect(t, fmt.Sprint(tt.each, " bytes a second"), answer(str), ":status: 200", tt.want, "end")
		})
	}
}

// TestSlowTrailers: fields behind the content may not take more time than others,
// whatever the response has come to.
func TestSlowTrailers(t *testing.T) {
	run(t, Options{HeaderTimeout: 10 * time.Second, IdleTimeout: time.Hour, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, -1)
		w.Flush()
		_, err := io.ReadAll(r.Body)
		io.WriteString(w, err.Error())
	}}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		began := time.Now()
		str := c.send(headers(":method: POST", ":scheme: https", ":authority: a", ":path: /"), data("x"), headers("a: b")[:3], nil)
		got := answer(str)
		if took := time.Since(began).Round(time.Second); took != 10*time.Second || !strings.Contains(got, "deadline exceeded") {
			t.Errorf("got %q after %v, want it to fail after 10s", got, took)
		}
	})
}

// TestResets: a connection whose streams end before their responses do, because the
// viewer resets them or makes us reset them, is not one for long (reliability H9, H10;
// CVE-2023-44487, CVE-2025-8671). Each response that is complete makes up for one.
func TestResets(t *testing.T) {
	wait := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		switch r.Path {
		case "/wait":
			<-ctx.Done()
		case "/read":
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
		}
		w.WriteHead(204, nil, 0)
	}
	reset := func(c *caller) {
		str := c.send(headers(get("/wait")...))
		time.Sleep(time.Millisecond)
		str.CancelRead(errCodeRequestCancelled.stream())
	}
	for name, tt := range map[string]struct {
		do   func(c *caller)
		over bool
	}{
		"reset at once": {reset, true},
		"half a head":   {func(c *caller) { c.send(headers(get("/")...)[:5], nil).CancelWrite(errCodeRequestCancelled.stream()) }, true},
		"malformed":     {func(c *caller) { c.send(headers(append(get("/"), "upper: case", "Upper: case")...)) }, true},
		"too much content": {func(c *caller) {
			c.send(headers(":method: POST", ":scheme: https", ":authority: a", ":path: /read", "content-length: 1"), data("xy"))
		}, true},
		"answered":              {func(c *caller) { answer(c.send(headers(get("/")...))) }, false},
		"one of two is a reset": {func(c *caller) { reset(c); answer(c.send(headers(get("/")...))) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: wait, IdleTimeout: time.Hour, Resets: h2.Budget{Burst: 20, PerSecond: 1}}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				for range 60 {
					if c.qc.Context().Err() != nil {
						break
					}
					tt.do(c)
					synctest.Wait()
				}
				time.Sleep(time.Second)
				got := "goes on"
				if c.qc.Context().Err() != nil {
					got = c.over()
				}
				if want := map[bool]string{true: "connection ended H3_EXCESSIVE_LOAD", false: "goes on"}[tt.over]; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// TestStalledViewer: one that takes nothing is cut, one that takes a portion at a
// time is not (reliability H15).
func TestStalledViewer(t *testing.T) {
	var failed chan time.Duration // the bubble's
	run(t, Options{WriteTimeout: 40 * time.Second, IdleTimeout: time.Hour, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		began := time.Now()
		w.WriteHead(200, nil, 8<<20)
		if _, err := w.Write(make([]byte, 8<<20)); err != nil {
			failed <- time.Since(began)
		}
	}}, func(t *testing.T, s *site) {
		failed = make(chan time.Duration, 2)
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		c.send(headers(get("/")...))
		if took := (<-failed).Round(time.Second); took != 40*time.Second {
			t.Errorf("a viewer that takes nothing: cut after %v, want 40s", took)
		}
		str := c.send(headers(get("/")...))
		total, buffer := 0, make([]byte, 256<<10)
		for {
			n, err := io.ReadFull(str, buffer)
			total += n
			if err != nil {
				break
			}
			time.Sleep(30 * time.Second)
		}
		if total < 8<<20 {
			t.Errorf("a slow viewer: got %d bytes, want all", total)
		}
	})
}

// TestStreams: a viewer that resets its streams does not get more Handlers to run
// than it may have streams (reliability H9, CVE-2023-44487).
func TestStreams(t *testing.T) {
	var running, most atomic.Int64
	var release chan struct{} // the bubble's
	for name, before := range map[string]func(w viewer.ResponseWriter){
		"Handlers that hear of nothing": func(viewer.ResponseWriter) {},
		// QUIC is done with such a stream when its reset was heard of: only we know that
		// its Handler runs.
		"Handlers that go on when they hear of it": func(w viewer.ResponseWriter) {
			w.WriteHead(200, nil, -1)
			for err := w.Flush(); err == nil; err = w.Flush() {
				w.Write([]byte("more"))
				time.Sleep(time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			most.Store(0)
			run(t, Options{MaxStreams: 5, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				if r.Path != "/last" {
					before(w)
				}
				<-release // whoever has gone
				w.WriteHead(204, nil, 0)
			}}, func(t *testing.T, s *site) {
				release = make(chan struct{})
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				opened := 0
				for range 50 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					str, err := c.qc.OpenStreamSync(ctx)
					cancel()
					if err != nil {
						continue
					}
					opened++
					str.Write(headers(get("/")...))
					str.Close()
					time.Sleep(time.Millisecond)
					str.CancelRead(errCodeRequestCancelled.stream())
				}
				if opened != 5 || most.Load() != 5 {
					t.Errorf("got %d streams and %d Handlers at a time, want 5", opened, most.Load())
				}
				close(release)
				time.Sleep(time.Second)
				if got := answer(c.send(headers(get("/last")...))); !strings.Contains(got, "204") {
					t.Errorf("after them: got %q, want an answer", got)
				}
			})
		})
	}
}

// TestSlots: a connection has a slot from its first packet to its end, a failed
// handshake included, and is refused without one.
func TestSlots(t *testing.T) {
	var taken atomic.Int64
	o := Options{Handler: echo, IdleTimeout: time.Hour, Take: func(netip.Addr) bool {
		if taken.Add(1) > 2 {
			taken.Add(-1)
			return false
		}
		return true
	}, Give: func(netip.Addr) { taken.Add(-1) }}
	run(t, o, func(t *testing.T, s *site) {
		a, b := s.dial(t), s.dial(t)
		defer a.close()
		config := &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}}
		if c, err := s.tryDial(t, config); err == nil || !strings.Contains(err.Error(), "CONNECTION_REFUSED") {
			t.Errorf("a third connection: got %v, %v, want CONNECTION_REFUSED", c, err)
		}
		b.close()
		time.Sleep(time.Second)
		if _, err := s.tryDial(t, &tls.Config{ServerName: "api.example", NextProtos: []string{"h3"}, RootCAs: nil}); err == nil {
			t.Error("a viewer that trusts nobody: got a connection")
		}
		time.Sleep(time.Minute)
		c := s.dial(t)
		c.close()
		if _, err := s.tryDial(t, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h2"}}); err == nil {
			t.Error("a viewer without HTTP/3: got a connection")
		}
		time.Sleep(time.Minute)
		if got := taken.Load(); got != 1 {
			t.Errorf("slots taken: got %d, want that of the first", got)
		}
	})
}

// TestFlood: packets that begin connections and never go on cost so many slots and
// no more; above RetryAbove an address must be proved, which takes none, and who
// proves it is served all the same (RFC 9000 section 8.1.2; reliability T2).
func TestFlood(t *testing.T) {
	var taken, most atomic.Int64
	o := Options{Handler: echo, IdleTimeout: time.Hour, RetryAbove: 20, HandshakeTimeout: 5 * time.Second,
		Take: func(netip.Addr) bool { most.Store(max(most.Load(), taken.Add(1))); return true }, Give: func(netip.Addr) { taken.Add(-1) }}
	run(t, o, func(t *testing.T, s *site) {
		first := firstPacket(t, s)
		for i := range 500 {
			pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(203, 0, byte(i>>8), byte(i)), Port: 9}, s.network)
			packet := append([]byte(nil), first...)
			// Another connection: its id begins behind flags, version and length.
			copy(packet[6:], fmt.Sprintf("%08d", i))
			pc.WriteTo(packet, s.addr)
			synctest.Wait()
			pc.Close()
		}
		if got := most.Load(); got > 21 {
			t.Errorf("slots for addresses that nobody has proved: got %d, want 20", got)
		}
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, "200") {
			t.Errorf("a viewer meanwhile: got %q, want an answer", got)
		}
		time.Sleep(time.Minute)
		if got := taken.Load(); got != 1 {
			t.Errorf("slots when it is over: got %d, want that of the viewer", got)
		}
	})
}

// firstPacket returns what a viewer's first packet is like.
func firstPacket(t *testing.T, s *site) []byte {
	t.Helper()
	place := &net.UDPAddr{IP: net.IPv4(192, 0, 2, 9), Port: 443}
	pc := simnet.NewBlockingSimConn(place, s.network)
	defer pc.Close()
	from := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 10), Port: 443}, s.network)
	transport := &quic.Transport{Conn: from}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	transport.Dial(ctx, place, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}}, nil)
	transport.Close()
	from.Close()
	packet := make([]byte, 1500)
	n, _, err := pc.ReadFrom(packet)
	if err != nil {
		t.Fatal(err)
	}
	return packet[:n]
}

// TestOverload: when memory or processors are short, idle connections end, and one
// connection has few requests for the Handler; hits go on (reliability D6).
func TestOverload(t *testing.T) {
	var release chan struct{} // the bubble's
	level := 0.0
	short := overload.New(overload.Options{Gauges: []overload.Gauge{{Name: "test", Read: func() float64 { return level }, Marks: overload.Marks{1, 2, 3, 4}}}})
	o := Options{Overload: short, Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		<-release
		w.WriteHead(204, nil, 0)
	}, Hit: func(h *viewer.Hit, r *viewer.Request) bool {
		h.Status, h.Edge, h.Content, h.Done = 200, viewer.NewReadyFields(nil), []byte("hit"), func(*viewer.Hit, *viewer.Request, int64) {}
		return r.Path == "/hit"
	}}
	run(t, o, func(t *testing.T, s *site) {
		release = make(chan struct{})
		idle, busy := s.dial(t), s.dial(t)
		defer idle.close()
		defer busy.close()
		busy.control(settings...)
		var streams []*quic.Stream
		for range shedStreams {
			streams = append(streams, busy.send(headers(get("/")...)))
		}
		synctest.Wait()
		level = 2
		short.Read()
		s.ShedIdle()
		s.ShedIdle() // at a higher level, which counts nobody twice
		if got := idle.over(); got != "connection ended H3_NO_ERROR" {
			t.Errorf("the idle connection: got %q, want its end", got)
		}
		expect(t, "one more", answer(busy.send(headers(get("/")...))), "reset H3_REQUEST_REJECTED")
		if got := answer(busy.send(headers(get("/hit")...))); !strings.Contains(got, "hit\nend") {
			t.Errorf("a hit: got %q", got)
		}
		close(release)
		for _, str := range streams {
			expect(t, "one of those before", answer(str), ":status: 204", "end")
		}
		if streams, conns := short.Counted(overload.ShedStream), short.Counted(overload.ShedConnection); streams != 1 || conns != 1 {
			t.Errorf("counted: got %d streams and %d connections, want one of each", streams, conns)
		}
	})
}

// TestNoEarlyData: a viewer that comes again resumes its session, and nothing that
// it sends before the handshake has ended is read: it could be sent again by others
// (reliability T4).
func TestNoEarlyData(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		config := &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		for _, resumed := range []bool{false, true} {
			s.hosts++
			pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(198, 51, 100, s.hosts), Port: 5000}, s.network)
			c := &caller{t: t, pc: pc, transport: &quic.Transport{Conn: pc}}
			var err error
			if c.qc, err = c.transport.DialEarly(t.Context(), s.addr, config, &quic.Config{MaxIncomingUniStreams: 10}); err != nil {
				t.Fatal(err)
			}
			c.control(settings...)
			if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, "200") {
				t.Errorf("got %q, want an answer", got)
			}
			if state := c.qc.ConnectionState(); state.Used0RTT || state.TLS.DidResume != resumed {
				t.Errorf("early data %t, resumed %t, want none and %t", state.Used0RTT, state.TLS.DidResume, resumed)
			}
			time.Sleep(time.Second) // for the ticket
			c.close()
		}
	})
}

// TestMigration: a request is of the address at which its viewer is when it comes
// (RFC 9000 section 9).
func TestMigration(t *testing.T) {
	run(t, Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "From", Value: r.Remote.Addr().String()}, {Name: "Peer", Value: r.Peer.Remote.Addr().String()}}, 0)
	}}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		expect(t, "before", answer(c.send(headers(get("/")...))), ":status: 200", "from: 198.51.100.1", "peer: 198.51.100.1", "content-length: 0", "end")
		moved := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 7000}, s.network)
		defer moved.Close()
		transport := &quic.Transport{Conn: moved}
		defer transport.Close()
		path, err := c.qc.AddPath(transport)
		if err != nil {
			t.Fatal(err)
		}
		if err := path.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := path.Switch(); err != nil {
			t.Fatal(err)
		}
		answer(c.send(headers(get("/")...))) // with it the server learns of the move
		expect(t, "after", answer(c.send(headers(get("/")...))), ":status: 200", "from: 203.0.113.7", "peer: 203.0.113.7", "content-length: 0", "end")
	})
}

// TestTrickle: a viewer with a window of 16 KiB that reads as much every 15 seconds
// has more to take than the time allows, although each piece of it goes in time; one
// that reads it every 5 seconds gets all (reliability H15).
func TestTrickle(t *testing.T) {
	for pause, whole := range map[time.Duration]bool{15 * time.Second: false, 5 * time.Second: true} {
		run(t, Options{WriteTimeout: 40 * time.Second, IdleTimeout: time.Hour, Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, -1)
			for range 40 {
				if _, err := w.Write(make([]byte, 17<<10)); err != nil {
					return
				}
			}
		}}, func(t *testing.T, s *site) {
			s.window = 16 << 10
			c := s.dial(t)
			defer c.close()
			c.control(settings...)
			str := c.send(headers(get("/")...))
			total, buffer, err := 0, make([]byte, 16<<10), error(nil)
			for n := 0; err == nil; total += n {
				time.Sleep(pause)
				n, err = io.ReadFull(str, buffer)
			}
			if (total >= 40*17<<10) != whole {
				t.Errorf("16 KiB every %v: got %d bytes and %v, want all: %t", pause, total, err, whole)
			}
		})
	}
}

// TestProvenAddress: where viewers have to prove their addresses, who has not takes no
// slot, and nothing else of whose address it says (RFC 9000 section 8.1.2; reliability
// T2).
func TestProvenAddress(t *testing.T) {
	var asked atomic.Int64
	o := Options{Handler: echo, ProveAddress: true, Take: func(netip.Addr) bool { asked.Add(1); return true }, Give: func(netip.Addr) {}}
	run(t, o, func(t *testing.T, s *site) {
		first := firstPacket(t, s)
		pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 9}, s.network)
		defer pc.Close()
		asked.Store(0)
		for i := range 10 {
			packet := append([]byte(nil), first...)
			copy(packet[6:], fmt.Sprintf("%08d", i))
			pc.WriteTo(packet, s.addr)
			synctest.Wait()
		}
		if got := asked.Load(); got != 0 {
			t.Errorf("slots for an address that nobody has proved: got %d, want none", got)
		}
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, "200") || asked.Load() != 1 {
			t.Errorf("a viewer that proves it: got %q and %d slots, want an answer and 1", got, asked.Load())
		}
	})
}

// TestLargeHello: a ClientHello of more than the 16 KiB that quic-go keeps ends its
// handshake at once (reliability T2).
func TestLargeHello(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		protocols := []string{"h3"}
		for i := range 600 {
			protocols = append(protocols, fmt.Sprintf("%0100d", i))
		}
		began := time.Now()
		_, err := s.tryDial(t, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: protocols})
		if err == nil || time.Since(began) > time.Second {
			t.Errorf("a ClientHello of 60 KiB: got %v after %v, want it to be refused at once", err, time.Since(began))
		}
	})
}
