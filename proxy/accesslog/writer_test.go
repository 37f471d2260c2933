package accesslog

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// TestWriterFlushInterval: a line waits a second for others, whenever it comes. While
// none waits nothing happens: there is no tick that lines could be written at.
func TestWriterFlushInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out buffer
		w := NewWriter(&out, Options{})
		r := hit()
		want := headerLines
		for _, quiet := range []time.Duration{0, 500 * time.Millisecond, 1000*time.Hour + time.Millisecond} {
			time.Sleep(quiet)
			w.Log(0, &r)
			w.Log(1, &r)
			time.Sleep(999 * time.Millisecond)
			w.Log(0, &r)
			synctest.Wait()
			if got := out.lines(); got != want {
				t.Errorf("after %v: lines before a second: got %d, want %d", quiet, got, want)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			want += 3
			if got := out.lines(); got != want {
				t.Errorf("after %v: lines after a second: got %d, want %d", quiet, got, want)
			}
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
	for shard := range uint8(goroutines) {
		wg.Go(func() {
			r := hit()
			for range each {
				w.Log(shard, &r)
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
	w.Log(0, &r)
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

// TestWriterNeverBlocks fills the queue while the output hangs (reliability Z22).
func TestWriterNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := buffer{gate: make(chan struct{})}
		w := NewWriter(&out, Options{BatchSize: 1, QueueSize: 2})
		synctest.Wait() // the owner hangs on the header
		r := hit()
		const lines = 10
		for range lines {
			w.Log(0, &r)
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

// TestWriterFailure: a disk that is full costs lines, which are counted (reliability
// Z22).
func TestWriterFailure(t *testing.T) {
	out := buffer{err: errors.New("disk full")}
	w := NewWriter(&out, Options{})
	r := hit()
	w.Log(0, &r)
	w.Log(0, &r)
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
	w.Log(0, &r)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := w.Reopen(); err != nil {
		t.Fatalf("Reopen: got %v, want nil", err)
	}
	w.Log(0, &r)
	w.Log(0, &r)
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
		w.Log(0, &r)
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
	w.Log(0, &r)
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

// TestWriterOrder proves that lines of one shard keep their order, although
// batches are flushed while others become full, and that no line is lost.
func TestWriterOrder(t *testing.T) {
	var out buffer
	w := NewWriter(&out, Options{BatchSize: 700, QueueSize: 1 << 12})
	const shards, each = 4, 300
	var wg sync.WaitGroup
	for shard := range uint8(shards) {
		wg.Go(func() {
			r := hit()
			r.Method = strconv.Itoa(int(shard))
			for i := range each {
				r.BytesOut = int64(i)
				w.Log(shard, &r)
			}
		})
	}
	for range 20 {
		if err := w.Reopen(); err != nil { // which flushes
			t.Fatal(err)
		}
	}
	wg.Wait()
	w.Close()
	var next [shards]int
	for line := range strings.Lines(strings.TrimPrefix(out.text.String(), Header)) {
		fields := strings.Split(line, "\t")
		shard, _ := strconv.Atoi(fields[5])
		if want := strconv.Itoa(next[shard]); fields[3] != want {
			t.Fatalf("shard %d: got line %s, want line %s", shard, fields[3], want)
		}
		next[shard]++
	}
	if want := [shards]int{each, each, each, each}; next != want {
		t.Errorf("lines of each shard: got %v, want %v", next, want)
	}
}

// A busy output logs more while it is written to.
type busy struct {
	buffer
	w atomic.Pointer[Writer] // nil when it does not
}

func (b *busy) Write(p []byte) (int, error) {
	if w := b.w.Load(); w != nil {
		r := hit()
		for range 20 {
			w.Log(1, &r)
		}
	}
	return b.buffer.Write(p)
}

// TestWriterFlushEnds proves that a flush is bounded, although the queue is
// full again after every write.
func TestWriterFlushEnds(t *testing.T) {
	var out busy
	w := NewWriter(&out, Options{BatchSize: 1000, QueueSize: 2, FlushInterval: time.Hour})
	w.shards = make([]shard, 2)
	r := hit()
	w.Log(0, &r)
	out.w.Store(w)
	if err := w.Reopen(); err != nil { // which flushes
		t.Fatal(err)
	}
	if got := w.Stats(); got.Written == 0 || got.Dropped == 0 {
		t.Errorf("stats: got %+v, want lines written and lines dropped", got)
	}
	out.w.Store(nil)
	w.Close()
}

func TestLogAllocates(t *testing.T) {
	w := NewWriter(io.Discard, Options{BatchSize: 1 << 20})
	defer w.Close()
	log := func() {
		r := hit() // on the stack
		w.Log(3, &r)
	}
	for range 1000 { // the batch grows
		log()
	}
	w.Reopen() // and is recycled
	if got := testing.AllocsPerRun(1000, log); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// BenchmarkLog has one goroutine for each processor, each with a shard of its
// own, or all with one.
func BenchmarkLog(b *testing.B) {
	for _, bb := range []struct {
		name   string
		apart  uint32
		record Record
	}{
		{"a shard each/browser", 1, browser()},
		{"a shard each/every field", 1, hit()},
		{"one shard/browser", 0, browser()},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := NewWriter(io.Discard, Options{})
			defer w.Close()
			var last atomic.Uint32
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				shard, r := uint8(last.Add(bb.apart)), bb.record
				for pb.Next() {
					w.Log(shard, &r)
				}
			})
		})
	}
}
