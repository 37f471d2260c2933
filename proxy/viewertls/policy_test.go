package viewertls_test

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewertls"
)

// policies are the columns of table CF-TLS.
var policies = []viewertls.Policy{
	viewertls.PolicySSLv3, viewertls.PolicyTLSv1, viewertls.PolicyTLSv1_2016, viewertls.PolicyTLSv11_2016, viewertls.PolicyTLSv12_2018,
	viewertls.PolicyTLSv12_2019, viewertls.PolicyTLSv12_2021, viewertls.PolicyTLSv12_2025, viewertls.PolicyTLSv13_2025,
}

// A row says what the policies of the columns A to I have.
type row struct {
	id      string
	suites  []uint16 // none: a version
	version uint16
	has     string
}

// table is table CF-TLS of the specification, as far as crypto/tls has it
// (CF-TLS-38). No SSLv3 (CF-TLS-05), AES256-SHA384 (CF-TLS-14) and RC4-MD5
// (CF-TLS-19); what TLS 1.3 has (CF-TLS-06 to CF-TLS-08) is below.
var table = []row{
	{"CF-TLS-01", nil, tls.VersionTLS13, "ABCDEFGHI"},
	{"CF-TLS-02", nil, tls.VersionTLS12, "ABCDEFGH"},
	{"CF-TLS-03", nil, tls.VersionTLS11, "ABCD"},
	{"CF-TLS-04", nil, tls.VersionTLS10, "ABC"},
	{"CF-TLS-09", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, tls.VersionTLS12, "ABCDEFGH"},
	{"CF-TLS-10", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256}, tls.VersionTLS12, "ABCDEF"},
	{"CF-TLS-11", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, tls.VersionTLS12, "ABCD"},
	{"CF-TLS-12", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}, tls.VersionTLS12, "ABCDEFGH"},
	{"CF-TLS-13", []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}, tls.VersionTLS12, "ABCDEFG"},
	{"CF-TLS-15", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA}, tls.VersionTLS12, "ABCD"},
	{"CF-TLS-16", []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, tls.VersionTLS12, "ABCDE"},
	{"CF-TLS-17", []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA}, tls.VersionTLS12, "ABCD"},
	{"CF-TLS-18", []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, tls.VersionTLS12, "AB"},
	{"CF-TLS-17 with TLS 1.0", []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}, tls.VersionTLS10, "ABC"},
	{"CF-TLS-11 with TLS 1.1", []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, tls.VersionTLS11, "ABCD"},
}

// TestPolicies makes a handshake with each policy for each row of the table: it
// succeeds if the table says so, and fails if not (CF-TLS-34).
func TestPolicies(t *testing.T) {
	certificates := []*viewertls.Certificate{
		certificate(t, viewertls.KeyRSA, "www.test"), certificate(t, viewertls.KeyECDSA, "www.test"),
	}
	for i, p := range policies {
		choose := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: certificates, Policy: p}).Choose
		for _, r := range table {
			for _, suite := range orNone(r.suites) {
				config := &tls.Config{ServerName: "www.test", MinVersion: r.version, MaxVersion: r.version}
				if suite != 0 {
					config.CipherSuites = []uint16{suite}
				} else {
					config.CipherSuites = allSuites()
				}
				state, err := handshake(t, choose, config)
				want := strings.Contains(r.has, string(rune('A'+i)))
				if got := err == nil; got != want || got && state.Version != r.version {
					t.Errorf("%v, %s, %s: got %v with %s, want success: %t", p, r.id, tls.CipherSuiteName(suite), err, tls.VersionName(state.Version), want)
				}
				if suite != 0 && err == nil && state.CipherSuite != suite {
					t.Errorf("%v, %s: got %s, want %s", p, r.id, tls.CipherSuiteName(state.CipherSuite), tls.CipherSuiteName(suite))
				}
			}
		}
	}
}

// only returns a table with a distribution.
func only(d viewertls.Distribution) *viewertls.Table {
	return viewertls.New(viewertls.Options{Distributions: []viewertls.Distribution{d}, Protocols: viewertls.HTTP1 | viewertls.HTTP2})
}

func orNone(suites []uint16) []uint16 {
	if suites == nil {
		return []uint16{0}
	}
	return suites
}

// allSuites are what crypto/tls has for TLS 1.2 and older.
func allSuites() (ids []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if s.SupportedVersions[0] != tls.VersionTLS13 {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// TestOrderOfSuites: whatever a viewer prefers, it gets the first of the table
// that it has (CF-TLS-30), ECDSA before RSA.
func TestOrderOfSuites(t *testing.T) {
	both := []*viewertls.Certificate{certificate(t, viewertls.KeyRSA, "www.test"), certificate(t, viewertls.KeyECDSA, "www.test")}
	for _, kind := range []string{"ECDSA", "RSA"} {
		choose := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: both, Policy: viewertls.PolicyTLSv1}).Choose
		offered := allSuites()
		want := []string{ // the blocks of CF-TLS-30 without the suites with AES256-SHA384
			"TLS_ECDHE_%s_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_%s_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_%s_WITH_AES_128_CBC_SHA",
			"TLS_ECDHE_%s_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_%s_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_%s_WITH_AES_256_CBC_SHA",
		}
		if kind == "RSA" {
			offered = slices.DeleteFunc(offered, func(id uint16) bool { return strings.Contains(tls.CipherSuiteName(id), "ECDSA") })
			want = append(want, "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA256",
				"TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA")
		}
		slices.Reverse(offered)
		for _, name := range want {
			if strings.Contains(name, "%s") {
				name = fmt.Sprintf(name, kind)
			}
			state, err := handshake(t, choose, &tls.Config{ServerName: "www.test", MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS10, CipherSuites: offered})
			if got := tls.CipherSuiteName(state.CipherSuite); err != nil || got != name {
				t.Fatalf("%d offered: got %s, %v, want %s", len(offered), got, err, name)
			}
			offered = slices.DeleteFunc(offered, func(id uint16) bool { return id == state.CipherSuite })
		}
	}
}

// TestGroups: the groups of every policy are those of CF-TLS-31, the hybrids with
// TLS 1.3 only.
func TestGroups(t *testing.T) {
	c := []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "www.test")}
	for _, p := range policies {
		choose := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: c, Policy: p}).Choose
		for group, want := range map[tls.CurveID]bool{
			tls.X25519MLKEM768: true, tls.SecP256r1MLKEM768: true, tls.X25519: true, tls.CurveP256: true, tls.CurveP384: true,
			tls.CurveP521: false, tls.SecP384r1MLKEM1024: false,
		} {
			state, err := handshake(t, choose, &tls.Config{ServerName: "www.test", CurvePreferences: []tls.CurveID{group}})
			if got := err == nil; got != want || got && state.CurveID != group {
				t.Errorf("%v, %v: got %v and %v, want success: %t", p, group, state.CurveID, err, want)
			}
		}
		if p == viewertls.PolicyTLSv13_2025 {
			continue
		}
		_, err := handshake(t, choose, &tls.Config{
			ServerName: "www.test", MaxVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.CurveP256},
		})
		if err != nil {
			t.Errorf("%v, TLS 1.2: got %v", p, err)
		}
	}
}

// TestModernSuites: all policies have TLS 1.3, with AES-128 before AES-256
// (CF-TLS-06, CF-TLS-07), and ChaCha20 for viewers that prefer it, also where
// AWS's policy lacks it (CF-TLS-08, CF-TLS-38).
func TestModernSuites(t *testing.T) {
	c := []*viewertls.Certificate{certificate(t, viewertls.KeyECDSA, "www.test")}
	for _, p := range policies {
		state, err := handshake(t, only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: c, Policy: p}).Choose, &tls.Config{ServerName: "www.test"})
		if err != nil || state.Version != tls.VersionTLS13 || state.CipherSuite == tls.TLS_AES_256_GCM_SHA384 {
			t.Errorf("%v: got %s, %s, %v", p, tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), err)
		}
	}
}

// TestSignatures: viewers that can check signatures with SHA-256, SHA-384 or
// SHA-512 have a connection with all policies (CF-TLS-20), those that know SHA-1
// alone with none: crypto/tls never signs so, nor with SHA-224, where AWS's older
// policies do (CF-TLS-21, CF-TLS-22, CF-TLS-38).
func TestSignatures(t *testing.T) {
	own := []*viewertls.Certificate{certificate(t, viewertls.KeyRSA, "www.test"), certificate(t, viewertls.KeyECDSA, "www.test")}
	for _, p := range policies {
		table := only(viewertls.Distribution{Names: []string{"www.test"}, Certificates: own, Policy: p})
		for scheme, want := range map[tls.SignatureScheme]bool{
			tls.PSSWithSHA256: true, tls.PSSWithSHA384: true, tls.PSSWithSHA512: true, tls.ECDSAWithP256AndSHA256: true, tls.PKCS1WithSHA1: false, tls.ECDSAWithSHA1: false,
		} {
			hello := modernHello("www.test")
			hello.SignatureSchemes = []tls.SignatureScheme{scheme}
			leaf := table.Choose(hello).Config.Certificates[0]
			if got := hello.SupportsCertificate(&leaf) == nil; got != want {
				t.Errorf("%v, %v: got a certificate for it: %t, want %t", p, scheme, got, want)
			}
		}
	}
}

// TestPolicyNames: each policy is found by CloudFront's name of it.
func TestPolicyNames(t *testing.T) {
	for _, p := range policies {
		if got, err := viewertls.PolicyNamed(p.String()); got != p || err != nil {
			t.Errorf("PolicyNamed(%q): got %v, %v", p, got, err)
		}
	}
	if got, err := viewertls.PolicyNamed("TLSv1.2"); err == nil {
		t.Errorf("PolicyNamed(TLSv1.2): got %v, want an error", got)
	}
	if got := viewertls.PolicyDefault.String(); got != "TLSv1.2_2021" {
		t.Errorf("the default policy is %s, want TLSv1.2_2021 (CF-TLS-33)", got)
	}
}
