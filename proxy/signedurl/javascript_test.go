package signedurl

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var javaScript = flag.String("signed.javascript", "testdata/javascript.json", "what testdata/javascript/sign.mjs has written")

// keyPairs are those that testdata/javascript/sign.mjs signs with.
func keyPairs(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	pairs := map[string]crypto.Signer{}
	for _, id := range []string{"K2RSA", "K2EC"} {
		text, err := os.ReadFile(filepath.Join("../../bench/scenario/testdata/keys", id+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		if pairs[id], err = ParsePrivateKey(text); err != nil {
			t.Fatal(err)
		}
	}
	return pairs
}

// TestJavaScript: what AWS's SDK for JavaScript signs is good here, and what is
// signed here has the same values where a signature has but one form, which those
// of RSA have.
func TestJavaScript(t *testing.T) {
	text, err := os.ReadFile(*javaScript)
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Name, URL, Cookies string }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 52 {
		t.Fatalf("got %d signatures, want 52", len(all))
	}
	pairs := keyPairs(t)
	keys := NewKeys(publicKey(t, "K2RSA", pairs["K2RSA"]), publicKey(t, "K2EC", pairs["K2EC"]))
	v := NewVerifier(PathsBoth)
	for _, signed := range all {
		r := newRequest(signed.URL, signed.Cookies)
		var s Scratch
		result := v.Verify(keys, r, &s)
		if result.Fault != FaultNone {
			t.Errorf("%s: %s: got %v, want none", signed.Name, signed.URL, result.Fault)
			continue
		}
		p := s.parameters
		signer := Signer{KeyID: p.values[paramKeyID], Key: pairs[p.values[paramKeyID]], Hash: p.hash()}
		if _, exact := signer.Key.(*rsa.PrivateKey); !exact {
			continue
		}
		var ours []Part
		if p.has(paramExpires) {
			end, _ := parseTime(p.values[paramExpires])
			ours, err = signer.Canned(r.url(r.Path, result.Query), end)
		} else {
			policy, _ := decode(p.values[paramPolicy])
			ours, err = signer.Custom(policy)
		}
		if err != nil {
			t.Errorf("%s: %v", signed.Name, err)
		}
		var got, want []string
		for _, part := range ours {
			got = append(got, part.Name+"="+part.Value)
		}
		for name := range numParams {
			if p.has(name) {
				want = append(want, name.String()+"="+p.values[name])
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %s, they have %s", signed.Name, strings.Join(got, "&"), strings.Join(want, "&"))
		}
	}
}
