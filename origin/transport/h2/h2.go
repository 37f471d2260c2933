// Package h2 speaks HTTP/2 to an origin over one connection that it is given.
// Framing, header compression and flow control are net/http's.
//
// gRPC is what it is for (CF-GRPC): content goes both ways at the same time,
// and fields come behind the content. Ordinary requests go over HTTP/1.1, as at
// CloudFront.
//
// It is a part of origin/transport.
package h2

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// What an origin may send ahead of its reader, for one stream and for all of a
// connection.
const (
	streamWindow = 256 << 10
	connWindow   = 2 << 20
	maxHead      = 32_768 // CF-SIZE-06
)

// A Conn is an HTTP/2 connection. Its methods may be called at once from many
// goroutines.
type Conn struct {
	cc *http.ClientConn
	nc net.Conn
}

// Open begins to speak HTTP/2 over nc: a *tls.Conn that has agreed to it, or,
// for the scheme http, anything that knows it beforehand. Changed is called
// when requests have ended and when the connection has.
func Open(ctx context.Context, scheme string, nc net.Conn, changed func()) (*Conn, error) {
	given := func(context.Context, string, string) (net.Conn, error) { return nc, nil }
	t := &http.Transport{
		DialContext: given, DialTLSContext: given, DisableCompression: true,
		MaxResponseHeaderBytes: maxHead, Protocols: new(http.Protocols),
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: streamWindow, MaxReceiveBufferPerConnection: connWindow},
	}
	if scheme == "https" {
		t.Protocols.SetHTTP2(true)
	} else {
		t.Protocols.SetUnencryptedHTTP2(true)
	}
	cc, err := t.NewClientConn(ctx, scheme, "origin:0")
	if err != nil {
		nc.Close()
		return nil, err
	}
	cc.SetStateHook(func(*http.ClientConn) { changed() })
	return &Conn{cc, nc}, nil
}

// Reserve takes the right to one RoundTrip, if the origin lets us have another
// stream now.
func (c *Conn) Reserve() bool { return c.cc.Reserve() == nil }

// Refused returns the error of a connection that has no room for its first
// request. If an alert has ended it, that is why, and another would end as well.
func (c *Conn) Refused(op string) *origin.Error {
	if alert := c.cause(nil); alert != nil {
		return &origin.Error{Kind: origin.ErrorTLS, Op: op, Err: alert}
	}
	return &origin.Error{Kind: origin.ErrorConnect, Op: op, Retry: origin.RetryYes}
}

// Ended reports whether the connection can carry no more requests, ever.
func (c *Conn) Ended() bool { return c.cc.Err() != nil }

// Idle reports whether no request is under way and none has a reservation.
func (c *Conn) Idle() bool { return c.cc.InFlight() == 0 }

// Close closes the connection and ends what is under way.
func (c *Conn) Close() { c.cc.Close() }

// RoundTrip sends r, for which there must be a reservation, and returns the
// response as soon as its head is there. Every error is an *origin.Error.
//
// The origin may be silent for limit, before the head and between two parts of
// the content (CF-ORT-03), or for as long as it likes if that is 0. While the
// request is still being sent no time counts: a call may stream both ways.
//
// r.Body is read by another goroutine until it ends, fails, or the response
// body is closed; its owner must see to it that a blocked Read returns.
func (c *Conn) RoundTrip(ctx context.Context, r *origin.Request, limit time.Duration) (*origin.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	x := &exchange{ctx: ctx, cancel: cancel, limit: limit}
	request := x.request(r)
	x.setWaiting(true)
	began := time.Now()
	response, err := c.cc.RoundTrip(request)
	x.setWaiting(false)
	if err != nil {
		failure := x.failure("read response", c.cause(err))
		cancel(nil)
		return nil, failure
	}
	x.response = response
	fields := linesOf(response.Header)
	origin.RemoveHopByHop(&fields)
	return &origin.Response{
		Status: response.StatusCode, Fields: fields, ContentLength: response.ContentLength,
		Body: x, Pending: true, Trailers: x.trailers, Timing: origin.Timing{FirstByte: time.Since(began)},
	}, nil
}

// cause returns the alert that has ended the connection, if one has: net/http
// does not tell of one that came before the first request. crypto/tls keeps it.
func (c *Conn) cause(err error) error {
	if _, isTLS := c.nc.(*tls.Conn); !isTLS || !c.Ended() {
		return err
	}
	_ = c.nc.SetReadDeadline(time.Unix(1, 0)) // nobody reads it any more, nor will this wait
	var remote *net.OpError
	if _, last := c.nc.Read(make([]byte, 1)); errors.As(last, &remote) && remote.Op == "remote error" {
		return last
	}
	return err
}

// errSilent ends a round trip whose origin does not go on.
var errSilent = &origin.Error{Kind: origin.ErrorReadTimeout, Op: "wait", Err: os.ErrDeadlineExceeded}

// An exchange is one request with its response, whose content it reads.
type exchange struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	response *http.Response
	limit    time.Duration
	err      error // how the content ended; nil before

	mu      sync.Mutex // guards what follows
	sending bool       // the request is being sent
	waiting bool       // somebody waits for the origin
	timer   *time.Timer
}

// request makes net/http's form of r. The target is sent as it is: it is what
// remains when the scheme and the host are taken off.
func (x *exchange) request(r *origin.Request) *http.Request {
	request := &http.Request{
		Method: r.Method, Host: r.Host, Header: make(http.Header, len(r.Fields)+1), ContentLength: r.ContentLength,
		URL: &url.URL{Scheme: r.Scheme, Host: r.Host, Opaque: r.Scheme + "://" + r.Host + r.Target},
	}
	for _, l := range r.Fields {
		name := textproto.CanonicalMIMEHeaderKey(l.Name)
		request.Header[name] = append(request.Header[name], l.Value)
	}
	request.Header["Te"] = []string{"trailers"}
	if r.Body != nil {
		x.sending = true
		request.Body = &sent{r.Body, x}
	}
	ctx := x.ctx
	if r.Interim != nil {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
				fields := linesOf(header)
				origin.RemoveHopByHop(&fields)
				r.Interim(status, fields)
				return nil
			},
		})
	}
	return request.WithContext(ctx)
}

// linesOf returns the fields in the order of their names.
func linesOf[H ~map[string][]string](header H) field.Lines {
	lines := make(field.Lines, 0, len(header)+6)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			lines.Add(name, strings.TrimSpace(value))
		}
	}
	return lines
}

// sent is the content of a request on its way.
type sent struct {
	content io.Reader
	x       *exchange
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.content.Read(p)
	if err != nil {
		s.x.endSending()
	}
	if err != nil && err != io.EOF { // which is not the origin's fault, and net/http would not tell
		s.x.cancel(&origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: err})
	}
	return n, err
}

func (s *sent) Close() error { return nil }

// setWaiting says whether somebody waits for the origin.
func (x *exchange) setWaiting(waiting bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waiting = waiting
	x.armLocked()
}

func (x *exchange) endSending() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sending = false
	x.armLocked()
}

// armLocked lets the time run while the origin has everything and somebody
// waits for it.
func (x *exchange) armLocked() {
	switch runs := x.waiting && !x.sending && x.limit > 0; {
	case !runs && x.timer != nil:
		x.timer.Stop()
	case runs && x.timer == nil:
		x.timer = time.AfterFunc(x.limit, x.giveUp)
	case runs:
		x.timer.Reset(x.limit)
	}
}

func (x *exchange) giveUp() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.waiting && !x.sending { // else it went on just now
		x.cancel(errSilent)
	}
}

// Read reads content.
func (x *exchange) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	x.setWaiting(true)
	n, err := x.response.Body.Read(p)
	x.setWaiting(false)
	switch {
	case err == io.EOF:
		x.err = io.EOF
	case err != nil:
		x.err = x.failure("read body", err)
	}
	return n, x.err
}

// Close ends the exchange, also while its content still comes or goes.
func (x *exchange) Close() error {
	if x.err == nil {
		x.err = &origin.Error{Kind: origin.ErrorCanceled, Op: "read body", Err: net.ErrClosed}
	}
	x.response.Body.Close()
	x.cancel(nil)
	return nil
}

// trailers returns the fields behind the content.
func (x *exchange) trailers() field.Lines {
	if x.err != io.EOF {
		return nil
	}
	fields := linesOf(x.response.Trailer)
	origin.RemoveHopByHop(&fields)
	return fields
}

// failure maps an error of net/http, whose own do not tell much. What ended the
// context may know better.
func (x *exchange) failure(op string, err error) *origin.Error {
	e := &origin.Error{Kind: origin.ErrorRead, Op: op, Err: err}
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" { // an alert: with TLS 1.3 it comes when the handshake is over
		e.Kind = origin.ErrorTLS
	}
	if cause := context.Cause(x.ctx); cause != nil {
		e.Kind, e.Err = origin.ErrorCanceled, cause
		if known := (*origin.Error)(nil); errors.As(cause, &known) {
			e.Kind = known.Kind
		}
	}
	return e
}
