package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	rsaKey = "../../bench/scenario/testdata/keys/K2RSA.pem"
	ecKey  = "../../bench/scenario/testdata/keys/K2EC.pem"
)

// publicKeyFile writes the public key of a key pair.
func publicKeyFile(t *testing.T) string {
	t.Helper()
	return writeFile(t, "public.pem", `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4pw0hwxL5hUC1Y15cQd86W25/baM
YAtYh+4Ztypyv/gmSv5kRHlp60f2OuURTHB3vkhzu8r4CM1yGZcG9uL2lw==
-----END PUBLIC KEY-----
`)
}

func signedConfig(t *testing.T) string {
	t.Helper()
	return writeFile(t, "edge.yaml", `version: 1
public_keys: {K2EC: {file: "`+filepath.ToSlash(publicKeyFile(t))+`"}}
key_groups: {members: [K2EC]}
distributions:
  shop:
    aliases: [shop.test]
    origins: {any: {domain_name: origin.test}}
    cache_behaviors:
      - {path_pattern: "/open/*", target_origin_id: any, cache_policy_id: CachingDisabled}
      - {path_pattern: "/secure/*", target_origin_id: any, cache_policy_id: CachingDisabled, viewer_protocol_policy: redirect-to-https, trusted_key_groups: [members]}
    default_cache_behavior: {target_origin_id: any, cache_policy_id: CachingDisabled, trusted_key_groups: [members]}
  other: {aliases: [other.test], origins: {any: {domain_name: origin.test}}, default_cache_behavior: {target_origin_id: any, cache_policy_id: CachingDisabled}}
`)
}

// TestSignURL: what is signed is found good by sign explain, and by the keys of a
// configuration.
func TestSignURL(t *testing.T) {
	config := signedConfig(t)
	for _, test := range []struct {
		flags string // separated by |
		url   string
		want  string
	}{
		{"--expires|@1767290400", "https://shop.test/film.mp4", `^https://shop\.test/film\.mp4\?Expires=1767290400&Signature=[^&]+&Key-Pair-Id=K2EC\n$`},
		{"--expires|2026-01-01T18:00:00Z", "https://shop.test/film.mp4?size=large", `^https://shop\.test/film\.mp4\?size=large&Expires=1767290400&`},
		{"--expires|@1767290400", "wss://shop.test/chat", `^wss://shop\.test/chat\?Expires=1767290400&`},
		{"--expires|@1767290400|--hash|sha256", "https://shop.test/film.mp4", `&Key-Pair-Id=K2EC&Hash-Algorithm=SHA256\n$`},
		{"--expires|@1767290400", "https://shop.test", `^https://shop\.test/\?Expires=1767290400&`},
		{"--expires|@1767290400", "https://shop.test?a=1", `^https://shop\.test/\?a=1&Expires=1767290400&`},
		{"--expires|@1767290400", "https://shop.test/film.mp4?", `^https://shop\.test/film\.mp4\?Expires=1767290400&`},
		{"--expires|@1767290400|--ip|192.0.2.0/24|--not-before|@1", "https://shop.test/film.mp4", `^https://shop\.test/film\.mp4\?Policy=[^&]+&Signature=`},
		{"--expires|@1767290400|--resource|http*://shop.test/*", "https://shop.test/film.mp4?a=1", `^https://shop\.test/film\.mp4\?a=1&Policy=[^&]+&Signature=`},
	} {
		args := append([]string{"sign", "url", test.url, "--key-id", "K2EC", "--private-key", ecKey}, strings.Split(test.flags, "|")...)
		code, stdout, stderr := runVerb(t, args...)
		if code != exitOK || !regexp.MustCompile(test.want).MatchString(stdout) {
			t.Errorf("%s: got %d, %s%s, want %s", test.flags, code, stdout, stderr, test.want)
			continue
		}
		code, stdout, stderr = runVerb(t, "sign", "explain", strings.TrimSpace(stdout), "-f", config, "--at", "@1767290399", "--ip", "192.0.2.7")
		if code != exitOK || !strings.Contains(stdout, "answer: the request goes on\n") {
			t.Errorf("%s: explain: got %d and\n%s%s, want a request that goes on", test.flags, code, stdout, stderr)
		}
	}
	code, stdout, _ := runVerb(t, "sign", "url", "https://shop.test/a", "--key-id", "K2", "--private-key", rsaKey, "--output", "json")
	var out struct {
		URL        string
		Parameters map[string]string
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != exitOK || out.Parameters["Key-Pair-Id"] != "K2" || !strings.HasPrefix(out.URL, "https://shop.test/a?Expires=") {
		t.Errorf("json: got %d, %s, want the URL and its parameters", code, stdout)
	}
}

func TestSignCookie(t *testing.T) {
	code, stdout, stderr := runVerb(t, "sign", "cookie", "https://shop.test/", "--resource", "https://shop.test/*", "--key-id", "K2EC", "--private-key", ecKey, "--domain", "shop.test", "--expires", "@1767290400")
	want := regexp.MustCompile(`^Set-Cookie: CloudFront-Policy=\S+; Path=/; HttpOnly; Secure; Domain=shop.test
Set-Cookie: CloudFront-Signature=\S+; Path=/; HttpOnly; Secure; Domain=shop.test
Set-Cookie: CloudFront-Key-Pair-Id=K2EC; Path=/; HttpOnly; Secure; Domain=shop.test

curl -b '(CloudFront-Policy=\S+; CloudFront-Signature=\S+; CloudFront-Key-Pair-Id=K2EC)' https://shop.test/
$`)
	m := want.FindStringSubmatch(stdout)
	if code != exitOK || m == nil {
		t.Fatalf("got %d and\n%s%s", code, stdout, stderr)
	}
	if _, stdout, _ := runVerb(t, "sign", "cookie", "https://shop.test?it's", "--key-id", "K2EC", "--private-key", ecKey); !strings.HasSuffix(stdout, ` 'https://shop.test/?it'\''s'`+"\n") {
		t.Errorf("a URL with a quote: got %s, want one that a shell understands", stdout)
	}
	code, stdout, stderr = runVerb(t, "sign", "explain", "https://shop.test/any?a=1", "-b", m[1], "--public-key", publicKeyFile(t), "--at", "@1767290399", "--output", "json")
	var out struct {
		Source, Policy, Fault string
		GoesOn                bool `json:"goes_on"`
		Steps                 []struct{ Name, Outcome string }
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != exitOK || !out.GoesOn || out.Source != "signed cookies" || len(out.Steps) != 6 ||
		out.Policy != `{"Statement":[{"Resource":"https://shop.test/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}` {
		t.Errorf("explain: got %d and\n%s%s, want that the request goes on", code, stdout, stderr)
	}
}

// TestSignExplain: each reason is said, and what the edge would answer.
func TestSignExplain(t *testing.T) {
	_, signed, _ := runVerb(t, "sign", "url", "https://shop.test/film.mp4", "--key-id", "K2EC", "--private-key", ecKey, "--expires", "@1767290400")
	signed = strings.TrimSpace(signed)
	open := strings.Replace(signed, "/film.mp4", "/open/film.mp4", 1)
	secure := strings.Replace(signed, "https://shop.test/film.mp4", "http://shop.test/secure/film.mp4", 1)
	_, custom, _ := runVerb(t, "sign", "url", "https://shop.test/film.mp4", "--key-id", "K2EC", "--private-key", ecKey, "--expires", "@1767290400", "--ip", "192.0.2.0/24")
	custom = strings.TrimSpace(custom)
	config := signedConfig(t)
	for _, test := range []struct {
		args string // separated by |
		code exitCode
		want []string
	}{
		{signed + "|-f|" + config + "|--at|@1767290399", exitOK, []string{
			"distribution shop, cache behavior Default (*)\ncanned policy, made from the URL:\n  {\"Statement\":[{\"Resource\":\"https://shop.test/film.mp4\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1767290400}}}]}\n",
			"ok   key              K2EC, ECDSA P-256\n", "ok   signature        SHA1, of this policy by this key\n", "ok   DateLessThan     1767290400 (2026-01-01T18:00:00Z), in 1s\n", "answer: the request goes on\n"}},
		{signed + "|-f|" + config + "|--at|@1767290400", exitAssertion, []string{"FAIL DateLessThan     1767290400 (2026-01-01T18:00:00Z), in 0s\n", "answer: 403 AccessDenied: Access Denied (expired)\n"}},
		{signed + "&x=1|-f|" + config + "|--at|@1", exitAssertion, []string{"FAIL signature        SHA1, not of this policy by this key; it is one of https://shop.test/film.mp4\n", "  {\"Statement\":[{\"Resource\":\"https://shop.test/film.mp4?x=1\"", "(wrong signature)\n"}},
		{strings.Replace(signed, "K2EC", "K3", 1) + "|-f|" + config, exitAssertion, []string{"FAIL key              \"K3\" is not trusted, K2EC is\n", "answer: 403 InvalidKey: Unknown Key (unknown key)\n"}},
		{signed + "|--at|@1", exitOK, []string{"-    key              K2EC; no keys are given\n", "-    signature        SHA1, ", "answer: depends on the key: give a configuration by -f, or --public-key\n"}},
		{signed + "|--at|@1767290401", exitAssertion, []string{"answer: 403, whatever the key\n"}},
		{signed + "|--public-key|" + publicKeyFile(t) + "|--at|@1", exitOK, []string{"answer: the request goes on\n"}},
		{custom + "|--public-key|" + publicKeyFile(t) + "|--at|@1", exitOK, []string{"custom policy:\n", "-    IpAddress        192.0.2.0/24; the viewer's address is not given\n", "answer: the request goes on\n"}},
		{custom + "|--public-key|" + publicKeyFile(t) + "|--at|@1|--ip|2001:db8::1", exitAssertion, []string{"FAIL IpAddress        192.0.2.0/24, the viewer is 2001:db8::1\n", "(address not allowed)\n"}},
		{"https://shop.test/film.mp4|-f|" + config, exitAssertion, []string{"FAIL parameters       none in the URL, and no cookie\n", "answer: 403 MissingKey: Missing Key-Pair-Id query parameter or cookie value (unsigned)\n"}},
		{open + "|-f|" + config, exitOK, []string{"cache behavior /open/*\n", "answer: the request goes on: the cache behavior has no trusted_key_groups"}},
		{secure + "|-f|" + config, exitAssertion, []string{"cache behavior /secure/*\n", "answer: 301, to the same URL with https"}},
		{"https://none.test/|-f|" + config, exitUsage, []string{"no distribution answers to none.test"}},
		{"/film.mp4", exitUsage, []string{`"/film.mp4" is not a URL`}},
		{signed + "|--ip|x", exitUsage, []string{`--ip "x" is not an address`}},
		{signed + "|--at|soon", exitUsage, []string{`--at "soon": want a duration such as 1h`}},
		{signed + "|--public-key|" + ecKey, exitUsage, []string{"a private key, want its public key"}},
		{signed + "|--public-key|x|-f|" + config, exitUsage, []string{"give one"}},
		{signed + "|-f|none.yaml", exitConfig, []string{"none.yaml"}},
	} {
		code, stdout, stderr := runVerb(t, append([]string{"sign", "explain"}, strings.Split(test.args, "|")...)...)
		for _, want := range test.want {
			if code != test.code || !strings.Contains(stdout+stderr, want) {
				t.Errorf("%s: got %d and\n%s%s\nwant %d and %q", test.args, code, stdout, stderr, test.code, want)
			}
		}
	}
	if _, stdout, _ := runVerb(t, "sign", "explain", "https://shop.test/?Policy=Glt-&Key-Pair-Id=K1&Signature=AAAA"); strings.Contains(stdout, "\x1b") {
		t.Errorf("got %q, which is a command to a terminal", stdout)
	}
}

// TestSignRefuses: what cannot be signed, or would be signed as something else, is
// refused with what to do.
func TestSignRefuses(t *testing.T) {
	policy := writeFile(t, "policy.json", `{"Statement":[{"Resource":"*","Condition":{"DateLessThen":{"AWS:EpochTime":1}}}]}`)
	encrypted := writeFile(t, "encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	for _, test := range []struct{ args, want string }{
		{"film.mp4|--key-id|K1|--private-key|" + ecKey, "is not a URL such as"},
		{"https://shop.test/a|--private-key|" + ecKey, "name the key with --key-id"},
		{"https://shop.test/a|--key-id|K&1|--private-key|" + ecKey, "want letters, digits"},
		{"https://shop.test/a|--key-id|K1", "--private-key"},
		{"https://shop.test/a|--key-id|K1|--private-key|none.pem", "open none.pem"},
		{"https://shop.test/a|--key-id|K1|--private-key|" + encrypted, `a PEM block of type "ENCRYPTED PRIVATE KEY"`},
		{"https://shop.test/a#b|--key-id|K1|--private-key|" + ecKey, "what follows #"},
		{"https://shop.test/a#|--key-id|K1|--private-key|" + ecKey, "what follows #"},
		{"https://me:hush@shop.test/a|--key-id|K1|--private-key|" + ecKey, "what stands before @"},
		{"https://shop.test/a b|--key-id|K1|--private-key|" + ecKey, "write it as it will be sent"},
		{"https://shop.test/ä|--key-id|K1|--private-key|" + ecKey, "write it as it will be sent"},
		{"https://shop.test/a?Policy=1|--key-id|K1|--private-key|" + ecKey, "is signed already"},
		{"https://shop.test/*|--key-id|K1|--private-key|" + ecKey, "--resource signs with a custom policy"},
		{"https://shop.test/a|--key-id|K1|--private-key|" + ecKey + "|--ip|192.0.2.1", "is not a range of IPv4 addresses"},
		{"https://shop.test/a|--key-id|K1|--private-key|" + ecKey + "|--expires|never", `--expires "never": want a duration`},
		{"https://shop.test/a|--key-id|K1|--private-key|" + ecKey + "|--policy|" + policy, `"DateLessThen" is not known here`},
		{"https://shop.test/a|--key-id|K1|--private-key|" + ecKey + "|--policy|" + policy + "|--ip|192.0.2.0/24", "--policy has all that"},
		{"https://shop.test/a|--key-id|K1|--private-key|" + ecKey + "|--hash|md5", "want sha1 or sha256"},
	} {
		code, stdout, stderr := runVerb(t, append([]string{"sign", "url"}, strings.Split(test.args, "|")...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: got %d, %s%s, want %q", test.args, code, stdout, stderr, test.want)
		}
	}
}
