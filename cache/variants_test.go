package cache

import (
	"fmt"
	"testing"

	"github.com/groundfront/groundfront/cache/vary"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// Names only ever join; so no response is chosen by fewer than it nominated.
func TestNominate(t *testing.T) {
	c := newCache(t, Options{})
	primary := []byte("primary")
	h := cachekey.Sum(primary)
	for _, step := range []struct{ in, want vary.Names }{
		{"", ""}, {"b", "b"}, {"a", "a,b"}, {"b", "a,b"}, {"", "a,b"},
	} {
		if got, ok := c.Nominate(h, primary, step.in); got != step.want || !ok {
			t.Errorf("Nominate(%q): got %q %v, want %q", step.in, got, ok, step.want)
		}
		if got := c.Nominated(h, primary); got != step.want {
			t.Errorf("Nominated after %q: got %q, want %q", step.in, got, step.want)
		}
	}
	if got := c.Nominated(h, []byte("another")); got != "" {
		t.Errorf("another key with the same hash: got %q, want none", got)
	}
	if n := testing.AllocsPerRun(100, func() { c.Nominated(h, primary) }); n != 0 {
		t.Errorf("Nominated: got %v allocations, want 0", n)
	}
}

// Row G3: however many values viewers invent, a primary key has a bounded
// number of places, none of which is that of the key itself, of its answers to HEAD, or
// of its names.
func TestVariantHash(t *testing.T) {
	h := cachekey.Sum([]byte("primary"))
	places := map[cachekey.Hash]bool{}
	for i := range 4 * maxVariants {
		key := vary.Names("foo").Append([]byte("primary"), field.Lines{{Name: "Foo", Value: fmt.Sprint(i)}})
		places[VariantHash(h, key)] = true
	}
	if len(places) > maxVariants || len(places) < maxVariants*9/10 {
		t.Errorf("got %d places, want about %d", len(places), maxVariants)
	}
	for _, other := range []cachekey.Hash{h, HeadHash(h), nominationHash(h)} {
		if places[other] {
			t.Errorf("a variant has the place %v of something else", other)
		}
	}
	for i := range maxVariants {
		if alias := fmt.Append(nil, i); places[aliasHash(h, alias)] {
			t.Fatalf("a variant has the place of the alias %s", alias)
		}
	}
}

// An alias stands for the variant that was named last, of this key alone.
func TestAlias(t *testing.T) {
	c := newCache(t, Options{})
	h := cachekey.Sum([]byte("primary"))
	if got := c.Alias(h, []byte("de")); got != nil {
		t.Errorf("before any: got %q, want none", got)
	}
	for _, key := range []string{"first", "second", "second"} {
		c.SetAlias(h, []byte("de"), []byte(key))
		if got := string(c.Alias(h, []byte("de"))); got != key {
			t.Errorf("got %q, want %q", got, key)
		}
	}
	if got := c.Alias(h, []byte("fr")); got != nil {
		t.Errorf("another alias: got %q, want none", got)
	}
	if got := c.Alias(cachekey.Sum([]byte("other")), []byte("de")); got != nil {
		t.Errorf("another key: got %q, want none", got)
	}
}

// RFC 9111 section 4.4: what was fetched before a change is not used, what
// was fetched after it is; only Strict entries are concerned.
func TestChanged(t *testing.T) {
	for _, strict := range []bool{true, false} {
		c := newCache(t, Options{})
		fetch := func() *Entry {
			e := fetched(c, "/a", Meta{Times: times(0, 0, 0), Strict: strict}, "x")
			store(t, c, e, StoreKept)
			return e
		}
		e := fetch()
		c.Changed(e.distribution(), e.Key(), c.Ticket().Order)
		want := OutcomeFresh
		if strict {
			want = OutcomeMiss
		}
		if got := lookup(c, "/a", "GET", 0); got.Outcome != want {
			t.Errorf("strict %v, after the change: got %v, want %v", strict, got.Outcome, want)
		}
		if strict { // fetched before the change and stored after it
			late := fetched(c, "/a", Meta{Times: times(0, 0, 0), Strict: true}, "x")
			late.Order = e.Order
			store(t, c, late, StoreInvalidated)
		}
		fetch()
		if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeFresh {
			t.Errorf("strict %v, fetched after the change: got %v, want fresh", strict, got.Outcome)
		}
	}
}
