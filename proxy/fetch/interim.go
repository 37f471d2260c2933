package fetch

import (
	"context"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Interim responses (RFC 9110 section 15.2) go to the viewer that caused the
// fetch while it waits for the final one. They are never stored, and the final
// one does not wait for a viewer that is slow to take them: those that do not
// fit in a short queue are lost.

// An interim is one such response.
type interim struct {
	status int
	fields field.Lines
}

// The bounds of what waits for a viewer: how many, and their bytes in all.
const (
	maxInterims     = 8
	maxInterimBytes = 32 << 10
)

// openInterims makes the queue to a leader that wants interim responses.
func (ft *Fetch) openInterims() {
	if ft.req.Interim != nil {
		ft.interims = make(chan interim, maxInterims)
	}
}

// passInterim hands an interim response on, with the fields that a final one
// could have.
func (ft *Fetch) passInterim(status int, fields field.Lines) {
	ft.cleanResponse(&fields)
	fields.Del("Content-Length")
	if ft.inline { // this goroutine is the viewer's
		ft.req.Interim(status, fields)
		return
	}
	for i := range fields {
		ft.interimBytes += len(fields[i].Name) + len(fields[i].Value)
	}
	if ft.interimBytes > maxInterimBytes {
		return
	}
	select {
	case ft.interims <- interim{status, fields}:
	default:
	}
}

// awaitHead waits for the leader's result and passes on what comes before it.
// The error is ctx's cause.
func (ft *Fetch) awaitHead(ctx context.Context) (*Result, error) {
	for {
		select {
		case i := <-ft.interims:
			ft.req.Interim(i.status, i.fields)
		case <-ft.flight.Done():
			for len(ft.interims) > 0 {
				i := <-ft.interims
				ft.req.Interim(i.status, i.fields)
			}
			return ft.flight.Wait(ctx, nil)
		case <-ctx.Done():
			return ft.flight.Wait(ctx, nil)
		}
	}
}
