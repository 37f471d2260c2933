package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

const (
	// maxTrusts bounds the trust settings that are remembered, maxSessions the
	// TLS sessions for each; the numbers are ours.
	maxTrusts   = 128
	maxSessions = 128
)

// A trust is one way to verify certificates, with the sessions that were
// established by it. A session is resumed by no other trust, and only with the
// place and for the names that it was made for.
type trust struct {
	insecure bool
	roots    *x509.CertPool // nil for the system's
	err      error          // of the roots
	sessions tls.ClientSessionCache
}

// A trustKey is what of a route says how to verify.
type trustKey struct {
	insecure bool
	roots    *byte // keeps what it points to, so that nothing else gets its place
	link     *origin.Link
	// certificate is our own: a session is resumed as whoever began it.
	certificate *tls.Certificate
}

// trusts are those of a Client.
type trusts struct {
	mu  sync.Mutex // guards all
	all map[trustKey]*trust
}

var (
	errRoots      = errors.New("no certificate in the origin's CA file")
	errClientCert = errors.New("origin asks for a client certificate")
	errVersion    = errors.New("origin chose a TLS version that its configuration leaves out")
	errNoHTTP2    = errors.New("origin does not speak HTTP/2")
)

// of returns the trust of a route, whose roots are in pem.
func (t *trusts) of(rt route, pem []byte) *trust {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := trustKey{rt.insecure, rt.roots, rt.link(), rt.certificate()}
	if known := t.all[key]; known != nil {
		return known
	}
	if t.all == nil || len(t.all) >= maxTrusts { // of configurations that are gone
		t.all = make(map[trustKey]*trust)
	}
	fresh := &trust{insecure: rt.insecure, sessions: tls.NewLRUClientSessionCache(maxSessions)}
	if rt.roots != nil {
		fresh.roots = x509.NewCertPool()
		if !fresh.roots.AppendCertsFromPEM(pem) {
			fresh.err = errRoots
		}
	}
	t.all[key] = fresh
	return fresh
}

// sessions are those of a trust with one place and pair of names.
type sessions struct {
	tls.ClientSessionCache
	prefix string
}

func (s sessions) Get(key string) (*tls.ClientSessionState, bool) {
	return s.ClientSessionCache.Get(s.prefix + key)
}

func (s sessions) Put(key string, state *tls.ClientSessionState) {
	s.ClientSessionCache.Put(s.prefix+key, state)
}

// handshake puts TLS over c.
func (t *trip) handshake(ctx context.Context, c *conn) error {
	begin := t.client.now()
	cfg, err := t.client.tlsConfig(t.route, t.origin.TLSRootsPEM)
	if err != nil {
		return err
	}
	tc := tls.Client(&c.wire, cfg)
	c.nc = tc
	err = tc.HandshakeContext(ctx)
	t.timing.TLS = t.client.now().Sub(begin)
	if err == nil && t.route.http2 && tc.ConnectionState().NegotiatedProtocol != t.route.protocol() {
		return errNoHTTP2
	}
	return err
}

// tlsConfig verifies by itself, because either of two names or one of a list
// will do (CF-OTLS-04) and crypto/tls knows only one. VerifyConnection is
// called on resumption as well.
func (c *Client) tlsConfig(rt route, pem []byte) (*tls.Config, error) {
	trust, now := c.trusts.of(rt, pem), c.now
	if trust.err != nil {
		return nil, trust.err
	}
	link := rt.link()
	cfg := &tls.Config{
		ServerName:         rt.name,
		NextProtos:         []string{rt.protocol()},
		ClientSessionCache: sessions{trust.sessions, rt.target.String() + " " + rt.domain + " "},
		InsecureSkipVerify: true,
		Time:               now,
		// An origin that wants a certificate, and for which there is none, gets no
		// request (CF-OTLS-06).
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if own := rt.certificate(); own != nil {
				return own, nil
			}
			return nil, errClientCert
		},
	}
	setVersions(cfg, link.TLSVersions)
	names := link.CertificateNames
	if len(names) == 0 {
		names = []string{rt.name, rt.domain}
	}
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		if !speaks(link.TLSVersions, cs.Version) {
			return errVersion
		}
		if trust.insecure {
			return nil
		}
		return verify(cs.PeerCertificates, trust.roots, now(), names...)
	}
	return cfg, nil
}

// verify checks the chain and that the leaf is for one of the names.
func verify(chain []*x509.Certificate, roots *x509.CertPool, now time.Time, names ...string) error {
	if len(chain) == 0 {
		return errors.New("no certificate")
	}
	opts := x509.VerifyOptions{Roots: roots, CurrentTime: now, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(opts); err != nil {
		return err
	}
	var err error
	for _, name := range names {
		if err = isFor(chain[0], name); err == nil {
			return nil
		}
	}
	return err
}

// isFor checks that a certificate is for a name. "*.example.com" is any name
// with one label before that, and the wildcard itself.
func isFor(c *x509.Certificate, name string) error {
	domain, wild := strings.CutPrefix(name, "*.")
	if !wild || domain == "" {
		return c.VerifyHostname(name)
	}
	for _, has := range c.DNSNames {
		if _, rest, _ := strings.Cut(has, "."); strings.EqualFold(rest, domain) {
			return nil
		}
	}
	return x509.HostnameError{Certificate: c, Host: name}
}

// alert returns the origin's alert, if it is with one that a connection ended:
// with TLS 1.3 it may say only after the handshake that it does not take our
// certificate (RFC 8446 section 4.4.2.4). If we were still sending then, err is
// that of the write, and the alert has yet to be read.
func (c *conn) alert(err error) error {
	if !isAlert(err) && c.route.certificate() != nil {
		c.wire.setHeadBy(c.wire.now().Add(lastWrite))
		_, err = c.nc.Read(make([]byte, 1))
	}
	if isAlert(err) {
		return err
	}
	return nil
}

// isAlert reports whether an error is an alert that the other side sent.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// tlsError classifies a failed handshake. Broken connections are tried again;
// a certificate that is wrong will be wrong again.
func tlsError(ctx context.Context, name string, err error) *origin.Error {
	e := &origin.Error{Kind: origin.ErrorTLS, Op: "tls " + name, Err: err}
	var op *net.OpError
	switch {
	case ctx.Err() != nil || isTimeout(err):
		e.Kind, e.Retry = origin.ErrorConnectTimeout, origin.RetryYes
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe),
		errors.As(err, &op) && op.Op != "remote error" && op.Op != "local error":
		e.Retry = origin.RetryYes
	}
	return e
}
