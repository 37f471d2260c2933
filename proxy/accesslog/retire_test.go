package accesslog

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestRetire: a retired Writer takes lines for as long as somebody has it, and is
// closed then.
func TestRetire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w, err := Open(path, Options{NoHeader: true})
	if err != nil {
		t.Fatal(err)
	}
	retired, line := w.Retire(), w.Line // what a Snapshot holds
	w = nil
	for range 3 {
		runtime.GC()
		if retired.Closed() {
			t.Fatal("closed while somebody can write")
		}
		line(0, []byte("a\n"))
	}
	runtime.KeepAlive(line)
	line = nil
	for deadline := time.Now().Add(10 * time.Second); !retired.Closed(); time.Sleep(time.Millisecond) {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatal("not closed when nobody can write any more")
		}
	}
	text, err := os.ReadFile(path)
	if got := strings.Count(string(text), "a\n"); got != 3 || err != nil {
		t.Errorf("got %d lines, %v, want 3", got, err)
	}
	if s := retired.Stats(); s != (Stats{Written: 3}) {
		t.Errorf("got %+v, want 3 written", s)
	}
}
