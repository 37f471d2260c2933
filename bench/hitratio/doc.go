// Command hitratio compares the eviction policies of cache/memory with each
// other and with plain LRU. It replays synthetic traces, made here by seeded
// generators (trace.go), through the product's own stores and prints what
// part of the requests, and of the bytes, came from the cache:
//
//	go run ./bench/hitratio
//
// With 4,000,000 requests of each trace over 100,000 responses with sizes from
// a heavy-tailed distribution (median 8 KiB, mean 25, up to 8 MiB) and caches
// of a hundredth and a tenth of their bytes:
//
//	trace       cache                lru            tinylfu             s3fifo
//	zipf 0.8   24 MiB   20.6 % / 20.5 %   33.1 % / 29.9 %   32.0 % / 30.8 %
//	zipf 0.8  245 MiB   46.9 % / 45.6 %   56.9 % / 52.7 %   55.5 % / 54.1 %
//	zipf 1.0   24 MiB   50.9 % / 49.7 %   61.2 % / 58.0 %   60.4 % / 58.8 %
//	zipf 1.0  245 MiB   73.8 % / 72.4 %   81.1 % / 77.6 %   78.8 % / 77.4 %
//	zipf 1.2   24 MiB   79.8 % / 78.1 %   85.3 % / 82.6 %   84.4 % / 82.7 %
//	zipf 1.2  245 MiB   91.8 % / 90.7 %   94.3 % / 92.2 %   93.5 % / 92.5 %
//	scan       24 MiB   24.7 % / 23.6 %   29.5 % / 27.0 %   30.1 % / 28.7 %
//	scan      245 MiB   28.5 % / 27.2 %   39.3 % / 36.3 %   39.6 % / 38.1 %
//	shift      24 MiB   50.3 % / 48.8 %   56.5 % / 51.5 %   57.7 % / 56.5 %
//	shift     245 MiB   73.1 % / 72.5 %   74.0 % / 70.0 %   75.8 % / 75.3 %
//
// Both keep more of what is used than LRU. tinylfu answers more requests while
// popularity stays as it is; s3fifo answers about as many bytes or more, and is
// ahead when popularity shifts or much is asked for only once.
// The first fifth of a trace fills the cache and is not counted. lru and
// s3fifo give the same figures each time; tinylfu, which samples its hits,
// differs in the last digit.
//
// It is a bench provider.
package main
