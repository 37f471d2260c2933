package compile

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/config"
)

// Cache returns the options of the cache that c describes, but for
// Invalidations and the disk tier's Logger.
func Cache(c config.Cache) cache.Options {
	o := cache.Options{
		MaxSize: int64(c.Memory.MaxSize), MaxObjectSize: int64(c.Memory.MaxObjectSize),
		// The cache takes 0 for its default; a nanosecond keeps nothing.
		StaleKeep: max(c.StaleKeep.Std(), 1),
		Eviction:  evictions[c.Memory.Eviction],
	}
	if d := c.Disk; d != nil {
		o.Disk = cache.DiskOptions{Path: d.Path, MaxSize: int64(d.MaxSize), MinObjectSize: int64(d.MinObjectSize)}
	}
	return o
}

var evictions = map[config.Eviction]cache.Eviction{
	config.EvictionTinyLFU: cache.EvictionTinyLFU,
	config.EvictionS3FIFO:  cache.EvictionS3FIFO,
}
