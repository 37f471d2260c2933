package signedurl

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func steps(r Report) string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s: %s: %s\n", s.Name, s.Outcome, s.Detail)
	}
	return b.String()
}

func TestExplain(t *testing.T) {
	const film = "https://shop.test/film.mp4?size=large"
	p := Policy{
		Resource: "https://shop.test/film*", HasResource: true, NotAfter: now.Unix() + 90, NotBefore: now.Unix() - 90, HasNotBefore: true,
		SourceIP: "192.0.2.0/24", HasSourceIP: true,
	}
	late := newRequest(AddTo("https://shop.test/public/../other", custom(t, strings.Replace(p.Text(), "film", "public/", 1))), "")
	late.Now = now.Add(time.Hour)
	for _, test := range []struct {
		name    string
		request *Request
		keys    *Keys
		want    string
	}{
		{"good", newRequest(AddTo(film, custom(t, p.Text())), ""), trusted(t), `parameters: pass: signed URL: Policy, Signature, Key-Pair-Id
key: pass: K1, RSA 2048
policy: pass: custom
signature: pass: SHA1, of this policy by this key
DateLessThan: pass: 1767225690 (2026-01-01T00:01:30Z), in 1m30s
DateGreaterThan: pass: 1767225510 (2025-12-31T23:58:30Z), 1m30s ago
IpAddress: pass: 192.0.2.0/24, the viewer is 192.0.2.1
Resource: pass: https://shop.test/film*, the URL is https://shop.test/film.mp4?size=large
`},
		{"all is wrong", late, trusted(t), `parameters: pass: signed URL: Policy, Signature, Key-Pair-Id
key: pass: K1, RSA 2048
policy: pass: custom
signature: pass: SHA1, of this policy by this key
DateLessThan: fail: 1767225690 (2026-01-01T00:01:30Z), 58m30s ago
DateGreaterThan: pass: 1767225510 (2025-12-31T23:58:30Z), 1h1m30s ago
IpAddress: pass: 192.0.2.0/24, the viewer is 192.0.2.1
Resource: fail: https://shop.test/public/../other does, but by its normalised path it is https://shop.test/other (CF-BEH-15)
`},
		{"canned, without keys", newRequest(film, cookieField(canned(t, film))), nil, `parameters: pass: signed cookies: Expires, Signature, Key-Pair-Id
key: not checked: K1; no keys are given
policy: pass: canned, made from the URL
signature: not checked: SHA1, 256 bytes
DateLessThan: pass: 1767229200 (2026-01-01T01:00:00Z), in 1h0m0s
Resource: pass: https://shop.test/film.mp4?size=large, which is part of the policy
`},
		{"nothing", newRequest(film, ""), trusted(t), "parameters: fail: none in the URL, and no cookie\n"},
	} {
		got := NewVerifier(PathsBoth).Explain(test.keys, test.request)
		if s := steps(got); s != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, s, test.want)
		}
	}
}

// TestGuess: a signature that is nearly right says what it is of.
func TestGuess(t *testing.T) {
	const film = "https://shop.test/film.mp4?size=large&lang=en"
	parts := canned(t, film)
	for _, test := range []struct{ url, want string }{
		{AddTo(strings.Replace(film, "https", "http", 1), parts), "; it is one of " + film},
		{AddTo(strings.Replace(film, "mp4", "mp4/", 1), parts), "; it is one of " + film},
		{AddTo(strings.Replace(film, "/film", "//film", 1), parts), "; it is one of " + film},
		{AddTo(strings.Replace(film, ".test", ".test:443", 1), parts), "; it is one of " + film},
		{AddTo(strings.Replace(film, "shop", "Shop", 1), parts), "; it is one of " + film},
		{AddTo(strings.Replace(film, "size", "cb=1&size", 1), parts), "; it is one of " + film},
		{AddTo(film+"&cb=1", parts), "; it is one of " + film},
		{AddTo("https://shop.test/a?cb=1", canned(t, "https://shop.test/a")), "; it is one of https://shop.test/a"},
		{AddTo("https://shop.test/a", canned(t, "https://shop.test/a/")), "; it is one of https://shop.test/a/"},
		{AddTo(film, parts) + "&Hash-Algorithm=SHA256", "; it is, with SHA1"},
		{AddTo(film, with(parts, "Key-Pair-Id", "K2")), "; it is, by K1"},
		{AddTo("https://shop.test/other", parts), ""},
	} {
		r := NewVerifier(PathsBoth).Explain(trusted(t), newRequest(test.url, ""))
		for _, s := range r.Steps {
			if _, got, _ := strings.Cut(s.Detail, "by this key"); s.Name == "signature" && got != test.want {
				t.Errorf("%s: got %q, want %q", test.url, got, test.want)
			}
		}
	}
}

// FuzzExplain: the steps say the same as Verify, which stops at the first fault.
func FuzzExplain(f *testing.F) {
	const film = "https://shop.test/film.mp4"
	good := AddTo(film, canned(f, film))
	f.Add(good, "")
	f.Add(AddTo(film, custom(f, anyFile)), "")
	f.Add(film, cookieField(canned(f, film)))
	f.Add(good+"&Policy=x", "")
	f.Add(strings.Replace(good, "film", "a/../film", 1), "")
	f.Add(film+"?Hash-Algorithm=x&Policy=e30_&Signature=&Key-Pair-Id=K1", "")
	f.Add(strings.Replace(AddTo(film, custom(f, anyFile)), "film", "", 1)+"&%45xpires=1", "")
	v, keys := NewVerifier(PathsBoth), trusted(f)
	f.Fuzz(func(t *testing.T, url, cookies string) {
		r := newRequest(url, cookies)
		report := v.Explain(keys, r)
		failed := false
		for _, s := range report.Steps {
			failed = failed || s.Outcome != OutcomePassed
		}
		if got := v.Verify(keys, r, new(Scratch)).Fault; got != report.Fault || failed != (got != FaultNone) {
			t.Errorf("%q, %q: Verify says %v, Explain %v with\n%s", url, cookies, got, report.Fault, steps(report))
		}
	})
}
