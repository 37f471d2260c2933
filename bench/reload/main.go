//go:build linux

package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A plan is what is measured.
type plan struct {
	edge, before   string // paths of builds; the second may be ""
	configurations string // names
	cpus           string // of the edge
	ownCPUs        string // of this process
	paces          []time.Duration
	rounds         int
	rate           int // requests a second
	connections    int
	duration       time.Duration // of a shot
	alone          int           // reloads without viewers, in each round
}

func main() {
	p := plan{}
	flag.StringVar(&p.edge, "edge", "groundfront", "`path` of the groundfront binary")
	flag.StringVar(&p.before, "before", "", "`path` of another build, to compare with")
	flag.StringVar(&p.configurations, "configurations", "small,ordinary", "`names` of configurations")
	flag.StringVar(&p.cpus, "cpus", "0", "`list` of the edge's CPUs")
	flag.StringVar(&p.ownCPUs, "generator-cpus", "1", "`list` of the CPUs of the generator and the origin")
	paces := flag.String("reloads", "0,0.2,1,30", "reloads a second, a `list`; the first one is what others are compared with")
	flag.IntVar(&p.rounds, "rounds", 5, "rounds; the table has medians")
	flag.IntVar(&p.rate, "rate", 2000, "requests a second")
	flag.IntVar(&p.connections, "connections", 16, "connections of viewers")
	seconds := flag.Int("seconds", 5, "length of a shot")
	flag.IntVar(&p.alone, "alone", 20, "reloads of a round while nobody asks, for what each costs")
	flag.Parse()
	p.duration = time.Duration(*seconds) * time.Second

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := p.setPaces(*paces)
	if err == nil {
		err = run(ctx, &p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reload:", err)
		stop()
		os.Exit(1)
	}
}

// setPaces reads how often a second there is a reload.
func (p *plan) setPaces(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		often, err := strconv.ParseFloat(word, 64)
		if err != nil || often < 0 {
			return fmt.Errorf("-reloads %s: want numbers, 0 or more", list)
		}
		pace := time.Duration(0)
		if often > 0 {
			pace = time.Duration(float64(time.Second) / often)
		}
		p.paces = append(p.paces, pace)
	}
	return nil
}

// run measures and prints the figures.
func run(ctx context.Context, p *plan) error {
	if out, err := exec.CommandContext(ctx, "taskset", "-a", "-p", "-c", p.ownCPUs, strconv.Itoa(os.Getpid())).CombinedOutput(); err != nil {
		return fmt.Errorf("-generator-cpus %s: %w: %s", p.ownCPUs, err, out)
	}
	origin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(answer)}
	go server.Serve(origin) // ends with Close
	defer server.Close()

	var peers []*peer
	for _, name := range strings.Split(p.configurations, ",") {
		i := slices.IndexFunc(configurations, func(c configuration) bool { return c.name == name })
		if i < 0 {
			return fmt.Errorf("-configurations: there is no %q", name)
		}
		for _, build := range []struct{ name, path string }{{"before", p.before}, {"", p.edge}} {
			if build.path == "" {
				continue
			}
			path, err := filepath.Abs(build.path)
			if err != nil {
				return err
			}
			e, err := startEdge(ctx, path, p.cpus, &configurations[i], origin.Addr().String())
			if err != nil {
				return err
			}
			defer e.close()
			peers = append(peers, &peer{name: strings.TrimSpace(name + " " + build.name), edge: e})
		}
	}
	for _, x := range peers { // what is done once is done now
		if _, err := x.edge.shoot(ctx, p, p.duration/4); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	for range p.rounds {
		for _, x := range peers {
			if err := x.round(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", x.name, err)
			}
		}
	}
	fmt.Printf("%d requests a second over %d connections, %v each, medians of %d rounds; the edge has CPU %s, the generator %s\n\n",
		p.rate, p.connections, p.duration, p.rounds, p.cpus, p.ownCPUs)
	return report(os.Stdout, p, peers)
}

// answer is the origin's.
func answer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=3600")
	fmt.Fprintf(w, `{"text": %q}`, strings.Repeat("x", 1000)) // an edge that is gone is noticed elsewhere
}

// A peer is an edge that is measured, with what was.
type peer struct {
	name   string
	edge   *edge
	rounds [][]shot // by pace
	costs  []usage  // of one reload
	took   []time.Duration
}

func (x *peer) round(ctx context.Context, p *plan) error {
	var shots []shot
	for _, pace := range p.paces {
		s, err := x.edge.shoot(ctx, p, pace)
		if err != nil {
			return err
		}
		shots = append(shots, s)
	}
	x.rounds = append(x.rounds, shots)
	before, err := x.edge.usage(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	for range p.alone {
		if err := x.edge.reload(ctx); err != nil {
			return err
		}
	}
	n := float64(p.alone)
	x.took = append(x.took, time.Duration(float64(time.Since(began))/n))
	after, err := x.edge.usage(ctx)
	if err != nil {
		return err
	}
	u := after.since(before)
	x.costs = append(x.costs, usage{time.Duration(float64(u.cpu) / n), u.allocated / n, u.collections / n})
	return nil
}
