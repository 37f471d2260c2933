package fetch

import (
	"cmp"
	"errors"
	"io"
	"sync"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/compress"
)

// transfer moves the origin's content into the buffer that viewers read
// from. Content that ends early is passed on as such and never stored
// (CF-RESP-41, CF-RESP-42).
func transfer(ft *Fetch) state {
	defer ft.answered.Body.Close()
	if ft.content == nil {
		return store
	}
	began := ft.measure()
	err := ft.copyContent()
	if errors.Is(err, origin.ErrSurplus) { // complete for the viewers, suspect for the cache (CF-RESP-44)
		ft.endContent(nil)
		if ft.strict() { // to RFC 9112 section 6.3 it is complete, and what follows is no part of it
			return store
		}
		return nil
	}
	ft.endContent(err)
	if err == nil {
		if ft.member.Observer != nil {
			ft.member.Observer.Content(ft.measure().Sub(began))
		}
		return store
	}
	if errors.Is(err, body.ErrAbandoned) { // not the origin's fault
		ft.withdrawStale()
		return nil
	}
	if ft.ctx.Err() == nil {
		ft.warnOfCut(err)
	}
	return nil
}

func (ft *Fetch) warnOfCut(err error) {
	ft.logger.Warn("origin response was cut off", "origin", ft.member.id(), "reason", origin.KindOf(err).String(),
		"error", err.Error(), "method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
}

// copyBuffers are the steps in which content moves; none outlives its copy.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// copyContent copies, through an encoder if the response is compressed here.
func (ft *Fetch) copyContent() error {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	w := io.WriteCloser(contentWriter{ft})
	if ft.coding != compress.CodingIdentity {
		encoder := compress.NewWriter(ft.coding, contentWriter{ft})
		defer encoder.Discard()
		w = encoder
	}
	for left := ft.answered.ContentLength; ; {
		n, err := ft.answered.Body.Read(*buffer)
		left -= int64(n)
		if n > 0 {
			if _, err := w.Write((*buffer)[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, origin.ErrSurplus):
			return cmp.Or(w.Close(), err)
		case !errors.Is(err, io.EOF):
			return err
		case ft.answered.ContentLength >= 0 && left != 0:
			return &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: io.ErrUnexpectedEOF}
		default:
			return w.Close()
		}
	}
}

// contentWriter writes into the buffer for as long as the fetch may run.
type contentWriter struct{ *Fetch }

func (w contentWriter) Write(p []byte) (int, error) { return w.content.Write(w.ctx, p) }

// Close does nothing: whether the content is complete is not known here.
func (w contentWriter) Close() error { return nil }

// store keeps the complete response, if it may be kept.
func store(ft *Fetch) state {
	if !ft.verdict.Storable() {
		ft.withdrawStale()
		return nil
	}
	length, block := ft.length, ft.prefix
	if ft.content != nil {
		if !ft.content.Whole() { // too large, or no room on the way in
			ft.withdrawStale()
			return nil
		}
		if ft.coding != compress.CodingIdentity {
			length = ft.content.Size() // known by now (CF-RESP-18)
		}
		block = ft.content.Seal()
	}
	var result cache.StoreResult
	switch {
	case ft.part != nil && ft.content.Size() != ft.part.Len():
		return nil // chunked, and not what Content-Range says
	case ft.part != nil:
		entry := cache.NewEntry(ft.meta(ft.answered.Status, ft.part.Complete), block, len(ft.req.Key), 0, len(ft.prefix))
		result = ft.cache.StorePart(entry, ft.part.From, ft.verdict.Drops)
	default:
		entry := cache.NewEntry(ft.meta(ft.answered.Status, length), block, len(ft.req.Key), len(ft.originETag), len(ft.prefix))
		result = ft.cache.Store(entry)
	}
	ft.kept = result == cache.StoreKept
	if !ft.kept {
		ft.logger.Debug("response not stored", "result", result.String(), "path", ft.req.Path, "request_id", ft.req.ID)
	}
	return nil
}

// withdrawStale ends the use of the stored response that was to be refreshed:
// the origin has answered with another one that is not stored. An error says
// nothing about the stored one (CF-STALE-05), nor does what only the request
// kept from the store, an answer to credentials, a part, or what a HEAD brings
// about a GET.
func (ft *Fetch) withdrawStale() {
	switch {
	case ft.stale == nil, ft.answered.Status >= 400, ft.req.NoStore, ft.part != nil, ft.req.rest != nil:
	case ft.req.Method == "HEAD" && !ft.stale.HeadOnly, ft.withCredentials():
	default:
		ft.cache.Withdraw(ft.stale)
	}
}
