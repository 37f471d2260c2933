package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
)

// TestCheckSockets: a file of a socket that is no good is reported at the key that
// names it, before an edge is started with it.
func TestCheckSockets(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	const good = "cert: ../testdata/certificates/other.pem, key: ../testdata/certificates/other-key.pem"
	missing := filepath.Join(dir, "missing")
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, listen, server string
		now                  int
		want                 string // "" for nothing
	}{
		{"good", good, "admin_access: {" + good + "}", 2050, ""},
		{"no file", "cert: " + missing + ", key: " + missing, "", 2050, "groundfront.yaml:3:37: error GF4153: " + missing},
		{"no certificate", "cert: " + text + ", key: " + text, "", 2050, "failed to find any PEM data"},
		{"another key", strings.Replace(good, "other-key", "shop-key", 1), "", 2050, "private key type does not match public key type"},
		{"expired", good, "", 2150, "groundfront.yaml:3:37: warning GF4154: the certificate of ../testdata/certificates/other.pem expired at 2100-"},
		{"not yet", good, "", 1990, "is not valid before"},
		{"ticket keys", good, "tls_ticket_keys: {from_file: " + text + "}", 2050, "error GF4153: tls_ticket_keys: " + text + ": line 1 has 4 characters"},
		{"admin", good, "admin_access: {" + strings.Replace(good, "other-key", "shop-key", 1) + "}", 2050, "groundfront.yaml:4:24: error GF4153"},
		{"admin CA", good, "admin_access: {" + good + ", operator_ca: " + text + "}", 2050, "error GF4262: " + text + ": no certificate in PEM form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ds := config.ParseWith("groundfront.yaml", []byte(`version: 1
server:
  listen: [{address: "127.0.0.1:0", tls: {`+tt.listen+`}}]
  `+tt.server+`
distributions: {s: {origins: {o: {domain_name: o.test}}, default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingOptimized}}}
`), os.ReadFile)
			if c == nil {
				t.Fatal(ds)
			}
			got := c.Annotate(nil, CheckSockets(c, year(tt.now))).String()
			if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") || strings.Contains(got, "hush") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
