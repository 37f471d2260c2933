//go:build unix

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReloadHTTP3: a reload that changes what a socket speaks leaves its HTTP/3 as
// it is, but for the connections, or ends it, or begins it.
func TestReloadHTTP3(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	defer origin.Close()
	edge := freeAddress(t)
	text := edgeConfigH3(origin.URL, edge)
	file := writeFile(t, "edge.yaml", text)
	p := start(t, "run", "-f", file)
	p.url("viewers")
	url := "https://" + strings.Replace(edge, "127.0.0.1", "localhost", 1) + "/passed"
	for _, step := range []struct {
		protocols string
		h3        bool
	}{{"[h1, h2, h3]", true}, {"[h1, h3]", true}, {"[h1]", false}, {"[h1, h2, h3]", true}} {
		next := strings.Replace(text, "protocols: [h1, h2, h3]", "protocols: "+step.protocols, 1)
		if next != text || strings.Contains(p.stderr.String(), "reload") {
			before := strings.Count(p.stderr.String(), "reload: the configuration is in use")
			if err := os.WriteFile(file, []byte(next), 0o600); err != nil {
				t.Fatal(err)
			}
			p.signals <- syscall.SIGHUP
			eventually(t, func() bool { return strings.Count(p.stderr.String(), "reload: the configuration is in use") > before }, func() string { return "a reload in " + p.stderr.String() })
		}
		v := newH3Viewer(t)
		v.Timeout = 10 * time.Second
		if !step.h3 {
			v.Timeout = time.Second
		}
		response, err := v.Get(url)
		if err == nil {
			response.Body.Close()
		}
		if ok := err == nil && response.StatusCode == 200; ok != step.h3 {
			t.Errorf("protocols %s: got %v, %v, want HTTP/3 %t", step.protocols, response, err, step.h3)
		}
	}
}

// TestReloadsHTTP3: of sockets that follow each other faster than connections end
// one is read at a time, and one that was never read is given up as others are.
func TestReloadsHTTP3(t *testing.T) {
	origin := newSlowOrigin(t)
	edge := freeAddress(t)
	text := edgeConfigH3(origin.URL, edge)
	file := writeFile(t, "edge.yaml", text)
	p := start(t, "run", "-f", file)
	p.url("viewers")
	url := "https://" + strings.Replace(edge, "127.0.0.1", "localhost", 1) + "/passed"
	reload := func(protocols string) {
		t.Helper()
		rewrite(t, file, strings.Replace(text, "protocols: [h1, h2, h3]", "protocols: "+protocols, 1))
		if code, _, stderr := runVerb(t, "reload", "--admin", adminOf(p)); code != exitOK {
			t.Fatalf("reload with %s: got %d %s", protocols, code, stderr)
		}
	}
	slow := asyncGet(newH3Viewer(t), url)
	<-origin.arrived
	reload("[h1, h3]")
	reload("[h1, h2, h3]")
	close(origin.release)
	if got := <-slow; got.StatusCode != 200 || got.content != "worth the wait" {
		t.Errorf("the request under way: got %d %q, want 200 and the content", got.StatusCode, got.content)
	}
	for range 3 {
		if got := newH3Viewer(t).get(url); got.StatusCode != 200 || got.ProtoMajor != 3 {
			t.Errorf("after both reloads: got %s %d, want HTTP/3.0 200", got.Proto, got.StatusCode)
		}
	}
	reload("[h1]")
	eventually(t, func() bool {
		pc, err := net.ListenPacket("udp", edge)
		if err == nil {
			pc.Close()
		}
		return err == nil
	}, func() string { return "the end of all sockets for packets" })
}

// TestUpgradeHTTP3: a request over HTTP/3 that is under way when another process
// takes the place of its own is answered, and those who ask at that time and
// later get their answers from the other. Only one of them reads the socket.
func TestUpgradeHTTP3(t *testing.T) {
	origin := newSlowOrigin(t)
	quick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "quick") }))
	defer quick.Close()
	edge, admin := freeAddress(t), freeAddress(t)
	text := strings.Replace(edgeConfigH3(origin.URL, edge), `admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), 1)
	text = strings.Replace(text, "    cache_behaviors:\n", fmt.Sprintf(`      quick: {domain_name: quick.test, connect_to: %q, custom_origin_config: {origin_protocol_policy: http-only}}
    cache_behaviors:
      - {path_pattern: /quick*, target_origin_id: quick, cache_policy_id: CachingDisabled}
`, strings.TrimPrefix(quick.URL, "http://")), 1)
	p := startProgram(t, nil, nil, "run", "-f", writeFile(t, "edge.yaml", text))
	v := newViewer(t)
	v.Client.Transport.(*http.Transport).DisableKeepAlives = true
	waitReady(t, v, admin)
	first := processStart(v, admin)

	under := "https://" + strings.Replace(edge, "127.0.0.1", "localhost", 1)
	slow := asyncGet(newH3Viewer(t), under+"/passed")
	<-origin.arrived
	p.Process.Signal(syscall.SIGUSR2)
	eventually(t, func() bool {
		text, _ := os.ReadFile(p.log)
		return strings.Contains(string(text), "the new process is ready")
	}, func() string { return "a new process" })
	between := asyncGet(newH3Viewer(t), under+"/quick")
	time.Sleep(200 * time.Millisecond) // the viewer of the slow request was told to go
	close(origin.release)
	if got := <-slow; got.StatusCode != 200 || got.content != "worth the wait" {
		t.Errorf("the request under way: got %d %q, want 200 and the content", got.StatusCode, got.content)
	}
	select {
	case got := <-between:
		if got.StatusCode != 200 || got.content != "quick" {
			t.Errorf("a request in between: got %d %q, want 200", got.StatusCode, got.content)
		}
	case <-time.After(patience):
		t.Error("a request in between: no answer")
	}
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Error("the old process has not ended")
	}
	for i := range 3 {
		if got := newH3Viewer(t).get(under + "/quick?" + strconv.Itoa(i)); got.StatusCode != 200 || got.ProtoMajor != 3 {
			t.Errorf("after the upgrade: got %s %d, want HTTP/3.0 200", got.Proto, got.StatusCode)
		}
	}
	if second := processStart(v, admin); second == first {
		t.Errorf("who answers: got %s after %s, want another process", second, first)
	}
	endNew(t, p, admin)
}
