package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/origin"
)

// A film is large content whose bytes tell their offset, modulo a prime. It
// implements an origin's answers with ranges.
type film struct {
	size   int64
	fields []string
	ranges bool
	sent   atomic.Int64 // bytes
}

const period = 65_521

// frames are the bytes that repeat, twice.
var frames = func() []byte {
	once := make([]byte, period)
	rnd := rand.New(rand.NewPCG(5, 6))
	for i := range once {
		once[i] = byte(rnd.Uint32())
	}
	return append(once, once...)
}()

// next returns the longest piece that frames have of the bytes from offset
// on, up to n.
func next(offset int64, n int) []byte {
	p := frames[offset%period:]
	return p[:min(n, len(p))]
}

// fill fills p with the bytes from offset on.
func (f *film) fill(p []byte, offset int64) {
	for n := 0; n < len(p); {
		n += copy(p[n:], next(offset+int64(n), len(p)-n))
	}
}

// at reports whether p are the bytes from offset on.
func (f *film) at(p []byte, offset int64) bool {
	for len(p) > 0 {
		want := next(offset, len(p))
		if !bytes.Equal(p[:len(want)], want) {
			return false
		}
		p, offset = p[len(want):], offset+int64(len(want))
	}
	return true
}

func (f *film) script(_ context.Context, _ int, r *origin.Request) (*origin.Response, error) {
	part, status, fields := byterange.Range{To: f.size}, 200, f.fields
	if value, asked := r.Fields.Lookup("Range"); asked && f.ranges {
		ranges, _ := byterange.Resolve(nil, value, f.size)
		part, status = ranges[0], 206
		fields = append([]string{"Content-Range: " + byterange.ContentRange(part, f.size)}, fields...)
	}
	return &origin.Response{
		Status: status, Fields: parseFields(fields), ContentLength: part.Len(),
		Body: io.NopCloser(&reel{film: f, Range: part}),
	}, nil
}

// A reel is a part of a film that is being sent.
type reel struct {
	film *film
	byterange.Range
}

func (r *reel) Read(p []byte) (int, error) {
	if r.Empty() {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.Len())]
	r.film.fill(p, r.From)
	r.From += int64(len(p))
	r.film.sent.Add(int64(len(p)))
	return len(p), nil
}

// watch reads with a pause before each piece, up to a number of bytes, and
// returns how far it came.
func watch(t *testing.T, a Answer, f *film, pause time.Duration, upTo int64) (got int64, err error) {
	defer a.Close()
	for got < upTo {
		if pause > 0 {
			time.Sleep(pause)
		}
		p, err := a.Content.Next(t.Context())
		if err != nil {
			return got, err
		}
		if !f.at(p, got) {
			t.Errorf("at %d: got other bytes than those of the content", got)
		}
		if got += int64(len(p)); got != a.Content.Offset() {
			t.Errorf("offset: got %d, want %d", a.Content.Offset(), got)
		}
	}
	return got, nil
}

// Of viewers of too large content a slow one does not hold up a fast one, and
// has all of it in the end: from a stream of its own, which those share that
// are equally slow.
func TestLeftBehind(t *testing.T) {
	tagged := []string{"Cache-Control: max-age=60", `ETag: "v1"`}
	for name, c := range map[string]struct {
		fields   []string
		ranges   bool
		later    []string // fields from the second request on
		requests int
		slowSees bool // the slow ones see all
		waits    bool // the fast one waits for them
	}{
		"an origin with ranges": {tagged, true, nil, 2, true, false},
		"by date":               {[]string{"Cache-Control: max-age=60", "Last-Modified: Wed, 01 Dec 1999 00:00:00 GMT", "Date: Sat, 01 Jan 2000 00:00:00 GMT"}, true, nil, 2, true, false},
		"nothing to go on by: the fast one waits":  {[]string{"Cache-Control: max-age=60"}, true, nil, 1, true, true},
		"no ranges, and says so":                   {append([]string{"Accept-Ranges: none"}, tagged...), false, nil, 1, true, true},
		"no ranges":                                {tagged, false, nil, 2, false, false},
		"changed meanwhile (CF-RNG-13)":            {tagged, true, []string{`ETag: "v2"`}, 2, false, false},
		"changed meanwhile, and is not told apart": {tagged, true, []string{"X-A: 1"}, 2, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				f := &film{size: 8 << 20, fields: c.fields, ranges: c.ranges}
				e.script = func(ctx context.Context, n int, r *origin.Request) (*origin.Response, error) {
					if n > 1 && c.later != nil {
						other := &film{size: f.size, fields: c.later, ranges: c.ranges}
						return other.script(ctx, n, r)
					}
					return f.script(ctx, n, r)
				}
				var wait sync.WaitGroup
				start := time.Now()
				see := func(pause time.Duration) (int64, error) {
					a, err := e.get(t.Context(), e.request("GET", "/"))
					if err != nil {
						t.Error(err)
						return 0, err
					}
					return watch(t, a, f, pause, 1<<40)
				}
				for range 3 {
					wait.Go(func() {
						got, err := see(time.Second)
						if errors.Is(err, io.EOF) != c.slowSees || (got == f.size) != c.slowSees {
							t.Errorf("a slow viewer: got %d of %d bytes, %v, want all: %v", got, f.size, err, c.slowSees)
						}
					})
				}
				wait.Go(func() {
					got, err := see(time.Millisecond)
					if !errors.Is(err, io.EOF) || got != f.size {
						t.Errorf("the fast viewer: got %d bytes, %v, want all", got, err)
					}
					if waited := time.Since(start) > 10*time.Second; waited != c.waits {
						t.Errorf("the fast viewer had all after %v, want it to wait for others: %v", time.Since(start), c.waits)
					}
				})
				wait.Wait()
				// How many slow ones find the stream of another is a matter of moments.
				if got := e.requests(); got < c.requests || got > c.requests && !(c.requests == 2 && got <= 4) {
					t.Errorf("requests to the origin: got %d, want %d", got, c.requests)
				}
				if c.requests == 2 {
					asked := e.asked[1].Fields
					if !strings.HasPrefix(asked.Get("Range"), "bytes=") || asked.Get("If-Range") == "" || asked.Has("If-None-Match") {
						t.Errorf("the rest was asked for by %v, want Range and If-Range", asked)
					}
				}
				e.wantStored("/", "")
			})
		})
	}
}

// Viewers of every pace: all see all, at their own pace, and there are never
// more streams than fit into the content.
func TestManyPaces(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		f := &film{size: 4 << 20, fields: []string{`ETag: "v1"`, "Cache-Control: max-age=60"}, ranges: true}
		e.script = f.script
		var wait sync.WaitGroup
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := range 60 {
			pause := time.Duration(rnd.IntN(1000)) * time.Millisecond
			leaves := int64(1 << 40)
			if i%5 == 4 {
				leaves = rnd.Int64N(f.size)
			}
			wait.Go(func() {
				a, err := e.get(t.Context(), e.request("GET", "/"))
				if err != nil {
					t.Error(err)
					return
				}
				start := time.Now()
				got, err := watch(t, a, f, pause, leaves)
				if got < leaves && (got != f.size || !errors.Is(err, io.EOF)) {
					t.Errorf("a viewer of pace %v got %d bytes, %v, want all", pause, got, err)
				}
				// Pieces have 4 KiB at least.
				if most := time.Duration(f.size/(4<<10)+2) * pause; time.Since(start) > most {
					t.Errorf("a viewer of pace %v took %v, want at most %v", pause, time.Since(start), most)
				}
			})
		}
		wait.Wait()
		t.Logf("%d requests, %.1f times the content", e.requests(), float64(f.sent.Load())/float64(f.size))
	})
}

// Memory that is granted to one fetch is another's when it ends, and past the
// bound a viewer is refused.
func TestWindowsRunOut(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		f := &film{size: 2 << 20, fields: []string{"Cache-Control: no-store"}}
		e.script = f.script
		var answers []Answer
		refused := 0
		for i := range 1100 { // 1024 windows of the least size are there in any case
			a, err := e.Alone(t.Context(), e.rules, e.request("GET", fmt.Sprint("/", i)), nil)
			switch {
			case err != nil:
				t.Fatal(err)
			case a.Kind == KindRefused && a.Status == 503:
				refused++
			default:
				answers = append(answers, a)
			}
		}
		synctest.Wait()
		if got, most := e.cache.InFlight(), int64(16<<20); got > most || got < most-body.MinWindow {
			t.Errorf("memory of %d streams: got %d, want all of %d", len(answers), got, most)
		}
		if refused == 0 || len(answers) < 500 {
			t.Errorf("got %d streams and %d refused, want most to stream and the last refused", len(answers), refused)
		}
		for _, a := range answers {
			if got, err := watch(t, a, f, 0, 1<<40); got != f.size || !errors.Is(err, io.EOF) {
				t.Errorf("a viewer got %d bytes, %v, want all", got, err)
			}
		}
	})
}

// TestTenThousandSlowViewers: ten thousand viewers, fewer with the race detector, of
// a hundred MiB that are not kept, each at its own pace, take no more memory than is configured:
// that of the cache, half as much again, and 64 MiB (what the program sets
// itself as its limit).
func TestTenThousandSlowViewers(t *testing.T) {
	const (
		viewers = slowViewers
		maxSize = 128 << 20
		bound   = maxSize*3/2 + 64<<20
	)
	runWith(t, Options{}, cache.Options{MaxSize: maxSize}, func(t *testing.T, e *edge) {
		f := &film{size: 100 << 20, fields: []string{`ETag: "v1"`, "Cache-Control: max-age=60"}, ranges: true}
		e.script = f.script
		rnd := rand.New(rand.NewPCG(3, 4))
		var wait sync.WaitGroup
		var pieces atomic.Int64
		for range viewers {
			pause := time.Second + time.Duration(rnd.IntN(30_000))*time.Millisecond
			first := time.Duration(rnd.IntN(10)) * time.Second
			wait.Go(func() {
				time.Sleep(first)
				a, err := e.get(t.Context(), e.request("GET", "/"))
				if err != nil {
					t.Error(err)
					return
				}
				if a.Kind != KindResponse {
					t.Errorf("got %v %d, want the content", a.Kind, a.Status)
					a.Close()
					return
				}
				if got, err := watch(t, a, f, pause, 384<<10); err != nil {
					t.Errorf("a viewer of pace %v had %d bytes: %v", pause, got, err)
				}
				pieces.Add(1)
			})
		}
		peak, streams := uint64(0), int64(0)
		for range 15 {
			time.Sleep(10 * time.Second)
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak, streams = max(peak, m.HeapInuse+m.StackInuse), max(streams, e.InFlight())
			if got := e.cache.InFlight(); got > maxSize/8 {
				t.Errorf("content on its way: got %d bytes, want at most an eighth of the cache, %d", got, maxSize/8)
			}
		}
		wait.Wait()
		if pieces.Load() != viewers {
			t.Errorf("got %d viewers served, want %d", pieces.Load(), viewers)
		}
		if peak > bound {
			t.Errorf("memory: got %d MiB at its peak, want at most %d", peak>>20, bound>>20)
		}
		t.Logf("%d MiB at the peak, at most %d streams, %d requests to the origin", peak>>20, streams, e.requests())
	})
}
