package cache

import (
	"math/bits"

	"github.com/groundfront/groundfront/cache/vary"
	"github.com/groundfront/groundfront/cachekey"
)

// maxVariants bounds the responses that are kept for one primary key: each
// variant has one of so many places, and a later one in the same place takes
// it. A viewer that invents field values can so fill no more than that. Two
// honest variants in one place would drive each other out for ever: among
// 2^16 places that befalls one in thirteen keys of a hundred variants, and one
// in two thousand of eight.
const maxVariants = 1 << 16

// VariantHash returns where the variant with this key is kept among those of
// the primary key with hash h.
func VariantHash(h cachekey.Hash, key []byte) cachekey.Hash {
	place := (cachekey.Sum(key).Lo%maxVariants + 1) * 0x9e3779b97f4a7c15
	return cachekey.Hash{Hi: h.Hi ^ place, Lo: h.Lo ^ bits.RotateLeft64(place, 32)}
}

// nominationHash returns where the nominated names of a primary key are kept,
// beside all of its responses.
func nominationHash(h cachekey.Hash) cachekey.Hash {
	return cachekey.Hash{Hi: h.Hi ^ 0xbf58476d1ce4e5b9, Lo: ^h.Lo}
}

// Nominated returns the request fields that the responses of a primary key
// have nominated by Vary so far. The names are kept like an Entry and may be
// evicted; the variants are then not found any more, which costs a fetch and
// mixes up nothing, for their keys say by which names they were chosen.
//
// Hot path: no allocation.
func (c *Cache) Nominated(hash cachekey.Hash, primary []byte) vary.Names {
	if e := c.get(nominationHash(hash), primary); e != nil {
		return vary.Names(e.originETag())
	}
	return ""
}

// Nominate adds names to the nominated ones and returns all of them: a key
// that varies once is told apart by all names that ever mattered, so that no
// response is chosen by fewer names than its own Vary has. ok is false if
// they are too many.
func (c *Cache) Nominate(hash cachekey.Hash, primary []byte, names vary.Names) (all vary.Names, ok bool) {
	place := nominationHash(hash)
	lock := &c.storeLocks[place.Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	known := c.Nominated(hash, primary)
	all, ok = known.Union(names)
	if !ok || all == known {
		return known, ok
	}
	block := AppendPrefix(nil, primary, string(all), nil)
	e := NewEntry(Meta{Hash: place}, block, len(primary), len(all), len(block))
	c.memory.Put(place, e, e.Cost())
	return all, true
}
