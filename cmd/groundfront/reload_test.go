//go:build unix

package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/groundfront/groundfront/proxy/admin"
)

// rewrite puts text into a file that a running edge has read.
func rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReload: by the verb, by the API and by a signal; what is wrong leaves
// everything as it was and is said (reliability 0.17, Z15).
func TestReload(t *testing.T) {
	first, second := echoOrigin(t, "first"), echoOrigin(t, "second")
	file := writeFile(t, "edge.yaml", edgeConfig(first, ""))
	p, v := start(t, "run", "-f", file), newViewer(t)
	edge, address := p.url("viewers"), adminOf(p)
	wants := func(word string) {
		t.Helper()
		if got := v.get(edge + "/passed"); got.StatusCode != 200 || got.content != word {
			t.Fatalf("got %d %q, want %q", got.StatusCode, got.content, word)
		}
	}
	wants("first")
	status := func() (s admin.ConfigStatus) {
		t.Helper()
		if err := json.Unmarshal([]byte(v.get("http://"+address+"/v1/config").content), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := status()
	if before.LastReload != nil || before.ConfigHash == "" || len(before.Files) != 1 || before.Files[0] != file {
		t.Errorf("config before: got %+v", before)
	}

	rewrite(t, file, edgeConfig(second, ""))
	if code, stdout, stderr := runVerb(t, "reload", "--admin", address); code != exitOK || !strings.Contains(stdout, ": the configuration is in use\n") {
		t.Fatalf("reload: got %d %q %q", code, stdout, stderr)
	}
	wants("second")
	after := status()
	if after.ConfigHash == before.ConfigHash || after.LastReload.Result != admin.ReloadOK {
		t.Errorf("config after: got %+v", after)
	}
	if _, stdout, _ := runVerb(t, "reload", "--admin", address); !strings.Contains(stdout, "the configuration is the same") {
		t.Errorf("reload of the same: got %q", stdout)
	}

	rewrite(t, file, strings.Replace(edgeConfig(first, ""), "default_cache_behavior", "default_cache_behaviour", 1))
	code, _, stderr := runVerb(t, "reload", "--admin", address)
	if code != exitConfig || !strings.Contains(stderr, `did you mean "default_cache_behavior"`) || !strings.Contains(stderr, "still in use") {
		t.Errorf("reload of what is invalid: got %d %q", code, stderr)
	}
	got := v.do(http.MethodPost, "http://"+address+"/v1/reload", "application/json", "{}")
	if got.StatusCode != 422 || !strings.Contains(got.content, `"kind":"invalid_configuration"`) || !strings.Contains(got.content, `"code":"GF2104"`) {
		t.Errorf("POST of what is invalid: got %d %q", got.StatusCode, got.content)
	}
	wants("second")
	if s := status(); s.ConfigHash != after.ConfigHash || s.LastReload.Result != admin.ReloadInvalid || s.LastReload.Error == "" {
		t.Errorf("config after a failure: got %+v", s)
	}

	rewrite(t, file, edgeConfig(first, ""))
	p.signals <- syscall.SIGHUP
	eventually(t, func() bool { return status().ConfigHash == before.ConfigHash }, func() string { return "the first configuration" })
	wants("first")
	metrics := v.get("http://" + address + "/metrics").content
	for _, want := range []string{
		`groundfront_config_reloads_total{result="ok"} 3`, `groundfront_config_reloads_total{result="invalid"} 2`,
		`groundfront_config_last_reload_successful 1`, fmt.Sprintf(`groundfront_config_hash{hash=%q} 1`, before.ConfigHash),
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics: got no %s", want)
		}
	}
}

// TestReloadRefusesWhatCannotChange names every such property and changes
// nothing, that which could change included (reliability Z15).
func TestReloadRefusesWhatCannotChange(t *testing.T) {
	file := writeFile(t, "edge.yaml", edgeConfig(echoOrigin(t, "first"), ""))
	p := start(t, "run", "-f", file)
	edge, address := p.url("viewers"), adminOf(p)
	rewrite(t, file, edgeConfig(echoOrigin(t, "second"), "  engine: goroutine\n  limits: {idle_timeout: 3s, max_body_size: 1MiB}\n  overload: {memory: {limit: 1GiB}, cpu: {shed: 200}}")+"cache: {memory: {max_size: 8MiB}}\n")
	code, _, stderr := runVerb(t, "reload", "--admin", address)
	for _, want := range []string{
		file + ":6:11: error GF4260: server.engine cannot change while the process runs: it is auto, and would be goroutine\n",
		"server.limits.idle_timeout cannot change while the process runs: it is 1m, and would be 3s\n",
		"server.overload.cpu.shed cannot change while the process runs: it is 100, and would be 200\n",
		"server.overload.memory.limit cannot change while the process runs: it is 0, and would be 1GiB\n",
		"cache.memory.max_size cannot change while the process runs: it is 256MiB, and would be 8MiB\n",
		"restart the process, or send it SIGUSR2",
	} {
		if code != exitConfig || !strings.Contains(stderr, want) {
			t.Errorf("got %d %s, want %q", code, stderr, want)
		}
	}
	if strings.Contains(stderr, "max_body_size cannot") {
		t.Errorf("got %s, want nothing about what can change", stderr)
	}
	if got := newViewer(t).get(edge + "/passed"); got.content != "first" {
		t.Errorf("got %q, want what the first origin says", got.content)
	}
}

// TestReloadSockets: sockets come and go, a request under way on one that goes
// is answered, and one that cannot be opened leaves all as it was.
func TestReloadSockets(t *testing.T) {
	origin := newSlowOrigin(t)
	kept, second, taken, secured := freeAddress(t), freeAddress(t), freeAddress(t), freeAddress(t)
	with := func(listen ...string) string {
		text := edgeConfig(origin.URL, "  limits: {handshake_timeout: 60s}") // longer than all reloads take
		return strings.Replace(text, `[{address: "127.0.0.1:0"}]`, "["+strings.Join(listen, ", ")+"]", 1)
	}
	at := func(address, more string) string { return fmt.Sprintf("{address: %q%s}", address, more) }
	file := writeFile(t, "edge.yaml", with(at(kept, ""), at(second, ""), at(secured, ", tls: local_ca")))
	p, v := start(t, "run", "-f", file), newViewer(t)
	address := adminOf(p)
	reload := func(text string, want exitCode) string {
		t.Helper()
		rewrite(t, file, text)
		code, _, stderr := runVerb(t, "reload", "--admin", address)
		if code != want {
			t.Fatalf("reload: got %d %s, want %d", code, stderr, want)
		}
		return stderr
	}
	slow := asyncGet(v, "http://"+second+"/passed")
	<-origin.arrived

	l, err := net.Listen("tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("tcp", secured) // which has not shaken hands
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	third := freeAddress(t)
	stderr := reload(with(at(kept, ""), at(third, ""), at(taken, "")), exitFailure)
	if !strings.Contains(stderr, "is in use by another process") {
		t.Errorf("got %q, want why", stderr)
	}
	if c, err := net.Dial("tcp", third); err == nil {
		c.Close()
		t.Error("a socket that could be opened is open although another could not")
	}
	l.Close()

	reload(with(at(kept, ", protocols: [h1]"), at(taken, ", tls: local_ca")), exitOK)
	eventually(t, func() bool {
		c, err := net.Dial("tcp", second)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, func() string { return "the removed socket to be closed" })
	if err := tls.Client(waiting, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context()); err != nil {
		t.Errorf("handshake at a removed socket: %v", err)
	}
	close(origin.release)
	if got := <-slow; got.StatusCode != 200 || got.content != "worth the wait" {
		t.Errorf("request under way at the removed socket: got %d %q", got.StatusCode, got.content)
	}
	if got := v.get("http://" + kept + "/passed"); got.StatusCode != 200 {
		t.Errorf("at the kept socket: got %d", got.StatusCode)
	}
	if got := v.get("http://" + taken + "/passed"); got.StatusCode != 400 {
		t.Errorf("plain HTTP at the TLS socket: got %d, want 400", got.StatusCode)
	}
}

// TestNothingToReload: where no file was read there is none to read again, and a
// closed terminal ends the process as it does any.
func TestNothingToReload(t *testing.T) {
	p := start(t, "proxy", echoOrigin(t, ""), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	code, _, stderr := runVerb(t, "reload", "--admin", adminOf(p))
	if code != exitFailure || !strings.Contains(stderr, "the edge refused: this edge has no configuration file to read again") {
		t.Errorf("got %d %q", code, stderr)
	}
	p.signals <- syscall.SIGHUP
	p.wait()
}

// TestFailedReloadKeepsNames: a reload that fails changes nothing of the certificates
// of the local authority either (reliability Z15).
func TestFailedReloadKeepsNames(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	edge, origin := freeAddress(t), echoOrigin(t, "hello")
	with := func(alias, more string) string {
		text := strings.Replace(edgeConfig(origin, ""), `[{address: "127.0.0.1:0"}]`, fmt.Sprintf(`[{address: %q, tls: local_ca}%s]`, edge, more), 1)
		return strings.Replace(text, "  site:\n", "  site:\n    aliases: ["+alias+"]\n", 1)
	}
	file := writeFile(t, "edge.yaml", with("a.test", ""))
	p := start(t, "run", "-f", file)
	address := adminOf(p)
	for _, step := range []struct {
		text string
		code exitCode
		want string
	}{
		{with("a.test", ""), exitOK, "a.test"},
		{with("b.test", fmt.Sprintf(", {address: %q}", l.Addr())), exitFailure, "a.test"},
		{with("b.test", ""), exitOK, "b.test"},
	} {
		rewrite(t, file, step.text)
		if code, _, stderr := runVerb(t, "reload", "--admin", address); code != step.code {
			t.Fatalf("reload: got %d %s, want %d", code, stderr, step.code)
		}
		c, err := tls.Dial("tcp", edge, &tls.Config{ServerName: "localhost", InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		if names := c.ConnectionState().PeerCertificates[0].DNSNames; !slices.Contains(names, step.want) {
			t.Errorf("names of the certificate: got %q, want %s", names, step.want)
		}
		c.Close()
	}
}
