package proxy

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A source is where content comes from that is not in memory as a whole. What
// it has sent cannot be had again: the ranges that are asked of it ascend.
//
// Each kind has a method send(ctx, x, r). It sends the bytes in r to the viewer
// of x, or up to the end of the content if that comes first, and reports
// whether more can be sent: not when the viewer has gone or the content was cut
// off, which it has then told x. The method is not called through the
// interface, because then every Exchange would be on the heap.
type source interface{ isSource() }

func (stream) isSource()      {}
func (direct) isSource()      {}
func (file) isSource()        {}
func (storedParts) isSource() {}
func (stitched) isSource()    {}

// everything is the range of all content, whatever its length.
var everything = byterange.Range{To: math.MaxInt64}

// sourceOf returns where the content of a fetch comes from, nil if it has
// none.
func sourceOf(got fetch.Answer) source {
	switch {
	case got.Content != nil:
		return stream{got.Content}
	case got.Direct != nil:
		return direct{got.Direct}
	}
	return nil
}

// sendContent sends what the answer has chosen of its content.
func (x *Exchange) sendContent(ctx context.Context) {
	a := &x.answer
	if a.segments == nil {
		x.sendRange(ctx, everything)
		return
	}
	for _, s := range a.segments {
		if !x.write([]byte(s.Literal)) || !x.sendRange(ctx, s.Body) {
			return
		}
	}
}

// sendRange sends the bytes in r of the answer's content.
func (x *Exchange) sendRange(ctx context.Context, r byterange.Range) bool {
	if r.Len() == 0 {
		return true
	}
	switch s := x.answer.source.(type) {
	case stream:
		return s.send(ctx, x, r)
	case direct:
		return s.send(ctx, x, r) && x.sendTrailers()
	case file:
		return s.send(ctx, x, r)
	case storedParts:
		return s.send(ctx, x, r)
	case stitched:
		return s.send(ctx, x, r)
	}
	content := x.answer.content
	return x.write(content[r.From:min(r.To, int64(len(content)))])
}

// A stream is content that still arrives for others too.
type stream struct{ content *fetch.Content }

// send sends what is at hand before it waits for more. A place behind the
// range would send other bytes than the head has announced: that cannot
// happen, and if it does the response is cut.
func (s stream) send(ctx context.Context, x *Exchange, r byterange.Range) bool {
	s.content.Skip(r.From)
	if s.content.Offset() != r.From {
		x.cut(ctx)
		return false
	}
	for !r.Empty() {
		p, err := s.content.Next(ctx)
		switch {
		case errors.Is(err, io.EOF) && r.To == everything.To:
			return true
		case err != nil: // an end within a range that was promised, too
			x.cut(ctx)
			return false
		}
		p = p[:min(int64(len(p)), r.Len())]
		r.From += int64(len(p))
		if !x.write(p) || !r.Empty() && !s.content.Buffered() && !x.flush() {
			return false
		}
	}
	return true
}

// giveBack puts a buffer back into its pool, unless a write of it has failed:
// net/http's HTTP/2 returns from a write whose stream was reset while another
// goroutine of it may still read the bytes, and would send the viewer those of
// whoever gets the buffer next.
func (x *Exchange) giveBack(pool *sync.Pool, buffer *[]byte) {
	if !x.sent.gone {
		pool.Put(buffer)
	}
}

// A direct is content that comes straight from the origin, for one viewer.
type direct struct{ content io.Reader }

var deliverBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// send sends the content as it comes, whatever the range: its request went to
// the origin with the viewer's own.
func (d direct) send(ctx context.Context, x *Exchange, _ byterange.Range) bool {
	buffer := deliverBuffers.Get().(*[]byte)
	sent := d.sendBy(ctx, x, *buffer)
	x.giveBack(&deliverBuffers, buffer) // and not after a panic: somebody may still read it
	return sent
}

func (d direct) sendBy(ctx context.Context, x *Exchange, buffer []byte) bool {
	for {
		n, err := d.content.Read(buffer)
		if n > 0 && (!x.write(buffer[:n]) || err == nil && !x.flush()) {
			return false
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, origin.ErrSurplus):
			return true
		case err != nil:
			x.cut(ctx)
			return false
		}
	}
}

// A file is content on disk.
type file struct {
	reader *disk.Reader
	length int64
}

var blockBuffers = sync.Pool{New: func() any { b := make([]byte, disk.BlockSize); return &b }}

// leastSent is the least content that the kernel is asked to send: it takes a
// descriptor for each viewer, which blocks do not (BenchmarkSend in cache/disk
// has what it saves for 16 MiB).
const leastSent = 1 << 20

// send has the kernel send content that was found good, over a connection that
// needs no more; anything else it reads block by block, each checked, and each
// when the viewer has taken the one before.
func (f file) send(ctx context.Context, x *Exchange, r byterange.Range) bool {
	r.To = min(r.To, f.length)
	if sender, ok := x.w.(viewer.FileSender); ok && r.Len() >= leastSent && sender.SendsFiles() {
		if content := f.reader.Descriptor(r.From); content != nil {
			defer content.Close()
			return x.sentFile(ctx, sender.SendFile(content, r.Len()))
		}
	}
	return f.sendBlocks(ctx, x, r)
}

// sentFile takes note of what became of sending a file.
func (x *Exchange) sentFile(ctx context.Context, err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, io.ErrUnexpectedEOF): // it was shortened by somebody else
		x.cut(ctx)
	default:
		x.sent.gone = true
	}
	return false
}

// sendBlocks sends checked blocks.
func (f file) sendBlocks(ctx context.Context, x *Exchange, r byterange.Range) bool {
	buffer := blockBuffers.Get().(*[]byte)
	sent := f.sendBlocksBy(ctx, x, r, *buffer)
	x.giveBack(&blockBuffers, buffer) // and not after a panic
	return sent
}

func (f file) sendBlocksBy(ctx context.Context, x *Exchange, r byterange.Range, buffer []byte) bool {
	for r.Len() > 0 {
		p, err := f.reader.Block(buffer, r.From)
		if err != nil {
			x.server.logger.Warn("a stored response cannot be read to its end", "error", err, "offset", r.From,
				"path", x.path, "request_id", x.id)
			x.answer.detailed = accesslog.DetailedTypeError
			x.cut(ctx)
			return false
		}
		p = p[:min(int64(len(p)), r.Len())]
		if !x.write(p) {
			return false
		}
		r.From += int64(len(p))
	}
	return true
}

// contentOf returns the content of a stored response: in memory, or where it
// comes from. there is false if it is lost.
func (x *Exchange) contentOf(e *cache.Entry) (content []byte, from source, there bool) {
	if e.Stored() == nil || x.r.Method == "HEAD" {
		return e.Content(), nil, true
	}
	r := x.server.cache.Open(e)
	if r == nil {
		return nil, nil, false
	}
	return nil, file{r, e.Size()}, true
}
