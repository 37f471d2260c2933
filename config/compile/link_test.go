package compile

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
)

// compileOrigin compiles an origin with the keys given, in the flow notation.
func compileOrigin(t *testing.T, keys string, env Environment) (*origin.Origin, error) {
	t.Helper()
	c, ds := config.Parse("config.yaml", []byte(strings.ReplaceAll(`version: 1
distributions:
  shop:
    origins: {api: {domain_name: api.internalKEYS}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
`, "KEYS", keys)))
	if c == nil {
		t.Fatalf("%s:\n%s", keys, ds)
	}
	s, err := Compile(c, env)
	if err != nil {
		return nil, err
	}
	return s.Distributions[0].Behaviors[0].Origin, nil
}

// TestLink: what an origin's Link says, and that an ordinary origin has none.
func TestLink(t *testing.T) {
	for _, tt := range []struct{ keys, want string }{
		{"", "<nil>"},
		{", connect_to: 'unix:/run/app.sock'", "<nil>"},
		{", addresses: [10.0.0.5, '2001:db8::5']", "Addresses: [10.0.0.5 2001:db8::5]"},
		{", resolver: 10.0.0.2, source_address: 10.0.0.9", "Resolver: 10.0.0.2:53 Source: 10.0.0.9"},
		{", custom_origin_config: {ip_address_type: ipv4}", "Family: ipv4"},
		{", custom_origin_config: {ip_address_type: ipv6}", "Family: ipv6"},
		{", custom_origin_config: {ip_address_type: dualstack}", "<nil>"},
		{", proxy: 'socks5://proxy:1080'", "Proxy: socks5://proxy:1080"},
		{", proxy: 'http://[::1]:3128'", "Proxy: http://[::1]:3128"},
		{", proxy_protocol: v1", "ProxyProtocol: v1"},
		{", proxy_protocol: v2", "ProxyProtocol: v2"},
		{", proxy_protocol: off", "<nil>"},
		{", tls: {server_name: lb.internal, certificate_names: ['*.internal']}", "ServerName: lb.internal CertificateNames: [*.internal]"},
		{", custom_origin_config: {origin_ssl_protocols: [TLSv1, TLSv1.1]}", "TLSVersions: TLSv1 TLSv1.1"},
		{", custom_origin_config: {origin_ssl_protocols: [TLSv1.2]}", "TLSVersions: TLSv1.2 TLSv1.3"},
	} {
		o, err := compileOrigin(t, tt.keys, Environment{})
		if err != nil {
			t.Fatal(err)
		}
		if got := linkText(o.Link); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.keys, got, tt.want)
		}
	}
}

// TestClientCertificate: files that are no good keep a configuration from
// running, as a certificate that CloudFront does not take (CF-OMTLS-01).
func TestClientCertificate(t *testing.T) {
	const keys = ", custom_origin_config: {origin_mtls_config: {certificate_file: c.pem, key_file: k.pem}}"
	if _, err := compileOrigin(t, keys, Environment{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), `origin "api": origin_mtls_config: `) {
		t.Errorf("no files: got %v", err)
	}
	read := func(name string) ([]byte, error) { return []byte(name), nil }
	if _, err := compileOrigin(t, keys, Environment{ReadFile: read}); err == nil || !strings.Contains(err.Error(), "client certificate in c.pem and k.pem: ") {
		t.Errorf("not PEM: got %v", err)
	}
}

// TestProxyCredentials: a file has one line.
func TestProxyCredentials(t *testing.T) {
	const keys = ", proxy: 'http://proxy:3128', proxy_credentials_file: secret"
	for text, want := range map[string]string{
		"ed:a:b\n": "ed a:b", "ed:": "ed ", "ed": "", ":a": "", "ed:a\ned:b\n": "", "": "",
	} {
		o, err := compileOrigin(t, keys, Environment{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }})
		got := ""
		if err == nil {
			got = o.Link.Proxy.User + " " + o.Link.Proxy.Password
		}
		if got != want || err != nil && !strings.Contains(err.Error(), "proxy_credentials_file: secret is not one line") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := compileOrigin(t, keys, Environment{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// linkText prints what a Link says.
func linkText(l *origin.Link) string {
	if l == nil {
		return "<nil>"
	}
	var parts []string
	add := func(said bool, name string, value any) {
		if said {
			parts = append(parts, fmt.Sprintf("%s: %v", name, value))
		}
	}
	add(len(l.Addresses) > 0, "Addresses", l.Addresses)
	add(l.Resolver.IsValid(), "Resolver", l.Resolver)
	add(l.Family != 0, "Family", l.Family)
	add(l.Source.IsValid(), "Source", l.Source)
	add(l.Proxy != nil, "Proxy", l.Proxy)
	add(l.ProxyProtocol != 0, "ProxyProtocol", l.ProxyProtocol)
	add(l.ServerName != "", "ServerName", l.ServerName)
	add(len(l.CertificateNames) > 0, "CertificateNames", l.CertificateNames)
	add(l.TLSVersions != 0, "TLSVersions", l.TLSVersions)
	return strings.Join(parts, " ")
}
