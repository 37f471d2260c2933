package main

import (
	"os"
	"runtime/debug"
	"strconv"

	"github.com/groundfront/groundfront/config"
)

// limitMemory keeps resident memory in proportion to the cache. Without a
// limit the collector lets the heap double before it runs, which with a full
// cache means twice cache.memory.max_size. Below the limit the heap may grow to
// three times what is in use: while the cache is less than half full there are
// half as many collections so. A limit that the user set with GOMEMLIMIT stays,
// and so does GOGC. rates is what rate-based rules and throttles may take. It is
// never more than budget, what the configuration says that the process may have
// (server.overload.memory.limit), or else nine tenths of what the container or the
// machine has: garbage that is left to lie may not take what levels of overload
// count on.
func limitMemory(getenv func(string) string, maxSize, budget config.Size, rates int64) {
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := memoryLimit(maxSize) + rates
	if available := memoryBudget(budget, getenv, os.DirFS("/")); available > 0 {
		limit = min(limit, available) // reliability D6
	}
	debug.SetMemoryLimit(limit)
	if getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}

// heapGrowth is Go's GOGC: by how much of itself the heap grows between two
// collections, in percent.
const heapGrowth = 200

// memoryLimit is one and a half times the cache and 64 MiB for the rest: half
// as much again holds responses on their way in (at most a quarter of the
// cache) and garbage.
func memoryLimit(maxSize config.Size) int64 { return int64(maxSize)*3/2 + 64<<20 }

// size prints bytes for people, rounded down to the unit.
func size(s config.Size) string {
	for _, u := range []struct {
		name  string
		bytes config.Size
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + " " + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + " B"
}
