package crs

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t testing.TB, o Options) *Engine {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestShared: who chooses the same rules has the same, and turns of their own.
func TestShared(t *testing.T) {
	first, second := newEngine(t, Options{}), newEngine(t, Options{ParanoiaLevel: 1, Files: Files(), Concurrency: 3})
	if first.rules != second.rules {
		t.Errorf("got the rules twice for the defaults, given and left out, want them once")
	}
	if other := newEngine(t, Options{Threshold: 7}); other.rules == first.rules {
		t.Errorf("got the same rules for two thresholds, want two")
	}
	if first.slots == second.slots || cap(second.slots) != 3 {
		t.Errorf("got %d slots, want three of its own", cap(second.slots))
	}
}

// TestForgotten: rules that nobody has any more are gone.
func TestForgotten(t *testing.T) {
	known := func() bool {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		for key := range shared.rules {
			if strings.Contains(key, "threshold=999'") {
				return true
			}
		}
		return false
	}
	e := newEngine(t, Options{Threshold: 999})
	if !known() {
		t.Errorf("got no rules by the choice, want them shared")
	}
	runtime.KeepAlive(e)
	for range 100 { // cleanups run some time after a collection
		if !known() {
			return
		}
		runtime.GC()
		runtime.Gosched()
	}
	t.Errorf("got the rules after nobody had them, want them forgotten")
}

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &Engine{options: Options{Wait: time.Second}, slots: make(chan struct{}, 1)}
		ctx := context.Background()
		if err := e.enter(ctx); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := e.enter(ctx); !errors.Is(err, ErrBusy) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want ErrBusy after a second", err, time.Since(start))
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := e.enter(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v of a request that has ended, want its error", err)
		}
		entered := make(chan error)
		for range waitersPerSlot {
			go func() { entered <- e.enter(ctx) }()
		}
		synctest.Wait()
		start = time.Now()
		if err := e.enter(ctx); !errors.Is(err, ErrBusy) || time.Since(start) != 0 {
			t.Errorf("got %v after %v behind %d others, want ErrBusy at once", err, time.Since(start), waitersPerSlot)
		}
		for range waitersPerSlot {
			e.leave()
			if err := <-entered; err != nil {
				t.Errorf("got %v of one who waits until another leaves, want it to enter", err)
			}
		}
		e.leave()
		if e.waiting.Load() != 0 || len(e.slots) != 0 {
			t.Errorf("got %d waiting and %d inspected at the end, want none", e.waiting.Load(), len(e.slots))
		}
	})
}

// TestInBubbles: rules are shared by tests that have their own clocks, and must
// not keep anything of one of them.
func TestInBubbles(t *testing.T) {
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			if _, err := newEngine(t, Options{Threshold: 998}).Inspect(context.Background(), get("/")); err != nil {
				t.Error(err)
			}
		})
	}
}

// broken is an engine that does not survive a request.
type broken struct{ coraza.WAF }

func (broken) NewTransaction() types.Transaction { panic("index out of range") }

func TestPanic(t *testing.T) {
	e := &Engine{options: Options{MaxLeaves: 256}, rules: &rules{waf: broken{}}, slots: make(chan struct{}, 1)}
	_, err := e.Inspect(context.Background(), get("/"))
	if err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("got %v, want an error with what it panicked with", err)
	}
	if len(e.slots) != 0 {
		t.Errorf("got a slot taken afterwards, want it free")
	}
}

func TestInspect(t *testing.T) {
	const injection = "1%27%20OR%20%271%27%3D%271"
	put := get("/orders/7")
	put.Method = "PUT"
	cut := jsonPost()
	cut.Body, cut.Cut = cut.Body[:400], true
	broken := jsonPost()
	broken.Body = broken.Body[:400]
	padded := post("application/x-www-form-urlencoded", strings.Repeat("a=1&", 200)+"id="+injection)
	padded.Target = "/?id=" + injection
	tests := []struct {
		name    string
		options Options
		r       *Request
		want    Result
	}{
		{"an ordinary GET", Options{}, get("/products?category=jackets&color=blue&size=xl"), Result{}},
		{"an ordinary POST", Options{}, jsonPost(), Result{}},
		{"SQL injection", Options{}, get("/?id=" + injection), Result{Blocked: true, Score: 5, Rules: []int{942100}}},
		{"below the threshold", Options{Threshold: 6}, get("/?id=" + injection), Result{Score: 5, Rules: []int{942100}}},
		{"only rules of another kind", Options{Files: []string{"941"}}, get("/?id=" + injection), Result{}},
		{"in a form", Options{}, post("application/x-www-form-urlencoded", "id="+injection), Result{Blocked: true, Score: 5, Rules: []int{942100}}},
		{"in JSON", Options{}, post("application/json", `{"a": [{"id": "1' OR '1'='1"}]}`), Result{Blocked: true, Score: 5, Rules: []int{942100}}},
		{"beyond the limit of the content", Options{BodyLimit: 100}, post("application/x-www-form-urlencoded", strings.Repeat("a", 100)+"&id="+injection), Result{}},
		{"too many arguments", Options{}, get("/?" + strings.Repeat("a=1&", 200) + "id=" + injection), Result{Skipped: SkipRequest}},
		{"too much in the content, but the rest", Options{}, padded, Result{Blocked: true, Score: 5, Rules: []int{942100}, Skipped: SkipBody}},
		{"a method that the rule set does not expect", Options{}, put, Result{Blocked: true, Score: 5, Rules: []int{911100}}},
		{"unless it is told", Options{Settings: map[string]string{"allowed_methods": "GET PUT"}}, put, Result{}},
		{"JSON that ends early", Options{}, broken, Result{Blocked: true, Score: 5, Rules: []int{200002}}},
		{"since more was not read", Options{}, cut, Result{}},
	}
	for _, test := range tests {
		got, err := newEngine(t, test.options).Inspect(context.Background(), test.r)
		if err != nil || got.Blocked != test.want.Blocked || got.Score != test.want.Score || got.Skipped != test.want.Skipped || !slices.Equal(got.Rules, test.want.Rules) {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
	}
}

// TestBetweenPhases: an inspection whose request has ended goes no further.
func TestBetweenPhases(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if result, err := newEngine(t, Options{}).Inspect(ctx, get("/")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v, want the error of the context", result, err)
	}
}

func TestSkipNames(t *testing.T) {
	for skip, want := range []string{"nothing", "body", "request", "Skip(3)"} {
		if got := Skip(skip).String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
