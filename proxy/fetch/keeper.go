package fetch

import (
	"bytes"
	"errors"
	"io"

	"github.com/groundfront/groundfront/cache"
)

// A keeper hands the content of the answer to a POST to its viewer and keeps a
// copy, which is stored as the answer to a GET once it is complete (RFC 9110
// section 9.3.3). It belongs to the viewer's goroutine: if the viewer leaves,
// nothing is stored.
type keeper struct {
	io.ReadCloser
	fetch    *Fetch
	block    []byte // of the entry; nil when nothing will be stored any more
	reserved int64
	left     int64 // of the content, negative if its length is not known
}

// publishDirect gives the content to the viewer as it comes.
func (ft *Fetch) publishDirect() {
	body := ft.answered.Body
	ft.keepApart(ft.fields)
	if ft.verdict.Storable() && ft.req.Key != nil {
		ft.prefix = ft.entryPrefix()
		body = &keeper{ReadCloser: body, fetch: ft, block: ft.prefix, left: ft.answered.ContentLength}
	}
	result := ft.newResult()
	result.Direct, result.Pending, result.Tunnel = body, ft.answered.Pending, ft.answered.Tunnel
	if ft.req.GRPC {
		result.Trailers = ft.answered.Trailers
	}
	ft.publish(result)
}

// KeepAfter says that the request of a Direct answer was a change of its target
// with this order. What the answer brought is newer than that, and stored only
// if nothing else has changed the target since the origin was asked.
func (a Answer) KeepAfter(order uint64) {
	if a.Result == nil {
		return
	}
	if k, keeps := a.Direct.(*keeper); keeps {
		if ft := k.fetch; ft.cache.LastChange(ft.req.Distribution, ft.req.Key) > ft.ticket.Order {
			k.giveUp()
		} else {
			ft.ticket.Order = order
		}
	}
}

// Read reads content and keeps it.
func (k *keeper) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	if k.block == nil {
		return n, err
	}
	k.left -= int64(n)
	switch {
	case !k.keep(p[:n]):
		k.giveUp()
	case errors.Is(err, io.EOF) && (k.fetch.answered.ContentLength < 0 || k.left == 0):
		k.store()
	case err != nil:
		k.giveUp()
	}
	return n, err
}

// keep appends to the entry if there is room.
func (k *keeper) keep(p []byte) bool {
	c, n := k.fetch.cache, int64(len(p))
	if k.reserved+n > c.MaxObjectSize() || !c.Reserve(n) {
		return false
	}
	k.reserved += n
	k.block = append(k.block, p...)
	return true
}

// store stores what is complete.
func (k *keeper) store() {
	ft := k.fetch
	meta := ft.meta(ft.answered.Status, ft.answered.ContentLength)
	ft.cache.Store(cache.NewEntry(meta, bytes.Clone(k.block), len(ft.req.Key), 0, len(ft.prefix)))
	k.giveUp()
}

// giveUp ends the keeping.
func (k *keeper) giveUp() {
	k.fetch.cache.Release(k.reserved)
	k.block, k.reserved = nil, 0
}

// Close ends the content.
func (k *keeper) Close() error {
	k.giveUp()
	return k.ReadCloser.Close()
}
