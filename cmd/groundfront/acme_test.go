package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/groundfront/groundfront/config"
	border "github.com/groundfront/groundfront/proxy/viewer"
)

// acmeConfig is a configuration with a certificate for each challenge.
func acmeConfig(t *testing.T, storage string) *config.Config {
	t.Helper()
	c, ds := config.Parse("edge.yaml", []byte(strings.ReplaceAll(`version: 1
server: {mode: production, listen: [{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", tls: distributions}]}
certificates:
  shop: {acme: {directory: "https://127.0.0.1:1/", storage: STORAGE, agree_terms: true, challenge: http-01}}
  desk: {acme: {directory: "https://127.0.0.1:1/", storage: STORAGE, agree_terms: true}}
distributions:
  shop:
    aliases: [shop.test]
    viewer_certificate: {acm_certificate: shop}
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
  desk:
    aliases: [desk.test]
    viewer_certificate: {acm_certificate: desk}
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
`, "STORAGE", storage)))
	if c == nil {
		t.Fatal(ds)
	}
	return c
}

// TestACMEChallenges: challenges are known only for names that are configured with
// their kind, and answered only while one is under way. The rest is in bench/acme,
// with an authority.
func TestACMEChallenges(t *testing.T) {
	k := newACMEKeeper(slog.New(slog.DiscardHandler))
	defer k.close()
	c := acmeConfig(t, t.TempDir())
	prepared, err := k.prepare(c)
	if err != nil || len(prepared) != 2 {
		t.Fatalf("got %d certificates and %v, want 2", len(prepared), err)
	}
	k.current.Store(&prepared)
	for name, want := range map[string]bool{"desk.test": true, "DESK.test": true, "shop.test": false, "other.test": false, "": false} {
		hello := &tls.ClientHelloInfo{ServerName: name, SupportedProtos: []string{acmeProtocol}}
		answer := k.challenge(hello)
		if (answer != nil) != want {
			t.Errorf("a challenge for %q: got %v, want one: %v", name, answer, want)
		}
		hello.SupportedProtos = []string{"h2", acmeProtocol}
		if k.challenge(hello) != nil {
			t.Errorf("a viewer of %q that offers h2 too: got a challenge, want none", name)
		}
	}
	for _, host := range []string{"shop.test", "desk.test", "other.test"} {
		r := &border.Request{Method: "GET", Host: host, Path: acmePath + "token", Remote: netip.MustParseAddrPort("192.0.2.1:1")}
		if got := k.answer(context.Background(), r); got != nil {
			t.Errorf("%s: got %q for a token that nobody has given, want nothing", host, got)
		}
	}
	again, err := k.prepare(c)
	if err != nil || again[0] != prepared[0] || again[1] != prepared[1] {
		t.Errorf("prepared again: got others, or %v, want the same", err)
	}
	c.Certificates[0].ACME.Email = "admin@shop.test"
	if again, err = k.prepare(c); err != nil || again[0] == prepared[0] || again[1] != prepared[1] {
		t.Errorf("prepared with another address: got the same, or %v, want another first one", err)
	}
	if who, err := k.configFor(certmagic.Certificate{}); err == nil {
		t.Errorf("who renews what nobody has: got %v, want an error", who)
	}
}

// TestACMEExpiries: metrics have the first end of what was obtained for a
// certificate's names, of which a renewal moves the own one alone.
func TestACMEExpiries(t *testing.T) {
	k := newACMEKeeper(slog.New(slog.DiscardHandler))
	defer k.close()
	cfg := acmeConfig(t, t.TempDir())
	cfg.Distributions[0].Aliases = append(cfg.Distributions[0].Aliases, "www.shop.test")
	prepared, err := k.prepare(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k.current.Store(&prepared)
	shop := prepared[0]
	first := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	for _, step := range []struct {
		what, domain string
		notAfter     time.Time
		want         time.Time // zero: no metric
	}{
		{what: "nothing is there yet"},
		{"one name", "shop.test", first, first},
		{"another name, which ends later", "www.shop.test", first.Add(time.Hour), first},
		{"the first name, renewed", "shop.test", first.Add(2 * time.Hour), first.Add(time.Hour)},
		{"another name's wildcard, which ends sooner", "*.shop.test", first, first.Add(time.Hour)},
	} {
		if step.domain != "" {
			if _, err := shop.config.CacheUnmanagedTLSCertificate(t.Context(), issuedFor(t, step.domain, step.notAfter), nil); err != nil {
				t.Fatal(err)
			}
		}
		got := k.expiries()
		switch {
		case step.want.IsZero() && len(got) != 0, !step.want.IsZero() && (len(got) != 1 || got[0].Name != "shop" || !got[0].NotAfter.Equal(step.want)):
			t.Errorf("%s: got %v, want shop %v", step.what, got, step.want)
		}
	}
}

// TestACMENoName: a viewer that asks for no name gets the certificate of who has
// ssl_support_method vip (CF-SNI-01), by ACME like any other.
func TestACMENoName(t *testing.T) {
	k := newACMEKeeper(slog.New(slog.DiscardHandler))
	defer k.close()
	prepared, err := k.prepare(acmeConfig(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	pair := issuedFor(t, "shop.test", time.Now().Add(time.Hour))
	if _, err := prepared[0].config.CacheUnmanagedTLSCertificate(t.Context(), pair, nil); err != nil { // as if it had been obtained
		t.Fatal(err)
	}
	for _, name := range []string{"", "shop.test", "SHOP.test"} {
		ours, theirs := net.Pipe()
		answered := make(chan error, 1)
		go func() {
			answered <- tls.Server(ours, &tls.Config{GetCertificate: prepared[0].certificate}).HandshakeContext(t.Context())
			ours.Close()
		}()
		viewer := tls.Client(theirs, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		err := viewer.HandshakeContext(t.Context())
		theirs.Close()
		if served := <-answered; err != nil || !bytes.Equal(viewer.ConnectionState().PeerCertificates[0].Raw, pair.Certificate[0]) {
			t.Errorf("a viewer that asks for %q: got %v and %v, want the certificate", name, err, served)
		}
	}
}

// issuedFor returns a certificate as an authority might issue one.
func issuedFor(t *testing.T, domain string, notAfter time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(notAfter.Unix()), DNSNames: []string{domain}, NotBefore: notAfter.AddDate(0, -3, 0), NotAfter: notAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestACMEFiles: what cannot work is known before anything is asked of an authority.
func TestACMEFiles(t *testing.T) {
	file := writeFile(t, "file", "no certificate")
	k := newACMEKeeper(slog.New(slog.DiscardHandler))
	defer k.close()
	c := acmeConfig(t, file)
	if _, err := k.prepare(c); err == nil || !strings.Contains(err.Error(), `certificate "shop": acme: `) {
		t.Errorf("a file in place of the folder: got %v", err)
	}
	c = acmeConfig(t, t.TempDir())
	c.Certificates[0].ACME.CABundle = file
	if _, err := k.prepare(c); err == nil || !strings.Contains(err.Error(), "ca_bundle: there is no certificate in "+file) {
		t.Errorf("no certificate in ca_bundle: got %v", err)
	}
}
