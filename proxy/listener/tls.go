package listener

import (
	"context"
	"crypto/tls"
	"errors"
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

// handshake makes c a TLS connection, or reports that there will be none.
func (s *Server) handshake(c *conn, config *tls.Config) bool {
	tc := tls.Server(&c.wire, config)
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.HandshakeTimeout)
	defer cancel()
	err := tc.HandshakeContext(ctx)
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
	c.secure(tc)
	return true
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE":
		return true
	}
	return false
}
