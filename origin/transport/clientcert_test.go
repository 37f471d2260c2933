package transport_test

import (
	"crypto/sha256"
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A fixedIdentity is a client certificate that a test replaces.
type fixedIdentity struct{ certificate tls.Certificate }

func (i *fixedIdentity) Certificate(time.Time) *tls.Certificate { return &i.certificate }

// stopped returns a clock that stands still now: that of an origin in a bubble
// which checks certificates that were made outside.
func stopped() func() time.Time {
	now := time.Now()
	return func() time.Time { return now }
}

// TestClientCertificate: an origin that asks for a certificate gets the one
// that is configured, and one that does not ask is as any (CF-OMTLS-03, CF-OTLS-06).
func TestClientCertificate(t *testing.T) {
	outside := stopped() // where the certificates are made
	ours, oursPEM := certificate(t, "edge")
	others, _ := certificate(t, "other")
	for _, tt := range []struct {
		name   string
		auth   tls.ClientAuthType
		max    uint16
		shown  *tls.Certificate
		scheme string
		kind   origin.ErrorKind
		seen   bool
	}{
		{name: "asked for", auth: tls.RequireAndVerifyClientCert, shown: &ours, seen: true},
		{name: "TLS 1.2", auth: tls.RequireAndVerifyClientCert, max: tls.VersionTLS12, shown: &ours, seen: true},
		{name: "not asked for", auth: tls.NoClientCert, shown: &ours},
		{name: "the wrong one", auth: tls.RequireAndVerifyClientCert, shown: &others, kind: origin.ErrorTLS},
		{name: "the wrong one, TLS 1.2", auth: tls.RequireAndVerifyClientCert, max: tls.VersionTLS12, shown: &others, kind: origin.ErrorTLS},
		{name: "none", auth: tls.RequireAndVerifyClientCert, kind: origin.ErrorTLS},
		{name: "none, which would do", auth: tls.VerifyClientCertIfGiven, kind: origin.ErrorTLS},
	} {
		config := &tls.Config{ClientAuth: tt.auth, ClientCAs: pool(t, oursPEM), MaxVersion: tt.max, Time: outside}
		runSecured(t, config, func(t *testing.T, s *secured) {
			s.origin.Link = &origin.Link{}
			if tt.shown != nil {
				s.origin.Link.Identity = &fixedIdentity{*tt.shown}
			}
			for range 2 { // the second resumes the session
				err := s.ask("api.example")
				if origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil {
					t.Errorf("%s: got %v, want %v", tt.name, err, tt.kind)
				}
			}
			if seen := len(s.last.PeerCertificates) > 0; tt.kind == 0 && seen != tt.seen {
				t.Errorf("%s: got a certificate %v, want %v", tt.name, seen, tt.seen)
			}
		}, "api.example")
	}
}

// TestReplacedCertificate: a connection or a session that was made with one
// certificate serves no request after it has been replaced.
func TestReplacedCertificate(t *testing.T) {
	outside := stopped()
	first, firstPEM := certificate(t, "edge")
	second, secondPEM := certificate(t, "edge")
	config := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(t, firstPEM, secondPEM), Time: outside}
	runSecured(t, config, func(t *testing.T, s *secured) {
		var now origin.Identity = &fixedIdentity{first}
		s.origin.Link = &origin.Link{Identity: replaceable{&now}}
		for i, shown := range []tls.Certificate{first, first, second, second} {
			if i == 2 {
				now = &fixedIdentity{second}
			}
			r := get("/")
			r.Scheme = "https"
			resp, err := s.RoundTrip(t.Context(), s.origin, r)
			if err != nil {
				t.Fatal(err)
			}
			io.ReadAll(resp.Body)
			resp.Body.Close()
			if got := s.last.PeerCertificates[0].Raw; sha256.Sum256(got) != sha256.Sum256(shown.Certificate[0]) || s.last.DidResume {
				t.Errorf("request %d: the origin saw another certificate, or a session was resumed", i+1)
			}
		}
		if s.Conns() != 2 {
			t.Errorf("got %d connections, want one for each certificate", s.Conns())
		}
	}, "api.example")
}

// A replaceable is whichever Identity it points to.
type replaceable struct{ now *origin.Identity }

func (r replaceable) Certificate(now time.Time) *tls.Certificate { return (*r.now).Certificate(now) }

// TestRefusedCertificateSaysSo: the error is not "the connection broke".
func TestRefusedCertificateSaysSo(t *testing.T) {
	others, _ := certificate(t, "other")
	_, oursPEM := certificate(t, "edge")
	runSecured(t, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(t, oursPEM)}, func(t *testing.T, s *secured) {
		s.origin.Link = &origin.Link{Identity: &fixedIdentity{others}}
		if err := s.ask("api.example"); err == nil || !strings.Contains(err.Error(), "tls api.example: tls: remote error") {
			t.Errorf("got %v, want the origin's alert", err)
		}
		if s.Conns() != 1 {
			t.Errorf("got %d connections, want one: it will be refused again", s.Conns())
		}
	}, "api.example")
}
