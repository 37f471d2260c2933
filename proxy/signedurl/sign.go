package signedurl

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Signer makes signed URLs and signed cookies, as the tools of AWS do.
type Signer struct {
	KeyID string
	Key   crypto.Signer // RSA or ECDSA
	// Hash is HashSHA1 unless set; only another is named in what is signed.
	Hash Hash
}

// ParsePrivateKey reads a private key in PEM, of PKCS #8, PKCS #1 or SEC 1, that
// is not encrypted.
func ParsePrivateKey(text []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "EC PARAMETERS": // openssl ecparam puts them first
			continue
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default:
			return nil, fmt.Errorf("a PEM block of type %q, want PRIVATE KEY", block.Type)
		}
		if err != nil {
			return nil, errors.New("not a private key that is understood: is it encrypted?")
		}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case *ecdsa.PrivateKey:
			if k.Curve == elliptic.P256() {
				return k, nil
			}
		}
		return nil, errors.New("neither an RSA key nor an ECDSA key with P-256 (CF-SIG-02)")
	}
	return nil, errors.New("not a key in PEM, which begins with -----BEGIN PRIVATE KEY-----")
}

// A Part is a parameter of a URL, or a cookie.
type Part struct{ Name, Value string }

// Canned returns the parameters that allow one URL until a second of Unix time
// (CF-SIG-06, CF-SIG-07).
func (s *Signer) Canned(url string, expires int64) ([]Part, error) {
	if strings.ContainsAny(url, "\"\\*") || strings.ContainsFunc(url, func(c rune) bool { return c < ' ' }) {
		return nil, errors.New("a canned policy is for one URL: no quote, backslash or * can be in it")
	}
	time := strconv.FormatInt(expires, 10)
	return s.parts(Part{paramNames[paramExpires], time}, cannedBefore+url+cannedBetween+time+cannedAfter)
}

// Custom returns the parameters that carry a policy. Its bytes are signed as they
// are.
func (s *Signer) Custom(policy []byte) ([]Part, error) {
	if _, err := ParsePolicy(string(policy)); err != nil {
		return nil, err
	}
	return s.parts(Part{paramNames[paramPolicy], encode(policy)}, string(policy))
}

func (s *Signer) parts(first Part, text string) ([]Part, error) {
	hash := max(s.Hash, HashSHA1)
	signature, err := s.Key.Sign(rand.Reader, hash.sum(text), hash.crypto())
	if err != nil {
		return nil, err
	}
	parts := []Part{first, {paramNames[paramSignature], encode(signature)}, {paramNames[paramKeyID], s.KeyID}}
	if hash != HashSHA1 {
		parts = append(parts, Part{paramNames[paramHash], hash.String()})
	}
	return parts, nil
}

// AddTo returns a URL with parameters.
func AddTo(url string, parts []Part) string {
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	var b strings.Builder
	b.WriteString(url)
	for _, p := range parts {
		b.WriteString(separator + p.Name + "=" + p.Value)
		separator = "&"
	}
	return b.String()
}

// Cookies returns the same parts as cookies (CF-SIG-22).
func Cookies(parts []Part) []Part {
	cookies := make([]Part, len(parts))
	for i, p := range parts {
		cookies[i] = Part{cookiePrefix + p.Name, p.Value}
	}
	return cookies
}

// Text returns the policy as JSON without white space, in the order in which
// AWS's own tools write it.
func (p Policy) Text() string {
	var b strings.Builder
	b.WriteString(`{"Statement":[{`)
	if p.HasResource {
		b.WriteString(`"Resource":` + quoted(p.Resource) + `,`)
	}
	b.WriteString(`"Condition":{`)
	if p.HasSourceIP {
		b.WriteString(`"IpAddress":{"AWS:SourceIp":` + quoted(p.SourceIP) + `},`)
	}
	if p.HasNotBefore {
		fmt.Fprintf(&b, `"DateGreaterThan":{"AWS:EpochTime":%d},`, p.NotBefore)
	}
	fmt.Fprintf(&b, `"DateLessThan":{"AWS:EpochTime":%d}}}]}`, p.NotAfter)
	return b.String()
}

// quoted returns a JSON text that does not escape what is for HTML alone.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}
