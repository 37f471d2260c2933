package crs

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/waf/crs/corpus"
	"github.com/groundfront/groundfront/waf/managed/ordinary"
)

var update = flag.Bool("update", false, "with -crs.all: write RECALL.md")

// A figure is what the rule set does with the tests of one of its files, at two
// paranoia levels.
type figure struct {
	file              string
	attacks, harmless int
	blocked, wrongly  [2]int
}

// TestRecall holds how many of its own attacks the rule set blocks with its
// default settings at paranoia levels 1 and 2, and how many of the requests
// that the tested rule must let pass: RECALL.md. They stand beside the figures
// of waf/managed; another version of rules or engine may have others.
func TestRecall(t *testing.T) {
	if !*all {
		return // go test ./waf/crs -crs.all, in .ci/run
	}
	var b strings.Builder
	b.WriteString("# What the Core Rule Set finds\n\nThe OWASP Core Rule Set " + Version + " in Coraza against its own regression tests, by its files: how many attacks it blocks at its default threshold of 5, and how many of the requests that the tested rule must let pass. Tests are of rules of all four paranoia levels; most of the harmless that are blocked are attacks that another rule finds. This table is written by `go test ./waf/crs -run TestRecall -crs.all -update`.\n\n")
	b.WriteString("| file | attacks | blocked, level 1 | | level 2 | | harmless | blocked, level 1 | level 2 |\n|---|---|---|---|---|---|---|---|---|\n")
	sum := figure{file: "all"}
	figures := recall(t)
	for _, f := range figures {
		sum.attacks, sum.harmless = sum.attacks+f.attacks, sum.harmless+f.harmless
		for i := range f.blocked {
			sum.blocked[i], sum.wrongly[i] = sum.blocked[i]+f.blocked[i], sum.wrongly[i]+f.wrongly[i]
		}
	}
	for _, f := range append(figures, sum) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d %% | %d | %d %% | %d | %d | %d |\n", f.file, f.attacks,
			f.blocked[0], 100*f.blocked[0]/f.attacks, f.blocked[1], 100*f.blocked[1]/f.attacks, f.harmless, f.wrongly[0], f.wrongly[1])
	}
	requests, blocked := everyday(t)
	fmt.Fprintf(&b, "\nOf %d requests of ordinary traffic (package waf/managed/ordinary), of which the groups of waf/managed block none, it blocks %d at level 1 and %d at level 2.\n", requests, blocked[0], blocked[1])
	t.Log("\n" + b.String())
	const file = "RECALL.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(file); err != nil || string(old) != b.String() {
		t.Errorf("%s has other figures, or is not there (%v): go test ./waf/crs -run TestRecall -crs.all -update", file, err)
	}
}

// levels are engines of paranoia levels 1 and 2.
type levels [2]*Engine

func newLevels(t *testing.T) (l levels) {
	t.Helper()
	for i := range l {
		l[i] = newEngine(t, Options{ParanoiaLevel: i + 1, BodyLimit: MaxBodyLimit, MaxLeaves: MaxMaxLeaves})
	}
	return l
}

// count counts, by level, that a request is blocked.
func (l *levels) count(t *testing.T, r *Request, blocked *[2]int) {
	t.Helper()
	for i, e := range l {
		result, err := e.Inspect(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if result.Blocked {
			blocked[i]++
		}
	}
}

// everyday returns how many requests of ordinary traffic there are, and how many
// of them are blocked.
func everyday(t *testing.T) (n int, blocked [2]int) {
	t.Helper()
	requests, err := ordinary.Requests()
	if err != nil {
		t.Fatal(err)
	}
	l := newLevels(t)
	for _, r := range requests {
		l.count(t, &Request{
			Method: r.Method, Target: r.Target, Proto: "HTTP/2.0", Fields: r.Fields,
			Viewer: netip.MustParseAddrPort("192.0.2.1:4711"), Body: []byte(r.Body),
		}, &blocked)
	}
	return len(requests), blocked
}

func recall(t *testing.T) (figures []figure) {
	t.Helper()
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	l := newLevels(t)
	for _, file := range Files() {
		group, err := strconv.Atoi(file)
		if err != nil {
			t.Fatal(err)
		}
		f := figure{file: file}
		for c := range corpus.Of(cases, group) {
			switch {
			case c.Attack():
				f.attacks++
				l.count(t, request(c), &f.blocked)
			case c.Harmless():
				f.harmless++
				l.count(t, request(c), &f.wrongly)
			}
		}
		figures = append(figures, f)
	}
	return figures
}
