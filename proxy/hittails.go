package proxy

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Tails are what follows the stored fields of a response, by the kinds of Origin
// that a response headers policy tells apart; nil for a kind for which nobody
// knows.
type tails [respheaders.ReadyOrigins]*viewer.ReadyFields

// maxTails bounds the tails of a behavior: they differ where a policy leaves
// alone what the origin has set.
const maxTails = 15

// lastLearned numbers the behaviors of all Snapshots, so that the mark of an
// Entry means nothing after a reload.
var lastLearned atomic.Uint32

// A learned is what a behavior adds to stored fields.
type learned struct {
	number atomic.Uint32 // in the upper 28 bits of marks; 0 until there are tails
	mu     sync.Mutex
	tails  [maxTails]atomic.Pointer[tails] // filled in order, under mu
}

// find returns what a mark stands for, nil for a mark that is not of this
// behavior.
func (l *learned) find(mark uint32) *tails {
	if mark>>4 != l.number.Load() || mark>>4 == 0 {
		return nil
	}
	return l.tails[mark&15].Load()
}

// mark returns the mark of tails, or false if there are too many.
func (l *learned) mark(t *tails) (uint32, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.number.Load() == 0 {
		l.number.Store(lastLearned.Add(1))
	}
	for i := range l.tails {
		known := l.tails[i].Load()
		if known == nil {
			l.tails[i].Store(t)
		}
		if known == nil || known.equal(t) {
			return l.number.Load()<<4 | uint32(i), true
		}
	}
	return 0, false
}

func (t *tails) equal(other *tails) bool {
	return slices.EqualFunc(t[:], other[:], func(a, b *viewer.ReadyFields) bool {
		return a == b || a != nil && b != nil && a.H1 == b.H1 && a.EchoesOrigin == b.EchoesOrigin && slices.Equal(a.Dropped, b.Dropped)
	})
}

// learn marks the stored response that x answers with, if its fields go out as
// they are stored. It is called with the fields complete.
//
// What another Origin would have made of them is found out by asking the stages.
func (x *Exchange) learn() {
	e, a := x.found.Entry, &x.answer
	if x.rehearsed || x.found.Outcome != cache.OutcomeFresh || e == nil || a.reason != accesslog.ReasonHit || e.Mark() != 0 && x.behavior.learned.find(e.Mark()) != nil {
		return
	}
	plain := a.status == int(e.Status) && a.status != 204 && e.Length >= 0 && a.segments == nil && a.length == e.Size() && a.source == nil &&
		viewer.MarksOf(x.r.Fields)&viewer.MarksBeyondKey == 0 && !x.strict() && (x.r.Method == "GET" || x.r.Method == "HEAD") && !x.behavior.ResponseHeaders.SetsDate()
	if !plain {
		return
	}
	stored := e.Fields(make(field.Lines, 0, 24))
	policy := x.behavior.ResponseHeaders
	var t tails
	for kind := range respheaders.ReadyOriginUnready {
		example := policy.Example(kind)
		switch {
		case example != "":
			t[kind] = x.tail(stored, x.rehearse(example), example)
		case kind != respheaders.ReadyOriginNone:
		case policy.Ready(x.r.Fields.Get("Origin")) == kind && !x.timed:
			t[kind] = x.tail(stored, a.fields, "")
		default:
			t[kind] = x.tail(stored, x.rehearse(""), "")
		}
	}
	if t == (tails{}) {
		return
	}
	if mark, ok := x.behavior.learned.mark(&t); ok {
		e.SetMark(mark)
	}
}

// rehearse returns the fields that the stages would send if the request had this
// Origin, "" for none: those behind Lookup, of which Condition has nothing to do.
func (x *Exchange) rehearse(origin string) field.Lines {
	r := *x.r
	r.Fields = make(field.Lines, 0, len(x.r.Fields)+1)
	for _, l := range x.r.Fields {
		if !field.EqualName(l.Name, "Origin") {
			r.Fields = append(r.Fields, l)
		}
	}
	if origin != "" {
		r.Fields.Add("Origin", origin)
	}
	again := Exchange{
		server: x.server, snapshot: x.snapshot, r: &r, now: x.now, id: x.id, rehearsed: true,
		distribution: x.distribution, behavior: x.behavior, path: x.path, query: x.query, hasQuery: x.hasQuery, found: x.found,
	}
	defer again.answer.close()
	if again.answerFromCache() == proceed {
		return nil
	}
	again.stageViewerResponse()
	again.addEdgeFields()
	return again.answer.fields
}

// tail makes ready what sent has behind the stored fields, nil where that is not
// all that was done to them. Of it id and age come last and are each response's
// own, and so is an origin that is echoed in front.
func (x *Exchange) tail(stored, sent field.Lines, origin string) *viewer.ReadyFields {
	dropped, kept := droppedFrom(stored, sent)
	rest := sent[kept:]
	echoes := origin != "" && len(rest) > 0 && x.behavior.ResponseHeaders.IsEcho(rest[0], origin)
	if echoes {
		rest = rest[1:]
	}
	if !areOthers(rest, stored) || hasAny(sent[:kept], dropped) {
		return nil
	}
	ready := x.readyFields(rest)
	if ready != nil {
		ready.Dropped, ready.EchoesOrigin = dropped, echoes
	}
	return ready
}

// droppedFrom returns the names whose lines are among the stored ones and not
// among those sent, and how many of the latter are stored ones.
func droppedFrom(stored, sent field.Lines) (dropped []string, kept int) {
	for _, l := range stored {
		switch {
		case kept < len(sent) && sent[kept] == l:
			kept++
		case !slices.Contains(dropped, l.Name):
			dropped = append(dropped, l.Name)
		}
	}
	return dropped, kept
}

// hasAny reports whether one of the names is among the fields.
func hasAny(fields field.Lines, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return fields.Has(name) })
}

// areOthers reports whether no line of rest is a stored one: where a stored line
// was changed in its place, those behind it would be in the tail, which is for many
// responses. What the edge says in all of them may be what another edge has said.
func areOthers(rest, stored field.Lines) bool {
	return !slices.ContainsFunc(rest, func(l field.Line) bool {
		return l.Name != "X-Amz-Cf-Pop" && l.Name != "Alt-Svc" && slices.Contains(stored, l)
	})
}

// readyFields makes a tail ready, nil for one that cannot be. Connection belongs
// to HTTP/1.1.
func (x *Exchange) readyFields(lines field.Lines) *viewer.ReadyFields {
	n := len(lines)
	if n > 0 && lines[n-1].Name == "Age" {
		n--
	}
	if n == 0 || n == len(lines) || lines[n-1].Name != "X-Amz-Cf-Id" || lines[n-1].Value != x.id {
		return nil
	}
	var others field.Lines
	var h1 bytes.Buffer
	for _, l := range lines[:n-1] {
		switch {
		case field.EqualName(l.Name, "Connection") && l.Value != "keep-alive", field.EqualName(l.Name, "Date"):
			return nil
		case field.EqualName(l.Name, "Connection"):
			continue
		case l.Name == "X-Cache":
			h1.WriteString("Connection: keep-alive\r\n")
		}
		others = append(others, l)
		h1.WriteString(l.Name + ": " + l.Value + "\r\n")
	}
	return &viewer.ReadyFields{Lines: others, H1: h1.String()}
}
