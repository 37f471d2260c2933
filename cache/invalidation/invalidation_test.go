package invalidation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// mustAdd invalidates paths of the distribution "d".
func mustAdd(t testing.TB, l *Log, paths ...string) Invalidation {
	t.Helper()
	r, err := l.Add(Batch{Distribution: "d", Paths: paths}, now)
	if err != nil {
		t.Fatalf("Add(%.80q): got %v", paths, err)
	}
	return r
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindNone
}

func TestInvalidated(t *testing.T) {
	l := New()
	before := l.Epoch()
	mustAdd(t, l, "/a", "/dir/*", "/q?x=1")
	after := l.Epoch()
	for _, c := range []struct {
		name, distribution, path string
		since                    uint64
		want                     bool
	}{
		{"exact", "d", "/a", before, true},
		{"CF-INV-05", "d", "/q?x=1", before, true},
		{"CF-INV-05 other query", "d", "/q?x=2", before, false},
		{"CF-INV-15", "d", "/%61", before, true},
		{"wildcard", "d", "/dir/x", before, true},
		{"wildcard, escaped key", "d", "/%64ir/x", before, true},
		{"not named", "d", "/b", before, false},
		{"CF-INV-11 other distribution", "e", "/a", before, false},
		{"CF-INV-23 fetched afterwards", "d", "/a", after, false},
		{"CF-INV-23 fetched afterwards, wildcard", "d", "/dir/x", after, false},
	} {
		if got := l.Invalidated(c.distribution, c.path, nil, c.since); got != c.want {
			t.Errorf("%s: Invalidated(%s, %s, %d): got %v, want %v", c.name, c.distribution, c.path, c.since, got, c.want)
		}
	}
}

// TestEpochBeforeFetch proves the second half of CF-INV-23: the fetch began
// before the invalidation and ended after it.
func TestEpochBeforeFetch(t *testing.T) {
	l := New()
	mustAdd(t, l, "/a")
	since := l.Epoch()
	if l.Invalidated("d", "/a", nil, since) {
		t.Error("got dead by an earlier invalidation, want alive")
	}
	mustAdd(t, l, "/a")
	if !l.Invalidated("d", "/a", nil, since) {
		t.Error("got alive after the later invalidation, want dead")
	}
}

// model is the obvious list of all invalidations.
type model []struct {
	path  Path
	epoch uint64
}

func (m model) invalidated(path string, since uint64) bool {
	for _, x := range m {
		if x.epoch > since && x.path.Match(path) {
			return true
		}
	}
	return false
}

// TestModel compares the log with the list of all invalidations over random
// batches: equal while nothing is forgotten, never less afterwards.
func TestModel(t *testing.T) {
	for _, c := range []struct {
		name    string
		batches int
		exact   bool
	}{{"within the bounds", 40, true}, {"beyond the wildcard bound", 300, false}} {
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 1))
			text := func() string {
				return strings.Join([]string{"", "a", "b%61", "c", "%2d"}[r.IntN(2):1+r.IntN(4)+1], "/") + fmt.Sprintf("/%d", r.IntN(30))
			}
			l, m := New(), model{}
			for range c.batches {
				var paths []string
				for range 1 + r.IntN(3) {
					s := "/" + text()
					if r.IntN(4) == 0 {
						s = s[:1+r.IntN(len(s))]
						if i := strings.LastIndexByte(s, '%'); i >= 0 {
							s = s[:i]
						}
						s += "*"
					}
					if r.IntN(60) == 0 {
						s = "/*"
					}
					paths = append(paths, s)
				}
				escapes := Escapes(r.IntN(2))
				rec, err := l.Add(Batch{Distribution: "d", Paths: paths, Escapes: escapes}, now)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range paths {
					p, _ := CompilePath(s)
					p = p.keeping(escapes)
					m = append(m, struct {
						path  Path
						epoch uint64
					}{p, rec.Epoch})
				}
				for range 10 {
					key, since := "/"+text(), r.Uint64N(l.Epoch()+1)
					got, want := l.Invalidated("d", key, nil, since), m.invalidated(key, since)
					if want && !got || c.exact && got != want {
						t.Fatalf("%s, seed %d: Invalidated(%q, %d) of %d: got %v, want %v", c.name, seed, key, since, l.Epoch(), got, want)
					}
				}
			}
		}
	}
}

// TestForgetPaths proves the floor: responses older than a forgotten
// invalidation are dead, newer ones are not touched.
func TestForgetPaths(t *testing.T) {
	l := New()
	first := mustAdd(t, l, "/first").Epoch
	for i := range rememberedMarks {
		mustAdd(t, l, fmt.Sprintf("/x%d", i))
	}
	m := l.distributions["d"]
	if len(m.paths.last) > rememberedMarks || len(m.paths.order) > rememberedMarks {
		t.Errorf("got %d paths and %d marks, want at most %d", len(m.paths.last), len(m.paths.order), rememberedMarks)
	}
	if !l.Invalidated("d", "/first", nil, first-1) || !l.Invalidated("d", "/other", nil, first-1) {
		t.Error("response older than a forgotten invalidation: got alive, want dead")
	}
	if l.Invalidated("d", "/first", nil, first) || l.Invalidated("d", "/other", nil, first) {
		t.Error("response newer than the forgotten invalidation: got dead, want alive")
	}
	if !l.Invalidated("d", "/x0", nil, first) {
		t.Error("response older than a remembered invalidation: got alive, want dead")
	}
}

// TestForgetReplacedMark: forgetting the older of two invalidations of one
// path costs nobody else.
func TestForgetReplacedMark(t *testing.T) {
	l := New()
	mustAdd(t, l, "/same")
	for range rememberedMarks {
		mustAdd(t, l, "/same")
	}
	if l.Invalidated("d", "/other", nil, 0) {
		t.Error("got dead, want alive: nothing about other paths was forgotten")
	}
	if !l.Invalidated("d", "/same", nil, l.Epoch()-1) {
		t.Error("got alive, want dead by the last invalidation")
	}
}

func TestForgetWildcards(t *testing.T) {
	l := New()
	first := mustAdd(t, l, "/first*").Epoch
	for i := range rememberedWildcards {
		mustAdd(t, l, fmt.Sprintf("/%03d/*", i))
	}
	if n := len(l.distributions["d"].wildcards); n != rememberedWildcards {
		t.Errorf("got %d wildcards, want %d", n, rememberedWildcards)
	}
	if !l.Invalidated("d", "/other", nil, first-1) || l.Invalidated("d", "/other", nil, first) {
		t.Error("got another floor, want one at the forgotten wildcard")
	}
	mustAdd(t, l, "/0*")
	if n := len(l.distributions["d"].wildcards); n != 1 {
		t.Errorf("a wildcard that covers all others: got %d left, want 1", n)
	}
	mustAdd(t, l, "/*")
	if m := l.distributions["d"]; len(m.wildcards) != 0 || len(m.paths.last) != 0 || m.floor != l.Epoch() {
		t.Errorf("after /*: got %d wildcards, %d paths, floor %d, want only the floor %d", len(m.wildcards), len(m.paths.last), m.floor, l.Epoch())
	}
}

// TestLimits proves CF-INV-12, CF-QUO-21, and that a refused batch has no effect.
func TestLimits(t *testing.T) {
	many := func(n int, suffix string) []string {
		paths := make([]string, n)
		for i := range paths {
			paths[i] = fmt.Sprintf("/%d%s", i, suffix)
		}
		return paths
	}
	l := New()
	for _, c := range []struct {
		name  string
		paths []string
		want  Kind
	}{
		{"no path", nil, KindEmpty},
		{"3000 paths and 15 wildcards", append(many(3000, ""), many(15, "*")...), KindNone},
		{"3001 paths", many(3001, ""), KindTooManyPaths},
		{"16 wildcards", many(16, "*"), KindTooManyWildcards},
		{"far too many", many(5000, ""), KindTooManyPaths},
		{"one bad path", []string{"/a", "b"}, KindNotAbsolute},
	} {
		epoch := l.Epoch()
		_, err := l.Add(Batch{Distribution: "d", Paths: c.paths}, now)
		if got := kindOf(err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if changed := l.Epoch() != epoch; changed != (c.want == KindNone) {
			t.Errorf("%s: got epoch %d after %d", c.name, l.Epoch(), epoch)
		}
	}
}

func TestMaxDistributions(t *testing.T) {
	l := New()
	for i := range MaxDistributions {
		if _, err := l.Add(Batch{Distribution: fmt.Sprint(i), Paths: []string{"/*"}}, now); err != nil {
			t.Fatalf("distribution %d: got %v", i, err)
		}
	}
	if _, err := l.Add(Batch{Distribution: "more", Paths: []string{"/*"}}, now); kindOf(err) != KindTooManyDistributions {
		t.Errorf("got %v, want %v", err, KindTooManyDistributions)
	}
}

// TestCallerReference proves CF-INV-16.
func TestCallerReference(t *testing.T) {
	l := New()
	b := Batch{Distribution: "d", CallerReference: "r", Paths: []string{"/a"}}
	first, err := l.Add(b, now)
	if err != nil || first.Status != StatusCompleted || first.Created != now {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := l.Add(b, now.Add(time.Hour))
	if err != nil || again.ID != first.ID || again.Created != now || l.Epoch() != first.Epoch {
		t.Errorf("same reference and paths: got %+v, %v at epoch %d, want %+v", again, err, l.Epoch(), first)
	}
	other := Batch{Distribution: "d", CallerReference: "r", Paths: []string{"/b"}}
	if _, err := l.Add(other, now); kindOf(err) != KindReferenceReused {
		t.Errorf("same reference, other paths: got %v, want %v", err, KindReferenceReused)
	}
	other.Distribution = "e"
	if _, err := l.Add(other, now); err != nil {
		t.Errorf("same reference, other distribution: got %v", err)
	}
}

// TestHistory proves CF-INV-20 and CF-INV-25 and the bounds of the list.
func TestHistory(t *testing.T) {
	l := New()
	ids := map[string]bool{}
	for i := range MaxHistory + 20 {
		ids[mustAdd(t, l, fmt.Sprintf("/%d", i)).ID] = true
	}
	if len(ids) != MaxHistory+20 {
		t.Errorf("got %d different ids, want %d", len(ids), MaxHistory+20)
	}
	got := l.Invalidations("d")
	if len(got) != MaxHistory || got[0].Paths[0] != "/119" || got[MaxHistory-1].Paths[0] != "/20" {
		t.Errorf("got %d records from %v to %v, want 100 from /119 to /20", len(got), got[0].Paths, got[len(got)-1].Paths)
	}
	if id := got[0].ID; len(id) != 14 || got[0].Status.String() != "Completed" {
		t.Errorf("got id %q, status %v, want 14 characters, Completed", id, got[0].Status)
	}
	if other := l.Invalidations("e"); len(other) != 0 {
		t.Errorf("other distribution: got %d records, want none", len(other))
	}
	long := make([]string, 600)
	for i := range long {
		long[i] = fmt.Sprintf("/%d%s", i, strings.Repeat("a", 3900))
	}
	mustAdd(t, l, long...)
	mustAdd(t, l, long...)
	if n := len(l.Invalidations("d")); n != 1 {
		t.Errorf("two records of 2.3 MB: got %d left, want the newest", n)
	}
	if size := l.Invalidations("d")[0].size(); l.history.text != size {
		t.Errorf("got %d bytes counted, want %d", l.history.text, size)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{"": true, "unknown": true}
	for k := range numKinds {
		if name := k.String(); seen[name] {
			t.Errorf("Kind %d: got name %q, want one of its own", k, name)
		} else {
			seen[name] = true
		}
	}
	for s, want := range []string{"InProgress", "Completed", "unknown"} {
		if got := Status(s).String(); got != want {
			t.Errorf("Status %d: got %q, want %q", s, got, want)
		}
	}
}

// TestConcurrent: what Add returned from is seen by every lookup after it.
func TestConcurrent(t *testing.T) {
	l := New()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				path := fmt.Sprintf("/%d/%d", w, i)
				since := l.Epoch()
				// The others may have raised the floor meanwhile.
				if l.Invalidated("d", path, nil, since) && l.Epoch()-since < rememberedWildcards {
					t.Errorf("%s before its invalidation: got dead", path)
				}
				suffix := []string{"", "*"}[i%2]
				if _, err := l.Add(Batch{Distribution: "d", Paths: []string{path + suffix}}, now); err != nil {
					t.Errorf("Add: got %v", err)
				}
				if !l.Invalidated("d", path, nil, since) {
					t.Errorf("%s after its invalidation: got alive", path)
				}
			}
		})
	}
	wg.Wait()
}

func TestInvalidatedAllocates(t *testing.T) {
	l := New()
	mustAdd(t, l, "/a", "/b/*")
	for _, since := range []uint64{0, l.Epoch()} {
		if n := testing.AllocsPerRun(100, func() { l.Invalidated("d", "/products/%31?page=2", nil, since) }); n != 0 {
			t.Errorf("since %d: got %v allocations, want 0", since, n)
		}
	}
}

func BenchmarkInvalidated(b *testing.B) {
	l := New()
	for i := range rememberedWildcards {
		mustAdd(b, l, fmt.Sprintf("/%03d/*", i), fmt.Sprintf("/exact/%d", i))
	}
	for _, c := range []struct {
		name  string
		since uint64
	}{{"as new as the last", l.Epoch()}, {"one older", l.Epoch() - 1}, {"all older", 0}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Invalidated("d", "/products/17?page=2", nil, c.since)
			}
		})
	}
}

func ExampleLog() {
	log := New()
	since := log.Epoch() // taken before the fetch, kept with the response
	_, err := log.Add(Batch{Distribution: "E1", Paths: []string{"/products/*"}}, time.Now())
	fmt.Println(err, log.Invalidated("E1", "/products/17?page=2", nil, since), log.Invalidated("E1", "/cart", nil, since))

	_, err = log.Add(Batch{Distribution: "E1", Paths: []string{"products"}}, time.Now())
	fmt.Println(err)
	// Output:
	// <nil> true false
	// invalidation path "products": path does not begin with /
}

func ExampleLog_Invalidations() {
	log := New()
	_, _ = log.Add(Batch{Distribution: "E1", CallerReference: "deploy-7", Paths: []string{"/*"}}, time.Now())
	for _, r := range slices.Backward(log.Invalidations("E1")) {
		fmt.Println(r.ID, r.Status, r.CallerReference, r.Paths)
	}
	// Output: I0000000000001 Completed deploy-7 [/*]
}
