package compile

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

const publicKeyText = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4pw0hwxL5hUC1Y15cQd86W25/baM
YAtYh+4Ztypyv/gmSv5kRHlp60f2OuURTHB3vkhzu8r4CM1yGZcG9uL2lw==
-----END PUBLIC KEY-----
`

func keyGroupConfig(t *testing.T, encoded string) *config.Config {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(`version: 1
public_keys:
  K1: {encoded_key: "`+strings.ReplaceAll(encoded, "\n", `\n`)+`"}
  K2: {file: k2.pem}
key_groups: {members: [K1, K2]}
distributions:
  shop:
    origins: {api: {domain_name: api.test}}
    cache_behaviors: [{path_pattern: "/members/*", target_origin_id: api, cache_policy_id: CachingOptimized, trusted_key_groups: [members]}]
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTrustedKeyGroups: keys come from the configuration and from files, for the
// behaviors that name their group. How many there may be is among the golden files
// of package config (CF-QUO-22).
func TestTrustedKeyGroups(t *testing.T) {
	read := func(name string) ([]byte, error) {
		if name != "k2.pem" {
			return nil, fs.ErrNotExist
		}
		return []byte(publicKeyText), nil
	}
	s, err := Compile(keyGroupConfig(t, publicKeyText), Environment{ReadFile: read})
	if err != nil {
		t.Fatal(err)
	}
	behaviors := s.Distributions[0].Behaviors
	if behaviors[0].Keys == nil || behaviors[1].Keys != nil || s.Signatures == nil {
		t.Errorf("got keys %v and %v, verifier %v, want keys for the first behavior", behaviors[0].Keys, behaviors[1].Keys, s.Signatures)
	}
	missing := func(string) ([]byte, error) { return nil, fs.ErrNotExist }
	if _, err := Compile(keyGroupConfig(t, publicKeyText), Environment{ReadFile: missing}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `public key "K2"`) {
		t.Errorf("without the file: got %v, want an error that names the key", err)
	}
}

// TestCheckPublicKeys: a key that is not understood has its place in the
// configuration.
func TestCheckPublicKeys(t *testing.T) {
	for _, test := range []struct{ key, want string }{
		{publicKeyText, ""},
		{"x", `test.yaml:3:21: error GF4191: public key "K1": not a key in PEM`},
		{strings.ReplaceAll(publicKeyText, "PUBLIC", "PRIVATE"), `a private key, want its public key`},
		{strings.ReplaceAll(publicKeyText, "PUBLIC KEY", "CERTIFICATE"), `a PEM block of type "CERTIFICATE"`},
		{strings.Replace(publicKeyText, "MFkw", "AFkw", 1), `not a public key that is understood`},
		{publicKeyText + publicKeyText, `more than one PEM block`},
	} {
		c := keyGroupConfig(t, test.key)
		got := c.Annotate(nil, CheckPublicKeys(c)).String()
		const file = `test.yaml:4:14: error GF4191: public key "K2": open k2.pem`
		if !strings.Contains(got, file) || !strings.Contains(got, test.want) || test.want == "" && strings.Count(got, "error") != 1 {
			t.Errorf("key %q: got %s, want %s and %s", test.key, got, test.want, file)
		}
	}
}

// TestHidesSignatures: where one distribution is signed, no log has what opens its
// door: a page of another one may be where a viewer goes next, with Referer, and
// cookies of a common domain come to both.
func TestHidesSignatures(t *testing.T) {
	const signed = "default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized, trusted_key_groups: [members]}"
	public := strings.Replace(signed, ", trusted_key_groups: [members]", "", 1)
	document := func(first, second string) string {
		return `
public_keys: {K2: {file: k2.pem}}
key_groups: {members: [K2]}
distributions:
  films: {aliases: [films.test], origins: {api: {domain_name: api.test}}, ` + first + `}
  shop: {aliases: [shop.test], origins: {api: {domain_name: api.test}}, ` + second + `}
`
	}
	for _, test := range []struct {
		name, text string
		want       [2]bool
	}{
		{"both public", "version: 1" + document(public, public), [2]bool{false, false}},
		{"one signed", "version: 1" + document(signed, public), [2]bool{true, true}},
		{"kept by one", "version: 1" + document(signed, "logging: {path: l, signatures: kept}, "+public), [2]bool{true, false}},
		{"faithful", "version: 1\nserver: {mode: faithful}" + document(signed, public), [2]bool{false, false}},
	} {
		c, problems := config.Parse("test.yaml", []byte(test.text))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for i := range c.Distributions {
			if got := hidesSignatures(c, &c.Distributions[i]); got != test.want[i] {
				t.Errorf("%s, %s: got %v, want %v", test.name, c.Distributions[i].Name, got, test.want[i])
			}
		}
	}
}
