package listener_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/groundfront/groundfront/proxy/listener"
)

// TestIdleMakesRoom: when all connections are open that may be, those that have been
// idle longest end for who comes, and nobody else's (reliability D4).
func TestIdleMakesRoom(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, e := range engines {
			t.Run(fmt.Sprintf("%v, TLS %t", e, secure), func(t *testing.T) {
				refused := refusals{}
				o := refused.options(tags)
				o.Engine, o.MaxConns, o.IdleTimeout = e, 20, time.Hour
				runWith(t, secure, o, func(t *testing.T, s *site) {
					var conns []net.Conn
					var readers []*bufio.Reader
					open := func() {
						c := s.dial(t, "http/1.1")
						conns, readers = append(conns, c), append(readers, bufio.NewReader(c))
					}
					for range 19 {
						open()
						time.Sleep(time.Second)
					}
					busy := s.dial(t, "http/1.1")
					io.WriteString(busy, "POST /miss/b/9 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n") // a request without its content
					for i := range conns {
						want := "200"
						if got := askOver(conns[i], readers[i], "/hit/a/9"); got != want {
							t.Fatalf("connection %d: got %s, want %s", i, got, want)
						}
						time.Sleep(time.Second)
					}
					open() // the 21st
					if got := askOver(conns[19], readers[19], "/hit/a/9"); got != "200" {
						t.Errorf("who comes: got %s, want 200", got)
					}
					time.Sleep(10 * time.Millisecond) // what had come by then would be answered
					for i := range conns {
						want := "200"
						if i < 8 { // the first were idle longest
							want = "an end"
						}
						if got := askOver(conns[i], readers[i], "/hit/a/9"); got != want {
							t.Errorf("connection %d: got %s, want %s", i, got, want)
						}
						conns[i].Close()
					}
					io.WriteString(busy, "body")
					if err := wantEcho(bufio.NewReader(busy)); err != nil {
						t.Errorf("the busy one: got %v", err)
					}
					busy.Close()
					synctest.Wait()
					if len(refused) > 0 {
						t.Errorf("refused: got %v, want none", refused)
					}
				})
			})
		}
	}
}

// wantEcho reads a response of tagHandler to a request with content.
func wantEcho(r *bufio.Reader) error {
	line, err := r.ReadString('\n')
	if err == nil && line != "HTTP/1.1 200 OK\r\n" && line != "HTTP/1.1 200 \r\n" {
		err = fmt.Errorf("%q", line)
	}
	return err
}

// TestIdleHTTP2MakesRoom: so do connections of HTTP/2 without streams.
func TestIdleHTTP2MakesRoom(t *testing.T) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			o := tags
			o.Engine, o.MaxConns = e, 1
			runWith(t, false, o, func(t *testing.T, s *site) {
				for range 3 {
					client := s.client(t, true)
					response, err := client.Get("http://api.example/miss/a/9")
					if err != nil {
						t.Fatal(err)
					}
					response.Body.Close()
					time.Sleep(2 * time.Second)
				}
			})
		})
	}
}

// TestIdleHTTP3MakesRoom: so do connections of HTTP/3 without requests, those that
// have been idle longest first, and who was so for a moment only does not.
func TestIdleHTTP3MakesRoom(t *testing.T) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			refused := refusals{}
			o := refused.options(tags)
			o.Engine, o.MaxConns, o.IdleTimeout = e, 10, time.Hour
			runWith(t, true, o, func(t *testing.T, s *site) {
				packets := s.servePackets(t)
				var idle []*quic.Conn
				for range 10 {
					idle = append(idle, packets.dial(t))
					time.Sleep(time.Second)
				}
				comer := s.dial(t, "http/1.1")
				defer comer.Close()
				answers := bufio.NewReader(comer)
				if got := askOver(comer, answers, "/hit/a/9"); got != "200" {
					t.Errorf("who comes: got %s, want 200", got)
				}
				time.Sleep(time.Second)
				for i, c := range idle {
					ended := c.Context().Err() != nil
					if ended != (i < 8) {
						t.Errorf("connection %d: got ended %t, want the end of the first 8: %v", i, ended, context.Cause(c.Context()))
					}
				}
				for len(idle) < 17 { // full again
					idle = append(idle, packets.dial(t))
				}
				idle[8].CloseWithError(0, "")
				idle[9].CloseWithError(0, "")
				synctest.Wait()
				packets.dial(t)
				packets.dial(t)
				askOver(comer, answers, "/hit/a/9")
				young, err := s.l.Dial(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := young.Read(make([]byte, 1)); err == nil || refused[listener.RefusalFull] != 1 {
					t.Errorf("who comes when all others were idle for a moment: got %v and %v, want no room", err, refused)
				}
				young.Close()
			})
		})
	}
}

// TestWhoTakesAnAnswerMakesNoRoom: a connection that was idle and is being answered
// now is not idle, however long the viewer takes for it.
func TestWhoTakesAnAnswerMakesNoRoom(t *testing.T) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			o := tags
			o.Engine, o.MaxConns = e, 1
			runWith(t, false, o, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.Close()
				time.Sleep(2 * time.Second)
				io.WriteString(c, get("/hit/a/8000000"))
				time.Sleep(time.Second)
				other := s.dial(t)
				if got := askOver(other, bufio.NewReader(other), "/hit/a/9"); got != "an end" {
					t.Errorf("another: got %s, want an end", got)
				}
				other.Close()
				r := bufio.NewReader(c)
				wantResponses(t, r, "/hit/a/8000000")
				if got := askOver(c, r, "/hit/a/9"); got != "200" {
					t.Errorf("the next request: got %s, want 200", got)
				}
			})
		})
	}
}

// TestNobodyMakesRoom: who was idle for a moment only is not ended.
func TestNobodyMakesRoom(t *testing.T) {
	for _, e := range engines {
		t.Run(e.String(), func(t *testing.T) {
			refused := refusals{}
			o := refused.options(tags)
			o.Engine, o.MaxConns = e, 1
			runWith(t, false, o, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.Close()
				r := bufio.NewReader(c)
				for range 5 {
					if got := askOver(c, r, "/hit/a/9"); got != "200" {
						t.Fatalf("got %s, want 200", got)
					}
					other := s.dial(t)
					if got := askOver(other, bufio.NewReader(other), "/hit/a/9"); got != "an end" {
						t.Errorf("another: got %s, want an end", got)
					}
					other.Close()
					time.Sleep(200 * time.Millisecond)
				}
				if refused[listener.RefusalFull] != 5 {
					t.Errorf("got %v, want 5 that found it full", refused)
				}
			})
		})
	}
}
