package proxy

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/memfile"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// The short way to a stored response. A request goes through the same stages
// up to BuildKey as any other. Then, instead of taking the stored response
// apart, changing its fields and putting them together again, Hit sends them as
// they are stored, with the edge's own behind them. That is right only if the
// stages Lookup to Deliver would do just that, and it is those who say so:
// whenever they have answered with a fresh stored response, learn compares what
// they made with what was stored, and marks the Entry if only names were left out
// and a tail of fields was added. Fields that a policy changes in their place, or
// makes of the request's, leave an Entry unmarked, and its requests go the long
// way; so do those for 204, which has no Content-Length.

// A hitState is what a Hit has to remember for its log line. It stands in for
// the engine's writer there.
type hitState struct {
	x           Exchange
	writer      hitWriter
	contentType [1]field.Line
	kept        []byte      // memory of without
	fields      field.Lines // memory of the fields that the key is made of
	signed      signedurl.Scratch
	used        bool // x is not empty
}

// Hit is the viewer.HitFunc: it answers a GET or HEAD with a fresh response in
// memory that goes out as it is stored.
//
// Hot path, BenchmarkHit: no allocation.
func (s *Server) Hit(h *viewer.Hit, r *viewer.Request) bool {
	if r.Marks&viewer.MarksBeyondKey != 0 || r.Method != "GET" && r.Method != "HEAD" {
		return false
	}
	state, ok := h.State.(*hitState)
	if !ok {
		state = new(hitState)
		h.State, h.Done = state, doneHit
	}
	x := &state.x
	if state.used {
		*x = Exchange{}
	}
	state.used = true // field by field: to make an Exchange and copy it takes longer
	x.server, x.snapshot, x.r, x.now, x.key = s, s.snapshot.Load(), r, s.at(r.Received), h.Key[:0]
	x.path, x.query, x.hasQuery, x.memory = r.Path, r.Query, r.HasQuery, state.fields
	x.believeProxies()
	plain := x.isPlain(&state.signed)
	state.fields = x.memory
	if !plain || x.behavior.KeyedInserts {
		return false
	}
	h.Key = x.key
	e := s.cache.Fresh(x.hash, x.key, x.now)
	if e == nil || r.Marks&viewer.MarkOrigin != 0 && x.behavior.ResponseHeaders != nil {
		return false
	}
	if h.Edge = x.behavior.learned.tail(e.Mark()); h.Edge == nil {
		return false
	}
	if x.mayWait() || x.drawsTiming() || !x.isAdmitted() {
		return false
	}
	h.Status, h.Stored, h.Content = int(e.Status), state.without(e.Lines(), h.Edge.Dropped), e.Content()
	h.Age = e.Times.AgeSeconds(x.now)
	if h.WantsFile && len(h.Content) >= memfile.Least && r.Method == "GET" {
		h.File = s.files.Get(e, h.Content)
	}
	s.ids.next(r.Shard, &h.ID)
	x.found = cache.Found{Outcome: cache.OutcomeFresh, Entry: e}
	return true
}

// mayWait reports whether the firewall may do what the short way must not.
func (x *Exchange) mayWait() bool {
	acl := x.distribution.WebACL
	return acl != nil && acl.Waits()
}

// isAdmitted asks the firewall and throttles, and reports whether they let the
// request go on. What they have counted is in the request's Note, for the stages.
func (x *Exchange) isAdmitted() bool {
	r := x.r
	if x.distribution.WebACL != nil {
		if recorder := x.distribution.Firewall; recorder != nil && recorder.Wants(r.Received) {
			r.Note = toRecord{}
			return false
		}
		if v := x.inspect(); v.Action != waf.ActionAllow {
			r.Note = v.Block
			return false
		}
	}
	if wait := take(x.behavior.Throttles, r); wait > 0 {
		r.Note = throttled(wait)
		return false
	}
	return true
}

// isPlain runs the stages up to BuildKey and reports whether the cache is to
// be asked. It leaves the firewall and throttles out: they count, and so are asked
// by one of the two ways. On the short way they are the last to be asked, when all
// else says that there is a hit; on the long one they have their places among the
// stages.
func (x *Exchange) isPlain(s *signedurl.Scratch) bool {
	return x.acceptSize() == proceed &&
		x.stageSelectDistribution() == proceed &&
		x.stageSelectBehavior() == proceed &&
		x.stageEnforceProtocol() == proceed &&
		x.stageRestrictGeo() == proceed &&
		x.isAuthorized(s) &&
		x.stageViewerRequest() == proceed &&
		!x.bypasses() && !x.strict() &&
		x.stageBuildKey() == proceed
}

// without returns lines without those that have one of the names. What it returns
// is valid until it is called again.
func (s *hitState) without(lines string, names []string) string {
	if len(names) == 0 {
		return lines
	}
	s.kept = s.kept[:0]
	for rest := lines; rest != ""; {
		end := strings.IndexByte(rest, '\n') + 1
		line := rest[:end]
		if rest = rest[end:]; !slices.ContainsFunc(names, func(name string) bool {
			return len(line) > len(name) && line[len(name)] == ':' && field.EqualName(line[:len(name)], name)
		}) {
			s.kept = append(s.kept, line...)
		}
	}
	return unsafe.String(unsafe.SliceData(s.kept), len(s.kept))
}

// doneHit is the Log stage of a hit.
func doneHit(h *viewer.Hit, r *viewer.Request, sent int64) {
	state := h.State.(*hitState)
	x := &state.x
	state.writer.bytes = sent
	state.contentType[0] = field.Line{Name: "Content-Type", Value: x.found.Entry.Field("Content-Type")}
	x.id = unsafe.String(&h.ID[0], len(h.ID)) // for this call
	x.w, x.sent.head, x.sent.firstByte = &state.writer, true, r.Received
	x.answer.status, x.answer.reason, x.answer.fields = h.Status, accesslog.ReasonHit, state.contentType[:]
	x.answer.length, x.answer.age = int64(len(h.Content)), h.Age
	x.log(r.Received, x.now)
	clear(state.fields)
	*x, state.used = Exchange{}, false // nothing of the request is kept
}

// A hitWriter says how much an engine has sent. Nothing else is asked of it.
type hitWriter struct {
	viewer.ResponseWriter
	bytes int64
}

// BytesWritten implements viewer.ResponseWriter.
func (w *hitWriter) BytesWritten() int64 { return w.bytes }

// maxTails bounds the tails of a behavior: they differ where a policy leaves
// alone what the origin has set.
const maxTails = 15

// lastLearned numbers the behaviors of all Snapshots, so that the mark of an
// Entry means nothing after a reload.
var lastLearned atomic.Uint32

// A learned is what a behavior adds to stored fields.
type learned struct {
	number atomic.Uint32 // in the upper 28 bits of marks; 0 until there is a tail
	mu     sync.Mutex
	tails  [maxTails]atomic.Pointer[viewer.ReadyFields] // filled in order, under mu
}

// tail returns what a mark stands for, nil for a mark that is not of this
// behavior.
func (l *learned) tail(mark uint32) *viewer.ReadyFields {
	if mark>>4 != l.number.Load() || mark>>4 == 0 {
		return nil
	}
	return l.tails[mark&15].Load()
}

// mark returns the mark of a tail, or false if there are too many.
func (l *learned) mark(tail *viewer.ReadyFields) (uint32, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.number.Load() == 0 {
		l.number.Store(lastLearned.Add(1))
	}
	for i := range l.tails {
		known := l.tails[i].Load()
		if known == nil {
			l.tails[i].Store(tail)
		}
		if known == nil || known.H1 == tail.H1 && slices.Equal(known.Dropped, tail.Dropped) {
			return l.number.Load()<<4 | uint32(i), true
		}
	}
	return 0, false
}

// learn marks the stored response that x answers with, if its fields go out as
// they are stored. It is called with the fields complete.
func (x *Exchange) learn() {
	e, a := x.found.Entry, &x.answer
	if x.found.Outcome != cache.OutcomeFresh || e == nil || a.reason != accesslog.ReasonHit || e.Mark() != 0 && x.behavior.learned.tail(e.Mark()) != nil {
		return
	}
	plain := a.status == int(e.Status) && a.status != 204 && e.Length >= 0 && a.segments == nil && a.length == e.Size() && a.source == nil &&
		viewer.MarksOf(x.r.Fields)&(viewer.MarksBeyondKey|viewer.MarkOrigin) == 0 && !x.strict() && (x.r.Method == "GET" || x.r.Method == "HEAD") && !x.timed
	if !plain {
		return
	}
	stored := e.Fields(make(field.Lines, 0, 24))
	dropped, kept := droppedFrom(stored, a.fields)
	tail, ok := x.tail(a.fields[kept:])
	if !ok {
		return
	}
	tail.Dropped = dropped
	if mark, ok := x.behavior.learned.mark(tail); ok {
		e.SetMark(mark)
	}
}

// droppedFrom returns the names whose lines are among the stored ones and not
// among those sent, and how many of the latter are stored ones. The rest must
// be others: where a stored line was changed in its place, those behind it would
// be in the tail, which is for many responses. Then nothing is dropped, and kept is
// too large for there to be a tail.
func droppedFrom(stored, sent field.Lines) (dropped []string, kept int) {
	for _, l := range stored {
		switch {
		case kept < len(sent) && sent[kept] == l:
			kept++
		case !slices.Contains(dropped, l.Name):
			dropped = append(dropped, l.Name)
		}
	}
	for _, name := range dropped {
		if sent[:kept].Has(name) {
			return nil, len(sent)
		}
	}
	for _, l := range sent[kept:] {
		if slices.Contains(stored, l) {
			return nil, len(sent)
		}
	}
	return dropped, kept
}

// tail makes ready what follows the stored fields, of which id and age come
// last and are each response's own. Connection belongs to HTTP/1.1.
func (x *Exchange) tail(lines field.Lines) (*viewer.ReadyFields, bool) {
	n := len(lines)
	if n > 0 && lines[n-1].Name == "Age" {
		n--
	}
	if n == 0 || n == len(lines) || lines[n-1].Name != "X-Amz-Cf-Id" || lines[n-1].Value != x.id {
		return nil, false
	}
	var others field.Lines
	var h1 bytes.Buffer
	for _, l := range lines[:n-1] {
		switch {
		case field.EqualName(l.Name, "Connection") && l.Value != "keep-alive", field.EqualName(l.Name, "Date"):
			return nil, false
		case field.EqualName(l.Name, "Connection"):
			continue
		case l.Name == "X-Cache":
			h1.WriteString("Connection: keep-alive\r\n")
		}
		others = append(others, l)
		h1.WriteString(l.Name + ": " + l.Value + "\r\n")
	}
	return &viewer.ReadyFields{Lines: others, H1: h1.String()}, true
}

// at returns what the clock of responses showed at a moment of the clock of
// durations.
func (s *Server) at(measured time.Time) time.Time {
	if s.atMoment == nil {
		return s.now()
	}
	return s.atMoment(measured)
}
