package listener_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
)

// A pressed is a Manager whose level a test sets.
type pressed struct {
	*overload.Manager
	level atomic.Uint32
}

func newPressed() *pressed {
	p := new(pressed)
	p.Manager = overload.New(overload.Options{Gauges: []overload.Gauge{{
		Read: func() float64 { return float64(p.level.Load()) }, Marks: overload.Marks{1, 2, 3, 4},
	}}})
	return p
}

func (p *pressed) set(l overload.Level) {
	p.level.Store(uint32(l))
	for p.Read(); p.Level() != l; {
		p.Read()
	}
}

// eachPressed runs a test with each driver and a Manager of its own.
func eachPressed(t *testing.T, test func(t *testing.T, s *site, p *pressed)) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			p := newPressed()
			o := tags
			o.Engine, o.Overload = e, p.Manager
			runWith(t, false, o, func(t *testing.T, s *site) { test(t, s, p) })
		})
	}
}

// askOver asks for a path and says what came: the status, and whether the
// connection ends with it.
func askOver(c net.Conn, r *bufio.Reader, path string) string {
	io.WriteString(c, get(path))
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return "an end"
	}
	io.Copy(io.Discard, response.Body)
	return fmt.Sprint(response.StatusCode, map[bool]string{true: " and an end"}[response.Close])
}

// TestShedConnections: when memory is short, connections end that wait, and others
// with a response that is no hit (reliability D6).
func TestShedConnections(t *testing.T) {
	eachPressed(t, func(t *testing.T, s *site, p *pressed) {
		idle, hit, missed := s.dial(t), s.dial(t), s.dial(t)
		defer func() { idle.Close(); hit.Close(); missed.Close() }()
		hits, misses := bufio.NewReader(hit), bufio.NewReader(missed)
		for range 2 {
			if got := askOver(hit, hits, "/hit/a/9"); got != "200" {
				t.Fatalf("hit: got %s, want 200", got)
			}
			if got := askOver(missed, misses, "/miss/a/9"); got != "200" {
				t.Fatalf("miss: got %s, want 200", got)
			}
		}
		synctest.Wait()
		p.set(overload.LevelShed)
		if got := askOver(missed, misses, "/miss/a/9"); got != "200 and an end" {
			t.Errorf("miss: got %s, want 200 and an end", got)
		}
		if got := askOver(hit, hits, "/hit/a/9"); got != "200" {
			t.Errorf("hit: got %s, want 200", got)
		}
		s.ShedIdle()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		for name, c := range map[string]net.Conn{"idle": idle, "hit": hit} {
			c.SetReadDeadline(time.Now().Add(time.Second))
			if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("%s connection: got %d bytes and %v, want an end", name, n, err)
			}
		}
		if got := p.Counted(overload.ShedConnection); got != 3 {
			t.Errorf("got %d connections counted, want 3", got)
		}
		fresh := s.dial(t) // who comes is served all the same
		defer fresh.Close()
		if got := askOver(fresh, bufio.NewReader(fresh), "/hit/a/9"); got != "200" {
			t.Errorf("a new one: got %s, want 200", got)
		}
	})
}

// TestShedLeavesThoseWhoHaveJustCome: who has just connected, or has just had an
// answer, may still ask.
func TestShedLeavesThoseWhoHaveJustCome(t *testing.T) {
	eachPressed(t, func(t *testing.T, s *site, p *pressed) {
		p.set(overload.LevelShed)
		c := s.dial(t)
		defer c.Close()
		r := bufio.NewReader(c)
		for i := range 3 {
			synctest.Wait()
			s.ShedIdle()
			time.Sleep(100 * time.Millisecond)
			if got := askOver(c, r, "/hit/a/9"); got != "200" {
				t.Fatalf("request %d: got %s, want 200", i, got)
			}
		}
	})
}

// TestSilentFromTheBegin: who connects and says nothing is waited for once, whatever
// it might have spoken (reliability H16).
func TestSilentFromTheBegin(t *testing.T) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			o := tags
			o.Engine, o.FirstTimeout, o.IdleTimeout = e, 5*time.Second, 20*time.Second
			runWith(t, false, o, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.Close()
				began := time.Now()
				if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("got %d bytes and %v, want an end", n, err)
				}
				if took := time.Since(began); took < 5*time.Second || took > 7*time.Second {
					t.Errorf("it ended after %v, want 5s", took)
				}
			})
		})
	}
}

// TestShedHTTP2: over HTTP/2 an idle connection ends, and what comes before is
// answered (reliability D6).
func TestShedHTTP2(t *testing.T) {
	eachPressed(t, func(t *testing.T, s *site, p *pressed) {
		client := s.client(t, true)
		ask := func(path string) string {
			response, err := client.Get("http://api.example" + path)
			if err != nil {
				return "an error"
			}
			defer response.Body.Close()
			io.Copy(io.Discard, response.Body)
			return response.Status[:3]
		}
		if a, b := ask("/hit/a/9"), ask("/miss/a/9"); a != "200" || b != "200" {
			t.Fatalf("got %s and %s, want 200 twice", a, b)
		}
		p.set(overload.LevelShed)
		if got := ask("/hit/a/9"); got != "200" {
			t.Errorf("hit: got %s, want 200", got)
		}
		if got := ask("/miss/a/9"); got != "200" {
			t.Errorf("miss: got %s, want 200", got)
		}
		time.Sleep(4 * time.Second)
		if got := p.Counted(overload.ShedConnection); got != 1 {
			t.Errorf("got %d idle connections that ended, want 1", got)
		}
	})
}

// TestStopAccepting: at the last level who connects waits, and is served when it is
// over (reliability D6).
func TestStopAccepting(t *testing.T) {
	eachPressed(t, func(t *testing.T, s *site, p *pressed) {
		first := s.dial(t)
		defer first.Close()
		synctest.Wait() // the server waits for the next
		p.set(overload.LevelStopAccepting)
		next := s.dial(t) // whom Accept was waiting for
		defer next.Close()
		late := make(chan net.Conn)
		go func() { c, _ := s.l.Dial(t.Context(), "", ""); late <- c }()
		select {
		case <-late:
			t.Error("a connection was accepted")
		case <-time.After(500 * time.Millisecond):
		}
		if got := askOver(first, bufio.NewReader(first), "/hit/a/9"); got != "200" {
			t.Errorf("who is there: got %s, want 200", got)
		}
		p.set(overload.LevelNormal)
		c := <-late
		defer c.Close()
		if got := askOver(c, bufio.NewReader(c), "/hit/a/9"); got != "200" {
			t.Errorf("afterwards: got %s, want 200", got)
		}
	})
}
