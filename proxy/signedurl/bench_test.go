package signedurl

import (
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
