package device

import (
	"bufio"
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/agents.txt
var agents string

// eachAgent calls f for each line of the list, and returns how many there are.
func eachAgent(f func(want, agent string)) (n int) {
	lines := bufio.NewScanner(strings.NewReader(agents))
	for lines.Scan() {
		if line := lines.Text(); line != "" && line[0] != '#' {
			want, agent, _ := strings.Cut(line, " |")
			f(want, strings.TrimPrefix(agent, " "))
			n++
		}
	}
	return n
}

// TestOf: what is true of the devices of the list (CF-CFH-01 to CF-CFH-06).
func TestOf(t *testing.T) {
	kinds := map[string]int{}
	n := eachAgent(func(want, agent string) {
		kinds[want]++
		if got := Of(agent).String(); got != want {
			t.Errorf("%q:\n got %q, want %q", agent, got, want)
		}
	})
	if n < 200 || len(kinds) != 10 {
		t.Errorf("the list has %d agents of %d kinds, want 200 or more of 10: %v", n, len(kinds), kinds)
	}
}

// TestRulesAreNeeded: each rule but the last decides about an agent of the list, and
// none is hidden by one before it.
func TestRulesAreNeeded(t *testing.T) {
	for i, r := range rules {
		for _, earlier := range rules[:i] {
			if r.all&earlier.all == earlier.all {
				t.Errorf("rule %d is never asked", i)
			}
		}
	}
	whole := rules
	defer func() { rules = whole }()
	for i := range whole[:len(whole)-1] {
		rules = append(append([]rule(nil), whole[:i]...), whole[i+1:]...)
		differ := 0
		eachAgent(func(want, agent string) {
			if Of(agent).String() != want {
				differ++
			}
		})
		if differ == 0 {
			t.Errorf("without rule %d, %+v, the list is the same", i, whole[i])
		}
	}
}

func TestOfAllocates(t *testing.T) {
	const agent = "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36"
	if got := testing.AllocsPerRun(100, func() { Of(agent) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// FuzzOf: a device is a desktop exactly if it is nothing that one holds or watches;
// it has one system at most; a television is neither mobile nor a tablet; the case
// of letters does not matter; and the answer is always the same (CF-CFH-04).
func FuzzOf(f *testing.F) {
	eachAgent(func(_, agent string) { f.Add(agent) })
	f.Add("\xff\x00;;--__")
	f.Add(strings.Repeat("iPad", 300))
	f.Fuzz(func(t *testing.T, agent string) {
		c := Of(agent)
		switch {
		case c.Is(Desktop) == c.Is(Mobile|Tablet|SmartTV):
			t.Errorf("%q: a desktop and something else, or nothing: %v", agent, c)
		case c.Is(Android) && c.Is(IOS):
			t.Errorf("%q: two systems: %v", agent, c)
		case c.Is(SmartTV) && c.Is(Mobile|Tablet):
			t.Errorf("%q: a television that is mobile: %v", agent, c)
		case c.Is(IOS) && !c.Is(Mobile):
			t.Errorf("%q: iOS, and not mobile: %v", agent, c)
		}
		ascii := func(r rune) rune {
			if 'a' <= r && r <= 'z' {
				return r - 'a' + 'A'
			}
			return r
		}
		if strings.ToValidUTF8(agent, "") == agent {
			if other := Of(strings.Map(ascii, agent)); other != c {
				t.Errorf("%q: got %v, in capital letters %v", agent, c, other)
			}
		}
	})
}

// BenchmarkOf measures the longest agents that are common, and the longest there
// can be.
func BenchmarkOf(b *testing.B) {
	for name, agent := range map[string]string{
		"phone":   "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36",
		"desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
		"32 KiB":  strings.Repeat("a ", 16<<10),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Of(agent)
			}
		})
	}
}
