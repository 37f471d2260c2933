package health

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A Prober asks an origin how it is; origin/transport's Client is one. Without
// an error the origin is well.
type Prober interface {
	Probe(ctx context.Context, o *origin.Origin, c *Check) (origin.Timing, error)
}

// A Key says which origin a State is of: the distribution, the origin's name,
// and all that is configured of it. A State outlives a reload as long as these
// stay.
type Key struct {
	Distribution, Origin, Configuration string
}

// Options configure a Keeper.
type Options struct {
	Prober Prober
	Logger *slog.Logger
	// Now is the clock of checks and ejections, and Random gives the numbers
	// from 0 to 1 that spread the first checks; nil means time.Now and
	// math/rand.
	Now    func() time.Time
	Random func() float64
}

// A Keeper keeps the States of origins over reloads, and runs their checks. A
// Plan says which there are from now on.
type Keeper struct {
	options Options

	mu     sync.Mutex // guards what follows
	kept   map[Key]*kept
	closed bool

	running sync.WaitGroup
}

// kept is a State with the end of its check, if that runs.
type kept struct {
	state *State
	end   context.CancelFunc // nil without a check
}

// NewKeeper returns a Keeper of nothing. Close ends what it runs.
func NewKeeper(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return &Keeper{options: o, kept: map[Key]*kept{}}
}

// Close ends all checks and waits for that.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	for _, old := range k.kept {
		old.stop()
	}
	k.kept = nil
	k.mu.Unlock()
	k.running.Wait()
}

func (k *kept) stop() {
	if k.end != nil {
		k.end()
	}
}

// Plan returns an empty Plan. Nothing changes before it is applied.
func (k *Keeper) Plan() *Plan { return &Plan{keeper: k} }

// A Plan collects the States that a configuration needs. It is used by one
// goroutine. The zero value makes States whose checks nobody runs.
type Plan struct {
	keeper *Keeper
	states map[Key]*State
	checks map[Key]*origin.Origin
}

// State returns the State of an origin: the one that is kept, or a new one.
func (p *Plan) State(key Key, s Settings, o *origin.Origin) *State {
	if state := p.states[key]; state != nil {
		return state
	}
	if p.states == nil {
		p.states, p.checks = map[Key]*State{}, map[Key]*origin.Origin{}
	}
	state := p.keeper.find(key)
	if state == nil {
		state = NewState(s)
	}
	p.states[key] = state
	if s.Check != nil {
		p.checks[key] = o
	}
	return state
}

// find returns the State that is kept, nil if there is none.
func (k *Keeper) find(key Key) *State {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.kept[key]; old != nil {
		return old.state
	}
	return nil
}

// Apply makes the plan what is kept: checks begin for origins that are new, and
// end for those that are gone. It is called once, when the configuration is in
// use.
func (p *Plan) Apply() {
	k := p.keeper
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	next := map[Key]*kept{}
	for key, state := range p.states {
		if old := k.kept[key]; old != nil && old.state == state {
			next[key] = old
			delete(k.kept, key)
			continue
		}
		next[key] = k.start(key, state, p.checks[key])
	}
	for _, gone := range k.kept {
		gone.stop()
	}
	k.kept = next
}

// start begins the check of a new State, if it has one.
func (k *Keeper) start(key Key, s *State, o *origin.Origin) *kept {
	if s.settings.Check == nil {
		return &kept{state: s}
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.running.Go(func() { k.run(ctx, key, s, o) })
	return &kept{state: s, end: cancel}
}

// run checks an origin until ctx ends: an interval after each result (AG-HC-01).
func (k *Keeper) run(ctx context.Context, key Key, s *State, o *origin.Origin) {
	check := s.settings.Check
	timer := time.NewTimer(check.start(k.options.Random()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timing, err := k.options.Prober.Probe(ctx, o, check)
		if ctx.Err() != nil {
			return
		}
		if origin.KindOf(err) != origin.ErrorLimit { // which tells of us, not of the origin
			if s.Checked(err == nil, timing, k.options.Now()) {
				k.log(key, err)
			}
		}
		timer.Reset(check.Interval)
	}
}

// log tells that a verdict has changed.
func (k *Keeper) log(key Key, err error) {
	if err == nil {
		k.options.Logger.Info("origin is healthy again", "distribution", key.Distribution, "origin", key.Origin)
		return
	}
	k.options.Logger.Warn("origin is unhealthy", "distribution", key.Distribution, "origin", key.Origin, "error", err.Error())
}

// States returns what is kept, by key, in no order. It is the caller's.
func (k *Keeper) States() map[Key]*State {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make(map[Key]*State, len(k.kept))
	for key, kept := range k.kept {
		all[key] = kept.state
	}
	return all
}
