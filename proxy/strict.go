package proxy

import (
	"cmp"
	"net/url"
	"strconv"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// What stages do for cache policies with RFC 9111 semantics, beyond what the
// cache itself does then.

// strict reports whether the behavior's cache policy has RFC 9111 semantics.
func (x *Exchange) strict() bool {
	return x.behavior != nil && x.behavior.Freshness.Semantics == freshness.SemanticsRFC9111
}

// passesUnknown reports whether the request's method is one that CloudFront
// does not know (CF-METH-04) and passes nevertheless: a shared cache passes
// them on as unsafe ones (RFC 9110 section 9.1, RFC 9111 section 4.4), where
// the behavior allows all that there are. TRACE and CONNECT are known, and
// nobody's business here.
func (x *Exchange) passesUnknown() bool {
	return x.strict() && x.behavior.Methods == MethodsAll && x.r.Method != "TRACE" && x.r.Method != "CONNECT"
}

// plainScheme follows the key of a target that begins with http: another than
// the one with https, which CloudFront does not tell apart (RFC 9111 section
// 4). No cookie, with which keys end, has such a byte.
const plainScheme = 1

// selectVariant makes the key that of the variant that this request selects
// (RFC 9111 section 4.1).
func (x *Exchange) selectVariant() {
	x.demands = cachecontrol.ParseRequest(x.r.Fields)
	if x.r.Scheme == "http" {
		x.key = append(x.key, plainScheme)
		x.hash = cachekey.Sum(x.key)
	}
	x.selection = fetch.Selection{Primary: x.key, Hash: x.hash, Names: x.server.cache.Nominated(x.hash, x.key)}
	x.key, x.hash = x.selection.Key(x.fields)
}

// selectByLanguage looks for a fresh response in the language that the viewer
// likes best, where none was chosen by its whole Accept-Language.
func (x *Exchange) selectByLanguage() {
	alias, ok := x.selection.ByLanguage(x.fields)
	if !ok {
		return
	}
	c := x.server.cache
	key := c.Alias(x.selection.Hash, alias)
	if key == nil {
		return
	}
	found := c.Lookup(cache.VariantHash(x.selection.Hash, key), key, x.r.Method, x.now)
	if found.Outcome == cache.OutcomeFresh && found.Entry.Times.UseFor(x.demands, x.now) == freshness.UseAsFound {
		x.found = found
	}
}

// heedDemands lets the request's own directives decide about what was found
// (RFC 9111 section 5.2.1).
func (x *Exchange) heedDemands() step {
	if e := x.found.Entry; e != nil {
		switch e.Times.UseFor(x.demands, x.now) {
		case freshness.UseValidated:
			x.found.Outcome, x.validated = cache.OutcomeStale, true
		case freshness.UseStale:
			x.found.Outcome = cache.OutcomeFresh
		}
	}
	if x.demands.OnlyIfCached && x.found.Outcome >= cache.OutcomeStale {
		return x.refuse(504, errorpage.ExplanationOriginConnect, accesslog.ReasonGeneratedErrorPage, errorpage.CauseUnsafe)
	}
	return proceed
}

// ageOf returns the Age of what a fetch gave, -1 for none. Who joined another's
// fetch has a Hit, and may have come long after the response (CF-AGE-01). For
// a stored response that was confirmed, or that stands in for the origin,
// CloudFront sends none as far as is known, a strict cache does (RFC 9111
// section 5.1).
func (x *Exchange) ageOf(got fetch.Answer) int64 {
	switch {
	case got.Entry != nil && (x.strict() || got.Collapsed || x.snapshot.Choices.RefreshHitAge == RefreshHitAgeSent):
		return got.Entry.Times.AgeSeconds(x.server.now())
	case got.Collapsed:
		return got.Times.AgeSeconds(x.server.now())
	}
	return -1
}

// setAge gives the answer the Age of what a fetch gave. A stored response
// without one does not repeat what its origin said of it long ago (CF-AGE-01).
func (x *Exchange) setAge(got fetch.Answer) {
	if x.answer.age = x.ageOf(got); x.answer.age < 0 && got.Entry != nil {
		x.answer.fields.Del("Age")
	}
}

// heedsChanges reports whether unsafe requests make stored responses of the
// behavior unusable: with RFC 9111 semantics, or by choice (CF-METH-06).
func (x *Exchange) heedsChanges() bool {
	return x.strict() || x.behavior.Choices.UnsafeMethods == fetch.UnsafeMethodsInvalidate
}

// noteChange makes the stored responses unusable that an unsafe request has
// changed: those of its target and of the Location and Content-Location of
// the answer, if they are of the same origin (RFC 9111 section 4.4).
func (x *Exchange) noteChange() {
	if !x.heedsChanges() || isSafe(x.r.Method) || x.answer.status < 200 || x.answer.status > 399 {
		return
	}
	c, order := x.server.cache, x.server.cache.Ticket().Order
	x.answer.fetched.KeepAfter(order)
	c.Changed(x.distribution.DomainName, x.key, order)
	for _, name := range []string{"Location", "Content-Location"} {
		if u, same := sameOrigin(x.r, x.answer.fields.Get(name)); same {
			c.Changed(x.distribution.DomainName, x.keyOf(u), order)
		}
	}
}

// isSafe reports whether a method asks for no change: those of RFC 9110 section
// 9.2.1 and what else the registry of methods calls safe.
func isSafe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "QUERY":
		return true
	}
	return false
}

// sameOrigin resolves a reference and reports whether it leads to the origin of
// the request (RFC 9110 section 4.3.1).
func sameOrigin(r *viewer.Request, reference string) (u *url.URL, same bool) {
	if reference == "" {
		return nil, false
	}
	base, err := url.Parse(r.Scheme + "://" + r.Host + r.Path)
	if err != nil {
		return nil, false
	}
	if u, err = base.Parse(reference); err != nil {
		return nil, false
	}
	return u, u.Scheme == base.Scheme && hostName(u.Host) == hostName(base.Host) && port(u) == port(base)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// pathOf returns the path of u, which is never empty (RFC 9110 section 4.2.3).
func pathOf(u *url.URL) string { return cmp.Or(u.EscapedPath(), "/") }

// keyOf returns the key of a GET for u at the same distribution.
func (x *Exchange) keyOf(u *url.URL) []byte {
	path, d := pathOf(u), x.distribution
	normalized := x.snapshot.Choices.Normalize(path)
	if x.snapshot.Choices.ForwardedPath == ForwardedPathNormalized {
		path = normalized
	}
	if path == "/" && d.DefaultRootObject != "" {
		path = "/" + d.DefaultRootObject
	}
	return d.Behaviors[d.Patterns.Match(normalized)].Key.Append(nil, &cachekey.Request{
		Method: "GET", Host: x.r.Host, Path: path, Query: u.RawQuery, HasQuery: u.ForceQuery || u.RawQuery != "",
	})
}

// keepAsGet lets the answer to a POST be stored as one to a GET (RFC 9110
// section 9.3.3): the origin request gets the key that a GET for the target
// with these fields has. Whether the answer is one to keep, it will tell.
func (x *Exchange) keepAsGet(r *fetch.Request) {
	if !x.strict() || x.r.Method != "POST" {
		return
	}
	x.key = x.behavior.Key.Append(x.key[:0], &cachekey.Request{
		Method: "GET", Host: x.r.Host, Path: x.path, Query: x.query, HasQuery: x.hasQuery,
		Fields: x.fields, HTTP10: x.r.Proto == viewer.ProtoHTTP10,
	})
	x.hash = cachekey.Sum(x.key)
	x.selectVariant()
	r.Key, r.Hash, r.Selection, r.NoStore = x.key, x.hash, x.selection, x.demands.NoStore
	target := x.r             // not x, which would then be on the heap for every request
	if x.query != x.r.Query { // less the parameters of a signed URL
		own := *x.r
		own.Query = x.query
		target = &own
	}
	r.IsTarget = func(reference string) bool { return isTarget(target, reference) }
}

// isTarget reports whether a reference leads to the target of the request.
func isTarget(r *viewer.Request, reference string) bool {
	u, same := sameOrigin(r, reference)
	return same && pathOf(u) == r.Path && u.RawQuery == r.Query
}

// addHitStatus says in Cache-Status that e was in the cache, and for how long
// it is fresh yet (RFC 9211 sections 2.1 and 2.4).
func (x *Exchange) addHitStatus(e *cache.Entry) {
	if !x.strict() {
		return
	}
	x.addCacheStatus("hit; ttl=" + strconv.FormatInt(int64(e.Times.Remaining(x.now)/time.Second), 10))
}

// addForwardStatus says in Cache-Status why the origin was asked and what
// came of it (RFC 9211 sections 2.2, 2.3, 2.5 and 2.6).
func (x *Exchange) addForwardStatus(got fetch.Answer) {
	if !x.strict() {
		return
	}
	status := "fwd=" + x.forwardReason()
	switch got.Kind {
	case fetch.KindResponse:
		status += "; fwd-status=" + strconv.Itoa(got.Status)
	case fetch.KindRevalidated:
		status += "; fwd-status=304"
	}
	if got.Kind != fetch.KindStaleOnError && got.Kind != fetch.KindFailed && got.NoStore == freshness.NoStoreNone {
		status += "; stored"
	}
	if got.Collapsed {
		status += "; collapsed"
	}
	x.addCacheStatus(status)
}

func (x *Exchange) addCacheStatus(status string) {
	x.answer.fields.Add("Cache-Status", "Groundfront; "+status)
}

// forwardReason is why the request went to the origin (RFC 9211 section 2.2).
func (x *Exchange) forwardReason() string {
	switch {
	case x.passing != passingNothing, x.behavior.Freshness.CachingDisabled():
		return "bypass"
	case x.bypasses():
		return "method"
	case x.validated && x.found.Entry != nil && x.found.Entry.Times.Remaining(x.now) > 0:
		return "request"
	case x.found.Entry != nil:
		return "stale"
	case x.parts.Entry != nil:
		return x.partsReason()
	case x.selection.Names != "":
		return "vary-miss"
	}
	return "uri-miss"
}

// partsReason is why stored parts did not do.
func (x *Exchange) partsReason() string {
	switch {
	case x.parts.Outcome == cache.OutcomeFresh:
		return "partial"
	case x.parts.Entry.Times.Remaining(x.now) > 0:
		return "request"
	}
	return "stale"
}
