package h3

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"
)

// awake connects with a viewer that never lets its connection go silent, and that
// allows us so many unidirectional streams.
func (s *site) awake(t *testing.T, streams int64) *caller {
	t.Helper()
	s.hosts++
	pc := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(198, 51, 100, s.hosts), Port: 5000}, s.network)
	c := &caller{t: t, pc: pc, transport: &quic.Transport{Conn: pc}}
	qc, err := c.transport.Dial(t.Context(), s.addr, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}}, &quic.Config{
		MaxIdleTimeout: time.Hour, KeepAlivePeriod: 5 * time.Second, MaxIncomingUniStreams: streams,
	})
	if err != nil {
		c.close()
		t.Fatalf("connect: %v", err)
	}
	c.qc = qc
	t.Cleanup(c.close)
	return c
}

// TestControlStreamIsNotTaken: a viewer that has no place for our control stream, or
// wants nothing of it, does not keep its connection and its slot by that (RFC 9114
// sections 6.2 and 6.2.1; reliability H16).
func TestControlStreamIsNotTaken(t *testing.T) {
	for name, tt := range map[string]struct {
		streams int64
		refuse  func(t *testing.T, c *caller)
		want    string
	}{
		"no place": {-1, func(*testing.T, *caller) {}, "connection ended H3_STREAM_CREATION_ERROR"},
		"refused": {3, func(t *testing.T, c *caller) {
			s, err := c.qc.AcceptUniStream(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.CancelRead(errCodeNo.stream())
		}, "connection ended H3_CLOSED_CRITICAL_STREAM"},
	} {
		t.Run(name, func(t *testing.T) {
			var slots atomic.Int64
			o := Options{
				Handler: echo, IdleTimeout: 30 * time.Second,
				Take: func(netip.Addr) bool { slots.Add(1); return true }, Give: func(netip.Addr) { slots.Add(-1) },
			}
			run(t, o, func(t *testing.T, s *site) {
				c := s.awake(t, tt.streams)
				defer c.close()
				tt.refuse(t, c)
				began := time.Now()
				if got, took := c.over(), time.Since(began); got != tt.want || took > o.IdleTimeout+10*time.Second {
					t.Errorf("the connection: got %q after %v, want %q", got, took, tt.want)
				}
				time.Sleep(time.Second)
				if n := slots.Load(); n != 0 {
					t.Errorf("slots that are taken: got %d", n)
				}
			})
		})
	}
}

// TestReservedBeforeSettings: the first frame on a control stream is SETTINGS, and
// not one without a meaning either (RFC 9114 section 6.2.1).
func TestReservedBeforeSettings(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(append([]byte{streamControl, 0x21, 1, 'x'}, settings[1:]...)...)
		if got, want := c.over(), "connection ended H3_MISSING_SETTINGS"; got != want {
			t.Errorf("the connection: got %q, want %q", got, want)
		}
	})
}

// TestReservedStreams: a viewer may open any number of streams that mean nothing,
// one after the other (RFC 9114 section 6.2.3).
func TestReservedStreams(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		for i := range 4 * maxUniStreams {
			str, err := c.qc.OpenUniStream()
			if err != nil {
				t.Fatalf("stream %d: %v", i, err)
			}
			str.Write([]byte{0x21, 'x'})
			str.Close()
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, ":status: 200") {
			t.Errorf("a request: got %q, want an answer", got)
		}
	})
}
