package config

import (
	"strings"
	"testing"
)

// TestCertificateWarnings: what AWS would not accept of certificates is said and
// runs: keys of other kinds (CF-OTLS-08), distributions that share a certificate and
// not the HTTP version (CF-SNI-03), policies of the default certificate (CF-TLS-32)
// and of vip (CF-TLS-33); and so is what is approximated (CF-TLS-38).
func TestCertificateWarnings(t *testing.T) {
	c, ds := Load("testdata/viewercertificate.yaml")
	if c == nil {
		t.Fatal(ds)
	}
	for _, want := range []string{
		"AWS takes ECDSA on P-256 (CF-OTLS-08)", "AWS takes RSA and ECDSA on P-256 (CF-OTLS-08)",
		`http_version is http1.1, and http2 for distribution "shop"`, "(CF-TLS-32)", "security policy TLSv1.3_2025 is approximated",
	} {
		if !strings.Contains(ds.String(), want) {
			t.Errorf("no %q in\n%s", want, ds)
		}
	}
}

// TestSecurityPolicy: where nothing is said it is TLSv1.2_2021, and in mode faithful
// TLSv1 for the default certificate (CF-TLS-32, CF-TLS-33).
func TestSecurityPolicy(t *testing.T) {
	named := &ViewerCertificate{ACMCertificate: "www"}
	for _, tt := range []struct {
		mode Mode
		v    *ViewerCertificate
		want MinimumProtocolVersion
	}{
		{ModeDev, nil, "TLSv1.2_2021"}, {ModeProduction, new(ViewerCertificate), "TLSv1.2_2021"}, {ModeFaithful, nil, "TLSv1"},
		{ModeFaithful, named, "TLSv1.2_2021"}, {ModeDev, &ViewerCertificate{MinimumProtocolVersion: "TLSv1_2016"}, "TLSv1_2016"},
	} {
		c := &Config{Server: Server{Mode: tt.mode}}
		if got := c.SecurityPolicy(&Distribution{ViewerCertificate: tt.v}); got != tt.want {
			t.Errorf("%s, %+v: got %s, want %s", tt.mode, tt.v, got, tt.want)
		}
	}
}
