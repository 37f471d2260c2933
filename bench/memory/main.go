// Command memory measures how much memory an edge needs when far more content
// passes through it than its cache may hold.
//
// It runs the groundfront binary as a process of its own, with an origin in
// this process, pulls distinct responses through it over loopback, and reads
// what the kernel says about the edge's resident memory. It is a bench
// provider: it knows the edge only by its command line. run.sh builds and runs
// both.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// A plan is what is pulled through and what may come of it.
type plan struct {
	edge    string // path of the binary
	cache   string // cache.memory.max_size
	total   int64  // bytes of content
	each    int64  // bytes of one response
	viewers int    // connections
	most    int64  // resident bytes, above which the run has failed
}

const mib = 1 << 20

func main() {
	var p plan
	flag.StringVar(&p.edge, "edge", "groundfront", "path of the groundfront binary")
	flag.StringVar(&p.cache, "cache", "256MiB", "cache.memory.max_size")
	flag.Int64Var(&p.total, "total", 2<<30, "bytes of content in all")
	flag.Int64Var(&p.each, "each", 64<<10, "bytes of one response")
	flag.IntVar(&p.viewers, "viewers", 16, "connections that ask at once")
	flag.Int64Var(&p.most, "most", 512*mib, "resident bytes of the edge that are too many")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, p); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		stop()
		os.Exit(1)
	}
}

// run measures once and prints the figures.
func run(ctx context.Context, p plan) error {
	o, err := startOrigin(p.each)
	if err != nil {
		return err
	}
	defer o.close()
	e, err := startEdge(ctx, p, o.address())
	if err != nil {
		return err
	}
	defer e.close()

	began := time.Now()
	pulled, err := pull(ctx, e.viewers, p)
	if err != nil {
		return fmt.Errorf("%w; the edge says: %s", err, e.said())
	}
	took := time.Since(began)
	used, err := e.memory()
	if err != nil {
		return err
	}
	fmt.Printf("%d distinct responses of %d KiB (%d MiB) through a cache of %s in %.1f s: peak resident memory %d MiB, %d MiB at the end\n",
		pulled, p.each>>10, pulled*p.each/mib, p.cache, took.Seconds(), used.peak/mib, used.now/mib)
	if used.peak >= p.most {
		return fmt.Errorf("peak resident memory is %d bytes, want less than %d", used.peak, p.most)
	}
	return nil
}
