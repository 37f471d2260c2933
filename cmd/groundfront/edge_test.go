package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
)

// A slowOrigin answers nothing until it is released.
type slowOrigin struct {
	*httptest.Server
	arrived chan struct{} // one value for each request
	release chan struct{}
}

func newSlowOrigin(t *testing.T) *slowOrigin {
	o := &slowOrigin{arrived: make(chan struct{}, 10), release: make(chan struct{})}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.arrived <- struct{}{}
		select {
		case <-o.release:
			io.WriteString(w, "worth the wait")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(o.Close)
	return o
}

// echoOrigin answers with a word.
func echoOrigin(t *testing.T, word string) string {
	o := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, word) }))
	t.Cleanup(o.Close)
	return o.URL
}

// edgeConfig is a configuration in front of origin with free ports. more goes
// below server.
func edgeConfig(origin, more string) string {
	u, err := url.Parse(origin)
	if err != nil {
		panic(err) // a test's own text
	}
	return fmt.Sprintf(`version: 1
server:
  listen: [{address: "127.0.0.1:0"}]
  admin: "127.0.0.1:0"
  watch: false
%s
distributions:
  site:
    origins:
      origin:
        domain_name: origin.test
        connect_to: %q
        custom_origin_config: {origin_protocol_policy: http-only}
    cache_behaviors:
      - {path_pattern: /passed, target_origin_id: origin, cache_policy_id: CachingDisabled}
    default_cache_behavior: {target_origin_id: origin, cache_policy_id: CachingOptimized}
`, more, u.Host)
}

// asyncGet starts a GET and delivers its reply, or its error as content.
func asyncGet(v *viewer, url string) <-chan reply {
	c := make(chan reply, 1)
	go func() {
		response, err := v.Get(url)
		if err != nil {
			c <- reply{&http.Response{}, err.Error()}
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			response.StatusCode = 0
		}
		c <- reply{response, string(text)}
	}()
	return c
}

// TestDrain waits for a request whose response is stored, which has a fetch
// apart from it, and for one that only passes.
func TestDrain(t *testing.T) {
	t.Run("stored", func(t *testing.T) { testDrain(t, "/stored") })
	t.Run("passed", func(t *testing.T) { testDrain(t, "/passed") })
}

// testDrain proves the order of a stop: not ready, no new connections, the
// request under way ends, then the process (reliability Z16).
func testDrain(t *testing.T, path string) {
	origin := newSlowOrigin(t)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig(origin.URL, "")))
	v := newViewer(t)
	edge, admin := p.url("viewers"), p.url("admin")
	if got := v.get(admin + "/readyz"); got.StatusCode != 200 {
		t.Fatalf("readyz before: got %d %q, want 200", got.StatusCode, got.content)
	}
	slow := asyncGet(v, edge+path)
	<-origin.arrived

	p.signals <- syscall.SIGTERM
	eventually(t, func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(edge, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	}, func() string { return "a refused connection" })
	if got := v.get(admin + "/readyz"); got.StatusCode != 503 || !strings.Contains(got.content, "draining") {
		t.Errorf("readyz while draining: got %d %q, want 503 draining", got.StatusCode, got.content)
	}
	if got := v.get(admin + "/startupz"); got.StatusCode != 200 {
		t.Errorf("startupz while draining: got %d, want 200", got.StatusCode)
	}
	select {
	case code := <-p.exited:
		t.Fatalf("ended with %d while a request was under way", code)
	default:
	}

	// Long enough for a process that does not wait to have cut the request.
	time.Sleep(20 * time.Millisecond)
	close(origin.release)
	if got := <-slow; got.StatusCode != 200 || got.content != "worth the wait" {
		t.Errorf("request under way: got %d %q, want 200 and the content", got.StatusCode, got.content)
	}
	if code := p.wait(); code != exitOK {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// TestDrainWaitsForBackgroundFetch: a revalidation that no viewer waits for
// ends before the process does.
func TestDrainWaitsForBackgroundFetch(t *testing.T) {
	began, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=0, stale-while-revalidate=60")
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == "" {
			return
		}
		close(began)
		select {
		case <-release:
		case <-r.Context().Done():
		}
		ended <- r.Context().Err()
	}))
	t.Cleanup(origin.Close)
	text := strings.Replace(edgeConfig(origin.URL, ""), "CachingOptimized}", "short}", 1) + "cache_policies:\n  short: {min_ttl: 0s}\n"
	p, v := start(t, "run", "-f", writeFile(t, "edge.yaml", text)), newViewer(t)
	edge := p.url("viewers")
	// A response may be stored a moment after its viewer has it: then the next
	// one has a response of its own.
	eventually(t, func() bool {
		v.get(edge + "/a")
		select {
		case <-began:
			return true
		default:
			return false
		}
	}, func() string { return "a revalidation in the background" })
	p.signals <- syscall.SIGTERM
	time.Sleep(20 * time.Millisecond) // see testDrain
	close(release)
	if code := p.wait(); code != exitOK {
		t.Errorf("got exit code %d, want 0", code)
	}
	if err := <-ended; err != nil {
		t.Errorf("the fetch: got %v, want it to end by itself", err)
	}
}

// TestSecondSignal ends a drain at once.
func TestSecondSignal(t *testing.T) {
	origin := newSlowOrigin(t)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig(origin.URL, "")))
	cut := asyncGet(newViewer(t), p.url("viewers")+"/slow")
	<-origin.arrived
	p.signals <- os.Interrupt
	p.signals <- os.Interrupt
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("got exit code %d, want %d", code, exitInterrupted)
	}
	if got := <-cut; got.StatusCode == 200 {
		t.Errorf("request under way: got 200 %q, want a cut connection", got.content)
	}
	if !strings.Contains(p.stderr.String(), "drain ended early") {
		t.Errorf("got %s, want a line about the early end", &p.stderr)
	}
}

// TestDrainTimeout ends a drain that takes too long.
func TestDrainTimeout(t *testing.T) {
	origin := newSlowOrigin(t)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig(origin.URL, "  drain_timeout: 0s")))
	cut := asyncGet(newViewer(t), p.url("viewers")+"/slow")
	<-origin.arrived
	p.signals <- syscall.SIGTERM
	if code := p.wait(); code != exitOK {
		t.Errorf("got exit code %d, want 0", code)
	}
	<-cut
}

// TestAccessLog proves that the last lines are written before the end.
func TestAccessLog(t *testing.T) {
	origin := newSlowOrigin(t)
	close(origin.release)
	text := edgeConfig(origin.URL, "") + "    logging: {path: stdout}\n"
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
	newViewer(t).get(p.url("viewers") + "/a")
	p.signals <- syscall.SIGTERM
	p.wait()
	got := p.stdout.String()
	if !strings.HasPrefix(got, "#Version: 1.0\n") || !strings.Contains(got, "\tGET\t") || !strings.Contains(got, "\t/a\t200\t") {
		t.Errorf("got %q, want the header and a line of GET /a", got)
	}
}

// TestJSONLog proves that with --log-format json every line is JSON.
func TestJSONLog(t *testing.T) {
	p := start(t, "run", "--log-format", "json", "-f", writeFile(t, "edge.yaml", edgeConfig("http://127.0.0.1:1", "")))
	eventually(t, func() bool { return strings.Contains(p.stderr.String(), `"msg":"ready"`) }, p.stderr.String)
	p.signals <- syscall.SIGTERM
	p.wait()
	for line := range strings.Lines(p.stderr.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("got %q, want JSON", line)
		}
	}
}

// TestInjectIsSaid proves that nobody starts an edge that injects faults
// without being told: by the check, the banner and the log.
func TestInjectIsSaid(t *testing.T) {
	text := strings.Replace(edgeConfig("http://127.0.0.1:1", ""), "        connect_to:", "        inject: {latency: 40ms..120ms}\n        connect_to:", 1)
	for format, wants := range map[string][]string{
		"text": {"warning GF4190: origin ", "  inject         origin ", "goes wrong on purpose: latency 40ms..120ms"},
		"json": {`"level":"WARN","msg":"an origin goes wrong on purpose"`, `"inject":"latency 40ms..120ms"`},
	} {
		p := start(t, "run", "--log-format", format, "-f", writeFile(t, "edge.yaml", text))
		eventually(t, func() bool { return strings.Contains(p.stderr.String(), "ready") }, p.stderr.String)
		for _, want := range wants {
			eventually(t, func() bool { return strings.Contains(p.stderr.String(), want) }, p.stderr.String)
		}
		p.signals <- syscall.SIGTERM
		p.wait()
	}
	refused := strings.Replace(text, "server:\n", "server:\n  mode: production\n", 1)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", refused))
	if code := p.wait(); code != exitConfig || !strings.Contains(p.stderr.String(), "faults are not injected in mode production") {
		t.Errorf("in mode production: got exit code %d and %s", code, &p.stderr)
	}
}

// TestMalformed sees the edge's own page for what is no HTTP request.
func TestMalformed(t *testing.T) {
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig("http://127.0.0.1:1", "")))
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url("viewers"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(c, "GET / HTTP/1.1\r\n\r\n") // no Host
	got, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 400 ") || !strings.Contains(string(got), "Generated by cloudfront") {
		t.Errorf("got %q, %v, want CloudFront's 400 page", got, err)
	}
}

// TestStartFails proves that a failed start says why and leaves no goroutine
// (TestMain looks for them).
func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := edgeConfig("http://127.0.0.1:1", "")
	for _, tt := range []struct {
		name, in, want string
	}{
		{"admin in use", strings.Replace(config, `admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", taken.Addr()), 1), "edge.yaml:4:10: error GF6101"},
		{"no such address", strings.Replace(config, `"127.0.0.1:0"`, `"203.0.113.1:0"`, 1), "change server.listen[0].address"},
		{"no certificate", strings.Replace(config, `"127.0.0.1:0"`, `"127.0.0.1:0", tls: {cert: no.pem, key: no.pem}`, 1), "no.pem"},
		{"no log", config + "    logging: {path: /proc/none/log}\n", "logging"},
	} {
		code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", tt.in))
		if code != exitFailure || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: got %d and %q, want %d with %q", tt.name, code, stderr, exitFailure, tt.want)
		}
	}
}

// TestUnixAdmin asks an edge whose admin listener is a socket in the file
// system, where a killed edge has left one behind.
func TestUnixAdmin(t *testing.T) {
	path := writeFile(t, "admin.sock", "")
	os.Remove(path)
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	text := strings.Replace(edgeConfig("http://127.0.0.1:1", ""), `admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", "unix:"+path), 1)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
	p.url("viewers")
	if code, stdout, stderr := runVerb(t, "health", "--admin", "unix:"+path); code != exitOK || stdout != "ok\n" {
		t.Errorf("health: got %d, %q, %q, want 0 and ok", code, stdout, stderr)
	}
}

// TestUnixAdminKeepsFiles: what stands at the place of the socket and is none stays.
func TestUnixAdminKeepsFiles(t *testing.T) {
	path := writeFile(t, "notes.txt", "mine")
	text := strings.Replace(edgeConfig("http://127.0.0.1:1", ""), `admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", "unix:"+path), 1)
	code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", text))
	if code != exitFailure || !strings.Contains(stderr, "cannot listen at unix:"+path+": there is something that is no socket; change server.admin") {
		t.Errorf("got %d and %q, want %d and what is there", code, stderr, exitFailure)
	}
	if kept, err := os.ReadFile(path); string(kept) != "mine" {
		t.Errorf("the file: got %q, %v, want it as it was", kept, err)
	}
}

// TestFailedStartGivesSocketsBack: what was opened before the failure is free
// again.
func TestFailedStartGivesSocketsBack(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free := freeAddress(t)
	text := strings.NewReplacer(
		`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", taken.Addr()),
		`address: "127.0.0.1:0"`, fmt.Sprintf("address: %q", free),
	).Replace(edgeConfig("http://127.0.0.1:1", ""))
	if code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", text)); code != exitFailure {
		t.Fatalf("got %d and %q, want %d", code, stderr, exitFailure)
	}
	again, err := net.Listen("tcp", free)
	if err != nil {
		t.Fatalf("the viewers' socket: %v", err)
	}
	again.Close()
}

func TestEdgeStateNames(t *testing.T) {
	for s := stateStarting; s <= stateDraining; s++ {
		if strings.HasPrefix(s.String(), "edgeState(") {
			t.Errorf("edge state %d has no name", int32(s))
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	if got, want := memoryLimit(256<<20), int64(448<<20); got != want {
		t.Errorf("for 256 MiB: got %d, want %d", got, want)
	}
}

// What the user has set stays.
func TestLimitMemory(t *testing.T) {
	limit, growth := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	defer func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(growth)
	}()
	for _, test := range []struct {
		environment map[string]string
		budget      config.Size
		limit       int64
		growth      int
	}{
		{nil, 0, memoryLimit(1 << 30), heapGrowth},
		{nil, 100 << 20, 100 << 20, heapGrowth},
		{nil, 1 << 40, memoryLimit(1 << 30), heapGrowth},
		{map[string]string{"GOGC": "50"}, 0, memoryLimit(1 << 30), 100},
		{map[string]string{"GOMEMLIMIT": "1GiB"}, 100 << 20, limit, 100},
		{map[string]string{"GOMEMLIMIT": "off", "GOGC": "off"}, 0, limit, 100},
	} {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(100)
		limitMemory(func(name string) string { return test.environment[name] }, 1<<30, test.budget, 0)
		if got, gotGrowth := debug.SetMemoryLimit(-1), debug.SetGCPercent(100); got != test.limit || gotGrowth != test.growth {
			t.Errorf("with %v and %d: got a limit of %d and a growth of %d %%, want %d and %d", test.environment, test.budget, got, gotGrowth, test.limit, test.growth)
		}
	}
}
