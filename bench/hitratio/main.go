package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/groundfront/groundfront/cache/memory"
	"github.com/groundfront/groundfront/cachekey"
)

func main() {
	n := flag.Int("n", 4_000_000, "requests of each trace")
	flag.Parse()
	if err := run(os.Stdout, *n); err != nil {
		fmt.Fprintln(os.Stderr, "hitratio:", err)
		os.Exit(1)
	}
}

// shares are the sizes of the cache, in parts of the catalogue's bytes.
var shares = []int64{100, 10}

// policies are the reference and those of the product.
var policies = []struct {
	name string
	open func(maxBytes int64) (cache, error)
}{
	{"lru", openLRU},
	{memory.EvictionTinyLFU.String(), open(memory.EvictionTinyLFU)},
	{memory.EvictionS3FIFO.String(), open(memory.EvictionS3FIFO)},
}

// run prints the table.
func run(w io.Writer, n int) error {
	total := catalogueBytes()
	fmt.Fprintf(w, "%-8s %8s", "trace", "cache")
	for _, p := range policies {
		fmt.Fprintf(w, "  %17s", p.name)
	}
	fmt.Fprintln(w)
	for _, t := range traces {
		for _, share := range shares {
			fmt.Fprintf(w, "%-8s %4d MiB", t.name, total/share>>20)
			for _, p := range policies {
				c, err := p.open(total / share)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "  %v", replay(t, n, c))
			}
			fmt.Fprintln(w)
		}
	}
	return nil
}

func catalogueBytes() (sum int64) {
	for key := range catalogue {
		sum += requestFor(key).cost
	}
	return sum
}

// A cache answers a request or stores the response; close ends it.
type cache struct {
	hit   func(request) bool
	close func()
}

func openLRU(maxBytes int64) (cache, error) {
	return cache{newLRU(maxBytes).hit, func() {}}, nil
}

// open opens a store of the product. Every Put is decided before the next
// request, as it is when requests take time.
func open(e memory.Eviction) func(maxBytes int64) (cache, error) {
	return func(maxBytes int64) (cache, error) {
		s, err := memory.New(memory.Options{MaxBytes: maxBytes, Eviction: e}, func(r *request) cachekey.Hash { return r.hash })
		if err != nil {
			return cache{}, err
		}
		hit := func(r request) bool {
			if _, ok := s.Get(r.hash); ok {
				return true
			}
			s.Put(r.hash, &r, r.cost)
			s.Flush()
			return false
		}
		return cache{hit, s.Close}, nil
	}
}

// A ratio counts answers from the cache.
type ratio struct{ hits, requests, hitBytes, bytes int64 }

func (r ratio) objects() float64 { return float64(r.hits) / float64(r.requests) }
func (r ratio) ofBytes() float64 { return float64(r.hitBytes) / float64(r.bytes) }
func (r ratio) String() string {
	return fmt.Sprintf("%5.1f %% /%5.1f %%", 100*r.objects(), 100*r.ofBytes())
}

// replay counts after the first fifth of the trace, which fills the cache.
func replay(t trace, n int, c cache) (r ratio) {
	defer c.close()
	i := 0
	for q := range t.requests(n) {
		hit := c.hit(q)
		if i++; i <= n/5 {
			continue
		}
		r.requests++
		r.bytes += q.cost
		if hit {
			r.hits++
			r.hitBytes += q.cost
		}
	}
	return r
}
