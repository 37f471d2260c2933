//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

// pair returns a certificate for a host with a serial number, and its key, in PEM.
func pair(host string, serial int64, notAfter time.Time) (chain, key string) {
	return inPEM(truststoretest.New("authority", time.Now()).Issue(host, serial, func(c *x509.Certificate) {
		c.DNSNames, c.NotBefore, c.NotAfter = []string{host}, notAfter.Add(-2*time.Hour), notAfter
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}))
}

// inPEM returns what files have of a certificate.
func inPEM(c tls.Certificate) (chain, key string) {
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		panic(err) // a key that was just made
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestCertificatesAreRenewed: a reload takes up a certificate from the same files,
// also one that has expired, of which it warns; with a key that is another's the
// one before stays. The metric says until when viewers accept it (reliability T5).
func TestCertificatesAreRenewed(t *testing.T) {
	origin := echoOrigin(t, "hello")
	tomorrow := time.Now().Add(24 * time.Hour)
	chain, key := pair("www.test", 1, tomorrow)
	chainFile, keyFile := writeFile(t, "www.pem", chain), writeFile(t, "www-key.pem", key)
	file := writeFile(t, "edge.yaml", fmt.Sprintf(`version: 1
server:
  listen: [{address: "127.0.0.1:0", tls: distributions}]
  watch: false
  admin: "127.0.0.1:0"
certificates:
  www: {cert: %q, key: %q}
distributions:
  site:
    aliases: [www.test]
    viewer_certificate: {acm_certificate: www}
    origins: {o: {domain_name: origin.test, connect_to: %q}}
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}
`, chainFile, keyFile, origin))
	p := start(t, "run", "-f", file)
	viewers, err := url.Parse(p.url("viewers"))
	if err != nil {
		t.Fatal(err)
	}
	v, address := newViewer(t), adminOf(p)
	shows := func(serial int64, notAfter time.Time) {
		t.Helper()
		c, err := tls.Dial("tcp", viewers.Host, &tls.Config{ServerName: "www.test", InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
			t.Errorf("got certificate %d, want %d", got, serial)
		}
		want := fmt.Sprintf(`groundfront_certificate_expiry_timestamp_seconds{certificate="www"} %v`, float64(notAfter.Unix()))
		if page := v.get("http://" + address + "/metrics").content; !strings.Contains(page, want+"\n") {
			t.Errorf("no %s in the metrics", want)
		}
	}
	shows(1, tomorrow)

	chain, key = pair("www.test", 2, tomorrow.Add(time.Hour))
	rewrite(t, chainFile, chain)
	if code, _, stderr := runVerb(t, "reload", "--admin", address); code != exitConfig || !strings.Contains(stderr, `certificate "www" cannot be used: private key does not match public key`) {
		t.Errorf("reload with another's key: got %d %q", code, stderr)
	}
	shows(1, tomorrow)
	rewrite(t, keyFile, key)
	if code, _, stderr := runVerb(t, "reload", "--admin", address); code != exitOK {
		t.Errorf("reload: got %d %q", code, stderr)
	}
	shows(2, tomorrow.Add(time.Hour))

	yesterday := time.Now().Add(-24 * time.Hour)
	chain, key = pair("www.test", 3, yesterday)
	rewrite(t, chainFile, chain)
	rewrite(t, keyFile, key)
	if code, _, stderr := runVerb(t, "reload", "--admin", address); code != exitOK || !strings.Contains(stderr, "the certificate expired at ") {
		t.Errorf("reload of one that has expired: got %d %q", code, stderr)
	}
	shows(3, yesterday)
}
