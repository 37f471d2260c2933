package disk

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/groundfront/groundfront/cachekey"
)

// A Content tells the content of a record that Get has not read. It holds
// nothing: whether the content can still be had is said by Open.
type Content struct {
	hash   cachekey.Hash
	number uint64
	length int64
}

// Size returns the length of the content, in bytes.
func (c *Content) Size() int64 { return c.length }

// ErrBusy is returned when too much is read at once.
var ErrBusy = errors.New("too much is read from the disk tier at once")

// errGone is returned for a content that was replaced, evicted, forgotten or
// found damaged.
var errGone = errors.New("the content is not on the disk any more")

// exhausted reports whether err is that the process or the machine has no
// descriptor left.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// maxOpen bounds the files that are read in parts at the same time, however
// many readers each of them has.
const maxOpen = 1024

// Open returns a Reader of a content. From then on it can be read to its end,
// whatever becomes of the record; only a disk that fails can prevent that. With
// another error than ErrBusy the content is lost. It may wait for the disk.
func (s *Store) Open(c *Content) (*Reader, error) {
	if !s.readers.enter() {
		return nil, ErrBusy
	}
	r, err := s.open(c)
	if err != nil {
		s.readers.leave()
		return nil, err
	}
	s.hits.Add(1)
	r.counted = true
	return r, nil
}

func (s *Store) open(c *Content) (*Reader, error) {
	if f := s.reading.join(*c); f != nil {
		return &Reader{store: s, file: f}, nil
	}
	if j := s.waitingJob(c.hash); j != nil && j.number == c.number && j.from == nil && len(j.head) > 0 {
		return &Reader{store: s, memory: j.content}, nil
	}
	f, found, err := s.shelf.open(c.hash)
	switch {
	case !found:
		return nil, errGone
	case exhausted(err):
		return nil, ErrBusy
	case err != nil:
		s.unreadable(c.hash, f.order, err)
		return nil, err
	case f.content() != *c:
		f.file.Close()
		return nil, errGone
	}
	if f = s.reading.add(f); f == nil {
		return nil, ErrBusy
	}
	return &Reader{store: s, file: f}, nil
}

// readers counts those that Open has returned.
type readers struct {
	now atomic.Int64
	max int64
}

func (r *readers) enter() bool {
	if r.now.Add(1) > r.max {
		r.now.Add(-1)
		return false
	}
	return true
}

func (r *readers) leave() { r.now.Add(-1) }

// An openFile is a file whose content is read in parts. Its readers share the
// descriptor, which keeps the bytes although the name may be another's by now.
type openFile struct {
	preface
	hash  cachekey.Hash
	order uint64
	file  File

	proven  atomic.Bool // see slot.proven
	readers int         // guarded by openFiles.mu
}

func (f *openFile) content() Content { return Content{f.hash, f.number, f.length} }

// openFiles are the files that a new reader may join.
type openFiles struct {
	mu struct {
		sync.Mutex
		files map[Content]*openFile
	}
}

// join returns the file with this content, with one more reader, or nil.
func (o *openFiles) join(c Content) *openFile {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.mu.files[c]
	if f != nil {
		f.readers++
	}
	return f
}

// add adds a file with its first reader. If one with the same content has come
// meanwhile, that gets the reader; it is nil if there are too many files.
func (o *openFiles) add(f *openFile) *openFile {
	o.mu.Lock()
	defer o.mu.Unlock()
	first := o.mu.files[f.content()]
	switch {
	case first != nil:
		first.readers++
	case len(o.mu.files) < maxOpen:
		f.readers = 1
		o.mu.files[f.content()] = f
		return f
	}
	f.file.Close()
	return first
}

// leave takes a reader off a file, and closes it after the last one.
func (o *openFiles) leave(f *openFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.readers--; f.readers == 0 {
		o.hideLocked(f)
		f.file.Close()
	}
}

// hide keeps new readers from a file.
func (o *openFiles) hide(f *openFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hideLocked(f)
}

func (o *openFiles) hideLocked(f *openFile) {
	if o.mu.files[f.content()] == f {
		delete(o.mu.files, f.content())
	}
}

// A Reader reads a content in blocks. One goroutine uses it, and closes it in
// the end.
type Reader struct {
	store  *Store
	file   *openFile // nil if the content is in memory
	memory []byte
	failed error
	// proven is up to where this Reader has found the content as it was
	// written.
	proven int64
	// counted tells that it is one of Store.readers.
	counted bool
}

// Block returns the content from an offset up to the end of the block that the
// offset is in. The bytes are read-only, and valid until buffer, which has
// room for BlockSize bytes, is used again. They have passed their checksum:
// where they do not, that is the error of this and each further call, and the
// record is removed and counted. Beyond the content the error is io.EOF.
func (r *Reader) Block(buffer []byte, from int64) ([]byte, error) {
	switch f := r.file; {
	case r.failed != nil:
		return nil, r.failed
	case from < 0 || f == nil && from >= int64(len(r.memory)) || f != nil && from >= f.length:
		return nil, io.EOF
	case f == nil:
		return r.memory[from:min(int64(len(r.memory)), (from/BlockSize+1)*BlockSize)], nil
	default:
		b, err := f.block(buffer, from/BlockSize)
		if err != nil {
			r.failed = err
			r.store.reading.hide(f)
			r.store.unreadable(f.hash, f.order, err)
			return nil, err
		}
		r.prove(from-from%BlockSize, int64(len(b)))
		return b[from%BlockSize:], nil
	}
}

// prove notes a good block. The last one of all in their order proves the
// content.
func (r *Reader) prove(from, n int64) {
	if r.proven != from {
		return
	}
	if r.proven += n; r.proven == r.file.length && !r.file.proven.Swap(true) {
		r.store.shelf.index.prove(r.file.hash, r.file.order)
	}
}

// block reads the n-th block and checks it.
func (f *openFile) block(buffer []byte, n int64) ([]byte, error) {
	b := buffer[:min(BlockSize, f.length-n*BlockSize)]
	got, err := f.file.ReadAt(b, f.size()+n*BlockSize)
	switch {
	case got < len(b) && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read: %w", err)
	case got < len(b) || !f.isBlock(n, b):
		return nil, errDamaged
	}
	return b, nil
}

// errSource is wrapped by the error of a copy whose source cannot be read.
var errSource = errors.New("copy of another record")

// copyTo writes the content to w.
func (f *openFile) copyTo(w io.Writer) error {
	buffer := make([]byte, BlockSize)
	for n := int64(0); n*BlockSize < f.length; n++ {
		b, err := f.block(buffer, n)
		if err != nil {
			return fmt.Errorf("%w: %w", errSource, err)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Close gives up the content. A second call does nothing.
func (r *Reader) Close() {
	if r.file != nil {
		r.store.reading.leave(r.file)
	}
	if r.counted {
		r.store.readers.leave()
	}
	*r = Reader{failed: io.ErrClosedPipe}
}
