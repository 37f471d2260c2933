package invalidation

// marks remember when each of many hashes was invalidated last. Their number
// is bounded: beyond it the oldest are forgotten, and everything as old as a
// forgotten one counts as invalidated.
type marks struct {
	forgotten uint64            // the last invalidation that was forgotten
	last      map[uint64]uint64 // hash -> last invalidation
	order     []mark            // the same, oldest first, with repetitions
}

type mark struct{ hash, epoch uint64 }

// rememberedMarks bounds the marks of one kind in one distribution.
const rememberedMarks = 3 * MaxPaths

// hit reports whether hash was invalidated after since, or may have been.
func (m *marks) hit(hash, since uint64) bool {
	return since < m.forgotten || m.last[hash] > since
}

// newest returns the last invalidation of any hash, 0 if there was none.
func (m *marks) newest() uint64 {
	if len(m.order) == 0 {
		return m.forgotten
	}
	return m.order[len(m.order)-1].epoch
}

// add remembers a hash, and forgets the oldest beyond the bound. A mark that
// a later invalidation of the same hash replaced is dropped without loss.
func (m *marks) add(hash, epoch uint64) {
	if m.last == nil {
		m.last = make(map[uint64]uint64)
	}
	m.last[hash] = epoch
	m.order = append(m.order, mark{hash, epoch})
	if len(m.order) <= rememberedMarks {
		return
	}
	oldest := m.order[0]
	m.order = m.order[1:]
	if m.last[oldest.hash] == oldest.epoch {
		delete(m.last, oldest.hash)
		m.forgotten = max(m.forgotten, oldest.epoch)
	}
}

// FNV-1a. A hash must be the same in every process, because entries and
// journals outlive them, and an accidental collision is only one more miss.
const (
	hashStart = 14695981039346656037
	keptStart = hashStart ^ 1<<63 // of those that are compared as they are
	hashPrime = 1099511628211
)

// hashOf returns the hash of a path in plain form.
func hashOf[T string | []byte](s T) uint64 { return hashFrom(hashStart, s) }

// hashKept returns the hash of a path that is compared as it is: another one,
// so that what was remembered one way is not found the other.
func hashKept(s string) uint64 { return hashFrom(keptStart, s) }

func hashFrom[T string | []byte](h uint64, s T) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return h
}
