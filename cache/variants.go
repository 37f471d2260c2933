package cache

import (
	"bytes"
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
	return oneOf(h, key, 0x9e3779b97f4a7c15)
}

// aliasHash returns where an alias of a variant is kept.
func aliasHash(h cachekey.Hash, alias []byte) cachekey.Hash {
	return oneOf(h, alias, 0x94d049bb133111eb)
}

// oneOf returns one of maxVariants places beside h.
func oneOf(h cachekey.Hash, key []byte, odd uint64) cachekey.Hash {
	place := (cachekey.Sum(key).Lo%maxVariants + 1) * odd
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

// SetAlias remembers that the variant with this key also answers the requests
// of the primary key with hash h that select alias: bytes that are no key.
// Like nominated names an alias may be evicted.
func (c *Cache) SetAlias(h cachekey.Hash, alias, key []byte) {
	place := aliasHash(h, alias)
	lock := &c.storeLocks[place.Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	if bytes.Equal(c.Alias(h, alias), key) {
		return
	}
	block := AppendPrefix(nil, alias, string(key), nil)
	e := NewEntry(Meta{Hash: place}, block, len(alias), len(key), len(block))
	c.memory.Put(place, e, e.Cost())
}

// Alias returns the key of the variant that alias stands for, nil if there is
// none. Read-only.
func (c *Cache) Alias(h cachekey.Hash, alias []byte) []byte {
	if e := c.get(aliasHash(h, alias), alias); e != nil {
		return bytesOf(e.originETag())
	}
	return nil
}
