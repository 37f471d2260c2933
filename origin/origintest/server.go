// Package origintest is an origin for tests that does exactly what a script
// says, byte for byte: answers, waits, half answers, garbage, resets, silence.
// It records the requests as they came over the wire.
//
// It works over real listeners and over a MemoryListener, which needs no
// network and works under testing/synctest.
//
// It is a provider, used by tests only.
package origintest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Request is one request as the origin received it.
type Request struct {
	// Conn numbers the connections from 1, Number the requests from 1.
	Conn, Number int
	// Head is the raw request line and header section, with its empty line. A
	// header of the PROXY protocol on its connection is shown as the first field.
	Head string
	// Body is the decoded body, "" for steps that begin with Early.
	Body string
}

// Line returns the request line.
func (r Request) Line() string {
	line, _, _ := strings.Cut(r.Head, "\r\n")
	return line
}

// Field returns the value of the first field called name, and whether there
// is one.
func (r Request) Field(name string) (value string, present bool) {
	for line := range strings.SplitSeq(r.Head, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(n, name) {
			return v, true
		}
	}
	return "", false
}

// A Step is one thing an origin does about a request.
type Step struct {
	kind stepKind
	text string
	wait time.Duration
	then Answer
}

type stepKind uint8

const (
	stepSend stepKind = iota
	stepWait
	stepClose
	stepReset
	stepHang
	stepEarly
	stepThen
)

// Send writes text as it is.
func Send(text string) Step { return Step{kind: stepSend, text: text} }

// Wait pauses.
func Wait(d time.Duration) Step { return Step{kind: stepWait, wait: d} }

// Close closes the connection.
func Close() Step { return Step{kind: stepClose} }

// Reset resets the connection.
func Reset() Step { return Step{kind: stepReset} }

// Hang does nothing until the peer or the test closes the connection.
func Hang() Step { return Step{kind: stepHang} }

// Early as the first step means: do not read the request's body.
func Early() Step { return Step{kind: stepEarly} }

// Then is what a, asked with the body too, answers. No further step may
// follow.
func Then(a Answer) Step { return Step{kind: stepThen, then: a} }

// OK is a complete response with status 200, the field lines given, as
// "Name: value", and a Content-Length.
func OK(body string, fields ...string) Step { return Reply(200, body, fields...) }

// Reply is a complete response with any status.
func Reply(status int, body string, fields ...string) Step {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	for _, f := range fields {
		b.WriteString(f + "\r\n")
	}
	if status != 204 && status != 304 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return Send(b.String() + "\r\n" + body)
}

// An Answer chooses the steps for a request. It is called from the goroutine
// of the connection.
type Answer func(r Request) []Step

// Always answers every request with the same steps.
func Always(steps ...Step) Answer {
	return func(Request) []Step { return steps }
}

// InTurn answers the n-th request with the n-th list, and all that follow
// with the last one.
func InTurn(lists ...[]Step) Answer {
	return func(r Request) []Step { return lists[min(r.Number, len(lists))-1] }
}

// A Server is a running origin.
type Server struct {
	listener net.Listener
	answer   Answer
	accepted []Step

	mu       sync.Mutex // guards what follows
	requests []Request
	open     map[net.Conn]bool
	conns    int
	closed   bool

	running sync.WaitGroup
}

// Start runs an origin on l. onAccept are steps for each new connection
// before anything is read; when they leave it open, requests are answered.
func Start(l net.Listener, answer Answer, onAccept ...Step) *Server {
	s := &Server{listener: l, answer: answer, accepted: onAccept, open: make(map[net.Conn]bool)}
	s.running.Go(s.acceptAll)
	return s
}

// Requests returns what was received up to now.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Conns returns the number of connections accepted up to now.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// Open returns the number of connections that are open now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Close closes the listener and all connections and waits for their end.
func (s *Server) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *Server) acceptAll() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns++
		number := s.conns
		s.open[c] = true
		if s.closed {
			c.Close()
		}
		s.mu.Unlock()
		s.running.Go(func() { s.serve(c, number) })
	}
}

// serve answers the requests of one connection, one after the other.
func (s *Server) serve(c net.Conn, number int) {
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
	}()
	if !do(c, s.accepted) {
		return
	}
	br := bufio.NewReader(c)
	preface, err := readPreface(br)
	if err != nil {
		return
	}
	for {
		head, err := readHead(br)
		if err != nil {
			return
		}
		if line, rest, found := strings.Cut(head, "\r\n"); found && preface != "" {
			head = line + "\r\n" + preface + rest
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{Conn: number, Number: len(s.requests) + 1, Head: head})
		req := s.requests[len(s.requests)-1]
		s.mu.Unlock()
		steps := s.answer(req)
		if len(steps) == 0 || steps[0].kind != stepEarly {
			if req.Body, err = readBody(br, head); err != nil {
				return
			}
			s.mu.Lock()
			s.requests[req.Number-1].Body = req.Body
			s.mu.Unlock()
		}
		if n := len(steps); n > 0 && steps[n-1].kind == stepThen {
			steps = append(steps[:n-1:n-1], steps[n-1].then(req)...)
		}
		if !do(c, steps) {
			return
		}
	}
}

func readHead(br *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", err
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String(), nil
		}
	}
}

// readBody leaves framing to net/http: this is a test's convenience, what the
// script checks is the head.
func readBody(br *bufio.Reader, head string) (string, error) {
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), br)))
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(req.Body)
	return string(body), err
}

// do takes the steps and reports whether the connection stays open.
func do(c net.Conn, steps []Step) bool {
	for _, step := range steps {
		switch step.kind {
		case stepSend:
			if _, err := io.WriteString(c, step.text); err != nil {
				return false
			}
		case stepWait:
			time.Sleep(step.wait)
		case stepHang:
			io.Copy(io.Discard, c)
			return false
		case stepReset:
			reset(c)
			return false
		case stepClose:
			return false
		}
	}
	return true
}

func reset(c net.Conn) {
	switch c := c.(type) {
	case *memoryConn:
		c.Reset()
	case *net.TCPConn:
		c.SetLinger(0)
	}
	c.Close()
}
