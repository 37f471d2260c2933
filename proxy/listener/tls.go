package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"github.com/groundfront/groundfront/proxy/fingerprint"
	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// perHello returns what crypto/tls asks about each handshake: the answer is that
// of choose, and what it says besides is noted.
func (s *Server) perHello(choose Choose) *tls.Config {
	return &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (config *tls.Config, err error) {
		defer func() { // over QUIC nobody else would end this handshake alone
			if v := recover(); v != nil {
				s.panicked(v, &viewer.Request{Remote: addrPort(hello.Conn.RemoteAddr()), Host: hello.ServerName})
				err = errPanic
			}
		}()
		choice := choose(hello)
		if n, ok := hello.Context().Value(notedKey{}).(*noted); ok {
			n.served, n.viewers = choice.Served, choice.Viewers
			if s.opts.WantsFingerprints != nil && s.opts.WantsFingerprints() {
				n.ja3, n.ja4 = fingerprint.JA3(hello), fingerprint.JA4(hello)
			}
		}
		return choice.Config, nil
	}}
}

var errPanic = errors.New("panic in a handshake")

// noted is what crypto/tls does not tell of a handshake when it is over.
type noted struct {
	ja3, ja4 string // "" if nobody wants them
	served   *viewer.ServedCertificate
	viewers  *truststore.Policy
	// presented is what viewers found out; nil if it was not asked.
	presented *truststore.Peer
}

// notedKey is what perHello finds them by in a handshake's context.
type notedKey struct{}

// handshake makes c a TLS connection, or reports that there will be none.
func (s *Server) handshake(c *conn, config *tls.Config) bool {
	under := &handshaker{wire: &c.wire}
	tc := tls.Server(under, config)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HandshakeTimeout)
	defer cancel()
	var n noted
	under.begin(s.handshakes)
	began := time.Now()
	err := func() error {
		defer under.end() // after a panic, too
		return tc.HandshakeContext(context.WithValue(ctx, notedKey{}, &n))
	}()
	reason := n.settle(tc, &c.peer, began, err)
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && plain.Conn != nil && looksLikeHTTP(plain.RecordHeader):
		s.h1.Refuse(c, &c.peer, "plain HTTP request on a TLS listener")
		c.linger()
		return false
	case err != nil:
		s.opts.Logger.Debug("tls handshake failed", "remote", c.peer.Remote.String(), "error", err)
		if reason.OfCertificate() {
			c.linger()
		}
		return false
	case !speaksHTTP(tc.ConnectionState().NegotiatedProtocol):
		return false
	}
	c.secure(tc, n)
	return true
}

// speaksHTTP reports whether a connection goes on with HTTP after its handshake: not
// if the handshake was all, as in a challenge of ACME (RFC 8737).
func speaksHTTP(protocol string) bool {
	return protocol == "" || protocol == "h2" || protocol == "http/1.1"
}

// settle tells the policy for viewers' certificates, if there is one, how a handshake
// has ended, and keeps what it found out. It returns why a policy has none: of a viewer
// whose certificate is refused, its request may be under way, with TLS 1.3, and only
// who goes on reading has the alert arrive (CF-MTLS-10).
func (n *noted) settle(tc *tls.Conn, peer *viewer.Peer, began time.Time, err error) truststore.Reason {
	if n.viewers == nil {
		return truststore.ReasonNone
	}
	state := tc.ConnectionState()
	h := truststore.Handshake{
		Began: began, Took: time.Since(began), Remote: peer.Remote, Local: peer.Local,
		ServerName: state.ServerName, Reason: truststore.ReasonOf(err),
	}
	if state.Version != 0 {
		h.Version = versionName(state.Version)
	}
	if state.CipherSuite != 0 {
		h.Cipher = cipherName(state.CipherSuite)
	}
	if err == nil {
		n.presented = n.viewers.Peer(state.PeerCertificates)
		h.Certificate = n.presented.Certificate
	} else {
		h.SetChain(state.PeerCertificates)
	}
	n.viewers.Observed(&h)
	return h.Reason
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE":
		return true
	}
	return false
}
