package listener_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/proxy/listener"
)

// TestEndWaitsForSlowViewer: a connection of HTTP/2 that ends in order is not closed
// while its last response is on its way to a viewer that goes on sending what a slow
// one does: that would be answered with a reset, and the rest of the response be lost
// (reliability Z16, RFC 9112 section 9.6).
func TestEndWaitsForSlowViewer(t *testing.T) {
	const path, size = "/hit/slow/60000", 60_000
	serveTCP(t, tags, nil, func(t *testing.T, s *listener.Server, address string) {
		d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error { // what the viewer does not read stays at the server
			return errors.Join(c.Control(func(fd uintptr) {
				syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
			}))
		}}
		c, err := d.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		io.WriteString(c, http2.ClientPreface)
		framer := http2.NewFramer(c, c)
		framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
		framer.WriteWindowUpdate(0, 1<<30)
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndStream: true, EndHeaders: true, BlockFragment: headersOf(path)})
		got := 0
		read := func(until func(http2.Frame) bool) {
			for {
				f, err := framer.ReadFrame()
				if err != nil {
					t.Fatalf("after %d bytes of %d: %v", got, size, err)
				}
				if data, ok := f.(*http2.DataFrame); ok {
					got += len(data.Data())
				}
				if until(f) {
					return
				}
			}
		}
		read(func(f http2.Frame) bool { _, ok := f.(*http2.MetaHeadersFrame); return ok })
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(context.Background()) }()
		select {
		case <-ended:
			t.Error("the connection ended before its viewer had the response")
		case <-time.After(6 * listener.LingerTime): // which a machine that stops may only make longer
		}
		framer.WriteWindowUpdate(0, 1)
		read(func(f http2.Frame) bool { data, ok := f.(*http2.DataFrame); return ok && data.StreamEnded() })
		if got != size {
			t.Errorf("got %d bytes, want %d", got, size)
		}
		c.Close()
		if err := <-ended; err != nil {
			t.Errorf("Shutdown: got %v", err)
		}
	})
}

// headersOf is the block of a GET.
func headersOf(path string) []byte {
	var out bytes.Buffer
	e := hpack.NewEncoder(&out)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "api.example"}, {":path", path}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	return out.Bytes()
}
