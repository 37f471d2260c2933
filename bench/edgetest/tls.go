package edgetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// certificate is made once for all edges: nobody checks it, and a bubble's
// clock begins in the year 2000.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "edgetest"},
		NotBefore:    time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// localCA stands for the local authority: its only certificate is for nobody, and
// no viewer checks it.
func localCA() *viewertls.Certificate {
	return viewertls.IssuedCertificate("local_ca", nil, nil, func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		own := certificate()
		return &own, nil
	})
}

// withTLS returns c, or a copy with a socket for HTTPS if it has none: viewers
// may always ask for it.
func withTLS(c *config.Config) *config.Config {
	if c.Server.HasTLS() {
		return c
	}
	with := *c
	with.Server.Listen = append(slices.Clone(c.Server.Listen), config.Listen{
		Address: ":443", Protocols: []config.Protocol{config.ProtocolH1, config.ProtocolH2},
		TLS: config.ListenTLS{Source: config.TLSSourceLocalCA},
	})
	return &with
}

// choose answers the handshakes of viewers as the configuration's first socket
// with TLS does.
func (e *Edge) choose(hello *tls.ClientHelloInfo) viewertls.Choice {
	c := withTLS(e.config)
	i := slices.IndexFunc(c.Server.Listen, func(l config.Listen) bool { return l.TLS.Source != config.TLSSourceNone })
	return e.Server.Choose(compile.SocketNames(c)[i], hello)
}

// choosePackets answers any handshake of QUIC, whatever name it asks for.
func choosePackets(*tls.ClientHelloInfo) viewertls.Choice {
	return viewertls.Choice{Config: packetTLS()}
}

var packetTLS = sync.OnceValue(func() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h3"}}
})

func clientTLS(host string, p Protocol, shown *tls.Certificate) *tls.Config {
	alpn := "http/1.1"
	switch p {
	case ProtocolH2:
		alpn = "h2"
	case ProtocolH3:
		alpn = "h3"
	}
	config := &tls.Config{ServerName: hostOf(host), InsecureSkipVerify: true, NextProtos: []string{alpn}}
	showing(config, shown)
	return config
}

// showing has a viewer show a certificate whomever the edge trusts.
func showing(config *tls.Config, shown *tls.Certificate) {
	if shown != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown, nil }
	}
}

func serverTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate()}}
}
