package secret

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A disk has files that a test changes.
type disk struct {
	mu    sync.Mutex
	files map[string]string
}

func (d *disk) read(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, there := d.files[name]
	if !there {
		return nil, errors.New("no file " + name)
	}
	return []byte(text), nil
}

func (d *disk) write(name, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[name] = text
}

func (d *disk) remove(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.files, name)
}

// A file that changes is followed; one that is gone, empty or malformed for a
// while leaves the last value. The log says what happened, once, and no value.
func TestFilesAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		d := &disk{files: map[string]string{"a": "\n hush1 \nhush0\n", "b": "hush"}}
		f := New(Options{Read: d.read, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		defer f.Close()
		a, err := f.Value("a")
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.Value("b")
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.Value("a")
		if err != nil || again != a {
			t.Fatalf("the same file is two values: %v", err)
		}
		for _, step := range []struct {
			change func()
			want   string
		}{
			{func() {}, "hush1"},
			{func() { d.write("a", "hush3\nhush1\n") }, "hush3"},
			{func() { d.remove("a") }, "hush3"},
			{func() { d.write("a", "") }, "hush3"},
			{func() { d.write("a", "a\x00b") }, "hush3"},
			{func() { d.write("a", "hush4") }, "hush4"},
		} {
			step.change()
			for range 3 {
				time.Sleep(interval)
				synctest.Wait()
			}
			if got := a.Load(); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		}
		if b.Load() != "hush" {
			t.Errorf("the other file: got %q", b.Load())
		}
		f.Close()
		said := log.String()
		if n := strings.Count(said, "level=ERROR"); n != 3 {
			t.Errorf("got %d errors in the log, want 3:\n%s", n, said)
		}
		if strings.Contains(said, "hush") {
			t.Errorf("the log tells a value:\n%s", said)
		}
	})
}

func TestFirst(t *testing.T) {
	long := strings.Repeat("x", maxLength)
	for in, want := range map[string]string{
		"a": "a", "a\n": "a", "a\r\nb": "a", "\n\n \t\n a b \n": "a b", "#a": "#a", long: long,
		"": "-", " \n": "-", long + "x": "-", "a\x01": "-", "ä\x7f": "-",
	} {
		got, err := First(in)
		if err != nil {
			got = "-"
		}
		if got != want {
			t.Errorf("First(%q): got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestNoFile(t *testing.T) {
	f := New(Options{Logger: slog.New(slog.DiscardHandler)})
	defer f.Close()
	if _, err := f.Value(t.TempDir() + "/absent"); err == nil {
		t.Error("got a value of a file that is not there")
	}
}

// A file whose value nobody has any more, after a reload, is not followed.
func TestFilesAreForgotten(t *testing.T) {
	d := &disk{files: map[string]string{"a": "1", "b": "2"}}
	f := New(Options{Read: d.read, Logger: slog.New(slog.DiscardHandler)})
	defer f.Close()
	kept, err := f.Value("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Value("b"); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	f.look()
	if len(f.values) != 1 || f.values["a"].Value() != kept {
		t.Errorf("got %d files, want the one whose value somebody has", len(f.values))
	}
	runtime.KeepAlive(kept)
}
