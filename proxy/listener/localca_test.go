package listener_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

func leafFor(t *testing.T, ca *listener.LocalCA, name string) *x509.Certificate {
	t.Helper()
	c, err := ca.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	return c.Leaf
}

// TestLocalCA: leaves are good for the configured names, for this machine,
// and for the name that was asked for.
func TestLocalCA(t *testing.T) {
	ca, err := listener.OpenLocalCA("", []string{"api.example", "*.shop.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	leaf := leafFor(t, ca, "Asked.example.")
	for _, name := range []string{"api.example", "a.shop.example", "asked.example", "localhost", "127.0.0.1", "::1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "other.example"}); err == nil {
		t.Error("other.example: got a certificate that is good for it")
	}
	if again := leafFor(t, ca, "asked.example"); !again.Equal(leaf) {
		t.Error("got a second leaf for the same name")
	}
	for _, name := range []string{"a b", "*.x", "../x", "a..b", "a,b"} {
		if _, err := ca.GetCertificate(&tls.ClientHelloInfo{ServerName: name}); err == nil {
			t.Errorf("%q: got a certificate", name)
		}
	}
}

// TestLocalCAIsKept: the second start finds the first one's authority, and
// only the owner can read its key.
func TestLocalCAIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	first, err := listener.OpenLocalCA(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := listener.OpenLocalCA(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.CertificatePEM(), second.CertificatePEM()) {
		t.Error("got another authority at the second start")
	}
	info, err := os.Stat(filepath.Join(dir, "ca-key.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: got %v, %v, want mode 0600", info, err)
	}
}

// TestLocalCAWithoutCertificate: a process that ended between key and certificate has
// left a key, which the next one uses. What is no key is not replaced.
func TestLocalCAWithoutCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	first, err := listener.OpenLocalCA(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "ca.pem"))
	second, err := listener.OpenLocalCA(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(first.CertificatePEM())
	if _, err := leafFor(t, second, "a.example").Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.example"}); err != nil {
		t.Errorf("who trusts the first certificate: %v", err)
	}
	os.Remove(filepath.Join(dir, "ca.pem"))
	if err := os.WriteFile(filepath.Join(dir, "ca-key.pem"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listener.OpenLocalCA(dir, nil, nil); err == nil || !strings.Contains(err.Error(), "ca-key.pem is not an ECDSA key") {
		t.Errorf("no key: got %v, want an error that says so", err)
	}
	if left, _ := os.ReadFile(filepath.Join(dir, "ca-key.pem")); string(left) != "mine" {
		t.Errorf("no key: got %q in its place, want what was there", left)
	}
}

// TestLocalCAAtOnce: edges that start at one moment have one authority.
func TestLocalCAAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	opened := make([]*listener.LocalCA, 8)
	var opening sync.WaitGroup
	for i := range opened {
		opening.Go(func() {
			var err error
			if opened[i], err = listener.OpenLocalCA(dir, nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		return
	}
	kept, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(kept)
	for i, ca := range opened {
		if _, err := leafFor(t, ca, "a.example").Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.example"}); err != nil {
			t.Errorf("edge %d: %v", i, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("got %q, want key and certificate", left)
	}
}

// TestLocalCARenews: a leaf is replaced before it ends, and the cache of
// leaves is bounded.
func TestLocalCARenews(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ca, err := listener.OpenLocalCA("", nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first := leafFor(t, ca, "a.example")
	now = now.Add(84 * 24 * time.Hour)
	second := leafFor(t, ca, "a.example")
	if second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("a leaf with six days left was not replaced")
	}
	for i := range 256 {
		leafFor(t, ca, fmt.Sprintf("n%d.example", i))
	}
	if leafFor(t, ca, "a.example").Equal(second) {
		t.Error("257 names are cached, want at most 256")
	}
}

func ExampleOpenLocalCA() {
	ca, err := listener.OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ca.Certificate().Covers("api.example"))
	// Output: true
}

// issuedBy returns what answers handshakes with certificates of ca.
func issuedBy(ca *listener.LocalCA) listener.Choose {
	return viewertls.New(viewertls.Options{
		Default: ca.Certificate(), Protocols: listener.HTTP1 | listener.HTTP2, HTTP2WithoutName: true, Tickets: viewertls.NewTickets(nil),
	}).Choose
}
