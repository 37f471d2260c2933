//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSecretsAreNotTold puts secrets wherever there may be one and looks for them
// in all that an edge and its verbs print, log and answer, also when things go
// wrong (reliability A2).
func TestSecretsAreNotTold(t *testing.T) {
	const mark = "hush-"
	ca := newAdminCA(t)
	ca.issue("edge", ofThisMachine)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	rewrite(t, path("secret"), mark+"file\n")
	rewrite(t, path("token"), mark+"token-of-some-length\n")
	t.Setenv("GROUNDFRONT_TEST_SECRET", mark+"environment")
	l, err := net.Listen("tcp", "127.0.0.1:0") // an origin that hangs up
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 100) // what it was sent
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 4<<10)
			n, _ := c.Read(b)
			got <- string(b[:n])
			c.Close()
		}
	}()
	document := func(more string) string {
		return fmt.Sprintf(`version: 1
server:
  listen: [{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", tls: {cert: %q, key: %q}}]
  admin: "127.0.0.1:0"
  admin_access: {token: {from_file: %q}}
  watch: false
distributions:
  site:
    aliases: [site.test]
    origins:
      origin:
        domain_name: origin.test
        connect_to: %q
        connection_attempts: 1
        custom_origin_config: {origin_protocol_policy: http-only}
        custom_headers:
          X-Written: %swritten
          Authorization: "Bearer %squoted"
          X-File: {from_file: %q}
          X-Env: {from_env: GROUNDFRONT_TEST_SECRET}
%s    default_cache_behavior:
      target_origin_id: origin
      cache_policy_id: CachingDisabled
      origin_request_policy_id: AllViewer
    logging: {path: %q}
`, ca.file("edge.pem"), ca.file("edge-key.pem"), path("token"), l.Addr(), mark, mark, path("secret"), more, path("access.log"))
	}
	file := path("edge.yaml")
	rewrite(t, file, document(""))
	p := start(t, "run", "-f", file, "--log-level", "debug")
	edge, address, v := p.url("viewers"), p.url("admin"), newViewer(t)
	var told strings.Builder
	ask := func(method, url string, fields map[string]string, content string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range fields {
			r.Header.Set(name, value)
		}
		response, err := v.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v", method, url, err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		fmt.Fprintf(&told, "%s %s: %s\n%s\n", method, url, response.Status, text)
		response.Header.Write(&told)
	}

	// Viewers, of which one is no HTTP client.
	ask("GET", edge+"/private", map[string]string{"Authorization": "Basic " + mark + "viewer", "Cookie": "session=" + mark + "cookie"}, "")
	ask("POST", edge+"/form", map[string]string{"Content-Type": "text/plain"}, mark+"content")
	if sent := <-got; !strings.Contains(sent, mark+"written") || !strings.Contains(sent, mark+"file") || !strings.Contains(sent, mark+"environment") {
		t.Fatalf("the origin was sent %q, want the secrets", sent)
	}
	for _, text := range []string{"GET / HTTP/1.1\r\nAuthorization: " + mark + "nohost\r\n\r\n", "GET / HTTP/1.1\r\nHost: site.test\r\nCookie : " + mark + "space\r\n\r\n"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(edge, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, text)
		answer, _ := io.ReadAll(c)
		told.Write(answer)
		c.Close()
	}

	// The operator, with the token, a wrong one, and none.
	token := map[string]string{"Authorization": "Bearer " + mark + "token-of-some-length", "Content-Type": "application/json"}
	wrong := map[string]string{"Authorization": "Bearer " + mark + "wrong", "Content-Type": "application/json"}
	for _, fields := range []map[string]string{token, wrong, {}} {
		for _, route := range []string{"/v1/config", "/v1/info", "/metrics", "/readyz", "/v1/invalidations", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
			ask("GET", address+route, fields, "")
		}
	}
	verbs := func() {
		t.Helper()
		for _, args := range [][]string{
			{"validate", "-f", file}, {"validate", "-f", file, "--output", "json"}, {"config", "show", "-f", file},
			{"reload", "--admin", strings.TrimPrefix(address, "http://"), "--admin-token-file", path("token")},
			{"run", "-f", file, "-f", path("absent")},
		} {
			_, stdout, stderr := runVerb(t, args...)
			fmt.Fprintf(&told, "%q:\n%s%s\n", args, stdout, stderr)
		}
		ask("POST", address+"/v1/reload", token, "{}")
	}
	verbs()
	for name, more := range map[string]string{ // what is wrong is beside a secret, or is one
		"unknown key":      "        unknown: 1\n",
		"no YAML":          "          X-Broken: \"" + mark + "broken\n",
		"no such anchor":   "          X-Star: *" + mark + "anchor\n",
		"a list":           "          X-List: [" + mark + "list]\n",
		"twice":            "          X-Written: " + mark + "twice\n",
		"a control":        "          X-Control: \"" + mark + "control\\u0001\"\n",
		"a forbidden name": "          Host: " + mark + "host\n",
		"credentials":      "        proxy: socks5://user:" + mark + "password@proxy.test:1080\n",
	} {
		rewrite(t, file, document(more))
		before := told.Len()
		verbs()
		if !strings.Contains(told.String()[before:], "error GF") {
			t.Errorf("%s: got %s, want an error", name, told.String()[before:])
		}
	}
	rewrite(t, file, strings.Replace(document(""), "{from_file: "+fmt.Sprintf("%q", path("token"))+"}", mark+"literal-token", 1))
	verbs()
	rewrite(t, file, document(""))
	rewrite(t, path("token"), mark+"\x01\n") // is no value
	verbs()
	p.signals <- syscall.SIGTERM
	p.wait()

	log, err := os.ReadFile(path("access.log"))
	if err != nil || !strings.Contains(string(log), "/private") {
		t.Errorf("access log: got %q, %v", log, err)
	}
	keyText := strings.Split(string(readFile(t, ca.file("edge-key.pem"))), "\n")[1]
	for where, text := range map[string]string{
		"answers and verbs": told.String(), "standard output": p.stdout.String(), "standard error": p.stderr.String(), "access log": string(log),
	} {
		for line := range strings.Lines(text) {
			if strings.Contains(line, mark) || strings.Contains(line, keyText) {
				t.Errorf("%s: got %q, want no secret", where, line)
			}
		}
	}
	if !strings.Contains(told.String(), `X-Written: "(redacted)"`) {
		t.Error("config show: got no word on what is not shown")
	}
	rewrite(t, file, document(""))
	if _, stdout, _ := runVerb(t, "config", "show", "--show-secrets", "-f", file); !strings.Contains(stdout, mark+"written") {
		t.Errorf("config show --show-secrets: got %s", stdout)
	}
}
