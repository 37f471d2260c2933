package body

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// readSlowly reads with a pause before each piece until an error.
func readSlowly(t *testing.T, r *Reader, pause time.Duration) ([]byte, error) {
	var got []byte
	for {
		time.Sleep(pause)
		p, err := r.Next(t.Context())
		if err != nil {
			return got, err
		}
		got = append(got, p...)
	}
}

func TestLeftBehind(t *testing.T) {
	content := pattern(4 * Window)
	for name, c := range map[string]struct {
		leave       func() bool
		pauses      [2]time.Duration // of two readers
		left        bool             // the second one
		atLeast     time.Duration    // that writing takes
		lessThan    time.Duration
		wantContent bool // the second one has seen all
	}{
		"a slow one does not hold up a fast one": {func() bool { return true }, [2]time.Duration{0, time.Minute}, true, 0, time.Second, false},
		"nowhere to go on: the fast one waits":   {func() bool { return false }, [2]time.Duration{0, time.Minute}, false, 10 * time.Minute, time.Hour, true},
		"a Buffer that leaves nobody":            {nil, [2]time.Duration{0, time.Minute}, false, 10 * time.Minute, time.Hour, true},
		"both slow: they share":                  {func() bool { return true }, [2]time.Duration{time.Minute, time.Minute}, false, 10 * time.Minute, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New(Options{Length: -1, Leave: c.leave})
				first, second := b.NewReader(), b.NewReader()
				defer second.Close()
				go func() {
					defer first.Close()
					if got, err := readSlowly(t, first, c.pauses[0]); !errors.Is(err, io.EOF) || !bytes.Equal(got, content) {
						t.Errorf("the first reader got %d bytes, %v, want all %d", len(got), err, len(content))
					}
				}()
				var took time.Duration
				go func() {
					start := time.Now()
					write(t, b, content)
					b.Close(nil)
					took = time.Since(start)
				}()
				got, err := readSlowly(t, second, c.pauses[1])
				if !bytes.Equal(got, content[:len(got)]) || (len(got) == len(content)) != c.wantContent {
					t.Errorf("the second reader got %d bytes of %d, want all: %v", len(got), len(content), c.wantContent)
				}
				if errors.Is(err, ErrLeft) != c.left || !c.left && !errors.Is(err, io.EOF) {
					t.Errorf("the second reader: got %v, want it left behind: %v", err, c.left)
				}
				if c.left && (second.Offset() != int64(len(got)) || !second.Buffered()) {
					t.Errorf("left behind: got offset %d, buffered %v, want %d, true", second.Offset(), second.Buffered(), len(got))
				}
				synctest.Wait()
				if took < c.atLeast || took >= c.lessThan {
					t.Errorf("writing took %v, want %v to %v", took, c.atLeast, c.lessThan)
				}
			})
		})
	}
}

// Leave may agree to some only; those keep their place, the others are waited
// for.
func TestLeaveSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places := 2
		b := New(Options{Length: -1, Leave: func() bool { places--; return places >= 0 }})
		go readAll(t.Context(), b.NewReader())
		var left atomic.Int32
		var slow [3]*Reader
		for i := range slow {
			slow[i] = b.NewReader()
		}
		go func() {
			write(t, b, pattern(3*Window))
			b.Close(nil)
		}()
		for _, r := range slow {
			go func() {
				if _, err := readSlowly(t, r, time.Second); errors.Is(err, ErrLeft) {
					left.Add(1)
				}
			}()
		}
		time.Sleep(time.Hour)
		if left.Load() != 2 {
			t.Errorf("left behind: got %d of 3, want the 2 that Leave agreed to", left.Load())
		}
	})
}

func TestOpenWindow(t *testing.T) {
	for name, c := range map[string]struct {
		grant, want int64
	}{
		"all":                        {Window, Window},
		"a small one":                {32 << 10, 32 << 10},
		"no memory: the least there": {0, MinWindow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				open := int64(0)
				b := New(Options{
					Length: -1, Limit: 10,
					OpenWindow:  func() int64 { open += c.grant; return c.grant },
					CloseWindow: func(n int64) { open -= n },
				})
				r := b.NewReader()
				go func() {
					write(t, b, pattern(2*Window))
					b.Close(nil)
					b.Retire(false)
				}()
				synctest.Wait()
				if b.Size() != c.want || open != c.grant {
					t.Errorf("got %d bytes ahead of the reader with %d granted, want %d with %d", b.Size(), open, c.want, c.grant)
				}
				if size := windowSize(b); size > int(c.want) {
					t.Errorf("got chunks of %d bytes, want at most %d", size, c.want)
				}
				if got, err := readAll(t.Context(), r); err != nil || !bytes.Equal(got, pattern(2*Window)) {
					t.Errorf("the reader got %d bytes, %v, want %d", len(got), err, 2*Window)
				}
				synctest.Wait()
				if open != c.grant {
					t.Errorf("granted while the reader is there: got %d, want %d", open, c.grant)
				}
				r.Close()
				if open != 0 {
					t.Errorf("granted in the end: got %d, want 0", open)
				}
			})
		})
	}
}

func TestNewReaderAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(3 * Window)
		b := New(Options{Length: -1})
		first := b.NewReader()
		go func() {
			write(t, b, content)
			b.Close(nil)
		}()
		for range 6 {
			if _, err := first.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if r := b.NewReaderAt(Window / 4); r != nil {
			t.Error("got a reader at bytes that are gone")
		}
		ahead := b.NewReaderAt(2*Window + 10)
		first.Skip(2 * Window)
		first.Skip(10) // not back
		for name, c := range map[string]struct {
			r    *Reader
			from int
		}{"ahead of the writer": {ahead, 2*Window + 10}, "skipped": {first, 2 * Window}} {
			got, err := readAll(t.Context(), c.r)
			if err != nil || !bytes.Equal(got, content[c.from:]) {
				t.Errorf("%s: got %d bytes, %v, want %d", name, len(got), err, len(content)-c.from)
			}
			c.r.Close()
		}
		if r := b.NewReaderAt(4 * Window); r == nil {
			t.Error("beyond the end: got no reader, want one that sees the end")
		} else if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("beyond the end: got %v, want %v", err, io.EOF)
		}
	})
}

// A reader that is late once is waited for: patience is what a fetch has for
// all of them together.
func TestPatience(t *testing.T) {
	for name, c := range map[string]struct {
		late time.Duration
		want bool // left behind
	}{
		"within patience": {patience - time.Millisecond, false},
		"beyond":          {patience + time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New(Options{Length: -1, Leave: func() bool { return true }})
				late := b.NewReader()
				go readAll(t.Context(), b.NewReader())
				began := time.Now()
				go func() {
					write(t, b, pattern(3*Window))
					b.Close(nil)
					if took := time.Since(began); took > patience {
						t.Errorf("the writer was held up for %v, want at most %v", took, patience)
					}
				}()
				time.Sleep(c.late)
				got, err := readAll(t.Context(), late)
				if errors.Is(err, ErrLeft) != c.want || !c.want && len(got) != 3*Window {
					t.Errorf("late by %v: got %d bytes, %v, want it left behind: %v", c.late, len(got), err, c.want)
				}
				synctest.Wait()
			})
		})
	}
}
