package h3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/testutils/simnet"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// slow answers when it is released.
func slow(release *chan struct{}) viewer.Handler {
	return func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		<-*release
		w.WriteHead(200, nil, 2)
		w.Write([]byte("ok"))
	}
}

// TestDrain: requests under way are answered, and those that were on their way;
// then the viewer is told to go, later ones are rejected so that they may be
// repeated, and the connection ends (RFC 9114 section 5.2).
func TestDrain(t *testing.T) {
	var release chan struct{} // the bubble's
	run(t, Options{Handler: slow(&release)}, func(t *testing.T, s *site) {
		release = make(chan struct{})
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		before := c.send(headers(get("/before")...))
		synctest.Wait()
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(t.Context()) }()
		time.Sleep(drainGrace / 2)
		crossing := c.send(headers(get("/crossing")...))
		time.Sleep(drainGrace)
		expect(t, "late", answer(c.send(headers(get("/late")...))), "reset H3_REQUEST_REJECTED")
		close(release)
		for _, str := range []string{answer(before), answer(crossing)} {
			expect(t, "answer", str, ":status: 200", "content-length: 2", "ok", "end")
		}
		if got, want := c.over(), "connection ended H3_NO_ERROR"; got != want {
			t.Errorf("the connection: got %q, want %q", got, want)
		}
		if err := <-ended; err != nil {
			t.Errorf("Shutdown: got %v", err)
		}
		if err := s.Serve(simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 443}, s.network), &tls.Config{Certificates: []tls.Certificate{certificate()}}); !errors.Is(err, ErrClosed) {
			t.Errorf("Serve after Shutdown: got %v, want ErrClosed", err)
		}
	})
}

// TestDrainEnds: what is not ready in time is cut.
func TestDrainEnds(t *testing.T) {
	var gone chan struct{} // the bubble's
	run(t, Options{Handler: func(ctx context.Context, _ viewer.ResponseWriter, _ *viewer.Request) { <-ctx.Done(); close(gone) }}, func(t *testing.T, s *site) {
		gone = make(chan struct{})
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		str := c.send(headers(get("/")...))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("Shutdown: got %v after %v, want the end of the context after 3s", err, time.Since(began))
		}
		<-gone
		if got := answer(str); !strings.Contains(got, "connection ended") {
			t.Errorf("got %q, want the end of the connection", got)
		}
	})
}

// TestDrainAccepts: who has shaken hands in the moment in which a drain begins is
// answered, and told to go.
func TestDrainAccepts(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		s.Server.mu.Lock()
		for from := range s.sockets {
			from.draining = true // and the listener has this one still
		}
		s.Server.mu.Unlock()
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		if got := answer(c.send(headers(get("/")...))); !strings.Contains(got, ":status: 200") {
			t.Errorf("got %q, want an answer", got)
		}
		if got, want := c.over(), "connection ended H3_NO_ERROR"; got != want {
			t.Errorf("the connection: got %q, want %q", got, want)
		}
	})
}

// TestLeave: one socket can be left; the other goes on. Who tries to connect
// meanwhile gets no answer, and so reaches who has the address next.
func TestLeave(t *testing.T) {
	var release chan struct{} // the bubble's
	run(t, Options{Handler: slow(&release)}, func(t *testing.T, s *site) {
		release = make(chan struct{})
		served := make(chan error, 1)
		at := s.addr
		other := &net.UDPAddr{IP: net.IPv4(192, 0, 2, 3), Port: 443}
		pc := simnet.NewBlockingSimConn(other, s.network)
		go func() {
			served <- s.Serve(pc, &tls.Config{Certificates: []tls.Certificate{certificate()}})
		}()
		synctest.Wait()
		stays := s.dial(t)
		defer stays.close()
		stays.control(settings...)
		s.addr = other
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		str := c.send(headers(get("/")...))
		synctest.Wait()
		left := make(chan error, 1)
		go func() { left <- s.Leave(t.Context(), pc) }()
		time.Sleep(time.Second)
		connected := make(chan error, 1)
		next := simnet.NewBlockingSimConn(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 4), Port: 443}, s.network)
		defer next.Close()
		go func() {
			late, err := s.tryDial(t, &tls.Config{ServerName: "api.example", InsecureSkipVerify: true, NextProtos: []string{"h3"}})
			if err == nil {
				late.close()
			}
			connected <- err
		}()
		time.Sleep(time.Second)
		close(release)
		expect(t, "answer", answer(str), ":status: 200", "content-length: 2", "ok", "end")
		if err := <-left; err != nil {
			t.Errorf("Leave: got %v", err)
		}
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: got %v, want ErrClosed", err)
		}
		again := simnet.NewBlockingSimConn(other, s.network)
		go func() {
			served <- s.Serve(again, &tls.Config{Certificates: []tls.Certificate{certificate()}})
		}()
		if err := <-connected; err != nil {
			t.Errorf("who came in between: got %v, want a connection", err)
		}
		s.addr = at
		expect(t, "at the other address", answer(stays.send(headers(get("/")...))), ":status: 200", "content-length: 2", "ok", "end")
		if err := s.Leave(t.Context(), next); err != nil {
			t.Errorf("Leave of what is not served: got %v", err)
		}
		if err := s.Leave(t.Context(), again); err != nil {
			t.Errorf("Leave: got %v", err)
		}
	})
}

// TestEndIdle: a connection without a request ends when it is told to make room, and
// a request that comes meanwhile may be repeated elsewhere (RFC 9114 section 5.2);
// one that has a request goes on.
func TestEndIdle(t *testing.T) {
	var release chan struct{} // the bubble's
	run(t, Options{Handler: slow(&release), IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
		release = make(chan struct{})
		began := time.Now()
		fresh, used, busy, silent := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
		for _, c := range []*caller{fresh, used, busy, silent} {
			defer c.close()
		}
		used.control(settings...)
		busy.control(settings...)
		time.Sleep(time.Minute)
		waits := []*quic.Stream{used.send(headers(get("/")...)), busy.send(headers(get("/")...))}
		time.Sleep(time.Minute)
		release <- struct{}{}
		release <- struct{}{}
		for _, str := range waits {
			expect(t, "an answer", answer(str), ":status: 200", "content-length: 2", "ok", "end")
		}
		under := busy.send(headers(get("/")...))
		synctest.Wait()
		since := map[time.Duration][]Idle{}
		s.EachIdle(func(i Idle, at time.Time) { since[at.Sub(began)] = append(since[at.Sub(began)], i) })
		if len(since) != 2 || len(since[0]) != 2 || len(since[2*time.Minute]) != 1 {
			t.Fatalf("got connections that are idle since %v, want two from the begin and one from 2m on", since)
		}
		for _, all := range since {
			for _, i := range all {
				if !i.End() || i.End() {
					t.Error("End: got false and true, want true once")
				}
			}
		}
		s.EachIdle(func(Idle, time.Time) { t.Error("got a connection that ends as one that is idle") })
		time.Sleep(leaveGrace / 2)
		expect(t, "a request that crosses the end", answer(used.send(headers(get("/")...))), "reset H3_REQUEST_REJECTED")
		for _, c := range []*caller{fresh, used, silent} {
			if got, want := c.over(), "connection ended H3_NO_ERROR"; got != want {
				t.Errorf("an idle connection: got %q, want %q", got, want)
			}
		}
		if took := time.Since(began) - 2*time.Minute; took > 2*leaveGrace {
			t.Errorf("got room after %v, want it within %v", took, 2*leaveGrace)
		}
		close(release)
		expect(t, "the request under way", answer(under), ":status: 200", "content-length: 2", "ok", "end")
	})
}
