package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func open(t *testing.T, o Options) *Store {
	t.Helper()
	if o.MaxSize == 0 {
		o.MaxSize = 1 << 20
	}
	if o.WholeSize == 0 {
		o.WholeSize = whole
	}
	if o.MaxReaders == 0 {
		o.MaxReaders = 100
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func put(t *testing.T, s *Store, key, n int) {
	t.Helper()
	head, content := version(key, n)
	if got := s.Put(hashNumber(key), uint64(n), head, content); got != PutTaken {
		t.Fatalf("Put %d version %d: got %v, want %v", key, n, got, PutTaken)
	}
}

// expect checks which version of a key there is, 0 for none.
func expect(t *testing.T, s *Store, key, want int) {
	t.Helper()
	r, found := s.Get(hashNumber(key))
	if found != (want > 0) {
		t.Errorf("Get %d: got %v, want %v", key, found, want > 0)
		return
	}
	head, content := version(key, want)
	if found && (!bytes.Equal(r.Head, head) || !bytes.Equal(r.Content, content)) {
		t.Errorf("Get %d: got %q, want %q and its content", key, r.Head, head)
	}
}

func TestRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := open(t, Options{Path: dir})
	for k := range 100 {
		put(t, s, k, 1)
		expect(t, s, k, 1)
	}
	put(t, s, 1, 2)
	s.Forget(hashNumber(2), 1<<60)
	expect(t, s, 2, 0)
	s.Close()
	s = open(t, Options{Path: dir})
	s.Flush()
	expect(t, s, 0, 1)
	expect(t, s, 1, 2)
	expect(t, s, 2, 0)
	if info, found := s.Find(hashNumber(1)); info.Order != 0 || info.Size == 0 || !found {
		t.Errorf("Find of a record of an earlier process: got %+v, %v, want order 0 and a size", info, found)
	}
	s.Forget(hashNumber(3), 0)
	expect(t, s, 3, 0)
	put(t, s, 3, 7)
	s.Forget(hashNumber(3), 6) // an older one
	expect(t, s, 3, 7)
	put(t, s, 1, 1) // orders begin anew in each process
	expect(t, s, 1, 1)
	s.Flush() // what was put is counted when it is written
	if got := s.Stats(); got.Records != 99 || got.Damaged != 0 || got.Bytes > got.MaxBytes {
		t.Errorf("got %+v, want 99 records, none damaged", got)
	}
}

// TestSmallerBound: a bound that was lowered holds once the folders are listed.
func TestSmallerBound(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Path: dir})
	for k := range 60 {
		put(t, s, k, 1)
	}
	s.Close()
	s = open(t, Options{Path: dir, MaxSize: 64 << 10})
	s.Flush()
	if got := s.Stats(); got.Bytes > 64<<10 || got.Records == 0 || got.Evictions == 0 {
		t.Errorf("got %+v, want at most 64 KiB, and not nothing", got)
	}
}

// TestDamaged: row I8, a file that is not as it was written.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"a bit": func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			write(t, path, b)
		},
		"cut": func(t *testing.T, path string) {
			if err := os.Truncate(path, 50); err != nil {
				t.Fatal(err)
			}
		},
		"empty":   func(t *testing.T, path string) { write(t, path, nil) },
		"removed": func(t *testing.T, path string) { os.Remove(path) },
		"another's": func(t *testing.T, path string) {
			head, content := version(2, 1)
			write(t, path, fileOf(2, head, content))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, Options{Path: dir})
			put(t, s, 1, 1)
			s.Flush()
			path := filepath.Join(dir, fileName(hashNumber(1)))
			damage(t, path)
			expect(t, s, 1, 0)
			s.Flush()
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file after the miss: got %v, want none", err)
			}
			if got := s.Stats(); got.Damaged != 1 || got.Records != 0 {
				t.Errorf("got %+v, want 1 damaged, 0 records", got)
			}
			put(t, s, 1, 2)
			s.Flush()
			expect(t, s, 1, 2)
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// heldFiles lets no Write begin before release is closed.
func heldFiles(m *memoryFiles) (f Files, release chan struct{}) {
	release = make(chan struct{})
	f = m.Files()
	inner := f.Write
	f.Write = func(name string, write func(io.Writer) error) error {
		<-release
		return inner(name, write)
	}
	return f, release
}

// TestQueue: what waits is visible, newest wins, and beyond the bound the
// newest is dropped and the older one does not come back.
func TestQueue(t *testing.T) {
	f, release := heldFiles(newMemoryFiles())
	s := open(t, Options{Files: f, QueueSize: 1 << 10})
	small := func(order uint64, size int) PutResult {
		return s.Put(hashNumber(int(order)%2), order, []byte("h"), bytes.Repeat([]byte{byte(order)}, size))
	}
	for _, step := range []struct {
		order uint64
		size  int
		want  PutResult
	}{{3, 400, PutTaken}, {5, 400, PutTaken}, {1, 400, PutOutdated}, {2, 500, PutTaken}, {4, 700, PutDropped}} {
		if got := small(step.order, step.size); got != step.want {
			t.Errorf("Put order %d of %d bytes: got %v, want %v", step.order, step.size, got, step.want)
		}
	}
	if r, found := s.Get(hashNumber(1)); !found || r.Order != 5 || r.Content[0] != 5 {
		t.Errorf("Get of what waits: got order %d, %v, want 5", r.Order, found)
	}
	if _, found := s.Get(hashNumber(0)); found {
		t.Error("an older record is there although a newer one was dropped")
	}
	close(release)
	s.Flush()
	if _, found := s.Get(hashNumber(0)); found {
		t.Error("an older record has come back")
	}
	if got := small(3, 10); got != PutOutdated {
		t.Errorf("Put of order 3 after 5 was written: got %v, want %v", got, PutOutdated)
	}
	if got := s.Stats(); got.Drops != 1 || got.Records != 1 {
		t.Errorf("got %+v, want 1 drop, 1 record", got)
	}
}

// TestQueueLength: many removals wait no more than the queue is long, and
// those that do not fit hold all the same.
func TestQueueLength(t *testing.T) {
	f, release := heldFiles(newMemoryFiles())
	s := open(t, Options{Files: f, MaxSize: 1 << 30})
	put(t, s, -1, 1) // holds the writer
	dropped := 0
	for k := range queueLength + 10 {
		if s.Put(hashNumber(k), 1, []byte("h"), nil) == PutDropped {
			dropped++
		}
	}
	if dropped < 10 || dropped > 12 {
		t.Errorf("got %d dropped, want about 10", dropped)
	}
	s.Forget(hashNumber(5), 1<<60)
	if _, found := s.Get(hashNumber(5)); found {
		t.Error("a record is there that was to be forgotten when the queue was full")
	}
	close(release)
	s.Flush()
	if _, found := s.Get(hashNumber(5)); found {
		t.Error("a forgotten record has come back")
	}
}

func TestTooLarge(t *testing.T) {
	s := open(t, Options{Files: newMemoryFiles().Files(), MaxSize: 64 << 10})
	if got := s.Put(hashNumber(1), 1, []byte("h"), make([]byte, 64<<10)); got != PutDropped {
		t.Errorf("a record as large as the bound, with its head: got %v, want %v", got, PutDropped)
	}
}

// TestFailing: a disk that fails is one line of the log, is left alone and
// tried again; what it holds is read meanwhile.
func TestFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := newMemoryFiles()
		s, err := Open(Options{Files: m.Files(), MaxSize: 1 << 20, WholeSize: whole, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		put(t, s, 1, 1)
		put(t, s, 2, 1)
		s.Flush()
		tries := 0
		m.before = func(c change) {
			if c.written != nil {
				tries++
			}
		}
		m.fail = errors.New("no space left on device")
		put(t, s, 2, 2)
		s.Flush()
		for k := range 50 {
			head, content := version(k, 3)
			if got := s.Put(hashNumber(10+k), 3, head, content); got != PutDropped {
				t.Fatalf("Put while suspended: got %v, want %v", got, PutDropped)
			}
		}
		expect(t, s, 1, 1)
		expect(t, s, 2, 0)
		time.Sleep(minPause)
		put(t, s, 3, 1)
		s.Flush()
		if got := s.Stats(); tries != 2 || got.State != StateSuspended || got.Drops != 52 {
			t.Errorf("after %d tries: got %+v, want 2, %v, 52 drops", tries, got, StateSuspended)
		}
		m.fail = nil
		time.Sleep(2 * minPause)
		put(t, s, 3, 2)
		s.Flush()
		expect(t, s, 3, 2)
		if got := s.Stats(); got.State != StateReady {
			t.Errorf("got %v, want %v", got.State, StateReady)
		}
		if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "no space") {
			t.Errorf("got %d lines of log, want 2:\n%s", got, &log)
		}
	})
}

func TestGatePauses(t *testing.T) {
	g := gate{logger: slog.New(slog.DiscardHandler)}
	now := time.Unix(0, 0)
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		g.result(errors.New("no"), now)
		if want *= time.Second; g.open(now.Add(want-1)) || !g.open(now.Add(want)) {
			t.Errorf("at %v: want a pause of %v", now, want)
		}
		g.result(errors.New("another of the same time"), now.Add(want-1))
		now = now.Add(want)
	}
}

// TestForgetBeforeListed: what is forgotten before its folder was listed does
// not come back by that.
func TestForgetBeforeListed(t *testing.T) {
	m := newMemoryFiles()
	s := open(t, Options{Files: m.Files()})
	put(t, s, 1, 1)
	s.Close()
	f := m.Files()
	list, begin := f.List, make(chan struct{})
	f.List = func(folder string) ([]FileInfo, error) {
		<-begin
		return list(folder)
	}
	s = open(t, Options{Files: f})
	s.Forget(hashNumber(1), 1<<60)
	close(begin)
	s.Flush()
	expect(t, s, 1, 0)
	if got := s.Stats(); got.Records != 0 || len(m.files) != 0 {
		t.Errorf("got %d records, %d files, want none", got.Records, len(m.files))
	}
}

// TestConcurrent: readers meet writers, evictions and removals of the same
// records; whatever they get is whole.
func TestConcurrent(t *testing.T) {
	s := open(t, Options{Path: t.TempDir(), MaxSize: 128 << 10})
	const keys = 20
	var orders [keys]atomic.Uint64
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 300 {
				k := (i*7 + g) % keys
				switch {
				case g < 2:
					n := int(orders[k].Add(1))
					head, content := version(k, n)
					s.Put(hashNumber(k), uint64(n), head, content)
				case i%50 == 0:
					s.Forget(hashNumber(k), 1<<60)
				default:
					if r, found := s.Get(hashNumber(k)); found && !isVersion(r, k, int(orders[k].Load())) {
						t.Errorf("key %d: got %q with %d bytes", k, r.Head, len(r.Content))
					}
				}
			}
		})
	}
	wg.Wait()
	s.Flush()
	if got := s.Stats(); got.Damaged != 0 || got.Bytes > got.MaxBytes {
		t.Errorf("got %+v, want none damaged, within the bound", got)
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if s, err := Open(Options{Path: file}); err == nil {
		s.Close()
		t.Error("a file instead of a folder: got no error")
	}
}

// TestLock: a folder belongs to one edge at a time.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	first, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); err == nil || err.Error() != "folder "+dir+" is in use by another edge" {
		t.Errorf("a second time: got %v, want an error that names the folder", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	again, err := Lock(dir)
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	again.Close()
}

func TestNames(t *testing.T) {
	for got, want := range map[fmt.Stringer]string{
		StateReady: "ready", StateSuspended: "suspended", stateCount: "State(?)",
		PutTaken: "taken", PutOutdated: "outdated", PutDropped: "dropped", putResultCount: "PutResult(?)",
		slotFree: "free", slotUnread: "unread", slotRead: "read", slotDead: "dead", slotStateCount: "slotState(?)",
	} {
		if got.String() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	s, err := Open(Options{Path: b.TempDir(), MaxSize: 1 << 30, WholeSize: whole})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	s.Put(hashNumber(1), 1, []byte("head"), make([]byte, 64<<10))
	s.Flush()
	b.Run("hit, 64 KiB", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(64 << 10)
		for b.Loop() {
			s.Get(hashNumber(1))
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Get(hashNumber(2))
		}
	})
}

func ExampleStore() {
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	hash := hashNumber(1)
	for range 2 { // a process and the one after it
		s, err := Open(Options{Path: dir, MaxSize: 1 << 30, WholeSize: 1 << 20})
		if err != nil {
			fmt.Println(err)
			return
		}
		s.Flush()
		r, found := s.Get(hash)
		fmt.Printf("%v %q\n", found, r.Joined)
		s.Put(hash, 1, []byte("head "), []byte("content"))
		s.Close()
	}
	// Output:
	// false ""
	// true "head content"
}
