package standin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Bounds of the bulk resources. mostLarge is the payload limit (AG-LIM-02).
const (
	mostLarge  = 10_485_760
	mostChunks = 1000
	mostPause  = 5000 // ms between chunks
)

// pattern is what /large is made of: lines that compress, 64 bytes each.
const pattern = "groundfront stand-in filler line, sixty-four bytes in all .....\n"

// block is what is written at once.
var block = strings.Repeat(pattern, 64)

// large is GET /large?bytes=N, with Content-Length. It is written from the
// pattern, so that its size costs no memory.
func (s *Standin) large(_ context.Context, c *call) (*response, error) {
	size, err := intParameter(c.query, "bytes", 65_536, 0, mostLarge)
	if err != nil {
		return nil, err
	}
	resp := newResponse(200, "max-age=60")
	resp.lines.Add("Content-Type", "application/octet-stream")
	resp.length = int64(size)
	resp.stream = func(w io.Writer) error { return fill(w, size) }
	return resp, nil
}

func fill(w io.Writer, size int) error {
	for size > 0 {
		n, err := io.WriteString(w, block[:min(size, len(block))])
		if err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// stream is GET /stream?chunks=N&ms=N: N chunks without a Content-Length,
// each sent at once, with ms milliseconds between them. The integration has
// answered with the first byte; its timeout does not bound the rest
// (AG-LIM-13).
func (s *Standin) stream(_ context.Context, c *call) (*response, error) {
	chunks, err := intParameter(c.query, "chunks", 5, 1, mostChunks)
	if err != nil {
		return nil, err
	}
	ms, err := intParameter(c.query, "ms", 0, 0, mostPause)
	if err != nil {
		return nil, err
	}
	resp := newResponse(200, "max-age=60")
	resp.lines.Add("Content-Type", "text/plain; charset=utf-8")
	resp.length = -1
	pause := time.Duration(ms) * time.Millisecond
	resp.stream = func(w io.Writer) error { return sendChunks(c.r.Context(), w, chunks, pause) }
	return resp, nil
}

func sendChunks(ctx context.Context, w io.Writer, chunks int, pause time.Duration) error {
	for i := range chunks {
		if i > 0 && pause > 0 {
			if err := wait(ctx, pause); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "chunk %d of %d\n", i+1, chunks); err != nil {
			return err
		}
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	return nil
}
