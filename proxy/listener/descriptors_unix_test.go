//go:build unix

package listener_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
)

// descriptorsChild is set for the process that runs out of descriptors.
const descriptorsChild = "LISTENER_TEST_DESCRIPTORS"

// TestDescriptors: a process that may have few descriptors goes on serving who has a
// connection, keeps some for other things, says once a second what is the matter,
// and serves who comes when there are some again (reliability D5, Z14).
func TestDescriptors(t *testing.T) {
	for _, e := range engines {
		if e.Available() != nil {
			continue
		}
		command := exec.Command(os.Args[0], "-test.run=^TestDescriptorsChild$", "-test.v", "-test.timeout=5m")
		command.WaitDelay = patience
		command.Env = append(os.Environ(), descriptorsChild+"="+strconv.Itoa(int(e)))
		out, err := command.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("served at the end")) {
			t.Errorf("%v: got %v\n%s", e, err, out)
		}
	}
}

// TestDescriptorsChild is the process.
func TestDescriptorsChild(t *testing.T) {
	engine, err := strconv.Atoi(os.Getenv(descriptorsChild))
	if err != nil {
		return // it is tested by TestDescriptors
	}
	const most = 96
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = most
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var refused atomic.Int32
	o := tags
	o.Engine, o.Logger, o.IdleTimeout = listener.Engine(engine), slog.New(slog.NewTextHandler(&log, nil)), time.Hour
	o.OnRefused = func(why listener.Refusal) {
		if why == listener.RefusalDescriptors {
			refused.Add(1)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := listener.New(o)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, listener.HTTP1, nil) }()
	begin := time.Now()
	var conns []net.Conn // their descriptors are of the same process
	for got := "200"; got == "200"; {
		c, err := net.DialTimeout("tcp", l.Addr().String(), patience)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(patience))
		conns = append(conns, c)
		got = askOver(c, bufio.NewReader(c), "/hit/a/9") // it has been accepted then
	}
	if refused.Load() == 0 {
		t.Errorf("with %d connections: got none refused", len(conns))
	}
	file, err := os.Open(os.DevNull) // as a log or the cache would
	if err != nil {
		t.Errorf("a descriptor for something else: got %v", err)
	} else {
		file.Close()
	}
	if got := askOver(conns[0], bufio.NewReader(conns[0]), "/hit/a/9"); got != "200" {
		t.Errorf("who is there: got %s, want 200", got)
	}
	for _, c := range conns {
		c.Close()
	}
	for got := ""; got != "200"; {
		if time.Since(begin) > patience {
			t.Fatal("afterwards: nobody is served")
		}
		c, err := net.DialTimeout("tcp", l.Addr().String(), patience)
		if err != nil {
			continue
		}
		c.SetDeadline(time.Now().Add(patience))
		got = askOver(c, bufio.NewReader(c), "/hit/a/9")
		c.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: got %v", err)
	}
	<-served
	if n, most := strings.Count(log.String(), "accept failed"), int(time.Since(begin)/time.Second)+1; n == 0 || n > most {
		t.Errorf("got %d lines in the log, want 1 to %d:\n%s", n, most, log.String())
	}
	fmt.Println("served at the end")
}
