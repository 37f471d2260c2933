package listener

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Protocols is a set of HTTP versions that a listener speaks.
type Protocols uint8

// The protocols. HTTP2 means ALPN over TLS, and prior knowledge (h2c) without.
const (
	HTTP1 Protocols = 1 << iota
	HTTP2
)

// String returns the set as "http1.1+http2".
func (p Protocols) String() string {
	switch p {
	case HTTP1:
		return "http1.1"
	case HTTP2:
		return "http2"
	case HTTP1 | HTTP2:
		return "http1.1+http2"
	}
	return fmt.Sprintf("Protocols(%d)", uint8(p))
}

// Options configure a Server. Only Handler is required.
type Options struct {
	Handler viewer.Handler
	Logger  *slog.Logger
	// Page makes the response to a request that no handler gets to answer:
	// 400 and 494 for malformed requests, 500 after a panic. Nil means a line
	// of plain text. Content-Length and Connection are added to the fields.
	Page func(status int) (fields field.Lines, content []byte)
	// OnMalformed, if set, is told about each request refused here.
	OnMalformed func(Malformed)
	// OnPanic, if set, is told about each panic of Handler, to count it.
	OnPanic func()
	// OnRefused, if set, is told about each connection closed at once because
	// MaxConns were open.
	OnRefused func()

	// OffersHTTP2, if set, is asked with the server name of each handshake
	// ("" for none); where it says no, only HTTP/1.1 is offered. It may be
	// called from many goroutines.
	OffersHTTP2 func(serverName string) bool

	// MaxConns bounds the open connections of all listeners; 0 means 16,384.
	MaxConns int
	// HandshakeTimeout bounds a TLS handshake; 0 means 5 s.
	HandshakeTimeout time.Duration
	// HeaderTimeout bounds the time from a request's first byte to the end of
	// its head; 0 means 10 s.
	HeaderTimeout time.Duration
	// IdleTimeout bounds the time between requests; 0 means 60 s.
	IdleTimeout time.Duration
	// WriteTimeout bounds one write, not one response: a viewer that takes
	// nothing for so long is cut, a long stream is not; 0 means 60 s.
	WriteTimeout time.Duration
	// MaxHeaderBytes is where net/http stops reading; 0 means 64 KiB. It is
	// above CloudFront's own limit, which the Handler enforces (CF-SIZE-01).
	MaxHeaderBytes int
	// Now is the clock for Request.Received; nil means time.Now.
	Now func() time.Time
}

func (o *Options) setDefaults() {
	o.MaxConns = cmp.Or(o.MaxConns, 16384)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, 5*time.Second)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 60*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 60*time.Second)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Page == nil {
		o.Page = plainPage
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func plainPage(status int) (field.Lines, []byte) {
	return field.Lines{{Name: "Content-Type", Value: "text/plain"}}, fmt.Appendf(nil, "%d\n", status)
}

// A Server serves any number of listeners until Shutdown.
type Server struct {
	opts  Options
	slots chan struct{} // one per open connection

	mu      sync.Mutex // guards what follows
	closing bool
	servers []*http.Server
	sources []net.Listener
	waiting map[net.Conn]struct{} // in their handshake
}

// New returns a Server that listens nowhere yet.
func New(o Options) *Server {
	o.setDefaults()
	return &Server{opts: o, slots: make(chan struct{}, o.MaxConns), waiting: make(map[net.Conn]struct{})}
}

// ErrClosed is returned by Serve after Shutdown.
var ErrClosed = errors.New("listener: server is closed")

// Serve accepts connections from l and serves them until Shutdown, when it
// returns ErrClosed, or until accepting fails for good. With a TLS
// configuration viewers must speak TLS; its NextProtos are set from p unless
// it has some. Serve closes l.
func (s *Server) Serve(l net.Listener, p Protocols, config *tls.Config) error {
	inner := newHandoff(l.Addr())
	hs := s.httpServer(p, config != nil)
	if config != nil {
		config = s.perName(withProtocols(config, p), p)
	}
	if !s.add(hs, l) {
		l.Close()
		return ErrClosed
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		hs.Serve(inner) // ends when inner is closed
	}()
	err := s.accept(l, inner, config)
	l.Close()
	inner.Close()
	<-served
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrClosed
	}
	return err
}

// add registers a listener unless the server is closing.
func (s *Server) add(hs *http.Server, l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.servers = append(s.servers, hs)
	s.sources = append(s.sources, l)
	return true
}

func (s *Server) httpServer(p Protocols, secure bool) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(p&HTTP1 != 0)
	protocols.SetHTTP2(p&HTTP2 != 0 && secure)
	protocols.SetUnencryptedHTTP2(p&HTTP2 != 0 && !secure)
	return &http.Server{
		Handler:                      http.HandlerFunc(s.serveHTTP),
		Protocols:                    protocols,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            s.opts.HeaderTimeout,
		IdleTimeout:                  s.opts.IdleTimeout,
		MaxHeaderBytes:               s.opts.MaxHeaderBytes,
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: 100, WriteByteTimeout: s.opts.WriteTimeout},
		ErrorLog:                     slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug),
		ConnContext:                  connContext,
		ConnState: func(c net.Conn, state http.ConnState) {
			if g, ok := c.(*guarded); ok && state == http.StateIdle {
				g.answering.Store(false)
			}
		},
	}
}

// withProtocols returns config with ALPN set.
func withProtocols(config *tls.Config, p Protocols) *tls.Config {
	config = config.Clone()
	if len(config.NextProtos) > 0 {
		return config
	}
	if p&HTTP2 != 0 {
		config.NextProtos = append(config.NextProtos, "h2")
	}
	if p&HTTP1 != 0 {
		config.NextProtos = append(config.NextProtos, "http/1.1")
	}
	return config
}

// perName lets the server name of a handshake decide about HTTP/2, which is
// a distribution's own choice (CF-DIST-13).
func (s *Server) perName(config *tls.Config, p Protocols) *tls.Config {
	if s.opts.OffersHTTP2 == nil || p&HTTP2 == 0 || p&HTTP1 == 0 {
		return config
	}
	withoutHTTP2 := config.Clone()
	withoutHTTP2.NextProtos = []string{"http/1.1"}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if s.opts.OffersHTTP2(hello.ServerName) {
			return nil, nil
		}
		return withoutHTTP2, nil
	}
	return config
}

// accept hands connections to inner until l fails for good. Passing trouble,
// as when descriptors run out, is waited for.
func (s *Server) accept(l net.Listener, inner *handoff, config *tls.Config) error {
	var handshakes sync.WaitGroup
	defer handshakes.Wait()
	for pause := time.Duration(0); ; {
		c, err := l.Accept()
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() || isExhausted(err) {
			pause = min(max(5*time.Millisecond, 2*pause), time.Second)
			s.opts.Logger.Warn("accept failed", "error", err, "retry_in", pause)
			time.Sleep(pause)
			continue
		}
		if err != nil {
			return err
		}
		pause = 0
		c, ok := s.track(c)
		if !ok {
			continue
		}
		if config == nil {
			inner.give(s.guard(c, nil))
			continue
		}
		handshakes.Go(func() { s.handshake(c, inner, config) })
	}
}

// handshake hands c over after its TLS handshake: HTTP/2 as the *tls.Conn
// that net/http wants, HTTP/1.1 guarded.
func (s *Server) handshake(c net.Conn, inner *handoff, config *tls.Config) {
	if !s.wait(c) {
		c.Close()
		return
	}
	tc := tls.Server(c, config)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HandshakeTimeout)
	err := tc.HandshakeContext(ctx)
	cancel()
	s.mu.Lock()
	delete(s.waiting, c)
	s.mu.Unlock()
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && plain.Conn != nil && looksLikeHTTP(plain.RecordHeader):
		s.guard(c, nil).refuse(http.StatusBadRequest, "plain HTTP request on a TLS listener")
		c.Close()
	case err != nil:
		s.opts.Logger.Debug("tls handshake failed", "remote", c.RemoteAddr().String(), "error", err)
		c.Close()
	case tc.ConnectionState().NegotiatedProtocol == "h2":
		inner.give(tc)
	default:
		inner.give(s.guard(tc, tc))
	}
}

// wait registers c as in its handshake, so that Shutdown can close it.
func (s *Server) wait(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.waiting[c] = struct{}{}
	}
	return !s.closing
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE":
		return true
	}
	return false
}

// Shutdown stops accepting, tells HTTP/2 viewers to go away, closes idle
// connections, and waits for requests under way. When ctx ends first, it
// closes what is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	servers, sources := s.servers, s.sources
	for c := range s.waiting {
		c.Close()
	}
	s.mu.Unlock()
	for _, l := range sources {
		l.Close()
	}
	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, hs := range servers {
		all.Go(func() {
			if errs[i] = hs.Shutdown(ctx); errs[i] != nil {
				hs.Close()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
