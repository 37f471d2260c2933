package injection

import (
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf/crs/corpus"
	"github.com/groundfront/groundfront/waf/transform"
)

// valuesOf returns what of a request is asked about: its path, names and
// values of arguments and of a form, values of cookies and of fields, each
// with its escapes resolved twice.
func valuesOf(c *corpus.Case) (values []string) {
	add := func(v string) {
		var s transform.Scratch
		values = append(values, strings.Clone(transform.Chain{transform.URLDecodeUni, transform.URLDecodeUni}.Apply(v, &s)))
	}
	pairs := func(text, separator string) {
		for pair := range strings.SplitSeq(text, separator) {
			name, value, _ := strings.Cut(pair, "=")
			add(name)
			add(value)
		}
	}
	path, query, _ := strings.Cut(c.Target, "?")
	add(path)
	pairs(query, "&")
	for _, l := range c.Fields {
		switch {
		case field.EqualName(l.Name, "cookie"):
			pairs(l.Value, ";")
		case slices.Contains([]string{"user-agent", "referer"}, strings.ToLower(l.Name)), strings.HasPrefix(strings.ToLower(l.Name), "x-"):
			add(l.Value)
		}
	}
	switch kind := c.Fields.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		pairs(c.Body, "&")
	case c.Body != "":
		add(c.Body)
	}
	return values
}

// TestRecall holds how many of the attacks among the Core Rule Set's own tests
// are found, and how many of its harmless requests are taken for attacks, by
// rules of all paranoia levels. Many of its attacks are pieces that only the
// strictest level takes for one, and what is harmless to the rule that is
// tested may well be an attack to another.
func TestRecall(t *testing.T) {
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		group         int
		name          string
		detect        func(string) bool
		found, alarms int // at least, at most
	}{
		{942, "SQLi LOW", func(v string) bool { return SQLi(v, SensitivityLow) }, 125, 10},
		{942, "SQLi HIGH", func(v string) bool { return SQLi(v, SensitivityHigh) }, 524, 16},
		{941, "XSS", XSS, 66, 1},
	} {
		attacks, found, harmless, alarms := 0, 0, 0, 0
		for c := range corpus.Of(cases, test.group) {
			hit := slices.ContainsFunc(valuesOf(c), test.detect)
			switch {
			case c.Attack() && hit:
				attacks, found = attacks+1, found+1
			case c.Attack():
				attacks++
			case c.Harmless() && hit:
				harmless, alarms = harmless+1, alarms+1
			case c.Harmless():
				harmless++
			}
		}
		t.Logf("%s: found %d of %d attacks, took %d of %d harmless requests for attacks", test.name, found, attacks, alarms, harmless)
		if found < test.found || alarms > test.alarms {
			t.Errorf("%s: got %d attacks and %d false alarms, want at least %d and at most %d", test.name, found, alarms, test.found, test.alarms)
		}
	}
}
