package proxy

import (
	"context"
	"strings"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/waf"
)

// stageFirewall evaluates the distribution's web ACL (CF-WAF): before the cache
// is asked, so that hits are inspected as well (CF-WAF-02), and after what
// refuses by protocol, method or country (CF-PIPE-21). Nobody is counted twice:
// what Hit has found out is in the request's Note.
func (x *Exchange) stageFirewall() step {
	if x.distribution.WebACL == nil || x.rehearsed {
		return proceed
	}
	if b, blocked := x.r.Note.(*waf.Block); blocked {
		return x.answerBlocked(b)
	}
	v := x.inspect()
	if v.Action != waf.ActionAllow {
		return x.answerBlocked(v.Block)
	}
	x.inserted = v.Insert
	return proceed
}

// inspect evaluates the web ACL and counts the request there.
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) inspect() waf.Verdict {
	acl := x.distribution.WebACL
	r := x.inspected()
	return acl.Evaluate(context.Background(), x.peer(acl), &r, nil)
}

// inspected returns what the web ACL inspects.
func (x *Exchange) inspected() waf.Request {
	r := x.r
	return waf.Request{
		Method: r.Method, Path: r.Path, Query: r.Query, HasQuery: r.HasQuery, Host: r.Host, Fields: r.Fields, HeadBytes: r.HeadBytes,
		Now: r.Received, Shard: r.Shard,
	}
}

// peer returns what the web ACL knows about the viewer's address. The connection
// keeps it.
func (x *Exchange) peer(acl *waf.ACL) *waf.Peer {
	connection := x.r.Peer
	if connection == nil {
		return acl.Peer(x.r.Remote.Addr())
	}
	if known, ok := connection.Known.Load().(*waf.Peer); ok && known.ACL() == acl {
		return known
	}
	p := acl.Peer(x.r.Remote.Addr())
	connection.Known.Store(p)
	return p
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
			{Name: "Date", Value: cachecontrol.FormatDate(x.now)},
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
		status: 202, reason: accesslog.ReasonBlockedWAF, cause: errorpage.CauseWAFResponse, age: -1,
		fields: field.Lines{
			{Name: "Server", Value: errorpage.Server},
			{Name: "Date", Value: cachecontrol.FormatDate(x.now)},
			{Name: "x-amzn-waf-action", Value: b.Action.String()},
			{Name: "Cache-Control", Value: "no-store, max-age=0"},
		},
	}
	if b.Action == waf.ActionCaptcha {
		x.answer.status = 405
	}
	if !strings.Contains(x.r.Fields.Get("Accept"), "text/html") {
		return answered
	}
	x.answer.content = x.distribution.WebACL.Page(b, x.r.Host, x.r.Received)
	x.answer.length = int64(len(x.answer.content))
	x.answer.fields.Add("Content-Type", "text/html; charset=UTF-8")
	return answered
}
