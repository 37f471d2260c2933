//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A flood is many viewers that ask for large content of an origin which stops in the
// middle of each response until it is released.
type flood struct {
	origin  *httptest.Server
	edge    string
	large   []byte
	release chan struct{}
	asked   atomic.Int64
	refused atomic.Int64 // with 503 and Retry-After

	mu   sync.Mutex
	held []*heldViewer
}

// A heldViewer has the head of its response, and waits for the rest.
type heldViewer struct {
	net.Conn
	response *http.Response
}

func newFlood(t *testing.T, edge string) *flood {
	f := &flood{edge: edge, large: bytes.Repeat([]byte("large content "), 10<<10), release: make(chan struct{})}
	f.origin = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		if !strings.HasPrefix(r.URL.Path, "/large/") {
			io.WriteString(w, "small")
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(f.large)))
		half := len(f.large) / 2
		w.Write(f.large[:half])
		w.(http.Flusher).Flush()
		select {
		case <-f.release:
			w.Write(f.large[half:])
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() {
		for _, h := range f.held {
			h.Close()
		}
		f.origin.Close()
	})
	return f
}

// run asks for one thing after another, until ctx ends.
func (f *flood) run(t *testing.T, ctx context.Context) {
	for ctx.Err() == nil {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", f.edge)
		if err != nil {
			return // ctx has ended
		}
		stop := context.AfterFunc(ctx, func() { c.Close() })
		fmt.Fprintf(c, "GET /large/%d HTTP/1.1\r\nHost: localhost\r\n\r\n", f.asked.Add(1))
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		switch {
		case !stop():
			return
		case err != nil:
			t.Errorf("response %d of the flood: %v", f.asked.Load(), err)
			c.Close()
			return
		case response.StatusCode == 200:
			f.mu.Lock()
			f.held = append(f.held, &heldViewer{c, response})
			f.mu.Unlock()
			continue
		case response.StatusCode == 503 && response.Header.Get("Retry-After") != "":
			f.refused.Add(1)
		default:
			t.Errorf("a viewer of the flood: got %d %v, want 200, or 503 with Retry-After", response.StatusCode, response.Header)
		}
		c.Close()
	}
}

// metric returns a value of the exposition format, -1 if it is not there.
func metric(exposition, name string) float64 {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(exposition)
	if m == nil {
		return -1
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return -1
	}
	return n
}

// TestFlood: an edge with little memory is flooded with misses of large content and
// with connections. It gives up what belongs to the level, answers hits all the time,
// stays below its limit, and when the flood is over all is as it was (reliability D4,
// D6, Z13).
func TestFlood(t *testing.T) {
	const limit = 64 << 20
	edge, admin := freeAddress(t), freeAddress(t)
	f := newFlood(t, edge)
	text := strings.NewReplacer(`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), `"127.0.0.1:0"`, strconv.Quote(edge),
		"origin_protocol_policy: http-only", "origin_protocol_policy: http-only, origin_read_timeout: 120s"). // longer than the flood
		Replace(edgeConfig(f.origin.URL, `  overload:
    memory: {limit: 64MiB, stop_filling: 50, shed: 55, only_hits: 60, stop_accepting: 95}`)) + "cache: {memory: {max_size: 8MiB}}\n"
	p := startProgram(t, []string{"GOMEMLIMIT=", "GOGC="}, nil, "run", "-f", writeFile(t, "edge.yaml", text))
	v := newViewer(t)
	waitReady(t, v, admin)
	metrics := func() string { return v.get("http://" + admin + "/metrics").content }
	hit := func(when string) {
		t.Helper()
		if got := v.get("http://" + edge + "/hit"); got.StatusCode != 200 || got.Header.Get("X-Cache") != "Hit from cloudfront" {
			t.Errorf("%s: got %d %q, want a hit", when, got.StatusCode, got.Header.Get("X-Cache"))
		}
	}
	v.get("http://" + edge + "/hit")
	hit("before the flood")
	idle := make([]net.Conn, 100)
	for i := range idle {
		c, err := net.Dial("tcp", edge)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		idle[i] = c
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() { f.run(t, ctx) })
	}
	most, highest := 0.0, 0.0
	for (f.refused.Load() < 50 || highest < 3) && ctx.Err() == nil { // the level was seen, too
		m := metrics()
		most = max(most, metric(m, "go_memstats_heap_inuse_bytes")+metric(m, "go_memstats_stack_inuse_bytes"))
		highest = max(highest, metric(m, "groundfront_overload_level"))
		hit("in the flood")
		time.Sleep(10 * time.Millisecond) // the processors are the flood's
	}
	cancel()
	running.Wait()
	hit("when the flood was refused")
	m := metrics()
	if highest < 3 || f.refused.Load() < 50 || metric(m, `groundfront_shed_total{what="request"}`) < 50 {
		t.Errorf("got level %v and %d refused of %d, want at least 3 and 50; metrics: %s", highest, f.refused.Load(), f.asked.Load(), m)
	}
	if most > limit {
		t.Errorf("got %.0f bytes of heap and stacks, want at most %d", most, limit)
	}
	for i, c := range idle {
		c.SetReadDeadline(time.Now().Add(patience))
		if n, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("idle connection %d: got %d bytes, %v, want that it has ended", i, n, err)
		}
	}

	close(f.release)
	for i, h := range f.held {
		h.SetReadDeadline(time.Now().Add(patience))
		if content, err := io.ReadAll(h.response.Body); err != nil || !bytes.Equal(content, f.large) {
			t.Fatalf("viewer %d of %d that was answered before: got %d bytes, %v, want %d", i, len(f.held), len(content), err, len(f.large))
		}
		h.Close()
	}
	eventually(t, func() bool { return metric(metrics(), "groundfront_overload_level") == 0 }, func() string { return "the normal level" })
	stored := func(when string) { // what was evicted for the flood's content is stored again
		t.Helper()
		v.get("http://" + edge + "/hit")
		hit(when)
	}
	stored("after the flood")
	for _, path := range []string{"/large/after", "/after"} {
		if got := v.get("http://" + edge + path); got.StatusCode != 200 {
			t.Errorf("%s after the flood: got %d, want 200", path, got.StatusCode)
		}
	}
	stored("at last")
	select {
	case <-p.exited:
		t.Error("the edge has ended")
	default:
	}
	if got := metric(metrics(), "groundfront_panics_total"); got != 0 {
		t.Errorf("got %v panics", got)
	}
}
