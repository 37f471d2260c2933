package ratelimit

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
)

// A Key says which requests count together: an address, or the hash of several
// values. The zero Key is for all of them.
type Key [16]byte

// KeyOfAddr returns the Key of an address; two have the same only if they are
// one. An IPv4 address is mapped into IPv6, and has no zone.
func KeyOfAddr(a netip.Addr) Key { return a.As16() }

// Addr returns the address of a Key that KeyOfAddr made.
func (k Key) Addr() netip.Addr { return netip.AddrFrom16(k).Unmap() }

// A Tuple makes a Key of several values, in their order. The Key is 128 bits of
// two hashes with secret seeds, the Counter's own, so that nobody who chooses
// requests can make one count as another's. Its zero value is of no use: Counter
// and Throttle have one.
type Tuple struct{ hi, lo maphash.Hash }

// seeds are those of the Tuples of one Counter or Throttle.
type seeds struct{ hi, lo maphash.Seed }

func newSeeds() seeds { return seeds{maphash.MakeSeed(), maphash.MakeSeed()} }

func (s *seeds) tuple() (t Tuple) {
	t.hi.SetSeed(s.hi)
	t.lo.SetSeed(s.lo)
	return t
}

// Add takes the next value, which may be several texts.
//
// Hot path, as of the others: no allocation.
func (t *Tuple) Add(texts ...string) {
	t.AddNumber(uint64(len(texts))) // so that no other values have the same bytes
	for _, text := range texts {
		t.AddNumber(uint64(len(text)))
		_, _ = t.hi.WriteString(text) // never an error
		_, _ = t.lo.WriteString(text)
	}
}

// AddNumber takes a number as the next value.
func (t *Tuple) AddNumber(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = t.hi.Write(b[:])
	_, _ = t.lo.Write(b[:])
}

// AddKey takes a Key, such as that of an address, as the next value.
func (t *Tuple) AddKey(k Key) {
	_, _ = t.hi.Write(k[:])
	_, _ = t.lo.Write(k[:])
}

// Key returns the Key of the values.
func (t *Tuple) Key() (k Key) {
	binary.BigEndian.PutUint64(k[:8], t.hi.Sum64())
	binary.BigEndian.PutUint64(k[8:], t.lo.Sum64())
	return k
}
