package transport_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// A world is a resolver and a network in which each address does something
// else.
type world struct {
	*transport.Client
	listener *origintest.MemoryListener
	link     *origin.Link // of the origin that ask asks
	attempts int          // that it has, 0 for those of newOrigin
	dns      *dnsServer   // at 10.0.0.2:53; nil without one

	mu      sync.Mutex // guards what follows
	reply   []origintest.Step
	answer  func() ([]netip.Addr, error)
	lookups int
	refuse  string   // addresses that refuse
	silent  string   // addresses that say nothing
	dialled []string // "1.5s 192.0.2.1", since the last call of dials
	began   time.Time
	ended   []string // addresses whose attempt was given up
}

func runWorld(t *testing.T, answer func() ([]netip.Addr, error), test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			listener: origintest.NewMemoryListener(), answer: answer, began: time.Now(),
			reply: []origintest.Step{origintest.OK("ok", "Connection: close")},
		}
		s := origintest.Start(w.listener, func(origintest.Request) []origintest.Step { return w.reply })
		defer s.Close()
		w.Client = transport.New(transport.Options{Resolve: w.resolve, Dial: w.dial, DialFrom: w.dialFrom})
		defer w.Close()
		test(t, w)
	})
}

func ips(list string) func() ([]netip.Addr, error) {
	var all []netip.Addr
	for s := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParseAddr(s))
	}
	return func() ([]netip.Addr, error) { return all, nil }
}

func fails(err error) func() ([]netip.Addr, error) {
	return func() ([]netip.Addr, error) { return nil, err }
}

var (
	errNoName  = &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}
	errServers = &net.DNSError{Err: "server misbehaving", Name: "api.example", IsTemporary: true}
)

func (w *world) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	time.Sleep(100 * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lookups++
	if host != "api.example" {
		return nil, fmt.Errorf("asked for %q", host)
	}
	return w.answer()
}

func (w *world) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if w.dns != nil && strings.HasSuffix(addr, ":53") {
		return w.dns.dial(ctx, network, addr)
	}
	ip, port, _ := net.SplitHostPort(addr)
	w.mu.Lock()
	w.dialled = append(w.dialled, fmt.Sprint(time.Since(w.began), " ", ip))
	refuse, silent := slices.Contains(strings.Fields(w.refuse), ip), slices.Contains(strings.Fields(w.silent), ip)
	w.mu.Unlock()
	switch {
	case port != "80":
		return nil, fmt.Errorf("dialled port %q", port)
	case refuse:
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	case silent:
		<-ctx.Done()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ended = append(w.ended, ip)
		return nil, ctx.Err()
	}
	return w.listener.Dial(ctx, "tcp", addr)
}

// dialFrom notes the source as "192.0.2.1 from 198.51.100.7".
func (w *world) dialFrom(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error) {
	c, err := w.dial(ctx, network, addr)
	w.set(func() { w.dialled[len(w.dialled)-1] += " from " + source.String() })
	return c, err
}

// set changes the world.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// ask makes a request over a connection of its own, and returns what was
// dialled and when.
func (w *world) ask(t *testing.T) (dialled string, err error) {
	t.Helper()
	w.set(func() { w.began = time.Now() })
	o := newOrigin()
	o.Link = w.link
	o.Attempts = cmp.Or(w.attempts, o.Attempts)
	_, _, err = (&edge{Client: w.Client, origin: o}).do(t.Context(), get("/"))
	synctest.Wait()
	w.set(func() { dialled, w.dialled = strings.Join(w.dialled, ", "), nil })
	return dialled, err
}

func (w *world) want(t *testing.T, dialled string, kind origin.ErrorKind) {
	t.Helper()
	got, err := w.ask(t)
	if got != dialled || origin.KindOf(err) != kind || kind == 0 && err != nil {
		t.Errorf("dialled %q, %v, want %q, %v", got, err, dialled, kind)
	}
}

func (w *world) wantLookups(t *testing.T, want int) {
	t.Helper()
	w.set(func() {
		if w.lookups != want {
			t.Errorf("got %d look-ups, want %d", w.lookups, want)
		}
	})
}

// TestResolver: an answer lasts a minute, who asks meanwhile waits for the
// same look-up, and connections are spread over the addresses.
func TestResolver(t *testing.T) {
	runWorld(t, ips("192.0.2.1 192.0.2.2"), func(t *testing.T, w *world) {
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() {
				if _, _, err := (&edge{Client: w.Client, origin: newOrigin()}).do(t.Context(), get("/")); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		w.wantLookups(t, 1)
		w.set(func() {
			first := 0
			for _, d := range w.dialled {
				if strings.HasSuffix(d, " 192.0.2.1") {
					first++
				}
			}
			if first != 5 || len(w.dialled) != 10 {
				t.Errorf("got %v, want half of them to either address", w.dialled)
			}
			w.dialled = nil
		})
		time.Sleep(59 * time.Second)
		w.want(t, "0s 192.0.2.1", 0)
		w.wantLookups(t, 1)
		time.Sleep(time.Second)
		w.set(func() { w.answer = ips("192.0.2.3") })
		w.want(t, "100ms 192.0.2.3", 0)
		w.wantLookups(t, 2)
	})
}

// TestResolverFails: failures are remembered shortly, an answer serves for ten
// minutes while the resolver fails, and not when the name is gone (reliability O8).
func TestResolverFails(t *testing.T) {
	runWorld(t, fails(errNoName), func(t *testing.T, w *world) {
		w.want(t, "", origin.ErrorDNS)
		w.want(t, "", origin.ErrorDNS)
		w.wantLookups(t, 1)
		time.Sleep(2 * time.Second)
		w.set(func() { w.answer = ips("192.0.2.1") })
		w.want(t, "100ms 192.0.2.1", 0)

		time.Sleep(5 * time.Minute)
		w.set(func() { w.answer = fails(errServers) })
		w.want(t, "100ms 192.0.2.1", 0)
		w.want(t, "0s 192.0.2.1", 0)
		w.wantLookups(t, 3)
		time.Sleep(10 * time.Minute)
		w.want(t, "", origin.ErrorDNS)

		time.Sleep(2 * time.Second)
		w.set(func() { w.answer = ips("192.0.2.1") })
		w.want(t, "100ms 192.0.2.1", 0)
		time.Sleep(time.Minute)
		w.set(func() { w.answer = fails(errNoName) })
		w.want(t, "", origin.ErrorDNS)
	})
	runWorld(t, fails(nil), func(t *testing.T, w *world) { w.want(t, "", origin.ErrorDNS) })
	runWorld(t, fails(errors.New("no network")), func(t *testing.T, w *world) { w.want(t, "", origin.ErrorDNS) })
}

// TestResolveAgain: a name none of whose addresses answers is looked up again
// for the next attempt of the same request (CF-ORT-02).
func TestResolveAgain(t *testing.T) {
	runWorld(t, ips("192.0.2.1"), func(t *testing.T, w *world) {
		w.want(t, "100ms 192.0.2.1", 0)
		time.Sleep(10 * time.Second)
		w.set(func() { w.refuse, w.answer = "192.0.2.1", ips("192.0.2.9") })
		w.want(t, "0s 192.0.2.1, 100ms 192.0.2.9", 0)
		w.wantLookups(t, 2)
		w.set(func() { w.refuse = "192.0.2.9" }) // looked up a moment ago
		w.want(t, "0s 192.0.2.9, 0s 192.0.2.9, 0s 192.0.2.9", origin.ErrorConnect)
		w.wantLookups(t, 2)
	})
}

// TestMovedName: a connection to an address that the name has no more is left
// within two minutes, however busy it is; one to an address that stays is kept
// (reliability O8).
func TestMovedName(t *testing.T) {
	runWorld(t, ips("192.0.2.1"), func(t *testing.T, w *world) {
		w.reply = []origintest.Step{origintest.OK("ok")}
		busy := func(d time.Duration) {
			for range d / time.Second {
				if _, _, err := (&edge{Client: w.Client, origin: newOrigin()}).do(t.Context(), get("/")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
		}
		busy(5 * time.Minute)
		w.set(func() {
			if len(w.dialled) != 1 || w.lookups < 4 {
				t.Errorf("got %v after %d look-ups, want one connection", w.dialled, w.lookups)
			}
			w.dialled, w.answer = nil, ips("192.0.2.2 192.0.2.3")
		})
		busy(2 * time.Minute)
		w.set(func() {
			if len(w.dialled) != 1 || strings.HasSuffix(w.dialled[0], " 192.0.2.1") {
				t.Errorf("after it has moved: got %v, want a connection there", w.dialled)
			}
			w.dialled, w.answer = nil, fails(errServers)
		})
		busy(5 * time.Minute)
		w.set(func() {
			if len(w.dialled) != 0 {
				t.Errorf("while the resolver fails: got %v, want the connection kept", w.dialled)
			}
		})
	})
}

// TestRace: families take turns, the next address is tried after a failure or
// 250 ms, losers are given up, and what has failed comes last (RFC 8305).
func TestRace(t *testing.T) {
	const all = "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2"
	runWorld(t, ips(all), func(t *testing.T, w *world) {
		w.refuse, w.silent = "192.0.2.1", "2001:db8::1"
		w.want(t, "100ms 2001:db8::1, 350ms 192.0.2.1, 350ms 2001:db8::2", 0)
		if len(w.ended) != 1 || w.ended[0] != "2001:db8::1" {
			t.Errorf("given up: got %v, want the slow one", w.ended)
		}
		w.want(t, "0s 2001:db8::2", 0)
		w.silent = "2001:db8::2"
		w.want(t, "0s 2001:db8::2, 250ms 192.0.2.2", 0)
		w.want(t, "0s 192.0.2.2", 0) // the only one that has not failed
		time.Sleep(2 * time.Minute)  // forgiven
		w.refuse, w.silent = "", ""
		if got, err := w.ask(t); err != nil || !strings.HasPrefix(got, "100ms ") {
			t.Errorf("got %q, %v", got, err)
		}
	})
	// All attempts together have the connect timeout (CF-ORT-01).
	runWorld(t, ips(all), func(t *testing.T, w *world) {
		w.silent = all
		began := time.Now()
		_, err := w.ask(t)
		if origin.KindOf(err) != origin.ErrorConnectTimeout || time.Since(began) != 30*time.Second {
			t.Errorf("got %v after %v, want connect_timeout after 30s", err, time.Since(began))
		}
	})
	runWorld(t, ips(all), func(t *testing.T, w *world) {
		w.refuse = all
		if got, err := w.ask(t); origin.KindOf(err) != origin.ErrorConnect || strings.Count(got, ",") != 11 {
			t.Errorf("got %q, %v, want each address three times", got, err)
		}
	})
}

// TestAddressOrigin: an origin that is an address is not looked up.
func TestAddressOrigin(t *testing.T) {
	runWorld(t, ips(""), func(t *testing.T, w *world) {
		o := newOrigin()
		o.ConnectTo = "[2001:db8::5]:80"
		if _, _, err := (&edge{Client: w.Client, origin: o}).do(t.Context(), get("/")); err != nil || w.lookups != 0 {
			t.Errorf("got %v after %d look-ups, want an answer after none", err, w.lookups)
		}
	})
}

// TestResolverTimeouts: a look-up takes 5 seconds at most, and who leaves does
// not end it for those that wait with him.
func TestResolverTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := transport.New(transport.Options{
			Resolve: func(ctx context.Context, _ string) ([]netip.Addr, error) { <-ctx.Done(); return nil, ctx.Err() },
			Dial:    func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("dialled") },
		})
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.RoundTrip(ctx, newOrigin(), get("/")); origin.KindOf(err) != origin.ErrorCanceled {
			t.Errorf("the viewer left: got %v", err)
		}
		began := time.Now()
		o := newOrigin()
		o.Attempts = 1
		if _, err := c.RoundTrip(t.Context(), o, get("/")); origin.KindOf(err) != origin.ErrorDNS || time.Since(began) != 4*time.Second {
			t.Errorf("got %v after %v, want the end of the first look-up after 4s", err, time.Since(began))
		}
	})
}
