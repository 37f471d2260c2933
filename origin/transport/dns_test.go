package transport_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// A dnsServer answers from a zone of lines "name TTL type value". Its answers
// over UDP are lost, truncated or somebody else's where that is set.
type dnsServer struct {
	mu        sync.Mutex // guards what follows
	zone      string
	lose      int // so many questions
	truncated bool
	foreign   bool // another answer comes first
	code      dnsmessage.RCode
	questions []string // "udp A api.example.", since the last call of asked
}

func (s *dnsServer) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.questions)
	defer func() { s.questions = nil }()
	return strings.Join(s.questions, ", ")
}

// answer returns the messages that answer a question, none if it is lost.
func (s *dnsServer) answer(network string, question []byte) (answers [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil
	}
	q := m.Questions[0]
	s.questions = append(s.questions, fmt.Sprint(network, " ", strings.TrimPrefix(q.Type.String(), "Type"), " ", q.Name))
	if s.lose > 0 {
		s.lose--
		return nil
	}
	m.Response, m.RCode = true, s.code
	if network == "udp" && s.truncated {
		m.Truncated = true
		return [][]byte{pack(m)}
	}
	if network == "udp" && s.foreign {
		other := m
		other.ID++
		other.Answers = []dnsmessage.Resource{record(q.Name.String(), 60, "A", "6.6.6.6")}
		answers = append(answers, pack(other))
	}
	known := false
	for line := range strings.SplitSeq(s.zone, "\n") {
		var name, kind, value string
		var ttl uint32
		if n, _ := fmt.Sscan(line, &name, &ttl, &kind, &value); n != 4 {
			continue
		}
		known = known || strings.EqualFold(name, q.Name.String())
		if r := record(name, ttl, kind, value); kind == "CNAME" || r.Header.Type == q.Type {
			m.Answers = append(m.Answers, r)
		}
	}
	if !known && m.RCode == 0 {
		m.RCode = dnsmessage.RCodeNameError
	}
	return append(answers, pack(m))
}

func pack(m dnsmessage.Message) []byte {
	wire, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return wire
}

func record(name string, ttl uint32, kind, value string) dnsmessage.Resource {
	r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), TTL: ttl, Class: dnsmessage.ClassINET}}
	switch kind {
	case "A":
		r.Header.Type, r.Body = dnsmessage.TypeA, &dnsmessage.AResource{A: netip.MustParseAddr(value).As4()}
	case "AAAA":
		r.Header.Type, r.Body = dnsmessage.TypeAAAA, &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(value).As16()}
	default:
		r.Header.Type, r.Body = dnsmessage.TypeCNAME, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(value)}
	}
	return r
}

// dial is a network with nothing but the server, at 10.0.0.2:53.
func (s *dnsServer) dial(_ context.Context, network, addr string) (net.Conn, error) {
	if addr != "10.0.0.2:53" {
		return nil, fmt.Errorf("asked %s", addr)
	}
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		for question := make([]byte, 512); ; {
			n, err := theirs.Read(question)
			if err != nil {
				return
			}
			if network == "udp" {
				for _, a := range s.answer(network, question[:n]) {
					theirs.Write(a)
				}
				continue
			}
			for _, a := range s.answer(network, question[2:n]) { // behind its length
				theirs.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...))
			}
		}
	}()
	return ours, nil
}

const zone = `
api.example. 300 CNAME lb.example.
lb.example.   20 A     192.0.2.1
lb.example.   20 AAAA  2001:db8::1
other.example. 5 A     192.0.2.66
four.example. 300 A    192.0.2.4
`

// TestOwnResolver: an origin's own DNS server is asked instead of the system's
// resolver, and its answers live as long as their records do, two seconds at
// least and a minute at most (AG-PRV-03).
func TestOwnResolver(t *testing.T) {
	runWorld(t, ips("203.0.113.9"), func(t *testing.T, w *world) {
		s := &dnsServer{zone: zone}
		w.dns = s
		w.link = &origin.Link{Resolver: netip.MustParseAddrPort("10.0.0.2:53")}
		asked := func(want string) {
			t.Helper()
			if got := s.asked(); got != want {
				t.Errorf("asked %q, want %q", got, want)
			}
		}
		const both = "udp A api.example., udp AAAA api.example."
		w.refuse = "2001:db8::1"
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)
		time.Sleep(20*time.Second - 1)
		w.want(t, "0s 192.0.2.1", 0)
		asked("")
		s.zone = strings.ReplaceAll(zone, " 20 ", " 3000 ")
		time.Sleep(time.Nanosecond)
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)
		time.Sleep(time.Minute - 1)
		w.want(t, "0s 192.0.2.1", 0)
		asked("")
		s.zone = strings.ReplaceAll(zone, " 20 ", " 0 ")
		time.Sleep(time.Nanosecond)
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)
		time.Sleep(2*time.Second - 1)
		w.want(t, "0s 192.0.2.1", 0)
		asked("")
		time.Sleep(time.Nanosecond)
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)

		// A question that is lost is asked again, a truncated answer over TCP, and
		// somebody else's is left alone.
		time.Sleep(2 * time.Second)
		s.lose = 2
		w.want(t, "1.5s 192.0.2.1", 0)
		asked("udp A api.example., udp A api.example., udp AAAA api.example., udp AAAA api.example.")
		time.Sleep(2 * time.Second)
		s.truncated = true
		w.want(t, "0s 192.0.2.1", 0)
		asked("tcp A api.example., tcp AAAA api.example., " + both)
		time.Sleep(2 * time.Second)
		s.truncated, s.foreign = false, true
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)

		// While it fails the last answer serves; that there is no such name is one.
		time.Sleep(2 * time.Second)
		s.foreign, s.code = false, dnsmessage.RCodeServerFailure
		w.want(t, "0s 192.0.2.1", 0)
		asked(both)
		time.Sleep(2 * time.Second)
		s.code, s.zone = 0, ""
		w.want(t, "", origin.ErrorDNS)
		asked(both)
		w.wantLookups(t, 0)
	})
}

// TestOwnResolverAsksForOneFamily: what could not be connected to is not asked for.
func TestOwnResolverAsksForOneFamily(t *testing.T) {
	for _, tt := range []struct {
		link  origin.Link
		asked string
	}{
		{origin.Link{Family: origin.FamilyIPv4}, "udp A api.example."},
		{origin.Link{Family: origin.FamilyIPv6}, "udp AAAA api.example."},
		{origin.Link{Source: netip.MustParseAddr("198.51.100.7")}, "udp A api.example."},
		{origin.Link{Source: netip.MustParseAddr("2001:db8::7")}, "udp AAAA api.example."},
	} {
		runWorld(t, ips(""), func(t *testing.T, w *world) {
			w.dns, w.link = &dnsServer{zone: zone}, &tt.link
			w.link.Resolver = netip.MustParseAddrPort("10.0.0.2:53")
			if _, err := w.ask(t); err != nil {
				t.Error(err)
			}
			if got := w.dns.asked(); got != tt.asked {
				t.Errorf("%+v: asked %q, want %q", tt.link, got, tt.asked)
			}
		})
	}
}

// TestDNSOverUDP: the same over the real network stack.
func TestDNSOverUDP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
	defer s.Close()
	server := &dnsServer{zone: "app. 5 A 127.0.0.1\n"}
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for question := make([]byte, 512); ; {
			n, from, err := p.ReadFrom(question)
			if err != nil {
				return
			}
			for _, a := range server.answer("udp", question[:n]) {
				p.WriteTo(a, from)
			}
		}
	})
	defer serving.Wait()
	defer p.Close()
	c := transport.New(transport.Options{})
	defer c.Close()
	o := newOrigin()
	o.DomainName, o.HTTPPort = "app", l.Addr().(*net.TCPAddr).Port
	o.Link = &origin.Link{Resolver: p.LocalAddr().(*net.UDPAddr).AddrPort()}
	resp, err := c.RoundTrip(t.Context(), o, get("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); string(b) != "ok" || err != nil {
		t.Errorf("got %q, %v, want ok", b, err)
	}
	if got := server.asked(); got != "udp A app., udp AAAA app." {
		t.Errorf("asked %q", got)
	}
}

// TestSilentResolver: a look-up takes 5 seconds at most.
func TestSilentResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dnsServer{lose: 100}
		c := transport.New(transport.Options{Dial: s.dial})
		defer c.Close()
		o := newOrigin()
		o.Attempts, o.Link = 1, &origin.Link{Resolver: netip.MustParseAddrPort("10.0.0.2:53")}
		began := time.Now()
		_, err := c.RoundTrip(t.Context(), o, get("/"))
		if origin.KindOf(err) != origin.ErrorDNS || time.Since(began) != 5*time.Second {
			t.Errorf("got %v after %v, want dns after 5s", err, time.Since(began))
		}
	})
}
