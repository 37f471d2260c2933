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
// has one.
type Tuple struct{ hi, lo maphash.Hash }

// Add takes the next value.
//
// Hot path: no allocation.
func (t *Tuple) Add(value string) {
	var length [8]byte // so that no other values have the same bytes
	binary.LittleEndian.PutUint64(length[:], uint64(len(value)))
	for _, h := range [...]*maphash.Hash{&t.hi, &t.lo} {
		_, _ = h.Write(length[:]) // never an error
		_, _ = h.WriteString(value)
	}
}

// Key returns the Key of the values.
func (t *Tuple) Key() (k Key) {
	binary.BigEndian.PutUint64(k[:8], t.hi.Sum64())
	binary.BigEndian.PutUint64(k[8:], t.lo.Sum64())
	return k
}
