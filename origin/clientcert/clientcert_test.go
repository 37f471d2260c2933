package clientcert

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// files are what a Store reads.
type files struct {
	mu  sync.Mutex // guards all
	all map[string][]byte
}

func (f *files) read(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if text, is := f.all[name]; is {
		return text, nil
	}
	return nil, os.ErrNotExist
}

func (f *files) set(certificate, key []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = map[string][]byte{"cert": certificate, "key": key}
}

// pair makes a certificate with so many others behind it.
func pair(t *testing.T, key crypto.Signer, usage []x509.ExtKeyUsage, others int) (certificate, keyPEM []byte) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), ExtKeyUsage: usage,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour), // CF-OMTLS-04: not checked
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	for range 1 + others {
		certificate = append(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

var client = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}

func newKey(t *testing.T, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestCheck: which certificates CloudFront takes (CF-OMTLS-01, CF-OMTLS-04).
func TestCheck(t *testing.T) {
	rsaKey := func(bits int) crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256 := newKey(t, elliptic.P256())
	for _, tt := range []struct {
		name   string
		key    crypto.Signer
		usage  []x509.ExtKeyUsage
		others int
		want   string // of the error
	}{
		{name: "P-256", key: p256, usage: client},
		{name: "RSA 2048", key: rsaKey(2048), usage: client},
		{name: "three", key: p256, usage: client, others: 2},
		{name: "four", key: p256, usage: client, others: 3, want: "a chain of 4 certificates"},
		{name: "P-384", key: newKey(t, elliptic.P384()), usage: client, want: "on P-384"},
		{name: "RSA 3072", key: rsaKey(3072), usage: client, want: "3072 bits"},
		{name: "Ed25519", key: edwards, usage: client, want: "Ed25519"},
		{name: "server", key: p256, usage: client[:1], want: "not for TLS client authentication"},
		{name: "no usage", key: p256, want: "not for TLS client authentication"},
	} {
		f := &files{}
		f.set(pair(t, tt.key, tt.usage, tt.others))
		_, err := Load(Options{CertificateFile: "cert", KeyFile: "key", ReadFile: f.read}, time.Now())
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := Load(Options{CertificateFile: "cert", KeyFile: "key", ReadFile: (&files{}).read}, time.Now()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no files: got %v", err)
	}
}

// TestReplaced: new files are used within five seconds, without waiting; what
// is no good, or only half there, is reported once and changes nothing.
func TestReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &files{}
		f.set(pair(t, newKey(t, elliptic.P256()), client, 0))
		var reports []string
		s, err := Load(Options{CertificateFile: "cert", KeyFile: "key", ReadFile: f.read, Report: func(err error) {
			reports = append(reports, err.Error())
		}}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		first := s.Certificate(time.Now())
		after := func(d time.Duration) bool { // reports whether it is still the first
			time.Sleep(d)
			s.Certificate(time.Now())
			synctest.Wait()
			return s.Certificate(time.Now()) == first
		}
		if !after(lookAgain) {
			t.Error("the same files: another certificate")
		}
		certificate, key := pair(t, newKey(t, elliptic.P256()), client, 0)
		old, _ := f.read("key")
		f.set(certificate, old)
		for range 2 {
			if !after(lookAgain) || len(reports) != 1 || !strings.Contains(reports[0], "cert") {
				t.Errorf("only the certificate is new: got reports %q, want one and the first certificate", reports)
			}
		}
		f.set(certificate, key)
		if !after(lookAgain - 1) {
			t.Error("looked before five seconds had passed")
		}
		if after(1) || len(reports) != 1 {
			t.Errorf("new files: got the first certificate, reports %q", reports)
		}
		f.set(nil, nil)
		if after(lookAgain) || len(reports) != 2 {
			t.Errorf("empty files: got the first certificate, or reports %q", reports)
		}
	})
}
