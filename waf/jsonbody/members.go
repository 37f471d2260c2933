package jsonbody

import "hash/maphash"

// membersKept is how many keys of a body a Parser keeps memory for, and
// fewestSlots the size of the table for a body with few keys.
const (
	membersKept = 4096
	fewestSlots = 64
)

// seed makes hashes that nobody can predict.
var seed = maphash.MakeSeed()

// members are the keys of all objects of one body, to find duplicates. All
// objects share one table: thousands of small ones need no table each.
//
// A key is known by 64 bits of a hash with a secret seed. Among the 20,000
// keys that fit into 64 KiB two different ones are taken for the same once in
// 90 thousand million bodies, and then the walk stops as it would at a
// duplicate; that is worth 8 bytes for a key instead of a copy or a reference.
type members struct {
	hashes []uint64 // of the keys, in the order in which they came
	// slots has indexes into hashes, plus one, by open addressing. A power of
	// two of them is in use, at least twice as many as there are keys, and
	// the others are zero.
	slots []uint32
	used  int
}

// add reports whether the key is new to the object with that number.
func (m *members) add(object int32, key string) bool {
	if 2*len(m.hashes) >= m.used {
		m.grow()
	}
	const odd = 0x9E3779B97F4A7C15 // spreads the numbers over all bits
	hash := maphash.String(seed, key) ^ uint64(object)*odd
	slot := m.find(hash)
	if m.slots[slot] != 0 {
		return false
	}
	m.hashes = append(m.hashes, hash)
	m.slots[slot] = uint32(len(m.hashes))
	return true
}

// find returns the slot that hash has, or the free one for it.
func (m *members) find(hash uint64) int {
	slot := int(hash) & (m.used - 1)
	for m.slots[slot] != 0 && m.hashes[m.slots[slot]-1] != hash {
		slot = (slot + 1) & (m.used - 1)
	}
	return slot
}

// grow doubles the slots in use.
func (m *members) grow() {
	clear(m.slots[:m.used])
	m.used = max(fewestSlots, 2*m.used)
	if m.used > len(m.slots) {
		m.slots = make([]uint32, m.used)
	}
	for i, hash := range m.hashes {
		m.slots[m.find(hash)] = uint32(i + 1)
	}
}

// forget empties the table.
func (m *members) forget() {
	if len(m.hashes) > membersKept {
		*m = members{}
		return
	}
	clear(m.slots[:m.used])
	m.hashes, m.used = m.hashes[:0], 0
}
