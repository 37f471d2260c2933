package truststore

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Mode says whether viewers need a certificate (CF-MTLS-01).
type Mode uint8

// With ModeOptional a viewer may have none; one that it presents must be good.
const (
	ModeRequired Mode = iota
	ModeOptional
)

// String returns the mode as CloudFront's API spells it.
func (m Mode) String() string {
	switch m {
	case ModeRequired:
		return "required"
	case ModeOptional:
		return "optional"
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// Options say what a distribution asks of its viewers. AWS's ViewerMtlsConfig.
type Options struct {
	Mode  Mode
	Store *Store
	// AdvertiseNames tells viewers in the handshake which authorities are trusted,
	// so that they can choose a certificate (CF-MTLS-04).
	AdvertiseNames bool
	// IgnoreExpiry accepts certificates, and authorities, that are over (CF-MTLS-04).
	IgnoreExpiry bool
	OutdatedCRL  OutdatedCRL
	// Now is the clock.
	Now func() time.Time
	// Observe, if set, is told about each handshake that the policy had a part in.
	// It is called from many goroutines, and does not keep what it gets.
	Observe func(*Handshake)
}

// A Policy is what is asked of the viewers of a distribution. It is immutable.
type Policy struct {
	Options
	anchors *x509.CertPool
	names   *x509.CertPool // advertised; nil for none
	digest  [sha256.Size]byte
}

// NewPolicy returns the policy of one distribution. Options are complete.
func NewPolicy(o Options) *Policy {
	p := &Policy{Options: o, anchors: x509.NewCertPool()}
	for _, c := range o.Store.certificates {
		p.anchors.AddCert(p.timeless(c))
	}
	if o.AdvertiseNames {
		p.names = x509.NewCertPool()
		for _, c := range o.Store.certificates {
			p.names.AddCert(c)
		}
	}
	p.digest = sha256.Sum256(fmt.Append(o.Store.digest[:], o.IgnoreExpiry, o.OutdatedCRL))
	return p
}

// forever is no certificate's end (RFC 5280 section 4.1.2.5).
var forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// timeless returns a certificate that does not end, if that is to be ignored. Its
// beginning, and all that is signed, stay.
func (p *Policy) timeless(c *x509.Certificate) *x509.Certificate {
	if !p.IgnoreExpiry {
		return c
	}
	copied := *c
	copied.NotAfter = forever
	return &copied
}

// Demand puts the policy into the configuration of a handshake. Sessions are not
// resumed (CF-MTLS-05): each handshake shows the certificate.
func (p *Policy) Demand(config *tls.Config) {
	config.ClientAuth = tls.RequestClientCert
	if p.Mode == ModeRequired {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	config.ClientCAs = p.names
	config.SessionTicketsDisabled = true
	config.VerifyConnection = func(cs tls.ConnectionState) error {
		if err := p.Verify(cs.PeerCertificates); err != nil {
			return err
		}
		return nil
	}
}

// Verify reports why a chain is refused, nil if it is accepted: as a viewer sent it,
// its own certificate first, and empty if there is none.
func (p *Policy) Verify(chain []*x509.Certificate) *Error {
	switch {
	case len(chain) == 0 && p.Mode == ModeOptional:
		return nil
	case len(chain) == 0:
		return refuse(ReasonMissing, "the viewer has no certificate")
	case len(chain) > maxDepth:
		return refuse(ReasonMaxChainDepthExceeded, "%d certificates, want at most %d", len(chain), maxDepth)
	}
	for i, c := range chain {
		if len(c.Raw) > maxCertificate {
			return refuse(ReasonMaxSizeExceeded, "certificate %d has %d bytes, want at most %d", i+1, len(c.Raw), maxCertificate)
		}
		if err := kindError(c); err != nil {
			return &Error{ReasonTypeUnsupported, fmt.Errorf("certificate %d: %w", i+1, err)}
		}
	}
	if leaf := chain[0]; leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return refuse(ReasonIntentInvalid, "its key may not sign: keyUsage lacks digitalSignature (RFC 8446 section 4.4.2.2)")
	}
	return p.verifyChains(chain)
}

// verifyChains looks for a way to an authority of the Store that is short enough and
// on which nothing is revoked.
func (p *Policy) verifyChains(chain []*x509.Certificate) *Error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(p.timeless(c))
	}
	now := p.Now()
	chains, err := p.timeless(chain[0]).Verify(x509.VerifyOptions{
		Roots: p.anchors, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return &Error{reasonOf(err, now), err}
	}
	var refused *Error
	for _, c := range chains {
		if len(c) > maxDepth {
			refused = refuse(ReasonMaxChainDepthExceeded, "%d certificates up to the trust store, want at most %d", len(c), maxDepth)
			continue
		}
		if refused = p.Store.checkRevocation(c, now, p.OutdatedCRL); refused == nil {
			return nil
		}
	}
	return refused
}

// reasonOf says in CloudFront's words why crypto/x509 refuses a certificate.
func reasonOf(err error, now time.Time) Reason {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		switch invalid.Reason {
		case x509.Expired:
			if now.Before(invalid.Cert.NotBefore) {
				return ReasonNotYetValid
			}
			return ReasonExpired
		case x509.IncompatibleUsage:
			return ReasonIntentInvalid
		}
		return ReasonInvalid
	}
	if errors.As(err, new(x509.UnknownAuthorityError)) {
		return ReasonUntrusted
	}
	return ReasonInvalid
}

// A Peer is what a handshake found out about a viewer. Its methods may be called at
// once from many goroutines.
type Peer struct {
	Certificate *Certificate // nil if the viewer has none

	// accepted is by whom it was last accepted: by the Policy of the handshake,
	// or of a later configuration. refused is by whom it was last refused.
	accepted, refused atomic.Pointer[Policy]
}

// Peer returns what a handshake that the policy demanded has found out. The chain
// was verified by it.
func (p *Policy) Peer(chain []*x509.Certificate) *Peer {
	v := new(Peer)
	if len(chain) > 0 {
		v.Certificate = &Certificate{chain: slices.Clone(chain)}
	}
	v.accepted.Store(p)
	return v
}

// Accepts reports whether a viewer that the handshake found out about may ask a
// distribution of the policy; v is nil if no certificate was asked for. Those of
// other distributions say nothing, unless they have the same store and rules.
// same tells that the handshake was for this distribution: then the policy is
// new since, because of a reload, and a certificate is looked at again, in
// particular whether it is revoked by now.
func (p *Policy) Accepts(v *Peer, same bool) bool {
	if v == nil {
		return false
	}
	before := v.accepted.Load()
	if before == p {
		return true
	}
	if v.Certificate == nil {
		return p.Mode == ModeOptional && (same || before.digest == p.digest)
	}
	if before.digest == p.digest {
		return true
	}
	if !same || v.refused.Load() == p {
		return false
	}
	if p.Verify(v.Certificate.chain) != nil {
		v.refused.Store(p)
		return false
	}
	v.accepted.Store(p)
	return true
}
