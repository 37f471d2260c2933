package proxy

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/record"
)

// stageFirewall evaluates the distribution's web ACL (CF-WAF): before the cache
// is asked, so that hits are inspected as well (CF-WAF-02), and after what
// refuses by protocol, method or country (CF-PIPE-21), unless the choice is
// another.
func (x *Exchange) stageFirewall() step {
	if x.snapshot.Choices.WebACLPosition == WebACLPositionBeforeProtocol {
		return proceed
	}
	return x.firewall()
}

// firewallFirst is stageFirewall before anything refuses, where that is the
// choice (CF-PIPE-22).
func (x *Exchange) firewallFirst() step {
	if x.snapshot.Choices.WebACLPosition == WebACLPositionAfterProtocol {
		return proceed
	}
	return x.firewall()
}

// firewall evaluates the web ACL. Nobody is counted twice: what Hit has found out
// is in the request's Note.
func (x *Exchange) firewall() step {
	acl := x.distribution.WebACL
	if acl == nil || x.rehearsed {
		return proceed
	}
	switch note := x.r.Note.(type) {
	case *waf.Block:
		return x.answerBlocked(note)
	case throttled: // by Hit, which has asked the web ACL before
		return proceed
	case toRecord:
		if x.distribution.Firewall != nil { // there may have been a reload
			x.inspection = &inspection{record: new(waf.Record)}
		}
	default:
		if r := x.distribution.Firewall; r != nil && r.Wants(x.r.Received) {
			x.inspection = &inspection{record: new(waf.Record)}
		}
	}
	if x.inspection == nil && acl.AsksForOrigin() {
		x.inspection = new(inspection)
	}
	if x.readContent(acl) == answered {
		return answered
	}
	v := x.inspect()
	if x.inspection != nil {
		x.inspection.verdict = v
	}
	if v.Action != waf.ActionAllow {
		return x.answerBlocked(v.Block)
	}
	x.inserted = v.Insert
	return proceed
}

// toRecord is the Note of a request that Hit leaves to the stages, so that what
// becomes of it at the web ACL is recorded.
type toRecord struct{}

// An inspection is what is remembered of an evaluation until the end of the
// request.
type inspection struct {
	verdict waf.Verdict
	record  *waf.Record // nil: nobody wants to know
	guarded bool        // the engines have been asked about a request to an origin
}

// inspect evaluates the web ACL and counts the request there.
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) inspect() (v waf.Verdict) {
	acl := x.distribution.WebACL
	defer func() {
		if p := recover(); p != nil {
			v = x.panicked(acl, p)
		}
	}()
	r := x.inspected()
	r.Body.Text = x.content.text()
	var rec *waf.Record
	if x.inspection != nil {
		rec = x.inspection.record
	}
	return acl.Evaluate(context.Background(), x.firewallPeer(acl), &r, rec)
}

// panicked takes a bug in the evaluation for a request that could not be
// evaluated.
func (x *Exchange) panicked(acl *waf.ACL, p any) waf.Verdict {
	x.server.logger.Error("bug: the evaluation of a web ACL has panicked", "web_acl", acl.Name(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return acl.Fail(waf.FailurePanic, x.r.Shard)
}

// inspected returns what the web ACL inspects, without the content.
func (x *Exchange) inspected() waf.Request {
	r := x.r
	out := waf.Request{
		Method: r.Method, Path: r.Path, Query: r.Query, HasQuery: r.HasQuery, Host: r.Host, HostAt: r.HostAt, Fields: r.Fields,
		HeadBytes: r.HeadBytes, Proto: r.Proto.String(), Now: r.Received, Shard: r.Shard,
		Body: x.inspectedBody(),
	}
	if t := x.viewerTLS(); t != nil {
		out.JA3, out.JA4 = t.JA3, t.JA4
	}
	return out
}

// guardOrigin asks the web ACL's engines about a request that is to go to an
// origin (waf.EngineAtOrigin), also behind the viewer's back. They are asked once.
func (x *Exchange) guardOrigin(ctx context.Context) step {
	i := x.inspection
	if i == nil || i.guarded || !x.distribution.WebACL.AsksForOrigin() {
		return proceed
	}
	i.guarded = true
	i.verdict = x.inspectForOrigin(ctx)
	if i.verdict.Action != waf.ActionAllow {
		return x.answerBlocked(i.verdict.Block)
	}
	x.inserted = i.verdict.Insert
	return proceed
}

func (x *Exchange) inspectForOrigin(ctx context.Context) (v waf.Verdict) {
	acl := x.distribution.WebACL
	defer func() {
		if p := recover(); p != nil {
			v = x.panicked(acl, p)
		}
	}()
	r := x.inspected()
	r.Body.Text = x.content.text()
	return acl.EvaluateForOrigin(ctx, x.firewallPeer(acl), &r, x.inspection.verdict, x.inspection.record)
}

// recordInspection writes the log record and takes the sample, if one is wanted.
func (x *Exchange) recordInspection() {
	if x.inspection == nil || x.inspection.record == nil {
		return
	}
	r := x.inspected()
	if x.distribution.HideSignatures {
		hideSignatures(&r)
	}
	x.distribution.Firewall.Take(&record.Entry{
		Time: x.now, Request: &r, Record: x.inspection.record, Verdict: x.inspection.verdict, Viewer: x.r.Remote.Addr().Unmap(),
		Country: x.place().Country, ID: x.id, Scheme: x.r.Scheme, SourceID: x.distribution.ID, Shard: x.r.Shard,
	})
}

// hideSignatures keeps what signs a request out of records of it.
func hideSignatures(r *waf.Request) {
	r.Query = accesslog.HideSignatures(r.Query)
	r.Fields = r.Fields.Clone()
	for i := range r.Fields {
		if l := &r.Fields[i]; field.EqualName(l.Name, "Cookie") || field.EqualName(l.Name, "Referer") {
			l.Value = accesslog.HideSignatures(l.Value)
		}
	}
}

// answerBlocked answers with the rule's custom response, or with the edge's
// page, which a custom error response may replace (WF-ACT-14, CF-WAF-10).
func (x *Exchange) answerBlocked(b *waf.Block) step {
	if b.Action == waf.ActionCaptcha || b.Action == waf.ActionChallenge {
		return x.answerChallenge(b)
	}
	reason := accesslog.ReasonBlockedWAF
	if b.Kind == waf.RuleKindRateBased {
		reason = accesslog.ReasonBlockedRate
	}
	custom := b.Response
	if custom == nil {
		return x.refuse(403, errorpage.ExplanationBlocked, reason, errorpage.CauseFirewall)
	}
	x.answer = answer{
		status: custom.Status, reason: reason, cause: errorpage.CauseWAFResponse, age: -1,
		content: custom.Content, length: int64(len(custom.Content)),
		fields: field.Lines{
			{Name: "Server", Value: errorpage.Server},
			{Name: "Date", Value: cachecontrol.FormatDate(x.server.now())},
		},
	}
	for _, l := range custom.Fields {
		x.answer.fields.Set(l.Name, l.Value)
	}
	return answered
}

// answerChallenge asks the viewer to solve something: a browser by a page, and
// all others by the status and a field alone (WF-TOK-05).
func (x *Exchange) answerChallenge(b *waf.Block) step {
	x.answer = answer{
		status: b.Action.Status(), reason: accesslog.ReasonBlockedWAF, cause: errorpage.CauseWAFResponse, age: -1,
		fields: field.Lines{
			{Name: "Server", Value: errorpage.Server},
			{Name: "Date", Value: cachecontrol.FormatDate(x.server.now())},
			{Name: "x-amzn-waf-action", Value: b.Action.String()},
			{Name: "Cache-Control", Value: "no-store, max-age=0"},
		},
	}
	if !strings.Contains(x.r.Fields.Get("Accept"), "text/html") {
		return answered
	}
	x.answer.content = x.distribution.WebACL.Page(b, x.r.Host, x.r.Received)
	x.answer.length = int64(len(x.answer.content))
	x.answer.fields.Add("Content-Type", "text/html; charset=UTF-8")
	return answered
}
