package truststore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// A Handshake is one in which a Policy had a part, from the viewer's first message
// on.
type Handshake struct {
	Began         time.Time
	Took          time.Duration
	Remote, Local netip.AddrPort
	ServerName    string
	Version       string // as logged: "TLSv1.3"; "" if none was agreed on
	Cipher        string // OpenSSL-style name; "" if none was agreed on
	Reason        Reason // ReasonNone for a connection
	// Certificate is the viewer's, of one that is refused too; nil if it has none, or
	// one that is too large (CF-MTLS-03).
	Certificate *Certificate
}

// SetChain keeps the viewer's certificate, unless it is larger than any that can be
// accepted: until then anybody may have made it, up to the 256 KiB of a handshake.
func (h *Handshake) SetChain(chain []*x509.Certificate) {
	if len(chain) > 0 && len(chain[0].Raw) <= maxCertificate {
		h.Certificate = &Certificate{chain: chain}
	}
}

// Observed tells whoever observes the handshakes of the policy about one.
func (p *Policy) Observed(h *Handshake) {
	if p.Observe != nil {
		p.Observe(h)
	}
}

// ReasonOf says why a handshake has failed; err is that of crypto/tls.
func ReasonOf(err error) Reason {
	var ours *Error
	var timeout net.Error
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		return ReasonNone
	case errors.As(err, &ours):
		return ours.Reason
	case strings.HasSuffix(err.Error(), "client didn't provide a certificate"): // crypto/tls has no value for it
		return ReasonMissing
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTCPTimeout
	case errors.As(err, &record), isAlert(err):
		return ReasonUnmapped
	}
	var op *net.OpError
	if errors.As(err, &op) || errors.Is(err, net.ErrClosed) || strings.HasSuffix(err.Error(), "EOF") {
		return ReasonTCPError
	}
	return ReasonUnmapped
}

// isAlert reports whether the viewer has ended the handshake by an alert, which
// crypto/tls wraps as if it were an error of the network.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
