package fetch

import (
	"context"
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
	err := ft.copyContent()
	if errors.Is(err, origin.ErrSurplus) { // complete for the viewers, suspect for the cache (CF-RESP-44)
		ft.endContent(nil)
		return nil
	}
	ft.endContent(err)
	switch {
	case err == nil:
		return store
	case errors.Is(err, body.ErrNoReaders):
		return nil
	}
	ft.logger.Warn("origin response was cut off", "origin", ft.rules.Origin.ID, "reason", origin.KindOf(err).String(),
		"error", err.Error(), "method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
	return nil
}

// copyBuffers are the steps in which content moves; none outlives its copy.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// copyContent copies, through an encoder if the response is compressed here.
func (ft *Fetch) copyContent() error {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	w := compress.NewWriter(ft.coding, contentWriter{ft.ctx, ft.content})
	defer w.Discard()
	for {
		n, err := ft.answered.Body.Read(*buffer)
		if n > 0 {
			if _, err := w.Write((*buffer)[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return w.Close()
		case errors.Is(err, origin.ErrSurplus):
			return errors.Join(w.Close(), err)
		case err != nil:
			return err
		}
	}
}

// contentWriter writes into the buffer for as long as the fetch may run.
type contentWriter struct {
	ctx     context.Context
	content *body.Buffer
}

func (w contentWriter) Write(p []byte) (int, error) { return w.content.Write(w.ctx, p) }

// store keeps the complete response, if it may be kept.
func store(ft *Fetch) state {
	if !ft.verdict.Storable() {
		return nil
	}
	length := ft.length
	if ft.coding != compress.CodingIdentity {
		length = ft.content.Size() // known by now (CF-RESP-18)
	}
	var block []byte
	prefix := ft.prefix
	switch {
	case ft.content == nil:
		block = ft.entryPrefix()
		prefix = len(block)
	case !ft.content.Whole():
		return nil // too large, or no room on the way in
	default:
		block = ft.content.Seal(ft.entryPrefix())
	}
	entry := cache.NewEntry(ft.meta(ft.answered.Status, length), block, len(ft.req.Key), len(ft.originETag), prefix)
	if result := ft.cache.Store(entry); result != cache.StoreKept {
		ft.logger.Debug("response not stored", "result", result.String(), "path", ft.req.Path, "request_id", ft.req.ID)
	}
	return nil
}
