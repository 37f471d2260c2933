package signedurl

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1"   // HashSHA1
	_ "crypto/sha256" // HashSHA256
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Hash is what is signed of a policy (CF-SIG-03).
type Hash uint8

// The hashes. SHA-1 is CloudFront's default.
const (
	HashUnknown Hash = iota
	HashSHA1
	HashSHA256
)

// String returns the value of Hash-Algorithm.
func (h Hash) String() string {
	switch h {
	case HashUnknown:
		return "unknown"
	case HashSHA1:
		return "SHA1"
	case HashSHA256:
		return "SHA256"
	}
	return "Hash(?)"
}

// ParseHash returns the hash that a value of Hash-Algorithm names. Letter case
// counts.
func ParseHash(s string) Hash {
	switch s {
	case "SHA1":
		return HashSHA1
	case "SHA256":
		return HashSHA256
	}
	return HashUnknown
}

// crypto returns the standard library's name. An unknown hash never gets here.
func (h Hash) crypto() crypto.Hash {
	if h == HashSHA256 {
		return crypto.SHA256
	}
	return crypto.SHA1
}

func (h Hash) sum(text string) []byte {
	d := h.crypto().New()
	d.Write([]byte(text))
	return d.Sum(nil)
}

// A PublicKey verifies signatures. It is immutable.
type PublicKey struct {
	id  string
	key crypto.PublicKey // *rsa.PublicKey or *ecdsa.PublicKey
}

// rsaBits are the sizes of RSA keys: AWS's public keys have 2048, and the key
// pairs of accounts, which came before, the others as well (CF-SIG-02).
var rsaBits = []int{1024, 2048, 4096}

// ParsePublicKey reads a public key in PEM, as AWS's EncodedKey has it: RSA, or
// ECDSA with P-256 (CF-SIG-02). id is the Key-Pair-Id of what it verifies.
func ParsePublicKey(id string, text []byte) (*PublicKey, error) {
	if id == "" {
		return nil, errors.New("a public key needs an id")
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("not a key in PEM, which begins with -----BEGIN PUBLIC KEY-----")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		return nil, errors.New("a private key, want its public key: openssl pkey -in private.pem -pubout")
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("a PEM block of type %q, want PUBLIC KEY", block.Type)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("more than one PEM block")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a public key that is understood")
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if !slices.Contains(rsaBits, k.N.BitLen()) {
			return nil, fmt.Errorf("an RSA key of %d bits, want 2048 (CF-SIG-02)", k.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("an ECDSA key of curve %s, want P-256 (CF-SIG-02)", k.Curve.Params().Name)
		}
	default:
		return nil, errors.New("neither an RSA nor an ECDSA key (CF-SIG-02)")
	}
	return &PublicKey{id: id, key: key}, nil
}

// ID returns the Key-Pair-Id.
func (k *PublicKey) ID() string { return k.id }

// String returns the kind of the key, such as "RSA 2048".
func (k *PublicKey) String() string {
	if key, is := k.key.(*rsa.PublicKey); is {
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	}
	return "ECDSA P-256"
}

// verify reports whether a signature is that of text (CF-SIG-04).
func (k *PublicKey) verify(h Hash, text string, signature []byte) bool {
	digest := h.sum(text)
	switch key := k.key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, h.crypto(), digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest, signature)
	}
	return false
}

// Keys are those that a behavior trusts: all of its key groups. They are
// immutable, and a nil *Keys is a behavior whose requests need no signature.
type Keys struct{ list []*PublicKey }

// NewKeys returns the keys of a behavior. One that is in two key groups may come
// twice.
func NewKeys(keys ...*PublicKey) *Keys { return &Keys{slices.Clone(keys)} }

// find returns the key of that id, nil if it is not trusted. There are at most
// 20 (CF-QUO-22).
func (k *Keys) find(id string) *PublicKey {
	for _, key := range k.list {
		if key.id == id {
			return key
		}
	}
	return nil
}
