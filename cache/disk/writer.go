package disk

import "github.com/groundfront/groundfront/cachekey"

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
	if err := s.shelf.put(hash, j.order, j.head, j.content); err != nil {
		s.drops.Add(1)
		return err
	}
	s.gate.result(nil, now)
	return nil
}
