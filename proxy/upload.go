package proxy

import (
	"errors"
	"io"
	"math"
	"sync/atomic"
)

// An upload is the content of a request on its way to the origin. It counts
// what was taken of it, because chunked content has no length that would tell
// (CF-LF field 18), and ends with an error where there is more than there may
// be (CF-SIZE-05): then the origin sees a request without an end. The origin
// side reads it in a goroutine of its own, which may go on for a moment after
// the answer.
type upload struct {
	content io.Reader
	max     int64 // bytes
	taken   atomic.Int64
}

var errTooLarge = errors.New("the request has more content than it may have")

// beginUpload returns the content of the request as the origin side reads it.
func (x *Exchange) beginUpload() *upload {
	x.upload = &upload{content: x.r.Body, max: math.MaxInt64}
	if x.snapshot.MaxContent > 0 {
		x.upload.max = x.snapshot.MaxContent
	}
	return x.upload
}

// Read takes the next bytes. Of content that is too large none is given of the
// part with which it became so.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.content.Read(p)
	if u.taken.Add(int64(n)) > u.max {
		return 0, errTooLarge
	}
	return n, err
}

// tooLarge reports whether more came than may. A nil upload is not.
func (u *upload) tooLarge() bool { return u != nil && u.taken.Load() > u.max }

// announcesTooMuch reports whether the length of the content, which has not
// been read, is more than it may have.
func (x *Exchange) announcesTooMuch() bool {
	return x.snapshot.MaxContent > 0 && x.r.ContentLength > x.snapshot.MaxContent
}

// bytesIn is what the viewer sent up to now, head and content. Content that
// nobody took counts as announced: it came, but nobody looked.
func (x *Exchange) bytesIn() int64 {
	n := int64(x.r.HeadBytes)
	if x.traffic != nil {
		return n + x.traffic.in.Load()
	}
	if x.upload != nil {
		return n + x.upload.taken.Load()
	}
	if x.content != nil {
		n += max(x.content.read-max(x.r.ContentLength, 0), 0)
	}
	return n + max(x.r.ContentLength, 0)
}
