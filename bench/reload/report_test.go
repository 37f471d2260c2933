//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSetPaces(t *testing.T) {
	p := plan{}
	if err := p.setPaces("0,0.2,1,20"); err != nil || !slices.Equal(p.paces, []time.Duration{0, 5 * time.Second, time.Second, 50 * time.Millisecond}) {
		t.Errorf("got %v, %v", p.paces, err)
	}
	for _, list := range []string{"", "x", "0,-1"} {
		if err := new(plan).setPaces(list); err == nil {
			t.Errorf("%q: got no error", list)
		}
	}
}

// TestReport: a ratio is the median of those of each round, not that of medians.
func TestReport(t *testing.T) {
	ms := func(p50, p99 time.Duration) shot {
		return shot{p50: p50 * time.Millisecond, p99: p99 * time.Millisecond}
	}
	x := &peer{
		name:   "small",
		rounds: [][]shot{{ms(1, 10), ms(2, 30)}, {ms(1, 20), ms(1, 20)}, {ms(4, 5), ms(4, 10)}},
		costs:  []usage{{time.Millisecond, 2048, 0.5}},
		took:   []time.Duration{3 * time.Millisecond},
	}
	var out strings.Builder
	if err := report(&out, &plan{paces: []time.Duration{0, time.Second}}, []*peer{x}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"configuration reloads p50 p99 worst p50 ratio p99 ratio",
		"small none 1ms 10ms 0s 1.00 1.00",
		"small each 1s 2ms 20ms 0s 1.00 2.00",
		"",
		"a reload of CPU takes allocates collections",
		"small 1ms 3ms 2 KiB 0.50",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSeries(t *testing.T) {
	page := []byte("# TYPE a counter\na_total 1.5e+06\na 2\n")
	if got := series(page, "a"); got != 2 {
		t.Errorf("got %v, want 2", got)
	}
	if got := series(page, "b"); got != 0 {
		t.Errorf("got %v, want 0", got)
	}
}
