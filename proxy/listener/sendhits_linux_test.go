package listener_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/memfile"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestFilesOfHits: large hits leave as files, many pipelined on one connection
// to a viewer that reads slowly, and each one whole.
func TestFilesOfHits(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 3*memfile.Least/16)
	files := memfile.New[string](1 << 30)
	defer files.Close()
	sent := 0
	s := listener.New(listener.Options{
		Engine: listener.EngineEventLoop,
		Logger: slog.New(slog.DiscardHandler),
		Hit: func(h *viewer.Hit, r *viewer.Request) bool {
			h.Status, h.Edge, h.Age, h.Content = 200, &viewer.ReadyFields{}, -1, content
			copy(h.ID[:], strings.Repeat("x", len(h.ID)))
			h.Done = func(*viewer.Hit, *viewer.Request, int64) {}
			if h.WantsFile {
				if h.File = files.Get("content", content); h.File != nil {
					sent++ // the loop's alone, until it has ended
				}
			}
			return true
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, listener.HTTP1, nil) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	const requests = 60
	go io.WriteString(c, strings.Repeat("GET / HTTP/1.1\r\nHost: h\r\n\r\n", requests)+"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
	br := bufio.NewReaderSize(c, 4<<10)
	for i := range requests + 1 {
		if i%20 == 0 {
			time.Sleep(time.Millisecond) // the socket's buffers fill
		}
		method := "GET"
		if i == requests {
			method = "HEAD"
		}
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("response %d: %v", i, err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || method == "GET" && !bytes.Equal(got, content) || resp.ContentLength != int64(len(content)) {
			t.Fatalf("response %d: got %d bytes, %v, want %d", i, len(got), err, len(content))
		}
	}
	c.Close()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
	if sent < requests/2 {
		t.Errorf("got %d files sent, want most of %d", sent, requests)
	}
}
