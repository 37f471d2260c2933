package edgetest

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Protocol is what a viewer speaks.
type Protocol uint8

// The protocols. Over plain connections HTTP/2 is spoken by prior knowledge.
const (
	ProtocolH1 Protocol = iota
	ProtocolH2
	ProtocolH3 // over "https" alone
)

// String returns "h1", "h2" or "h3".
func (p Protocol) String() string {
	switch p {
	case ProtocolH1:
		return "h1"
	case ProtocolH2:
		return "h2"
	case ProtocolH3:
		return "h3"
	}
	return "Protocol(?)"
}

// A Request is what a viewer sends; nothing is added but framing.
type Request struct {
	Scheme string     // "http" or "https": which listener
	From   netip.Addr // where the viewer is; by default 198.51.100.10
	Method string
	Host   string // the Host field or :authority; "" sends none
	// ServerName is what the handshake is for, and is not sent if it is an address;
	// "" is for Host.
	ServerName string
	// Certificate is what the viewer shows if it is asked for one; nil for none.
	Certificate *tls.Certificate
	Target      string // path and query as they are
	HTTP10      bool   // HTTP/1.0 instead of HTTP/1.1; ProtocolH1 only
	Fields      field.Lines
	// HasBody sends Body: with its length, or without if Chunked.
	HasBody, Chunked bool
	Body             string
	// Unread leaves the response unread until Wait: a viewer that is slower
	// than anything.
	Unread bool
	// Raw, if set, is sent in place of all that; ProtocolH1 only.
	Raw string
}

// A Response is what a viewer got.
type Response struct {
	Interim []Interim // what came before, in order
	Status  int
	Fields  field.Lines // as received
	Body    string
	// Cut tells that the response ended before it was complete; Err says how.
	Cut bool
	Err error
	// Closed tells that the edge closed the connection after it.
	Closed bool
	// Took is the time from the request to the end of the response.
	Took time.Duration
}

// An Interim is an interim response that a viewer got.
type Interim struct {
	Status int
	Fields field.Lines
}

// A Call is one request, on a connection of its own or on another's.
type Call struct {
	conn   net.Conn
	stream *h2Stream // of ProtocolH2
	packet *h3Stream // of ProtocolH3
	began  time.Time
	read   chan struct{} // closed when reading may begin
	toRead sync.Once     // closes it
	done   chan struct{} // closed when the response ended
	ends   sync.WaitGroup

	mu        sync.Mutex // guards what follows
	response  Response
	body      []byte
	following []Response
}

// Call connects, sends q, and begins to read the response. Close must follow.
func (e *Edge) Call(t testing.TB, p Protocol, q Request) *Call {
	t.Helper()
	if p == ProtocolH3 {
		c := newCall(nil, q)
		c.packet = e.dialH3(t, q).open(c, q)
		return c
	}
	l := e.plain
	if q.Scheme == "https" {
		l = e.secure
	}
	dial := func() (net.Conn, error) { return l.Dial(context.Background(), "tcp", "") }
	if q.From.IsValid() {
		dial = func() (net.Conn, error) { return l.DialFrom(context.Background(), q.From) }
	}
	conn, err := dial()
	if err != nil {
		t.Fatalf("viewer cannot connect: %v", err)
	}
	if q.Scheme == "https" {
		conn = tls.Client(conn, clientTLS(cmp.Or(q.ServerName, q.Host), p, q.Certificate))
	}
	c := newCall(conn, q)
	if p == ProtocolH2 {
		c.stream = dialH2(conn, c.read).open(c, q)
	} else {
		c.ends.Go(func() { c.speakH1(q) })
	}
	return c
}

func newCall(conn net.Conn, q Request) *Call {
	c := &Call{conn: conn, began: time.Now(), read: make(chan struct{}), done: make(chan struct{})}
	if !q.Unread {
		c.startReading()
	}
	return c
}

// Beside sends q at once on another stream of c's connection, which lasts
// until the last of its calls is closed. Not for ProtocolH1.
func (c *Call) Beside(q Request) *Call {
	if c.packet != nil {
		beside := newCall(nil, q)
		beside.packet = c.packet.conn.open(beside, q)
		return beside
	}
	beside := &Call{conn: c.conn, began: time.Now(), read: c.read, done: make(chan struct{})}
	beside.toRead.Do(func() {}) // its connection is read when c is
	beside.stream = c.stream.conn.open(beside, q)
	return beside
}

// Wait waits until the response ended, at most for d of the bubble's time,
// and until the edge has nothing more to do about it.
func (c *Call) Wait(d time.Duration) (Response, error) {
	c.startReading()
	select {
	case <-c.done:
	case <-time.After(d):
		return Response{}, fmt.Errorf("viewer has no complete response after %v", d)
	}
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.response
	out.Body = string(c.body)
	if out.Status == 0 {
		return out, fmt.Errorf("viewer got no response: %w", out.Err)
	}
	return out, nil
}

func (c *Call) startReading() { c.toRead.Do(func() { close(c.read) }) }

// Following returns the responses that came on the connection after that of
// Wait: those to further requests in Raw.
func (c *Call) Following() []Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.following
}

// follow takes a further response.
func (c *Call) follow(r Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.following = append(c.following, r)
}

// Received returns the content that has come up to now.
func (c *Call) Received() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.body)
}

// Interim returns the interim responses that have come up to now.
func (c *Call) Interim() []Interim {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.response.Interim)
}

// Close closes the connection, as a viewer that leaves does. Where others
// use it too only the stream is reset.
func (c *Call) Close() {
	c.startReading()
	switch {
	case c.stream != nil:
		c.stream.leave()
		return
	case c.packet != nil:
		c.packet.leave()
		return
	}
	c.conn.Close()
	c.ends.Wait()
}

// head takes the response's head, or that of an interim one.
func (c *Call) head(status int, fields field.Lines) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if isInterim(status) {
		c.response.Interim = append(c.response.Interim, Interim{status, fields})
		return
	}
	c.response.Status, c.response.Fields = status, fields
}

// isInterim reports whether another response follows (RFC 9110 section 15.2).
func isInterim(status int) bool { return status < 200 && status != 101 }

// content takes what has come of the content.
func (c *Call) content(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.body = append(c.body, p...)
}

// end ends the response; an error says that it is not complete.
func (c *Call) end(err error) {
	c.mu.Lock()
	c.response.Cut, c.response.Err, c.response.Took = err != nil, err, time.Since(c.began)
	c.mu.Unlock()
	close(c.done)
}

// closed notes that the edge closed the connection.
func (c *Call) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.response.Closed = true
}
