package fetch

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
)

// strict reports whether the fetch is for a policy with RFC 9111 semantics.
func (ft *Fetch) strict() bool { return ft.rules.Freshness.Semantics == freshness.SemanticsRFC9111 }

// response describes a response to freshness.Judge.
func (ft *Fetch) response(status int, fields field.Lines) freshness.Response {
	return freshness.Response{
		Method: ft.req.Method, Status: status, Fields: fields, Now: ft.received,
		OptionsCached: ft.rules.OptionsCached, CookiesForwarded: ft.rules.CookiesForwarded,
		Delay: ft.received.Sub(ft.sent), NoStore: ft.req.NoStore,
		Authorization: ft.withCredentials(),
		Generated:     ft.err != nil,
		Part:          ft.part != nil,
		NamesTarget:   ft.req.IsTarget != nil && ft.req.IsTarget(fields.Get("Content-Location")),
	}
}

// withCredentials reports whether the origin has seen the viewer's credentials.
func (ft *Fetch) withCredentials() bool {
	return ft.req.Fields.Has("Authorization") && ft.asked.Fields.Has("Authorization")
}

// dateUpdate prepares the fields of a stored response and of the 304 that
// updates it for a strict cache: the age begins anew with the 304, even if
// that has no Date (RFC 9110 section 6.6.1), and an Age that came with the
// stored response is history.
func (ft *Fetch) dateUpdate(stored, update *field.Lines) {
	if !ft.strict() {
		return
	}
	stored.Del("Age")
	if !update.Has("Date") {
		update.Add("Date", cachecontrol.FormatDate(ft.received))
	}
}

// heedHead lets the answer to a HEAD tell about the stored response to a GET
// (RFC 9111 section 4.3.5): it updates that if it describes the same
// representation, and otherwise makes it unusable.
func (ft *Fetch) heedHead() {
	old := ft.stale
	switch {
	case !ft.strict() || ft.req.Method != "HEAD" || old == nil || old.HeadOnly || ft.answered.Status != int(old.Status):
	case ft.contradicts(old):
		ft.cache.Changed(ft.req.Distribution, ft.req.Key, ft.ticket.Order)
	default:
		own := ft.verdict
		if entry := ft.freshened(); ft.verdict.Storable() {
			ft.cache.StoreFreshened(entry, old)
		}
		ft.verdict = own
	}
}

// contradicts reports whether the answer speaks of another representation.
func (ft *Fetch) contradicts(old *cache.Entry) bool {
	a, v := ft.answered, old.Validators()
	differs := func(name, stored string) bool { now, has := a.Fields.Lookup(name); return has && now != stored }
	return differs("ETag", v.ETag) || differs("Last-Modified", v.LastModified) ||
		!old.Compressed && a.ContentLength >= 0 && a.ContentLength != old.Size()
}

// concernsProxy reports whether a field is about the proxy that a response
// came through (RFC 9111 section 3.1).
func concernsProxy(name string) bool {
	return field.EqualName(name, "Proxy-Authenticate") || field.EqualName(name, "Proxy-Authentication-Info") ||
		field.EqualName(name, "Proxy-Authorization")
}
