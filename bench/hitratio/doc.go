// Command hitratio compares the eviction policies of cache/memory with each
// other and with plain LRU. It replays synthetic traces, made here by seeded
// generators (trace.go), through the product's own stores and prints what
// part of the requests, and of the bytes, came from the cache:
//
//	go run ./bench/hitratio
//
// With 1,000,000 requests of each trace over 100,000 responses with sizes from
// a heavy-tailed distribution (median 8 KiB, mean 25, up to 8 MiB) and caches
// of a hundredth and a tenth of their bytes:
//
//	trace       cache                lru            tinylfu             s3fifo
//	zipf 0.8   24 MiB   20.6 % / 20.4 %   26.7 % / 25.0 %   31.9 % / 30.8 %
//	zipf 0.8  245 MiB   47.0 % / 46.0 %   57.9 % / 53.7 %   55.5 % / 53.9 %
//	zipf 1.0   24 MiB   50.9 % / 49.8 %   54.1 % / 52.6 %   60.3 % / 58.7 %
//	zipf 1.0  245 MiB   73.8 % / 72.4 %   81.3 % / 77.2 %   78.6 % / 77.3 %
//	zipf 1.2   24 MiB   79.8 % / 78.2 %   82.6 % / 80.4 %   84.3 % / 82.8 %
//	zipf 1.2  245 MiB   91.8 % / 90.7 %   93.8 % / 91.7 %   93.3 % / 92.3 %
//	scan       24 MiB   24.7 % / 23.5 %   29.9 % / 27.7 %   30.1 % / 28.5 %
//	scan      245 MiB   28.4 % / 27.1 %   39.9 % / 36.6 %   38.4 % / 36.6 %
//	shift      24 MiB   50.3 % / 43.3 %   55.0 % / 47.8 %   57.7 % / 52.0 %
//	shift     245 MiB   73.0 % / 69.4 %   76.2 % / 68.8 %   75.8 % / 72.5 %
//
// Both keep more of what is used than LRU. tinylfu answers more requests when
// the cache is large for what is asked of it; s3fifo answers more bytes nearly
// always, adapts faster when popularity shifts, and is ahead in small caches.
// The first fifth of a trace fills the cache and is not counted. lru and
// s3fifo give the same figures each time; tinylfu, which samples its hits,
// differs in the last digit.
//
// It is a bench provider.
package main
