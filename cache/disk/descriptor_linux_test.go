package disk

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// readDescriptor returns what a Descriptor gives, nil if there is none.
func readDescriptor(t *testing.T, r *Reader, from int64) []byte {
	t.Helper()
	f := r.Descriptor(from)
	if f == nil {
		return nil
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// readBlocks reads all blocks in their order.
func readBlocks(t *testing.T, r *Reader) (got []byte, err error) {
	t.Helper()
	buffer := make([]byte, BlockSize)
	for {
		b, err := r.Block(buffer, int64(len(got)))
		if err != nil {
			return got, err
		}
		got = append(got, b...)
	}
}

// The kernel gets what was found good in this process, and nothing else.
func TestDescriptor(t *testing.T) {
	dir, content := t.TempDir(), large(1, 3*BlockSize+10)
	s := openStore(t, dir)
	s.Put(hashNumber(1), 1, []byte("head"), content)
	s.Flush()
	open := func() *Reader {
		t.Helper()
		record, _ := s.Get(hashNumber(1))
		r, err := s.Open(record.Stored)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	}
	first := open()
	first.Block(make([]byte, BlockSize), 2*BlockSize) // out of order proves nothing
	if got := readDescriptor(t, first, 0); got != nil {
		t.Fatal("before the content was read: got a descriptor")
	}
	if got, err := readBlocks(t, first); err != io.EOF || !bytes.Equal(got, content) {
		t.Fatalf("blocks: got %d bytes, %v, want %d", len(got), err, len(content))
	}
	for _, from := range []int64{0, 5, BlockSize, int64(len(content))} {
		for name, r := range map[string]*Reader{"the same reader": first, "another": open()} {
			if got := readDescriptor(t, r, from); !bytes.Equal(got, content[from:]) || got == nil {
				t.Errorf("%s, from %d: got %d bytes, want %d", name, from, len(got), len(content)-int(from))
			}
		}
	}
	if first.Descriptor(int64(len(content))+1) != nil || first.Descriptor(-1) != nil {
		t.Error("outside of the content: got a descriptor")
	}
	s.Put(hashNumber(1), 2, []byte("head"), large(2, 3*BlockSize))
	s.Flush()
	if got := readDescriptor(t, open(), 0); got != nil {
		t.Error("another content of the same key: got a descriptor before it was read")
	}
	if got := readDescriptor(t, first, 0); !bytes.Equal(got, content) {
		t.Error("a reader of the content from before: got other bytes")
	}
}

// A damaged content is never proven.
func TestDescriptorDamaged(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	s.Put(hashNumber(1), 1, []byte("head"), large(1, 3*BlockSize))
	s.Flush()
	record, _ := s.Get(hashNumber(1))
	r, err := s.Open(record.Stored)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join(dir, fileName(hashNumber(1)))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := readBlocks(t, r); err == io.EOF || len(got) != 2*BlockSize {
		t.Fatalf("blocks: got %d bytes, %v, want the first two blocks and an error", len(got), err)
	}
	if got := readDescriptor(t, r, 0); got != nil {
		t.Error("got a descriptor of damaged content")
	}
}

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Path: dir, MaxSize: 1 << 30, WholeSize: 1, MaxReaders: 100, QueueSize: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
