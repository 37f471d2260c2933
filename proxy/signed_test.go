package proxy

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/selection"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/viewer"
)

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	return key
})

// trustSigner makes all of a Snapshot's behaviors ask for signatures by K1.
func trustSigner(tb testing.TB, s *Snapshot) {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(signingKey().Public())
	if err != nil {
		tb.Fatal(err)
	}
	key, err := signedurl.ParsePublicKey("K1", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil {
		tb.Fatal(err)
	}
	s.Signatures = signedurl.NewVerifier(signedurl.PathsBoth)
	for _, d := range s.Distributions {
		for _, b := range d.Behaviors {
			b.Keys = signedurl.NewKeys(key)
		}
	}
}

// The three forms of a signature that BenchmarkHitSigned has.
const (
	signedCanned  = "canned"
	signedCustom  = "custom"
	signedCookies = "cookies"
)

// signedRequest is a request for /p, with a query of its own, that is signed for
// an hour.
func signedRequest(tb testing.TB, form string) *viewer.Request {
	tb.Helper()
	signer := signedurl.Signer{KeyID: "K1", Key: signingKey()}
	const url = "http://shop.test/p?size=large"
	parts, err := signer.Canned(url, time.Now().Add(time.Hour).Unix())
	if form != signedCanned {
		policy := signedurl.Policy{Resource: "http*://shop.test/p*", HasResource: true, NotAfter: time.Now().Add(time.Hour).Unix()}
		parts, err = signer.Custom([]byte(policy.Text()))
	}
	if err != nil {
		tb.Fatal(err)
	}
	fields := "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br"
	if form != signedCookies {
		return request("GET "+signedurl.AddTo(url, parts), fields)
	}
	var cookies []string
	for _, c := range signedurl.Cookies(parts) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return request("GET "+url, fields+"\nCookie: "+strings.Join(cookies, "; "))
}

// signedServer has a fresh response for signed requests, and has verified the
// signature of r.
func signedServer(tb testing.TB, r *viewer.Request) *Server {
	tb.Helper()
	s := benchServer(tb)
	trustSigner(tb, s.Snapshot())
	for range 2 { // stored, and learned
		s.Serve(tb.Context(), &discard{}, r)
		if err := s.Drain(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
	r.Peer, r.Received = new(viewer.Peer), time.Now()
	return s
}

// TestHitSigned: a signed request is answered the short way once its signature
// was verified.
func TestHitSigned(t *testing.T) {
	for _, form := range []string{signedCanned, signedCustom, signedCookies} {
		r := signedRequest(t, form)
		s := signedServer(t, r)
		var h viewer.Hit
		if !s.Hit(&h, r) {
			t.Errorf("%s: got no hit for a signature that was verified, want one", form)
			continue
		}
		if err := s.CheckHit(&h, r); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		h.Done(&h, r, 1)
		unsigned := *r
		unsigned.Query, unsigned.Fields = "size=large", r.Fields.Clone()
		unsigned.Fields.Del("Cookie")
		if s.Hit(&h, &unsigned) {
			t.Errorf("%s: got a hit without a signature, want none", form)
		}
		other := *r
		other.Query = strings.Replace(r.Query, "size=large", "size=small", 1)
		if form == signedCanned && s.Hit(&h, &other) {
			t.Errorf("%s: got a hit for another URL, want none", form)
		}
	}
}

// BenchmarkHitSigned is BenchmarkHit for a behavior that has key groups.
func BenchmarkHitSigned(b *testing.B) {
	for _, form := range []string{signedCanned, signedCustom, signedCookies} {
		b.Run(form, func(b *testing.B) {
			r := signedRequest(b, form)
			s := signedServer(b, r)
			b.ReportAllocs()
			var h viewer.Hit
			for b.Loop() {
				if !s.Hit(&h, r) {
					b.Fatal("no hit")
				}
				h.Done(&h, r, 1700)
			}
		})
	}
}

// TestSignedWebSocket: a handshake is signed with either scheme, and another
// request with its own alone (CF-WS-07, CF-SIG-08).
func TestSignedWebSocket(t *testing.T) {
	for scheme, want := range map[string]int{"https": 101, "wss": 101, "ws": 403, "http": 403} {
		runWebSocket(t, nil, nil, func(t *testing.T, w *webSocket) {
			trustSigner(t, w.server.Snapshot())
			signer := signedurl.Signer{KeyID: "K1", Key: signingKey()}
			parts, err := signer.Canned(scheme+"://shop.test/chat?room=1", time.Now().Add(time.Hour).Unix())
			if err != nil {
				t.Fatal(err)
			}
			url := signedurl.AddTo("https://shop.test/chat?room=1", parts)
			u, done := w.open(request("GET "+url, handshake))
			if opened := u.accepted != nil; opened != (want == 101) {
				t.Errorf("signed as %s: got opened %v, status %d, want %d", scheme, opened, u.status, want)
			}
			if want == 101 {
				w.origin.Close()
				if target := w.asked[0].Target; target != "/chat" {
					t.Errorf("signed as %s: the origin is asked for %s, want no parameter", scheme, target)
				}
			}
			<-done
			if scheme == "wss" {
				if answer := w.ask("GET "+url, ""); answer.status != 403 {
					t.Errorf("an ordinary request that is signed as wss: got %d, want 403", answer.status)
				}
			}
		})
	}
}

// TestSignedOptionsExempt: where OPTIONS needs no signature, one that has the
// parameters of a signed URL does not hand them to the origin (CF-SIG-30, CF-SIG-33).
func TestSignedOptionsExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", ""), func(s *Snapshot) {
			trustSigner(t, s)
			s.Choices.SignedOptions = SignedOptionsExempt
			key, err := requestpolicy.New(requestpolicy.Config{QueryStrings: selection.Selection{Behavior: selection.BehaviorAll}})
			if err != nil {
				t.Fatal(err)
			}
			s.Distributions[0].Behaviors[0].RequestPolicy = key
		})
		r := signedRequest(t, signedCanned)
		r.Method = "OPTIONS"
		if got := e.send(r); got.status != 200 {
			t.Fatalf("got %d, want 200", got.status)
		}
		if got := e.asked[0].Target; got != "/p?size=large" {
			t.Errorf("the origin is asked for %s, want /p?size=large", got)
		}
	})
}

// TestSignedErrorArgs: the origin of an error page is told the viewer's query
// without what opens the door (CF-CFH-27, CF-SIG-30), be the signature good or not.
func TestSignedErrorArgs(t *testing.T) {
	for name, at := range map[string]time.Duration{"good": 0, "expired": 2 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			const args = "CloudFront-Error-Args"
			e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
				if r.Target == "/error" {
					return response(200, "", "sorry"), nil
				}
				return response(404, "", ""), nil
			}, func(s *Snapshot) {
				trustSigner(t, s)
				d := s.Distributions[0]
				d.ErrorResponses = errorResponses(t, errorpage.Rule{Status: 404, PagePath: "/error", ResponseCode: 404}, errorpage.Rule{Status: 403, PagePath: "/error", ResponseCode: 403})
				policy, err := requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersWhitelist, HeaderNames: []string{args}})
				if err != nil {
					t.Fatal(err)
				}
				d.Behaviors[0].RequestPolicy, d.Behaviors[0].Generated = policy, []string{args}
			})
			r := signedRequest(t, signedCanned)
			time.Sleep(at)
			r.Received = time.Now()
			if got := e.send(r); got.content.String() != "sorry" {
				t.Fatalf("%s: got %d, %q", name, got.status, got.content.String())
			}
			if got := e.asked[len(e.asked)-1].Fields.Get(args); got != "size=large" {
				t.Errorf("%s: the origin of the page is told %q, want size=large", name, got)
			}
		})
	}
}

// TestUnsignedCounted: who is refused for a signature is counted by what is wrong
// with it, and nobody else.
func TestUnsignedCounted(t *testing.T) {
	r := signedRequest(t, signedCanned)
	s := signedServer(t, r)
	set := metrics.New()
	s.Snapshot().Distributions[0].Behaviors[0].Metrics = set.Behavior("shop", "Default (*)")
	for _, query := range []string{r.Query, "size=large", "size=large", strings.Replace(r.Query, "K1", "K2", 1), strings.Replace(r.Query, "size=large", "size=small", 1)} {
		other := *r
		other.Query = query
		s.Serve(t.Context(), &discard{}, &other)
	}
	page := httptest.NewRecorder()
	set.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	const labels = `groundfront_signatures_refused_total{behavior="Default (*)",distribution="shop",reason=`
	for _, want := range []string{labels + "\"unsigned\"} 2\n", labels + "\"unknown_key\"} 1\n", labels + "\"wrong_signature\"} 1\n"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("got metrics without %q, want it in\n%s", want, page.Body.String())
		}
	}
	if got := strings.Count(page.Body.String(), labels); got != 3 {
		t.Errorf("got %d reasons, want 3", got)
	}
}
