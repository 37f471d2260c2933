//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

// withAdmin is edgeConfig with other lines for the admin listener.
func withAdmin(origin, lines string) string {
	return strings.Replace(edgeConfig(origin, ""), `  admin: "127.0.0.1:0"`+"\n", lines, 1)
}

// TestAdminToken: with a token whoever does not have it gets nothing but health,
// and the verbs send it; a new one is taken up by a reload (reliability A1).
func TestAdminToken(t *testing.T) {
	const first, second = "the-first-secret-token", "the-second-secret-token"
	secret := writeFile(t, "token", first+"\n")
	file := writeFile(t, "edge.yaml", withAdmin("http://127.0.0.1:1", "  admin: \"0.0.0.0:0\"\n  admin_access: {token: {from_file: "+secret+"}}\n"))
	p := start(t, "run", "-f", file)
	address := adminOf(p)
	verbs := [][]string{{"clock", "now"}, {"invalidate", "/a"}, {"reload"}}
	run := func(verb []string, more ...string) (exitCode, string) {
		t.Helper()
		code, _, stderr := runVerb(t, append(append(verb, "--admin", address), more...)...)
		return code, stderr
	}
	for _, verb := range verbs {
		if code, stderr := run(verb); code != exitFailure || !strings.Contains(stderr, "--admin-token-file") {
			t.Errorf("%q without the token: got %d %q", verb, code, stderr)
		}
		if code, stderr := run(verb, "--admin-token-file", secret); code != exitOK {
			t.Errorf("%q: got %d %q, want 0", verb, code, stderr)
		}
	}
	if code, stderr := run([]string{"health"}); code != exitOK {
		t.Errorf("health without the token: got %d %q, want 0", code, stderr)
	}
	old := writeFile(t, "old", first)
	rewrite(t, secret, second)
	if code, stderr := run([]string{"reload"}, "--admin-token-file", old); code != exitOK {
		t.Fatalf("reload: got %d %q", code, stderr)
	}
	if code, _ := run([]string{"clock", "now"}, "--admin-token-file", old); code != exitFailure {
		t.Errorf("the token before: got %d, want a refusal", code)
	}
	if code, stderr := run([]string{"clock", "now"}, "--admin-token-file", secret); code != exitOK {
		t.Errorf("the new token: got %d %q", code, stderr)
	}
	latest := writeFile(t, "latest", second)
	rewrite(t, secret, "short") // as of a file that is half written
	if code, stderr := run([]string{"reload"}, "--admin-token-file", latest); code != exitFailure || !strings.Contains(stderr, "fewer than 16 characters") {
		t.Errorf("reload with a short token: got %d %q, want that it is refused", code, stderr)
	}
	for range 2 {
		if code, stderr := run([]string{"clock", "now"}, "--admin-token-file", latest); code != exitOK {
			t.Errorf("the token before a short one: got %d %q, want that it is still good", code, stderr)
		}
	}
	if n := strings.Count(p.stderr.String(), "admin token cannot be used; the last one is still wanted"); n != 1 {
		t.Errorf("got %d lines on the short token, want 1, in %s", n, p.stderr.String())
	}
	if !strings.Contains(p.stderr.String(), "   (token)\n") {
		t.Errorf("got %s, want a word on the token", p.stderr.String())
	}
	for _, text := range []string{p.stderr.String(), p.stdout.String()} {
		if strings.Contains(text, first) || strings.Contains(text, second) {
			t.Errorf("the token is printed: %s", text)
		}
	}
}

// TestAdminRefused: who may use what others reach must be said, and be worth
// something (reliability A1).
func TestAdminRefused(t *testing.T) {
	short := writeFile(t, "token", "short\n")
	for name, tt := range map[string]struct{ lines, want string }{
		"every address":  {"  admin: \":9180\"\n", "error GF4261"},
		"another name":   {"  admin: \"edge.internal:9180\"\n", "server.admin_access: {token: {from_file: FILE}}"},
		"short token":    {"  admin: \"127.0.0.1:0\"\n  admin_access: {token: {from_file: " + short + "}}\n", "fewer than 16 characters"},
		"no token there": {"  admin: \"127.0.0.1:0\"\n  admin_access: {token: {from_env: ABSENT}}\n", "environment variable ABSENT: no value in it"},
	} {
		p := start(t, "run", "-f", writeFile(t, "edge.yaml", withAdmin("http://127.0.0.1:1", tt.lines)))
		if code := p.wait(); code == exitOK || !strings.Contains(p.stderr.String(), tt.want) || strings.Contains(p.stderr.String(), "short\n") {
			t.Errorf("%s: got %d %s, want %q", name, code, p.stderr.String(), tt.want)
		}
	}
}

// TestAdminSocket: the socket in the file system is its owner's alone.
func TestAdminSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "gf") // the name of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin")
	start(t, "run", "-f", writeFile(t, "edge.yaml", withAdmin("http://127.0.0.1:1", "  admin: \"unix:"+socket+"\"\n"))).url("viewers")
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
	}
	if code, stdout, stderr := runVerb(t, "reload", "--admin", "unix:"+socket); code != exitOK {
		t.Errorf("reload: got %d %q %q", code, stdout, stderr)
	}
}

// An adminCA signs certificates for a test, in files.
type adminCA struct {
	t      *testing.T
	dir    string
	ca     *truststoretest.Authority
	serial int64
}

func newAdminCA(t *testing.T) *adminCA {
	a := &adminCA{t: t, dir: t.TempDir(), ca: truststoretest.New("operators", time.Now())}
	rewrite(t, a.file("ca.pem"), string(a.ca.PEM()))
	return a
}

func (a *adminCA) file(name string) string { return filepath.Join(a.dir, name) }

// issue writes NAME.pem and NAME-key.pem.
func (a *adminCA) issue(name string, changes ...truststoretest.Change) {
	a.t.Helper()
	a.serial++
	chain, key := inPEM(a.ca.Issue(name, a.serial, changes...))
	rewrite(a.t, a.file(name+".pem"), chain)
	rewrite(a.t, a.file(name+"-key.pem"), key)
}

// ofThisMachine makes a certificate that of a server.
func ofThisMachine(c *x509.Certificate) {
	c.IPAddresses, c.ExtKeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

// TestAdminTLS: by TLS, a client certificate is as good as the token, one of
// somebody else is not, and a reload takes up new files (reliability A1, T5).
func TestAdminTLS(t *testing.T) {
	ours, theirs := newAdminCA(t), newAdminCA(t)
	ours.issue("edge", ofThisMachine)
	for _, a := range []*adminCA{ours, theirs} {
		a.issue("operator")
	}
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", withAdmin("http://127.0.0.1:1", "  admin: \"127.0.0.1:0\"\n"+
		"  admin_access: {cert: "+ours.file("edge.pem")+", key: "+ours.file("edge-key.pem")+", operator_ca: "+ours.file("ca.pem")+"}\n")))
	address := strings.Replace(p.url("admin"), "localhost", "127.0.0.1", 1)
	verb := func(name string, more ...string) (exitCode, string) {
		code, _, stderr := runVerb(t, append([]string{name, "--admin", address, "--admin-ca", ours.file("ca.pem")}, more...)...)
		return code, stderr
	}
	operator := []string{"--admin-cert", ours.file("operator.pem"), "--admin-key", ours.file("operator-key.pem")}
	stranger := []string{"--admin-cert", theirs.file("operator.pem"), "--admin-key", theirs.file("operator-key.pem")}
	if code, stderr := verb("health"); code != exitOK {
		t.Errorf("health without a certificate: got %d %q, want 0", code, stderr)
	}
	if code, _ := verb("reload"); code == exitOK {
		t.Error("reload without a certificate: got 0, want a refusal")
	}
	if code, _ := verb("reload", stranger...); code == exitOK {
		t.Error("reload with somebody else's certificate: got 0, want a refusal")
	}
	serial := func() string {
		c, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	ours.issue("edge", ofThisMachine)
	if code, stderr := verb("reload", operator...); code != exitOK {
		t.Errorf("reload with a certificate: got %d %q, want 0", code, stderr)
	}
	if serial() == before {
		t.Error("after the reload: got the certificate before it")
	}
	if response, err := http.Get("http://" + strings.TrimPrefix(address, "https://") + "/healthz"); err == nil {
		if response.Body.Close(); response.StatusCode != 400 {
			t.Errorf("by plain HTTP: got %d, want 400", response.StatusCode)
		}
	}
}
