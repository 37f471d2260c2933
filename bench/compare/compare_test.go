//go:build linux

package main

import (
	"bufio"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestParseWrk(t *testing.T) {
	tests := []struct {
		name, in string
		want     load
	}{
		{
			"clean", `Running 1s test @ http://127.0.0.1:9001/b/1k
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms  201.22us   5.01ms   93.10%
  60635 requests in 1.10s, 98.82MB read
Requests/sec:  55122.73
Transfer/sec:     89.84MB
`, load{requests: 60635, elapsed: 1100 * time.Millisecond},
		},
		{
			"errors", `  1000 requests in 1.00s, 1.00MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 12
`, load{requests: 988, elapsed: time.Second, errors: 22},
		},
	}
	for _, test := range tests {
		if got, err := parseWrk(test.in); err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v, for:\n%s", test.name, got, err, test.want, test.in)
		}
	}
	if got, err := parseWrk("unable to connect to 127.0.0.1:9001 Connection refused\n"); err == nil {
		t.Errorf("no figures: got %+v, want an error", got)
	}
}

func TestParseH2load(t *testing.T) {
	const in = `starting benchmark...
finished in 1.02s, 9991.00 req/s, 17.21MB/s
requests: 10000 total, 9999 started, 9998 done, 9990 succeeded, 5 failed, 2 errored, 1 timeout
status codes: 9990 2xx, 0 3xx, 0 4xx, 5 5xx
`
	want := load{requests: 9990, elapsed: 1020 * time.Millisecond, errors: 8}
	if got, err := parseH2load(in); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v, for:\n%s", got, err, want, in)
	}
}

func TestParseHandshakes(t *testing.T) {
	want := load{requests: 7, elapsed: 1500 * time.Millisecond, errors: 2}
	if got, err := toolHandshakes.parse("7 handshakes, 2 errors, 1500000000 ns\n"); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestLatencies(t *testing.T) {
	var log strings.Builder
	for us := 100; us >= 1; us-- {
		log.WriteString("1764257964000000\t200\t" + time.Duration(us).String()[:len(time.Duration(us).String())-2] + "\n")
	}
	p50, p99, err := latencies(log.String())
	if err != nil || p50 != 50*time.Microsecond || p99 != 99*time.Microsecond {
		t.Errorf("of 1 to 100 µs: got %v, %v, %v, want 50µs, 99µs", p50, p99, err)
	}
	if _, _, err := latencies(""); err == nil {
		t.Error("an empty log: got no error")
	}
}

func TestReadAnswer(t *testing.T) {
	const in = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nAge: 3\r\n\r\nbodynext"
	var content strings.Builder
	got, err := readAnswer(bufio.NewReader(strings.NewReader(in)), &content)
	want := answer{status: 200, fields: 2, head: len(in) - len("bodynext"), body: 4}
	if err != nil || got != want || content.String() != "body" {
		t.Errorf("got %+v with %q, %v, want %+v, for %q", got, content.String(), err, want, in)
	}
	for _, in := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod", // cut
		"HTTP/1.1 200 OK\r\n\r\n",                         // no length
		"SSH-2.0-OpenSSH\r\n",
		"",
	} {
		if got, err := readAnswer(bufio.NewReader(strings.NewReader(in)), io.Discard); err == nil {
			t.Errorf("got %+v, want an error, for %q", got, in)
		}
	}
}

func TestPlausible(t *testing.T) {
	hits, passed := &workload{}, &workload{passes: true}
	tests := []struct {
		name  string
		w     *workload
		l     load
		asked int64
		fine  bool
	}{
		{"hits", hits, load{requests: 5000}, 0, true},
		{"a few misses", hits, load{requests: 5000}, 6, true},
		{"misses", hits, load{requests: 5000}, 7, false},
		{"passed", passed, load{requests: 5000}, 5020, true},
		{"hits instead", passed, load{requests: 5000}, 4999, false},
		{"an error", hits, load{requests: 5000, errors: 1}, 0, false},
		{"nothing", hits, load{}, 0, false},
	}
	for _, test := range tests {
		if err := plausible(test.w, test.l, test.asked); (err == nil) != test.fine {
			t.Errorf("%s: %d answers, origin asked %d times: got %v", test.name, test.l.requests, test.asked, err)
		}
	}
}

// TestRatio shows why ratios are made round by round: the machine was half
// as fast in the second one, for both.
func TestRatio(t *testing.T) {
	slow := &row{samples: []sample{{cpu: 10}, {cpu: 20}, {cpu: 10}}}
	fast := &row{samples: []sample{{cpu: 5}, {cpu: 10}, {cpu: 4}}}
	if got, ok := ratio(fast, slow, cpuOf); !ok || got != 0.5 {
		t.Errorf("got %v, %v, want 0.5", got, ok)
	}
	if got, ok := ratio(&row{fault: "ended"}, slow, cpuOf); ok {
		t.Errorf("of a row with a fault: got %v", got)
	}
	if got, ok := ratio(fast, nil, cpuOf); ok {
		t.Errorf("to nothing: got %v", got)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}, {[]float64{9, 1, 2, 4}, 3}} {
		var samples []sample
		for _, x := range test.in {
			samples = append(samples, sample{cpu: x})
		}
		if got := median(samples, cpuOf); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%v: got %v, want %v", test.in, got, test.want)
		}
	}
}

func TestReplaceBetween(t *testing.T) {
	const document = "# Title\n" + sectionBegin + "\nold\n" + sectionEnd + "\nrest\n"
	const want = "# Title\n" + sectionBegin + "\nnew\n" + sectionEnd + "\nrest\n"
	if got, err := replaceBetween(document, "new\n\n"); err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := replaceBetween("# Title\n", "new"); err == nil {
		t.Errorf("a document without marks: got %q", got)
	}
}

// TestReadmeHasMarks keeps -readme working.
func TestReadmeHasMarks(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replaceBetween(string(readme), ""); err != nil {
		t.Errorf("README.md: %v", err)
	}
}

// TestRender fills every template in.
func TestRender(t *testing.T) {
	b := &bench{dir: "/work", ports: map[string]string{}}
	folder, err := kit.ReadDir("conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folder {
		for _, server := range []string{"any", "overlay", "unguarded"} {
			text, err := b.render(f.Name(), server)
			if err != nil || strings.Contains(text, "@port") || strings.Contains(text, "@dir") {
				t.Errorf("%s for %s: %v in:\n%s", f.Name(), server, err, text)
			}
		}
	}
	if b.ports["groundfront"] == "" || b.ports["groundfront"] == b.ports["overlay"] {
		t.Errorf("groundfront and overlay have the ports %q and %q", b.ports["groundfront"], b.ports["overlay"])
	}
}

// TestNames looks for slips in the tables.
func TestNames(t *testing.T) {
	known := map[string]bool{}
	for _, s := range servers {
		known["server "+s.name] = true
	}
	for _, w := range workloads {
		if known[w.name] {
			t.Errorf("two workloads are called %s", w.name)
		}
		known[w.name] = true
	}
	for _, p := range peers {
		known["peer "+p.name] = true
		if !known["server "+p.server] || p.front != "" && !known["server "+p.front] {
			t.Errorf("%s: no server %q or %q", p.name, p.server, p.front)
		}
	}
	for _, g := range goals {
		if !known[g.workload] || g.against != "" && !known["peer "+g.against] {
			t.Errorf("%s: no workload %q or peer %q", g.name, g.workload, g.against)
		}
	}
	for _, w := range workloads {
		floors := 0
		for _, p := range peers {
			if p.name == floor && p.takesPart(&w) {
				floors++
			}
		}
		if floors > 1 {
			t.Errorf("%s: %d floors take part", w.name, floors)
		}
	}
}

func TestContent(t *testing.T) {
	for _, n := range []int{1 << 10, 16 << 10, 256 << 10} {
		if got := content(n); len(got) != n {
			t.Errorf("got %d bytes, want %d", len(got), n)
		}
	}
}

// TestStop ends a process that does not listen, and its child.
func TestStop(t *testing.T) {
	for _, program := range []string{"sh", "sleep"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := startProcess("stubborn", t.TempDir()+"/out", "sh", "-c", "trap '' TERM; echo ready; sleep 1000 & wait; wait")
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(p.tail(), "ready") || len(family(p.cmd.Process.Pid)) < 2 {
		time.Sleep(time.Millisecond) // until the shell has come that far
	}
	all := family(p.cmd.Process.Pid)
	u, err := usageOf([]*process{p})
	if err != nil || u.cpu <= 0 || len(u.kins) != 2 {
		t.Fatalf("usage: got %+v, %v, want some of two processes", u, err)
	}
	if _, err := u.since(usage{kins: u.kins[:1]}); !errors.Is(err, errFamily) {
		t.Errorf("since a time with fewer processes: got %v, want errFamily", err)
	}
	if m, err := memory([]*process{p}); err != nil || m <= 0 {
		t.Errorf("memory: got %d, %v", m, err)
	}
	p.stop(10 * time.Millisecond)
	for all[1].runs() { // a killed process takes a moment to end
		time.Sleep(time.Millisecond)
	}
	if all[0].runs() {
		t.Errorf("process %d runs", all[0].pid)
	}
}
