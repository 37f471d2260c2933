package compile

import (
	"crypto/tls"
	"os"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

const certified = `version: 1
server:
  listen:
    - {address: ":443", tls: distributions}
    - {address: "127.0.0.1:0", tls: local_ca, protocols: [h1]}
    - {address: "127.0.0.1:0", tls: {cert: ../testdata/certificates/other.pem, key: ../testdata/certificates/other-key.pem}}
    - {address: ":80"}
certificates:
  shop: {cert: ../testdata/certificates/shop.pem, key: ../testdata/certificates/shop-key.pem}
distributions:
  shop:
    aliases: [www.shop.test]
    viewer_certificate: {acm_certificate: shop, minimum_protocol_version: TLSv1.3_2025}
    origins: {o: {domain_name: o.test}}
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingOptimized}
`

func compileTLS(t *testing.T, yaml string, env Environment) (*proxy.Snapshot, error) {
	t.Helper()
	c, ds := config.ParseWith("groundfront.yaml", []byte(yaml), os.ReadFile)
	if c == nil {
		t.Fatal(ds)
	}
	return Compile(c, env)
}

// TestTables: each socket with TLS has a table with its protocols and its default
// certificate.
func TestTables(t *testing.T) {
	local := viewertls.IssuedCertificate("local_ca", []string{"localhost"}, nil, nil)
	s, err := compileTLS(t, certified, Environment{LocalCA: local})
	if err != nil {
		t.Fatal(err)
	}
	if got := CertificateExpiries(s); len(got) != 2 || got[0].Name != "shop" || got[1].Name != "../testdata/certificates/other.pem" || got[1].NotAfter.Year() != 2100 {
		t.Errorf("CertificateExpiries: got %+v, want those of shop and the default one (reliability T5)", got)
	}
	if len(s.TLS) != 3 {
		t.Errorf("got %d tables, want 3", len(s.TLS))
	}
	for _, tt := range []struct{ socket, name, want, protocol string }{
		{":443", "www.shop.test", "shop.test", "h2"},
		{":443", "other.test", "", ""},
		{"127.0.0.1:0", "www.shop.test", "shop.test", "http/1.1"},
		{"127.0.0.1:0", "other.test", "localhost", "http/1.1"},
		{"127.0.0.1:0 2", "other.test", "other.test", "h2"},
		{":80", "www.shop.test", "", ""},
	} {
		choice := s.TLS[tt.socket].Choose(&tls.ClientHelloInfo{ServerName: tt.name, SupportedVersions: []uint16{tls.VersionTLS13}})
		served, protocol := "", ""
		if choice.Served != nil {
			served, protocol = choice.Served.Names[0], choice.Config.NextProtos[0]
		}
		if served != tt.want || protocol != tt.protocol {
			t.Errorf("%s, %s: got the certificate for %q and %q, want %q and %q", tt.socket, tt.name, served, protocol, tt.want, tt.protocol)
		}
	}
	if got := s.TLS[":443"].Choose(&tls.ClientHelloInfo{ServerName: "www.shop.test"}).Config.MinVersion; got != tls.VersionTLS13 {
		t.Errorf("TLSv1.3_2025: got %s", tls.VersionName(got))
	}
}

// TestDefaultPolicy: where nothing is said viewers need TLS 1.2, and in mode
// faithful TLS 1.0 for the default certificate (CF-TLS-32).
func TestDefaultPolicy(t *testing.T) {
	for mode, want := range map[string]uint16{"dev": tls.VersionTLS12, "production": tls.VersionTLS12, "faithful": tls.VersionTLS10} {
		yaml := strings.Replace(certified, "server:\n", "server:\n  mode: "+mode+"\n", 1)
		yaml = strings.Replace(yaml, ", minimum_protocol_version: TLSv1.3_2025", "", 1)
		s, err := compileTLS(t, yaml, Environment{LocalCA: viewertls.IssuedCertificate("", nil, nil, nil)})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]uint16{"other.test": want, DomainName("shop"): want, "www.shop.test": tls.VersionTLS12} {
			got := s.TLS["127.0.0.1:0"].Choose(&tls.ClientHelloInfo{ServerName: name, SupportedVersions: []uint16{tls.VersionTLS13}}).Config.MinVersion
			if got != want {
				t.Errorf("%s, %s: got %s, want %s", mode, name, tls.VersionName(got), tls.VersionName(want))
			}
		}
	}
}

// TestTablesRefused: what cannot be read or used ends the compilation, and the
// error says which certificate it is (reliability T5).
func TestTablesRefused(t *testing.T) {
	local := viewertls.IssuedCertificate("local_ca", nil, nil, nil)
	files := func(replaced, content string) func(string) ([]byte, error) {
		return func(name string) ([]byte, error) {
			if strings.HasSuffix(name, replaced) {
				return []byte(content), nil
			}
			return os.ReadFile(name)
		}
	}
	withStaple := strings.Replace(certified, "shop-key.pem}", "shop-key.pem, ocsp_staple: ../testdata/certificates/shop.ocsp}", 1)
	for name, tt := range map[string]struct {
		yaml string
		env  Environment
		want string
	}{
		"no keys of tickets":  {strings.Replace(certified, "server:\n", "server:\n  tls_ticket_keys: {from_file: ../testdata/certificates/shop.pem}\n", 1), Environment{LocalCA: local}, "tls_ticket_keys: ../testdata/certificates/shop.pem: line 1 has"},
		"no authority":        {certified, Environment{}, "127.0.0.1:0: there is no local certification authority"},
		"a broken file":       {certified, Environment{LocalCA: local, ReadFile: files("/shop.pem", "x")}, `certificate "shop":`},
		"a broken default":    {certified, Environment{LocalCA: local, ReadFile: files("/other-key.pem", "x")}, `127.0.0.1:0:`},
		"somebody's response": {withStaple, Environment{LocalCA: local, ReadFile: files("/shop.ocsp", "0x")}, `certificate "shop": the OCSP response`},
	} {
		if _, err := compileTLS(t, tt.yaml, tt.env); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, tt.want)
		}
	}
}
