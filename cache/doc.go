// Package cache keeps responses and says what may be done with them. It is
// the part of the product that is wrong in most proxies, so each of its
// rules has one place:
//
//	cachecontrol   what Cache-Control says
//	freshness      storable? how long fresh? what when stale?
//	vary           several responses for one key
//	conditional    preconditions, validators, freshening by a 304
//	byterange      parts of a representation
//	body           content that is read while it is written
//	collapse       many requests, one fetch
//	invalidation   making stored responses unusable by path or tag
//	memory         what stays when there is not room for all
//	disk           what stays when the process ends
//
// The package itself holds the Entry, one stored response, and the Cache,
// which brings these together: Lookup says what a request may do (an
// Outcome), Store keeps an Entry.
//
// Correctness rules that are easy to get wrong, and where they live:
//
//   - Read your writes: a fetch stays joinable until Store has returned, and
//     what Store took is visible at once (cache/memory).
//   - An Entry carries the invalidation epoch from before its fetch; Store
//     and Lookup refuse it if a later invalidation matches.
//   - Entries of one key are ordered by the start of their fetch; Store never
//     replaces a newer one by an older one.
//   - A hit compares the full key, not only its hash.
//   - Nothing that a reader may hold is ever reused: content is garbage
//     collected.
//   - An Entry in memory may have content that is on disk only, and gone by
//     now: whoever answers with it opens the content first (Cache.Open), and
//     takes the failure for a miss.
//
// Lock order: a load lock of Cache -> a store lock, which for parts is that of
// their complete response -> the overlay of cache/memory, or its order of
// values -> a part of its index, or the Store of cache/disk, or the naming of
// its files -> its index; a store lock, a shard of collapse or of cache/memory
// -> invalidation; a shard of collapse -> a Buffer. A Buffer's lock is taken
// last and under it only the atomic counters of Reserve and OpenWindow are
// touched. No lock is held while anything waits for the network.
//
// cache knows neither origins nor viewers and imports only cachekey.
package cache
