package compile

import (
	"reflect"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/config"
)

func TestCache(t *testing.T) {
	for _, test := range []struct {
		in   config.Cache
		want cache.Options
	}{
		{
			config.Cache{Memory: config.Memory{MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: config.EvictionTinyLFU}, StaleKeep: config.Duration(time.Hour)},
			cache.Options{MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: cache.EvictionTinyLFU, StaleKeep: time.Hour},
		},
		{
			config.Cache{Memory: config.Memory{MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: config.EvictionS3FIFO}},
			cache.Options{MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: cache.EvictionS3FIFO, StaleKeep: 1},
		},
		{
			config.Cache{
				Memory: config.Memory{MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: config.EvictionTinyLFU},
				Disk:   &config.Disk{Path: "/cache", MaxSize: 1 << 30, MinObjectSize: 100},
			},
			cache.Options{
				MaxSize: 1 << 20, MaxObjectSize: 1 << 10, Eviction: cache.EvictionTinyLFU, StaleKeep: 1,
				Disk: cache.DiskOptions{Path: "/cache", MaxSize: 1 << 30, MinObjectSize: 100},
			},
		},
	} {
		if got := Cache(test.in); !reflect.DeepEqual(got, test.want) {
			t.Errorf("Cache(%+v): got %+v, want %+v", test.in, got, test.want)
		}
	}
}
