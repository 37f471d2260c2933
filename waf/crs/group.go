package crs

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"unsafe"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

// Namespace is what the labels of the rule group begin with: the number of each
// rule that matched, the score, and whether a part was skipped (WF-ARC-08,
// WF-ARC-09).
//
//	awswaf:managed:owasp:crs:942100
//	awswaf:managed:owasp:crs:score:5
//	awswaf:managed:owasp:crs:skipped
const Namespace = "awswaf:managed:owasp:crs:"

// maxScoreLabel is the highest score that rules of a web ACL can refer to by
// its own label. Who has more has this one; records have the score itself.
const maxScoreLabel = 100

// A Group is an Engine as a rule of a web ACL asks it.
type Group struct {
	engine  *Engine
	skipped Skipped
}

// Skipped says what a Group makes of a request that is too much for it.
type Skipped uint8

// The ways.
const (
	SkippedLabel Skipped = iota // a label
	SkippedFail                 // an error, ErrSkipped
)

// String returns the word as configuration spells it.
func (s Skipped) String() string {
	switch s {
	case SkippedLabel:
		return "label"
	case SkippedFail:
		return "fail"
	}
	return "Skipped(?)"
}

// ErrSkipped is the error of a Group that cannot say anything of a request with
// more names and values than Options.MaxLeaves.
var ErrSkipped = errors.New("more names and values than are inspected")

// Group returns the engine as a waf.Engine.
func (e *Engine) Group(s Skipped) *Group { return &Group{e, s} }

// Labels are all that a result may have.
func (g *Group) Labels() []string {
	var all []string
	for _, id := range g.engine.numbers {
		all = append(all, label(id))
	}
	for score := 1; score <= maxScoreLabel; score++ {
		all = append(all, scoreLabel(score))
	}
	return append(all, skippedLabel)
}

const skippedLabel = Namespace + "skipped"

func label(id int) string         { return Namespace + strconv.Itoa(id) }
func scoreLabel(score int) string { return Namespace + "score:" + strconv.Itoa(score) }

// Inspect asks the engine about a request of a web ACL.
func (g *Group) Inspect(ctx context.Context, r *waf.Request, remote netip.Addr) (waf.EngineResult, error) {
	result, err := g.engine.Inspect(ctx, requestOf(r, remote))
	if err != nil {
		return waf.EngineResult{}, err
	}
	if result.Skipped != SkipNothing && !result.Blocked && g.skipped == SkippedFail {
		return waf.EngineResult{}, ErrSkipped
	}
	out := waf.EngineResult{Match: result.Blocked, Score: result.Score}
	for _, id := range result.Rules {
		out.Rules = append(out.Rules, strconv.Itoa(id))
		out.Labels = append(out.Labels, label(id))
	}
	if result.Score > 0 {
		out.Labels = append(out.Labels, scoreLabel(min(result.Score, maxScoreLabel)))
	}
	if result.Skipped != SkipNothing {
		out.Labels = append(out.Labels, skippedLabel)
	}
	return out, nil
}

// requestOf puts together again what an edge has taken apart without a change.
func requestOf(r *waf.Request, remote netip.Addr) *Request {
	target := r.Path
	if r.HasQuery {
		target += "?" + r.Query
	}
	if r.Fragment != "" {
		target += "#" + r.Fragment
	}
	fields := make(field.Lines, 0, len(r.Fields)+1)
	fields = append(fields, r.Fields...)
	if r.Host != "" {
		fields = slices.Insert(fields, min(r.HostAt, len(fields)), field.Line{Name: "Host", Value: r.Host})
	}
	return &Request{
		Method: r.Method, Target: target, Proto: r.Proto, Fields: fields,
		Viewer: netip.AddrPortFrom(remote, 0),
		Body:   unsafe.Slice(unsafe.StringData(r.Body.Text), len(r.Body.Text)), // it is only read
		Cut:    r.Body.Truncated,
	}
}
