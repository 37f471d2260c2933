package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A version is the content that the origin gave to its nth request: for
// everybody, or for the viewer whose id it bears.
func version(path string, n, size int, owner string) string {
	line := fmt.Sprintf("%s version %d for %s\n", path, n, owner)
	return strings.Repeat(line, 1+size/len(line))
}

// TestChaos lets viewers come, read, stall and leave at random while the
// origin answers well, badly, late or not to its end, and paths are
// invalidated. Whatever happens:
//
//   - content is exactly one version's, or the beginning of one and an error;
//   - what was meant for one viewer reaches nobody else (rule 4);
//   - who comes after an invalidation gets nothing fetched before it (rule 2);
//   - in the end nothing is left: fetches, flights, memory, contents.
func TestChaos(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(2) {
		run(t, Options{MaxFetches: 30}, func(t *testing.T, e *edge) {
			chaos(t, e, func(n int) *rand.Rand { return rand.New(rand.NewPCG(seed+i, uint64(n))) })
		})
		if t.Failed() {
			t.Fatalf("seed %d, run %d", seed, i)
		}
	}
}

func chaos(t *testing.T, e *edge, random func(n int) *rand.Rand) {
	var oldest [4]atomic.Int64 // versions up to this one are invalidated, by path
	pathOf := func(i int) string { return fmt.Sprint("/", i) }
	e.script = func(ctx context.Context, n int, r *origin.Request) (*origin.Response, error) {
		return chaosAnswer(ctx, random(n), n, r)
	}
	var wait sync.WaitGroup
	for v := range 30 {
		wait.Go(func() {
			rnd := random(1_000_000 + v)
			for i := range 15 {
				time.Sleep(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				p := rnd.IntN(len(oldest))
				if rnd.IntN(40) == 0 {
					asked := e.requests()
					e.invalidate(pathOf(p))
					oldest[p].Store(max(oldest[p].Load(), int64(asked)))
				}
				from := oldest[p].Load()
				r := e.request("GET", pathOf(p))
				r.ID = fmt.Sprintf("viewer-%d-%d", v, i)
				chaosView(t, e, rnd, r, from)
			}
		})
	}
	wait.Wait()
	if err := e.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}

// chaosAnswer is the origin's answer to its nth request.
func chaosAnswer(ctx context.Context, rnd *rand.Rand, n int, r *origin.Request) (*origin.Response, error) {
	if !sleep(ctx, time.Duration(rnd.IntN(1500))*time.Millisecond) {
		return nil, &origin.Error{Kind: origin.ErrorCanceled}
	}
	size := []int{10, 10, 5000, 5000, 100_000, 1_200_000}[rnd.IntN(6)]
	control, owner := []string{"max-age=3", "max-age=2, stale-while-revalidate=3", "no-cache", "max-age=1"}[rnd.IntN(4)], "all"
	switch rnd.IntN(12) {
	case 0:
		return nil, &origin.Error{Kind: origin.ErrorReadTimeout}
	case 1:
		return respond(503, "")(), nil
	case 2, 3:
		control, owner = "private", r.Fields.Get("X-Amz-Cf-Id")
	case 4:
		if r.Fields.Has("If-None-Match") {
			return respond(304, "")(), nil
		}
	}
	response := respond(200, version(r.Target, n, size, owner), "Cache-Control: "+control, fmt.Sprintf(`ETag: "%d"`, n))
	if pieces := 1 + rnd.IntN(4); rnd.IntN(2) == 0 {
		text := version(r.Target, n, size, owner)
		cut := len(text) / pieces
		var parts []string
		for range pieces - 1 {
			parts, text = append(parts, text[:cut]), text[cut:]
		}
		response = slowly(time.Duration(rnd.IntN(1000))*time.Millisecond, append(parts, text), response)
	}
	if rnd.IntN(10) == 0 {
		response = endingIn(&origin.Error{Kind: origin.ErrorRead}, response)
	}
	return response(), nil
}

// chaosView is one viewer's request; nothing of the versions up to from may
// answer it.
func chaosView(t *testing.T, e *edge, rnd *rand.Rand, r *Request, from int64) {
	ctx, cancel := t.Context(), context.CancelFunc(func() {})
	if rnd.IntN(4) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rnd.IntN(2000))*time.Millisecond)
	}
	defer cancel()
	a, err := e.get(ctx, r)
	if err != nil {
		return
	}
	if rnd.IntN(5) == 0 {
		time.Sleep(time.Duration(rnd.IntN(4000)) * time.Millisecond)
	}
	got := read(ctx, a)
	line, _, whole := strings.Cut(got.body, "\n")
	if !whole {
		return // an error of any kind, or cut off at once
	}
	var path, owner string
	var n int64
	if _, err := fmt.Sscanf(line, "%s version %d for %s", &path, &n, &owner); err != nil {
		t.Errorf("%s: got %q, want a version", r.ID, line)
		return
	}
	want := version(r.Path, int(n), len(got.body)-len(line)-1, owner)
	if path != r.Path || got.err == nil && got.body != want || !strings.HasPrefix(want+want, got.body) {
		t.Errorf("%s: got %d bytes of %q, %v, want exactly its content", r.ID, len(got.body), line, got.err)
	}
	if owner != "all" && owner != r.ID {
		t.Errorf("%s: got what was meant for %s", r.ID, owner)
	}
	if n <= from {
		t.Errorf("%s: got version %d, though all up to %d were invalidated before", r.ID, n, from)
	}
}
