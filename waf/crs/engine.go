package crs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/experimental"
	"github.com/corazawaf/coraza/v3/types"
)

// Version is that of the rule set.
const Version = "4.25.0"

// waitersPerSlot bounds how many requests wait for each one that is inspected.
const waitersPerSlot = 32

// ErrBusy is the error for a request that had to wait too long, or would have.
var ErrBusy = errors.New("crs: too many requests are inspected")

// An Engine is the rule set as it is compiled from Options. It is immutable but
// for its count of requests, and any number of goroutines may use it.
type Engine struct {
	options Options
	waf     coraza.WAF
	rules   []int        // the numbers of all that count
	busy    atomic.Int32 // requests that are inspected, at most options.Concurrency
	waiting atomic.Int32
}

// shared are the engines in use. To compile the rules takes a tenth of a second
// and 20 MiB, which stay: so there is one engine for all who choose the same,
// and a reload of the configuration that does not change the choice has it
// already (WF-KI-01, WF-KI-02). Whoever has an engine keeps it by having it, as
// a Snapshot does: nobody would know when to give it back.
var shared struct {
	mu      sync.Mutex
	engines map[string]weak.Pointer[Engine]
}

// New returns the engine for options: one that exists, or a new one, which takes
// about 100 ms.
func New(options Options) (*Engine, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("crs: %w", err)
	}
	key := fmt.Sprintf("%d %v\n%s", options.Concurrency, options.Wait, options.directives())
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if e := shared.engines[key].Value(); e != nil {
		return e, nil
	}
	e, err := compile(options)
	if err != nil {
		return nil, err
	}
	if shared.engines == nil {
		shared.engines = map[string]weak.Pointer[Engine]{}
	}
	shared.engines[key] = weak.Make(e)
	runtime.AddCleanup(e, forget, key)
	return e, nil
}

// forget is called after an engine is gone.
func forget(key string) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.engines[key].Value() == nil { // and no other one is in its place
		delete(shared.engines, key)
	}
}

func compile(options Options) (*Engine, error) {
	var rules []int
	c := coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(options.directives())
	c = experimental.WAFConfigWithRuleObserver(c, func(rule types.RuleMetadata) {
		if options.counts(rule) {
			rules = append(rules, rule.ID())
		}
	})
	waf, err := coraza.NewWAF(c)
	if err != nil {
		return nil, fmt.Errorf("crs: %w", err)
	}
	e := &Engine{options: options, waf: waf, rules: rules}
	// What several engines have in common, the compiled expressions, is kept
	// for each of them until it is closed (WF-CZ-08).
	if closer, ok := waf.(experimental.WAFCloser); ok {
		runtime.AddCleanup(e, func(c experimental.WAFCloser) { _ = c.Close() }, closer)
	}
	return e, nil
}

// counts reports whether a rule is one that adds to the score, if it matches.
func (o *Options) counts(rule types.RuleMetadata) bool {
	if rule.Severity() == types.RuleSeverityUnset || rule.Phase() > types.PhaseRequestBody || evaluates(rule.ID()) {
		return false
	}
	for _, tag := range rule.Tags() {
		if level, found := strings.CutPrefix(tag, "paranoia-level/"); found && level > strconv.Itoa(o.ParanoiaLevel) {
			return false
		}
	}
	return !always(strconv.Itoa(rule.ID()/1000)) && (rule.ID() < 900000 || slices.Contains(o.Files, strconv.Itoa(rule.ID()/1000)))
}

// Options returns what the engine was compiled from, with all defaults.
func (e *Engine) Options() Options { return e.options }

// pace is how often a request that waits looks whether it is its turn: about
// as long as an inspection takes.
const pace = time.Millisecond

// enter waits for the request's turn, which leave ends. Nobody is woken: a
// queue would tie engines, which tests with clocks of their own share, to one of
// these, and to look again costs a thousandth of what is waited for.
func (e *Engine) enter(ctx context.Context) error {
	if e.tryEnter() {
		return nil
	}
	defer e.waiting.Add(-1)
	if int(e.waiting.Add(1)) > waitersPerSlot*e.options.Concurrency {
		return ErrBusy
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for left := e.options.Wait; left > 0; left -= pace {
		select {
		case <-tick.C:
			if e.tryEnter() {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ErrBusy
}

func (e *Engine) tryEnter() bool {
	if int(e.busy.Add(1)) <= e.options.Concurrency {
		return true
	}
	e.busy.Add(-1)
	return false
}

func (e *Engine) leave() { e.busy.Add(-1) }
