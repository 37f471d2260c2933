package listener_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// BenchmarkEventLoop measures hits of 1 KiB over a loopback connection, with the
// viewer's part, one request at a time and 32 in a write; beside it the driver
// with a goroutine for each connection.
func BenchmarkEventLoop(b *testing.B) {
	for _, e := range []listener.Engine{listener.EngineEventLoop, listener.EngineGoroutine} {
		for _, c := range []struct {
			name     string
			requests int
		}{{"one", 1}, {"32 pipelined", 32}} {
			if e.Available() == nil {
				b.Run(e.String()+"/"+c.name, func(b *testing.B) { benchHits(b, e, c.requests) })
			}
		}
	}
}

func benchHits(b *testing.B, e listener.Engine, requests int) {
	o := tags
	o.Engine = e
	content, done := contentOf("/hit/a/1024"), func(*viewer.Hit, *viewer.Request, int64) {}
	o.Hit = func(h *viewer.Hit, r *viewer.Request) bool {
		h.Status, h.Stored, h.Edge, h.Age, h.Content, h.Done = 200, "", noFields, -1, content, done
		return true
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := listener.New(o)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, listener.HTTP1, nil) }()
	defer func() {
		s.Shutdown(context.Background())
		<-served
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	in := []byte(strings.Repeat(get("/hit/a/1024"), requests))
	out := make([]byte, requests*hitSize(b, c, in[:len(in)/requests]))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(in); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*requests), "ns/request")
}

// hitSize returns how many bytes a request is answered with.
func hitSize(b *testing.B, c net.Conn, request []byte) int {
	if _, err := c.Write(request); err != nil {
		b.Fatal(err)
	}
	p := make([]byte, 64<<10)
	for n := 0; ; {
		k, err := c.Read(p[n:])
		if err != nil {
			b.Fatal(err)
		}
		n += k
		if end := bytes.Index(p[:n], []byte("\r\n\r\n")); end >= 0 && n == end+4+1024 {
			return n
		}
	}
}
