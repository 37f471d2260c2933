package h2

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

const stored = "Content-Type: application/json\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nETag: \"abc\"\r\nCache-Control: max-age=60\r\nx-amzn-RequestId: 5f0d7f0c-0000-4000-8000-000000000000\r\n"

var edge = viewer.NewReadyFields(field.Lines{
	{Name: "X-Cache", Value: "Hit from cloudfront"}, {Name: "Via", Value: "1.1 0123.cloudfront.net (CloudFront)"}, {Name: "X-Amz-Cf-Pop", Value: "FRA56-P1"},
})

// A shelf answers all but /miss at once, with N bytes for /N.
type shelf struct {
	asked, told int
	bytes       atomic.Int64
	content     []byte
	id          viewer.RequestID
	finish      func(*viewer.Hit, *viewer.Request, int64)
}

func (s *shelf) hit(h *viewer.Hit, r *viewer.Request) bool {
	s.asked++
	if r.Path == "/miss" {
		return false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.Path, "/"))
	if err != nil {
		n = 5
	}
	h.Status, h.Stored, h.Edge, h.Age, h.Content, h.ID, h.Done = 200, stored, edge, 7, s.content[:n], s.id, s.finish
	h.AllowOrigin, h.ServerTiming = r.Fields.Get("Origin"), r.Fields.Get("Timing")
	return true
}

func (s *shelf) done(_ *viewer.Hit, _ *viewer.Request, n int64) {
	s.told++
	s.bytes.Add(n)
}

// handle answers like hit, as a Handler.
func (s *shelf) handle(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	var fields field.Lines
	for line := range strings.SplitSeq(strings.TrimSuffix(stored, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		fields.Add(name, value)
	}
	if origin := r.Fields.Get("Origin"); origin != "" {
		fields.Add("Access-Control-Allow-Origin", origin)
	}
	fields = append(fields, edge.Lines...)
	fields.Add("X-Amz-Cf-Id", strings.Repeat("i", 56))
	fields.Add("Age", "7")
	if timing := r.Fields.Get("Timing"); timing != "" {
		fields.Add("Server-Timing", timing)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(r.Path, "/"))
	if err != nil {
		n = 5
	}
	w.WriteHead(200, fields, int64(n))
	if r.Method != "HEAD" {
		w.Write(s.content[:n])
	}
	s.bytes.Add(w.BytesWritten())
}

func newShelf() *shelf {
	s := &shelf{content: bytes.Repeat([]byte("c"), 1<<20)}
	s.finish = s.done
	copy(s.id[:], strings.Repeat("i", len(s.id)))
	return s
}

// TestHitLikeHandler: a hit is what the viewer would get from the Handler, and
// is counted like that, also where it has to wait for windows.
func TestHitLikeHandler(t *testing.T) {
	for _, tt := range []struct{ name, say string }{
		{"small", "HEADERS 1 END_STREAM GET /5"},
		{"empty", "HEADERS 1 END_STREAM GET /0"},
		{"HEAD", "HEADERS 1 END_STREAM HEAD /5"},
		{"two frames", "HEADERS 1 END_STREAM GET /16385"},
		{"a window", "HEADERS 1 END_STREAM GET /65535"},
		{"several", "HEADERS 1 END_STREAM GET /1;HEADERS 3 END_STREAM GET /2\nHEADERS 5 END_STREAM HEAD /3;HEADERS 7 END_STREAM GET /4"},
		{"stream window", "SETTINGS INITIAL_WINDOW_SIZE=10;HEADERS 1 END_STREAM GET /25\nWINDOW_UPDATE 1 10\nWINDOW_UPDATE 1 10"},
		{"no window", "SETTINGS INITIAL_WINDOW_SIZE=0;HEADERS 1 END_STREAM GET /25\nSETTINGS INITIAL_WINDOW_SIZE=5\nSETTINGS INITIAL_WINDOW_SIZE=30"},
		{"connection window", "HEADERS 1 END_STREAM GET /65530\nHEADERS 3 END_STREAM GET /10\nWINDOW_UPDATE 0 3\nWINDOW_UPDATE 0 3"},
		{"origins", "HEADERS 1 END_STREAM GET /5 origin=https://a.test;HEADERS 3 END_STREAM GET /5\nHEADERS 5 END_STREAM GET /5 origin=https://b.test"},
		{"timing", "HEADERS 1 END_STREAM GET /5 timing=a;HEADERS 3 END_STREAM GET /5\nHEADERS 5 END_STREAM GET /5 timing=b"},
		{"cookies", "HEADERS 1 END_STREAM GET /5 cookie=a=1 accept=x cookie=b=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			talkOf := func(o Options) (all string) {
				run(t, o, func(k *talk) {
					for line := range strings.SplitSeq(tt.say, "\n") {
						for part := range strings.SplitSeq(line, ";") { // one by one: Handlers are not in order
							all += k.say(part) + "\n"
						}
					}
				})
				return all
			}
			slow, fast := newShelf(), newShelf()
			want := talkOf(Options{Handler: slow.handle})
			got := talkOf(Options{Handler: slow.handle, Hit: fast.hit})
			if got != want {
				t.Errorf("%s\nhits\n%s\nHandler\n%s", tt.say, got, want)
			}
			if fast.told == 0 || fast.told != fast.asked || fast.bytes.Load() != slow.bytes.Load() {
				t.Errorf("%s: got %d answers of %d told, %d bytes, want %d", tt.say, fast.told, fast.asked, fast.bytes.Load(), slow.bytes.Load())
			}
		})
	}
}

// TestNoHit: what is asked of the HitFunc, and what is not.
func TestNoHit(t *testing.T) {
	for _, tt := range []struct {
		say   string
		asked int
	}{
		{"HEADERS 1 END_STREAM GET /miss", 1},
		{"HEADERS 1 END_STREAM GET /5 authorization=x origin=http://a", 1},
		{"HEADERS 1 END_STREAM POST /5", 0},
		{"HEADERS 1 GET /5", 0},
		{"HEADERS 1 END_STREAM GET /5 range=bytes=0-1", 0},
		{"HEADERS 1 END_STREAM GET /5 if-none-match=x", 0},
		{"HEADERS 1 END_STREAM GET /5 expect=100-continue", 0},
		{"HEADERS 1 END_STREAM GET /5 te=trailers", 0},
		{"HEADERS 1 END_STREAM GET /5 content-length=0", 0},
		{"HEADERS 1 END_STREAM GET /5 http2-settings=x", 0},
	} {
		s := newShelf()
		handled := 0
		h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			handled++
			w.WriteHead(204, nil, 0)
		}
		run(t, Options{Handler: h, Hit: s.hit}, func(k *talk) { k.say(tt.say) })
		if s.asked != tt.asked || handled != 1-s.told {
			t.Errorf("%s: got %d asked, %d told, %d handled, want %d asked", tt.say, s.asked, s.told, handled, tt.asked)
		}
	}
}

// TestHitBesideHandlers: more output than MaxOutput is not made, whatever one
// Receive brings.
func TestHitBesideHandlers(t *testing.T) {
	s := newShelf()
	run(t, Options{Handler: s.handle, Hit: s.hit, MaxOutput: 32 << 10}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=1000000", "WINDOW_UPDATE 0 100000000")
		for id := 1; id < 200; id += 2 {
			k.write(fmt.Sprintf("HEADERS %d END_STREAM GET /20000", id))
		}
		k.err = k.Receive(k.in.Bytes(), time.Now())
		k.in.Reset()
		if most := 32<<10 + maxFrame + 8<<10; k.queued() > most {
			t.Errorf("got %d bytes of output in one go, want at most %d", k.queued(), most)
		}
		got := k.hear()
		if n := strings.Count(got, "END_STREAM"); n != 100 || s.asked == 100 || s.asked == 0 {
			t.Errorf("got %d of 100 responses, %d at once", n, s.told)
		}
	})
}

// benchConn is a connection for benchmarks, and what a viewer would send on it.
type benchConn struct {
	*Conn
	id      uint32
	in      []byte
	block   bytes.Buffer
	encoder *hpack.Encoder
}

func newBenchConn(b testing.TB, s *shelf) *benchConn {
	o := withHooks(Options{Handler: s.handle, Hit: s.hit})
	c := &benchConn{Conn: New(o.WithDefaults(), viewer.Peer{}, func() {}), id: 1}
	c.encoder = hpack.NewEncoder(&c.block)
	c.in = append([]byte(preface), appendFrameHeader(nil, 0, frameSettings, 0, 0)...)
	c.flow(b)
	return c
}

// add appends a request with a header block to the input, and window for its
// response.
func (c *benchConn) add(block []byte) {
	c.in = appendFrameHeader(c.in, len(block), frameHeaders, flagEndHeaders|flagEndStream, c.id)
	c.in = append(c.in, block...)
	c.id += 2
}

func (c *benchConn) flow(b testing.TB) {
	if err := c.Receive(c.in, time.Time{}.Add(time.Hour)); err != nil {
		b.Fatal(err)
	}
	if err := c.Flush(discard); err != nil {
		b.Fatal(err)
	}
	c.in = c.in[:0]
}

func discard(p []byte) (int, error) { return len(p), nil }

func (c *benchConn) hits(b testing.TB, block []byte, n int) {
	for range n {
		c.add(block)
	}
	c.in = appendWindowUpdate(c.in, 0, 1024*n)
	if c.id > 1<<30 {
		b.Fatal("out of streams")
	}
	c.flow(b)
}

func plainBlock(e *hpack.Encoder, out *bytes.Buffer, path string) []byte {
	out.Reset()
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "api.example"}, {":path", path}} {
		e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: f[0] == ":path"})
	}
	return bytes.Clone(out.Bytes())
}

func BenchmarkHit(b *testing.B) {
	for _, bb := range []struct {
		name  string
		block func(*hpack.Encoder, *bytes.Buffer, string) []byte
		n     int
	}{{"1", plainBlock, 1}, {"1 browser", browserBlock, 1}, {"32", plainBlock, 32}, {"32 browser", browserBlock, 32}} {
		b.Run(bb.name, func(b *testing.B) {
			c := newBenchConn(b, newShelf())
			c.hits(b, bb.block(c.encoder, &c.block, "/1024"), 1)
			warm := bb.block(c.encoder, &c.block, "/1024")
			b.ReportAllocs()
			b.SetBytes(int64(1024 * bb.n))
			for b.Loop() {
				c.hits(b, warm, bb.n)
			}
		})
	}
}

// BenchmarkHandler is the way that everything takes which is no hit.
func BenchmarkHandler(b *testing.B) {
	s := newShelf()
	c := newBenchConn(b, s)
	c.hits(b, plainBlock(c.encoder, &c.block, "/1024"), 1)
	warm := plainBlock(c.encoder, &c.block, "/1024")
	c.o.Hit = nil
	b.ReportAllocs()
	for b.Loop() {
		c.hits(b, warm, 1)
		c.Wait()
	}
}

func ExampleConn() {
	o := Options{
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			w.WriteHead(200, nil, 5)
			io.WriteString(w, "hello")
		},
		Page:        func(int) (field.Lines, []byte) { return nil, nil },
		OnMalformed: func(string, int, string) {},
		OnPanic:     func(any, *viewer.Request) {},
	}
	output := make(chan struct{}, 1)
	c := New(o.WithDefaults(), viewer.Peer{}, func() { output <- struct{}{} })

	// The greeting, and GET / of a stream 1.
	in := append([]byte(preface), 0, 0, 0, 4, 0, 0, 0, 0, 0)
	in = append(in, 0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 'h')
	if err := c.Receive(in, time.Now()); err != nil {
		fmt.Println(err)
	}
	<-output // the Handler has answered
	var out bytes.Buffer
	c.Flush(out.Write)
	fmt.Println(strings.Contains(out.String(), "hello"))
	c.Close(nil)
	c.Wait()
	// Output: true
}

// TestNoteIsOfItsRequest: what the HitFunc notes reaches the Handler of that
// request, and none that comes along with it and that the HitFunc is not asked
// about.
func TestNoteIsOfItsRequest(t *testing.T) {
	var mu sync.Mutex
	var got []string
	o := Options{
		Hit: func(_ *viewer.Hit, r *viewer.Request) bool {
			r.Note = "note of " + r.Path
			return false
		},
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprintf("%s %s %v %t", r.Method, r.Path, r.Note, r.Tried))
			w.WriteHead(204, nil, 0)
		},
	}
	run(t, o, func(k *talk) { k.say("HEADERS 1 END_STREAM GET /a", "HEADERS 3 POST /b", "DATA 3 END_STREAM x") })
	slices.Sort(got) // Handlers are not in order
	if want := []string{"GET /a note of /a true", "POST /b <nil> false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
