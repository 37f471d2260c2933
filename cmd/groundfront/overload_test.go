package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/groundfront/groundfront/config"
)

// TestMemoryBudget: what the process may have, by what the system says.
func TestMemoryBudget(t *testing.T) {
	files := func(pairs ...string) fstest.MapFS {
		all := fstest.MapFS{}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
		}
		return all
	}
	machine := "MemFree: 1 kB\nMemTotal:       1000 kB\n"
	for _, tt := range []struct {
		name       string
		configured config.Size
		root       fstest.MapFS
		want       int64
	}{
		{"nothing is known", 0, files(), 0},
		{"configured", 777, files("proc/meminfo", machine), 777},
		{"a machine", 0, files("proc/meminfo", machine), 921600},
		{"a container", 0, files("proc/meminfo", machine, "proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "100000\n"), 90000},
		{"without a limit", 0, files("proc/meminfo", machine, "proc/self/cgroup", "0::/a\n", "sys/fs/cgroup/a/memory.max", "max\n"), 921600},
		{"a slice of a limited one", 0, files("proc/meminfo", machine, "proc/self/cgroup", "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max", "max\n", "sys/fs/cgroup/a/memory.max", "200000\n"), 180000},
		{"version 1", 0, files("proc/meminfo", machine, "proc/self/cgroup", "5:cpu:/x\n4:memory:/y\n", "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712", "sys/fs/cgroup/memory/y/memory.limit_in_bytes", "300000"), 270000},
		{"more than there is", 0, files("proc/meminfo", machine, "proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "100000000\n"), 921600},
	} {
		if got := memoryBudget(tt.configured, func(string) string { return "" }, tt.root); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestOverload: a process whose memory is short says so, and goes on (reliability
// D6, Z13).
func TestOverload(t *testing.T) {
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", withServer(edgeConfig("http://127.0.0.1:1", ""), "overload: {memory: {limit: 1KiB}}")))
	v, content := newViewer(t), ""
	for !strings.Contains(content, "groundfront_overload_level 4\n") && t.Context().Err() == nil { // the first reading takes a moment
		content = v.get(p.url("admin") + "/metrics").content
	}
	if want := "there is less memory than a full cache takes"; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("log: got %s, want %q", &p.stderr, want)
	}
	if want := `groundfront_shed_total{what="request"} 0`; !strings.Contains(content, want) {
		t.Errorf("metrics: want %q", want)
	}
	if got := v.get(p.url("admin") + "/healthz"); got.StatusCode != 200 {
		t.Errorf("/healthz: got %d, want 200", got.StatusCode)
	}
}

// TestOverloadOfProcessors: where work waits for a processor for longer than the
// configuration has it, the origin is not asked, and is again when that is over
// (reliability D6).
func TestOverloadOfProcessors(t *testing.T) {
	var wait atomic.Int64 // in milliseconds
	delay := func() float64 { return float64(wait.Load()) / 1000 }
	p := startDelayed(t, delay, "run", "-f", writeFile(t, "edge.yaml", withServer(edgeConfig(echoOrigin(t, "hello"), ""), "overload: {cpu: {shed: 20, only_hits: 40}}")))
	v, edge := newViewer(t), p.url("viewers")
	for _, step := range []struct {
		wait   int64
		status int
	}{{0, 200}, {40, 503}, {0, 200}} {
		wait.Store(step.wait)
		eventually(t, func() bool { return v.get(edge+"/passed").StatusCode == step.status },
			func() string { return fmt.Sprintf("%d where work waits %d ms", step.status, step.wait) })
	}
}
