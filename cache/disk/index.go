package disk

import (
	"sync"

	"github.com/groundfront/groundfront/cachekey"
)

// An index knows which records there are without asking the disk, and which
// is the next to leave. It is one ring of slots without pointers, about 70
// bytes for a record, with a hand that goes round: a record that was read
// since the hand last passed stays for another round, any other leaves
// (CLOCK). A record comes in unread, so that what is asked for once leaves
// first.
type index struct {
	mu struct {
		sync.Mutex
		places map[cachekey.Hash]uint32
		slots  []slot
		free   []uint32 // slots without a record
		hand   int
		bytes  int64
	}
}

// A slot is one record's.
type slot struct {
	hash  cachekey.Hash
	size  int64 // of the file
	order uint64
	state slotState
	// proven tells that this process has read the whole content, and found
	// every block as it was written.
	proven bool
}

// slotState says what a slot holds.
type slotState uint8

const (
	slotFree   slotState = iota
	slotUnread           // a record, not read since the hand passed
	slotRead             // a record
	slotDead             // a file that must not be used and is to be removed
	slotStateCount
)

var slotStateNames = [slotStateCount]string{"free", "unread", "read", "dead"}

// String returns the state in lower case.
func (s slotState) String() string {
	if s < slotStateCount {
		return slotStateNames[s]
	}
	return "slotState(?)"
}

// blockSize is what file systems allocate by.
const blockSize = 4 << 10

// room returns what a file of this size takes on the disk.
func room(size int64) int64 { return (size + blockSize - 1) &^ (blockSize - 1) }

func newIndex() *index {
	x := new(index)
	x.mu.places = make(map[cachekey.Hash]uint32)
	return x
}

// find returns the usable record under hash and notes that it is read.
func (x *index) find(hash cachekey.Hash) (slot, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slotLocked(hash)
	if s == nil || s.state == slotDead {
		return slot{}, false
	}
	s.state = slotRead
	return *s, true
}

// info describes the usable record under hash.
func (x *index) info(hash cachekey.Hash) (Info, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slotLocked(hash)
	if s == nil || s.state == slotDead {
		return Info{}, false
	}
	return Info{s.order, s.size}, true
}

// set notes a record that was written.
func (x *index) set(hash cachekey.Hash, size int64, order uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slotLocked(hash)
	if s == nil {
		s = x.addLocked(hash)
	}
	x.mu.bytes += room(size) - room(s.size)
	s.size, s.order, s.state, s.proven = size, order, slotUnread, false
}

// prove notes that a record's whole content was found as it was written.
func (x *index) prove(hash cachekey.Hash, order uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.slotLocked(hash); s != nil && s.order == order && s.state != slotDead {
		s.proven = true
	}
}

// recover notes a file that an earlier process wrote, unless this one has
// written or killed it already.
func (x *index) recover(hash cachekey.Hash, size int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slotLocked(hash)
	if s != nil && s.state != slotDead {
		return
	}
	if s == nil {
		s = x.addLocked(hash)
		s.state = slotUnread
	}
	x.mu.bytes += room(size) - room(s.size)
	s.size = size
}

// kill makes the record unusable. One that is not known yet, because the
// folder was not listed, is not to be used then either.
func (x *index) kill(hash cachekey.Hash, listed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.slotLocked(hash)
	if s == nil && !listed {
		s = x.addLocked(hash)
	}
	if s != nil {
		s.state = slotDead
	}
}

// drop forgets a file that is not there any more.
func (x *index) drop(hash cachekey.Hash) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, ok := x.mu.places[hash]
	if !ok {
		return
	}
	x.mu.bytes -= room(x.mu.slots[i].size)
	x.mu.slots[i] = slot{}
	x.mu.free = append(x.mu.free, i)
	delete(x.mu.places, hash)
}

// victim returns the next to leave if room for a file under hash is to be
// made within a bound.
func (x *index) victim(hash cachekey.Hash, size, bound int64) (cachekey.Hash, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	need := room(size)
	if s := x.slotLocked(hash); s != nil {
		need -= room(s.size)
	}
	if x.mu.bytes+need <= bound || len(x.mu.places) == 0 {
		return cachekey.Hash{}, false
	}
	for {
		s := &x.mu.slots[x.mu.hand]
		x.mu.hand = (x.mu.hand + 1) % len(x.mu.slots)
		switch s.state {
		case slotUnread, slotDead:
			return s.hash, true
		case slotRead:
			s.state = slotUnread
		}
	}
}

// size returns the number of files and what they take on the disk.
func (x *index) size() (files, bytes int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int64(len(x.mu.places)), x.mu.bytes
}

func (x *index) slotLocked(hash cachekey.Hash) *slot {
	if i, ok := x.mu.places[hash]; ok {
		return &x.mu.slots[i]
	}
	return nil
}

// addLocked returns a new slot for hash.
func (x *index) addLocked(hash cachekey.Hash) *slot {
	var i uint32
	if n := len(x.mu.free); n > 0 {
		i, x.mu.free = x.mu.free[n-1], x.mu.free[:n-1]
	} else {
		i = uint32(len(x.mu.slots))
		x.mu.slots = append(x.mu.slots, slot{})
	}
	x.mu.places[hash] = i
	x.mu.slots[i].hash = hash
	return &x.mu.slots[i]
}
