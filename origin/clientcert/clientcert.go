// Package clientcert holds the client certificate by which an origin knows the
// edge (CF-OMTLS), from files that may be replaced while it is used.
//
// It is a provider: it implements origin.Identity.
package clientcert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// lookAgain is how often the files are read while the certificate is used. They
// are read and compared rather than watched: that works on any file system,
// and where a secret is replaced by moving a link.
const lookAgain = 5 * time.Second

// maxChain is how many certificates there may be in the file (CF-OMTLS-01).
const maxChain = 3

// Options say where a certificate is.
type Options struct {
	// CertificateFile is PEM: the certificate, then those it is signed by.
	// KeyFile is PEM too.
	CertificateFile, KeyFile string
	// ReadFile reads a file; nil means os.ReadFile. It is called from any
	// goroutine.
	ReadFile func(name string) ([]byte, error)
	// Report, if set, is told why new files are not used, once for each
	// reason. It is called from any goroutine.
	Report func(error)
}

// A Store is a certificate that is replaced when its files are. Its methods may
// be called at once from many goroutines.
type Store struct {
	options Options
	current atomic.Pointer[tls.Certificate]
	looked  atomic.Int64 // when the files were last read, in nanoseconds
	looking atomic.Bool  // somebody reads the files, and owns what follows

	certificate, key []byte // as they were last read
	failure          string // the last that was reported
}

var _ origin.Identity = (*Store)(nil)

// Load reads a certificate, which must be one that CloudFront takes
// (CF-OMTLS-01). now is when, for the first time to look again.
func Load(o Options, now time.Time) (*Store, error) {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	s := &Store{options: o}
	s.looked.Store(now.UnixNano())
	return s, s.read()
}

// Certificate returns the certificate to use. It does not wait for the files:
// every 5 seconds they are read in another goroutine, and files that are no
// good leave the certificate as it is.
func (s *Store) Certificate(now time.Time) *tls.Certificate {
	if now.UnixNano()-s.looked.Load() >= int64(lookAgain) && s.looking.CompareAndSwap(false, true) {
		s.looked.Store(now.UnixNano())
		go s.look()
	}
	return s.current.Load()
}

// look reads the files and reports what is wrong with them.
func (s *Store) look() {
	defer s.looking.Store(false)
	err := s.read()
	switch {
	case err == nil:
		s.failure = ""
	case err.Error() != s.failure && s.options.Report != nil:
		s.failure = err.Error()
		s.options.Report(err)
	}
}

// read makes what is in the files the current certificate, unless it is that
// already.
func (s *Store) read() error {
	certificate, err := s.options.ReadFile(s.options.CertificateFile)
	if err != nil {
		return err
	}
	key, err := s.options.ReadFile(s.options.KeyFile)
	if err != nil {
		return err
	}
	if bytes.Equal(certificate, s.certificate) && bytes.Equal(key, s.key) {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err == nil {
		err = check(&pair)
	}
	if err != nil {
		return fmt.Errorf("client certificate in %s and %s: %w", s.options.CertificateFile, s.options.KeyFile, err)
	}
	s.certificate, s.key = certificate, key
	s.current.Store(&pair)
	return nil
}

// check applies CF-OMTLS-01. Whether a certificate is still good is for the
// origin to say (CF-OMTLS-04).
func check(pair *tls.Certificate) error {
	leaf := pair.Leaf
	if n := len(pair.Certificate); n > maxChain {
		return fmt.Errorf("a chain of %d certificates, want at most %d (CF-OMTLS-01)", n, maxChain)
	}
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() != 2048 {
			return fmt.Errorf("an RSA key of %d bits, want 2048 (CF-OMTLS-01)", key.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return fmt.Errorf("an ECDSA key on %s, want P-256 (CF-OMTLS-01)", key.Curve.Params().Name)
		}
	default:
		return fmt.Errorf("a key of type %s, want RSA or ECDSA (CF-OMTLS-01)", leaf.PublicKeyAlgorithm)
	}
	for _, usage := range leaf.ExtKeyUsage {
		if usage == x509.ExtKeyUsageClientAuth {
			return nil
		}
	}
	return errors.New("not for TLS client authentication: no such extended key usage (CF-OMTLS-01)")
}
