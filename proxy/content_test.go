package proxy

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/origin"
)

// onDisk runs a test with an edge that has stored a response of five blocks,
// and has its content on disk only. Later answers of the origin are then's.
func onDisk(t *testing.T, then answerFunc, test func(e *edge, content string, change func(func(file string, b []byte)))) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		content := strings.Repeat("0123456789abcdef", 5*disk.BlockSize/16)
		answer := ok("Cache-Control: max-age=60\nETag: \"v1\"", content)
		e := newEdgeWith(t, cache.Options{
			MaxSize: 4 << 20, MaxObjectSize: 1 << 20, Disk: cache.DiskOptions{Path: folder, MaxSize: 8 << 20},
		}, func(r *origin.Request) (*origin.Response, error) { return answer(r) }, nil)
		e.want(e.ask("GET http://shop.test/p", ""), 200, miss, content)
		if left := e.server.cache.Unload(); left != 0 {
			t.Fatalf("Unload: got %d left in memory, want none", left)
		}
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, content)
		if then != nil {
			answer = then
		}
		test(e, content, func(change func(string, []byte)) {
			err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() || d.Name() == "changes" {
					return err
				}
				b, err := os.ReadFile(path)
				change(path, b)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	})
}

// TestFileDamaged: a viewer gets what is right, and sees that the rest is
// missing; the next gets the origin's.
func TestFileDamaged(t *testing.T) {
	onDisk(t, nil, func(e *edge, content string, change func(func(string, []byte))) {
		change(func(file string, b []byte) {
			b[len(b)-2*disk.BlockSize-1] ^= 1 // in the third block
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Error(err)
			}
		})
		g := e.ask("GET http://shop.test/p", "Range: bytes=-10")
		e.want(g, 206, hit, content[len(content)-10:])
		g = e.ask("GET http://shop.test/p", "")
		e.want(g, 200, hit, content[:2*disk.BlockSize])
		if !g.aborted || g.length != int64(len(content)) {
			t.Errorf("cut: got %v, length %d, want the viewer to see what is missing of %d", g.aborted, g.length, len(content))
		}
		if log := e.log.String(); !strings.Contains(log, "a stored response cannot be read to its end") || !strings.Contains(log, "offset=131072") {
			t.Errorf("log: got %s", log)
		}
		if s, _ := e.server.cache.DiskStats(); s.Damaged != 1 {
			t.Errorf("got %d damaged, want 1", s.Damaged)
		}
		g = e.ask("GET http://shop.test/p", "")
		e.want(g, 200, miss, content)
		if e.requests() != 2 {
			t.Errorf("the origin was asked %d times, want 2", e.requests())
		}
	})
}

func remove(t *testing.T) func(string, []byte) {
	return func(file string, _ []byte) {
		if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}
}

// TestFileGone: a response whose content is lost is a miss, whatever is known
// of it.
func TestFileGone(t *testing.T) {
	for name, c := range map[string]struct {
		fields, content string
		status          int
		asked           string // Range that the origin sees
	}{
		"all":   {"", "new", 200, ""},
		"range": {"Range: bytes=0-1", "ne", 206, "bytes=0-1"},
	} {
		t.Run(name, func(t *testing.T) {
			then := func(r *origin.Request) (*origin.Response, error) {
				if r.Fields.Has("Range") {
					return response(206, "Content-Range: bytes 0-1/3", "ne"), nil
				}
				return response(200, "Cache-Control: max-age=60", "new"), nil
			}
			onDisk(t, then, func(e *edge, _ string, change func(func(string, []byte))) {
				change(remove(t))
				e.want(e.ask("GET http://shop.test/p", c.fields), c.status, miss, c.content)
				if got := e.asked[1].Fields.Get("Range"); got != c.asked || e.requests() != 2 {
					t.Errorf("the origin saw Range %q in %d requests, want %q in 2", got, e.requests(), c.asked)
				}
			})
		})
	}
}

// TestFileNotNeeded: what can be answered without content is.
func TestFileNotNeeded(t *testing.T) {
	onDisk(t, nil, func(e *edge, content string, change func(func(string, []byte))) {
		change(remove(t))
		g := e.ask("HEAD http://shop.test/p", "")
		if e.want(g, 200, hit, ""); g.length != int64(len(content)) {
			t.Errorf("HEAD: got length %d, want %d", g.length, len(content))
		}
	})
}

// TestFileGoneAfterRevalidation: a 304 confirms what is not there any more, so
// the response is fetched as a whole.
func TestFileGoneAfterRevalidation(t *testing.T) {
	then := func(r *origin.Request) (*origin.Response, error) {
		if r.Fields.Has("If-None-Match") {
			return response(304, "ETag: \"v1\"", ""), nil
		}
		return response(200, "Cache-Control: max-age=60", "new"), nil
	}
	onDisk(t, then, func(e *edge, _ string, change func(func(string, []byte))) {
		time.Sleep(61 * time.Second)
		change(remove(t))
		e.want(e.ask("GET http://shop.test/p", ""), 200, miss, "new")
		if e.requests() != 3 || e.asked[2].Fields.Has("If-None-Match") {
			t.Errorf("the origin was asked %d times, want 3, at last without a condition", e.requests())
		}
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "new")
	})
}

// TestFileFreshened: a 304 gives the content on disk a new head, in memory and
// on disk, and the content is not read for that by anybody who waits.
func TestFileFreshened(t *testing.T) {
	then := func(*origin.Request) (*origin.Response, error) {
		return response(304, "ETag: \"v1\"\nX-New: 1", ""), nil
	}
	onDisk(t, then, func(e *edge, content string, _ func(func(string, []byte))) {
		time.Sleep(61 * time.Second)
		e.want(e.ask("GET http://shop.test/p", ""), 200, "RefreshHit from cloudfront", content)
		for range 2 {
			g := e.ask("GET http://shop.test/p", "")
			if e.want(g, 200, hit, content); g.fields.Get("X-New") != "1" {
				t.Errorf("got fields %v, want those of the 304", g.fields)
			}
			e.server.cache.Unload()
		}
		if e.requests() != 2 {
			t.Errorf("the origin was asked %d times, want 2", e.requests())
		}
	})
}

// A purging viewer invalidates everything when its first content comes.
type purging struct {
	got
	purge func()
}

func (p *purging) Write(b []byte) (int, error) {
	p.purge()
	return p.got.Write(b)
}

// TestFileInvalidated: what is invalidated while it is sent goes to its end,
// for each viewer that has it, and is a miss for the next.
func TestFileInvalidated(t *testing.T) {
	onDisk(t, ok("", "new"), func(e *edge, content string, _ func(func(string, []byte))) {
		purge := sync.OnceFunc(func() {
			if _, err := e.invalidations.Add(invalidation.Batch{
				Distribution: "d111111abcdef8.cloudfront.net", Paths: []string{"/*"},
			}, time.Now()); err != nil {
				t.Error(err)
			}
			e.server.Serve(context.Background(), &got{}, request("GET http://shop.test/p", "")) // has the file removed
		})
		viewers := make([]*purging, 8)
		var all sync.WaitGroup
		for i := range viewers {
			viewers[i] = &purging{purge: purge}
			all.Go(func() {
				e.server.Serve(context.Background(), viewers[i], request("GET http://shop.test/p", ""))
			})
		}
		all.Wait()
		whole := 0
		for _, v := range viewers {
			switch v.content.String() {
			case content:
				whole++
			case "new":
			default:
				t.Errorf("got %d bytes, want %d or the new ones", v.content.Len(), len(content))
			}
		}
		if whole == 0 {
			t.Error("no viewer got what was invalidated while it was sent")
		}
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "new")
	})
}

// A resetting viewer takes the first content, and is gone while its engine
// still holds it.
type resetting struct {
	got
	held []byte
}

func (r *resetting) Write(p []byte) (int, error) {
	r.held = p
	return 0, errGone
}

// TestBufferOfFailedWrite: the bytes of a write that failed do not become
// another viewer's while the engine may still send them.
func TestBufferOfFailedWrite(t *testing.T) {
	for _, what := range []string{"GET http://shop.test/p", "POST http://shop.test/p"} { // from its file, straight from the origin
		onDisk(t, nil, func(e *edge, content string, _ func(func(string, []byte))) {
			for range 20 { // a pool may forget a buffer
				viewer := &resetting{}
				e.server.Serve(context.Background(), viewer, request(what, ""))
				before := string(viewer.held)
				if before == "" {
					e.t.Fatalf("%s: nothing was written", what)
				}
				clear(viewer.held)
				e.want(e.ask(what, ""), 200, map[bool]string{true: hit, false: miss}[what[0] == 'G'], content)
				if !bytes.Equal(viewer.held, make([]byte, len(before))) {
					e.t.Fatalf("%s: the buffer of a write that failed was used for another viewer", what)
				}
			}
		})
	}
}
