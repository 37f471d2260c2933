package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// startDemo runs the demo on ports of its own.
func startDemo(t *testing.T, more ...string) *process {
	return start(t, append([]string{"demo", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, more...)...)
}

// curlLine is a curl line as the demo prints it.
var curlLine = regexp.MustCompile(`(?m)^     curl -i (?:-H '(.*?): (.*?)' -d '(.*?)' )?'?(http://\S+?)'?$`)

// TestDemo follows the four lines that the demo prints, exactly as printed.
func TestDemo(t *testing.T) {
	p, v := startDemo(t), newViewer(t)
	p.url("admin")
	eventually(t, func() bool { return strings.Contains(p.stderr.String(), "^C ends it.") }, p.stderr.String)
	printed := curlLine.FindAllStringSubmatch(p.stderr.String(), -1)
	if len(printed) != 4 {
		t.Fatalf("got %d curl lines, want 4, in %s", len(printed), &p.stderr)
	}
	if got := p.stderr.String(); strings.Contains(got, "changes are taken up") {
		t.Errorf("got %s, want nothing of changes to what is built in", got)
	}
	try := func(line int) reply {
		t.Helper()
		m := printed[line-1]
		if m[3] == "" {
			return v.get(m[4])
		}
		return v.do(http.MethodPost, m[4], m[2], m[3])
	}
	expect := func(r reply, status int, xCache string) {
		t.Helper()
		if got := r.Header.Get("X-Cache"); r.StatusCode != status || got != xCache {
			t.Errorf("%s %s: got %d %q, want %d %q", r.Request.Method, r.Request.URL, r.StatusCode, got, status, xCache)
		}
	}

	first := try(1)
	expect(first, 200, "Miss from cloudfront")
	if first.Header.Get("Age") != "" || !strings.Contains(first.content, "Notebook") {
		t.Errorf("line 1: got Age %q and %q, want no Age and a notebook", first.Header.Get("Age"), first.content)
	}
	hit := try(1)
	expect(hit, 200, "Hit from cloudfront")
	if hit.content != first.content {
		t.Errorf("line 1 again: got %q, want %q", hit.content, first.content)
	}
	eventually(t, func() bool { // Age grows
		age, err := strconv.Atoi(try(1).Header.Get("Age"))
		return err == nil && age >= 1
	}, func() string { return "an Age of 1" })

	expect(try(2), 200, "Miss from cloudfront")
	expect(try(2), 200, "Hit from cloudfront")

	order := try(3)
	expect(order, 201, "Miss from cloudfront")
	if want := `{"id":"o1","items":["p06"]}`; order.content != want {
		t.Errorf("line 3: got %q, want %q", order.content, want)
	}
	expect(try(3), 201, "Miss from cloudfront")

	if got := try(4); got.StatusCode != 201 || !strings.Contains(got.content, `"Completed"`) {
		t.Errorf("line 4: got %d %q, want 201 and a completed invalidation", got.StatusCode, got.content)
	}
	expect(try(1), 200, "Miss from cloudfront")
	expect(try(2), 200, "Miss from cloudfront")

	p.signals <- os.Interrupt
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("^C: got exit code %d, want %d", code, exitInterrupted)
	}
}

// TestDemoHTTPS connects as a viewer that trusts the printed CA.
func TestDemoHTTPS(t *testing.T) {
	p := startDemo(t)
	p.url("admin")
	m := regexp.MustCompile(`(https://\S+) .*curl --cacert (\S+)\)`).FindStringSubmatch(p.stderr.String())
	if m == nil {
		t.Fatalf("no HTTPS line in %s", &p.stderr)
	}
	pem, err := os.ReadFile(m[2])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("%s has no certificate", m[2])
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	v := &viewer{t, http.Client{Transport: transport, Timeout: patience}}
	got := v.get(m[1] + "/products/p01")
	if got.StatusCode != 200 || got.ProtoMajor != 2 || got.Header.Get("X-Cache") != "Miss from cloudfront" {
		t.Errorf("got %s %s %q, want 200 over HTTP/2, a Miss", got.Status, got.Proto, got.Header.Get("X-Cache"))
	}
}

// TestInvalidateVerb does by verb what line 4 does by curl.
func TestInvalidateVerb(t *testing.T) {
	p, v := startDemo(t), newViewer(t)
	edge, admin := p.url("viewers"), strings.TrimPrefix(p.url("admin"), "http://")
	xCache := func() string { return v.get(edge + "/products").Header.Get("X-Cache") }
	if first, second := xCache(), xCache(); first != "Miss from cloudfront" || second != "Hit from cloudfront" {
		t.Fatalf("got %q and %q, want a Miss and a Hit", first, second)
	}
	shows(v, p.url("admin"), "groundfront_cache_objects", 1)
	for _, tt := range []struct {
		in     string
		want   exitCode
		output string // a part of either
	}{
		{"health", exitOK, "ok"},
		{"invalidate products", exitFailure, "the edge refused"},
		{"invalidate --tag red", exitFailure, "cache tags are not enabled"},
		{"invalidate --dry-run /products*", exitOK, "dry run: 1 stored response would be invalidated"},
		{"invalidate --dry-run /nothing --output json", exitOK, `{"matching":0}`},
		{"invalidate --dry-run -d nothing /products", exitFailure, "not found"},
		{"invalidate -d nothing /products", exitFailure, "not found"},
		{"invalidate --caller-reference r1 /products", exitOK, "Completed: 1 path in demo"},
		{"invalidate --caller-reference r1 /other", exitFailure, "caller reference"},
		{"invalidate -d demo --wait /a /b --output json", exitOK, `"paths":["/a","/b"]`},
	} {
		code, stdout, stderr := runVerb(t, append(strings.Fields(tt.in), "--admin", admin)...)
		if code != tt.want || !strings.Contains(stdout+stderr, tt.output) {
			t.Errorf("groundfront %s: got %d and %q, want %d with %q", tt.in, code, stdout+stderr, tt.want, tt.output)
		}
	}
	if got := xCache(); got != "Miss from cloudfront" {
		t.Errorf("after the invalidation: got %q, want a Miss", got)
	}
	if got := v.get("http://" + admin + "/v1/invalidations").content; strings.Count(got, `"id"`) != 2 {
		t.Errorf("list: got %s, want two invalidations", got)
	}
}

// TestPortInUse names the port and the flag that helps.
func TestPortInUse(t *testing.T) {
	first := startDemo(t)
	taken := strings.TrimPrefix(first.url("viewers"), "http://localhost")
	second := start(t, "demo", "--http", "127.0.0.1"+taken, "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	code, want := second.wait(), "GF6101: port "+taken[1:]+" of 127.0.0.1 is in use by another process"
	if got := second.stderr.String(); code != exitFailure || !strings.Contains(got, want) || !strings.Contains(got, "--http") {
		t.Errorf("got %d and %q, want %d with %q and --http", code, got, exitFailure, want)
	}
}

// TestDemoConfig proves that the printed configuration is one.
func TestDemoConfig(t *testing.T) {
	_, text, _ := runVerb(t, "demo", "--print-config")
	cfg, problems := config.Parse("demo.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatalf("got %s", problems)
	}
	if got := cfg.Distributions[0].Origins[0].ConnectTo.String(); got != "127.0.0.1:9000" {
		t.Errorf("connect_to: got %q, want the stand-in's address", got)
	}
}

func TestStandinVerb(t *testing.T) {
	p, v := start(t, "standin", "--listen", "127.0.0.1:0", "--throttle-rate", "0.001"), newViewer(t)
	api := p.url(" at")
	if got := v.get(api + "/prod/products/p01"); got.StatusCode != 200 {
		t.Errorf("got %d %q, want 200", got.StatusCode, got.content)
	}
	if got := v.get(api + "/prod/products/p01"); got.StatusCode != 429 {
		t.Errorf("throttled: got %d %q, want 429", got.StatusCode, got.content)
	}
	p.signals <- syscall.SIGTERM
	if code := p.wait(); code != exitOK {
		t.Errorf("SIGTERM: got exit code %d, want 0", code)
	}
}
