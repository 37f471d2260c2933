package proxy

import (
	"context"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// stageObtain gets the response from the origin: by joining the fetch in
// flight for the key, by leading one, or by one of its own where nothing may
// be shared (CF-PIPE-12 to CF-PIPE-17). If what it got is a stored response
// whose content is lost, it asks alone and without a condition.
func (x *Exchange) stageObtain(ctx context.Context) step {
	if x.guardOrigin(ctx) == answered || x.obtainMissing(ctx) == answered {
		return answered
	}
	if x.obtain(ctx) == proceed {
		x.lost = true
		x.obtain(ctx)
	}
	x.noteChange()
	return answered
}

// obtain proceeds, with a miss, if the content of what it got is lost.
func (x *Exchange) obtain(ctx context.Context) step {
	var got fetch.Answer
	if x.bypasses() {
		if a := x.admit(); a != nil && !a.Admit() {
			return x.answerNotAdmitted()
		}
		got = x.pass(ctx)
	} else {
		var err error
		if got, err = x.fetch(ctx, x.fetchRequest()); err != nil {
			x.sent.gone = true
			return answered
		}
	}
	if x.answerFromFetch(got) == proceed {
		return proceed
	}
	x.outlastFailure()
	return answered
}

// pass runs a request that has nothing to do with the cache.
func (x *Exchange) pass(ctx context.Context) fetch.Answer {
	request := x.request()
	request.Interim = x.interim()
	if x.r.Body != nil {
		request.Body, request.ContentLength = x.beginUpload(), x.r.ContentLength
	}
	switch x.passing {
	case passingWebSocket:
		request.Upgrade = x.r.Upgrade
	case passingGRPC:
		request.GRPC = true
	default:
		x.keepAsGet(&request)
	}
	return x.server.fetcher.Direct(ctx, &x.behavior.Rules, &request)
}

// fetch runs the request, or joins who does. What it brings alone and without
// anything stale is never a stored response.
func (x *Exchange) fetch(ctx context.Context, request *fetch.Request) (fetch.Answer, error) {
	rules, fetcher := &x.behavior.Rules, x.server.fetcher
	request.Interim = x.interim()
	switch {
	case x.lost, request.Conditional, request.Validated, request.NoStore, rules.CookiesForwarded:
		return fetcher.Alone(ctx, rules, request, x.found.Entry)
	case x.server.cache.Unshared(request.MarkHash(), x.now):
		if x.wantsAll() && x.found.Entry == nil {
			return fetcher.Lone(ctx, rules, request)
		}
		return fetcher.Alone(ctx, rules, request, x.found.Entry)
	}
	return fetcher.Get(ctx, rules, request, x.found.Entry)
}

// wantsAll reports whether the request is for a whole representation, whatever
// the viewer has of it.
func (x *Exchange) wantsAll() bool {
	if x.r.Method != "GET" {
		return false
	}
	for i := range x.r.Fields {
		if viewer.MarkOf(x.r.Fields[i].Name)&(viewer.MarkRange|viewer.MarkCondition) != 0 {
			return false
		}
	}
	return true
}

// interim returns what hands the origin's interim responses to the viewer (RFC
// 9110 section 15.2), nil where it cannot have any. What the response headers
// policy removes it removes from them too; they carry nothing that it adds.
func (x *Exchange) interim() func(status int, fields field.Lines) {
	if x.w == nil || x.r.Proto == viewer.ProtoHTTP10 {
		return nil
	}
	w, policy := x.w, x.behavior.ResponseHeaders // not x, which would then be on the heap for every request
	return func(status int, fields field.Lines) {
		policy.Strip(&fields)
		_ = w.WriteInterim(status, fields) // whether the viewer is there, the final response will find out
	}
}

// fetchRequest returns the request for a fetch that may outlive the viewer's.
func (x *Exchange) fetchRequest() *fetch.Request {
	r := x.request()
	r.Fields = r.Fields.Clone()
	if a := x.admit(); a != nil {
		r.Admission = a
	}
	return &r
}

// request returns the request as the origin side needs it.
func (x *Exchange) request() fetch.Request {
	x.generateUnkeyed()
	r := fetch.Request{
		ID: x.id, Method: x.fetchMethod(), Scheme: x.r.Scheme, Host: x.r.Host,
		Path: x.path, Query: x.query, HasQuery: x.hasQuery,
		Fields: x.fields, Generated: x.generated,
		Proto: x.r.Proto.Number(), HTTP10: x.r.Proto == viewer.ProtoHTTP10, Viewer: x.r.Remote.Addr(), Told: x.told, Peer: x.connected().Addr(),
		Ends:           origin.Ends{Viewer: x.r.Remote, Edge: x.r.Local},
		AcceptEncoding: x.accept, EdgeHost: x.server.edgeHost,
		Distribution: x.distribution.DomainName, Key: x.key, Hash: x.hash,
		Selection: x.selection, NoStore: x.demands.NoStore, Validated: x.validated,
		Changeable: x.heedsChanges(), Conditional: x.forwardsCondition(),
	}
	// A range is asked for only when nothing is stored: a stale response is
	// revalidated as a whole (CF-RNG-02).
	if x.r.Method == "GET" && x.found.Outcome == cache.OutcomeMiss {
		if r.Range = byterange.Asked(x.fields); r.Range != "" {
			r.IfRange = x.fields.Get("If-Range")
		}
	}
	return r
}

// forwardsCondition reports whether the origin is asked to answer the
// viewer's condition: nothing is stored, and that is the choice (CF-COND-05).
func (x *Exchange) forwardsCondition() bool {
	return x.behavior.Choices.Conditions == fetch.ConditionsOrigin && x.found.Outcome == cache.OutcomeMiss && x.parts.Entry == nil &&
		(x.fields.Has("If-None-Match") || x.fields.Has("If-Modified-Since") || x.fields.Has("If-Match") || x.fields.Has("If-Unmodified-Since"))
}

// backgroundRequest is a request that outlives the viewer's.
func (x *Exchange) backgroundRequest() *fetch.Request {
	r := x.fetchRequest()
	r.Range, r.IfRange = "", ""
	return r
}
