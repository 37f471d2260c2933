package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/proxy"
)

// start is when every sequence begins.
var start = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// A difference is a step on which edge and model do not agree.
type difference struct {
	step int
	got  reply
	want []reply // what would be right: more than one where the edge may choose
	err  error
}

// A trial is how edge and model are compared.
type trial struct {
	policy   *policy
	snapshot *proxy.Snapshot
	// tier is the edge's memory. The zero value has room for everything.
	tier tier
	// mute, if set, takes from a step what the edge is deaf to.
	mute func(*step)
}

// A tier is where responses are kept.
type tier struct {
	size     int64 // in bytes, 0 when there is room for everything
	eviction cache.Eviction
	// disk is a folder for a tier on disk, "" for none.
	disk string
	// stream is the size of the largest file that the disk tier reads as a
	// whole, as in cache.DiskOptions.
	stream int64
	// untold keeps from the model that responses leave.
	untold bool
	// settle waits until what has to leave has left.
	settle func()
}

// loses reports whether the model has to reckon with losses: for want of room
// in memory, or when a disk takes too long.
func (t tier) loses() bool { return (t.size > 0 || t.disk != "") && !t.untold }

// maxWorlds bounds what a model thinks possible at one time.
const maxWorlds = 4096

// compare lets the steps happen to both and returns the first difference, or
// nil. Where the edge may choose, or lose what it has stored, the model
// follows every way it can go until a reply shows that it did not.
func (t trial) compare(steps []step) (*difference, error) {
	e, err := newEdge(t.policy, t.snapshot, t.tier, start)
	if err != nil {
		return nil, err
	}
	defer e.close()
	worlds := []model{newModel(t.policy, t.tier.loses())}
	for i, s := range steps {
		content := s.answer.contentOf(s.request.path, i)
		heard := s
		if t.mute != nil {
			t.mute(&heard)
		}
		got, err := e.step(heard, content)
		left, want := explain(worlds, s, content, got)
		if err != nil || len(left) == 0 {
			return &difference{step: i, got: got, want: want, err: err}, nil
		}
		if worlds = left; len(worlds) > maxWorlds {
			return nil, fmt.Errorf("step %d leaves %d possible worlds", i, len(worlds))
		}
	}
	return nil, nil
}

// explain returns the worlds in which got is right after a step, each once,
// and all replies that would be right.
func explain(worlds []model, s step, content string, got reply) (left []model, right []reply) {
	for _, before := range worlds {
		ways(func(choose func() bool) {
			after := before.clone(choose)
			if want := after.step(s, content); want != nil {
				right = append(right, *want)
				if !got.is(*want) {
					return
				}
			}
			left = append(left, after)
		})
	}
	if len(left) > 1 {
		left = distinct(left)
	}
	return left, right
}

// distinct leaves out worlds that have the same stored as another.
func distinct(worlds []model) []model {
	seen := make(map[string]bool)
	return slices.DeleteFunc(worlds, func(m model) bool {
		stored := m.stored()
		known := seen[stored]
		seen[stored] = true
		return known
	})
}

// ways calls try again and again, until its choices have gone all ways.
func ways(try func(choose func() bool)) {
	var way []bool
	for {
		made := 0
		try(func() bool {
			if made == len(way) {
				way = append(way, false)
			}
			made++
			return way[made-1]
		})
		for len(way) > 0 && way[len(way)-1] {
			way = way[:len(way)-1]
		}
		if len(way) == 0 {
			return
		}
		way[len(way)-1] = true
	}
}

// A model says what is right.
type model interface {
	// step lets s happen and returns the right reply, nil to an invalidation.
	step(s step, content string) *reply
	// clone returns a model that chooses by choose.
	clone(choose func() bool) model
	// stored tells all that bears on later steps.
	stored() string
}

func newModel(p *policy, lossy bool) model {
	if p.strict {
		return &strictWorld{policy: p, now: start, lossy: lossy}
	}
	return &world{policy: p, now: start, lossy: lossy}
}

// is reports whether got is what is wanted.
func (got reply) is(want reply) bool {
	if want.generated && got.generated { // a page of the edge's own
		got.content, got.date = want.content, want.date
	}
	return got.String() == want.String()
}

// shrink leaves out steps for as long as there is a difference.
func (t trial) shrink(steps []step) []step {
	for i := len(steps) - 1; i >= 0; i-- {
		shorter := slices.Delete(slices.Clone(steps), i, i+1)
		if i+1 < len(steps) { // time passes all the same
			shorter[i].wait += steps[i].wait
		}
		if d, err := t.compare(shorter); err == nil && d != nil {
			steps = shorter[:d.step+1]
			i = min(i, len(steps))
		}
	}
	return steps
}

// report describes a difference on the shortest sequence that shows one.
func (t trial) report(steps []step, found *difference) string {
	var b strings.Builder
	shorter := t.shrink(steps)
	d, _ := t.compare(shorter)
	if d == nil {
		b.WriteString("it does not always happen\n")
		d, shorter = found, steps
	}
	steps = shorter
	fmt.Fprintf(&b, "policy %s: %+v\n", t.policy.name, *t.policy)
	if t.tier.size > 0 {
		fmt.Fprintf(&b, "memory %d bytes, %v\n", t.tier.size, t.tier.eviction)
	}
	for i, s := range steps {
		fmt.Fprintf(&b, "  %2d %v\n", i, s)
	}
	fmt.Fprintf(&b, "step %d\n  got  %v\n", d.step, d.got)
	for _, want := range d.want {
		fmt.Fprintf(&b, "  want %v\n", want)
	}
	if d.err != nil {
		fmt.Fprintf(&b, "  %v\n", d.err)
	}
	return b.String()
}
