package viewertls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Certificate is what a viewer is shown: a chain with its key, and how it was
// made ready. It is immutable.
type Certificate struct {
	// Name is that in the configuration, for messages and metrics.
	Name string
	// NotBefore and NotAfter are when the leaf is good; zero for those that are issued
	// on demand.
	NotBefore, NotAfter time.Time

	served  viewer.ServedCertificate
	key     KeyKind
	scheme  tls.SignatureScheme // that a viewer needs to have with TLS 1.3; 0 for several
	ready   tls.Certificate
	issue   func(*tls.ClientHelloInfo) (*tls.Certificate, error) // instead of ready
	binding [sha256.Size]byte
}

// KeyKind is what the key of a certificate is, which decides about suites.
type KeyKind uint8

// The kinds. Ed25519 counts as ECDSA, as in RFC 8422.
const (
	KeyECDSA KeyKind = iota
	KeyRSA
)

// String returns "ECDSA" or "RSA".
func (k KeyKind) String() string {
	switch k {
	case KeyECDSA:
		return "ECDSA"
	case KeyRSA:
		return "RSA"
	}
	return "KeyKind(?)"
}

// maxStaple bounds an OCSP response, in bytes.
const maxStaple = 64 << 10

// NewCertificate reads a chain and its key in PEM, and a response of OCSP in DER
// to be stapled (CF-TLS-35), which may be nil. It is an error if they do not
// belong together.
func NewCertificate(name string, chain, key, staple []byte) (*Certificate, error) {
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	if len(staple) > maxStaple {
		return nil, fmt.Errorf("the OCSP response has %d bytes, want at most %d", len(staple), maxStaple)
	}
	if len(staple) > 0 {
		if err := checkStaple(staple, &pair); err != nil {
			return nil, err
		}
		pair.OCSPStaple = staple
	}
	c := &Certificate{
		Name: name, NotBefore: pair.Leaf.NotBefore, NotAfter: pair.Leaf.NotAfter, ready: pair,
		served: viewer.ServedCertificate{Names: lowerCase(pair.Leaf.DNSNames)}, binding: sha256.Sum256(pair.Leaf.Raw),
	}
	switch public := pair.Leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		c.key = KeyRSA
	case *ecdsa.PublicKey:
		c.scheme = schemeOf(public.Curve)
	case ed25519.PublicKey:
		c.scheme = tls.Ed25519
	default:
		return nil, errors.New("the key is neither RSA nor ECDSA nor Ed25519")
	}
	return c, nil
}

// IssuedCertificate returns one that is issued for each handshake, by an
// authority whose certificate is root, and covers names besides what a viewer
// asks for. Its key is on the curve P-256.
func IssuedCertificate(name string, names []string, root []byte, issue func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *Certificate {
	return &Certificate{
		Name: name, issue: issue, scheme: tls.ECDSAWithP256AndSHA256, binding: sha256.Sum256(root),
		served: viewer.ServedCertificate{Names: lowerCase(names)},
	}
}

func schemeOf(curve elliptic.Curve) tls.SignatureScheme {
	switch curve {
	case elliptic.P384():
		return tls.ECDSAWithP384AndSHA384
	case elliptic.P521():
		return tls.ECDSAWithP521AndSHA512
	}
	return tls.ECDSAWithP256AndSHA256
}

func lowerCase(names []string) []string {
	lower := make([]string, len(names))
	for i, name := range names {
		lower[i] = strings.ToLower(name)
	}
	return lower
}

// Covers reports whether the certificate is good for a host or for an alias: its
// name, or a wildcard for just its first label (CF-DIST-08, CF-SNI-02).
func (c *Certificate) Covers(host string) bool { return c.served.Covers(host) }

// understoodBy reports whether a viewer that speaks TLS 1.3 can check a
// signature by the certificate's key.
func (c *Certificate) understoodBy(hello *tls.ClientHelloInfo) bool {
	if c.scheme != 0 {
		return slices.Contains(hello.SignatureSchemes, c.scheme)
	}
	return slices.ContainsFunc(hello.SignatureSchemes, func(s tls.SignatureScheme) bool {
		return s == tls.PSSWithSHA256 || s == tls.PSSWithSHA384 || s == tls.PSSWithSHA512
	})
}

// understoodByOld is understoodBy for TLS 1.2 and older, where a curve is one of
// the groups that the viewer knows, and the signature schemes speak of hashes alone
// (RFC 8422 sections 5.1.1 and 5.1.3).
func (c *Certificate) understoodByOld(hello *tls.ClientHelloInfo) bool {
	switch c.scheme {
	case 0: // RSA
		return true
	case tls.Ed25519:
		return slices.Contains(hello.SignatureSchemes, tls.Ed25519)
	}
	return slices.Contains(hello.SupportedCurves, curveOf[c.scheme]) &&
		(len(hello.SignatureSchemes) == 0 || slices.ContainsFunc(hello.SignatureSchemes, isECDSA))
}

var curveOf = map[tls.SignatureScheme]tls.CurveID{
	tls.ECDSAWithP256AndSHA256: tls.CurveP256, tls.ECDSAWithP384AndSHA384: tls.CurveP384, tls.ECDSAWithP521AndSHA512: tls.CurveP521,
}

func isECDSA(s tls.SignatureScheme) bool { return curveOf[s] != 0 || s == tls.ECDSAWithSHA1 }

// checkStaple wants the response to be about the leaf: it has its serial number.
// What it says, viewers judge.
func checkStaple(staple []byte, pair *tls.Certificate) error {
	serial := pair.Leaf.SerialNumber.Bytes()
	if staple[0] != 0x30 || !bytes.Contains(staple, serial) {
		return errors.New("the OCSP response is not one in DER about this certificate")
	}
	return nil
}
