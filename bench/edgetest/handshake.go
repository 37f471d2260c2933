package edgetest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"
)

// An Offer is what a viewer begins a handshake with.
type Offer struct {
	ServerName string // "" asks for none
	Version    uint16 // 0 offers what is usual
	Suites     []uint16
	Protocols  []string // for ALPN
	Sessions   tls.ClientSessionCache
	// Certificate is what the viewer shows if it is asked for one; nil for none.
	Certificate *tls.Certificate
}

// Handshake connects to the edge by TLS, and returns what was settled.
func (e *Edge) Handshake(t testing.TB, o Offer) (tls.ConnectionState, error) {
	t.Helper()
	conn, err := e.secure.Dial(context.Background(), "tcp", "")
	if err != nil {
		t.Fatalf("viewer cannot connect: %v", err)
	}
	defer conn.Close()
	config := &tls.Config{
		ServerName: o.ServerName, InsecureSkipVerify: true, MinVersion: o.Version, MaxVersion: o.Version, CipherSuites: o.Suites,
		NextProtos: o.Protocols, ClientSessionCache: o.Sessions,
	}
	showing(config, o.Certificate)
	if o.ServerName == "" {
		config.ServerName = "192.0.2.1" // is not sent, and sessions are kept by it
	}
	viewer := tls.Client(conn, config)
	if err := viewer.Handshake(); err != nil {
		return tls.ConnectionState{}, err
	}
	if err := readTickets(viewer); err != nil {
		return tls.ConnectionState{}, err
	}
	return viewer.ConnectionState(), nil
}

// readTickets has the viewer read what comes after a handshake: tickets, and with
// TLS 1.3 whether there is a connection at all.
func readTickets(viewer *tls.Conn) error {
	if viewer.ConnectionState().NegotiatedProtocol == "h2" {
		_, err := viewer.Read(make([]byte, 9)) // SETTINGS
		return err
	}
	if _, err := viewer.Write([]byte("GET / HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n")); err != nil {
		return err
	}
	_, err := viewer.Read(make([]byte, 9))
	return err
}

// KeyKind is a kind of key of certificates.
type KeyKind uint8

// The kinds.
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

// rsaKey is one for all certificates: it takes long to find.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// Issue returns a certificate for hosts, which is valid for a year, and its key in
// PEM.
func Issue(kind KeyKind, hosts ...string) (chain, key []byte, err error) {
	var signer crypto.Signer = rsaKey()
	if kind == KeyECDSA {
		if signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, nil, err
		}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "edgetest"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), err
}
