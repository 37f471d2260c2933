package proxy

import (
	"context"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// stageDeliver adds the fields that every response of the edge carries and
// sends it (CF-PIPE-20).
func (x *Exchange) stageDeliver(ctx context.Context) {
	if x.sent.gone {
		return
	}
	x.addEdgeFields()
	x.learn()
	a := &x.answer
	if a.status == 101 {
		x.goOn()
		return
	}
	if x.r.Method == "HEAD" || a.status == 304 {
		x.sendHead()
		return
	}
	if !x.sendHead() || x.pauses() && !x.flush() {
		return
	}
	x.sendContent(ctx)
}

// pauses reports whether the viewer should have the head before there is
// content: a stream of events may begin with a long silence.
func (x *Exchange) pauses() bool {
	return x.answer.fetched.Result != nil && x.answer.fetched.Pending
}

// addEdgeFields adds X-Cache and its kin in the observed order (CF-RESP-22): behind
// all others, also those that another edge has sent, so that what is stored and
// what is added can be told apart. Server-Timing, which has no place of its own, is
// the last.
func (x *Exchange) addEdgeFields() {
	fields := &x.answer.fields
	if x.r.Proto == viewer.ProtoHTTP11 && x.answer.status != 101 && !fields.Has("Connection") {
		fields.Add("Connection", "keep-alive") // CF-ERR-23, CF-VPP-06
	}
	via := x.server.via
	if others := fields.Joined("Via"); others != "" {
		via = others + ", " + via
	}
	tellsHTTP3 := x.distribution != nil && x.distribution.HTTP3 && x.snapshot.AltSvc != ""
	fields.DeleteFunc(func(l field.Line) bool {
		return field.EqualName(l.Name, "Via") || field.EqualName(l.Name, "X-Cache") ||
			field.EqualName(l.Name, "X-Amz-Cf-Pop") || field.EqualName(l.Name, "X-Amz-Cf-Id") ||
			x.answer.age >= 0 && field.EqualName(l.Name, "Age") ||
			tellsHTTP3 && field.EqualName(l.Name, "Alt-Svc") // the origin's: it means another host
	})
	fields.Add("X-Cache", x.xCache(x.resultType()))
	fields.Add("Via", via)
	fields.Add("X-Amz-Cf-Pop", x.server.pop)
	if tellsHTTP3 {
		fields.Add("Alt-Svc", x.snapshot.AltSvc)
	}
	fields.Add("X-Amz-Cf-Id", x.id)
	if x.answer.age >= 0 {
		fields.Add("Age", strconv.FormatInt(x.answer.age, 10))
	}
	x.addTiming()
}

func (x *Exchange) sendHead() bool {
	length := x.answer.length
	if x.answer.fetched.Result != nil && x.answer.fetched.Trailers != nil && length > 0 {
		length = -1 // fields may follow, for which there is no room behind a length
	}
	if err := x.w.WriteHead(x.answer.status, x.answer.fields, length); err != nil {
		x.sent.gone = true
		return false
	}
	x.sent.head = true
	x.sent.firstByte = x.server.measure()
	return true
}

func (x *Exchange) write(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	if _, err := x.w.Write(p); err != nil {
		x.sent.gone = true
		return false
	}
	return true
}

// flush sends what is buffered: the content pauses here.
func (x *Exchange) flush() bool {
	if x.w.Flush() != nil {
		x.sent.gone = true
		return false
	}
	return true
}

// cut ends a response whose content ended early, so that the viewer sees it
// (CF-RESP-41, CF-RESP-42).
func (x *Exchange) cut(ctx context.Context) {
	if ctx.Err() != nil {
		x.sent.gone = true
		return
	}
	x.sent.cut = true
	x.w.Abort()
}
