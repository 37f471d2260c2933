//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A held writer takes nothing until it is released.
type held struct {
	release chan struct{}
	text    bytes.Buffer
}

func (h *held) Write(p []byte) (int, error) {
	<-h.release
	return h.text.Write(p)
}

// TestOutlet: what is written waits up to a bound, in order; the rest is counted.
func TestOutlet(t *testing.T) {
	h := &held{release: make(chan struct{})}
	o := newOutlet(h)
	line := []byte(strings.Repeat("x", 1023) + "\n")
	const lines = 3000
	for range lines {
		if n, err := o.Write(line); n != len(line) || err != nil {
			t.Fatalf("got %d, %v, want all of it taken", n, err)
		}
	}
	close(h.release)
	o.close()
	written, dropped := h.text.Len()/len(line), int(o.dropped.Load())
	if written+dropped != lines || written < maxWaiting/len(line) || written > 2*maxWaiting/len(line)+1 {
		t.Errorf("got %d lines written and %d dropped, want %d together and about %d written", written, dropped, lines, maxWaiting/len(line))
	}
	if strings.Trim(h.text.String(), "x\n") != "" || h.text.Len()%len(line) != 0 {
		t.Error("got parts of lines, want lines")
	}
}

// TestOutputThatNobodyReads: neither a pipe that is full nor one that is closed,
// of the log and of the access log, holds up a request, a reload or the end
// (reliability Z22).
func TestOutputThatNobodyReads(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer origin.Close()
	for name, closed := range map[string]bool{"full": false, "closed": true} {
		edge, admin := freeAddress(t), freeAddress(t)
		text := strings.NewReplacer(`admin: "127.0.0.1:0"`, fmt.Sprintf("admin: %q", admin), `"127.0.0.1:0"`, strconv.Quote(edge)).
			Replace(edgeConfig(origin.URL, "")) + "    logging: {path: stdout}\n"
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		cmd := exec.Command(os.Args[0], "run", "-f", writeFile(t, "edge.yaml", text))
		cmd.Env = append(withoutInheritance(os.Environ()), envAsProgram+"=1", "XDG_CONFIG_HOME="+t.TempDir())
		cmd.Stdout, cmd.Stderr = w, w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		exited := make(chan struct{})
		go func() {
			cmd.Wait()
			close(exited)
		}()
		t.Cleanup(func() {
			cmd.Process.Kill()
			<-exited
		})
		v := newViewer(t)
		waitReady(t, v, admin)
		if closed {
			r.Close()
		}
		for n := range 1500 { // more lines than a pipe holds
			c, err := net.DialTimeout("tcp", edge, patience)
			if err != nil {
				t.Fatalf("%s: request %d: %v", name, n, err)
			}
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, "GET / HTTP/1.1\r\n\r\n") // without a Host: a line of the log
			if answer, err := io.ReadAll(c); err != nil || !bytes.Contains(answer, []byte("400")) {
				t.Fatalf("%s: request %d: got %q, %v, want 400", name, n, answer, err)
			}
			c.Close()
		}
		if got := v.get("http://" + edge + "/passed"); got.StatusCode != 200 {
			t.Errorf("%s: got %d, want 200", name, got.StatusCode)
		}
		if code, _, stderr := runVerb(t, "reload", "--admin", admin); code != exitOK {
			t.Errorf("%s: reload: got %d %q", name, code, stderr)
		}
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(2*closePatience + patience):
			t.Errorf("%s: the process has not ended", name)
		}
	}
}
