package signedurl

import (
	"crypto"
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"
)

// sdkPolicy is a policy of ours in the SDK's terms.
func sdkPolicy(p Policy) *sign.Policy {
	s := sign.Statement{Resource: p.Resource, Condition: sign.Condition{DateLessThan: sign.NewAWSEpochTime(time.Unix(p.NotAfter, 0))}}
	if p.HasNotBefore {
		s.Condition.DateGreaterThan = sign.NewAWSEpochTime(time.Unix(p.NotBefore, 0))
	}
	if p.HasSourceIP {
		s.Condition.IPAddress = &sign.IPAddress{SourceIP: p.SourceIP}
	}
	return &sign.Policy{Statements: []sign.Statement{s}}
}

// oraclePolicies allow https://shop.test/training/film.mp4?size=large&lang=en to a
// viewer at 192.0.2.1, each in another way.
func oraclePolicies() []Policy {
	end := now.Add(time.Hour).Unix()
	p := func(resource string) Policy { return Policy{Resource: resource, HasResource: true, NotAfter: end} }
	all := p("https://shop.test/training/*?size=*&lang=en")
	all.NotBefore, all.HasNotBefore = now.Unix()-1, true
	all.SourceIP, all.HasSourceIP = "192.0.2.0/24", true
	return []Policy{p("http*://shop.test/training/*"), p("*"), p(oracleURL), all}
}

const oracleURL = "https://shop.test/training/film.mp4?size=large&lang=en"

// TestSDKSigns: what AWS's SDK for Go signs is good here, and what is signed here
// is the same bytes where a signature has but one form, which those of RSA have.
func TestSDKSigns(t *testing.T) {
	v, keys := NewVerifier(PathsBoth), trusted(t)
	end := now.Add(time.Hour)
	for id, key := range map[string]crypto.Signer{"K1": testKeys().rsa, "K2": testKeys().ec} {
		theirs, ours := sign.NewURLSigner(id, key), Signer{KeyID: id, Key: key}
		_, exact := key.(*rsa.PrivateKey)
		compare := func(what, their string, parts []Part, err error, want Fault) {
			t.Helper()
			if err != nil {
				t.Errorf("%s, %s: %v", id, what, err)
				return
			}
			if got := v.Verify(keys, newRequest(their, ""), new(Scratch)).Fault; got != want {
				t.Errorf("%s, %s: their %s: got %v, want %v", id, what, their, got, want)
			}
			our := AddTo(oracleURL, parts)
			if exact && our != their {
				t.Errorf("%s, %s: got %s, they have %s", id, what, our, their)
			}
			if got := v.Verify(keys, newRequest(our, ""), new(Scratch)).Fault; got != want {
				t.Errorf("%s, %s: our %s: got %v, want %v", id, what, our, got, want)
			}
		}
		their, err := theirs.Sign(oracleURL, end)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := ours.Canned(oracleURL, end.Unix())
		compare("canned", their, parts, err, FaultNone)
		elsewhere := Policy{Resource: "https://shop.test/<&>*", HasResource: true, NotAfter: end.Unix()}
		for _, p := range append(oraclePolicies(), elsewhere) {
			want := FaultNone
			if p == elsewhere {
				want = FaultResource
			}
			if their, err = theirs.SignWithPolicy(oracleURL, sdkPolicy(p)); err != nil {
				t.Fatal(err)
			}
			parts, err := ours.Custom([]byte(p.Text()))
			compare(p.Text(), their, parts, err, want)
		}
	}
}

// TestSDKCookies is TestSDKSigns for cookies, of which the SDK makes those with a
// custom policy, by RSA.
func TestSDKCookies(t *testing.T) {
	v, keys := NewVerifier(PathsBoth), trusted(t)
	end := now.Add(time.Hour)
	theirs := sign.NewCookieSigner("K1", testKeys().rsa.(*rsa.PrivateKey))
	ours := Signer{KeyID: "K1", Key: testKeys().rsa}
	field := func(cookies []*http.Cookie, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, c := range cookies {
			all = append(all, c.Name+"="+c.Value)
		}
		return strings.Join(all, "; ")
	}
	check := func(their string, p Policy) {
		t.Helper()
		if got := v.Verify(keys, newRequest(oracleURL, their), new(Scratch)).Fault; got != FaultNone {
			t.Errorf("%s: got %v, want none", their, got)
		}
		parts, err := ours.Custom([]byte(p.Text()))
		if err != nil || cookieField(parts) != their {
			t.Errorf("got %s, %v, they have %s", cookieField(parts), err, their)
		}
	}
	check(field(theirs.Sign(oracleURL, end)), Policy{Resource: oracleURL, HasResource: true, NotAfter: end.Unix()})
	for _, p := range oraclePolicies() {
		check(field(theirs.SignWithPolicy(sdkPolicy(p))), p)
	}
}
