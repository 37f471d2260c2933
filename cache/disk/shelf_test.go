package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

// memoryFiles are Files whose state can be kept at any moment. The bytes of a
// file are never changed once they are in the map.
type memoryFiles struct {
	files map[string][]byte
	fail  error // of every change, if set
	// before is told each change: the state is still that before it.
	before func(change)
}

// A change is an operation that changes the files.
type change struct {
	written  []byte // of a Write
	from, to string // of a Rename
}

func newMemoryFiles() *memoryFiles { return &memoryFiles{files: make(map[string][]byte)} }

func (m *memoryFiles) changing(c change) error {
	if m.before != nil {
		m.before(c)
	}
	return m.fail
}

func (m *memoryFiles) Files() Files {
	return Files{
		Write: func(name string, parts ...[]byte) error {
			b := bytes.Join(parts, nil)
			if err := m.changing(change{written: b}); err != nil {
				return err
			}
			m.files[name] = b
			return nil
		},
		Rename: func(from, to string) error {
			if err := m.changing(change{from: from, to: to}); err != nil {
				return err
			}
			m.files[to] = m.files[from]
			delete(m.files, from)
			return nil
		},
		Remove: func(name string) error {
			if err := m.changing(change{}); err != nil {
				return err
			}
			delete(m.files, name)
			return nil
		},
		Read: func(name string, size int64) ([]byte, error) {
			b, ok := m.files[name]
			if !ok {
				return nil, fs.ErrNotExist
			}
			if int64(len(b)) != size {
				return nil, errDamaged
			}
			return bytes.Clone(b), nil
		},
		List: func(folder string) (out []FileInfo, err error) {
			for name, b := range m.files {
				if in, file, _ := strings.Cut(name, "/"); in == folder {
					out = append(out, FileInfo{file, int64(len(b))})
				}
			}
			return out, nil
		},
	}
}

func hashNumber(n int) cachekey.Hash {
	return cachekey.Hash{Hi: uint64(n) * 0x9e3779b97f4a7c15, Lo: uint64(n)}
}

// version is what a test puts under a hash as its n-th record: both parts
// tell all about it, and lengths differ.
func version(key, n int) (head, content []byte) {
	rng := rand.New(rand.NewPCG(uint64(key), uint64(n)))
	head = fmt.Appendf(nil, "head %d %d", key, n)
	content = bytes.Repeat(fmt.Appendf(nil, "content %d %d;", key, n), rng.IntN(900))
	return head, content
}

// listAll lists the folders that hold any of the files.
func listAll(t *testing.T, s *shelf, m *memoryFiles) {
	t.Helper()
	seen := make(map[string]bool)
	for name := range m.files {
		folder, _, _ := strings.Cut(name, "/")
		n, err := strconv.ParseUint(folder, 16, 8)
		if err != nil || seen[folder] {
			continue
		}
		seen[folder] = true
		if err := s.list(int(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// A crash is what a process finds that starts after another has died.
type crash struct {
	what  string
	files map[string][]byte
}

// crashesAt returns the states in which a crash during a change can leave the
// files: for a kill the change happened or not, or in part; for a loss of
// power the bytes of a file that has its name already are cut, zero, or those
// that the temporary file held before.
func crashesAt(rng *rand.Rand, now map[string][]byte, c change) []crash {
	with := func(what, name string, b []byte) crash {
		m := maps.Clone(now)
		m[name] = b
		return crash{what, m}
	}
	out := []crash{{"before the change", maps.Clone(now)}}
	switch {
	case c.written != nil:
		for range 3 {
			out = append(out, with("inside the write", temporary, c.written[:rng.IntN(len(c.written))]))
		}
	case c.to != "":
		b := now[c.from]
		cut := rng.IntN(len(b))
		zero := bytes.Clone(b)
		clear(zero[cut:])
		flipped := bytes.Clone(b)
		flipped[cut] ^= 1 << rng.IntN(8)
		out = append(out,
			with("renamed, without content", c.to, nil),
			with("renamed, cut", c.to, b[:cut]),
			with("renamed, the rest is zero", c.to, zero),
			with("renamed, one bit wrong", c.to, flipped),
			with("renamed, begins as the one before", c.to, append(bytes.Clone(now[c.to][:min(cut, len(now[c.to]))]), b[min(cut, len(now[c.to])):]...)),
			with("renamed, the name before still there", c.to, b))
	}
	return out
}

// TestCrash kills a busy shelf at every change and inside it. What comes up
// must never be cut or mixed, must be within the bound, and must work.
func TestCrash(t *testing.T) {
	const keys, bound, wantPoints = 24, 96 << 10, 10_000
	rng := rand.New(rand.NewPCG(1, 2))
	versions := make([]int, keys)
	points, served := 0, 0
	m := newMemoryFiles()
	m.before = func(c change) {
		for _, crash := range crashesAt(rng, m.files, c) {
			points++
			served += checkCrash(t, crash, versions, bound)
		}
	}
	s := newShelf(m.Files(), bound)
	for points < wantPoints && !t.Failed() {
		k := rng.IntN(keys)
		switch rng.IntN(8) {
		case 0:
			if err := s.remove(hashNumber(k)); err != nil {
				t.Fatal(err)
			}
		case 1, 2:
			s.get(hashNumber(k))
		default:
			versions[k]++
			head, content := version(k, versions[k])
			if err := s.put(hashNumber(k), uint64(points)+1, head, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.evictions.Load() == 0 || served < points {
		t.Errorf("got %d evictions, %d records served after %d crashes: the test tests too little", s.evictions.Load(), served, points)
	}
	t.Logf("%d crash points, %d records served after them", points, served)
}

// checkCrash recovers from a crash and returns how many records are served.
func checkCrash(t *testing.T, c crash, versions []int, bound int64) (served int) {
	m := &memoryFiles{files: c.files}
	s := newShelf(m.Files(), bound)
	listAll(t, s, m)
	for k, latest := range versions {
		r, found, err := s.get(hashNumber(k))
		switch {
		case err != nil:
			if err := s.remove(hashNumber(k)); err != nil {
				t.Fatal(err)
			}
		case found:
			served++
			if !isVersion(r, k, latest) {
				t.Errorf("%s: key %d: got %q and %d bytes, want one of the %d records put", c.what, k, r.Head(), len(r.Content()), latest)
			}
		}
	}
	head, content := version(0, versions[0]+1)
	if err := s.put(hashNumber(0), 1, head, content); err != nil {
		t.Errorf("%s: put after recovery: %v", c.what, err)
	}
	if r, found, err := s.get(hashNumber(0)); !found || err != nil || !bytes.Equal(r.Content(), content) {
		t.Errorf("%s: got %v, %v after recovery and a put, want the record", c.what, found, err)
	}
	if got := diskUse(m.files); got > bound {
		t.Errorf("%s: %d bytes on the disk after recovery, want at most %d", c.what, got, bound)
	}
	return served
}

func isVersion(r Record, key, latest int) bool {
	var k, n int
	if _, err := fmt.Sscanf(string(r.Head()), "head %d %d", &k, &n); err != nil || k != key || n < 1 || n > latest {
		return false
	}
	head, content := version(key, n)
	return bytes.Equal(r.Head(), head) && bytes.Equal(r.Content(), content)
}

func diskUse(files map[string][]byte) (sum int64) {
	for name, b := range files {
		if name != temporary {
			sum += room(int64(len(b)))
		}
	}
	return sum
}

// TestShelfFails: a change that fails leaves nothing to be served wrongly.
func TestShelfFails(t *testing.T) {
	m := newMemoryFiles()
	s := newShelf(m.Files(), 1<<20)
	head, content := version(1, 1)
	if err := s.put(hashNumber(1), 1, head, content); err != nil {
		t.Fatal(err)
	}
	m.fail = errors.New("no space left on device")
	head, content = version(2, 1)
	if err := s.put(hashNumber(2), 2, head, content); !errors.Is(err, m.fail) {
		t.Errorf("put: got %v, want %v", err, m.fail)
	}
	if _, found, _ := s.get(hashNumber(2)); found {
		t.Error("a record that could not be written is found")
	}
	if r, found, err := s.get(hashNumber(1)); !found || err != nil || !isVersion(r, 1, 1) {
		t.Errorf("the record before: got %v, %v, want it", found, err)
	}
	if err := s.remove(hashNumber(1)); !errors.Is(err, m.fail) {
		t.Errorf("remove: got %v, want %v", err, m.fail)
	}
	if _, found, _ := s.get(hashNumber(1)); found {
		t.Error("a record whose removal failed is found")
	}
}

// TestEviction: what was read stays for another round, what was not leaves.
func TestEviction(t *testing.T) {
	m := newMemoryFiles()
	s := newShelf(m.Files(), 8*blockSize)
	for k := range 40 {
		if err := s.put(hashNumber(k), 1, []byte("head"), make([]byte, 2000)); err != nil {
			t.Fatal(err)
		}
		s.get(hashNumber(0))
	}
	if _, found, _ := s.get(hashNumber(0)); !found {
		t.Error("the record that is read all the time has left")
	}
	if _, found, _ := s.get(hashNumber(1)); found {
		t.Error("a record that was never read stays longer than 38 newer ones")
	}
	if files, bytes := s.index.size(); files != 8 || bytes != 8*blockSize || int64(len(m.files)) != files {
		t.Errorf("got %d records of %d bytes in %d files, want 8 of %d in 8", files, bytes, len(m.files), 8*blockSize)
	}
	// One that takes the room of all.
	if err := s.put(hashNumber(99), 1, []byte("head"), make([]byte, 8*blockSize-100)); err != nil {
		t.Fatal(err)
	}
	if files, _ := s.index.size(); files != 1 {
		t.Errorf("got %d records beside the largest possible, want 1 in all", files)
	}
}

// TestForeignFiles: what no shelf has written is neither served nor removed.
func TestForeignFiles(t *testing.T) {
	m := newMemoryFiles()
	for _, name := range []string{"00/readme", "00/0123", "ff/00000000000000000000000000000000", "00/0000000000000000000000000000000g", "00/+000000000000000+000000000000000"} {
		m.files[name] = []byte("x")
	}
	s := newShelf(m.Files(), 1<<20)
	listAll(t, s, m)
	if files, _ := s.index.size(); files != 0 {
		t.Errorf("got %d records, want none", files)
	}
}

// FuzzParseFile: what parses is exactly what appendHeader writes for it.
func FuzzParseFile(f *testing.F) {
	head, content := version(1, 1)
	f.Add(append(append(appendHeader(nil, hashNumber(1), head, content), head...), content...))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := parseFile(file, hashNumber(1))
		if err != nil {
			return
		}
		again := appendHeader(nil, hashNumber(1), r.Head(), r.Content())
		if again = append(again, r.Bytes()...); !bytes.Equal(again, file) {
			t.Errorf("got %x, want %x", again, file)
		}
	})
}
