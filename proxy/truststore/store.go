package truststore

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// The bounds of CF-MTLS-03. maxDepth counts the certificates of a chain from the
// viewer's to the one that is trusted.
const (
	maxBundle       = 64 << 10
	maxCertificates = 25
	maxCertificate  = 16384
	maxDepth        = 4
)

// A Store is a set of certification authorities that are trusted, with what they
// have revoked. It is immutable.
type Store struct {
	name         string
	certificates []*x509.Certificate
	revoked      []*list
	// digest stands for all that decides what the Store accepts.
	digest [sha256.Size]byte
}

// New reads a bundle of certificates in PEM, every one of which is trusted, be it a
// root or not (CF-MTLS-03), and lists of what they have revoked, each in PEM or
// DER. An error names the certificate or the list by its number.
func New(name string, bundle []byte, lists ...[]byte) (*Store, error) {
	s := &Store{name: name}
	sum := sha256.New()
	if err := s.readBundle(bundle); err != nil {
		return nil, err
	}
	for _, c := range s.certificates {
		fmt.Fprintf(sum, "certificate %d\n", len(c.Raw))
		sum.Write(c.Raw)
	}
	for i, text := range lists {
		l, err := s.readList(text)
		if err != nil {
			return nil, fmt.Errorf("CRL %d: %w", i+1, err)
		}
		fmt.Fprintf(sum, "list %d\n", len(text))
		sum.Write(text)
		s.revoked = append(s.revoked, l)
	}
	sum.Sum(s.digest[:0])
	return s, nil
}

// Name is the Store's name in the configuration.
func (s *Store) Name() string { return s.name }

// Expiry is the earliest end of a certificate, and the name of its subject.
func (s *Store) Expiry() (end time.Time, subject string) {
	for _, c := range s.certificates {
		if end.IsZero() || c.NotAfter.Before(end) {
			end, subject = c.NotAfter, distinguishedName(c.RawSubject)
		}
	}
	return end, subject
}

// readBundle reads certificates with nothing but comments, which begin with #, and
// blanks between them. At AWS not even blank lines may be there (CF-MTLS-03); here
// they may.
func (s *Store) readBundle(bundle []byte) error {
	if len(bundle) > maxBundle {
		return fmt.Errorf("%d bytes, want at most %d (CF-MTLS-03)", len(bundle), maxBundle)
	}
	for rest := bundle; ; {
		before, found := untilBlock(rest)
		if line := stray(before); line != "" {
			return fmt.Errorf("after certificate %d: %.40q is neither a certificate in PEM nor a comment", len(s.certificates), line)
		}
		if !found {
			break
		}
		number := len(s.certificates) + 1
		block, after := pem.Decode(rest[len(before):])
		if block == nil {
			return fmt.Errorf("certificate %d: its PEM is damaged", number)
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("certificate %d: %q in its place", number, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err == nil {
			err = authorityError(c)
		}
		if err != nil {
			return fmt.Errorf("certificate %d: %w", number, err)
		}
		for _, other := range s.certificates {
			if other.Equal(c) {
				return fmt.Errorf("certificate %d: it is there twice", number)
			}
		}
		s.certificates, rest = append(s.certificates, c), after
	}
	switch n := len(s.certificates); {
	case n == 0:
		return errors.New("there is no certificate")
	case n > maxCertificates:
		return fmt.Errorf("%d certificates, want at most %d (CF-MTLS-03, CF-QUO-25)", n, maxCertificates)
	}
	return nil
}

// untilBlock returns what is before the next block of PEM.
func untilBlock(text []byte) (before []byte, found bool) {
	begin := []byte("-----BEGIN ")
	if bytes.HasPrefix(text, begin) {
		return nil, true
	}
	if i := bytes.Index(text, append([]byte{'\n'}, begin...)); i >= 0 {
		return text[:i+1], true
	}
	return text, false
}

// stray returns the first line that is neither blank nor a comment.
func stray(text []byte) string {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return string(line)
		}
	}
	return ""
}

// authorityError says why a certificate cannot be that of an authority in a store.
func authorityError(c *x509.Certificate) error {
	if len(c.Raw) > maxCertificate {
		return fmt.Errorf("%d bytes, want at most %d (CF-MTLS-03)", len(c.Raw), maxCertificate)
	}
	if err := kindError(c); err != nil {
		return err
	}
	if !c.BasicConstraintsValid || !c.IsCA {
		return errors.New("it is not that of a certification authority: basicConstraints does not say CA:TRUE")
	}
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return errors.New("its key may not sign certificates: keyUsage lacks keyCertSign")
	}
	return nil
}

// kindError says why a certificate is of no kind that CloudFront takes (CF-MTLS-03).
func kindError(c *x509.Certificate) error {
	if c.Version != 3 {
		return fmt.Errorf("X.509 version %d, want 3 (CF-MTLS-03)", c.Version)
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n != 2048 && n != 3072 && n != 4096 {
			return fmt.Errorf("an RSA key of %d bits, want 2048, 3072 or 4096 (CF-MTLS-03)", n)
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return fmt.Errorf("an ECDSA key on %s, want P-256 or P-384 (CF-MTLS-03)", key.Curve.Params().Name)
		}
	default:
		return fmt.Errorf("a key of type %v, want RSA or ECDSA (CF-MTLS-03)", c.PublicKeyAlgorithm)
	}
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return nil
	}
	return fmt.Errorf("signed by %v, want SHA-256, SHA-384 or SHA-512 with RSA, RSASSA-PSS or ECDSA (CF-MTLS-03)", c.SignatureAlgorithm)
}
