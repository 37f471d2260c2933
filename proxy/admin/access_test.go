package admin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/groundfront/groundfront/waf/record"
)

// everything is an interface with all of its routes. changed counts what has an
// effect.
func everything(access func() *Access, changed *int) Options {
	return Options{
		Address: "127.0.0.1:9090", Access: access,
		Info:    func() Info { return Info{} },
		Config:  func() ConfigStatus { return ConfigStatus{} },
		Metrics: http.NotFoundHandler(),
		Reload: func(context.Context) (Reload, error) {
			*changed++
			return Reload{Result: ReloadOK}, nil
		},
		Invalidate: func(context.Context, InvalidationRequest) (Invalidation, error) {
			*changed++
			return Invalidation{}, nil
		},
		CountMatching: func(context.Context, InvalidationRequest) (int, error) { return 0, nil },
		Invalidations: func(string) ([]Invalidation, error) { return nil, nil },
		Invalidation:  func(string) (Invalidation, error) { return Invalidation{}, nil },
		ManagedKeys:   func(string, string, string) (ManagedKeys, error) { return ManagedKeys{}, nil },
		Clock:         func() ClockState { return ClockState{} },
		ChangeClock: func(ClockChange) (ClockState, error) {
			*changed++
			return ClockState{}, nil
		},
		Samples: func(string) (*record.Samples, time.Time, error) { return record.NewSamples(), time.Time{}, nil },
	}
}

// bodies make the requests that change something succeed.
var bodies = map[string]string{
	"/v1/reload": `{}`, "/v1/invalidations": `{"paths":["/*"]}`, "/v1/clock": `{"action":"freeze"}`,
}

// TestRoutes walks all of them: nothing has an effect but a POST of JSON that no
// page of another site can send, and no answer allows other sites anything
// (reliability A1).
func TestRoutes(t *testing.T) {
	var changed int
	router := newRouter(everything(nil, &changed))
	routes := map[string]map[string]bool{} // methods by path
	err := chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if routes[route] == nil {
			routes[route] = map[string]bool{}
		}
		routes[route][method] = true
		if method != http.MethodGet && method != http.MethodPost {
			t.Errorf("%s %s: want only GET and POST", method, route)
		}
		return nil
	})
	if err != nil || len(routes) < 17 {
		t.Fatalf("got %d routes, %v", len(routes), err)
	}
	json := map[string]string{"Content-Type": "application/json"}
	ask := func(method, route string, fields ...map[string]string) int {
		t.Helper()
		all := map[string]string{}
		for _, f := range fields {
			for name, value := range f {
				all[name] = value
			}
		}
		target := strings.NewReplacer("{id}", "I1", "{name}", "n", "{rule}", "r", "/*", "/goroutine").Replace(route) + "?seconds=1"
		w := call{method: method, target: target, headers: all, body: bodies[route]}.do(router)
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s %s: got %s, want no word to other sites", method, route, name)
			}
		}
		return w.Code
	}
	for route, methods := range routes {
		if strings.HasSuffix(route, "/profile") || strings.HasSuffix(route, "/trace") {
			continue // take a second
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			before := changed
			code := ask(method, route, json)
			if (code == http.StatusMethodNotAllowed) == methods[method] {
				t.Errorf("%s %s: got %d, want 405 only for what there is not", method, route, code)
			}
			if effect := changed != before; effect != (method == "POST" && methods["POST"]) {
				t.Errorf("%s %s: got an effect %v", method, route, effect)
			}
		}
		if !methods["POST"] {
			continue
		}
		before := changed
		for name, fields := range map[string]map[string]string{
			"a form":               {"Content-Type": "application/x-www-form-urlencoded"},
			"text":                 {"Content-Type": "text/plain"},
			"no type":              {},
			"another origin":       {"Content-Type": "application/json", "Origin": "https://evil.example"},
			"another site":         {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
			"a site of ours":       {"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"},
			"a null origin":        {"Content-Type": "application/json", "Origin": "null"},
			"by a link":            {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
			"a method in a header": {"Content-Type": "text/plain", "X-HTTP-Method-Override": "GET"},
		} {
			if code := ask("POST", route, fields); code != 403 && code != 415 {
				t.Errorf("POST %s of %s: got %d, want 403 or 415", route, name, code)
			}
		}
		if changed != before {
			t.Errorf("POST %s: got an effect of what was refused", route)
		}
	}
	if got := ask("GET", "/metrics", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}); got != 403 {
		t.Errorf("an image of a page of another site: got %d, want 403", got)
	}
}

// TestAccess: with a token every route but health wants it, or a client
// certificate that was verified (reliability A1).
func TestAccess(t *testing.T) {
	const token = "0123456789abcdef"
	now := token
	access := &Access{Token: func() string { return now }}
	var changed int
	h := New(everything(func() *Access { return access }, &changed))
	for _, tt := range []struct {
		authorization string
		want          int
	}{
		{"", 401}, {"Bearer", 401}, {"Bearer ", 401}, {"Bearer 0123456789abcde", 401}, {"Bearer " + token + "0", 401},
		{"Basic " + token, 401}, {token, 401}, {"Bearer " + strings.ToUpper(token), 401},
		{"Bearer " + token, 200}, {"bearer " + token, 200},
	} {
		w := call{method: "GET", target: "/v1/info", headers: map[string]string{"Authorization": tt.authorization}}.do(h)
		if w.Code != tt.want || (w.Header().Get("WWW-Authenticate") == "Bearer") != (tt.want == 401) {
			t.Errorf("%q: got %d %q, want %d", tt.authorization, w.Code, w.Header(), tt.want)
		}
	}
	for _, target := range []string{"/metrics", "/v1/config", "/debug/pprof/", "/debug/pprof/cmdline", "/v1/nowhere", "/healthz/", "/HEALTHZ", "//healthz", "/v1/../healthz"} {
		if w := (call{method: "GET", target: target}).do(h); w.Code != 401 {
			t.Errorf("%s without a token: got %d, want 401", target, w.Code)
		}
	}
	for target := range public {
		if w := (call{method: "GET", target: target}).do(h); w.Code != 200 {
			t.Errorf("%s without a token: got %d, want 200", target, w.Code)
		}
	}
	with := map[string]string{"Authorization": "Bearer " + token}
	for _, bad := range []string{"", "short"} { // of a file that was emptied
		now = bad
		if w := (call{method: "GET", target: "/v1/info", headers: map[string]string{"Authorization": "Bearer " + bad}}).do(h); w.Code != 401 {
			t.Errorf("the token %q: got %d, want 401", bad, w.Code)
		}
	}
	good, other := newOperator(t, time.Hour), newOperator(t, time.Hour)
	access.Token, access.Certificates = nil, x509.NewCertPool()
	access.Certificates.AddCert(good)
	verified := func(c *x509.Certificate) *tls.ConnectionState {
		return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
	}
	late := newOperator(t, -time.Minute)
	access.Certificates.AddCert(late)
	for name, tt := range map[string]struct {
		state *tls.ConnectionState
		want  int
	}{
		"no TLS": {nil, 401}, "no certificate": {&tls.ConnectionState{}, 401},
		"one that was not verified":                                   {&tls.ConnectionState{PeerCertificates: []*x509.Certificate{good}}, 401},
		"one that was verified":                                       {verified(good), 200},
		"one whose authority was removed while its connection lasted": {verified(other), 401},
		"one that is over meanwhile":                                  {verified(late), 401},
	} {
		r := httptest.NewRequest("GET", "/v1/info", nil)
		r.Host, r.TLS = "localhost", tt.state
		r.Header.Set("Authorization", with["Authorization"])
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", name, w.Code, tt.want)
		}
	}
}

// newOperator returns a certificate of its own authority that is good for so long.
func newOperator(t *testing.T, lasts time.Duration) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "operator"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lasts),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMonitoring: the other listener has nothing else.
func TestMonitoring(t *testing.T) {
	var changed int
	h := NewMonitoring(everything(nil, &changed))
	for target, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/startupz": 200, "/metrics": 404, // as the handler here says
		"/v1/info": 404, "/v1/config": 404, "/debug/pprof/": 404, "/v1/reload": 404,
	} {
		if w := (call{method: "GET", target: target, host: "edge:9181"}).do(h); w.Code != want {
			t.Errorf("%s: got %d, want %d", target, w.Code, want)
		}
	}
	if w := (call{method: "POST", target: "/v1/reload", body: "{}", headers: map[string]string{"Content-Type": "application/json"}}).do(h); w.Code != 404 || changed > 0 {
		t.Errorf("POST /v1/reload: got %d", w.Code)
	}
}
