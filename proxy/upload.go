package proxy

import (
	"io"
	"sync/atomic"
)

// An upload is the content of a request on its way to the origin. It counts
// what was taken of it, because chunked content has no length that would tell
// (CF-LF field 18). The origin side reads it in a goroutine of its own, which
// may go on for a moment after the answer.
type upload struct {
	content io.Reader
	taken   atomic.Int64
}

// Read takes the next bytes.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.content.Read(p)
	u.taken.Add(int64(n))
	return n, err
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
	return n + max(x.r.ContentLength, 0)
}
