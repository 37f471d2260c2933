package truststore

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"sync"
	"time"
)

// A Certificate is a viewer's, in the words of the CloudFront-Viewer-Cert-* fields
// (CF-MTLS-06). They are made when the first of them is asked for, and once for
// all requests of the connection. Its methods may be called at once from many
// goroutines.
type Certificate struct {
	chain []*x509.Certificate // as the viewer sent it, its own first

	once                            sync.Once
	serial, issuer, subject, sha256 string
	validity, pem                   string
}

func (c *Certificate) leaf() *x509.Certificate { return c.chain[0] }

func (c *Certificate) made() *Certificate {
	c.once.Do(func() {
		leaf := c.leaf()
		c.serial, c.validity = serialNumber(leaf), validity(leaf)
		c.issuer, c.subject = distinguishedName(leaf.RawIssuer), distinguishedName(leaf.RawSubject)
		sum := sha256.Sum256(leaf.Raw)
		c.sha256 = hex.EncodeToString(sum[:])
		c.pem = percentEncode(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))
	})
	return c
}

// SerialNumber is in hexadecimal, the bytes apart by colons: "4a:3f:5c".
func (c *Certificate) SerialNumber() string { return c.made().serial }

// Issuer and Subject are distinguished names as RFC 2253 writes them.
func (c *Certificate) Issuer() string { return c.made().issuer }

// Subject is that of the certificate; see Issuer.
func (c *Certificate) Subject() string { return c.made().subject }

// SHA256 is the digest of the certificate in DER, in lower-case hexadecimal.
func (c *Certificate) SHA256() string { return c.made().sha256 }

// Validity is "NotBefore=2026-01-01T00:00:00Z;NotAfter=2027-01-01T00:00:00Z".
func (c *Certificate) Validity() string { return c.made().validity }

// PEM is the certificate in PEM, percent-encoded: all but unreserved characters, so
// that every decoder of URLs, those too that take + for a blank, has it back.
func (c *Certificate) PEM() string { return c.made().pem }

// serialNumber is that of a certificate as CF-MTLS-06 writes it.
func serialNumber(c *x509.Certificate) string {
	digits := hex.EncodeToString(c.SerialNumber.Bytes())
	if digits == "" {
		return "00"
	}
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String()
}

func validity(c *x509.Certificate) string {
	return "NotBefore=" + c.NotBefore.UTC().Format(time.RFC3339) + ";NotAfter=" + c.NotAfter.UTC().Format(time.RFC3339)
}

// percentEncode leaves unreserved characters (RFC 3986 section 2.3) as they are.
func percentEncode(text []byte) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(text) + len(text)/4)
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
