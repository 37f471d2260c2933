//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
)

// A program is the program in a process of its own.
type program struct {
	*exec.Cmd
	log    string // the file that it prints to
	exited chan struct{}
}

// startProgram runs the program with descriptors 3 and up.
func startProgram(t *testing.T, env []string, files []*os.File, args ...string) *program {
	t.Helper()
	// A file and not a pipe, which would be open for as long as the last child.
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p := &program{exec.Command(os.Args[0], args...), log.Name(), make(chan struct{})}
	p.Env = append(append(withoutInheritance(os.Environ()), envAsProgram+"=1", "XDG_CONFIG_HOME="+t.TempDir()), env...)
	p.Stdout, p.Stderr, p.ExtraFiles = log, log, files
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.exited
		if text, _ := os.ReadFile(p.log); t.Failed() {
			t.Logf("output of the program:\n%s", text)
		}
	})
	return p
}

// processStart returns what the admin listener says about the process that serves.
func processStart(v *viewer, admin string) string {
	response, err := v.Get("http://" + admin + "/metrics")
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return regexp.MustCompile(`(?m)^process_start_time_seconds \S+`).FindString(string(text))
}

func waitReady(t *testing.T, v *viewer, admin string) {
	t.Helper()
	eventually(t, func() bool {
		response, err := v.Get("http://" + admin + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == 200
	}, func() string { return "an edge that is ready" })
}

// heldUp is how long a viewer that asks at once takes only where a machine stops; a
// process that ends keeps connections without a request for as long.
const heldUp = 100 * time.Millisecond

// TestUpgrade: with requests all the time, new connections among them, a process
// takes the place of another, and no request fails (reliability Z17).
func TestUpgrade(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer origin.Close()
	edge, admin := freeAddress(t), freeAddress(t)
	text := strings.NewReplacer(`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), `"127.0.0.1:0"`, strconv.Quote(edge)).
		Replace(edgeConfig(origin.URL, ""))
	file := writeFile(t, "edge.yaml", text)
	p := startProgram(t, nil, nil, "run", "-f", file)
	v := newViewer(t)
	v.Client.Transport.(*http.Transport).DisableKeepAlives = true // each question to whoever answers then
	waitReady(t, v, admin)
	first := processStart(v, admin)

	stop, sent := make(chan struct{}), atomic.Int32{}
	var viewers sync.WaitGroup
	for i := range 8 {
		viewers.Go(func() {
			transport := &http.Transport{DisableKeepAlives: i%2 == 0}
			defer transport.CloseIdleConnections()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				r, _ := http.NewRequest("GET", "http://"+edge+fmt.Sprintf("/stored?%d", n%50), nil)
				begin := time.Now()
				response, err := transport.RoundTrip(r)
				if err != nil && time.Since(begin) > heldUp {
					continue // and its connection was idle for longer than one is kept
				}
				if err != nil {
					t.Errorf("viewer %d, request %d: %v", i, n, err)
					return
				}
				content, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || response.StatusCode != 200 || string(content) != "hello" {
					t.Errorf("viewer %d, request %d: got %d %q, %v", i, n, response.StatusCode, content, err)
					return
				}
				sent.Add(1)
			}
		})
	}
	eventually(t, func() bool { return sent.Load() > 100 || t.Failed() }, func() string { return "requests" })
	p.Process.Signal(syscall.SIGUSR2)
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Error("the old process has not ended")
	}
	after := sent.Load() + 100
	eventually(t, func() bool { return sent.Load() > after || t.Failed() }, func() string { return "requests after the upgrade" })
	close(stop)
	viewers.Wait()
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the old process: got exit code %d, want 0", code)
	}
	second := processStart(v, admin)
	if second == first || !strings.HasPrefix(second, "process_start") {
		t.Errorf("who answers: got %s after %s, want another process", second, first)
	}
	endNew(t, p, admin)
}

// endNew ends the process that has taken the place of p, which is no child of
// the test.
func endNew(t *testing.T, p *program, admin string) {
	t.Helper()
	text, _ := os.ReadFile(p.log)
	found := regexp.MustCompile(`"?pid"?[=:](\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no process id in %s", text)
	}
	pid, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		c, err := net.Dial("tcp", admin)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, func() string { return "the end of the new process" })
}

// TestUpgradeFails: a new process that does not start changes nothing.
func TestUpgradeFails(t *testing.T) {
	edge, admin := freeAddress(t), freeAddress(t)
	text := strings.NewReplacer(`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), `"127.0.0.1:0"`, strconv.Quote(edge)).
		Replace(edgeConfig("http://127.0.0.1:1", ""))
	file := writeFile(t, "edge.yaml", text)
	p := startProgram(t, nil, nil, "run", "-f", file, "--log-format", "json")
	v := newViewer(t)
	waitReady(t, v, admin)
	first := processStart(v, admin)
	if err := os.WriteFile(file, []byte("version: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Process.Signal(syscall.SIGUSR2)
	eventually(t, func() bool {
		text, _ := os.ReadFile(p.log)
		return strings.Contains(string(text), "upgrade failed")
	}, func() string { return "word of the failure" })
	if got := processStart(v, admin); got != first {
		t.Errorf("who answers: got %s, want %s", got, first)
	}
	if got := v.get("http://" + edge + "/passed"); got.StatusCode != 502 {
		t.Errorf("after the failure: got %d, want an answer, 502", got.StatusCode)
	}
	p.Process.Signal(syscall.SIGTERM)
	<-p.exited
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// TestStopDuringUpgrade: a process that is to stop while a new one starts ends
// that one too.
func TestStopDuringUpgrade(t *testing.T) {
	edge, admin := freeAddress(t), freeAddress(t)
	text := strings.NewReplacer(`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), `"127.0.0.1:0"`, strconv.Quote(edge)).
		Replace(edgeConfig("http://127.0.0.1:1", ""))
	file := writeFile(t, "edge.yaml", text)
	p := startProgram(t, nil, nil, "run", "-f", file)
	v := newViewer(t)
	waitReady(t, v, admin)
	os.Remove(file)
	if err := syscall.Mkfifo(file, 0o600); err != nil { // who reads it waits
		t.Fatal(err)
	}
	p.Process.Signal(syscall.SIGUSR2)
	eventually(t, func() bool {
		text, _ := os.ReadFile(p.log)
		return strings.Contains(string(text), "a new process is started")
	}, func() string { return "an upgrade" })
	p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatal("still running")
	}
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if c, err := net.Dial("tcp", edge); err == nil {
		c.Close()
		t.Error("another process has the sockets")
	}
}

// TestSocketActivation: a process that systemd has started serves those that had
// connected before.
func TestSocketActivation(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	early, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	early.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(early, "GET /passed HTTP/1.1\r\nHost: localhost\r\n\r\n")
	passed, err := socketFile(l, "web")
	if err != nil {
		t.Fatal(err)
	}
	defer passed.Close()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	unused, err := socketFile(other, "metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer unused.Close()
	other.Close()

	told, notifications := notifySocket(t)
	text := strings.Replace(edgeConfig("http://127.0.0.1:1", ""), `address: "127.0.0.1:0"`, fmt.Sprintf("address: %q", l.Addr()), 1)
	file := writeFile(t, "edge.yaml", text)
	p := startProgram(t, []string{
		envListenFDs + "=2", envListenNames + "=web:metrics", envParent + "=" + strconv.Itoa(os.Getpid()), "NOTIFY_SOCKET=" + told,
	}, []*os.File{passed, unused}, "run", "-f", file)
	r, err := http.ReadResponse(bufio.NewReader(early), nil)
	if err != nil || r.StatusCode != 502 {
		t.Errorf("who had connected before: got %v, %v, want 502", r, err)
	}
	if got := <-notifications; got != "READY=1" {
		t.Errorf("notification: got %q, want READY=1", got)
	}
	eventually(t, func() bool {
		text, _ := os.ReadFile(p.log)
		return strings.Contains(string(text), "descriptor 4 (metrics)") && !strings.Contains(string(text), "descriptor 3")
	}, func() string { return "a warning about the socket that nothing uses" })
}

// notifySocket returns a socket for sd_notify(3) and the first message on it.
func notifySocket(t *testing.T) (path string, messages <-chan string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "gf") // a short path: socket names have 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = dir + "/notify"
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	c.SetReadDeadline(time.Now().Add(patience))
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1<<10)
		n, err := c.Read(b)
		if err != nil {
			b, n = []byte(err.Error()), len(err.Error())
		}
		got <- string(b[:n])
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return path, got
}

// TestUpgradeWithDisk: what two processes cannot share is said before one is
// started.
func TestUpgradeWithDisk(t *testing.T) {
	text := edgeConfig("http://127.0.0.1:1", "")
	text = strings.Replace(text, "distributions:", fmt.Sprintf("cache: {disk: {path: %q}}\ndistributions:", t.TempDir()), 1)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
	p.url("viewers")
	p.signals <- syscall.SIGUSR2
	eventually(t, func() bool { return strings.Contains(p.stderr.String(), errUpgradeDisk.Error()) },
		func() string { return "the reason in " + p.stderr.String() })
	p.signals <- syscall.SIGTERM
	if code := p.wait(); code != exitOK {
		t.Errorf("got %d, want 0", code)
	}
}

// TestAwaitReady: who waits for a child that is slow, or that ends.
func TestAwaitReady(t *testing.T) {
	for _, tt := range []struct {
		name, said string
		closed     bool
		want       string
	}{
		{"ready", readyWord, false, ""},
		{"ended", "", true, "ended before"},
		{"ended in the middle", "re", true, "ended before"},
		{"silent", "", false, "not ready in time"},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, tt.said)
		if tt.closed {
			w.Close()
		}
		ctx, cancel := context.WithCancel(t.Context())
		if tt.said == "" && !tt.closed {
			cancel()
		}
		err = awaitReady(ctx, r)
		cancel()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		w.Close()
		r.Close()
	}
}

// TestUnixSocketIsHandedOver: the file of an admin socket stays for the process
// that has taken it over.
func TestUnixSocketIsHandedOver(t *testing.T) {
	l, err := net.Listen("unix", t.TempDir()+"/a")
	if err != nil {
		t.Fatal(err)
	}
	f, err := socketFile(l, "web")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	again, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	e := &edge{admin: l, operators: &http.Server{}}
	e.leave()
	l.Close()
	if _, err := os.Stat(l.Addr().String()); errors.Is(err, os.ErrNotExist) {
		t.Error("the socket's file is gone")
	}
	if !listensAt(again.Addr(), "unix:"+l.Addr().String()) {
		t.Errorf("%v is not what the configuration has", again.Addr())
	}
}

// TestNoReloadAfterUpgrade: a reload that came during an upgrade is not done by the
// process that has been replaced, whose answer would be worth nothing.
func TestNoReloadAfterUpgrade(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{admin: l, operators: &http.Server{}, options: edgeOptions{load: func() (*config.Config, config.Diagnostics) {
		panic("the configuration is read")
	}}}
	e.state.Store(int32(stateReady))
	e.changing.Lock() // the upgrade
	asked := make(chan error)
	go func() {
		_, err := e.reload()
		asked <- err
	}()
	e.leave()
	e.changing.Unlock()
	if err := <-asked; !errors.Is(err, errStopping) {
		t.Errorf("got %v, want %v", err, errStopping)
	}
}
