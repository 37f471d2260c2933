//go:build linux

package proxy

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/disk"
)

// A fileViewer is a viewer to whom the kernel can send files.
type fileViewer struct {
	got
	plain bool
	files int
	err   error // of sending
}

func (g *fileViewer) SendsFiles() bool { return g.plain }

func (g *fileViewer) SendFile(f *os.File, n int64) error {
	g.files++
	if g.err != nil {
		return g.err
	}
	sent, err := io.CopyN(&g.content, f, n)
	if sent < n && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Content on disk goes by the kernel once it was found good, where nothing is
// between it and the viewer, and where it is worth it.
func TestFileSent(t *testing.T) { synctest.Test(t, testFileSent) }

func testFileSent(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", leastSent/16) + strings.Repeat("x", 3*disk.BlockSize)
	folder := t.TempDir()
	e := newEdgeWith(t, cache.Options{
		MaxSize: 32 << 20, MaxObjectSize: 4 << 20, Disk: cache.DiskOptions{Path: folder, MaxSize: 64 << 20},
	}, ok("Cache-Control: max-age=60\nETag: \"v1\"", content), nil)
	e.want(e.ask("GET http://shop.test/p", ""), 200, miss, content)
	if left := e.server.cache.Unload(); left != 0 {
		t.Fatalf("Unload: got %d left in memory, want none", left)
	}
	gone := errors.New("gone")
	for _, c := range []struct {
		name   string
		fields string
		viewer fileViewer
		files  int
		status int
		want   string
	}{
		{"at first it is checked", "", fileViewer{plain: true}, 0, 200, content},
		{"checked", "", fileViewer{plain: true}, 1, 200, content},
		{"over TLS", "", fileViewer{}, 0, 200, content},
		{"a large range", "Range: bytes=100-", fileViewer{plain: true}, 1, 206, content[100:]},
		{"a small range", "Range: bytes=100-199", fileViewer{plain: true}, 0, 206, content[100:200]},
		{"a viewer that leaves", "", fileViewer{plain: true, err: gone}, 1, 200, ""},
	} {
		e.server.Serve(context.Background(), &c.viewer, request("GET http://shop.test/p", c.fields))
		e.want(&c.viewer.got, c.status, hit, c.want)
		if c.viewer.files != c.files || c.viewer.aborted {
			t.Errorf("%s: got %d files, aborted %v, want %d", c.name, c.viewer.files, c.viewer.aborted, c.files)
		}
	}
}
