package compile

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/config"
)

// choosing compiles the document with one choice made.
func choosing(t *testing.T, name, word string) string {
	t.Helper()
	others := ""
	if name == "signed_path" {
		others = ", forwarded_path: raw" // without which it must be both
	}
	c, problems := config.Parse("test.yaml", []byte(document+"\nchoices: {"+name+": "+word+others+"}\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Distributions[0].Behaviors[0]
	key := keyPolicy(&config.CachePolicy{}, &c.Choices)
	if b.Key.Fingerprint() == compiled(t, Environment{}).Distributions[0].Behaviors[0].Key.Fingerprint() != (key.Choices == cachekey.Choices{}) {
		t.Errorf("%s: %s: the fingerprint does not tell the keys apart", name, word)
	}
	return fmt.Sprintf("%+v %+v %+v %+v", s.Choices, key.Choices, b.Choices, b.Freshness.Choices)
}

// A strict cache never takes one target for another, whatever is chosen.
func TestStrictKeysEveryTarget(t *testing.T) {
	c, problems := config.Parse("test.yaml", []byte(strings.Replace(document, "    min_ttl: 1s\n    default_ttl: 60s\n", "    semantics: rfc9111\n", 1)+
		"\nchoices: {repeated_query_string: first, empty_query: missing}\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	c.CachePolicies[0].Parameters.QueryStringsConfig = config.QueryStringsConfig{QueryStringBehavior: config.SelectionAll}
	s, err := Compile(c, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Distributions[0].Behaviors[0]
	seen := map[string]bool{}
	for _, r := range []cachekey.Request{
		{Path: "/a"}, {Path: "/a", HasQuery: true}, {Path: "/a", HasQuery: true, Query: "x=1"}, {Path: "/a", HasQuery: true, Query: "x=1&x=2"},
	} {
		r.Method = "GET"
		key := string(b.Key.Append(nil, &r))
		if seen[key] {
			t.Errorf("%+v has the key of another target", r)
		}
		seen[key] = true
	}
}

// Every value of every choice leads to a Snapshot of its own that has the
// value's word.
func TestEveryChoiceIsCompiled(t *testing.T) {
	var schema struct {
		Defs struct {
			Choices struct {
				Properties map[string]struct{ Enum []string }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Defs.Choices.Properties) == 0 {
		t.Fatal("the schema has no choices")
	}
	if got := choosing(t, "collapsed_wait", "2s"); !strings.Contains(got, "CollapsedWait:2s") {
		t.Errorf("collapsed_wait: 2s: got %s", got)
	}
	for name, property := range schema.Defs.Choices.Properties {
		seen := map[string]string{}
		for _, word := range property.Enum {
			got := choosing(t, name, word)
			if !strings.Contains(got, ":"+word) {
				t.Errorf("%s: %s: the word is not in %s", name, word, got)
			}
			if other, twice := seen[got]; twice {
				t.Errorf("%s: %s and %s are compiled to the same: %s", name, word, other, got)
			}
			seen[got] = word
		}
	}
}
