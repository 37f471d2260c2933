package listener

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An endless is the socket of a viewer that always has another request.
type endless struct{ reads int }

const always = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

func (s *endless) read(p []byte) (int, bool, error) {
	s.reads++
	return copy(p, strings.Repeat(always, len(p)/len(always))), false, nil
}
func (s *endless) write(p, q []byte) (int, bool, error)          { return len(p) + len(q), false, nil }
func (s *endless) sendFile(*os.File, int64) (int64, bool, error) { return 0, false, nil }
func (s *endless) sendsFiles() bool                              { return false }
func (s *endless) sendAt(int, int64, int64) (int64, bool, error) { return 0, false, nil }
func (s *endless) onTheWay() int                                 { return 0 }
func (s *endless) shutdown(bool) error                           { return nil }
func (s *endless) close()                                        {}

// A counter is a poller that counts how often a connection is to be ready again.
type counter struct{ asked int }

func (p *counter) wait(time.Time) ([]readyConn, error) { return nil, nil }
func (p *counter) add(*loopConn) error                 { return nil }
func (p *counter) again(*loopConn)                     { p.asked++ }
func (p *counter) wake()                               {}
func (p *counter) close()                              {}

// TestTurn: a connection that always has another request gives the others of
// its loop their turn, and has the next one itself.
func TestTurn(t *testing.T) {
	s := New(Options{Logger: slog.New(slog.DiscardHandler), Hit: func(h *viewer.Hit, _ *viewer.Request) bool {
		h.Status, h.Edge, h.Age = 200, &viewer.ReadyFields{}, -1
		h.Done = func(*viewer.Hit, *viewer.Request, int64) {}
		return true
	}})
	p, socket := new(counter), new(endless)
	l := newLoop(s, p, 0)
	c := &loopConn{loop: l, raw: socket, socket: socket, port: &port{protocols: HTTP1}, decided: true}
	c.h1 = h1.NewConn(s.h1, &c.peer)
	l.ready(c, readable)
	if socket.reads != turn || p.asked != 1 || !c.unread {
		t.Errorf("got %d reads, asked %d times to be ready again, unread %v; want %d, once, true", socket.reads, p.asked, c.unread, turn)
	}
}
