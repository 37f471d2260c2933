package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/config"
)

func TestParseOriginURL(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want proxyOrigin
	}{
		{"https://abc123.execute-api.us-east-1.amazonaws.com/prod", proxyOrigin{"abc123.execute-api.us-east-1.amazonaws.com", "/prod", "https-only", "https_port", 443}},
		{"https://API.example/", proxyOrigin{"api.example", "", "https-only", "https_port", 443}},
		{"http://localhost:3000", proxyOrigin{"localhost", "", "http-only", "http_port", 3000}},
		{"http://127.0.0.1:8000/a%20b/", proxyOrigin{"127.0.0.1", "/a%20b", "http-only", "http_port", 8000}},
		{"http://[::1]:8000", proxyOrigin{"::1", "", "http-only", "http_port", 8000}},
	} {
		got, err := parseOriginURL(tt.in)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%q: got %v, (-want +got):\n%s", tt.in, err, diff)
		}
	}
	for _, in := range []string{"", "api.example", "ftp://api.example", "https://", "https://u:p@api.example", "https://api.example/?a=b", "https://api.example/#f", "http://a:99999999999"} {
		if got, err := parseOriginURL(in); err == nil {
			t.Errorf("%q: got %+v, want an error", in, got)
		}
	}
}

// FuzzParseOriginURL: what is accepted makes a document that says the same.
func FuzzParseOriginURL(f *testing.F) {
	f.Add("https://abc123.execute-api.us-east-1.amazonaws.com/prod")
	f.Add("http://a:1/\"\n: x")
	f.Fuzz(func(t *testing.T, in string) {
		o, err := parseOriginURL(in)
		if err != nil {
			return
		}
		s := proxySetup{Listen: ":8080", Admin: defaultAdmin, Origin: o, Default: proxyBehavior{"*", "CachingOptimized"}}
		text, err := s.yaml()
		if err != nil {
			t.Fatal(err)
		}
		cfg, problems := config.Parse("proxy.yaml", text)
		if problems.HasErrors() {
			return // the configuration's own rules refuse it
		}
		got := cfg.Distributions[0].Origins[0]
		if got.DomainName != o.DomainName || got.OriginPath != o.Path || len(cfg.Distributions) != 1 {
			t.Errorf("%q: got %q and %q in the document, want %q and %q", in, got.DomainName, got.OriginPath, o.DomainName, o.Path)
		}
	})
}

func TestProxyPrintConfig(t *testing.T) {
	code, stdout, stderr := runVerb(t, "proxy", "https://abc123.execute-api.us-east-1.amazonaws.com/prod", "--host", "lan.test",
		"--behavior", "/api/*=CachingDisabled", "--behavior", "/img/*=Managed-CachingOptimized", "--print-config")
	if code != exitOK || stderr != "" {
		t.Errorf("got %d and %q, want 0 and nothing", code, stderr)
	}
	golden(t, "proxy.yaml", stdout)
	if _, problems := config.Parse("proxy.yaml", []byte(stdout)); problems.HasErrors() {
		t.Errorf("got %s", problems)
	}
}

// TestProxy runs without a configuration in front of an origin.
func TestProxy(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Host+" "+r.RequestURI)
	}))
	t.Cleanup(origin.Close)
	host := strings.TrimPrefix(origin.URL, "http://")
	p := start(t, "proxy", origin.URL+"/base", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--behavior", "/api/*=CachingDisabled")
	edge, v := p.url("curl -i"), newViewer(t)
	for _, tt := range []struct{ path, content, xCache string }{
		{"a?q=1", host + " /base/a", "Miss from cloudfront"}, // CachingOptimized forwards no query string
		{"a?q=2", host + " /base/a", "Hit from cloudfront"},
		{"api/a?q=1", host + " /base/api/a?q=1", "Miss from cloudfront"},
		{"api/a?q=1", host + " /base/api/a?q=1", "Miss from cloudfront"},
	} {
		got := v.get(edge + tt.path)
		if got.content != tt.content || got.Header.Get("X-Cache") != tt.xCache {
			t.Errorf("%s: got %q, %q, want %q, %q", tt.path, got.content, got.Header.Get("X-Cache"), tt.content, tt.xCache)
		}
	}
}
