package crs

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

var _ waf.Engine = (*Group)(nil)

func TestGroup(t *testing.T) {
	g := newEngine(t, Options{MaxLeaves: 8}).Group(SkippedLabel)
	tests := []struct {
		name  string
		query string
		body  string
		want  waf.EngineResult
	}{
		{"ordinary", "a=1", "", waf.EngineResult{}},
		{"attack", "id=1%27%20OR%20%271%27%3D%271", "", waf.EngineResult{
			Match: true, Score: 5, Rules: []string{"942100"},
			Labels: []string{"awswaf:managed:owasp:crs:942100", "awswaf:managed:owasp:crs:score:5"},
		}},
		{"too many arguments", "a&b&c&d&e", "", waf.EngineResult{Labels: []string{"awswaf:managed:owasp:crs:skipped"}}},
		{"too much content", "a", "a&b&c&d&e", waf.EngineResult{Labels: []string{"awswaf:managed:owasp:crs:skipped"}}},
	}
	for _, test := range tests {
		r := &waf.Request{
			Method: "POST", Path: "/", Query: test.query, HasQuery: true, Host: "shop.example.com", Proto: "HTTP/2.0",
			Fields: field.Lines{{Name: "User-Agent", Value: "curl"}, {Name: "Accept", Value: "*/*"}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
			Body:   waf.Body{Present: test.body != "", Text: test.body, Size: int64(len(test.body))},
		}
		got, err := g.Inspect(context.Background(), r, netip.MustParseAddr("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
		strict := g.engine.Group(SkippedFail)
		_, err = strict.Inspect(context.Background(), r, netip.MustParseAddr("192.0.2.1"))
		if skipped := slices.Contains(test.want.Labels, skippedLabel); errors.Is(err, ErrSkipped) != skipped {
			t.Errorf("%s, where that is to fail: got %v", test.name, err)
		}
		for _, label := range got.Labels {
			if !slices.Contains(g.Labels(), label) {
				t.Errorf("%s: got label %s, want one of Labels", test.name, label)
			}
		}
	}
}

func TestRequestOf(t *testing.T) {
	r := &waf.Request{
		Method: "POST", Path: "//a/%2e", Query: "", HasQuery: true, Fragment: "f", Proto: "HTTP/1.1",
		Host: "h", HostAt: 1, Fields: field.Lines{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}},
		Body: waf.Body{Present: true, Text: "x=1", Truncated: true, Size: -1},
	}
	got := requestOf(r, netip.MustParseAddr("192.0.2.1"))
	want := &Request{
		Method: "POST", Target: "//a/%2e?#f", Proto: "HTTP/1.1",
		Fields: field.Lines{{Name: "A", Value: "1"}, {Name: "Host", Value: "h"}, {Name: "B", Value: "2"}},
		Viewer: netip.MustParseAddrPort("192.0.2.1:0"), Body: []byte("x=1"), Cut: true,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(r.Fields) != 2 || r.Fields[1].Name != "B" {
		t.Errorf("got %v, want the fields of the request as they were", r.Fields)
	}
}

// TestLabels: they are of one namespace, and each is there once.
func TestLabels(t *testing.T) {
	labels := newEngine(t, Options{}).Group(SkippedLabel).Labels()
	for i, label := range labels {
		if !strings.HasPrefix(label, Namespace) || slices.Contains(labels[:i], label) {
			t.Errorf("got label %q, want it in %s, once", label, Namespace)
		}
	}
	for _, want := range []string{"942100", "941100", "score:1", "score:100", "200002", "skipped"} {
		if !slices.Contains(labels, Namespace+want) {
			t.Errorf("got no label %s, want it", want)
		}
	}
}
