package proxy

import (
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/memfile"
	"github.com/groundfront/groundfront/proxy/respheaders"
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
// way; so do those for 204, which has no Content-Length. Of Origin there are a few
// kinds, each with a tail of its own (hittails.go). Server-Timing, of which each
// response has its own, comes behind all of it (servertiming.go).

// A hitState is what a Hit has to remember for its log line. It stands in for
// the engine's writer there.
type hitState struct {
	x           Exchange
	writer      hitWriter
	contentType [1]field.Line
	kept        []byte      // memory of without
	timing      []byte      // memory of hitTiming
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
	if e == nil || !x.tailOf(h, e) {
		return false
	}
	if x.mayWait() || x.mayAskForTiming() || !x.isAdmitted() {
		return false
	}
	h.Status, h.Stored, h.Content = int(e.Status), state.without(e.Lines(), h.Edge.Dropped), e.Content()
	h.Age = e.Times.AgeSeconds(x.now)
	if h.WantsFile && len(h.Content) >= memfile.Least && r.Method == "GET" {
		h.File = s.files.Get(e, h.Content)
	}
	s.ids.next(r.Shard, &h.ID)
	h.ServerTiming = state.hitTiming(&h.ID)
	x.found = cache.Found{Outcome: cache.OutcomeFresh, Entry: e}
	return true
}

// tailOf finds what follows the stored fields of e for this request's Origin.
func (x *Exchange) tailOf(h *viewer.Hit, e *cache.Entry) bool {
	t := x.behavior.learned.find(e.Mark())
	if t == nil {
		return false
	}
	h.AllowOrigin = ""
	if x.r.Marks&viewer.MarkOrigin == 0 {
		h.Edge = t[respheaders.ReadyOriginNone]
		return h.Edge != nil
	}
	origin := x.r.Fields.Get("Origin")
	kind := x.behavior.ResponseHeaders.Ready(origin)
	if kind == respheaders.ReadyOriginUnready {
		return false
	}
	if h.Edge = t[kind]; h.Edge != nil && h.Edge.EchoesOrigin {
		h.AllowOrigin = origin
	}
	return h.Edge != nil
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
	return !x.isToldPlace() && x.acceptSize() == proceed &&
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

// at returns what the clock of responses showed at a moment of the clock of
// durations.
func (s *Server) at(measured time.Time) time.Time {
	if s.atMoment == nil {
		return s.now()
	}
	return s.atMoment(measured)
}
