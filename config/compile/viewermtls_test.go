package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

const mutualConfig = `version: 1
server: {listen: [{address: ":443", tls: local_ca}]}
trust_stores:
  partners: {ca_bundle: BUNDLE, crl: [LIST]}
  others: {ca_bundle: BUNDLE}
distributions:
  shop:
    viewer_mtls_config:
      mode: MODE
      trust_store_config: {trust_store_id: partners, advertise_trust_store_ca_names: true, ignore_certificate_expiry: true}
      connection_log: {path: LOG}
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled, viewer_protocol_policy: https-only}
  open:
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
`

func parseMutual(t *testing.T, replace ...string) *config.Config {
	t.Helper()
	c, ds := config.Parse("config.yaml", []byte(strings.NewReplacer(replace...).Replace(mutualConfig)))
	if c == nil {
		t.Fatal(ds)
	}
	return c
}

// TestViewerMTLS: a policy is what the configuration says, and its handshakes are
// recorded and counted (CF-CLOG-01).
func TestViewerMTLS(t *testing.T) {
	now := time.Now()
	ca := truststoretest.New("Partners", now)
	files := map[string][]byte{"ca.pem": ca.PEM(), "ca.crl": ca.CRL(now.Add(-time.Minute), 8)}
	var reports []string
	set := metrics.New()
	log := filepath.Join(t.TempDir(), "connections.log")
	var writer *accesslog.Writer
	env := Environment{
		LocalCA: viewertls.IssuedCertificate("local_ca", nil, nil, nil), Metrics: set, ReadFile: func(name string) ([]byte, error) { return files[name], nil },
		Warn: func(err error) { reports = append(reports, err.Error()) },
		OpenRecords: func(path string) (w *accesslog.Writer, err error) {
			writer, err = accesslog.Open(path, accesslog.Options{NoHeader: true})
			return writer, err
		},
	}
	s, err := Compile(parseMutual(t, "BUNDLE", "ca.pem", "LIST", "ca.crl", "MODE", "optional", "LOG", log), env)
	if err != nil {
		t.Fatal(err)
	}
	p := s.Distributions[0].ViewerMTLS
	if p.Mode != truststore.ModeOptional || !p.AdvertiseNames || !p.IgnoreExpiry || p.OutdatedCRL != truststore.OutdatedCRLRefuse || p.Store.Name() != "partners" {
		t.Errorf("got %+v", p.Options)
	}
	if s.Distributions[1].ViewerMTLS != nil {
		t.Error("a distribution without viewer_mtls_config asks for certificates")
	}
	if len(reports) != 1 || !strings.Contains(reports[0], `trust store "partners": the CRL of CN=Partners is not current`) {
		t.Errorf("got reports %q, want one about the CRL", reports)
	}
	h := &truststore.Handshake{Reason: truststore.ReasonExpired, ServerName: "shop.test"}
	h.SetChain(truststoretest.Parsed(ca.Issue("viewer", 0x4a)))
	p.Observed(h)
	p.Observed(&truststore.Handshake{})
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(log)
	for _, want := range []string{
		`"connectionStatus":"Failed:ClientCertExpired"`, `"clientLeafCertSubject":"CN=viewer"`, `"clientLeafCertSerialNumber":"4a"`,
		`"connectionStatus":"Success"`, `"distributionId":"` + s.Distributions[0].ID + `"`,
	} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("connection log: got %s and %v, want in it %s", text, err, want)
		}
	}
}

// TestCheckTrustStores: a file that is no good is reported at the key that names it,
// and keeps a configuration from running (CF-MTLS-03).
func TestCheckTrustStores(t *testing.T) {
	ca, other := truststoretest.New("Partners", time.Now()), truststoretest.New("Other", time.Now())
	dir := t.TempDir()
	path := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good, list := path("ca.pem", ca.PEM()), path("ca.crl", ca.CRL(time.Now().AddDate(0, 0, 1)))
	for _, tt := range []struct {
		name, bundle, list string
		want               string // "" for nothing
		n                  int
	}{
		{"good", good, list, "", 0},
		{"no bundle", filepath.Join(dir, "missing"), list, "GF4171 trust_stores.partners.ca_bundle: open ", 2},
		{"no PEM", path("text", []byte("hello")), list, `GF4171 trust_stores.partners.ca_bundle: ` + filepath.Join(dir, "text") + `: after certificate 0: "hello" is neither`, 2},
		{"no list", good, filepath.Join(dir, "missing"), "GF4171 trust_stores.partners.crl[0]: open ", 1},
		{"a list of another", good, path("other.crl", other.CRL(time.Now())), "GF4171 trust_stores.partners.crl[0]: " + filepath.Join(dir, "other.crl") + ": CRL 1: issued by CN=Other", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := parseMutual(t, "BUNDLE", tt.bundle, "LIST", tt.list, "MODE", "required", "LOG", "stdout")
			ds := CheckTrustStores(c)
			got := ""
			if len(ds) > 0 {
				got = ds[0].Code + " " + ds[0].Path + ": " + ds[0].Message
			}
			if !strings.HasPrefix(got, tt.want) || len(ds) != tt.n {
				t.Errorf("got %d, %q, want %d, %q", len(ds), got, tt.n, tt.want)
			}
			_, err := Compile(c, Environment{LocalCA: viewertls.IssuedCertificate("local_ca", nil, nil, nil)})
			if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), "config.yaml:4:") {
				t.Errorf("compile: got %v, want an error with its position if there is one", err)
			}
		})
	}
}
