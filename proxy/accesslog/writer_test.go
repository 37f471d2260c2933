package accesslog

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A buffer is an output that tests read while it is written to.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	err  error
	gate chan struct{} // when set, a Write waits for it to be closed
}

func (b *buffer) Write(p []byte) (int, error) {
	if b.gate != nil {
		<-b.gate
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	return b.text.Write(p)
}

func (b *buffer) lines() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Count(b.text.Bytes(), []byte("\n"))
}

const headerLines = 2

func TestWriterFlushInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		w := NewWriter(&out, Options{})
		r := hit()
		w.Log(&r)
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if got := out.lines(); got != 0 {
			t.Errorf("lines before a second: got %d, want 0", got)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got, want := out.lines(), headerLines+1; got != want {
			t.Errorf("lines after a second: got %d, want %d", got, want)
		}
		if err := w.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
}

func TestWriterCloseDrains(t *testing.T) {
	var out buffer
	w := NewWriter(&out, Options{BatchSize: 1000, QueueSize: 1000})
	const goroutines, each = 8, 50
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			r := hit()
			for range each {
				w.Log(&r)
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	if got, want := out.lines(), headerLines+goroutines*each; got != want {
		t.Errorf("lines: got %d, want %d", got, want)
	}
	if !strings.HasPrefix(out.text.String(), Header) {
		t.Errorf("output: got %.80q, want the header first", out.text.String())
	}
	r := hit()
	w.Log(&r)
	if got, want := w.Stats(), (Stats{Written: goroutines * each, Dropped: 1}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close: got %v, want nil", err)
	}
	if err := w.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Reopen after Close: got %v, want %v", err, os.ErrClosed)
	}
}

// TestWriterNeverBlocks fills the queue while the output hangs.
func TestWriterNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := buffer{gate: make(chan struct{})}
		w := NewWriter(&out, Options{BatchSize: 1, QueueSize: 2})
		synctest.Wait() // the owner hangs on the header
		r := hit()
		const lines = 10
		for range lines {
			w.Log(&r)
		}
		if got, want := w.Stats(), (Stats{Dropped: lines - 2}); got != want {
			t.Errorf("stats while the output hangs: got %+v, want %+v", got, want)
		}
		close(out.gate)
		w.Close()
		if got, want := w.Stats(), (Stats{Written: 2, Dropped: lines - 2}); got != want {
			t.Errorf("stats at the end: got %+v, want %+v", got, want)
		}
	})
}

func TestWriterFailure(t *testing.T) {
	out := buffer{err: errors.New("disk full")}
	w := NewWriter(&out, Options{})
	r := hit()
	w.Log(&r)
	w.Log(&r)
	w.Close()
	if got, want := w.Stats(), (Stats{Failed: 2}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
}

// TestReopen does what logrotate does: move the file, then reopen.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	w, err := Open(path, Options{FlushInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	r := hit()
	w.Log(&r)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := w.Reopen(); err != nil {
		t.Fatalf("Reopen: got %v, want nil", err)
	}
	w.Log(&r)
	w.Log(&r)
	if err := w.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	for name, lines := range map[string]int{path + ".1": 1, path: 2} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Count(string(text), "\n"), headerLines+lines; got != want || !strings.HasPrefix(string(text), Header) {
			t.Errorf("%s: got %d lines, want the header and %d", filepath.Base(name), got, lines)
		}
	}
}

func TestOpenAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	for range 2 {
		w, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := hit()
		w.Log(&r)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(text), "\n"), headerLines+2; got != want {
		t.Errorf("lines: got %d, want %d (one header)", got, want)
	}
}

// TestReopenFailure proves that the old file stays in use.
func TestReopenFailure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := Open(filepath.Join(dir, "access.log"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := w.Reopen(); err == nil {
		t.Error("Reopen in a missing folder: got nil, want an error")
	}
	r := hit()
	w.Log(&r)
	w.Close()
	if got, want := w.Stats(), (Stats{Written: 1}); got != want {
		t.Errorf("stats: got %+v, want %+v", got, want)
	}
}

func TestOpenError(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); err == nil {
		t.Error("Open of a folder: got nil, want an error")
	}
}

func BenchmarkLog(b *testing.B) {
	w := NewWriter(io.Discard, Options{})
	defer w.Close()
	r := hit()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w.Log(&r)
		}
	})
}
