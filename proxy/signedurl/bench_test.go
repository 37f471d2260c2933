package signedurl

import (
	"strings"
	"testing"
	"time"
)

// benchRequests are requests as they come, by the form of their signature.
func benchRequests(tb testing.TB) map[string]*Request {
	const url = "https://shop.test/training/module-7/film.mp4?size=large"
	p := Policy{
		Resource: "http*://shop.test/training/*", HasResource: true, NotAfter: now.Unix() + 60,
		SourceIP: "192.0.2.0/24", HasSourceIP: true,
	}
	ec, err := (&Signer{KeyID: "K2", Key: testKeys().ec, Hash: HashSHA256}).Canned(url, now.Add(time.Hour).Unix())
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]*Request{
		"canned":           newRequest(AddTo(url, canned(tb, url)), ""),
		"canned, ECDSA":    newRequest(AddTo(url, ec), ""),
		"custom":           newRequest(AddTo(url, custom(tb, p.Text())), ""),
		"cookies":          newRequest(url, "session=8f3a; "+cookieField(custom(tb, p.Text()))),
		"between own ones": newRequest(AddTo(url, append(canned(tb, url+"&lang=en"), Part{"lang", "en"})), ""),
	}
}

// BenchmarkVerify measures a signature that was not verified before.
func BenchmarkVerify(b *testing.B) {
	keys := trusted(b)
	for name, r := range benchRequests(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var s Scratch
			for b.Loop() {
				s.parameters = parameters{}
				own, _ := s.parameters.read(nil, r.Query, r.Fields)
				c := claim{parameters: &s.parameters, keys: keys, own: own}
				if f := c.prepare(r, &s); f != FaultNone {
					b.Fatal(f)
				}
				if _, f := c.verify(); f != FaultNone {
					b.Fatal(f)
				}
			}
		})
	}
}

// BenchmarkRefuse measures what a request costs that is refused: nothing of it is
// kept, so each does (reliability: a flood of bad signatures).
func BenchmarkRefuse(b *testing.B) {
	const film = "https://shop.test/film.mp4"
	good := canned(b, film)
	policy := custom(b, anyFile)
	for name, url := range map[string]string{
		"unsigned":          film,
		"unknown key":       AddTo(film, with(good, "Key-Pair-Id", "K9")),
		"wrong signature":   AddTo(film, with(good, "Expires", "1767229201")),
		"short signature":   AddTo(film, with(good, "Signature", "AAAA")),
		"8 KiB of policy":   AddTo(film, with(policy, "Policy", encode([]byte(`{"Statement":[{"Resource":"`+strings.Repeat("*a", 3000)+`"`)))),
		"8 KiB, and signed": AddTo(film, custom(b, strings.Replace(anyFile, `{"Cond`, `{"Resource":"`+strings.Repeat("*a?", 1900)+`","Cond`, 1))),
	} {
		b.Run(name, func(b *testing.B) {
			v, keys := NewVerifier(PathsBoth), trusted(b)
			r := newRequest(url, "")
			b.ReportAllocs()
			for b.Loop() {
				if f := v.Verify(keys, r, new(Scratch)).Fault; f == FaultNone {
					b.Fatal("it is good")
				}
			}
		})
	}
}

// BenchmarkVerifyKnown measures one that was.
func BenchmarkVerifyKnown(b *testing.B) {
	keys := trusted(b)
	for name, r := range benchRequests(b) {
		b.Run(name, func(b *testing.B) {
			v := NewVerifier(PathsBoth)
			var s Scratch
			if f := v.Verify(keys, r, &s).Fault; f != FaultNone {
				b.Fatal(f)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, known := v.VerifyKnown(keys, r, &s); !known {
					b.Fatal("not known")
				}
			}
		})
	}
}
