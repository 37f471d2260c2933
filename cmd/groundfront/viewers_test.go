package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
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

// TestMalformedIsLoggedOnce: a request that is no HTTP is a line of the log, and not
// two.
func TestMalformedIsLoggedOnce(t *testing.T) {
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig("http://127.0.0.1:1", "")))
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url("viewers"), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\n\r\n")
	io.ReadAll(c)
	p.signals <- syscall.SIGTERM
	p.wait()
	if got := p.stderr.String(); strings.Count(got, "malformed request") != 1 || !strings.Contains(got, `status=400 reason="no Host field"`) {
		t.Errorf("got %s, want one line that says why", got)
	}
}

// TestLimits: with either engine, the bounds of the configuration are those of
// the listener.
func TestLimits(t *testing.T) {
	for _, tt := range []struct{ name, settings, reason string }{
		{"in total", "limits: {max_connections: 1}", "full"},
		{"for a viewer", "limits: {max_connections_per_viewer: 1}", "viewer"},
		{"for a viewer, without event loops", "limits: {max_connections_per_viewer: 1}\n  engine: goroutine", "viewer"},
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
			if want := `groundfront_connections_refused_total{reason="` + tt.reason + `"} 1` + "\n"; !strings.Contains(metrics.content, want) {
				t.Errorf("metrics: want %q", want)
			}
		})
	}
}

// TestHeaderFields: a request with more fields than the configuration allows gets a
// 494 and the end of its connection, with either engine (reliability H12, CF-SIZE-07).
func TestHeaderFields(t *testing.T) {
	for _, engine := range []string{"auto", "goroutine"} {
		text := withServer(edgeConfig("http://127.0.0.1:1", ""), "limits: {max_header_fields: 10}\n  engine: "+engine)
		p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
		for fields, refused := range map[int]bool{10: false, 11: true} {
			c, err := net.Dial("tcp", strings.TrimPrefix(p.url("viewers"), "http://"))
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n"+strings.Repeat("A: b\r\n", fields-1)+"\r\n")
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			if (r.StatusCode == 494) != refused || refused && !r.Close {
				t.Errorf("%s, %d fields: got %d, the end of the connection: %t; want 494 and that: %t", engine, fields, r.StatusCode, r.Close, refused)
			}
			c.Close()
		}
	}
}

// TestHandshakesOfOneViewer: with either engine, who has had the handshakes that the
// configuration allows in a second has no other, and is counted (reliability T2).
func TestHandshakesOfOneViewer(t *testing.T) {
	for _, engine := range []string{"auto", "goroutine"} {
		text := withServer(edgeConfig("http://127.0.0.1:1", ""), "limits: {max_handshakes_per_viewer: 1}\n  engine: "+engine)
		text = strings.Replace(text, `"127.0.0.1:0"}`, `"127.0.0.1:0", tls: local_ca}`, 1)
		p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
		shake := func() error {
			c, err := tls.Dial("tcp", strings.TrimPrefix(p.url("viewers"), "https://"), &tls.Config{ServerName: "localhost", InsecureSkipVerify: true})
			if err == nil {
				c.Close()
			}
			return err
		}
		if err := shake(); err != nil {
			t.Errorf("%s: the first: got %v", engine, err)
		}
		for began := time.Now(); shake() == nil; { // on a machine that is so slow
			if time.Since(began) > patience {
				t.Fatalf("%s: nobody is refused", engine)
			}
		}
		metrics := newViewer(t).get(p.url("admin") + "/metrics")
		if want := `groundfront_connections_refused_total{reason="handshakes"} 1` + "\n"; !strings.Contains(metrics.content, want) {
			t.Errorf("%s: metrics: want %q", engine, want)
		}
	}
}

// TestProxyProtocol: behind a load balancer, with either engine, the viewer is who
// that announces, and nobody else is served (reliability F19).
func TestProxyProtocol(t *testing.T) {
	forwarded := make(chan string, 1)
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forwarded <- r.Header.Get("X-Forwarded-For") }))
	defer origin.Close()
	for _, tt := range []struct{ engine, trusted, send, want string }{
		{"auto", "127.0.0.0/8", "PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n", "192.0.2.7"},
		{"goroutine", "127.0.0.0/8", "PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n", "192.0.2.7"},
		{"auto", "127.0.0.0/8", "PROXY UNKNOWN\r\n", "127.0.0.1"},
		{"auto", "127.0.0.0/8", "", "an end"},
		{"auto", "192.0.2.0/24", "PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n", "an end"},
		{"goroutine", "192.0.2.0/24", "PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n", "an end"},
	} {
		text := withServer(edgeConfig(origin.URL, ""), "engine: "+tt.engine)
		text = strings.Replace(text, `"127.0.0.1:0"}`, `"127.0.0.1:0", proxy_protocol: {trusted: [`+tt.trusted+`]}}`, 1)
		p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url("viewers"), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(patience))
		io.WriteString(c, tt.send+"GET /passed HTTP/1.1\r\nHost: localhost\r\n\r\n")
		got := "an end"
		if r, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			r.Body.Close()
			got = <-forwarded
		}
		c.Close()
		if got != tt.want {
			t.Errorf("%s, %s trusted, %q: got X-Forwarded-For %s, want %s", tt.engine, tt.trusted, tt.send, got, tt.want)
		}
	}
}
