package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

func newFreshOrigin(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(w, "fresh for an hour")
	}))
	t.Cleanup(s.Close)
	return s
}

// TestClockVerb lets hours pass in a running edge.
func TestClockVerb(t *testing.T) {
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig(newFreshOrigin(t).URL, "")))
	v := newViewer(t)
	edge, admin := p.url("viewers"), strings.TrimPrefix(p.url("admin"), "http://")
	ahead := " ahead of the machine's\n"
	for _, tt := range []struct {
		in     string
		want   exitCode
		output string // a part of either
		xCache string // of the next request
		age    string // "few" seconds where the clock runs
	}{
		{"freeze", exitOK, "Z, frozen", "Miss from cloudfront", ""},
		{"now", exitOK, "Z, frozen", "Hit from cloudfront", "0"},
		{"advance 59m", exitOK, ", frozen, 5", "Hit from cloudfront", "3540"},
		{"advance 60s --output json", exitOK, `"frozen":true,"offset":"`, "Miss from cloudfront", ""},
		{"resume", exitOK, ahead, "Hit from cloudfront", "few"},
		{"advance 2h", exitOK, ahead, "Miss from cloudfront", ""},
		{"advance 2000000h", exitFailure, "outside of 1970 to 2160", "Hit from cloudfront", "few"},
		{"set 1960-01-01T00:00:00Z", exitFailure, "the edge refused", "Hit from cloudfront", "few"},
		{"set 2159-01-01T00:00:00Z", exitOK, "2159-01-01T00:00:00.0", "Miss from cloudfront", ""},
	} {
		code, stdout, stderr := runVerb(t, append(strings.Fields("clock "+tt.in), "--admin", admin)...)
		if code != tt.want || !strings.Contains(stdout+stderr, tt.output) {
			t.Errorf("clock %s: got %d and %q, want %d with %q", tt.in, code, stdout+stderr, tt.want, tt.output)
		}
		got := v.get(edge + "/")
		age := got.Header.Get("Age")
		if n, err := strconv.Atoi(age); tt.age == "few" && err == nil && n < 600 {
			age = "few"
		}
		if got.Header.Get("X-Cache") != tt.xCache || age != tt.age {
			t.Errorf("after clock %s: got %q and Age %q, want %q and %q", tt.in, got.Header.Get("X-Cache"), age, tt.xCache, tt.age)
		}
		shows(v, p.url("admin"), "groundfront_cache_objects", 1) // what was fetched is stored
	}
}

// TestClockInProduction can be read and not moved.
func TestClockInProduction(t *testing.T) {
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", edgeConfig(newFreshOrigin(t).URL, "  mode: production")))
	admin := strings.TrimPrefix(p.url("admin"), "http://")
	for in, want := range map[string]exitCode{
		"now": exitOK, "freeze": exitFailure, "resume": exitFailure, "advance 1h": exitFailure, "set 2030-01-01T00:00:00Z": exitFailure,
	} {
		code, _, stderr := runVerb(t, append(strings.Fields("clock "+in), "--admin", admin)...)
		if code != want || want != exitOK && !strings.Contains(stderr, "in server.mode production the clock is the machine's") {
			t.Errorf("clock %s: got %d and %q, want %d with the reason", in, code, stderr, want)
		}
	}
}
