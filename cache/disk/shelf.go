package disk

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// A shelf is the index with the files it speaks of. One goroutine puts,
// removes and lists; any may get.
//
// The order of steps is what makes it safe to be killed anywhere: a file is
// complete before it gets its name, and the index learns of it after that.
// Nothing is synced to the device: what a loss of power leaves of a file that
// has its name already is found out by the checksums when it is read, and a
// sync for each would cost more than all else together. An older file may
// come back then, which is as good as when it was stored: the caller judges
// its age and its invalidations anew.
type shelf struct {
	files Files
	index *index
	bound int64
	// naming is held while a file gets a name that the index is to know, and
	// read-held from a look into the index until the file is open: a reader
	// never meets another file than the index speaks of.
	naming sync.RWMutex

	evictions atomic.Uint64 // left for others
}

func newShelf(files Files, bound int64) *shelf {
	return &shelf{files: files, index: newIndex(), bound: bound}
}

// list takes the records in a folder into the index.
func (s *shelf) list(n int) error {
	folder := folderName(n)
	found, err := s.files.List(folder)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	for _, f := range found {
		if hash, ok := hashOf(folder, f.Name); ok {
			s.index.recover(hash, f.Size)
		}
	}
	return s.makeRoom(cachekey.Hash{}, 0)
}

// put writes a record in place of the one there, which on an error may still
// be there: the caller kills it.
func (s *shelf) put(hash cachekey.Hash, order uint64, p preface, content func(io.Writer) error) error {
	size := p.fileSize()
	if err := s.makeRoom(hash, size); err != nil {
		return err
	}
	err := s.files.Write(temporary, func(w io.Writer) error {
		if _, err := w.Write(p.appendTo(make([]byte, 0, p.size()), hash)); err != nil {
			return err
		}
		return content(w)
	})
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	s.naming.Lock()
	defer s.naming.Unlock()
	if err := s.files.Rename(temporary, fileName(hash)); err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	s.index.set(hash, size, order)
	return nil
}

// makeRoom removes records until a file of this size fits under hash.
func (s *shelf) makeRoom(hash cachekey.Hash, size int64) error {
	for {
		victim, found := s.index.victim(hash, size, s.bound)
		if !found {
			return nil
		}
		if err := s.remove(victim); err != nil {
			return err
		}
		s.evictions.Add(1)
	}
}

// remove removes a record and its file.
func (s *shelf) remove(hash cachekey.Hash) error {
	s.index.kill(hash, true)
	if err := s.files.Remove(fileName(hash)); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	s.index.drop(hash)
	return nil
}

// get reads a record; the content of one whose file is larger than whole is
// left where it is. found without an error means that what was read is as it
// was written; the Record has the order also with an error.
func (s *shelf) get(hash cachekey.Hash, whole int64) (r Record, found bool, err error) {
	file, at, found, err := s.file(hash)
	if err == nil && found {
		defer file.Close()
		r, err = readRecord(file, hash, at.size, whole)
	}
	r.Order = at.order
	return r, found, err
}

func readRecord(f File, hash cachekey.Hash, size, whole int64) (Record, error) {
	if size > whole {
		p, err := readPreface(f, size, hash)
		return Record{Head: p.head, Stored: &Content{hash, p.number, p.length}}, err
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		return Record{}, fmt.Errorf("read: %w", err)
	}
	return parseFile(b, hash)
}

// open opens the file of a record, to read its content in blocks. The openFile
// has the order also with an error.
func (s *shelf) open(hash cachekey.Hash) (f *openFile, found bool, err error) {
	file, at, found, err := s.file(hash)
	f = &openFile{hash: hash, order: at.order, file: file}
	f.proven.Store(at.proven)
	if err != nil || !found {
		return f, found, err
	}
	if f.preface, err = readPreface(file, at.size, hash); err != nil {
		file.Close()
	}
	return f, true, err
}

// file opens the file of a record and checks its size.
func (s *shelf) file(hash cachekey.Hash) (f File, at slot, found bool, err error) {
	s.naming.RLock()
	defer s.naming.RUnlock()
	at, found = s.index.find(hash)
	if !found {
		return nil, at, false, nil
	}
	f, size, err := s.files.Open(fileName(hash))
	if err == nil && size != at.size {
		f.Close()
		err = errDamaged
	}
	return f, at, true, err
}

// firstRead is what is read of a file at first: most have their preface in it.
const firstRead = 4 << 10

// readPreface reads what stands before the content of a file.
func readPreface(f File, size int64, hash cachekey.Hash) (preface, error) {
	b := make([]byte, min(size, firstRead))
	for {
		if n, err := f.ReadAt(b, 0); n < len(b) {
			return preface{}, fmt.Errorf("read: %w", err)
		}
		p, need, err := parsePreface(b, size, hash)
		if err != nil || need == 0 {
			return p, err
		}
		b = make([]byte, need)
	}
}
