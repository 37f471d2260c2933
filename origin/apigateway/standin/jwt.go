package standin

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha512" // SHA-384 and SHA-512, beside what the signature of a handshake brings
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A JWT is a JWT authorizer of an HTTP API (AG-AUT-04), whose keys are given
// and not fetched. It guards the resources that need a token. The zero value
// is none.
type JWT struct {
	Issuer   string   // what iss must be
	Audience []string // aud, or client_id, must have one of these
	Scopes   []string // scope, or scp, must have one of these; none: no matter
	JWKS     []byte   // the issuer's keys (RFC 7517), of which RSA keys count
}

// mostJWKS bounds the keys (AG-LIM-10), in bytes.
const mostJWKS = 150_000

func (j JWT) none() bool { return j.Issuer == "" && len(j.JWKS)+len(j.Audience)+len(j.Scopes) == 0 }

func (j JWT) check(flavor Flavor) error {
	switch {
	case j.none():
		return nil
	case flavor != FlavorHTTP:
		return errors.New("an HTTP API alone has a JWT authorizer")
	case j.Issuer == "" || len(j.Audience) == 0:
		return errors.New("no issuer or no audience")
	case len(j.Audience) > 50 || len(j.Scopes) > 10:
		return errors.New("want at most 50 audiences and 10 scopes (AG-LIM-10)")
	}
	keys, err := parseJWKS(j.JWKS)
	if err == nil && len(keys) == 0 {
		err = errors.New("no RSA key with a kid")
	}
	return err
}

// parseJWKS returns the RSA keys by their kid.
func parseJWKS(text []byte) (map[string]*rsa.PublicKey, error) {
	if len(text) > mostJWKS {
		return nil, fmt.Errorf("%d bytes of keys: want at most %d (AG-LIM-10)", len(text), mostJWKS)
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Kty != "RSA" || k.Kid == "" {
			continue
		}
		n, errN := base64.RawURLEncoding.DecodeString(k.N)
		e, errE := base64.RawURLEncoding.DecodeString(k.E)
		exponent := new(big.Int).SetBytes(e)
		if errN != nil || errE != nil || len(n) == 0 || !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 {
			return nil, fmt.Errorf("key %q is malformed", k.Kid)
		}
		keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}
	}
	return keys, nil
}

// claims are those that an authorizer looks at. aud may be one text or a list.
type claims struct {
	Iss      string
	Aud      textOrList
	ClientID string `json:"client_id"`
	Exp      *float64
	Nbf, Iat float64
	Scope    string
	Scp      textOrList
	Sub      string
}

type textOrList []string

// UnmarshalJSON takes both forms.
func (t *textOrList) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = textOrList{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

var errToken = errors.New("token not valid")

// authorize returns who a token speaks of. The error is unauthorized, or
// forbidden for one that lacks the scopes.
func (j JWT) authorize(keys map[string]*rsa.PublicKey, authorization string, now time.Time) (subject string, err error) {
	c, err := verifiedClaims(keys, strings.TrimPrefix(authorization, "Bearer "))
	if err != nil {
		return "", unauthorized
	}
	at := float64(now.Unix())
	audience := c.Aud
	if len(audience) == 0 && c.ClientID != "" {
		audience = textOrList{c.ClientID}
	}
	switch {
	case c.Iss != j.Issuer, !overlap(audience, j.Audience), c.Exp == nil, at >= *c.Exp, at < c.Nbf, at < c.Iat:
		return "", unauthorized
	case len(j.Scopes) > 0 && !overlap(append(strings.Fields(c.Scope), c.Scp...), j.Scopes):
		return "", forbidden
	}
	return c.Sub, nil
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// hashes are the algorithms that count: those with RSA (AG-AUT-04).
var hashes = map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512}

// verifiedClaims reads a token in compact form (RFC 7519) whose signature is
// that of one of the keys.
func verifiedClaims(keys map[string]*rsa.PublicKey, token string) (*claims, error) {
	signed, signatureText, found := cutLast(token, ".")
	headText, bodyText, two := strings.Cut(signed, ".")
	if !found || !two || strings.Contains(bodyText, ".") {
		return nil, errToken
	}
	var head struct{ Alg, Kid string }
	if err := decodePart(headText, &head); err != nil {
		return nil, err
	}
	hash, known := hashes[head.Alg]
	key := keys[head.Kid]
	signature, err := base64.RawURLEncoding.DecodeString(signatureText)
	if !known || key == nil || err != nil {
		return nil, errToken
	}
	h := hash.New()
	h.Write([]byte(signed))
	if err := rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), signature); err != nil {
		return nil, err
	}
	c := new(claims)
	return c, decodePart(bodyText, c)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func decodePart(text string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
