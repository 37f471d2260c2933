package h2

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// FuzzFrames sends any frames in any pieces. Whatever comes, the output is a
// sequence of frames that a strict viewer takes, nothing follows an error, and
// what a connection holds stays within its bounds.
//
// The input is made of steps: a byte for the type, one for flags, one for the
// stream, one for the length, and the payload. Types from 128 on are requests
// that are well-formed.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{4, 0, 0, 0, 128, 0, 0, 0, 129, 0, 0, 0, 0, 0, 3, 2, 'a', 'b', 0, 1, 3, 1, 'c'}, uint8(0))
	f.Add([]byte{4, 0, 0, 6, 0, 4, 0, 0, 0, 0, 128, 0, 0, 0, 130, 0, 0, 0, 8, 0, 1, 4, 0, 0, 0, 9, 3, 0, 1, 4, 0, 0, 0, 8}, uint8(7))
	f.Add([]byte{4, 0, 0, 0, 1, 1, 1, 3, 0x82, 0x86, 0x84, 9, 4, 1, 3, 0x41, 1, 'h', 6, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, uint8(3))
	f.Fuzz(func(t *testing.T, steps []byte, piece uint8) {
		if len(steps) > 1<<12 {
			return
		}
		s := newShelf()
		o := withHooks(Options{Handler: fuzzHandler, Hit: s.hit, MaxStreams: 20, StreamWindow: 1000, MaxOutput: 20000, MaxHeaderBytes: 4000})
		c := New(o.WithDefaults(), viewer.Peer{}, func() {})
		in := append([]byte(preface), fuzzFrames(steps)...)
		var out bytes.Buffer
		now, size := time.Unix(0, 0), int(piece)+1
		var err error
		for len(in) > 0 && err == nil {
			n := min(size, len(in))
			now = now.Add(time.Second / 10)
			err = c.Receive(in[:n], now)
			in = in[n:]
			checkBounds(t, c)
			if err == nil && n%3 == 0 {
				err = c.Tick(now)
			}
			if c.Flush(out.Write) != nil {
				t.Fatal("Flush failed")
			}
		}
		if err != nil {
			before := out.Len()
			c.Receive([]byte("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"), now)
			c.Flush(out.Write)
			if out.Len() != before {
				t.Errorf("after %v: got %x", err, out.Bytes()[before:])
			}
		}
		c.Close(nil)
		c.Wait()
		checkOutput(t, out.Bytes(), err)
	})
}

// fuzzHandler reads, writes, and leaves as the path says.
func fuzzHandler(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	switch r.Method {
	case "PUT":
		io.Copy(io.Discard, r.Body)
	case "POST":
		r.Body.Read(make([]byte, 10))
	}
	switch r.Path {
	case "/panic":
		panic("boom")
	case "/abort":
		w.WriteHead(200, nil, 10)
		w.Abort()
		return
	}
	w.WriteHead(200, nil, -1)
	if r.Method != "HEAD" {
		w.Write(make([]byte, 3000))
	}
}

// fuzzFrames makes frames of steps.
func fuzzFrames(steps []byte) (in []byte) {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	id := uint32(1)
	for len(steps) >= 4 {
		kind, flags, stream, length := steps[0], steps[1], uint32(steps[2]), int(steps[3])
		steps = steps[4:]
		if kind < 128 {
			length = min(length, len(steps))
			in = append(appendFrameHeader(in, length, frameType(kind), flags, stream), steps[:length]...)
			steps = steps[length:]
			continue
		}
		block.Reset()
		method := []string{"GET", "PUT", "POST", "HEAD"}[kind%4]
		path := []string{"/5", "/miss", "/30000", "/panic", "/abort"}[length%5]
		for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "h"}} {
			e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		flags = flagEndHeaders
		if method == "GET" || method == "HEAD" {
			flags |= flagEndStream
		}
		in = append(appendFrameHeader(in, block.Len(), frameHeaders, flags, id), block.Bytes()...)
		id += 2
	}
	return in
}

// checkBounds looks at what a connection holds.
func checkBounds(t *testing.T, c *Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := 0
	for _, s := range c.streams {
		held += s.body.waiting()
		if s.body.waiting() > c.o.StreamWindow {
			t.Fatalf("a stream holds %d bytes of content", s.body.waiting())
		}
	}
	if len(c.streams) > int(c.o.MaxStreams) || held > c.o.ConnWindow || c.queued() > c.o.MaxOutput+maxFrame+8<<10 ||
		len(c.partial) > maxFrame+frameHeaderSize || len(c.block.fragments) > 2*c.o.MaxHeaderBytes || c.recvWindow < 0 || c.recvWindow+c.credit > c.o.ConnWindow {
		t.Fatalf("%d streams, %d bytes of content, %d of output, %d of a frame, %d of a block, window %d+%d",
			len(c.streams), held, c.queued(), len(c.partial), len(c.block.fragments), c.recvWindow, c.credit)
	}
}

// checkOutput reads output as a strict viewer does.
func checkOutput(t *testing.T, out []byte, err error) {
	framer := http2.NewFramer(io.Discard, bytes.NewReader(out))
	framer.ReadMetaHeaders = hpack.NewDecoder(tableSize, nil)
	const begun, ended, reset = 1, 2, 3
	streams := map[uint32]int{}
	var kinds []http2.FrameType
	for {
		f, readErr := framer.ReadFrame()
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			t.Fatalf("output is not well-formed: %v", readErr)
		}
		id := f.Header().StreamID
		kinds = append(kinds, f.Header().Type)
		state := streams[id]
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			if state > begun || f.PseudoValue("status") == "" {
				t.Fatalf("%v in state %d", f, state)
			}
			streams[id] = begun
			if f.StreamEnded() {
				streams[id] = ended
			}
		case *http2.DataFrame:
			if state != begun {
				t.Fatalf("%v in state %d", f, state)
			}
			if f.StreamEnded() {
				streams[id] = ended
			}
		case *http2.RSTStreamFrame:
			if state == ended && f.ErrCode == http2.ErrCodeProtocol {
				break // the viewer went on wrongly
			}
			streams[id] = reset
		}
	}
	if len(kinds) == 0 || kinds[0] != http2.FrameSettings {
		t.Fatalf("output begins with %v", kinds)
	}
	at := slices.Index(kinds, http2.FrameGoAway)
	if err != nil && kinds[len(kinds)-1] != http2.FrameGoAway || err == nil && at >= 0 {
		t.Fatalf("error %v: the output ends with %v", err, kinds[len(kinds)-1])
	}
}
