package listener

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

const (
	caFile, caKeyFile = "ca.pem", "ca-key.pem"

	caLifetime   = 10 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	// renewBefore is how long before its end a leaf is replaced.
	renewBefore = 7 * 24 * time.Hour
	// maxLeaves bounds the cache of leaves; past it the cache starts anew.
	maxLeaves = 256
)

// A LocalCA is a certification authority of one's own, so that a laptop has
// HTTPS without asking anybody. It issues certificates on demand for the
// names viewers ask for.
type LocalCA struct {
	names []string
	now   func() time.Time
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	pem   []byte

	mu     sync.Mutex // guards leaves
	leaves map[string]*tls.Certificate
}

// OpenLocalCA opens the authority kept under dir, or makes one there: ca.pem
// to be trusted by viewers, ca-key.pem readable by its owner only. With dir
// "" it lives in memory. Certificates carry names, localhost, 127.0.0.1, ::1,
// and the server name the viewer asked for. now may be nil for time.Now.
func OpenLocalCA(dir string, names []string, now func() time.Time) (*LocalCA, error) {
	if now == nil {
		now = time.Now
	}
	ca := &LocalCA{names: slices.Clone(names), now: now, leaves: make(map[string]*tls.Certificate)}
	if dir == "" {
		key, err := newKey()
		if err != nil {
			return nil, err
		}
		return ca, ca.create(key)
	}
	err := ca.load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = ca.createIn(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("local CA in %s: %w", dir, err)
	}
	return ca, nil
}

// CertificatePEM returns the authority's certificate, for viewers to trust.
func (ca *LocalCA) CertificatePEM() []byte { return ca.pem }

// Certificate returns what viewers are shown: certificates that the authority
// issues.
func (ca *LocalCA) Certificate() *viewertls.Certificate {
	return viewertls.IssuedCertificate("local_ca", append([]string{"localhost"}, ca.names...), ca.cert.Raw, ca.GetCertificate)
}

// With returns the same authority for certificates that carry other names: itself if
// they are the same.
func (ca *LocalCA) With(names []string) *LocalCA {
	if slices.Equal(ca.names, names) {
		return ca
	}
	return &LocalCA{
		names: slices.Clone(names), now: ca.now, cert: ca.cert, key: ca.key, pem: ca.pem,
		leaves: make(map[string]*tls.Certificate),
	}
}

// GetCertificate is for tls.Config.GetCertificate.
func (ca *LocalCA) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if name != "" && !validServerName(name) {
		return nil, fmt.Errorf("bad server name %q", name)
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	now := ca.now()
	if leaf := ca.leaves[name]; leaf != nil && now.Before(leaf.Leaf.NotAfter.Add(-renewBefore)) {
		return leaf, nil
	}
	leaf, err := ca.issue(name, now)
	if err != nil {
		return nil, err
	}
	if len(ca.leaves) >= maxLeaves {
		clear(ca.leaves)
	}
	ca.leaves[name] = leaf
	return leaf, nil
}

// validServerName reports whether name looks like a host name: labels of
// letters, digits, "-" and "_".
func validServerName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || !field.ValidName(label) || strings.ContainsAny(label, "*!#$%&'+^`|~") {
			return false
		}
	}
	return true
}

// issue signs a new leaf for name and for what every leaf is good for.
func (ca *LocalCA) issue(name string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	dns := append([]string{"localhost"}, ca.names...)
	if name != "" && !slices.Contains(dns, name) {
		dns = append(dns, name)
	}
	template := template("Groundfront local certificate", now, leafLifetime)
	template.DNSNames = dns
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// template is what all our certificates have in common. It begins an hour
// early for clocks that are behind.
func template(name string, now time.Time, lifetime time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		serial = big.NewInt(now.UnixNano())
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(lifetime),
	}
}

// create makes the authority with a key.
func (ca *LocalCA) create(key *ecdsa.PrivateKey) error {
	template := template("Groundfront local CA", ca.now(), caLifetime)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	ca.key, ca.pem = key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// createIn makes the authority under dir. The key comes first, under its final mode,
// and never replaces one that is there: of a process that ended before it had a
// certificate, or of one that makes both at this moment. Then that key is used, and
// whoever trusts one certificate of it trusts what is certified by the others.
func (ca *LocalCA) createIn(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	key, err := readKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if key, err = newKey(); err == nil {
			err = writeKey(dir, key)
		}
	}
	if errors.Is(err, fs.ErrExist) { // by now
		key, err = readKey(dir)
	}
	if err != nil {
		return err
	}
	if err := ca.create(key); err != nil {
		return err
	}
	name, err := writeBeside(filepath.Join(dir, caFile), ca.pem, 0o644)
	if err != nil {
		return err
	}
	return moved(name, os.Rename(name, filepath.Join(dir, caFile)))
}

// writeKey writes a key where there is none.
func writeKey(dir string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	to := filepath.Join(dir, caKeyFile)
	name, err := writeBeside(to, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
	if err != nil {
		return err
	}
	if err = os.Link(name, to); err == nil || errors.Is(err, fs.ErrExist) {
		return errors.Join(err, os.Remove(name))
	}
	return moved(name, os.Rename(name, to)) // a file system without links
}

func readKey(dir string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(filepath.Join(dir, caKeyFile))
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(text); block != nil {
		if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%s is not an ECDSA key; remove the directory to make a new one", caKeyFile)
}

// writeBeside writes a whole file next to where it is to be, and returns its name.
func writeBeside(to string, text []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), moved(f.Name(), errors.Join(err, f.Chmod(mode), f.Close()))
}

// moved removes what was written beside if it does not get where it is to be.
func moved(name string, err error) error {
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// load reads the authority under dir and checks that it can be one.
func (ca *LocalCA) load(dir string) error {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, caFile), filepath.Join(dir, caKeyFile))
	if err != nil {
		return err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return errors.New("not an ECDSA certification authority")
	}
	if now := ca.now(); now.After(pair.Leaf.NotAfter) {
		return fmt.Errorf("expired at %s; remove the directory to make a new one", pair.Leaf.NotAfter)
	}
	ca.key, ca.cert = key, pair.Leaf
	ca.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	return nil
}
