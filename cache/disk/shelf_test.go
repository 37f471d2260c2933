package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

// memoryFiles are Files whose state can be kept at any moment. The bytes of a
// file are never changed once they are in the map.
type memoryFiles struct {
	files map[string][]byte
	fail  error // of every change, if set
	// read, if set, may change what is read of a file from an offset on, or fail.
	read func(p []byte, offset int64) (int, error)
	open atomic.Int64 // files now
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
		Write: func(name string, write func(io.Writer) error) error {
			var buffer bytes.Buffer
			if err := write(&buffer); err != nil {
				return err
			}
			b := buffer.Bytes()
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
		Open: func(name string) (File, int64, error) {
			b, ok := m.files[name]
			if !ok {
				return nil, 0, fs.ErrNotExist
			}
			m.open.Add(1)
			return &memoryFile{m, bytes.NewReader(b)}, int64(len(b)), nil
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

// A memoryFile is one that is open.
type memoryFile struct {
	files *memoryFiles
	bytes *bytes.Reader
}

func (f *memoryFile) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.bytes.ReadAt(p, offset)
	if err == nil && f.files.read != nil {
		return f.files.read(p, offset)
	}
	return n, err
}

func (f *memoryFile) Close() error {
	f.files.open.Add(-1)
	return nil
}

// whole is larger than the files of these tests.
const whole = 1 << 20

func hashNumber(n int) cachekey.Hash {
	return cachekey.Hash{Hi: uint64(n) * 0x9e3779b97f4a7c15, Lo: uint64(n)}
}

// crashKeys is where the keys of TestCrash begin, and largeKey one of them
// whose content is read in blocks.
const crashKeys, largeKey = 1000, 1000

// version is what a test puts under a hash as its n-th record: both parts
// tell all about it, and lengths differ. Some have more than one block.
func version(key, n int) (head, content []byte) {
	rng := rand.New(rand.NewPCG(uint64(key), uint64(n)))
	head = fmt.Appendf(nil, "head %d %d", key, n)
	times := rng.IntN(900)
	if key == largeKey {
		times *= 12
	}
	content = bytes.Repeat(fmt.Appendf(nil, "content %d %d;", key, n), times)
	return head, content
}

// fileOf returns the file of a record.
func fileOf(key int, head, content []byte) []byte {
	p := preface{number: 7, length: int64(len(content)), sums: appendSums(nil, content), head: head}
	return append(p.appendTo(nil, hashNumber(key)), content...)
}

// putNow is put with content in memory.
func (s *shelf) putNow(hash cachekey.Hash, order uint64, head, content []byte) error {
	p := preface{number: order, length: int64(len(content)), sums: appendSums(nil, content), head: head}
	return s.put(hash, order, p, bytesOf(content))
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
	const keys, bound, wantPoints = 24, 192 << 10, 10_000
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
		i := rng.IntN(keys)
		k := crashKeys + i
		switch rng.IntN(8) {
		case 0:
			if err := s.remove(hashNumber(k)); err != nil {
				t.Fatal(err)
			}
		case 1, 2:
			s.get(hashNumber(k), whole)
		default:
			versions[i]++
			head, content := version(k, versions[i])
			if err := s.putNow(hashNumber(k), uint64(points)+1, head, content); err != nil {
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
	for i, latest := range versions {
		k := crashKeys + i
		if k == largeKey {
			continue
		}
		r, found, err := s.get(hashNumber(k), whole)
		switch {
		case err != nil:
			if err := s.remove(hashNumber(k)); err != nil {
				t.Fatal(err)
			}
		case found:
			served++
			if !isVersion(r, k, latest) {
				t.Errorf("%s: key %d: got %q and %d bytes, want one of the %d records put", c.what, k, r.Head, len(r.Content), latest)
			}
		}
	}
	head, content, ok := s.readBlocks(hashNumber(largeKey))
	if ok {
		served++
	}
	if ok && !isVersion(Record{Head: head, Content: content}, largeKey, versions[largeKey-crashKeys]) {
		t.Errorf("%s: in blocks: got %q and %d bytes, want one of the records put", c.what, head, len(content))
	}
	head, content = version(crashKeys, versions[0]+1)
	if err := s.putNow(hashNumber(crashKeys), 1, head, content); err != nil {
		t.Errorf("%s: put after recovery: %v", c.what, err)
	}
	if r, found, err := s.get(hashNumber(crashKeys), whole); !found || err != nil || !bytes.Equal(r.Content, content) {
		t.Errorf("%s: got %v, %v after recovery and a put, want the record", c.what, found, err)
	}
	if got := diskUse(m.files); got > bound {
		t.Errorf("%s: %d bytes on the disk after recovery, want at most %d", c.what, got, bound)
	}
	return served
}

// readBlocks reads a record as a Reader does.
func (s *shelf) readBlocks(hash cachekey.Hash) (head, content []byte, ok bool) {
	f, found, err := s.open(hash)
	if !found || err != nil {
		return nil, nil, false
	}
	defer f.file.Close()
	var out bytes.Buffer
	if f.copyTo(&out) != nil {
		return nil, nil, false
	}
	return f.head, out.Bytes(), true
}

func isVersion(r Record, key, latest int) bool {
	var k, n int
	if _, err := fmt.Sscanf(string(r.Head), "head %d %d", &k, &n); err != nil || k != key || n < 1 || n > latest {
		return false
	}
	head, content := version(key, n)
	return bytes.Equal(r.Head, head) && bytes.Equal(r.Content, content)
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
	if err := s.putNow(hashNumber(1), 1, head, content); err != nil {
		t.Fatal(err)
	}
	m.fail = errors.New("no space left on device")
	head, content = version(2, 1)
	if err := s.putNow(hashNumber(2), 2, head, content); !errors.Is(err, m.fail) {
		t.Errorf("put: got %v, want %v", err, m.fail)
	}
	if _, found, _ := s.get(hashNumber(2), whole); found {
		t.Error("a record that could not be written is found")
	}
	if r, found, err := s.get(hashNumber(1), whole); !found || err != nil || !isVersion(r, 1, 1) {
		t.Errorf("the record before: got %v, %v, want it", found, err)
	}
	if err := s.remove(hashNumber(1)); !errors.Is(err, m.fail) {
		t.Errorf("remove: got %v, want %v", err, m.fail)
	}
	if _, found, _ := s.get(hashNumber(1), whole); found {
		t.Error("a record whose removal failed is found")
	}
}

// TestEviction: what was read stays for another round, what was not leaves.
func TestEviction(t *testing.T) {
	m := newMemoryFiles()
	s := newShelf(m.Files(), 8*blockSize)
	for k := range 40 {
		if err := s.putNow(hashNumber(k), 1, []byte("head"), make([]byte, 2000)); err != nil {
			t.Fatal(err)
		}
		s.get(hashNumber(0), whole)
	}
	if _, found, _ := s.get(hashNumber(0), whole); !found {
		t.Error("the record that is read all the time has left")
	}
	if _, found, _ := s.get(hashNumber(1), whole); found {
		t.Error("a record that was never read stays longer than 38 newer ones")
	}
	if files, bytes := s.index.size(); files != 8 || bytes != 8*blockSize || int64(len(m.files)) != files {
		t.Errorf("got %d records of %d bytes in %d files, want 8 of %d in 8", files, bytes, len(m.files), 8*blockSize)
	}
	// One that takes the room of all.
	if err := s.putNow(hashNumber(99), 1, []byte("head"), make([]byte, 8*blockSize-100)); err != nil {
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

// FuzzParseFile: what parses is exactly what is written for it.
func FuzzParseFile(f *testing.F) {
	head, content := version(1, 1)
	f.Add(fileOf(1, head, content))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := parseFile(file, hashNumber(1))
		if err != nil {
			return
		}
		p := preface{number: binary.BigEndian.Uint64(file[28:]), length: int64(len(r.Content)), sums: appendSums(nil, r.Content), head: r.Head}
		if again := append(p.appendTo(nil, hashNumber(1)), r.Content...); !bytes.Equal(again, file) {
			t.Errorf("got %x, want %x", again, file)
		}
	})
}
