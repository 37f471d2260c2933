package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/admin"
)

// TestInvalidateTags does it by verb against a running edge.
func TestInvalidateTags(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("Cache-Tag", "all, page-"+strings.TrimPrefix(r.URL.Path, "/"))
	}))
	t.Cleanup(origin.Close)
	text := edgeConfig(origin.URL, "")
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", strings.Replace(text, "  site:", "  site:\n    cache_tag_header: cache-tag", 1)))
	v := newViewer(t)
	edge, address := p.url("viewers"), strings.TrimPrefix(p.url("admin"), "http://")
	for _, tt := range []struct {
		in     string
		output string
		want   string // X-Cache of /1 and /2 afterwards
	}{
		{"", "", "Miss Miss"},
		{"--dry-run --tag ALL", "dry run: 2 stored responses would", "Hit Hit"},
		{"--dry-run --tag #page-1 /none", "dry run: 1 stored response would", "Hit Hit"},
		{"--tag page-1 --wait", "Completed: 1 tag in site", "Miss Hit"},
		{"--tag none --tag page-2 /none", "Completed: 1 path and 2 tags in site", "Hit Miss"},
		{"#all", "Completed: 1 tag in site", "Miss Miss"},
	} {
		if tt.in != "" {
			code, stdout, stderr := runVerb(t, append(strings.Fields("invalidate "+tt.in), "--admin", address)...)
			if code != exitOK || !strings.Contains(stdout, tt.output) {
				t.Errorf("invalidate %s: got %d and %q, want %q", tt.in, code, stdout+stderr, tt.output)
			}
		}
		var got []string
		for _, path := range []string{"/1", "/2"} {
			word, _, _ := strings.Cut(v.get(edge+path).Header.Get("X-Cache"), " ")
			got = append(got, word)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("after invalidate %s: got %v, want %s", tt.in, got, tt.want)
		}
		shows(v, p.url("admin"), "groundfront_cache_objects", 2) // what was fetched is stored
	}
	list := v.get(p.url("admin") + "/v1/invalidations?distribution=site").content
	var items admin.InvalidationList
	if err := json.Unmarshal([]byte(list), &items); err != nil || len(items.Items) != 3 || items.Items[0].Paths[0] != "#all" {
		t.Fatalf("list: got %s, want three, the latest first", list)
	}
	if got := v.get(p.url("admin") + "/v1/invalidations/" + items.Items[0].ID).content; !strings.Contains(got, `"paths":["#all"]`) {
		t.Errorf("one: got %s", got)
	}
	if got := v.get(p.url("admin") + "/v1/invalidations/I0"); got.StatusCode != http.StatusNotFound {
		t.Errorf("none: got %d, want 404", got.StatusCode)
	}
}

// TestInvalidateWaits: an edge may answer before it is done (CF-INV-20).
func TestInvalidateWaits(t *testing.T) {
	asked := 0
	edge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := "InProgress"
		if r.Method == http.MethodGet {
			if asked++; r.URL.Path != "/v1/invalidations/I7" {
				t.Errorf("got %s, want the invalidation", r.URL.Path)
			}
			status = "Completed"
		}
		fmt.Fprintf(w, `{"id":"I7","distribution":"site","status":%q,"paths":["/a"]}`, status)
	}))
	defer edge.Close()
	address := strings.TrimPrefix(edge.URL, "http://")
	for _, tt := range []struct{ in, want string }{
		{"invalidate /a", "I7 InProgress: 1 path in site"},
		{"invalidate /a --wait", "I7 Completed: 1 path in site"},
	} {
		code, stdout, stderr := runVerb(t, append(strings.Fields(tt.in), "--admin", address)...)
		if code != exitOK || !strings.Contains(stdout, tt.want) {
			t.Errorf("%s: got %d and %q, want %q", tt.in, code, stdout+stderr, tt.want)
		}
	}
	if asked != 1 {
		t.Errorf("got %d questions, want 1", asked)
	}
}
