package signedurl

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const anyFile = `{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1767229200}}}]}`

// TestVerify goes through what can be wrong with a request, in the order in
// which it is found.
func TestVerify(t *testing.T) {
	const film = "https://shop.test/film.mp4"
	good := canned(t, film)
	policy := custom(t, anyFile)
	other, err := (&Signer{KeyID: "K1", Key: testKeys().other}).Canned(film, now.Add(time.Hour).Unix())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		url     string
		cookies string
		want    Fault
		own     string
	}{
		{"nothing", film, "", FaultUnsigned, ""},
		{"nothing of ours", film + "?a=1&expires=2&Signature2=3&x-Policy=4", "a=1; Expires=2; cloudfront-policy=x", FaultUnsigned, "a=1&expires=2&Signature2=3&x-Policy=4"},
		{"canned", AddTo(film, good), "", FaultNone, ""},
		{"custom", AddTo(film, policy), "", FaultNone, ""},
		{"custom, any URL", AddTo("http://other.test/x?y=1", policy), "", FaultNone, "y=1"},
		{"canned cookies", film, cookieField(good), FaultNone, ""},
		{"custom cookies", film + "?a=1", "x=y; " + cookieField(policy), FaultNone, "a=1"},
		{"canned cookies of another URL, CF-SIG-23", film + "?a=1", cookieField(good), FaultSignature, "a=1"},
		{"a parameter keeps cookies out, CF-SIG-24", film + "?Expires=1", cookieField(good), FaultNoKeyID, ""},
		{"an empty parameter too", film + "?Policy", cookieField(good), FaultNoKeyID, ""},
		{"URL before bad cookies, CF-SIG-24", AddTo(film, good), "CloudFront-Policy=x; CloudFront-Key-Pair-Id=K9", FaultNone, ""},
		{"two signatures", AddTo(film, good) + "&Signature=x", "", FaultRepeated, ""},
		{"two policies", AddTo(film, policy) + "&Policy=x", "", FaultRepeated, ""},
		{"two key ids", AddTo(film, good) + "&Key-Pair-Id=K2", "", FaultRepeated, ""},
		{"one twice", AddTo(film, good) + "&Key-Pair-Id=K1", "", FaultNone, ""},
		{"two policy cookies", film, cookieField(policy) + "; CloudFront-Policy=x", FaultRepeated, ""},
		{"encoded name", AddTo(film, good) + "&%45xpires=1", "", FaultEncodedName, "%45xpires=1"},
		{"encoded name alone", film + "?Key%2dPair-Id=K1", cookieField(good), FaultEncodedName, "Key%2dPair-Id=K1"},
		{"other encoded names", AddTo(film, policy) + "&%45=1&%zz=1&Expires%=1&%2", "", FaultNone, "%45=1&%zz=1&Expires%=1&%2"},
		{"no key id", AddTo(film, without(good, "Key-Pair-Id")), "", FaultNoKeyID, ""},
		{"empty key id", AddTo(film, with(good, "Key-Pair-Id", "")), "", FaultNoKeyID, ""},
		{"unknown key", AddTo(film, with(good, "Key-Pair-Id", "K3")), "", FaultUnknownKey, ""},
		{"key id in another case", AddTo(film, with(good, "Key-Pair-Id", "k1")), "", FaultUnknownKey, ""},
		{"no signature", AddTo(film, without(good, "Signature")), "", FaultNoSignature, ""},
		{"neither policy nor expiry", AddTo(film, without(good, "Expires")), "", FaultNoPolicy, ""},
		{"policy and expiry", AddTo(film, policy) + "&Expires=1767229200", "", FaultTwoPolicies, ""},
		{"named default hash", AddTo(film, good) + "&Hash-Algorithm=SHA1", "", FaultNone, ""},
		{"other hash", AddTo(film, good) + "&Hash-Algorithm=SHA256", "", FaultSignature, ""},
		{"unknown hash", AddTo(film, good) + "&Hash-Algorithm=MD5", "", FaultHashAlgorithm, ""},
		{"empty hash", AddTo(film, good) + "&Hash-Algorithm=", "", FaultHashAlgorithm, ""},
		{"standard base64", AddTo(film, with(good, "Signature", "+//+")), "", FaultSignatureEncoding, ""},
		{"no padding", AddTo(film, with(good, "Signature", strings.TrimRight(good[1].Value, "_"))), "", FaultSignatureEncoding, ""},
		{"encoded signature", AddTo(film, with(good, "Signature", "%41AAA")), "", FaultSignatureEncoding, ""},
		{"short signature", AddTo(film, with(good, "Signature", "AAAA")), "", FaultSignature, ""},
		{"a policy that is no base64", AddTo(film, with(policy, "Policy", "x")), "", FaultPolicyEncoding, ""},
		{"a policy that is too long", AddTo(film, with(policy, "Policy", strings.Repeat("A", maxPolicy+4))), "", FaultPolicyEncoding, ""},
		{"a policy that is no JSON", AddTo(film, with(policy, "Policy", encode([]byte("x")))), "", FaultPolicy, ""},
		{"another policy", AddTo(film, with(policy, "Policy", encode([]byte(anyFile+" ")))), "", FaultSignature, ""},
		{"no time", AddTo(film, with(good, "Expires", "tomorrow")), "", FaultExpires, ""},
		{"zeros before the time", AddTo(film, with(good, "Expires", "01767229200")), "", FaultExpires, ""},
		{"another time", AddTo(film, with(good, "Expires", "1767229201")), "", FaultSignature, ""},
		{"another key's signature", AddTo(film, other), "", FaultSignature, ""},
		{"a key of another kind", AddTo(film, with(good, "Key-Pair-Id", "K2")), "", FaultSignature, ""},
		{"a URL that no policy has", AddTo(`https://shop.test/"`, good), "", FaultURL, ""},
		{"expired, CF-SIG-11", AddTo(film, custom(t, strings.Replace(anyFile, "1767229200", "1767225600", 1))), "", FaultExpired, ""},
		{"a second before", AddTo(film, custom(t, strings.Replace(anyFile, "1767229200", "1767225601", 1))), "", FaultNone, ""},
		{"not yet, CF-SIG-11", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"DateGreaterThan":{"AWS:EpochTime":1767225600},"DateL`, 1))), "", FaultNotYet, ""},
		{"a second behind", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"DateGreaterThan":{"AWS:EpochTime":1767225599},"DateL`, 1))), "", FaultNone, ""},
		{"address", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateL`, 1))), "", FaultNone, ""},
		{"another address", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"IpAddress":{"AWS:SourceIp":"192.0.2.0/32"},"DateL`, 1))), "", FaultAddress, ""},
		{"no range", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"IpAddress":{"AWS:SourceIp":"192.0.2.1"},"DateL`, 1))), "", FaultAddress, ""},
		{"an IPv6 range", AddTo(film, custom(t, strings.Replace(anyFile, `{"DateL`, `{"IpAddress":{"AWS:SourceIp":"::/0"},"DateL`, 1))), "", FaultAddress, ""},
		{"resource", AddTo(film, custom(t, strings.Replace(anyFile, `{"Cond`, `{"Resource":"https://shop.test/film*","Cond`, 1))), "", FaultNone, ""},
		{"another resource", AddTo(film, custom(t, strings.Replace(anyFile, `{"Cond`, `{"Resource":"https://shop.test/films*","Cond`, 1))), "", FaultResource, ""},
	} {
		v, keys := NewVerifier(PathsBoth), trusted(t)
		r := newRequest(test.url, test.cookies)
		for _, round := range []string{"at first", "again"} {
			got := v.Verify(keys, r, new(Scratch))
			if got.Fault != test.want || got.Query != test.own {
				t.Errorf("%s, %s: Verify(%q, %q): got %v, own query %q, want %v, %q", test.name, round, test.url, test.cookies, got.Fault, got.Query, test.want, test.own)
			}
			if _, known := v.VerifyKnown(keys, r, new(Scratch)); known != (test.want == FaultNone) {
				t.Errorf("%s, %s: VerifyKnown(%q): got %v, want %v", test.name, round, test.url, known, !known)
			}
		}
	}
}

// TestAddresses: the address is that of the TCP peer, and no condition admits an
// IPv6 address (CF-SIG-13, CF-SIG-14).
func TestAddresses(t *testing.T) {
	v, keys := NewVerifier(PathsBoth), trusted(t)
	for _, test := range []struct {
		source, viewer string
		want           Fault
	}{
		{"192.0.2.7/32", "192.0.2.7", FaultNone},
		{"192.0.2.7/32", "::ffff:192.0.2.7", FaultNone},
		{"192.0.2.7/32", "192.0.2.8", FaultAddress},
		{"192.0.2.7/24", "192.0.2.200", FaultNone}, // bits beyond the length do not count
		{"0.0.0.0/0", "203.0.113.9", FaultNone},
		{"0.0.0.0/0", "2001:db8::1", FaultAddress},
		{"::ffff:192.0.2.0/120", "192.0.2.7", FaultAddress},
		{"", "192.0.2.7", FaultAddress},
	} {
		p := Policy{NotAfter: now.Unix() + 1, SourceIP: test.source, HasSourceIP: true}
		r := newRequest(AddTo("https://shop.test/", custom(t, p.Text())), "")
		r.Viewer = netip.MustParseAddr(test.viewer)
		if got := v.Verify(keys, r, new(Scratch)); got.Fault != test.want {
			t.Errorf("%q, viewer %s: got %v, want %v", test.source, test.viewer, got.Fault, test.want)
		}
	}
}

// TestPaths: who has /public/* signed does not get to /private/ by a path that is
// public before it is normalised, nor the other way round (CF-BEH-15). A
// percent-encoding makes no difference.
func TestPaths(t *testing.T) {
	public := `{"Statement":[{"Resource":"https://shop.test/public/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767229200}}}]}`
	cafe := strings.Replace(public, "/public/", "/caf%c3%a9/", 1)
	for _, test := range []struct {
		path   string
		policy string // "" for a canned one
		both   Fault
		raw    Fault
	}{
		{"/public/a", public, FaultNone, FaultNone},
		{"/public/../private/a", public, FaultNormalizedResource, FaultNone},
		{"/public/%2e%2E/private/a", public, FaultNormalizedResource, FaultNone},
		{"/public/..//public/a", public, FaultNone, FaultNone},
		{"//public/a", public, FaultResource, FaultResource},
		{"/private/../public/a", public, FaultResource, FaultResource},
		{"/public/%7Ea", public, FaultNone, FaultNone},
		{"/%70ublic/a", public, FaultResource, FaultResource}, // CF-SIG-21
		{"/caf%c3%a9/a", cafe, FaultNone, FaultNone},
		{"/caf%c3%a9/../a", cafe, FaultNormalizedResource, FaultNone},
		{"/caf%C3%A9/a", cafe, FaultResource, FaultResource},
		{"/caf%c3%a9", "", FaultNone, FaultNone},
		{"/100%", "", FaultNone, FaultNone},
		{"/a//b", "", FaultNormalizedResource, FaultNone},
		{"/a/../b", "", FaultNormalizedResource, FaultNone},
		{"/a/%2e%2e/b", "", FaultNormalizedResource, FaultNone},
	} {
		url := "https://shop.test" + test.path
		parts := canned(t, url)
		if test.policy != "" {
			parts = custom(t, test.policy)
		}
		r := newRequest(AddTo(url, parts), "")
		for p, want := range map[Paths]Fault{PathsBoth: test.both, PathsRaw: test.raw} {
			v := NewVerifier(p)
			for range 2 {
				if got := v.Verify(trusted(t), r, new(Scratch)); got.Fault != want {
					t.Errorf("%s, policy %s, paths %v: got %v, want %v", test.path, test.policy, p, got.Fault, want)
				}
			}
		}
	}
}

// TestKnownIsExact: what was verified opens nothing else: not with another key of
// the same id, another hash, another policy or as the other kind of policy.
func TestKnownIsExact(t *testing.T) {
	const film = "https://shop.test/film.mp4"
	v, keys := NewVerifier(PathsBoth), trusted(t)
	r := newRequest(AddTo(film, canned(t, film)), "")
	if got := v.Verify(keys, r, new(Scratch)); got.Fault != FaultNone {
		t.Fatalf("got %v, want none", got.Fault)
	}
	replaced := NewKeys(publicKey(t, "K1", testKeys().other))
	if got := v.Verify(replaced, r, new(Scratch)); got.Fault != FaultSignature {
		t.Errorf("with another key of that id: got %v, want a wrong signature", got.Fault)
	}
	if got := v.Verify(NewKeys(), r, new(Scratch)); got.Fault != FaultUnknownKey {
		t.Errorf("without the key: got %v, want an unknown key", got.Fault)
	}
	late := *r
	late.Now = now.Add(time.Hour)
	if got := v.Verify(keys, &late, new(Scratch)); got.Fault != FaultExpired {
		t.Errorf("an hour later: got %v, want expired", got.Fault)
	}
}

// TestVerifiedTable: the table stays as large as it is, and finds what it has.
func TestVerifiedTable(t *testing.T) {
	v := newVerified()
	key := publicKey(t, "K1", testKeys().rsa)
	claimOf := func(n int) *claim {
		p := &parameters{}
		p.set(paramSignature, strings.Repeat("s", n%5), SourceURL)
		return &claim{parameters: p, key: key, text: strings.Repeat("x", n%4000) + fmt.Sprint(n)}
	}
	long := claimOf(1)
	long.text = strings.Repeat("x", maxKept+1)
	v.add(long, &compiled{})
	if p := v.find(long); p != nil {
		t.Errorf("a claim of %d bytes: got it, want it not kept", maxKept+1)
	}
	found := 0
	for n := range 3 * verifiedSets {
		v.add(claimOf(n), &compiled{Policy: Policy{NotAfter: int64(n)}})
		v.add(claimOf(n), &compiled{})
		if p := v.find(claimOf(n)); p == nil || p.NotAfter != int64(n) {
			t.Fatalf("claim %d: got %v, want it", n, p)
		}
	}
	for n := range 3 * verifiedSets {
		if p := v.find(claimOf(n)); p != nil {
			if found++; p.NotAfter != int64(n) {
				t.Errorf("claim %d: got that of %d", n, p.NotAfter)
			}
		}
	}
	if found < 2*verifiedSets {
		t.Errorf("got %d claims of %d, want most", found, 3*verifiedSets)
	}
}
