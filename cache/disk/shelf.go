package disk

import (
	"fmt"
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
func (s *shelf) put(hash cachekey.Hash, order uint64, head, content []byte) error {
	size := fileSize(head, content)
	if err := s.makeRoom(hash, size); err != nil {
		return err
	}
	header := appendHeader(make([]byte, 0, headerSize), hash, head, content)
	if err := s.files.Write(temporary, header, head, content); err != nil {
		return fmt.Errorf("write: %w", err)
	}
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

// get reads a record. found without an error means that it is whole; the
// Record has the order also with an error.
func (s *shelf) get(hash cachekey.Hash) (r Record, found bool, err error) {
	at, found := s.index.find(hash)
	if !found {
		return Record{}, false, nil
	}
	file, err := s.files.Read(fileName(hash), at.size)
	if err == nil {
		r, err = parseFile(file, hash)
	}
	r.Order = at.order
	return r, true, err
}
