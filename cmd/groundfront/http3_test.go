package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// edgeConfigH3 is edgeConfig with HTTP/3, and TLS, at address.
func edgeConfigH3(origin, address string) string {
	return strings.NewReplacer(
		`{address: "127.0.0.1:0"}`, fmt.Sprintf(`{address: %q, protocols: [h1, h2, h3], tls: local_ca}`, address),
		"  site:\n", "  site:\n    http_version: http2and3\n",
	).Replace(edgeConfig(origin, ""))
}

// newH3Viewer returns a viewer that speaks HTTP/3 alone.
func newH3Viewer(t *testing.T) *viewer {
	transport := &http3.Transport{DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}}
	t.Cleanup(func() { transport.Close() })
	return &viewer{t, http.Client{Transport: transport, Timeout: patience}}
}

// TestHTTP3: viewers are told of it (CF-DIST-15), find it at the same address, and
// get the same; a distribution without it has neither.
func TestHTTP3(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer origin.Close()
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfigH3(origin.URL, "127.0.0.1:0")))
	edge := p.url("viewers")
	_, port, _ := strings.Cut(strings.TrimPrefix(edge, "https://"), ":")
	if want := "HTTP/1.1, HTTP/2, HTTP/3"; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("banner: got %s, want %s", p.stderr.String(), want)
	}
	v := newViewer(t)
	v.Client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	alternative := fmt.Sprintf(`h3=":%s"; ma=86400`, port)
	if got := v.get(edge + "/stored"); got.Header.Get("Alt-Svc") != alternative || got.content != "hello" {
		t.Errorf("over %s: got %q and Alt-Svc %q, want hello and %q", got.Proto, got.content, got.Header.Get("Alt-Svc"), alternative)
	}
	h3 := newH3Viewer(t)
	for _, want := range []string{"Hit from cloudfront", "Hit from cloudfront"} {
		got := h3.get(strings.Replace(edge, "127.0.0.1", "localhost", 1) + "/stored")
		if got.ProtoMajor != 3 || got.StatusCode != 200 || got.content != "hello" || got.Header.Get("X-Cache") != want || got.Header.Get("Alt-Svc") != alternative {
			t.Errorf("got %s %d %q %v, want HTTP/3.0 200 hello, %s", got.Proto, got.StatusCode, got.content, got.Header, want)
		}
	}
}

// TestHTTP3Limits: what server.limits says of viewers who are slow to ask holds for
// HTTP/3 as well (reliability H16).
func TestHTTP3Limits(t *testing.T) {
	config := strings.Replace(edgeConfigH3("http://127.0.0.1:9", "127.0.0.1:0"), "server:\n", "server:\n  limits: {first_request_timeout: 1s, idle_timeout: 24h}\n", 1)
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", config))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	address := strings.TrimPrefix(p.url("viewers"), "https://")
	c, err := quic.DialAddr(ctx, address, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", NextProtos: []string{"h3"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseWithError(0x100, "")
	select {
	case <-c.Context().Done():
	case <-ctx.Done():
		t.Error("a connection without a request: goes on, want its end after first_request_timeout")
	}
}
