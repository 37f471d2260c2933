package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// large is a content of this size that tells what it is.
func large(n int, size int64) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%07d\n", n), int(size/8)+1)[:size]
}

// openLarge starts a Store that leaves all content on the disk, with one
// record under key 1, and returns where that is.
func openLarge(t *testing.T, o Options, content []byte) (*Store, *Content) {
	t.Helper()
	o.WholeSize = 1
	s := open(t, o)
	putLarge(t, s, 1, content)
	s.Flush()
	return s, stored(t, s)
}

func putLarge(t *testing.T, s *Store, order uint64, content []byte) {
	t.Helper()
	if got := s.Put(hashNumber(1), order, fmt.Appendf(nil, "head %d", order), content); got != PutTaken {
		t.Fatalf("Put: got %v, want %v", got, PutTaken)
	}
}

// stored returns where the content of key 1 is.
func stored(t *testing.T, s *Store) *Content {
	t.Helper()
	r, found := s.Get(hashNumber(1))
	if !found || r.Stored == nil || r.Content != nil {
		t.Fatalf("Get: got %+v, %v, want a record whose content is on the disk", r, found)
	}
	return r.Stored
}

func openReader(t *testing.T, s *Store, c *Content) *Reader {
	t.Helper()
	r, err := s.Open(c)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(r.Close)
	return r
}

// readFrom returns the content from an offset on, and what ended it.
func readFrom(r *Reader, from int64) (content []byte, err error) {
	buffer := make([]byte, BlockSize)
	for {
		b, err := r.Block(buffer, from)
		if err != nil {
			return content, err
		}
		content = append(content, b...)
		from += int64(len(b))
	}
}

func wantFrom(t *testing.T, r *Reader, from int64, want []byte) {
	t.Helper()
	if got, err := readFrom(r, from); !errors.Is(err, io.EOF) || !bytes.Equal(got, want) {
		t.Errorf("from %d: got %d bytes, %v, want %d", from, len(got), err, len(want))
	}
}

func TestReader(t *testing.T) {
	for _, size := range []int64{0, 1, BlockSize - 1, BlockSize, BlockSize + 1, 3*BlockSize + 10} {
		content := large(1, size)
		s, c := openLarge(t, Options{Path: t.TempDir()}, content)
		r := openReader(t, s, c)
		if c.Size() != size {
			t.Errorf("Size: got %d, want %d", c.Size(), size)
		}
		for _, from := range []int64{0, 1, BlockSize - 1, BlockSize, size - 1} {
			if from >= 0 && from <= size {
				wantFrom(t, r, from, content[from:])
			}
		}
		for _, from := range []int64{-1, size, size + BlockSize} {
			if b, err := r.Block(make([]byte, BlockSize), from); !errors.Is(err, io.EOF) {
				t.Errorf("size %d, from %d: got %q, %v, want %v", size, from, b, err, io.EOF)
			}
		}
		r.Close()
		if _, err := r.Block(nil, 0); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after Close: got %v, want %v", err, io.ErrClosedPipe)
		}
	}
}

// TestReadWaiting: content that is not written yet is read where it waits.
func TestReadWaiting(t *testing.T) {
	m := newMemoryFiles()
	f, release := heldFiles(m)
	s := open(t, Options{Files: f, WholeSize: 1})
	content := large(1, 2*BlockSize+1)
	putLarge(t, s, 1, content)
	r, found := s.Get(hashNumber(1))
	if !found || !bytes.Equal(r.Content, content) {
		t.Fatalf("Get: got %d bytes, %v, want the content", len(r.Content), found)
	}
	close(release)
	s.Flush()
	wantFrom(t, openReader(t, s, stored(t, s)), 0, content)
}

// TestReadFails: whatever a disk does while a content is read, no byte comes
// that was not written, and the record goes.
func TestReadFails(t *testing.T) {
	const blocks = 4
	broken := errors.New("input/output error")
	for name, fail := range map[string]func(p []byte) (int, error){
		"error":       func(p []byte) (int, error) { return 0, broken },
		"short":       func(p []byte) (int, error) { return len(p) / 2, io.EOF },
		"wrong bytes": func(p []byte) (int, error) { p[len(p)/2] ^= 1; return len(p), nil },
		"zero":        func(p []byte) (int, error) { clear(p); return len(p), nil },
	} {
		for k := range int64(blocks) {
			t.Run(fmt.Sprint(name, " at block ", k), func(t *testing.T) {
				m := newMemoryFiles()
				content := large(1, blocks*BlockSize)
				s, c := openLarge(t, Options{Files: m.Files()}, content)
				m.read = func(p []byte, offset int64) (int, error) {
					if offset == int64(len("head 1"))+headerSize+4*blocks+k*BlockSize {
						return fail(p)
					}
					return len(p), nil
				}
				r, other := openReader(t, s, c), openReader(t, s, c)
				if m.open.Load() != 1 {
					t.Errorf("got %d open files for two readers, want 1", m.open.Load())
				}
				got, err := readFrom(r, 0)
				if errors.Is(err, io.EOF) || !bytes.Equal(got, content[:k*BlockSize]) {
					t.Errorf("got %d bytes, %v, want %d and an error", len(got), err, k*BlockSize)
				}
				if _, err := r.Block(make([]byte, BlockSize), 0); err == nil {
					t.Error("the reader goes on after damage")
				}
				if _, err := s.Open(c); err == nil {
					t.Error("a damaged content is opened again")
				}
				if _, err := readFrom(other, 0); err == nil {
					t.Error("another reader does not see the damage")
				}
				r.Close()
				other.Close()
				s.Flush()
				if got := s.Stats(); got.Damaged != 1 || got.Records != 0 || len(m.files) != 0 || m.open.Load() != 0 {
					t.Errorf("got %+v, %d files, %d open, want 1 damaged, nothing left", got, len(m.files), m.open.Load())
				}
				m.read = nil
				putLarge(t, s, 2, content)
				s.Flush()
				wantFrom(t, openReader(t, s, stored(t, s)), 0, content)
			})
		}
	}
}

// TestReadOn: a reader comes to the end whatever becomes of the record, and
// who comes later gets the content that is wanted or none.
func TestReadOn(t *testing.T) {
	content := large(1, 5*BlockSize)
	for name, end := range map[string]func(*Store){
		"forgotten": func(s *Store) { s.Forget(hashNumber(1), 1<<60) },
		"replaced":  func(s *Store) { putLarge(t, s, 2, large(2, 4*BlockSize)) },
		"evicted": func(s *Store) {
			for k := range 8 {
				s.Put(hashNumber(100+k), 1, []byte("head"), make([]byte, 3*BlockSize))
				s.Flush()
			}
		},
		"closed": func(s *Store) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s, c := openLarge(t, Options{Path: t.TempDir()}, content)
			r := openReader(t, s, c)
			if _, err := r.Block(make([]byte, BlockSize), 0); err != nil {
				t.Fatal(err)
			}
			end(s)
			s.Flush()
			wantFrom(t, r, BlockSize, content[BlockSize:])
			r.Close()
			if name == "closed" {
				return
			}
			if _, err := s.Open(c); !errors.Is(err, errGone) {
				t.Errorf("Open afterwards: got %v, want %v", err, errGone)
			}
			if got := s.Stats(); got.Damaged != 0 {
				t.Errorf("got %d damaged, want none", got.Damaged)
			}
		})
	}
}

// TestReadersBound: so many readers there are and no more, however many of one
// file. One that is refused or finds nothing takes no place.
func TestReadersBound(t *testing.T) {
	s, c := openLarge(t, Options{Path: t.TempDir(), MaxReaders: 2}, large(1, 10))
	first := openReader(t, s, c)
	for range 10 {
		if _, err := s.Open(new(Content)); !errors.Is(err, errGone) {
			t.Errorf("of what is not there: got %v, want %v", err, errGone)
		}
	}
	openReader(t, s, c)
	if _, err := s.Open(c); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: got %v, want %v", err, ErrBusy)
	}
	first.Close()
	first.Close()
	wantFrom(t, openReader(t, s, c), 0, large(1, 10))
	if _, err := s.Open(c); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many again: got %v, want %v", err, ErrBusy)
	}
}

// TestOpenBound: so many files are read at once and no more, and what is
// refused is not lost.
func TestOpenBound(t *testing.T) {
	m := newMemoryFiles()
	s, c := openLarge(t, Options{Files: m.Files()}, large(1, 10))
	for n := range maxOpen {
		f := &openFile{preface: preface{number: uint64(n)}, file: &memoryFile{files: m}}
		if s.reading.add(f) != f {
			t.Fatalf("file %d is refused", n)
		}
	}
	if _, err := s.Open(c); !errors.Is(err, ErrBusy) {
		t.Errorf("Open: got %v, want %v", err, ErrBusy)
	}
	s.reading.leave(s.reading.join(Content{number: 1})) // one reader of two
	if _, err := s.Open(c); !errors.Is(err, ErrBusy) {
		t.Errorf("Open: got %v, want %v", err, ErrBusy)
	}
	s.reading.leave(s.reading.mu.files[Content{number: 1}])
	wantFrom(t, openReader(t, s, c), 0, large(1, 10))
	if got := s.Stats(); got.Damaged != 0 || got.Hits != 1 {
		t.Errorf("got %d damaged, %d hits, want 0 and 1", got.Damaged, got.Hits)
	}
}

// TestPutHead: a new head takes the content along, for readers of before and
// after.
func TestPutHead(t *testing.T) {
	content := large(1, 3*BlockSize+1)
	s, c := openLarge(t, Options{Path: t.TempDir()}, content)
	before := openReader(t, s, c)
	if got := s.PutHead(hashNumber(1), 2, []byte("a longer head"), c); got != PutTaken {
		t.Fatalf("got %v, want %v", got, PutTaken)
	}
	wantFrom(t, openReader(t, s, c), 0, content) // it waits, or is written
	s.Flush()
	wantFrom(t, before, 0, content)
	before.Close()
	r, found := s.Get(hashNumber(1))
	if !found || r.Order != 2 || string(r.Head) != "a longer head" || *r.Stored != *c {
		t.Fatalf("got %+v, %v, want the new head of the same content", r, found)
	}
	wantFrom(t, openReader(t, s, c), 0, content)
	if got := s.PutHead(hashNumber(1), 1, []byte("older"), c); got != PutOutdated {
		t.Errorf("an older one: got %v, want %v", got, PutOutdated)
	}
}

// TestPutHeadFails: what cannot be copied is no fault of the disk that is
// written, and what is there then is older: it is not served.
func TestPutHeadFails(t *testing.T) {
	content := large(1, 3*BlockSize)
	start := func(t *testing.T) (*memoryFiles, *Store, *Content) {
		m := newMemoryFiles()
		s, c := openLarge(t, Options{Files: m.Files()}, content)
		return m, s, c
	}
	t.Run("damaged", func(t *testing.T) {
		m, s, c := start(t)
		m.read = func(p []byte, offset int64) (int, error) {
			if offset > BlockSize {
				p[0] ^= 1
			}
			return len(p), nil
		}
		s.PutHead(hashNumber(1), 2, []byte("head 2"), c)
		s.Flush()
		if _, found := s.Get(hashNumber(1)); found {
			t.Error("a damaged content is there")
		}
		if got := s.Stats(); got.State != StateReady || got.Damaged != 1 || got.Drops != 1 {
			t.Errorf("got %+v, want 1 damaged, 1 dropped, %v", got, StateReady)
		}
	})
	t.Run("gone", func(t *testing.T) {
		_, s, c := start(t)
		putLarge(t, s, 2, large(2, BlockSize))
		s.Flush()
		s.PutHead(hashNumber(1), 3, []byte("head 3"), c)
		s.Flush()
		if r, found := s.Get(hashNumber(1)); found {
			t.Errorf("got %q, which is older than what could not be copied", r.Head)
		}
		if got := s.Stats(); got.State != StateReady || got.Drops != 1 || got.Damaged != 0 {
			t.Errorf("got %+v, want 1 dropped, %v", got, StateReady)
		}
	})
	t.Run("disk full", func(t *testing.T) {
		m, s, c := start(t)
		m.fail = errors.New("no space left on device")
		r := openReader(t, s, c)
		s.PutHead(hashNumber(1), 2, []byte("head 2"), c)
		s.Flush()
		wantFrom(t, r, 0, content)
		if r, found := s.Get(hashNumber(1)); found {
			t.Errorf("got %q, which is older than what could not be written", r.Head)
		}
		if got := s.Stats(); got.State != StateSuspended || got.Drops != 1 {
			t.Errorf("got %+v, want 1 dropped, %v", got, StateSuspended)
		}
	})
}

// TestReadConcurrently: contents are read in blocks while they are replaced,
// get new heads, are forgotten and evicted; each is one that was put.
func TestReadConcurrently(t *testing.T) {
	s := open(t, Options{Path: t.TempDir(), MaxSize: 2 << 20, WholeSize: 1})
	const keys = 6
	var order atomic.Uint64
	var writing, read atomic.Int64
	var wg sync.WaitGroup
	change := func(write func(i int)) {
		writing.Add(1)
		wg.Go(func() {
			defer writing.Add(-1)
			for i := range 100 {
				write(i)
				s.Flush()
			}
		})
	}
	change(func(i int) {
		n := order.Add(1)
		s.Put(hashNumber(i%keys), n, []byte("head"), large(int(n), int64(n%5)*BlockSize+100))
	})
	change(func(i int) {
		hash := hashNumber(i * 5 % keys)
		switch r, found := s.Get(hash); {
		case i%20 == 0:
			s.Forget(hash, order.Load())
		case found && r.Stored != nil:
			s.PutHead(hash, order.Add(1), []byte("another head"), r.Stored)
		}
	})
	for g := range 2 {
		wg.Go(func() {
			for i := g; writing.Load() > 0; i++ {
				r, found := s.Get(hashNumber(i % keys))
				if !found || r.Stored == nil {
					continue
				}
				reader, err := s.Open(r.Stored)
				if err != nil {
					continue
				}
				content, err := readFrom(reader, 0)
				reader.Close()
				var n int
				fmt.Sscanf(string(content[:min(8, len(content))]), "%d", &n)
				if !errors.Is(err, io.EOF) || !bytes.Equal(content, large(n, r.Stored.Size())) {
					t.Errorf("got %d bytes, %v, want the %d of one content", len(content), err, r.Stored.Size())
				}
				read.Add(1)
			}
		})
	}
	wg.Wait()
	s.Flush()
	if got := s.Stats(); got.Damaged != 0 || got.Bytes > got.MaxBytes || len(s.reading.mu.files) != 0 {
		t.Errorf("got %+v, %d files open, want none damaged or open, within the bound", got, len(s.reading.mu.files))
	}
	if read.Load() < 20 {
		t.Errorf("%d contents were read: the test tests too little", read.Load())
	}
}

// BenchmarkSend compares ways to get 16 MiB from a file to a TCP connection:
// sendfile(2), which checks nothing, blocks with their checksums, and the file
// read as a whole, as it was before there were blocks.
func BenchmarkSend(b *testing.B) {
	const size = 16 << 20
	dir := b.TempDir()
	s, err := Open(Options{Path: dir, MaxSize: 1 << 30, WholeSize: 1, MaxReaders: 1, QueueSize: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	s.Put(hashNumber(1), 1, []byte("head"), large(1, size))
	s.Flush()
	record, _ := s.Get(hashNumber(1))
	f, err := os.Open(filepath.Join(dir, fileName(hashNumber(1))))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for _, way := range []struct {
		name string
		send func(w io.Writer) error
	}{
		{"sendfile", func(w io.Writer) error {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return err
			}
			_, err := io.Copy(w, io.LimitReader(f, size))
			return err
		}},
		{"blocks", func(w io.Writer) error {
			r, err := s.Open(record.Stored)
			if err != nil {
				return err
			}
			defer r.Close()
			return r.file.copyTo(w)
		}},
		{"whole", func(w io.Writer) error {
			r, _, err := s.shelf.get(hashNumber(1), 1<<30)
			if err != nil {
				return err
			}
			_, err = w.Write(r.Content)
			return err
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			w := sink(b)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if err := way.send(w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// sink returns a connection whose other end reads all and keeps nothing.
func sink(b *testing.B) net.Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	go io.Copy(io.Discard, struct{ io.Reader }{peer})
	b.Cleanup(func() {
		c.Close()
		peer.Close()
	})
	return c
}
