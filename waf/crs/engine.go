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

// An Engine inspects requests with rules that others may use as well. Any number
// of goroutines may use it.
type Engine struct {
	options Options
	*rules
	slots   chan struct{} // one element for each request that is inspected
	waiting atomic.Int32
}

// rules are the rule set as it is compiled from Options. They are immutable.
type rules struct {
	waf     coraza.WAF
	numbers []int // of all that count
}

// shared are the rules in use, by their directives. To compile them takes a
// tenth of a second and 20 MiB, which stay: so there is one set for all who
// choose the same, and a reload of the configuration that does not change the
// choice has it already (WF-KI-01, WF-KI-02). Whoever has an engine keeps them by
// having it, as a Snapshot does: nobody would know when to give them back.
var shared struct {
	mu    sync.Mutex
	rules map[string]weak.Pointer[rules]
}

// New returns an engine for options. It takes about 100 ms, unless there is one
// with the same rules.
func New(options Options) (*Engine, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("crs: %w", err)
	}
	r, err := rulesFor(&options)
	if err != nil {
		return nil, fmt.Errorf("crs: %w", err)
	}
	return &Engine{options: options, rules: r, slots: make(chan struct{}, options.Concurrency)}, nil
}

func rulesFor(options *Options) (*rules, error) {
	key := options.directives()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if r := shared.rules[key].Value(); r != nil {
		return r, nil
	}
	r, err := compile(options)
	if err != nil {
		return nil, err
	}
	if shared.rules == nil {
		shared.rules = map[string]weak.Pointer[rules]{}
	}
	shared.rules[key] = weak.Make(r)
	runtime.AddCleanup(r, forget, key)
	return r, nil
}

// forget is called after rules are gone.
func forget(key string) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.rules[key].Value() == nil { // and no others are in their place
		delete(shared.rules, key)
	}
}

func compile(options *Options) (*rules, error) {
	var numbers []int
	c := coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(options.directives())
	c = experimental.WAFConfigWithRuleObserver(c, func(rule types.RuleMetadata) {
		if options.counts(rule) {
			numbers = append(numbers, rule.ID())
		}
	})
	waf, err := coraza.NewWAF(c)
	if err != nil {
		return nil, err
	}
	r := &rules{waf, numbers}
	// What several of them have in common, the compiled expressions, is kept
	// for each until it is closed (WF-CZ-08).
	if closer, ok := waf.(experimental.WAFCloser); ok {
		runtime.AddCleanup(r, func(c experimental.WAFCloser) { _ = c.Close() }, closer)
	}
	return r, nil
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

// enter waits for a slot, which leave gives back.
func (e *Engine) enter(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
		return nil
	default:
	}
	defer e.waiting.Add(-1)
	if int(e.waiting.Add(1)) > waitersPerSlot*cap(e.slots) {
		return ErrBusy
	}
	timer := time.NewTimer(e.options.Wait)
	defer timer.Stop()
	select {
	case e.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Engine) leave() { <-e.slots }
