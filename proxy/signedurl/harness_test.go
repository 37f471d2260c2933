package signedurl

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/behavior"
)

// now is when requests of tests come: 2026-01-01T00:00:00Z.
var now = time.Unix(1767225600, 0)

// testKeys are made once: an RSA key takes a while.
var testKeys = sync.OnceValue(func() (keys struct{ rsa, other, ec crypto.Signer }) {
	keys.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.other, _ = rsa.GenerateKey(rand.Reader, 2048)
	keys.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return keys
})

func publicPEM(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func publicKey(t testing.TB, id string, key crypto.Signer) *PublicKey {
	t.Helper()
	p, err := ParsePublicKey(id, publicPEM(t, key.Public()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// trusted are the keys K1, RSA, and K2, ECDSA.
func trusted(t testing.TB) *Keys {
	return NewKeys(publicKey(t, "K1", testKeys().rsa), publicKey(t, "K2", testKeys().ec))
}

// newRequest is a GET of a URL by a viewer at 192.0.2.1; cookies may be "".
func newRequest(url, cookies string) *Request {
	scheme, rest, _ := strings.Cut(url, "://")
	host, target := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	r := &Request{Scheme: scheme, Host: host, Viewer: netip.MustParseAddr("192.0.2.1"), Now: now}
	r.Path, r.Query, r.HasQuery = strings.Cut(target, "?")
	r.Normal = behavior.NormalizePath(r.Path)
	if cookies != "" {
		r.Fields.Add("Cookie", cookies)
	}
	return r
}

func cookieField(parts []Part) string {
	var all []string
	for _, c := range Cookies(parts) {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// canned signs a URL for an hour with K1.
func canned(t testing.TB, url string) []Part {
	t.Helper()
	s := Signer{KeyID: "K1", Key: testKeys().rsa}
	parts, err := s.Canned(url, now.Add(time.Hour).Unix())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// custom signs a policy with K1.
func custom(t testing.TB, policy string) []Part {
	t.Helper()
	s := Signer{KeyID: "K1", Key: testKeys().rsa}
	parts, err := s.Custom([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// without returns parts but those with a name.
func without(parts []Part, name string) []Part {
	var kept []Part
	for _, p := range parts {
		if p.Name != name {
			kept = append(kept, p)
		}
	}
	return kept
}

// with returns parts with another value of a name.
func with(parts []Part, name, value string) []Part {
	out := append([]Part(nil), parts...)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
		}
	}
	return out
}
