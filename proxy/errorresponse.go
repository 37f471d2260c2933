package proxy

import (
	"context"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// replaceError puts the distribution's custom error response in the place of
// an error, if there is one for its status (CF-CER). The page comes from the
// first behavior that matches its path (CF-CER-04), through the cache like
// any response; status and log still say that it is an error (CF-CER-12).
func (x *Exchange) replaceError(ctx context.Context) {
	if x.answer.status < 400 || x.distribution == nil || x.sent.gone {
		return
	}
	cause := x.answer.cause
	if x.passing == passingGRPC {
		cause = errorpage.CauseGRPC
	}
	rule, found := x.distribution.ErrorResponses.Page(x.answer.status, cause)
	if !found {
		return
	}
	page := x.pageExchange(rule.PagePath)
	page.stageBuildKey()
	if page.stageLookup(ctx) == proceed {
		page.stageObtain(ctx)
	}
	x.usePage(page, rule)
	x.sent.gone = page.sent.gone
}

// pageExchange is a GET for the page without the viewer's query and content
// (CF-CER-07). Of a request that the web ACL has blocked, or that comes from a
// country that is not served, it has no fields either, which were to be kept from
// the origin.
func (x *Exchange) pageExchange(path string) *Exchange {
	request, blocked := *x.r, x.answer.cause == errorpage.CauseFirewall || x.answer.cause == errorpage.CauseGeo
	request.Method, request.Upgrade, request.Body, request.ContentLength = "GET", "", nil, 0
	request.Fields = request.Fields.Clone()
	request.Fields.DeleteFunc(func(l field.Line) bool {
		return blocked && !field.EqualName(l.Name, "Accept-Encoding") ||
			field.EqualName(l.Name, "Range") || field.HasPrefixFold(l.Name, "If-") || field.HasPrefixFold(l.Name, "Content-")
	})
	d := x.distribution
	return &Exchange{
		server: x.server, snapshot: x.snapshot, r: &request, now: x.server.now(), id: x.id, distribution: d,
		behavior: d.Behaviors[d.Patterns.Match(x.snapshot.Choices.Normalize(path))], path: path,
		inserted: x.inserted, unthrottled: true, failed: x.failedRequest(),
		told: x.told, shown: x.shown,
	}
}

// failedRequest is what the page's origin may learn of: the viewer's request, less
// what opens the door (CF-SIG-30).
func (x *Exchange) failedRequest() *viewer.Request {
	if x.r.Query == "" || x.behavior == nil || x.behavior.Keys == nil {
		return x.r
	}
	failed := *x.r
	failed.Query, failed.HasQuery = new(signedurl.Scratch).Own(failed.Query)
	return &failed
}

// usePage takes the page's content and fields, its Age among them, with the rule's status
// (CF-CER-09), or, when fetching it failed, that failure as it is (CF-CER-08).
func (x *Exchange) usePage(page *Exchange, rule errorpage.Rule) {
	reason, detailed, came := x.answer.reason, x.answer.detailed, x.answer.came
	x.answer.close()
	x.answer = page.answer
	x.answer.reason, x.answer.detailed, x.answer.came, x.answer.cacheable = reason, detailed, came, false
	if x.answer.status >= 400 {
		return
	}
	x.answer.status = rule.ResponseCode
	if x.snapshot.Choices.ErrorPageHeaders == ErrorPageHeadersPage {
		x.page = page.behavior
	}
	if rule.ClosesConnection() {
		x.answer.fields.Set("Connection", "close")
	}
}
