package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy"
)

// start is when every sequence begins.
var start = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// A difference is a step on which edge and model do not agree.
type difference struct {
	step int
	got  reply
	want []reply
	err  error
}

// compare lets the steps happen to both and returns the first difference, or
// nil.
func compare(p *policy, snapshot *proxy.Snapshot, steps []step) (*difference, error) {
	return compareDeaf(p, snapshot, steps, func(*step) {})
}

// compareDeaf is compare for an edge that is deaf to what mute takes from each
// step.
func compareDeaf(p *policy, snapshot *proxy.Snapshot, steps []step, mute func(*step)) (*difference, error) {
	e, err := newEdge(p, snapshot, start)
	if err != nil {
		return nil, err
	}
	defer e.close()
	w := newModel(p)
	for i, s := range steps {
		content := fmt.Sprintf("content %d of the origin", i)
		want := w.step(s, content)
		mute(&s)
		got, err := e.step(s, content)
		if err != nil || len(want) > 0 && !slices.ContainsFunc(want, got.is) {
			return &difference{step: i, got: got, want: want, err: err}, nil
		}
	}
	return nil, nil
}

// A model says what is right.
type model interface {
	// step lets s happen and returns the replies that are right: none to an
	// invalidation, and two where the edge may choose.
	step(s step, content string) []reply
}

func newModel(p *policy) model {
	if p.strict {
		return &strictWorld{policy: p, now: start}
	}
	return &world{policy: p, now: start}
}

// is reports whether got is what is wanted.
func (got reply) is(want reply) bool {
	switch {
	case want.generated && got.generated: // a page of the edge's own
		got.content, got.date = want.content, want.date
	case want.cut && got.cut && strings.HasPrefix(want.content, got.content):
		got.content = want.content
	}
	return got.String() == want.String()
}

// shrink leaves out steps for as long as there is a difference.
func shrink(p *policy, snapshot *proxy.Snapshot, steps []step) []step {
	for i := len(steps) - 1; i >= 0; i-- {
		shorter := slices.Delete(slices.Clone(steps), i, i+1)
		if i+1 < len(steps) { // time passes all the same
			shorter[i].wait += steps[i].wait
		}
		if d, err := compare(p, snapshot, shorter); err == nil && d != nil {
			steps = shorter[:d.step+1]
			i = min(i, len(steps))
		}
	}
	return steps
}

// report describes a difference on the shortest sequence that shows one.
func report(p *policy, snapshot *proxy.Snapshot, steps []step) string {
	steps = shrink(p, snapshot, steps)
	d, err := compare(p, snapshot, steps)
	if d == nil {
		return fmt.Sprintf("it went away on repetition: %v", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s: %+v\n", p.name, *p)
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
