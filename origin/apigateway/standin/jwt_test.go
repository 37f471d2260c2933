package standin

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
)

// A signer makes tokens.
type signer struct {
	t   *testing.T
	key *rsa.PrivateKey
}

func newSigner(t *testing.T) signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer{t, key}
}

func (s signer) jwks(kid string) []byte {
	encode := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"keys":[{"kty":"EC","kid":"other"},{"kty":"RSA","kid":%q,"n":%q,"e":%q}]}`,
		kid, encode(s.key.N.Bytes()), encode(big.NewInt(int64(s.key.E)).Bytes()))
}

func (s signer) token(head, claims string) string {
	signed := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	var named struct{ Alg string }
	_ = json.Unmarshal([]byte(head), &named) // "" for what is no JSON
	hash, known := hashes[named.Alg]
	if !known {
		hash = crypto.SHA256
	}
	h := hash.New()
	h.Write([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, hash, h.Sum(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// TestJWT: which tokens a JWT authorizer takes (AG-AUT-04).
func TestJWT(t *testing.T) {
	own, foreign := newSigner(t), newSigner(t)
	s := newTest(t, Options{Flavor: FlavorHTTP, JWT: JWT{
		Issuer: "https://id.test", Audience: []string{"shop"}, Scopes: []string{"read", "admin"}, JWKS: own.jwks("k1"),
	}})
	at := testTime.Unix()
	good := fmt.Sprintf(`{"iss":"https://id.test","aud":"shop","exp":%d,"scope":"read write","sub":"alice"}`, at+60)
	const head = `{"alg":"RS256","kid":"k1"}`
	claims := func(format string, a ...any) string {
		return own.token(head, fmt.Sprintf(`{"iss":"https://id.test","sub":"alice",`+format+"}", a...))
	}
	for _, tt := range []struct {
		name, token string
		status      int
	}{
		{"as is", own.token(head, good), 200},
		{"after Bearer", "Bearer " + own.token(head, good), 200},
		{"RS384", own.token(`{"alg":"RS384","kid":"k1"}`, good), 200},
		{"RS512", own.token(`{"alg":"RS512","kid":"k1"}`, good), 200},
		{"list of audiences, scp", claims(`"aud":["a","shop"],"exp":%d,"scp":["admin"]`, at+60), 200},
		{"client_id", claims(`"client_id":"shop","exp":%d,"scope":"read"`, at+60), 200},
		{"aud comes before client_id", claims(`"aud":"a","client_id":"shop","exp":%d,"scope":"read"`, at+60), 401},
		{"none", "", 401},
		{"alg none", own.token(`{"alg":"none","kid":"k1"}`, good), 401},
		{"HS256", own.token(`{"alg":"HS256","kid":"k1"}`, good), 401},
		{"unknown kid", own.token(`{"alg":"RS256","kid":"k2"}`, good), 401},
		{"another's key", foreign.token(head, good), 401},
		{"changed", own.token(head, good)[:40] + "A" + own.token(head, good)[41:], 401},
		{"two parts", "a.b", 401},
		{"four parts", own.token(head, good) + ".x", 401},
		{"another issuer", own.token(head, fmt.Sprintf(`{"iss":"https://evil.test","aud":"shop","exp":%d,"scope":"read"}`, at+60)), 401},
		{"expired", claims(`"aud":"shop","exp":%d,"scope":"read"`, at), 401},
		{"no exp", claims(`"aud":"shop","scope":"read"`), 401},
		{"not yet", claims(`"aud":"shop","exp":%d,"nbf":%d,"scope":"read"`, at+60, at+1), 401},
		{"issued in the future", claims(`"aud":"shop","exp":%d,"iat":%d,"scope":"read"`, at+60, at+1), 401},
		{"scope", claims(`"aud":"shop","exp":%d,"scope":"write"`, at+60), 403},
	} {
		w := send(s, "GET /prod/me", "Authorization: "+tt.token)
		if w.Code != tt.status {
			t.Errorf("%s: got %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
		if tt.status == 200 && decode[map[string]any](t, w)["user"] != "alice" {
			t.Errorf("%s: got %s, want the subject alice", tt.name, w.Body)
		}
	}
	if w := send(s, "GET /prod/products"); w.Code != 200 {
		t.Errorf("a resource without authorizer: got %d, want 200", w.Code)
	}
}

func TestJWTOptions(t *testing.T) {
	keys := newSigner(t).jwks("k1")
	for name, o := range map[string]Options{
		"REST":        {JWT: JWT{Issuer: "i", Audience: []string{"a"}, JWKS: keys}},
		"no issuer":   {Flavor: FlavorHTTP, JWT: JWT{Audience: []string{"a"}, JWKS: keys}},
		"no audience": {Flavor: FlavorHTTP, JWT: JWT{Issuer: "i", JWKS: keys}},
		"no keys":     {Flavor: FlavorHTTP, JWT: JWT{Issuer: "i", Audience: []string{"a"}, JWKS: []byte(`{"keys":[]}`)}},
		"no JSON":     {Flavor: FlavorHTTP, JWT: JWT{Issuer: "i", Audience: []string{"a"}, JWKS: []byte("x")}},
		"malformed":   {Flavor: FlavorHTTP, JWT: JWT{Issuer: "i", Audience: []string{"a"}, JWKS: []byte(`{"keys":[{"kty":"RSA","kid":"k","n":"*","e":"AQAB"}]}`)}},
		"AG-LIM-10":   {Flavor: FlavorHTTP, JWT: JWT{Issuer: "i", Audience: []string{"a"}, JWKS: make([]byte, mostJWKS+1)}},
	} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// FuzzVerifiedClaims: no text is a token unless a key has signed it.
func FuzzVerifiedClaims(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.AA")
	keys := map[string]*rsa.PublicKey{"k1": {N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}}
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := verifiedClaims(keys, token); err == nil {
			t.Errorf("%q: got %+v, want an error", token, c)
		}
	})
}
