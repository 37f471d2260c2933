package literal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// occurrences returns all, in the order of Next, by looking everywhere.
func occurrences(patterns []string, fold bool, text string) []string {
	all := []string{}
	for to := range len(text) + 1 {
		for from := range to {
			for i, p := range patterns {
				if lower(text[from:to], fold) == lower(p, fold) {
					all = append(all, fmt.Sprint(i, from, to))
				}
			}
		}
	}
	return all
}

func TestNext(t *testing.T) {
	for _, tc := range []struct {
		patterns []string
		fold     bool
		text     string
		want     string
	}{
		{[]string{"he", "she", "hers", "his"}, false, "ushers", "1 1 4, 0 2 4, 2 2 6"},
		{[]string{"a", "aa", "a"}, true, "aA", "0 0 1, 2 0 1, 1 0 2, 0 1 2, 2 1 2"},
		{[]string{"ab"}, false, "abab", "0 0 2, 0 2 4"},
		{[]string{"ab"}, false, "", ""},
		{[]string{"", "b"}, true, "abb", "1 1 2, 1 2 3"},
		{nil, true, "abb", ""},
	} {
		if got := strings.Join(next(New(tc.patterns, tc.fold), tc.text), ", "); got != tc.want {
			t.Errorf("%q (fold %v) in %q: got %s, want %s", tc.patterns, tc.fold, tc.text, got, tc.want)
		}
	}
}

func next(s *Set, text string) []string {
	all := []string{}
	var c Cursor
	for {
		pattern, from, to := s.Next(text, &c)
		if pattern < 0 {
			return all
		}
		all = append(all, fmt.Sprint(pattern, from, to))
	}
}

func TestNextAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abAB/"[random.IntN(5)]
		}
		return string(b)
	}
	for range 500 {
		patterns := make([]string, 1+random.IntN(6))
		for i := range patterns {
			patterns[i] = letters(1 + random.IntN(4))
		}
		fold, text := random.IntN(2) == 0, letters(random.IntN(40))
		got, want := next(New(patterns, fold), text), occurrences(patterns, fold, text)
		if !slices.Equal(got, want) {
			t.Fatalf("%q (fold %v) in %q: got %v, want %v", patterns, fold, text, got, want)
		}
	}
}

// TestNextAllocations holds the promise of the hot path.
func TestNextAllocations(t *testing.T) {
	s := New(scanners, true)
	if n := testing.AllocsPerRun(10, func() {
		var c Cursor
		for p := 0; p >= 0; {
			p, _, _ = s.Next("sqlmap nikto "+agent, &c)
		}
	}); n > 1 { // the text
		t.Errorf("got %v allocations, want 1", n)
	}
}
