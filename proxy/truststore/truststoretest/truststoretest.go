// Package truststoretest makes certification authorities, certificates of viewers
// and revocation lists, for tests.
//
// It is a provider, used by tests only.
package truststoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// An Authority issues certificates. Its own is valid for ten years around now.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
	now         time.Time
	chain       [][]byte // of DER, what a viewer sends beside its own
}

// New makes an authority that is signed by itself. All that it issues is valid from a
// day before now to a year after, unless a Change says otherwise.
func New(name string, now time.Time, changes ...Change) *Authority {
	template := authority(name, now)
	apply(template, changes)
	key := newKey()
	return &Authority{Certificate: create(template, template, key.Public(), key), Key: key, now: now}
}

// A Change alters a certificate before it is signed.
type Change func(*x509.Certificate)

func apply(template *x509.Certificate, changes []Change) {
	for _, change := range changes {
		change(template)
	}
}

func authority(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// Under makes an authority that a signs, which viewers send along.
func (a *Authority) Under(name string, changes ...Change) *Authority {
	template := authority(name, a.now)
	apply(template, changes)
	key := newKey()
	c := create(template, a.Certificate, key.Public(), a.Key)
	return &Authority{Certificate: c, Key: key, now: a.now, chain: append([][]byte{c.Raw}, a.chain...)}
}

// Issue makes the certificate of a viewer.
func (a *Authority) Issue(name string, serial int64, changes ...Change) tls.Certificate {
	return a.IssueFor(newKey(), name, serial, changes...)
}

// IssueFor is Issue for a key of another kind.
func (a *Authority) IssueFor(key crypto.Signer, name string, serial int64, changes ...Change) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: a.now.AddDate(0, 0, -1), NotAfter: a.now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	apply(template, changes)
	leaf := create(template, a.Certificate, key.Public(), a.Key)
	return tls.Certificate{Certificate: append([][]byte{leaf.Raw}, a.chain...), PrivateKey: key, Leaf: leaf}
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// CRL makes a list, in DER, that is valid from an hour before now until then.
func (a *Authority) CRL(until time.Time, serials ...int64) []byte {
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: a.now.Add(-time.Hour), NextUpdate: until}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: a.now.Add(-time.Hour)})
	}
	return must(x509.CreateRevocationList(rand.Reader, list, a.Certificate, a.Key))
}

// Parsed returns the certificates that a viewer sends.
func Parsed(c tls.Certificate) []*x509.Certificate {
	chain := make([]*x509.Certificate, len(c.Certificate))
	for i, der := range c.Certificate {
		chain[i] = must(x509.ParseCertificate(der))
	}
	return chain
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func create(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, parent, public, signer))))
}

// must is for what cannot fail here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
