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
	c, problems := config.Parse("test.yaml", []byte(document+"\nchoices: {"+name+": "+word+"}\n"))
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
