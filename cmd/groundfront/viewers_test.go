package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/listener"
)

// withServer adds settings to the server of a configuration.
func withServer(text, settings string) string {
	return strings.Replace(text, "server:\n", "server:\n  "+settings+"\n", 1)
}

// TestEngines: each engine of the configuration is one of the listener's.
func TestEngines(t *testing.T) {
	for _, name := range []config.Engine{config.EngineAuto, config.EngineGoroutine, config.EngineEventLoop} {
		if got := engines[name].String(); got != string(name) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// TestEngineIsNotThere: what is said where a system has no event loops, and
// nothing where it has.
func TestEngineIsNotThere(t *testing.T) {
	text := withServer(edgeConfig("http://127.0.0.1:1", ""), "engine: eventloop")
	if listener.EngineEventLoop.Available() == nil {
		p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
		p.url("viewers")
		return
	}
	code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", text))
	if want := "GF6104"; code != exitFailure || !strings.Contains(stderr, want) || !strings.Contains(stderr, "write auto or goroutine") {
		t.Errorf("got %d and %q, want %d with %s", code, stderr, exitFailure, want)
	}
}

// TestLimits: with either engine, the bounds of the configuration are those of
// the listener.
func TestLimits(t *testing.T) {
	for _, tt := range []struct{ name, settings string }{
		{"in total", "limits: {max_connections: 1}"},
		{"for a viewer", "limits: {max_connections_per_viewer: 1}"},
		{"for a viewer, without event loops", "limits: {max_connections_per_viewer: 1}\n  engine: goroutine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, "run", "-f", writeFile(t, "edge.yaml", withServer(edgeConfig("http://127.0.0.1:1", ""), tt.settings)))
			address := strings.TrimPrefix(p.url("viewers"), "http://")
			ask := func() string {
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				c.SetDeadline(time.Now().Add(patience))
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				r, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					return "an end"
				}
				defer r.Body.Close()
				return r.Proto
			}
			if first, second := ask(), ask(); first != "HTTP/1.1" || second != "an end" {
				t.Errorf("got %s and %s, want a response and an end", first, second)
			}
			metrics := newViewer(t).get(p.url("admin") + "/metrics")
			if want := "groundfront_connections_refused_total 1\n"; !strings.Contains(metrics.content, want) {
				t.Errorf("metrics: want %q", want)
			}
		})
	}
}
