package fetch

import (
	"context"
	"errors"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// A Part is what a 206 has of the complete content.
type Part struct {
	byterange.Range
	Complete int64 // length of the complete content
}

// partOf returns the part that a response is, nil if it is none that can be
// kept: one that was not asked for, or of several ranges, or of content whose
// length is not known (CF-RNG-03).
func (ft *Fetch) partOf(a *origin.Response) *Part {
	if a.Status != 206 || ft.direct || ft.req.Range == "" {
		return nil
	}
	r, complete, ok := byterange.ParseContentRange(a.Fields.Joined("Content-Range"))
	if !ok || !byterange.Answers(r, ft.req.Range, complete) || a.ContentLength >= 0 && a.ContentLength != r.Len() {
		return nil
	}
	return &Part{r, complete}
}

// Requests share a fetch only if they ask for the same: HEAD brings no content
// that a GET could use (CF-KEY-04, CF-COL-10), and one part is not another
// (CF-COL-09).

// flightHash returns where the flight of a request is looked for.
func (r *Request) flightHash() cachekey.Hash {
	switch {
	case r.Method == "HEAD":
		return cache.HeadHash(r.Hash)
	case r.Range != "":
		sum := cachekey.Sum(r.flightKey())
		return cachekey.Hash{Hi: r.Hash.Hi ^ sum.Hi, Lo: r.Hash.Lo ^ sum.Lo}
	}
	return r.Hash
}

// flightKey returns what requests must have in common to share a fetch.
func (r *Request) flightKey() []byte {
	if r.Range == "" {
		return r.Key
	}
	key := make([]byte, 0, len(r.Key)+len(r.Range)+len(r.IfRange)+2)
	key = append(append(key, r.Key...), 0)
	key = append(append(key, r.Range...), 0)
	return append(key, r.IfRange...)
}

// joinWhole answers a HEAD or a range request from the fetch in flight for the
// whole response, if there is one that can. A HEAD waits for it (CF-COL-10); a
// range is not held up by a fetch whose head is not there yet (CF-COL-09).
func (f *Fetcher) joinWhole(ctx context.Context, rules *Rules, req *Request) (a Answer, ok bool, err error) {
	if req.Method != "HEAD" && req.Range == "" {
		return Answer{}, false, nil
	}
	flight := f.flights.Peek(f.changedHash(req, req.apart(req.Hash)), req.Key, f.current(req))
	if flight == nil {
		return Answer{}, false, nil
	}
	result, published := flight.Published()
	if !published && req.Method == "HEAD" {
		result, err = wait(ctx, flight, rules.Choices.CollapsedWait, nil)
		switch {
		case errors.Is(err, errLongWait):
			return Answer{}, false, nil
		case err != nil:
			return Answer{}, false, err
		}
		published = true
	}
	switch {
	case !published, !result.shared, result.variant != nil && req.Selection.Names != result.names:
		return Answer{}, false, nil
	case req.Method == "HEAD":
		return Answer{Result: result, Fields: result.Fields, Collapsed: true}, true, nil
	case result.Status != 200:
		return Answer{}, false, nil
	}
	offset := f.wanted(result, req)
	if result.Body != nil && offset > result.Body.Size()+seekAhead {
		return Answer{}, false, nil
	}
	a, ok = f.joinAt(result, rules, req, offset)
	return a, ok, nil
}

// seekAhead is how far ahead of what has arrived a range may begin for its
// request to wait for it, rather than to ask the origin for the range.
const seekAhead = 1 << 20

// wanted returns the offset of the first byte that req wants of a response,
// where the whole content is wanted if its length is not known yet
// (CF-RNG-04).
func (f *Fetcher) wanted(r *Result, req *Request) int64 {
	if r.Length < 0 {
		return 0
	}
	stored := conditional.StoredOf(200, r.Fields, time.Time{}) // the time matters to no range
	asked := field.Lines{{Name: "Range", Value: req.Range}}
	if req.IfRange != "" {
		asked.Add("If-Range", req.IfRange)
	}
	ranges, _ := byterange.Select(make([]byterange.Range, 0, 4), "GET", asked, stored, r.Length, f.now())
	if len(ranges) == 0 {
		return 0
	}
	return ranges[0].From
}

// join returns a joiner's Answer, if the result may be shared and its content
// can still be had from the first byte.
func (f *Fetcher) join(r *Result, rules *Rules, req *Request) (Answer, bool) {
	return f.joinAt(r, rules, req, 0)
}

// joinAt is join for who wants the content from offset on.
func (f *Fetcher) joinAt(r *Result, rules *Rules, req *Request, offset int64) (Answer, bool) {
	if !r.shared {
		return Answer{}, false
	}
	a := Answer{Result: r, Fields: r.Fields, Collapsed: true}
	if r.Body != nil {
		reader := r.Body.NewReaderAt(offset)
		if reader == nil {
			return Answer{}, false
		}
		a.Content = f.newContent(reader, rules, req, r.streams)
	}
	return a, true
}

// storedPart returns the stored parts that answer req, if another's fetch has
// brought them since the caller's own lookup.
func (f *Fetcher) storedPart(req *Request) *cache.Entry {
	if req.Range == "" || req.Validated {
		return nil
	}
	found := f.cache.LookupParts(req.Hash, req.Key, f.now())
	if found.Outcome != cache.OutcomeFresh || !found.Entry.Partial() {
		return nil
	}
	ranges, selection := byterange.Resolve(make([]byterange.Range, 0, 4), req.Range, found.Entry.Length)
	if selection != byterange.SelectionPartial || req.IfRange != "" && req.IfRange != found.Entry.StrongValidator() {
		return nil
	}
	for _, r := range ranges {
		if !found.Entry.Missing(r).Empty() {
			return nil
		}
	}
	return found.Entry
}
