package viewertls_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// TestChoice: a viewer gets the certificate of the distribution whose alias and
// whose certificate cover the name it asks for, the most specific alias first
// (CF-DIST-06, CF-DIST-08, CF-SNI-01), and else the default one.
func TestChoice(t *testing.T) {
	named := func(names ...string) []*viewertls.Certificate {
		return []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, names...)}
	}
	options := viewertls.Options{
		Distributions: []viewertls.Distribution{
			{Names: []string{"d1.cloudfront.net", "*.shop.test", "shop.test"}, Certificates: named("*.shop.test", "shop.test"), Protocols: viewertls.HTTP1 | viewertls.HTTP2},
			{Names: []string{"d2.cloudfront.net", "www.shop.test"}, Certificates: named("www.shop.test")},
			{Names: []string{"d3.cloudfront.net", "*.eu.shop.test"}, Certificates: named("*.eu.shop.test"), Protocols: viewertls.HTTP1 | viewertls.HTTP2},
			{Names: []string{"d4.cloudfront.net", "plain.shop.test"}, Protocols: viewertls.HTTP1 | viewertls.HTTP2},
			{Names: []string{"d5.cloudfront.net", "bare.test"}},
		},
		Default:   certificate(t, viewertls.KeyECDSA, "default.test"),
		Protocols: viewertls.HTTP1 | viewertls.HTTP2,
	}
	withDefault := viewertls.New(options)
	options.Default = nil
	without := viewertls.New(options)
	for _, tt := range []struct{ name, want, alpn string }{
		{"shop.test", "*.shop.test", "h2"},
		{"WWW.shop.test", "www.shop.test", "http/1.1"},    // the exact alias, CF-DIST-13
		{"www.shop.test.", "www.shop.test", "http/1.1"},   // as crypto/tls has it
		{"img.shop.test", "*.shop.test", "h2"},            // by the wildcard of both
		{"a.eu.shop.test", "*.eu.shop.test", "h2"},        // the longer wildcard
		{"a.us.shop.test", "default.test", "h2"},          // an alias of any depth, a certificate of one label
		{"a.b.eu.shop.test", "default.test", "h2"},        //
		{"plain.shop.test", "*.shop.test", "h2"},          // its distribution has none that covers it
		{"bare.test", "default.test", "http/1.1"},         // none at all: its own protocols
		{"d1.cloudfront.net", "default.test", "h2"},       // CF-TLS-32
		{"d2.cloudfront.net", "default.test", "http/1.1"}, //
		{"other.test", "default.test", "h2"},
		{"", "default.test", "http/1.1"}, // HTTP/2 needs a name (CF-DIST-14)
	} {
		hello := modernHello(tt.name)
		choice := withDefault.Choose(hello)
		if choice.Served.Names[0] != tt.want || choice.Config.NextProtos[0] != tt.alpn {
			t.Errorf("%q: got the certificate for %s and %s, want %s and %s", tt.name, choice.Served.Names, choice.Config.NextProtos, tt.want, tt.alpn)
		}
		choice = without.Choose(hello)
		if got := choice.Served != nil; got != (tt.want != "default.test") {
			t.Errorf("%q without a default certificate: got %+v", tt.name, choice.Served)
		}
	}
	if state, err := handshake(t, without.Choose, &tls.Config{ServerName: "other.test"}); err == nil {
		t.Errorf("without a default certificate: got %+v, want a failed handshake (CF-SNI-01)", state)
	}
	if state, err := handshake(t, (*viewertls.Table)(nil).Choose, &tls.Config{ServerName: "shop.test"}); err == nil {
		t.Errorf("without a table: got %+v, want a failed handshake", state)
	}
}

// TestLentCertificate: where the certificate of another distribution's wildcard covers
// a name, it comes with the security policy, the protocols and the trust store of the
// name's own distribution (CF-TLS-33, CF-DIST-13, CF-MTLS-01).
func TestLentCertificate(t *testing.T) {
	policy := func() *truststore.Policy {
		store, err := truststore.New("partners", truststoretest.New("Partners", time.Now()).PEM())
		if err != nil {
			t.Fatal(err)
		}
		return truststore.NewPolicy(truststore.Options{Store: store, Now: time.Now})
	}
	asked := policy()
	for _, lenders := range []*truststore.Policy{nil, policy(), asked} {
		for _, names := range []*truststore.Policy{nil, asked} {
			table := viewertls.New(viewertls.Options{
				Distributions: []viewertls.Distribution{
					{
						Names: []string{"*.shop.test"}, Certificates: []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "*.shop.test", "*.eu.shop.test")},
						Policy: viewertls.PolicyTLSv1, Protocols: viewertls.HTTP1 | viewertls.HTTP2, Viewers: lenders,
					},
					{Names: []string{"plain.shop.test", "*.eu.shop.test"}, Policy: viewertls.PolicyTLSv12_2025, Protocols: viewertls.HTTP1, Viewers: names},
				},
				Default: certificate(t, viewertls.KeyECDSA, "default.test"), Protocols: viewertls.HTTP1 | viewertls.HTTP2,
			})
			for _, name := range []string{"plain.shop.test", "a.eu.shop.test"} {
				choice := table.Choose(modernHello(name))
				if choice.Served.Names[0] != "*.shop.test" || choice.Viewers != names || choice.Config.MinVersion != tls.VersionTLS12 || choice.Config.NextProtos[0] != "http/1.1" {
					t.Errorf("%s: got the certificate for %v, TLS %x, %v and viewers %p, want *.shop.test, %x, http/1.1 and %p",
						name, choice.Served.Names, choice.Config.MinVersion, choice.Config.NextProtos, choice.Viewers, tls.VersionTLS12, names)
				}
			}
			if choice := table.Choose(modernHello("img.shop.test")); choice.Viewers != lenders || choice.Config.MinVersion != tls.VersionTLS10 {
				t.Errorf("the lender's own name: got TLS %x and viewers %p", choice.Config.MinVersion, choice.Viewers)
			}
		}
	}
}

// TestNoName: with ssl_support_method vip viewers that ask for no name get the
// distribution's certificate (CF-SNI-01), and HTTP/2 where that is wanted.
func TestNoName(t *testing.T) {
	own := []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "vip.test")}
	table := viewertls.New(viewertls.Options{
		Distributions: []viewertls.Distribution{{Names: []string{"vip.test"}, Certificates: own, Protocols: viewertls.HTTP1 | viewertls.HTTP2, NoName: true}},
		Default:       certificate(t, viewertls.KeyECDSA, "default.test"), Protocols: viewertls.HTTP1 | viewertls.HTTP2, HTTP2WithoutName: true,
	})
	for name, want := range map[string]string{"": "vip.test", "other.test": "default.test"} {
		if got := table.Choose(modernHello(name)); got.Served.Names[0] != want || got.Config.NextProtos[0] != "h2" {
			t.Errorf("%q: got %v, %v, want %s and h2", name, got.Served.Names, got.Config.NextProtos, want)
		}
	}
}

// TestTwoKeys: a viewer gets the certificate that it can check.
func TestTwoKeys(t *testing.T) {
	table := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: []*viewertls.Certificate{
		certificate(t, viewertls.KeyRSA, "www.test"), certificate(t, viewertls.KeyECDSA, "www.test"),
	}})
	for _, tt := range []struct {
		schemes []tls.SignatureScheme
		want    viewertls.KeyKind
	}{
		{[]tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256}, viewertls.KeyECDSA},
		{[]tls.SignatureScheme{tls.PSSWithSHA512, tls.ECDSAWithP384AndSHA384}, viewertls.KeyRSA},
	} {
		hello := modernHello("www.test")
		hello.SignatureSchemes = tt.schemes
		leaf := table.Choose(hello).Config.Certificates[0].Leaf
		if got := leaf.PublicKeyAlgorithm.String(); got != tt.want.String() {
			t.Errorf("%v: got %s, want %v", tt.schemes, got, tt.want)
		}
	}
}

// TestTwoKeysTLS12: so it does with TLS 1.2, where a suite for ECDSA says nothing of
// curves and of Ed25519 (RFC 8422 sections 5.1.1 and 5.1.3).
func TestTwoKeysTLS12(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	for _, tt := range []struct {
		name    string
		key     crypto.Signer
		schemes []tls.SignatureScheme
		curves  []tls.CurveID
		want    x509.PublicKeyAlgorithm
	}{
		{"P-384", p384, []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PKCS1WithSHA256}, []tls.CurveID{tls.CurveP256, tls.CurveP384}, x509.ECDSA},
		{"P-384, a viewer without it", p384, []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PKCS1WithSHA256}, []tls.CurveID{tls.CurveP256}, x509.RSA},
		{"P-384, a viewer without ECDSA", p384, []tls.SignatureScheme{tls.PKCS1WithSHA256}, []tls.CurveID{tls.CurveP256, tls.CurveP384}, x509.RSA},
		{"Ed25519", ed, []tls.SignatureScheme{tls.Ed25519, tls.PKCS1WithSHA256}, []tls.CurveID{tls.CurveP256}, x509.Ed25519},
		{"Ed25519, a viewer without it", ed, []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PKCS1WithSHA256}, []tls.CurveID{tls.CurveP256}, x509.RSA},
	} {
		chain, key := pemsFor(t, tt.key, "www.test")
		c, err := viewertls.NewCertificate("www.test", chain, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		table := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: []*viewertls.Certificate{certificate(t, viewertls.KeyRSA, "www.test"), c}})
		hello := &tls.ClientHelloInfo{
			ServerName: "www.test", SupportedVersions: []uint16{tls.VersionTLS12}, SignatureSchemes: tt.schemes, SupportedCurves: tt.curves,
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		}
		if got := table.Choose(hello).Config.Certificates[0].Leaf.PublicKeyAlgorithm; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestProtocolsOfASocket: a socket offers what it speaks and the distribution has
// (CF-TLS-36), and HTTP/2 only with TLS 1.2 (CF-DIST-14).
func TestProtocolsOfASocket(t *testing.T) {
	own := []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "www.test")}
	for _, tt := range []struct {
		socket viewertls.Protocols
		http2  bool
		want   []string
	}{
		{viewertls.HTTP1, true, []string{"http/1.1"}},
		{viewertls.HTTP1 | viewertls.HTTP2, true, []string{"h2", "http/1.1"}},
		{viewertls.HTTP1 | viewertls.HTTP2, false, []string{"http/1.1"}},
		{viewertls.HTTP2, false, []string{"h2"}},
		{viewertls.HTTP1 | viewertls.HTTP2 | viewertls.HTTP3, true, []string{"h2", "http/1.1"}},
	} {
		protocols := viewertls.HTTP1
		if tt.http2 {
			protocols |= viewertls.HTTP2
		}
		table := viewertls.New(viewertls.Options{Protocols: tt.socket, Distributions: []viewertls.Distribution{
			{Names: []string{"www.test"}, Certificates: own, Protocols: protocols, Policy: viewertls.PolicyTLSv1},
		}})
		if got := table.Choose(modernHello("www.test")).Config.NextProtos; !slices.Equal(got, tt.want) {
			t.Errorf("%v, HTTP/2 %t: got %v, want %v", tt.socket, tt.http2, got, tt.want)
		}
		if tt.socket&viewertls.HTTP1 == 0 {
			continue
		}
		state, err := handshake(t, table.Choose, &tls.Config{ServerName: "www.test", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, NextProtos: []string{"h2", "http/1.1"}})
		if err != nil || state.NegotiatedProtocol != "http/1.1" {
			t.Errorf("%v, TLS 1.1: got %q, %v, want http/1.1", tt.socket, state.NegotiatedProtocol, err)
		}
	}
}

// TestPackets: a handshake of QUIC succeeds where the socket and the distribution
// have HTTP/3, with a name that a distribution answers to (CF-DIST-14), and
// whatever the policy with TLS 1.3 alone.
func TestPackets(t *testing.T) {
	own := []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "*.www.test"), certificate(t, viewertls.KeyRSA, "*.www.test")}
	all := viewertls.HTTP1 | viewertls.HTTP2 | viewertls.HTTP3
	options := viewertls.Options{Protocols: all, HTTP2WithoutName: true, Default: own[0], Distributions: []viewertls.Distribution{
		{Names: []string{"with.www.test"}, Certificates: own, Protocols: all, Policy: viewertls.PolicyTLSv1},
		{Names: []string{"without.www.test"}, Certificates: own, Protocols: viewertls.HTTP1 | viewertls.HTTP2},
		{Names: []string{"bare.test"}, Protocols: viewertls.HTTP1 | viewertls.HTTP3},
	}}
	with := viewertls.New(options)
	options.Protocols = viewertls.HTTP1 | viewertls.HTTP2
	without := viewertls.New(options)
	for name, want := range map[string]bool{"with.www.test": true, "without.www.test": false, "bare.test": true, "other.test": false, "": false} {
		choice := with.ChoosePackets(modernHello(name))
		if got := choice.Served != nil; got != want || got && (choice.Config.MinVersion != tls.VersionTLS13 || !slices.Equal(choice.Config.NextProtos, []string{"h3"})) {
			t.Errorf("%q: got %+v, want an answer: %t", name, choice.Config, want)
		}
		if choice := without.ChoosePackets(modernHello(name)); choice.Served != nil {
			t.Errorf("%q at a socket without HTTP/3: got %+v", name, choice)
		}
	}
	if choice := (*viewertls.Table)(nil).ChoosePackets(modernHello("with.www.test")); choice.Served != nil {
		t.Errorf("no table: got %+v", choice)
	}
}

// TestStaple: viewers get the response of OCSP with the certificate that it is
// about (CF-TLS-35).
func TestStaple(t *testing.T) {
	chain, key := pems(t, viewertls.KeyECDSA, "www.test")
	block, _ := pem.Decode(chain)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	staple := append([]byte{0x30, byte(len(leaf.SerialNumber.Bytes()) + 2), 2, byte(len(leaf.SerialNumber.Bytes()))}, leaf.SerialNumber.Bytes()...)
	c, err := viewertls.NewCertificate("www", chain, key, staple)
	if err != nil {
		t.Fatal(err)
	}
	table := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: []*viewertls.Certificate{c}})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		state, err := handshake(t, table.Choose, &tls.Config{ServerName: "www.test", MaxVersion: version})
		if err != nil || !bytes.Equal(state.OCSPResponse, staple) {
			t.Errorf("%s: got %x, %v, want %x", tls.VersionName(version), state.OCSPResponse, err, staple)
		}
	}
}

// TestBadCertificates: what does not belong together is refused (reliability T5).
func TestBadCertificates(t *testing.T) {
	chain, key := pems(t, viewertls.KeyECDSA, "www.test")
	_, otherKey := pems(t, viewertls.KeyECDSA, "www.test")
	for name, tt := range map[string]struct{ chain, key, staple []byte }{
		"a wrong key": {chain, otherKey, nil}, "no certificate": {nil, key, nil}, "no key": {chain, nil, nil},
		"a wrong OCSP response": {chain, key, []byte("\x30\x03\x0a\x01\x00")}, "PEM for DER": {chain, key, chain},
		"a huge OCSP response": {chain, key, append([]byte{0x30}, make([]byte, 64<<10)...)},
	} {
		if c, err := viewertls.NewCertificate("www", tt.chain, tt.key, tt.staple); err == nil {
			t.Errorf("%s: got %v, want an error", name, c)
		}
	}
}

// TestChoiceIsCheap: a handshake costs no allocation here.
func TestChoiceIsCheap(t *testing.T) {
	table := only(viewertls.Distribution{Names: []string{"*.www.test"}, Certificates: []*viewertls.Certificate{
		certificate(t, viewertls.KeyRSA, "*.www.test"), certificate(t, viewertls.KeyECDSA, "*.www.test"),
	}, Protocols: viewertls.HTTP1 | viewertls.HTTP2})
	old := modernHello("a.www.test")
	old.SupportedVersions, old.CipherSuites = []uint16{tls.VersionTLS12}, allSuites()
	for name, hello := range map[string]*tls.ClientHelloInfo{"TLS 1.3": modernHello("a.www.test"), "TLS 1.2": old} {
		if n := testing.AllocsPerRun(100, func() { table.Choose(hello) }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
}

func modernHello(name string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13, tls.VersionTLS12}, SupportedCurves: []tls.CurveID{tls.X25519},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.PSSWithSHA256},
	}
}
