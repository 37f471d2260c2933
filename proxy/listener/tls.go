package listener

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/groundfront/groundfront/proxy/fingerprint"
)

// withProtocols returns config with ALPN set.
func withProtocols(config *tls.Config, p Protocols) *tls.Config {
	config = config.Clone()
	// Records of the largest size cost the least, and what is sent here is
	// mostly at hand as a whole.
	config.DynamicRecordSizingDisabled = true
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

// perHello looks at the ClientHello of each handshake. Its server name decides
// about HTTP/2, which is a distribution's own choice (CF-DIST-13).
func (s *Server) perHello(config *tls.Config, p Protocols) *tls.Config {
	withoutHTTP2 := config.Clone()
	withoutHTTP2.NextProtos = []string{"http/1.1"}
	choice := s.opts.OffersHTTP2 != nil && p == HTTP1|HTTP2
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.noteFingerprints(hello)
		if !choice || s.opts.OffersHTTP2(hello.ServerName) {
			return nil, nil
		}
		return withoutHTTP2, nil
	}
	return config
}

// fingerprints are those of a ClientHello, "" if nobody wants them.
type fingerprints struct{ ja3, ja4 string }

// fingerprintsKey is what noteFingerprints finds them by in a handshake's context.
type fingerprintsKey struct{}

// noteFingerprints fills in the fingerprints of a handshake's context.
func (s *Server) noteFingerprints(hello *tls.ClientHelloInfo) {
	f, ok := hello.Context().Value(fingerprintsKey{}).(*fingerprints)
	if ok && s.opts.WantsFingerprints != nil && s.opts.WantsFingerprints() {
		*f = fingerprints{fingerprint.JA3(hello), fingerprint.JA4(hello)}
	}
}

// handshake makes c a TLS connection, or reports that there will be none.
func (s *Server) handshake(c *conn, config *tls.Config) bool {
	tc := tls.Server(&c.wire, config)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HandshakeTimeout)
	defer cancel()
	var prints fingerprints
	err := tc.HandshakeContext(context.WithValue(ctx, fingerprintsKey{}, &prints))
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
	c.secure(tc, prints)
	return true
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE":
		return true
	}
	return false
}
