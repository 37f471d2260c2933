package proxy

import (
	"crypto/tls"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// mutualPolicy is what a distribution asks of its viewers' certificates.
func mutualPolicy(t *testing.T, mode truststore.Mode, ca *truststoretest.Authority, lists ...[]byte) *truststore.Policy {
	t.Helper()
	store, err := truststore.New("partners", ca.PEM(), lists...)
	if err != nil {
		t.Fatal(err)
	}
	return truststore.NewPolicy(truststore.Options{Mode: mode, Store: store, Now: time.Now})
}

// presenting is a request over a connection whose handshake was for a server name
// and by a policy; nil asked for nothing.
func presenting(what, fields, serverName string, p *truststore.Policy, c *tls.Certificate) *viewer.Request {
	r := request(what, fields)
	r.TLS.ServerName = serverName
	switch {
	case p != nil && c != nil:
		r.TLS.Presented = p.Peer(truststoretest.Parsed(*c))
	case p != nil:
		r.TLS.Presented = p.Peer(nil)
	}
	return r
}

// newNamed returns a distribution of a name of its own, with one behavior whose
// origin is sent all fields about certificates.
func newNamed(t *testing.T, name string, p *truststore.Policy) *Distribution {
	t.Helper()
	patterns, err := behavior.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &Distribution{Name: name, DomainName: name + ".cloudfront.net", Aliases: []string{name + ".test"}, Enabled: true, HTTP2: true, Patterns: patterns, ViewerMTLS: p}
	b := newBehavior(t, d, freshness.Policy{})
	policy, err := requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer, CloudFrontHeaders: []string{
		fieldCertSerialNumber, fieldCertIssuer, fieldCertSubject, fieldCertPresent, fieldCertSHA256, fieldCertValidity, fieldCertPEM,
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.RequestPolicy, b.Generated, b.ViewerProtocol = policy, policy.Generated(), ViewerProtocolRedirectToHTTPS
	d.Behaviors = []*Behavior{b}
	return d
}

// TestHandshakeOfAnotherDistribution: a connection is good only for the
// distribution that its handshake was for, whatever Host is asked for over it later
// (CF-DIST-01, CF-DIST-10, CF-MTLS-01).
func TestHandshakeOfAnotherDistribution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca, other := truststoretest.New("Partners", time.Now()), truststoretest.New("Other", time.Now())
		certificate := ca.Issue("viewer", 7)
		required, optional := mutualPolicy(t, truststore.ModeRequired, ca), mutualPolicy(t, truststore.ModeOptional, ca)
		foreign := mutualPolicy(t, truststore.ModeRequired, other)
		e := newEdge(t, func(*origin.Request) (*origin.Response, error) { return response(200, "", "secret"), nil }, func(s *Snapshot) {
			s.Distributions = []*Distribution{newNamed(t, "plain", nil), newNamed(t, "closed", required), newNamed(t, "half", optional), newNamed(t, "foreign", foreign)}
		})
		for _, tt := range []struct {
			name string
			r    *viewer.Request
			want int
		}{
			{"its own handshake", presenting("GET https://closed.test/", "", "closed.test", required, &certificate), 200},
			{"by its other name", presenting("GET https://closed.cloudfront.net/", "", "closed.test", required, &certificate), 200},
			{"the handshake of one without trust store", presenting("GET https://closed.test/", "", "plain.test", nil, nil), 421},
			{"the same, by a viewer without SNI", presenting("GET https://closed.test/", "", "", nil, nil), 421},
			{"of one with another trust store", presenting("GET https://closed.test/", "", "foreign.test", foreign, &certificate), 421},
			{"of one where none is required, without", presenting("GET https://closed.test/", "", "half.test", optional, nil), 421},
			{"of one where none is required, with", presenting("GET https://closed.test/", "", "half.test", optional, &certificate), 200},
			{"optional, by the handshake of one that asks for nothing", presenting("GET https://half.test/", "", "plain.test", nil, nil), 421},
			{"optional, without", presenting("GET https://half.test/", "", "half.test", optional, nil), 200},
			{"none, by the handshake of one with", presenting("GET https://plain.test/", "", "closed.test", required, &certificate), 200},
			{"over HTTP", request("GET http://closed.test/", ""), 301},
		} {
			if g := e.send(tt.r); g.status != tt.want || strings.Contains(g.content.String(), "secret") != (tt.want == 200) {
				t.Errorf("%s: got %d and %q, want %d", tt.name, g.status, &g.content, tt.want)
			}
		}
		r := request("GET https://closed.test/", "")
		r.TLS = nil // nobody knows how it came
		if g := e.send(r); g.status != 421 {
			t.Errorf("https without a handshake: got %d, want 421", g.status)
		}
	})
}

// TestReloadedTrustStore: a connection goes on after a reload, if its certificate is
// still good.
func TestReloadedTrustStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := truststoretest.New("Partners", time.Now())
		certificate := ca.Issue("viewer", 7)
		tomorrow := time.Now().AddDate(0, 0, 1)
		before := mutualPolicy(t, truststore.ModeRequired, ca)
		e := newEdge(t, func(*origin.Request) (*origin.Response, error) { return response(200, "", ""), nil }, func(s *Snapshot) {
			s.Distributions = []*Distribution{newNamed(t, "closed", before)}
		})
		kept := presenting("GET https://closed.test/", "", "closed.test", before, &certificate)
		unnamed := presenting("GET https://closed.test/", "", "", before, &certificate)
		for _, tt := range []struct {
			name  string
			after *truststore.Policy
			want  int
		}{
			{"as it was", before, 200},
			{"the same anew", mutualPolicy(t, truststore.ModeRequired, ca), 200},
			{"another is revoked", mutualPolicy(t, truststore.ModeRequired, ca, ca.CRL(tomorrow, 8)), 200},
			{"it is revoked", mutualPolicy(t, truststore.ModeRequired, ca, ca.CRL(tomorrow, 7)), 421},
			{"it is not any more", mutualPolicy(t, truststore.ModeRequired, ca), 200},
			{"another authority", mutualPolicy(t, truststore.ModeRequired, truststoretest.New("Other", time.Now())), 421},
		} {
			s := &Snapshot{Distributions: []*Distribution{newNamed(t, "closed", tt.after)}}
			if err := s.Index(); err != nil {
				t.Fatal(err)
			}
			e.server.Swap(s)
			for range 2 {
				for _, r := range []*viewer.Request{kept, unnamed} {
					if g := e.send(r); g.status != tt.want {
						t.Errorf("%s, SNI %q: got %d, want %d", tt.name, r.TLS.ServerName, g.status, tt.want)
					}
				}
			}
		}
	})
}

// TestCertificateFields is CF-CFH-28, -29 and -32, and CF-MTLS-06: what the origin is
// told, in place of what a viewer says.
func TestCertificateFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := truststoretest.New("Partners", time.Now())
		certificate := ca.Issue("viewer", 0x4a3f)
		required, optional := mutualPolicy(t, truststore.ModeRequired, ca), mutualPolicy(t, truststore.ModeOptional, ca)
		e := newEdge(t, func(*origin.Request) (*origin.Response, error) { return response(200, "", ""), nil }, func(s *Snapshot) {
			silent := newNamed(t, "silent", required)
			silent.Behaviors = []*Behavior{newBehavior(t, silent, freshness.Policy{})}
			all, err := requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer})
			if err != nil {
				t.Fatal(err)
			}
			silent.Behaviors[0].RequestPolicy = all
			s.Distributions = []*Distribution{newNamed(t, "plain", nil), newNamed(t, "closed", required), newNamed(t, "half", optional), silent}
		})
		const forged = "CloudFront-Viewer-Cert-Present: 1\ncloudfront-viewer-cert-subject: CN=root\nCloudFront-Viewer-Cert-Pem: x"
		for _, tt := range []struct {
			name string
			r    *viewer.Request
			want string // what the origin got
		}{
			{"required", presenting("GET https://closed.test/", forged, "closed.test", required, &certificate),
				"Serial-Number=4a:3f Issuer=CN=Partners Subject=CN=viewer Present=1 Sha256 Validity=NotBefore=1999-12-31T00:00:00Z;NotAfter=2001-01-01T00:00:00Z Pem"},
			{"optional, with", presenting("GET https://half.test/", "", "half.test", optional, &certificate),
				"Serial-Number=4a:3f Issuer=CN=Partners Subject=CN=viewer Present=1 Sha256 Validity=NotBefore=1999-12-31T00:00:00Z;NotAfter=2001-01-01T00:00:00Z Pem"},
			{"optional, without", presenting("GET https://half.test/", forged, "half.test", optional, nil), "Present=0"},
			{"none is asked for", presenting("GET https://plain.test/", forged, "plain.test", nil, nil), ""},
			{"one was presented to another", presenting("GET https://plain.test/", forged, "closed.test", required, &certificate), ""},
			{"no policy asks for it", presenting("GET https://silent.test/", forged, "silent.test", required, &certificate), ""},
		} {
			e.send(tt.r)
			var told []string
			for _, l := range e.asked[len(e.asked)-1].Fields {
				name, ours := strings.CutPrefix(l.Name, "CloudFront-Viewer-Cert-")
				switch {
				case ours && (name == "Sha256" || name == "Pem"):
					told = append(told, name)
				case ours || strings.HasPrefix(strings.ToLower(l.Name), "cloudfront-"):
					told = append(told, name+"="+l.Value)
				}
			}
			if got := strings.Join(told, " "); got != tt.want {
				t.Errorf("%s: the origin got %q, want %q", tt.name, got, tt.want)
			}
		}
	})
}
