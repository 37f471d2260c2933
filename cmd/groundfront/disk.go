package main

import (
	"fmt"
	"path/filepath"

	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// journalName is the file in the folder of the disk tier that keeps the
// invalidations: who removes the folder removes both, and who removes only
// the journal finds everything stored before dead. (The file "changes" beside it
// is the cache's own.)
const journalName = "invalidations"

// openInvalidations opens the log of invalidations. With a disk tier it
// outlives the process, as what it invalidates does.
func (e *edge) openInvalidations() (err error) {
	d := e.config.Cache.Disk
	if d == nil {
		e.invalidations = invalidation.New()
		return nil
	}
	if e.folder, err = disk.Lock(d.Path); err != nil {
		return fmt.Errorf("cache.disk.path: %w", err)
	}
	e.invalidations, err = invalidation.Open(filepath.Join(d.Path, journalName), invalidation.Options{
		Now: e.started,
		OnError: func(err error) {
			e.logger.Error("invalidations are not kept: after a restart everything stored is fetched anew", "error", err)
		},
	})
	return err
}

// exposeDisk connects the metrics of the disk tier, if there is one.
func (e *edge) exposeDisk() {
	if _, found := e.cache.DiskStats(); !found {
		return
	}
	e.metrics.ObserveDisk(func() metrics.DiskStats {
		s, _ := e.cache.DiskStats()
		return metrics.DiskStats{
			Objects: s.Records, Bytes: s.Bytes, Hits: s.Hits, Evictions: s.Evictions,
			Drops: s.Drops, Damaged: s.Damaged, Suspended: s.State == disk.StateSuspended,
		}
	})
}
