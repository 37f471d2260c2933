package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// diskConfig is edgeConfig with a disk tier.
func diskConfig(origin, folder string) string {
	return edgeConfig(origin, fmt.Sprintf("cache: {disk: {path: %q}}", folder))
}

// shows waits until a metric has this value.
func shows(v *viewer, admin, metric string, value int) {
	v.t.Helper()
	var page string
	eventually(v.t, func() bool {
		page = v.get(admin + "/metrics").content
		return strings.Contains(page, fmt.Sprintf("\n%s %d\n", metric, value))
	}, func() string { return fmt.Sprintf("%s %d in:\n%s", metric, value, page) })
}

// responsesIn counts the files of the disk tier in a folder: an invalidated
// response is removed when the edge comes to it.
func responsesIn(t *testing.T, folder string) (n int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && len(d.Name()) == 32 { // a hash
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDiskTier restarts an edge, by a signal and as after a kill: hits stay
// hits (row I6), and what was invalidated stays dead (row H8).
func TestDiskTier(t *testing.T) {
	var requests atomic.Int32
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(w, "content of "+r.URL.Path)
	}))
	t.Cleanup(origin.Close)
	folder := filepath.Join(t.TempDir(), "cache")
	p, v := start(t, "run", "-f", writeFile(t, "edge.yaml", diskConfig(origin.URL, folder))), newViewer(t)
	edge, admin := p.url("viewers"), p.url("admin")
	for _, path := range []string{"/a", "/b", "/c"} {
		if got := v.get(edge + path); got.content != "content of "+path {
			t.Fatalf("%s: got %d %q, want the origin's", path, got.StatusCode, got.content)
		}
	}
	shows(v, admin, "groundfront_disk_objects", 3)
	if code, _, stderr := runVerb(t, "invalidate", "--admin", strings.TrimPrefix(admin, "http://"), "/b"); code != exitOK {
		t.Fatalf("invalidate: got %d, %s", code, stderr)
	}
	killed := filepath.Join(t.TempDir(), "killed") // what a kill would leave now, before /b is swept
	if err := os.CopyFS(killed, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", diskConfig(origin.URL, folder))); code == exitOK ||
		!strings.Contains(stderr, "cache.disk.path: folder "+folder+" is in use by another edge") {
		t.Errorf("a second edge: got exit code %d, %s, want an error that names the folder", code, stderr)
	}
	p.signals <- syscall.SIGTERM
	if code := p.wait(); code != exitOK {
		t.Fatalf("got exit code %d, want 0; %s", code, &p.stderr)
	}
	for name, folder := range map[string]string{"ended": folder, "killed": killed} {
		t.Run(name, func(t *testing.T) {
			p, v := start(t, "run", "-f", writeFile(t, "edge.yaml", diskConfig(origin.URL, folder))), newViewer(t)
			edge, admin := p.url("viewers"), p.url("admin")
			shows(v, admin, "groundfront_disk_objects", responsesIn(t, folder))
			before := requests.Load()
			for path, want := range map[string]string{"/a": "Hit from cloudfront", "/b": "Miss from cloudfront", "/c": "Hit from cloudfront"} {
				got := v.get(edge + path)
				if got.Header.Get("X-Cache") != want || got.content != "content of "+path {
					t.Errorf("%s: got %q, %q, want %q and the content", path, got.Header.Get("X-Cache"), got.content, want)
				}
			}
			if got := requests.Load() - before; got != 1 {
				t.Errorf("got %d requests at the origin, want 1", got)
			}
		})
	}
}

// TestDiskRefused: a folder that cannot be used is said at the start.
func TestDiskRefused(t *testing.T) {
	file := writeFile(t, "file", "")
	code, _, stderr := runVerb(t, "run", "-f", writeFile(t, "edge.yaml", diskConfig("http://127.0.0.1:1", file)))
	if code == exitOK || !strings.Contains(stderr, "cache.disk.path") {
		t.Errorf("got exit code %d, %s, want an error that names the key", code, stderr)
	}
}
