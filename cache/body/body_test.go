package body

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A budget is the memory that a Buffer asks for.
type budget struct{ used, max, peak atomic.Int64 }

func newBudget(limit int64) *budget {
	b := &budget{}
	b.max.Store(limit)
	return b
}

func (b *budget) reserve(n int64) bool {
	used := b.used.Add(n)
	if used > b.max.Load() {
		b.used.Add(-n)
		return false
	}
	if used > b.peak.Load() {
		b.peak.Store(used)
	}
	return true
}

func (b *budget) release(n int64) { b.used.Add(-n) }

func (b *budget) options(length, limit int64) Options {
	return Options{Prefix: []byte("prefix|"), Length: length, Limit: limit, Reserve: b.reserve, Release: b.release}
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return p
}

// readAll reads until the end and returns what it saw.
func readAll(ctx context.Context, r *Reader) ([]byte, error) {
	var got []byte
	for {
		p, err := r.Next(ctx)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return got, err
		}
		if cap(p) != len(p) {
			return got, errors.New("a reader could append to the content")
		}
		got = append(got, p...)
	}
}

func write(t *testing.T, b *Buffer, p []byte) {
	t.Helper()
	if n, err := b.Write(t.Context(), p); n != len(p) || err != nil {
		t.Fatalf("Write(%d bytes): got %d, %v, want all", len(p), n, err)
	}
}

func TestSeal(t *testing.T) {
	for name, c := range map[string]struct {
		length   int64 // as announced
		size     int   // as sent
		limit    int64
		wantCopy bool
	}{
		"known length":      {1000, 1000, 4096, false},
		"known, empty":      {0, 0, 4096, false},
		"exactly the limit": {4096, 4096, 4096, false},
		"unknown length":    {-1, 200_000, 1 << 20, true},
		"unknown, empty":    {-1, 0, 4096, true},
		"sent too little":   {1000, 999, 4096, true},
	} {
		t.Run(name, func(t *testing.T) {
			content, m := pattern(c.size), newBudget(1<<30)
			b := New(m.options(c.length, c.limit))
			r := b.NewReader()
			write(t, b, content)
			b.Close(nil)
			if !b.Whole() || b.Size() != int64(c.size) {
				t.Fatalf("got whole %v and %d bytes, want all %d", b.Whole(), b.Size(), c.size)
			}
			block := b.Seal()
			if want := append([]byte("prefix|"), content...); !bytes.Equal(block, want) {
				t.Errorf("got a block of %d bytes, want prefix and content, %d", len(block), len(want))
			}
			if copied := b.mu.block == nil || len(block) == 0 || &block[0] != &b.mu.block[0]; copied != c.wantCopy {
				t.Errorf("block is a copy: got %v, want %v", copied, c.wantCopy)
			}
			if cap(block) != len(block) {
				t.Errorf("got capacity %d for %d bytes, want no slack", cap(block), len(block))
			}
			if got, err := readAll(t.Context(), r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("a reader after Seal got %d bytes, %v, want %d", len(got), err, c.size)
			}
		})
	}
}

// After Seal there is one copy of the content, however slow the readers are.
func TestSealReplacesChunks(t *testing.T) {
	content := pattern(150_000)
	b := New(Options{Prefix: []byte("p"), Length: -1, Limit: 1 << 20})
	fast, slow := b.NewReader(), b.NewReader()
	write(t, b, content)
	if _, err := fast.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Close(nil)
	block := b.Seal()
	p, err := slow.Next(t.Context())
	if err != nil || &p[0] != &block[1] {
		t.Errorf("a reader at the start: got %d bytes beside the sealed block (%v), want a view of it", len(p), err)
	}
	rest, err := readAll(t.Context(), fast)
	if err != nil || !bytes.Equal(rest, content[maxChunk:]) {
		t.Errorf("a reader in the middle: got %d bytes, %v, want %d", len(rest), err, len(content)-maxChunk)
	}
}

func TestNewReaderRefused(t *testing.T) {
	reset := errors.New("reset")
	for name, c := range map[string]struct {
		limit int64
		do    func(t *testing.T, b *Buffer, first *Reader)
		want  bool
	}{
		"while it arrives":    {1 << 20, func(t *testing.T, b *Buffer, _ *Reader) { write(t, b, pattern(10)) }, true},
		"complete":            {1 << 20, func(_ *testing.T, b *Buffer, _ *Reader) { b.Close(nil) }, true},
		"kept":                {1 << 20, func(_ *testing.T, b *Buffer, _ *Reader) { b.Close(nil); b.Retire(true) }, true},
		"cut off":             {1 << 20, func(_ *testing.T, b *Buffer, _ *Reader) { b.Close(reset) }, false},
		"slower than its end": {1 << 20, func(_ *testing.T, b *Buffer, r *Reader) { r.Close(); b.Close(nil); b.Retire(false) }, true},
		"window, all there":   {0, func(t *testing.T, b *Buffer, _ *Reader) { write(t, b, pattern(Window)) }, true},
		"window, slid": {0, func(t *testing.T, b *Buffer, r *Reader) {
			for range 4 {
				write(t, b, pattern(maxChunk))
				if _, err := r.Next(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}, false},
		"window, abandoned by its reader": {0, func(_ *testing.T, _ *Buffer, r *Reader) { r.Close() }, false},
		"whole, without readers":          {1 << 20, func(_ *testing.T, _ *Buffer, r *Reader) { r.Close() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := New(Options{Length: -1, Limit: c.limit})
			first := b.NewReader()
			c.do(t, b, first)
			if got := b.NewReader() != nil; got != c.want {
				t.Errorf("NewReader: got a reader %v, want %v", got, c.want)
			}
		})
	}
}

// A reader that could attach would only see the content cut off.
func TestWriteFindsNobody(t *testing.T) {
	b := New(Options{Length: -1})
	if n, err := b.Write(t.Context(), []byte("x")); n != 0 || !errors.Is(err, ErrAbandoned) {
		t.Errorf("Write without readers: got %d, %v, want ErrAbandoned", n, err)
	}
	if b.NewReader() != nil {
		t.Error("got a reader after Write had given up")
	}
}

func TestAbandoned(t *testing.T) {
	for name, c := range map[string]struct {
		limit int64
		do    func(b *Buffer, r1, r2 *Reader)
		want  int
	}{
		"last reader of a window":  {0, func(_ *Buffer, r1, r2 *Reader) { r1.Close(); r2.Close(); r2.Close() }, 1},
		"one of two":               {0, func(_ *Buffer, r1, _ *Reader) { r1.Close() }, 0},
		"what will be stored":      {1 << 20, func(_ *Buffer, r1, r2 *Reader) { r1.Close(); r2.Close() }, 0},
		"what has arrived already": {0, func(b *Buffer, r1, r2 *Reader) { b.Close(nil); r1.Close(); r2.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			called := 0
			b := New(Options{Length: -1, Limit: c.limit, Abandoned: func() { called++ }})
			c.do(b, b.NewReader(), b.NewReader())
			if called != c.want {
				t.Errorf("Abandoned: called %d times, want %d", called, c.want)
			}
		})
	}
}

func TestTurnsToWindow(t *testing.T) {
	for name, c := range map[string]struct {
		budget, length, limit int64
		size                  int
		want                  bool // whole in the end
	}{
		"within the limit":          {1 << 20, -1, 50_000, 50_000, true},
		"one byte over the limit":   {1 << 20, -1, 50_000, 50_001, false},
		"known to be over":          {1 << 20, 50_001, 50_000, 0, false},
		"not stored at all":         {1 << 20, 10, 0, 10, false},
		"known, no memory for it":   {9_999, 10_000, 50_000, 10_000, false},
		"known, memory just enough": {10_000, 10_000, 50_000, 10_000, true},
		"unknown, memory runs out":  {20_000, -1, 50_000, 40_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newBudget(c.budget)
			b := New(m.options(c.length, c.limit))
			r := b.NewReader()
			write(t, b, pattern(c.size))
			if got := b.Whole(); got != c.want {
				t.Errorf("whole: got %v, want %v", got, c.want)
			}
			b.Close(nil)
			if got, err := readAll(t.Context(), r); err != nil || !bytes.Equal(got, pattern(c.size)) {
				t.Errorf("the reader got %d bytes, %v, want %d", len(got), err, c.size)
			}
			b.Retire(false)
			r.Close()
			if got := m.used.Load(); got != 0 {
				t.Errorf("reserved in the end: got %d, want 0", got)
			}
		})
	}
}

// Memory that was reserved for content that turned out too large is given
// back as the readers pass it.
func TestSlidingGivesBack(t *testing.T) {
	m := newBudget(1 << 30)
	b := New(m.options(-1, 1<<20))
	r := b.NewReader()
	write(t, b, pattern(1<<20))
	full := m.used.Load()
	if full < 1<<20 {
		t.Fatalf("reserved for 1 MiB: got %d", full)
	}
	for r.Buffered() {
		if _, err := r.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	write(t, b, pattern(maxChunk))
	if got := m.used.Load(); got > maxChunk {
		t.Errorf("reserved after the window slid: got %d, want at most the last chunk, %d", got, maxChunk)
	}
}

func TestRetire(t *testing.T) {
	for name, c := range map[string]struct {
		kept          bool
		leaves        bool  // the reader, before Retire
		before, after int64 // reserved after Retire, and when the reader has gone
	}{
		"kept: the memory is the cache's at once": {true, false, 0, 0},
		"not kept: reserved while somebody reads": {false, false, 1000, 0},
		"not kept, and nobody reads":              {false, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := newBudget(1 << 20)
			b := New(m.options(1000, 4096))
			r := b.NewReader()
			write(t, b, pattern(1000))
			b.Close(nil)
			if c.leaves {
				r.Close()
			}
			b.Retire(c.kept)
			if got := m.used.Load(); got != c.before {
				t.Errorf("reserved after Retire: got %d, want %d", got, c.before)
			}
			if c.leaves {
				return
			}
			if got, err := readAll(t.Context(), r); err != nil || len(got) != 1000 {
				t.Errorf("the reader got %d bytes, %v, want 1000", len(got), err)
			}
			r.Close()
			if got := m.used.Load(); got != c.after {
				t.Errorf("reserved without readers: got %d, want %d", got, c.after)
			}
		})
	}
}

func TestCutOff(t *testing.T) {
	reset := errors.New("reset")
	b := New(Options{Length: 100, Limit: 1000})
	r := b.NewReader()
	write(t, b, pattern(60))
	b.Close(reset)
	b.Close(nil) // too late
	got, err := readAll(t.Context(), r)
	if len(got) != 60 || !errors.Is(err, reset) {
		t.Errorf("got %d bytes and %v, want 60 and the reset", len(got), err)
	}
	if _, err := b.Write(t.Context(), []byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write after Close: got %v, want %v", err, io.ErrClosedPipe)
	}
}

func TestWaiting(t *testing.T) {
	t.Run("the writer waits for the slowest reader", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := New(Options{Length: -1})
			fast, slow := b.NewReader(), b.NewReader()
			go readAll(t.Context(), fast)
			var done atomic.Bool
			go func() {
				write(t, b, pattern(3*Window))
				b.Close(nil)
				done.Store(true)
			}()
			synctest.Wait()
			if done.Load() || b.Size() != Window {
				t.Fatalf("with a reader that stands: got %d bytes written, want %d", b.Size(), Window)
			}
			got, err := readAll(t.Context(), slow)
			if err != nil || !bytes.Equal(got, pattern(3*Window)) {
				t.Errorf("the slow reader got %d bytes, %v, want %d", len(got), err, 3*Window)
			}
			synctest.Wait()
			if !done.Load() {
				t.Error("the writer still waits")
			}
		})
	})
	t.Run("a slow reader that leaves frees the writer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := New(Options{Length: -1})
			fast, slow := b.NewReader(), b.NewReader()
			go readAll(t.Context(), fast)
			go func() {
				time.Sleep(time.Minute)
				slow.Close()
			}()
			write(t, b, pattern(3*Window))
			b.Close(nil)
		})
	})
	t.Run("the last reader that leaves stops the writer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := New(Options{Length: -1})
			r := b.NewReader()
			time.AfterFunc(time.Minute, r.Close)
			n, err := b.Write(t.Context(), pattern(2*Window))
			if n != Window || !errors.Is(err, ErrAbandoned) {
				t.Errorf("got %d, %v, want %d, %v", n, err, Window, ErrAbandoned)
			}
		})
	})
	t.Run("both give up with their context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gone := errors.New("viewer gone")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Minute, func() { cancel(gone) })
			b := New(Options{Length: -1})
			b.NewReader()
			if n, err := b.Write(ctx, pattern(2*Window)); n != Window || !errors.Is(err, gone) {
				t.Errorf("Write: got %d, %v, want %d, %v", n, err, Window, gone)
			}
			empty := New(Options{Length: -1, Limit: 1})
			if _, err := empty.NewReader().Next(ctx); !errors.Is(err, gone) {
				t.Errorf("Next: got %v, want %v", err, gone)
			}
		})
	})
	t.Run("Close wakes its own Next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := New(Options{Length: -1, Limit: 1}).NewReader()
			time.AfterFunc(time.Minute, r.Close)
			if _, err := r.Next(t.Context()); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("got %v, want %v", err, io.ErrClosedPipe)
			}
			if !r.Buffered() {
				t.Error("Buffered: got false, want true, since Next does not wait")
			}
		})
	})
	t.Run("bytes reach a reader as they come", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := New(Options{Length: 6, Limit: 10})
			r := b.NewReader()
			go func() {
				for _, s := range []string{"ab", "cd", "ef"} {
					time.Sleep(time.Second)
					b.Write(t.Context(), []byte(s))
				}
				b.Close(nil)
			}()
			start := time.Now()
			for i, want := range []string{"ab", "cd", "ef"} {
				p, err := r.Next(t.Context())
				if string(p) != want || err != nil || time.Since(start) != time.Duration(i+1)*time.Second {
					t.Errorf("got %q, %v after %v, want %q after %d s", p, err, time.Since(start), want, i+1)
				}
			}
		})
	})
}

// TestModel writes random content in random pieces to readers that come and
// go at random, and compares with the plain slice: whoever stays to the end
// has seen exactly the content, memory stays within the window, and in the
// end nothing is reserved.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(60) {
		modelRun(t, rand.New(rand.NewPCG(seed, i)))
		if t.Failed() {
			t.Fatalf("seed %d, run %d", seed, i)
		}
	}
}

func modelRun(t *testing.T, rnd *rand.Rand) {
	content := pattern(rnd.IntN(3 * Window))
	m := newBudget(int64(rnd.IntN(4 * Window)))
	o := m.options(-1, int64(rnd.IntN(4*Window)))
	if rnd.IntN(2) == 0 {
		o.Length = int64(len(content))
	}
	if rnd.IntN(4) == 0 {
		o.Limit = 0
	}
	b := New(o)
	var wait sync.WaitGroup
	join := func(r *Reader, leaves int) {
		if r == nil {
			return
		}
		wait.Go(func() {
			defer r.Close()
			got := 0
			for got <= leaves {
				p, err := r.Next(t.Context())
				if errors.Is(err, io.EOF) {
					if got != len(content) {
						t.Errorf("a reader got %d bytes, want %d", got, len(content))
					}
					return
				}
				if err != nil || !bytes.Equal(p, content[got:got+len(p)]) {
					t.Errorf("at %d: got %d bytes, %v, want the content", got, len(p), err)
					return
				}
				got += len(p)
			}
		})
	}
	leaves := func() int {
		if rnd.IntN(3) == 0 {
			return rnd.IntN(len(content) + 1)
		}
		return len(content)
	}
	join(b.NewReader(), len(content))
	kept := false
	for rest := content; ; {
		if len(rest) == 0 {
			b.Close(nil)
			break
		}
		n := min(len(rest), 1+rnd.IntN(50_000))
		if _, err := b.Write(t.Context(), rest[:n]); err != nil {
			t.Errorf("Write: %v", err)
			b.Close(err)
			break
		}
		rest = rest[n:]
		if rnd.IntN(4) == 0 {
			join(b.NewReader(), leaves())
		}
		if size := windowSize(b); size > Window+2*maxChunk && size > int(o.Limit) {
			t.Errorf("got %d bytes kept in the window regime, want at most %d", size, Window+2*maxChunk)
		}
	}
	if b.Whole() {
		if got := b.Seal(); !bytes.Equal(got, append([]byte("prefix|"), content...)) {
			t.Errorf("sealed: got %d bytes, want %d", len(got), len(content)+7)
		}
		kept = rnd.IntN(2) == 0
	}
	join(b.NewReader(), leaves())
	b.Retire(kept)
	wait.Wait()
	if got := m.used.Load(); got != 0 {
		t.Errorf("reserved in the end: got %d, want 0", got)
	}
}

// windowSize returns how many bytes b keeps, 0 in the whole regime.
func windowSize(b *Buffer) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	if b.mu.window {
		for _, c := range b.mu.chunks {
			n += cap(c.data)
		}
	}
	return n
}

func ExampleBuffer() {
	b := New(Options{Prefix: []byte("key|"), Length: 5, Limit: 1 << 20})
	r := b.NewReader()
	defer r.Close()

	_, _ = b.Write(context.Background(), []byte("he"))
	p, _ := r.Next(context.Background()) // while it arrives
	fmt.Printf("%s\n", p)

	_, _ = b.Write(context.Background(), []byte("llo"))
	b.Close(nil)
	block := b.Seal() // for the cache
	b.Retire(true)
	fmt.Printf("%s\n", block)
	// Output:
	// he
	// key|hello
}

// BenchmarkBuffer moves 1 MiB to one reader.
func BenchmarkBuffer(b *testing.B) {
	piece := make([]byte, 32<<10)
	for name, o := range map[string]Options{
		"whole, known length":   {Length: 1 << 20, Limit: 1 << 20},
		"whole, unknown length": {Length: -1, Limit: 1 << 20},
		"window":                {Length: -1},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(1 << 20)
			for b.Loop() {
				buf := New(o)
				r := buf.NewReader()
				for range 32 {
					if _, err := buf.Write(b.Context(), piece); err != nil {
						b.Fatal(err)
					}
					if _, err := r.Next(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				buf.Close(nil)
				r.Close()
				buf.Retire(false)
			}
		})
	}
}
