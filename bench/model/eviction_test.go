package model

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/cache"
)

// small has room for two or three responses.
func small(e cache.Eviction) tier {
	return tier{size: 1200, eviction: e, settle: synctest.Wait}
}

// TestEviction compares the edge with both models when responses have to
// leave memory. What is gone is gone with all that was known of it: no reply
// may be one that neither the stored response nor its loss explains.
func TestEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		compareRuns(t, slices.Concat(policies, strictPolicies), small(cache.EvictionTinyLFU), small(cache.EvictionS3FIFO))
	})
}

// TestEvictionDeaf proves that responses do leave, which a model that is not
// told of it notices, and that one that is told still notices an edge that is
// deaf to what matters.
func TestEvictionDeaf(t *testing.T) {
	snapshot := newSnapshot(t)
	synctest.Test(t, func(t *testing.T) {
		for _, eviction := range []cache.Eviction{cache.EvictionTinyLFU, cache.EvictionS3FIFO} {
			for _, policies := range [][]policy{policies, strictPolicies} {
				trial := trial{snapshot: snapshot, tier: small(eviction)}
				trial.tier.untold = true
				if !trial.notices(t, policies, 400) {
					t.Errorf("%v, policies %s and so on: nothing was evicted", eviction, policies[0].name)
				}
				trial.tier.untold = false
				for _, deaf := range []struct {
					to   string
					mute func(*step)
				}{
					{"invalidations", deafToInvalidations},
					{"no-cache", func(s *step) { s.answer.control.noCache = false }},
					{"Vary", func(s *step) { s.answer.vary = "" }},
				} {
					trial.mute = deaf.mute
					if !trial.notices(t, policies, 400) {
						t.Errorf("%v, policies %s and so on, deaf to %s: the model noticed nothing", eviction, policies[0].name, deaf.to)
					}
				}
			}
		}
	})
}
