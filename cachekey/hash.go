package cachekey

import "github.com/zeebo/xxh3"

// A Hash is the 128-bit digest of a key: the short form for indexes, shards
// and file names.
//
// It is never the identity of a stored response. The function is fast and
// public, so whoever chooses requests can look for two keys of one Hash; a
// hit must compare the full canonical bytes as well.
type Hash struct{ Hi, Lo uint64 }

// Sum returns the Hash of canonical bytes: XXH3 with 128 bits and seed 0, the
// same on every machine.
//
// Hot path: no allocation. See BenchmarkSum.
func Sum(canonical []byte) Hash {
	h := xxh3.Hash128(canonical)
	return Hash{Hi: h.Hi, Lo: h.Lo}
}

// fingerprintOf returns 64 bits that stand for a recipe. Recipes are written
// by the owner of the configuration, not by viewers.
func fingerprintOf(recipe []byte) uint64 { return xxh3.Hash(recipe) }
