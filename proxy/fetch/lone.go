package fetch

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/compress"
)

// A lone is content that goes straight to the only viewer of its fetch, which
// ends with it.
type lone struct {
	io.ReadCloser
	fetch *Fetch
	began time.Time
	end   func()
	once  sync.Once
}

// passesOn reports whether nobody but the viewer whose goroutine this is has
// any use of the content, and needs it as it is.
func (ft *Fetch) passesOn() bool {
	return ft.inline && !ft.verdict.Storable() && ft.verdict.Share != freshness.ShareAllowed &&
		ft.coding == compress.CodingIdentity && ft.hasContent()
}

// Read reads content, and reports how its end came about.
func (l *lone) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	ft := l.fetch
	switch {
	case err == nil, errors.Is(err, origin.ErrSurplus):
	case errors.Is(err, io.EOF):
		if ft.member.Observer != nil {
			ft.member.Observer.Content(ft.measure().Sub(l.began))
		}
	case ft.ctx.Err() == nil:
		ft.warnOfCut(err)
	}
	return n, err
}

// Close ends the fetch.
func (l *lone) Close() error {
	err := l.ReadCloser.Close()
	l.once.Do(l.end)
	return err
}
