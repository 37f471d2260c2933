package fetch

import (
	"bytes"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/vary"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A Selection tells apart the responses that one cache key has by Vary (RFC
// 9111 section 4.1). The zero value says that a key has one response, as at
// CloudFront, where Vary chooses nothing (CF-VARY-01).
type Selection struct {
	Primary []byte        // the key before fields were nominated
	Hash    cachekey.Hash // of Primary
	Names   vary.Names    // the nominated fields by which the request's key was made
}

// Key returns the key of the variant for a request with these fields.
func (s *Selection) Key(request field.Lines) ([]byte, cachekey.Hash) {
	key := s.Names.Append(bytes.Clone(s.Primary), request)
	return key, cache.VariantHash(s.Hash, key)
}

// ByLanguage returns what stands for the variants in the language that a
// request likes best, if that is one.
func (s *Selection) ByLanguage(request field.Lines) (alias []byte, ok bool) {
	language, ok := s.Names.Preferred(request)
	if !ok {
		return nil, false
	}
	return s.Names.AppendLanguage(bytes.Clone(s.Primary), request, language), true
}

// reselect makes the request's key that by other names.
func (r *Request) reselect(names vary.Names) {
	r.Selection.Names = names
	r.Key, r.Hash = r.Selection.Key(r.Fields)
}

// flightHash returns where the flight of a request is looked for.
func (f *Fetcher) flightHash(r *Request) cachekey.Hash {
	return f.changedHash(r, r.apart(r.flightHash()))
}

// MarkHash returns where it is remembered that answers to requests like r are
// not for sharing (cache.Unshared).
func (r *Request) MarkHash() cachekey.Hash { return r.apart(r.Hash) }

// apart keeps strict requests with credentials away from those without: their
// answers are mostly not for others (RFC 9111 section 3.5), which says nothing
// about the answers to the rest, who shall not queue behind them or be told
// not to wait for one another.
func (r *Request) apart(h cachekey.Hash) cachekey.Hash {
	if r.Selection.Primary != nil && r.Fields.Has("Authorization") {
		h.Hi ^= 0x94d049bb133111eb
	}
	return h
}

func (f *Fetcher) changedHash(r *Request, h cachekey.Hash) cachekey.Hash {
	if r.Changeable {
		h.Lo ^= f.cache.LastChange(r.Distribution, r.Key) * 0x9e3779b97f4a7c15
	}
	return h
}

// keepApart gives a response the key of the variant that it is. What no later
// request can be known to fit is not stored.
func (ft *Fetch) keepApart(response field.Lines) {
	if ft.req.Selection.Primary == nil || !ft.verdict.Storable() {
		return
	}
	names, ok := ft.nominated(response)
	if ok {
		names, ok = ft.cache.Nominate(ft.req.Selection.Hash, ft.req.Selection.Primary, names)
	}
	if !ok {
		ft.verdict = ft.verdict.Refused(freshness.NoStoreVary)
		return
	}
	ft.req.reselect(names)
	if language, ok := names.LanguageOf(ft.req.Fields, response); ok {
		s := &ft.req.Selection
		ft.cache.SetAlias(s.Hash, names.AppendLanguage(bytes.Clone(s.Primary), ft.req.Fields, language), ft.req.Key)
	}
}

// keepInPlace refuses to store what a 304 made of a variant when it nominates
// more fields than that was chosen by.
func (ft *Fetch) keepInPlace(merged field.Lines) {
	if ft.req.Selection.Primary == nil {
		return
	}
	if names, ok := ft.nominated(merged); !ok || !ft.req.Selection.Names.Covers(names) {
		ft.verdict = ft.verdict.Refused(freshness.NoStoreVary)
	}
}

// nominated returns the fields that a response nominates. Accept-Encoding is
// in the key already if the policy knows codings, and the origin saw no more
// of it than that. Cookies that it did not see chose nothing.
func (ft *Fetch) nominated(response field.Lines) (vary.Names, bool) {
	names, ok := vary.Of(response)
	if ft.rules.Compress.Gzip || ft.rules.Compress.Brotli {
		names = names.Without("accept-encoding")
	}
	if !ft.rules.CookiesForwarded {
		names = names.Without("cookie")
	}
	return names, ok
}

// fits reports whether a request that waited for r would have selected it.
// If not, its key is from now on that by r's names.
func (r *Result) fits(req *Request) bool {
	if r.variant == nil || req.Selection.Names == r.names {
		return true
	}
	req.reselect(r.names)
	return bytes.Equal(req.Key, r.variant)
}
