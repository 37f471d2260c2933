package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
)

// Access says who may use the interface. Health is for everybody.
type Access struct {
	// Token returns what requests must have as "Authorization: Bearer TOKEN"; nil
	// if there is none.
	Token func() string
	// Certificates are the authorities of client certificates, each of which is as
	// good as the token; nil if there are none. The listener asks for them, and has
	// verified the one that it got; that is done again for each request, since a
	// connection may outlast a certificate and those who may use the interface.
	Certificates *x509.CertPool
}

// MinToken is how many characters a token must have.
const MinToken = 16

// public are the paths that are for everybody: what they show, a probe that has
// no token has to see.
var public = map[string]bool{"/healthz": true, "/readyz": true, "/startupz": true}

// restrict lets in who may use the interface; everybody if access is nil or
// returns nil.
func restrict(access func() *Access) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if access != nil && !public[r.URL.Path] && !access().allows(r) {
				w.Header().Set("WWW-Authenticate", "Bearer")
				writeError(w, http.StatusUnauthorized, "unauthorized", "the token of this interface is wanted, as Authorization: Bearer TOKEN")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *Access) allows(r *http.Request) bool {
	if a == nil {
		return true
	}
	if a.Certificates != nil && r.TLS != nil && a.trusts(r.TLS) {
		return true
	}
	if a.Token == nil {
		return false
	}
	scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	want := a.Token()
	// Hashes have one length, so that the time tells nothing of the token's.
	g, w := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return strings.EqualFold(scheme, "Bearer") && len(want) >= MinToken && subtle.ConstantTimeCompare(g[:], w[:]) == 1
}

// trusts reports whether a connection's viewer has a certificate that is good now.
func (a *Access) trusts(state *tls.ConnectionState) bool {
	if len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
		return false
	}
	options := x509.VerifyOptions{Roots: a.Certificates, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err == nil
}
