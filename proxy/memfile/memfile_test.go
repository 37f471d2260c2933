//go:build linux

package memfile

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// get asks until there is a file.
func get(t *testing.T, s *Store[string], k string, content []byte) *viewer.File {
	t.Helper()
	for range 2 {
		if f := s.Get(k, content); f != nil {
			t.Fatalf("%s: got a file before it was asked for twice", k)
		}
	}
	s.work.Wait()
	f := s.Get(k, content)
	if f == nil {
		t.Fatalf("%s: got no file", k)
	}
	return f
}

func read(t *testing.T, f *viewer.File, n int) []byte {
	t.Helper()
	p := make([]byte, n+1)
	n, err := unix.Pread(f.FD, p, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p[:n]
}

// TestStore: a file has the content, for as long as somebody holds it; there
// are no more of them than fit, and what is small or very large has none.
func TestStore(t *testing.T) {
	s := New[string](4 * Least)
	content := bytes.Repeat([]byte("0123456789abcdef"), Least/16)
	first := get(t, s, "0", content)
	for i := 1; i <= 4; i++ {
		get(t, s, strconv.Itoa(i), content).Release()
	}
	if s.Get("0", content) != nil || s.Bytes() != 4*Least {
		t.Errorf("got a fifth file, or %d bytes, want the oldest gone and %d", s.Bytes(), 4*Least)
	}
	if got := read(t, first, len(content)); !bytes.Equal(got, content) {
		t.Errorf("held: got %d bytes, want the content", len(got))
	}
	if _, err := unix.Pwrite(first.FD, []byte("x"), 0); err == nil {
		t.Error("the file can be written to")
	}
	fd := first.FD
	first.Release()
	if _, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil {
		t.Error("released by the last holder: the descriptor is still open")
	}
	for _, n := range []int{Least - 1, 2 * Least} {
		for range 3 {
			if s.Get(strconv.Itoa(n), make([]byte, n)) != nil {
				t.Errorf("%d bytes: got a file", n)
			}
			s.work.Wait()
		}
	}
	s.Close()
	if s.Bytes() != 0 || s.Get("4", content) != nil {
		t.Error("after Close: got a file")
	}
}
