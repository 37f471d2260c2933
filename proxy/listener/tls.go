package listener

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/groundfront/groundfront/proxy/fingerprint"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// perHello returns what crypto/tls asks about each handshake: the answer is that
// of choose, and what it says besides is noted.
func (s *Server) perHello(choose Choose) *tls.Config {
	return &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		choice := choose(hello)
		if n, ok := hello.Context().Value(notedKey{}).(*noted); ok {
			n.served = choice.Served
			if s.opts.WantsFingerprints != nil && s.opts.WantsFingerprints() {
				n.ja3, n.ja4 = fingerprint.JA3(hello), fingerprint.JA4(hello)
			}
		}
		return choice.Config, nil
	}}
}

// noted is what crypto/tls does not tell of a handshake when it is over.
type noted struct {
	ja3, ja4 string // "" if nobody wants them
	served   *viewer.ServedCertificate
}

// notedKey is what perHello finds them by in a handshake's context.
type notedKey struct{}

// handshake makes c a TLS connection, or reports that there will be none.
func (s *Server) handshake(c *conn, config *tls.Config) bool {
	tc := tls.Server(&c.wire, config)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HandshakeTimeout)
	defer cancel()
	var n noted
	err := tc.HandshakeContext(context.WithValue(ctx, notedKey{}, &n))
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && plain.Conn != nil && looksLikeHTTP(plain.RecordHeader):
		s.h1.Refuse(c, &c.peer, "plain HTTP request on a TLS listener")
		c.linger()
		return false
	case err != nil:
		s.opts.Logger.Debug("tls handshake failed", "remote", c.peer.Remote.String(), "error", err)
		return false
	}
	c.secure(tc, n)
	return true
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE":
		return true
	}
	return false
}
