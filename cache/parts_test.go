package cache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
)

// alphabet is the complete content of which tests store parts.
const alphabet = "abcdefghijklmnopqrstuvwxyz"

// storeAlphabet stores the letters in [from, to) as a fetch would that has
// this number.
func storeAlphabet(c *Cache, path string, order uint64, etag string, from, to int64, more ...field.Line) StoreResult {
	hash, key := keyOf(path)
	fields := append(field.Lines{{Name: "ETag", Value: etag}}, more...)
	block := AppendPrefix(nil, key, "", fields)
	prefix := len(block)
	block = append(block, alphabet[from:to]...)
	return c.StorePart(NewEntry(Meta{
		Hash: hash, Status: 206, Length: int64(len(alphabet)), Order: order,
		Epoch: c.invalidations.Epoch(),
		Times: freshness.Times{Validated: freshness.MomentOf(start), Lifetime: time.Hour, StaleLimit: time.Hour},
	}, block, len(key), 0, prefix), from, func(name string) bool { return name == "X-Dropped" })
}

// partsOf returns what is stored in parts for a path: the letters, and a dot
// for each that is not there.
func partsOf(c *Cache, path string) string {
	hash, key := keyOf(path)
	e := c.LookupParts(hash, key, start).Entry
	if e == nil {
		return ""
	}
	all := []byte{}
	for i := range e.Length {
		r := byterange.Range{From: i, To: i + 1}
		if !e.Missing(r).Empty() {
			all = append(all, '.')
			continue
		}
		all = append(all, bytes.Join(e.AppendPieces(nil, r), nil)...)
	}
	return string(all)
}

func TestStorePart(t *testing.T) {
	type store struct {
		order    uint64
		etag     string
		from, to int64
		want     StoreResult
	}
	for name, c := range map[string]struct {
		in   []store
		want string
	}{
		"one":                                   {[]store{{1, `"v"`, 3, 6, StoreKept}}, "...def...................."},
		"two apart":                             {[]store{{1, `"v"`, 10, 12, StoreKept}, {2, `"v"`, 3, 6, StoreKept}}, "...def....kl.............."},
		"adjacent":                              {[]store{{1, `"v"`, 0, 3, StoreKept}, {2, `"v"`, 3, 6, StoreKept}}, "abcdef...................."},
		"overlapping":                           {[]store{{1, `"v"`, 2, 8, StoreKept}, {2, `"v"`, 5, 12, StoreKept}}, "..cdefghijkl.............."},
		"between two":                           {[]store{{1, `"v"`, 0, 5, StoreKept}, {2, `"v"`, 8, 12, StoreKept}, {3, `"v"`, 4, 9, StoreKept}}, "abcdefghijkl.............."},
		"a smaller one inside":                  {[]store{{1, `"v"`, 2, 9, StoreKept}, {2, `"v"`, 4, 6, StoreKept}}, "..cdefghi................."},
		"CF-RNG-13 another tag replaces":        {[]store{{1, `"v"`, 2, 4, StoreKept}, {2, `"w"`, 6, 8, StoreKept}}, "......gh.................."},
		"CF-RNG-13 an older tag comes too late": {[]store{{2, `"w"`, 6, 8, StoreKept}, {1, `"v"`, 2, 4, StoreOutdated}}, "......gh.................."},
		"the same tag is never too late":        {[]store{{2, `"v"`, 6, 8, StoreKept}, {1, `"v"`, 2, 4, StoreKept}}, "..cd..gh.................."},
		"CF-RNG-13 weak tags are not combined":  {[]store{{1, `W/"v"`, 2, 4, StoreKept}, {2, `W/"v"`, 6, 8, StoreKept}}, "......gh.................."},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{})
			for _, s := range c.in {
				if got := storeAlphabet(cache, "/a", s.order, s.etag, s.from, s.to); got != s.want {
					t.Errorf("StorePart(%d, %s, %d-%d): got %v, want %v", s.order, s.etag, s.from, s.to, got, s.want)
				}
			}
			if got := partsOf(cache, "/a"); got != c.want {
				t.Errorf("stored parts:\n got %s\nwant %s", got, c.want)
			}
			hash, key := keyOf("/a")
			if found := cache.Lookup(hash, key, "GET", start); found.Entry != nil {
				t.Error("Lookup: got parts in the place of the complete response")
			}
		})
	}
}

// The last missing part makes a complete response, and the parts are gone.
func TestPartsCompleted(t *testing.T) {
	c := newCache(t, Options{})
	storeAlphabet(c, "/a", 1, `"v"`, 10, 26, field.Line{Name: "X-First", Value: "1"}, field.Line{Name: "X-Last", Value: "1"},
		field.Line{Name: "Age", Value: "1"}, field.Line{Name: "X-Dropped", Value: "1"})
	storeAlphabet(c, "/a", 2, `"v"`, 0, 12, field.Line{Name: "X-Last", Value: "2"})
	hash, key := keyOf("/a")
	e := c.Lookup(hash, key, "GET", start).Entry
	if e == nil || e.Partial() || e.Status != 200 || string(e.Content()) != alphabet || e.Order != 2 {
		t.Fatalf("Lookup: got %+v, want the complete response", e)
	}
	if f := e.Fields(nil); f.Get("X-First") != "1" || f.Get("X-Last") != "2" || f.Has("Age") || f.Has("X-Dropped") {
		t.Errorf("fields: got %v, want those of both, the later first, without Age and what the later lets nobody have", f)
	}
	if got := partsOf(c, "/a"); got != "" {
		t.Errorf("parts: got %s, want none", got)
	}
	if got := storeAlphabet(c, "/a", 1, `"v"`, 0, 3); got != StoreOutdated {
		t.Errorf("a part from before: got %v, want %v", got, StoreOutdated)
	}
}

// A complete response takes the place of older parts.
func TestPartsDropped(t *testing.T) {
	c := newCache(t, Options{})
	storeAlphabet(c, "/a", 5, `"v"`, 0, 3)
	hash, key := keyOf("/a")
	store := func(order uint64) {
		block := AppendPrefix(nil, key, "", nil)
		c.Store(NewEntry(Meta{Hash: hash, Status: 200, Order: order, Times: freshness.Times{Validated: freshness.MomentOf(start)}},
			block, len(key), 0, len(block)))
	}
	if store(4); partsOf(c, "/a") == "" {
		t.Error("an older response: got the parts removed, want them kept")
	}
	if store(6); partsOf(c, "/a") != "" {
		t.Error("a newer response: got the parts kept, want them removed")
	}
}

func TestPartsInvalidated(t *testing.T) {
	c := newCache(t, Options{})
	storeAlphabet(c, "/a", 1, `"v"`, 0, 3)
	invalidate(t, c, "/a")
	if got := partsOf(c, "/a"); got != "" {
		t.Errorf("after the invalidation: got %s, want none", got)
	}
	storeAlphabet(c, "/a", 2, `"v"`, 6, 8)
	if got, want := partsOf(c, "/a"), "......gh.................."; got != want {
		t.Errorf("stored afterwards: got %s, want %s: nothing from before", got, want)
	}
}

// Memory is bounded: what lies farthest from the latest part leaves.
func TestPartsBounded(t *testing.T) {
	c := newCache(t, Options{MaxObjectSize: 200})
	for i, r := range [][2]int64{{0, 2}, {20, 22}, {8, 10}, {10, 12}} {
		storeAlphabet(c, "/a", uint64(i+1), `"v"`, r[0], r[1])
	}
	hash, key := keyOf("/a")
	e := c.LookupParts(hash, key, start).Entry
	if e.partsCost()-len(e.parts())*partCost > 200 || partsOf(c, "/a")[10:12] != "kl" {
		t.Errorf("got %s in %d bytes, want the last one in 200", partsOf(c, "/a"), e.partsCost())
	}
	if e.Cost() < int64(e.partsCost()) {
		t.Errorf("Cost: got %d, want the parts' %d in it", e.Cost(), e.partsCost())
	}
}

// TestPartsModel compares with a set of letters that are there.
func TestPartsModel(t *testing.T) {
	for seed := range uint64(300) {
		rnd, c := rand.New(rand.NewPCG(seed, 1)), newCache(t, Options{})
		want := bytes.Repeat([]byte("."), len(alphabet))
		told := ""
		for i := range 8 {
			from := rnd.IntN(len(alphabet))
			to := from + 1 + rnd.IntN(min(8, len(alphabet)-from))
			told += fmt.Sprintf("%d-%d ", from, to)
			copy(want[from:to], alphabet[from:to])
			if got := storeAlphabet(c, "/a", uint64(i+1), `"v"`, int64(from), int64(to)); got != StoreKept { // there is room for all
				t.Fatalf("seed %d, parts %s: got the last one %v", seed, told, got)
			}
			if bytes.IndexByte(want, '.') < 0 { // TestPartsCompleted
				break
			}
			if got := partsOf(c, "/a"); got != string(want) {
				t.Fatalf("seed %d, parts %s:\n got %s\nwant %s", seed, told, got, want)
			}
		}
		checkMissing(t, c, string(want))
	}
}

// checkMissing compares Missing for every range.
func checkMissing(t *testing.T, c *Cache, stored string) {
	hash, key := keyOf("/a")
	e := c.LookupParts(hash, key, start).Entry
	if e == nil {
		return
	}
	for from := range len(stored) {
		for to := from + 1; to <= len(stored); to++ {
			want := byterange.Range{From: int64(from), To: int64(to)}
			for want.From < want.To && stored[want.From] != '.' {
				want.From++
			}
			for want.From < want.To && stored[want.To-1] != '.' {
				want.To--
			}
			got := e.Missing(byterange.Range{From: int64(from), To: int64(to)})
			if got.Empty() != want.Empty() || !got.Empty() && got != want {
				t.Fatalf("Missing(%d-%d) of %s: got %v, want %v", from, to, stored, got, want)
			}
		}
	}
}
