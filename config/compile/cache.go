package compile

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/config"
)

// Cache returns the options of the cache that c describes, but for
// Invalidations.
func Cache(c config.Cache) cache.Options {
	return cache.Options{
		MaxSize: int64(c.Memory.MaxSize), MaxObjectSize: int64(c.Memory.MaxObjectSize),
		// The cache takes 0 for its default; a nanosecond keeps nothing.
		StaleKeep: max(c.StaleKeep.Std(), 1),
		Eviction:  evictions[c.Memory.Eviction],
	}
}

var evictions = map[config.Eviction]cache.Eviction{
	config.EvictionTinyLFU: cache.EvictionTinyLFU,
	config.EvictionS3FIFO:  cache.EvictionS3FIFO,
}
