package config

// Cache configures the store that all distributions share. CloudFront has no
// counterpart: its cache is not configurable.
type Cache struct {
	// Memory is the memory tier.
	Memory Memory `config:"memory"`

	// Disk is the disk tier behind memory, which survives a restart. Absent
	// means none.
	Disk *Disk `config:"disk"`

	// StaleKeep is how long past its freshness lifetime a stored response
	// is kept for revalidation, stale-while-revalidate and stale-if-error.
	// 0s to 365d. Default 24h.
	StaleKeep Duration `config:"stale_keep" default:"24h" range:"0s..365d"`
}

// Memory bounds the memory tier.
type Memory struct {
	// MaxSize is the bound on stored responses, heads and bodies together.
	// 1MiB to 1TiB. Default 256MiB.
	MaxSize Size `config:"max_size" default:"256MiB" range:"1MiB..1TiB"`

	// MaxObjectSize is the largest body that is stored; a larger one
	// streams through. 1KiB up to MaxSize. Default 8MiB.
	MaxObjectSize Size `config:"max_object_size" default:"8MiB" range:"1KiB..1TiB"`

	// Eviction chooses what leaves when MaxSize is reached: tinylfu or
	// s3fifo.
	Eviction Eviction `config:"eviction" default:"tinylfu"`
}

// Disk bounds the disk tier.
type Disk struct {
	// Path is the folder, created if need be. It belongs to one edge at a
	// time: a second one does not start. A relative one is relative to where groundfront runs.
	Path string `config:"path,required"`

	// MaxSize is the bound on what the stored responses take on the disk.
	// 1MiB to 1024TiB. Default 10GiB.
	MaxSize Size `config:"max_size" default:"10GiB" range:"1MiB..1024TiB"`

	// MinObjectSize is the smallest body that goes to the disk, up to the
	// MaxObjectSize of memory. Default 0: all do.
	MinObjectSize Size `config:"min_object_size" default:"0" range:"0..1TiB"`
}

// Eviction is the policy that chooses what leaves a full memory tier.
type Eviction string

const (
	// EvictionTinyLFU keeps what is used often and was admitted by frequency.
	EvictionTinyLFU Eviction = "tinylfu"
	// EvictionS3FIFO keeps what is asked for again soon.
	EvictionS3FIFO Eviction = "s3fifo"
)

func (Eviction) values() []string   { return []string{"tinylfu", "s3fifo"} }
func (Eviction) notBuilt() []string { return []string{"lru"} }
