// Package memfile keeps large content a second time, as files in memory that
// the kernel sends from page to socket. To write 256 KiB from the process' own
// memory takes more than twice the time, all of it copying: that is as much as
// everything else that is done for such a response.
//
// A file is made when content is asked for a second time, by one goroutine and
// one at a time. Files are kept within a bound, the oldest leaves first; who is
// sending one keeps it until then.
//
// It is a part of proxy.
package memfile

import (
	"sync"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// Least is the least content that a file is made of, in bytes: below it copying
// costs less than the second system call.
const Least = 128 << 10

// A Store has the files of contents, which are known by keys: one key always
// has the same content. Its methods may be called from any goroutine.
type Store[K comparable] struct {
	max  int64
	work sync.WaitGroup

	mu     sync.Mutex // guards what follows
	files  map[K]*file
	oldest []K // in the order in which they came
	bytes  int64
	asked  map[K]struct{} // once
	making bool
	closed bool
}

type file struct {
	*viewer.File
	size int64
}

// maxAsked bounds how many keys are remembered that were asked for once.
const maxAsked = 1024

// New returns a Store of at most max bytes; with 0 it has no files.
func New[K comparable](max int64) *Store[K] {
	if !supported {
		max = 0
	}
	return &Store[K]{max: max, files: make(map[K]*file), asked: make(map[K]struct{})}
}

// Get returns the file of content, which the caller releases, or nil if there
// is none. There may be one later.
func (s *Store[K]) Get(k K, content []byte) *viewer.File {
	size := int64(len(content))
	if size < Least || size > s.max/4 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[k]; f != nil {
		f.Hold()
		return f.File
	}
	if _, before := s.asked[k]; !before {
		if len(s.asked) >= maxAsked {
			clear(s.asked)
		}
		s.asked[k] = struct{}{}
		return nil
	}
	if !s.making && !s.closed {
		s.making = true
		s.work.Go(func() { s.make(k, content) })
	}
	return nil
}

// make makes a file and room for it.
func (s *Store[K]) make(k K, content []byte) {
	made, err := create(content)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.making = false
	delete(s.asked, k)
	if err != nil { // out of descriptors or memory: the content goes out as it does without
		return
	}
	if s.closed {
		made.Release()
		return
	}
	s.files[k] = &file{made, int64(len(content))}
	s.oldest = append(s.oldest, k)
	for s.bytes += int64(len(content)); s.bytes > s.max; {
		s.dropOldest()
	}
}

func (s *Store[K]) dropOldest() {
	k := s.oldest[0]
	s.oldest = s.oldest[1:]
	f := s.files[k]
	delete(s.files, k)
	s.bytes -= f.size
	f.Release()
}

// Bytes returns how much the files take.
func (s *Store[K]) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// Close gives up all files.
func (s *Store[K]) Close() {
	s.mu.Lock()
	s.closed = true
	for len(s.oldest) > 0 {
		s.dropOldest()
	}
	s.mu.Unlock()
	s.work.Wait()
}
