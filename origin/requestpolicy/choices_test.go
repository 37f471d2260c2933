package requestpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
)

// TestChosenTarget: of the names in the key, the origin gets the pair that the
// key has; other names are left alone (CF-KEY-18).
func TestChosenTarget(t *testing.T) {
	chosen := func(r query.Repeated, key selection.Selection) requestpolicy.Config {
		return requestpolicy.Config{
			Key:          cachekey.Policy{QueryStrings: key, Choices: cachekey.Choices{RepeatedQuery: r}},
			QueryStrings: sel(selection.BehaviorAll),
		}
	}
	for _, test := range []struct {
		name   string
		config requestpolicy.Config
		query  string
		want   string
	}{
		{"all", chosen(query.RepeatedAll, sel(selection.BehaviorAll)), "a=1&b&a=2", "a=1&b&a=2"},
		{"first", chosen(query.RepeatedFirst, sel(selection.BehaviorAll)), "a=1&b&a=2", "a=1&b"},
		{"last", chosen(query.RepeatedLast, sel(selection.BehaviorAll)), "a=1&b&a=2", "b&a=2"},
		{"listed", chosen(query.RepeatedFirst, sel(selection.BehaviorWhitelist, "a")), "a=1&b=1&b=2&a=2", "a=1&b=1&b=2"},
		{"not keyed", chosen(query.RepeatedFirst, sel(selection.BehaviorNone)), "a=1&b&a=2", "a=1&b&a=2"},
		{"no repeats, byte for byte", chosen(query.RepeatedFirst, sel(selection.BehaviorAll)), "a=1&&b", "a=1&&b"},
	} {
		if got := newPolicy(t, test.config).Target(&origin.Origin{}, "/x", test.query, true); got != "/x?"+test.want {
			t.Errorf("%s: Target(%q): got %q, want %q", test.name, test.query, got, "/x?"+test.want)
		}
	}
}

// TestChosenFields: the origin gets the line that is in the key (CF-KEY-12,
// CF-KEY-13).
func TestChosenFields(t *testing.T) {
	for _, test := range []struct {
		choices cachekey.Choices
		fields  []string
		want    string
	}{
		{cachekey.Choices{}, []string{"A: 1", "B: 1", "a: 2", "B: 2"}, "A:1, 2 B:1 B:2"},
		{cachekey.Choices{RepeatedHeader: cachekey.RepeatedHeaderFirst}, []string{"A: 1", "B: 1", "a: 2", "B: 2"}, "A:1 B:1 B:2"},
		{cachekey.Choices{RepeatedHeader: cachekey.RepeatedHeaderLast}, []string{"A: 1", "B: 1", "a: 2", "B: 2"}, "B:1 A:2 B:2"},
		{cachekey.Choices{}, []string{"A: ", "B: "}, "A: B:"},
		{cachekey.Choices{EmptyHeader: cachekey.EmptyHeaderMissing}, []string{"A: ", "B: "}, "B:"},
		{cachekey.Choices{EmptyHeader: cachekey.EmptyHeaderMissing}, []string{"A: ", "A: 1"}, "A:, 1"},
	} {
		p := newPolicy(t, requestpolicy.Config{
			Key:     cachekey.Policy{Headers: []string{"A"}, Choices: test.choices},
			Headers: requestpolicy.HeadersAllViewer,
		})
		var got []string
		for _, l := range p.Fields(nil, input(test.fields...)) {
			if len(l.Name) == 1 {
				got = append(got, l.Name+":"+l.Value)
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%+v: Fields(%q): got %q, want %q", test.choices, test.fields, got, test.want)
		}
	}
}

// TestEqualKeysAskAlike: whatever is chosen, two requests with one key send
// the origin the same, so that none can bring what the other did not ask for.
func TestEqualKeysAskAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	equal := 0
	for range 20000 {
		key := cachekey.Policy{
			Headers:      []string{"A"},
			QueryStrings: sel(selection.Behavior(rng.IntN(3))), // none, all, whitelist
			SortQuery:    rng.IntN(4) == 0,
			DropTracking: rng.IntN(4) == 0,
			Choices: cachekey.Choices{
				RepeatedHeader: cachekey.RepeatedHeader(rng.IntN(3)), EmptyHeader: cachekey.EmptyHeader(rng.IntN(2)),
				RepeatedQuery: query.Repeated(rng.IntN(3)), EmptyQuery: cachekey.EmptyQueryDistinct,
			},
		}
		if key.QueryStrings.Behavior == selection.BehaviorWhitelist {
			key.QueryStrings.Names = []string{"a", "utm_x"}
		}
		b, err := cachekey.New(key, cachekey.Options{Distribution: "d.test"})
		if err != nil {
			t.Fatal(err)
		}
		p := newPolicy(t, requestpolicy.Config{Key: key})
		key1, asked1, from1 := ask(rng, b, p)
		key2, asked2, from2 := ask(rng, b, p)
		if key1 != key2 {
			continue
		}
		if equal++; asked1 != asked2 {
			t.Fatalf("%+v\n%s and\n%s have one key and ask\n%s and\n%s", key, from1, from2, asked1, asked2)
		}
	}
	if equal < 1000 {
		t.Errorf("got %d pairs with one key, want at least 1000", equal)
	}
}

// ask makes a request from a small alphabet and returns its key and what the
// origin gets.
func ask(rng *rand.Rand, b *cachekey.Builder, p *requestpolicy.Policy) (key, asked, from string) {
	r := cachekey.Request{Method: "GET", Path: "/", HasQuery: rng.IntN(4) > 0}
	for range rng.IntN(3) {
		r.Fields.Add([]string{"A", "a"}[rng.IntN(2)], []string{"", "1", "2", "1, 2"}[rng.IntN(4)])
	}
	if r.HasQuery {
		var pairs []string
		for range rng.IntN(4) {
			pairs = append(pairs, []string{"a=1", "a=2", "b", "utm_x=1"}[rng.IntN(4)])
		}
		r.Query = strings.Join(pairs, "&")
	}
	in := input()
	in.Fields = r.Fields
	var sent []string
	for _, l := range p.Fields(nil, in) {
		if l.Name == "A" {
			sent = append(sent, l.Value)
		}
	}
	target := p.Target(&origin.Origin{}, r.Path, r.Query, r.HasQuery)
	asked = fmt.Sprintf("%s A: %q", target, sent) // line by line: not every origin joins them
	return string(b.Append(nil, &r)), asked, fmt.Sprintf("%+v", r)
}
