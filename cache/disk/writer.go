package disk

import (
	"errors"
	"fmt"
	"io"

	"github.com/groundfront/groundfront/cachekey"
)

// run is the writer goroutine: it ends when Close has closed the queue and
// what waits is written. Until all folders are listed it lists one after each
// job, so that neither waits for the whole of the other.
func (s *Store) run() {
	defer close(s.done)
	for n := 0; n < folders; n++ {
		select {
		case hash, open := <-s.queue:
			if !open {
				return
			}
			s.work(hash)
		default:
		}
		if err := s.shelf.list(n); err != nil {
			s.gate.result(err, s.now())
		}
	}
	close(s.listed)
	for hash := range s.queue {
		s.work(hash)
	}
}

// work does the newest job of a hash. One that was queued more than once
// finds it done.
func (s *Store) work(hash cachekey.Hash) {
	j := s.waitingJob(hash)
	if j == nil {
		return
	}
	if err := s.do(hash, j); err != nil {
		s.shelf.index.kill(hash, s.isListed())
		s.gate.result(err, s.now())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.waiting[hash] == j {
		s.takeLocked(hash)
	}
}

func (s *Store) do(hash cachekey.Hash, j *job) error {
	if len(j.head) == 0 {
		return s.shelf.remove(hash)
	}
	now := s.now()
	if !s.gate.open(now) {
		s.drops.Add(1)
		s.shelf.index.kill(hash, s.isListed())
		return nil
	}
	err := s.write(hash, j)
	if err == nil {
		s.gate.result(nil, now)
		return nil
	}
	s.drops.Add(1)
	if errors.Is(err, errSource) { // no fault of the disk that is written
		s.shelf.index.kill(hash, s.isListed())
		return nil
	}
	return err
}

// write writes a record.
func (s *Store) write(hash cachekey.Hash, j *job) error {
	p := preface{number: j.number, length: int64(len(j.content)), head: j.head}
	if j.from == nil {
		p.sums = appendSums(make([]byte, 0, sumsSize(p.length)), j.content)
		return s.shelf.put(hash, j.order, p, bytesOf(j.content))
	}
	r, err := s.open(j.from)
	if err != nil {
		return fmt.Errorf("%w: %w", errSource, err)
	}
	defer r.Close()
	p.length, p.sums = r.file.length, r.file.sums
	err = s.shelf.put(hash, j.order, p, r.file.copyTo)
	if errors.Is(err, errSource) {
		s.damaged.Add(1)
		s.reading.hide(r.file)
	}
	return err
}

func bytesOf(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}
