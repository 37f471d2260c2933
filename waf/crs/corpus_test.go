package crs

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/corazawaf/coraza/v3/types"

	"github.com/groundfront/groundfront/waf/crs/corpus"
)

var all = flag.Bool("crs.all", false, "run all of the rule set's own tests, and not one in sixteen: 20 s")

// underTest is how the rule set wants to be configured for its tests: all
// rules, and limits that requests of some of them exceed.
var underTest = Options{
	ParanoiaLevel: 4, BodyLimit: MaxBodyLimit, MaxLeaves: MaxMaxLeaves,
	Settings: map[string]string{
		"crs_validate_utf8_encoding": "1",
		"arg_name_length":            "100",
		"arg_length":                 "400",
		"total_arg_length":           "64000",
		"max_num_args":               "255",
		"max_file_size":              "64100",
		"combined_file_sizes":        "65535",
	},
}

// TestCorpus runs the rule set's tests of requests against the engine alone.
// testdata/different.txt has those that do not come out as they should, each
// with its reason, and no others.
func TestCorpus(t *testing.T) {
	e := newEngine(t, underTest)
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	known := readDifferent(t)
	random := rand.New(rand.NewPCG(942, 100)) // the same cases each time
	run, passed := 0, 0
	for c := range corpus.Of(cases) {
		reason, different := known[c.Name()]
		if random.IntN(16) != 0 && !*all && !different {
			continue
		}
		run++
		delete(known, c.Name())
		switch found := judge(t, e, c); {
		case len(found) == 0 && different:
			t.Errorf("%s: got what its test wants, want it not in the list: %s", c.Name(), reason)
		case len(found) > 0 && !different:
			t.Errorf("%s: got %s, want it as its test does, or in the list with a reason\n%s", c.Name(), strings.Join(found, ", "), c.Raw)
		case len(found) == 0:
			passed++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		t.Errorf("%s: got it in the list, want a test that exists", name)
	}
	t.Logf("%d of %d as their tests want", passed, run)
}

// judge returns what is not as a test wants it. A test that wants a server to
// refuse a request is content with the tested rule: here there is no server.
func judge(t *testing.T, e *Engine, c *corpus.Case) (found []string) {
	var log strings.Builder
	result, err := e.inspect(context.Background(), request(c), func(rule types.MatchedRule) {
		log.WriteString(rule.ErrorLog() + "\n")
	})
	if err != nil {
		return []string{err.Error()}
	}
	rules := result.Rules
	if result.Blocked {
		rules = append(rules, 949110)
	}
	for _, id := range rules {
		if !evaluates(id) && !slices.Contains(e.numbers, id) {
			found = append(found, fmt.Sprintf("a match of %d, which is none that counts", id))
		}
	}
	if result.Skipped != SkipNothing {
		found = append(found, "not inspected: "+result.Skipped.String())
	}
	if byRule := strings.Contains(log.String(), `[id "949110"]`); byRule != result.Blocked {
		found = append(found, fmt.Sprintf("blocked: %v, by the rule set's own rule: %v", result.Blocked, byRule))
	}
	expect := c.Expect
	if !c.Attack() && !c.Harmless() {
		expect = []int{c.Rule}
	}
	for _, id := range expect {
		if !slices.Contains(rules, id) {
			found = append(found, fmt.Sprintf("no match of %d", id))
		}
	}
	for _, id := range c.Forbid {
		if slices.Contains(rules, id) {
			found = append(found, fmt.Sprintf("a match of %d", id))
		}
	}
	if c.Log != "" && !regexp.MustCompile(c.Log).MatchString(log.String()) {
		found = append(found, "no log like "+c.Log)
	}
	if c.NotLog != "" && regexp.MustCompile(c.NotLog).MatchString(log.String()) {
		found = append(found, "a log like "+c.NotLog)
	}
	return found
}

func request(c *corpus.Case) *Request {
	return &Request{
		Method: c.Method, Target: c.Target, Proto: c.Proto, Fields: c.Fields,
		Viewer: netip.MustParseAddrPort("127.0.0.1:4711"), Body: []byte(c.Body),
	}
}

// readDifferent reads testdata/different.txt.
func readDifferent(t *testing.T) map[string]string {
	t.Helper()
	reasons, err := corpus.Reasons("testdata/different.txt")
	if err != nil {
		t.Fatal(err)
	}
	return reasons
}
