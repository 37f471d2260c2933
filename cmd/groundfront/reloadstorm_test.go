//go:build unix

package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// TestReloadStorm: a thousand reloads under load lose no request, answer none
// half by one configuration and half by another, and leave nothing behind:
// goroutines, descriptors, memory, series (reliability Z15). Every third is
// refused, in another way each time; aliases, behaviors, origins, logs, secrets
// and web ACLs come and go, a socket does with every tenth, and certificates
// change with each.
func TestReloadStorm(t *testing.T) {
	reloads := stormReloads
	s := newStorm(t)
	s.reload(0)
	for n := 1; n <= 30; n++ { // what grows once grows now
		s.reload(n)
	}
	s.startLoad(t)
	before := measure(t, s.edge)
	for n := 31; n <= reloads; n++ {
		s.reload(n)
	}
	after := measure(t, s.edge)
	for range 50 { // connections come and go with the load: what is left behind stays
		if !after.exceeds(before) {
			break
		}
		after = measure(t, s.edge)
	}
	s.stopLoad()
	t.Logf("%d reloads, %d requests, %d connections; before %+v, after %+v", reloads, s.requests.Load(), s.connections.Load(), before, after)
	if n := s.requests.Load(); n < int64(reloads) {
		t.Errorf("got %d requests, want some with each reload", n)
	}
	if after.exceeds(before) {
		t.Errorf("left behind: before %+v, after %+v", before, after)
	}
}

// A storm is an edge that is reloaded, and its viewers.
type storm struct {
	t      *testing.T
	dir    string
	origin string
	edge   *edge

	plain, secure, passing string // addresses; the last comes and goes
	busy                   net.Listener

	stop                  chan struct{}
	viewers               sync.WaitGroup
	requests, connections atomic.Int64
}

func newStorm(t *testing.T) *storm {
	s := &storm{t: t, dir: t.TempDir(), plain: freeAddress(t), secure: freeAddress(t), passing: freeAddress(t), stop: make(chan struct{})}
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Header.Get("X-Generation")+" "+r.Header.Get("X-Secret")) // as the configuration has the origin sent them
	}))
	t.Cleanup(origin.Close)
	s.origin = strings.TrimPrefix(origin.URL, "http://")
	var err error
	if s.busy, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.busy.Close() })
	s.write(0)
	file := filepath.Join(s.dir, "edge.yaml")
	load := func() (*config.Config, config.Diagnostics) { return examine(config.Load(file)) }
	cfg, problems := load()
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	s.edge, err = startEdge(cfg, edgeOptions{
		console: console{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, delay: noDelay},
		logger:  slog.New(slog.DiscardHandler), files: []string{file}, load: load,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.edge.stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// refused says in which way the configuration n is wrong; 0 if it is not.
func refused(n int) int {
	if n%3 != 2 {
		return 0
	}
	return n/3%6 + 1
}

// reload writes the configuration n, has the edge load it and looks at the end.
func (s *storm) reload(n int) {
	s.t.Helper()
	s.write(n)
	want := metrics.ReloadOK
	switch refused(n) {
	case 1, 2, 3:
		want = metrics.ReloadInvalid
	case 4, 5, 6:
		want = metrics.ReloadFailed
	}
	done, err := s.edge.reload()
	if err != nil || done.result != want {
		s.t.Fatalf("reload %d: got %v, %v, %v; want %v\n%s", n, done.result, done.err, err, want, done.problems)
	}
}

// write writes the configuration n and its files.
func (s *storm) write(n int) {
	cert, key := s.certificate(n)
	s.file("secret", fmt.Sprintf("secret%d\n", n))
	listen := fmt.Sprintf("{address: %q}, {address: %q, tls: {cert: %q, key: %q}}", s.plain, s.secure, cert, key)
	if n%20 < 10 {
		listen += fmt.Sprintf(", {address: %q}", s.passing)
	}
	var more, secretFile, engine = "", filepath.Join(s.dir, "secret"), "auto"
	switch refused(n) {
	case 1:
		more = "\tnot YAML"
	case 2:
		more = "      - {path_pattern: /, target_origin_id: absent, cache_policy_id: CachingOptimized}"
	case 3:
		engine = "goroutine"
	case 4:
		listen += fmt.Sprintf(", {address: %q}", s.busy.Addr())
	case 5:
		secretFile = filepath.Join(s.dir, "absent")
	case 6:
		s.file(filepath.Base(key), "no key")
	}
	s.file("edge.yaml", fmt.Sprintf(`version: 1
server:
  listen: [%[1]s]
  admin: "127.0.0.1:0"
  engine: %[2]s
  geo: {places: {192.0.2.0/24: {country: DE}}}
ip_sets:
  some%[3]d: {ip_address_version: IPV4, addresses: [192.0.2.%[4]d/32]}
web_acls:
  acl%[3]d:
    default_action: allow
    rules:
      blocked:
        priority: 1
        action: block
        statement: {ip_set_reference_statement: {ip_set: some%[3]d}}
      rate%[3]d:
        priority: 2
        action: block
        statement: {rate_based_statement: {limit: 1000000, aggregate_key_type: IP}}
response_headers_policies:
  generation: {custom_headers_config: {X-Generation: {value: "%[3]d", override: true}}}
distributions:
  site:
    aliases: [always.test, "name%[3]d.test"]
    web_acl_id: acl%[3]d
    logging: {path: %[5]q}
    origins:
      origin:
        domain_name: origin.test
        connect_to: %[6]q
        custom_origin_config: {origin_protocol_policy: http-only}
        custom_headers: {X-Generation: "%[3]d", X-Secret: {from_file: %[7]q}}
      extra%[3]d: {domain_name: extra.test, health_check: {type: tcp, port: 9}, concurrency: {max_requests: 5}}
    cache_behaviors:
      - {path_pattern: /kept, target_origin_id: origin, cache_policy_id: CachingOptimized, response_headers_policy_id: generation}
      - {path_pattern: "/extra%[3]d/*", target_origin_id: extra%[3]d, cache_policy_id: CachingOptimized}
%[8]s
    default_cache_behavior:
      target_origin_id: origin
      cache_policy_id: CachingDisabled
      response_headers_policy_id: generation
`, listen, engine, n, n%256, filepath.Join(s.dir, fmt.Sprintf("log%d", n%7)), s.origin, secretFile, more))
}

func (s *storm) file(name, text string) {
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// certificate writes a certificate of the configuration n and returns its files.
func (s *storm) certificate(n int) (cert, key string) {
	chain, private := pair("always.test", int64(n+1), time.Now().Add(time.Hour))
	s.file("cert.pem", chain)
	s.file("key.pem", private)
	return filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem")
}

// startLoad has viewers ask all the time: over connections that stay, and over
// such that end after a few requests.
func (s *storm) startLoad(t *testing.T) {
	for _, v := range []stormViewer{
		{address: s.plain, each: 1 << 30}, {address: s.plain, each: 5},
		{address: s.secure, each: 1 << 30, tls: true}, {address: s.secure, each: 5, tls: true},
	} {
		s.viewers.Go(func() {
			defer v.close()
			for n := 0; ; n++ {
				select {
				case <-s.stop:
					return
				case <-time.After(time.Millisecond): // the reloads are to have their turn
				}
				path := "/passed"
				if n%2 == 0 {
					path = "/kept"
				}
				if err := v.get(s, path); err != nil {
					t.Errorf("request %d of %+v: %v", n, v, err)
					return
				}
				s.requests.Add(1)
			}
		})
	}
}

func (s *storm) stopLoad() {
	close(s.stop)
	s.viewers.Wait()
}

// A stormViewer sends each request once: what is not answered is lost.
type stormViewer struct {
	address string
	tls     bool
	each    int // requests of a connection

	conn net.Conn
	in   *bufio.Reader
	sent int
}

func (v *stormViewer) close() {
	if v.conn != nil {
		v.conn.Close()
		v.conn, v.sent = nil, 0
	}
}

func (v *stormViewer) get(s *storm, path string) error {
	if v.sent == v.each {
		v.close()
	}
	if v.conn == nil {
		c, err := net.DialTimeout("tcp", v.address, patience)
		if err != nil {
			return err
		}
		if v.tls {
			c = tls.Client(c, &tls.Config{ServerName: "always.test", InsecureSkipVerify: true}) // the certificate signs itself
		}
		v.conn, v.in = c, bufio.NewReader(c)
		s.connections.Add(1)
	}
	v.conn.SetDeadline(time.Now().Add(patience))
	v.sent++
	if _, err := fmt.Fprintf(v.conn, "GET %s HTTP/1.1\r\nHost: always.test\r\n\r\n", path); err != nil {
		return err
	}
	r, err := http.ReadResponse(v.in, nil)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	generation := r.Header.Get("X-Generation")
	switch {
	case r.StatusCode != 200 || r.Close || generation == "":
		return fmt.Errorf("got %d %q, close %v, generation %q", r.StatusCode, content, r.Close, generation)
	case path == "/passed" && !strings.HasPrefix(string(content), generation+" secret"):
		return fmt.Errorf("generation %s answers with what the origin was sent by another: %q", generation, content)
	}
	return nil
}

// What an edge takes of its process.
type footprint struct {
	goroutines, descriptors, series int
	heap                            uint64
}

// exceeds reports whether f is more than what the load may change of before.
func (f footprint) exceeds(before footprint) bool {
	return f.goroutines > before.goroutines+4 || f.descriptors > before.descriptors+4 ||
		f.series > before.series+20 || f.heap > before.heap+4<<20
}

// measure collects garbage until what is given up is gone.
func measure(t *testing.T, e *edge) (f footprint) {
	t.Helper()
	for range 5 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond) // cleanups run, and connections drain
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap, f.goroutines = m.HeapAlloc, runtime.NumGoroutine()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) { // only Linux has it
		t.Fatal(err)
	}
	f.descriptors = len(entries)
	w := httptest.NewRecorder()
	e.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	f.series = strings.Count(w.Body.String(), "\n")
	return f
}
