//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// report prints two tables: what viewers saw, and what a reload costs.
func report(w io.Writer, p *plan, peers []*peer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "configuration\treloads\tp50\tp99\tworst\tp50 ratio\tp99 ratio")
	for _, x := range peers {
		for i, pace := range p.paces {
			fmt.Fprintf(t, "%s\t%s\t%v\t%v\t%v\t%.2f\t%.2f\n", x.name, paceWord(pace),
				medianOf(x.rounds, func(r []shot) time.Duration { return r[i].p50 }).Round(time.Microsecond),
				medianOf(x.rounds, func(r []shot) time.Duration { return r[i].p99 }).Round(10*time.Microsecond),
				medianOf(x.rounds, func(r []shot) time.Duration { return r[i].worst }).Round(100*time.Microsecond),
				medianOf(x.rounds, func(r []shot) float64 { return float64(r[i].p50) / float64(r[0].p50) }),
				medianOf(x.rounds, func(r []shot) float64 { return float64(r[i].p99) / float64(r[0].p99) }))
		}
	}
	fmt.Fprintln(t, "\na reload of\tCPU\ttakes\tallocates\tcollections")
	for _, x := range peers {
		fmt.Fprintf(t, "%s\t%v\t%v\t%.0f KiB\t%.2f\n", x.name,
			medianOf(x.costs, func(u usage) time.Duration { return u.cpu }).Round(10*time.Microsecond),
			medianOf(x.took, func(d time.Duration) time.Duration { return d }).Round(10*time.Microsecond),
			medianOf(x.costs, func(u usage) float64 { return u.allocated / 1024 }),
			medianOf(x.costs, func(u usage) float64 { return u.collections }))
	}
	return t.Flush()
}

func paceWord(pace time.Duration) string {
	switch {
	case pace == 0:
		return "none"
	case pace < time.Second:
		return fmt.Sprintf("%.0f a second", float64(time.Second)/float64(pace))
	}
	return "each " + pace.String()
}

// medianOf returns the median of what value says of each.
func medianOf[T any, V cmp.Ordered](all []T, value func(T) V) V {
	values := make([]V, len(all))
	for i := range all {
		values[i] = value(all[i])
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
