package proxy

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// CheckHit answers the request of a hit a second time, the long way, and
// returns an error that says where the two answers differ: status, fields with
// their order and spelling, or content. Nothing is logged. It is for tests, which
// have it look at every hit.
func (s *Server) CheckHit(h *viewer.Hit, r *viewer.Request) error {
	w := new(recorder)
	again := *r
	again.Fields = r.Fields.Clone()
	x := Exchange{server: s, snapshot: s.snapshot.Load(), w: w, r: &again, now: s.at(r.Received), rehearsed: true}
	x.run(context.Background())
	var got strings.Builder
	fmt.Fprintf(&got, "%d\n%s", h.Status, h.Stored)
	if h.AllowOrigin != "" {
		fmt.Fprintf(&got, "Access-Control-Allow-Origin: %s\r\n", h.AllowOrigin)
	}
	fmt.Fprintf(&got, "%sX-Amz-Cf-Id: \r\n", h.Edge.H1)
	if h.Age >= 0 {
		fmt.Fprintf(&got, "Age: %d\r\n", h.Age)
	}
	var want strings.Builder
	fmt.Fprintf(&want, "%d\n", w.status)
	for _, l := range w.fields {
		if l.Name == "X-Amz-Cf-Id" {
			l.Value = ""
		}
		fmt.Fprintf(&want, "%s: %s\r\n", l.Name, l.Value)
	}
	switch content := h.Content; {
	case r.Proto == viewer.ProtoHTTP11 && got.String() != want.String(),
		strings.ReplaceAll(got.String(), "Connection: keep-alive\r\n", "") != strings.ReplaceAll(want.String(), "Connection: keep-alive\r\n", ""):
		return fmt.Errorf("%s %s: the hit has\n%s\nand the stages make\n%s", r.Method, r.Path, got.String(), want.String())
	case int64(len(content)) != w.length, r.Method == "GET" && !bytes.Equal(content, w.content.Bytes()):
		return fmt.Errorf("%s %s: the hit has %d bytes of content, the stages make %d, %d announced", r.Method, r.Path, len(content), w.content.Len(), w.length)
	}
	return nil
}

// A recorder keeps a response.
type recorder struct {
	status  int
	fields  field.Lines
	length  int64
	content bytes.Buffer
}

func (w *recorder) WriteInterim(int, field.Lines) error { return nil }
func (w *recorder) WriteHead(status int, fields field.Lines, contentLength int64) error {
	w.status, w.fields, w.length = status, fields.Clone(), contentLength
	return nil
}
func (w *recorder) Write(p []byte) (int, error) { return w.content.Write(p) }
func (w *recorder) Flush() error                { return nil }
func (w *recorder) Abort()                      {}
func (w *recorder) BytesWritten() int64         { return int64(w.content.Len()) }
