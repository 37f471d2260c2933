package listener_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// What a driver owes every connection, whichever protocol it speaks. Paths say
// what is answered: /hit/TAG/SIZE by the HitFunc, all others by the Handler, with
// SIZE bytes that are made of TAG. Nobody else's bytes look like them.

// contentOf returns what a path is answered with.
func contentOf(path string) []byte {
	parts := strings.Split(path, "/")
	size, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || len(parts) < 3 {
		return []byte("?")
	}
	tag := parts[len(parts)-2] + "."
	return bytes.Repeat([]byte(tag), size/len(tag)+1)[:size]
}

var noFields = viewer.NewReadyFields(nil)

// tagHit is the HitFunc.
func tagHit(h *viewer.Hit, r *viewer.Request) bool {
	if !strings.HasPrefix(r.Path, "/hit/") {
		return false
	}
	h.Status, h.Stored, h.Edge, h.Age, h.Content = 200, "", noFields, -1, contentOf(r.Path)
	h.Done = func(*viewer.Hit, *viewer.Request, int64) {}
	copy(h.ID[:], strings.Repeat("i", len(h.ID)))
	return true
}

// tagHandler is the Handler. It sends content in parts, and what it has been
// sent back behind it.
func tagHandler(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	content := contentOf(r.Path)
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			w.Abort()
			return
		}
		content = append(content, sent...)
	}
	if strings.Contains(r.Path, "/chunks/") {
		w.WriteHead(200, nil, -1)
	} else {
		w.WriteHead(200, nil, int64(len(content)))
	}
	for len(content) > 0 {
		n, err := w.Write(content[:min(len(content), 10_000)])
		if err != nil {
			return
		}
		content = content[n:]
	}
}

var tags = listener.Options{Handler: tagHandler, Hit: tagHit}

// eachWay runs a test without TLS and with it.
func eachWay(t *testing.T, o listener.Options, test func(t *testing.T, s *site)) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(t *testing.T) { run(t, secure, o, test) })
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: api.example\r\n\r\n" }

// wantResponses reads the responses to paths.
func wantResponses(t *testing.T, r *bufio.Reader, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := readResponse(r, path); err != nil {
			t.Fatal(err)
		}
	}
}

// readResponse reads the response to a path.
func readResponse(r *bufio.Reader, path string) error {
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if want := contentOf(path); err != nil || response.StatusCode != 200 || !bytes.Equal(content, want) {
		return fmt.Errorf("%s: got %d with %d bytes %.40q, %v; want %d bytes %.40q", path, response.StatusCode, len(content), content, err, len(want), want)
	}
	return nil
}

// TestHandOver: hits and requests of the Handler take turns on a connection, with
// as many requests in a read as there happen to be.
func TestHandOver(t *testing.T) {
	var paths []string
	var in strings.Builder
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		kind := []string{"hit", "hit", "miss", "chunks", "hit"}[random.IntN(5)]
		size := []int{0, 10, 3000, 9000, 70_000}[random.IntN(5)]
		path := fmt.Sprintf("/%s/%d/%d", kind, i, size)
		paths = append(paths, path)
		in.WriteString(get(path))
	}
	for _, piece := range []int{1, 50, 60, 700, 5000, 1 << 20} {
		eachWay(t, tags, func(t *testing.T, s *site) {
			c := s.dial(t)
			defer c.Close()
			go func() {
				rest := in.String()
				for rest != "" {
					n := min(piece, len(rest))
					io.WriteString(c, rest[:n])
					if rest = rest[n:]; piece < 1000 {
						synctest.Wait() // until this has been looked at
					}
				}
			}()
			wantResponses(t, bufio.NewReader(c), paths...)
		})
		if piece == 1 {
			in.Reset()
			for _, path := range paths[:40] { // byte by byte takes its time
				in.WriteString(get(path))
			}
			paths = paths[:40]
		}
	}
}

// TestSlowViewer: a viewer that does not read for a while gets everything in the
// end, and then what it asks for next; meanwhile others are served.
func TestSlowViewer(t *testing.T) {
	for _, path := range []string{"/hit/a/3000000", "/miss/b/3000000", "/chunks/c/3000000"} {
		eachWay(t, tags, func(t *testing.T, s *site) {
			slow := s.dial(t)
			defer slow.Close()
			io.WriteString(slow, get(path)+get("/hit/then/100")+get("/miss/and/100"))
			time.Sleep(50 * time.Second)
			other := s.dial(t)
			defer other.Close()
			io.WriteString(other, get("/hit/other/1000"))
			wantResponses(t, bufio.NewReader(other), "/hit/other/1000")
			r := bufio.NewReader(slow)
			wantResponses(t, r, path, "/hit/then/100", "/miss/and/100")
			io.WriteString(slow, get("/hit/again/100"))
			wantResponses(t, r, "/hit/again/100")
		})
	}
}

// TestDeafViewer: a viewer that takes nothing is cut when its time is over.
func TestDeafViewer(t *testing.T) {
	for _, path := range []string{"/hit/a/3000000", "/miss/b/3000000"} {
		o := tags
		o.MaxConns = 1
		eachWay(t, o, func(t *testing.T, s *site) {
			deaf := s.dial(t)
			io.WriteString(deaf, get(path))
			time.Sleep(70 * time.Second)
			next := s.dial(t) // there is room for it
			defer next.Close()
			io.WriteString(next, get("/hit/x/10"))
			wantResponses(t, bufio.NewReader(next), "/hit/x/10")
			n, _ := io.Copy(io.Discard, deaf)
			if n >= 3_000_000 {
				t.Errorf("got all %d bytes", n)
			}
			deaf.Close()
		})
	}
}

// halfClose ends the viewer's output.
func halfClose(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
}

// TestHalfClosed: who asks and ends its output is answered, and then the
// connection ends at once.
func TestHalfClosed(t *testing.T) {
	for _, paths := range [][]string{{"/hit/a/100"}, {"/hit/a/100", "/hit/b/100000"}, {"/miss/a/100"}, {"/hit/a/100", "/miss/b/100000", "/hit/c/5"}} {
		for _, first := range []bool{false, true} { // the end comes with the requests
			eachWay(t, tags, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.Close()
				began := time.Now()
				var in strings.Builder
				for _, path := range paths {
					in.WriteString(get(path))
				}
				io.WriteString(c, in.String())
				if !first {
					synctest.Wait()
				}
				halfClose(t, c)
				r := bufio.NewReader(c)
				wantResponses(t, r, paths...)
				if b, err := io.ReadAll(r); len(b) > 0 || err != nil {
					t.Errorf("behind the responses: got %q, %v", b, err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("got the end after %v, want it at once", took)
				}
			})
		}
	}
}

// TestViewerLeaves: the Handler is told when the viewer closes or resets the
// connection, also if it has asked for more.
func TestViewerLeaves(t *testing.T) {
	for _, behind := range []string{"", get("/hit/a/1")} {
		for _, reset := range []bool{false, true} {
			told := make(chan error, 1)
			o := listener.Options{Hit: tagHit, Handler: func(ctx context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
				select {
				case <-ctx.Done():
					told <- context.Cause(ctx)
				case <-time.After(time.Hour):
					told <- nil
				}
			}}
			eachWay(t, o, func(t *testing.T, s *site) {
				raw, err := s.l.Dial(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				c := s.over(t, raw)
				io.WriteString(c, get("/miss/a/1")+behind)
				time.Sleep(time.Second)
				if reset {
					raw.(interface{ Reset() }).Reset()
				} else {
					raw.Close()
				}
				synctest.Wait()
				select {
				case err := <-told:
					if err == nil {
						t.Error("told of nothing")
					}
				default:
					// What is ahead keeps the goroutine that has the connection from looking.
					if behind == "" || s.engine == listener.EngineEventLoop {
						t.Errorf("behind %q, reset %v: not told", behind, reset)
					}
					time.Sleep(2 * time.Hour)
					<-told
				}
			})
		}
	}
}

// TestUpload: content that is larger than all buffers goes in while content comes
// out, and the connection goes on.
func TestUpload(t *testing.T) {
	for _, size := range []int{1, 5000, 64 << 10, 1 << 20} {
		eachWay(t, tags, func(t *testing.T, s *site) {
			c := s.dial(t)
			defer c.Close()
			content := contentOf(fmt.Sprint("/x/upload/", size))
			go fmt.Fprintf(c, "POST /miss/up/50000 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s%s", size, content, get("/hit/then/10"))
			r := bufio.NewReader(c)
			response, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(response.Body)
			if want := append(contentOf("/miss/up/50000"), content...); err != nil || !bytes.Equal(got, want) {
				t.Errorf("size %d: got %d bytes, %v, want %d", size, len(got), err, len(want))
			}
			wantResponses(t, r, "/hit/then/10")
		})
	}
}

// TestLargeHead: a head that no buffer of a driver holds, at the beginning of a
// connection and behind other requests.
func TestLargeHead(t *testing.T) {
	o := tags
	o.MaxHeaderBytes = 256 << 10
	large := "GET /miss/large/10 HTTP/1.1\r\nHost: h\r\nA: " + strings.Repeat("x", 200<<10) + "\r\n\r\n"
	for _, c := range []struct {
		in    string
		paths []string
	}{
		{large, []string{"/miss/large/10"}},
		{get("/hit/a/10") + large + get("/hit/b/10"), []string{"/hit/a/10", "/miss/large/10", "/hit/b/10"}},
		{get("/miss/a/10") + large + large, []string{"/miss/a/10", "/miss/large/10", "/miss/large/10"}},
		{strings.Replace(large, "miss", "hit", 1) + large, []string{"/hit/large/10", "/miss/large/10"}},
	} {
		for _, piece := range []int{1000, 1 << 20} {
			eachWay(t, o, func(t *testing.T, s *site) {
				conn := s.dial(t)
				defer conn.Close()
				began := time.Now()
				go func() {
					for rest := c.in; rest != ""; {
						n := min(piece, len(rest))
						io.WriteString(conn, rest[:n])
						rest = rest[n:]
						synctest.Wait()
					}
				}()
				wantResponses(t, bufio.NewReader(conn), c.paths...)
				if took := time.Since(began); took > 0 {
					t.Errorf("got the answers after %v", took)
				}
			})
		}
	}
}

// TestPanicInHit: a panic on the way to a hit ends its connection and no other.
func TestPanicInHit(t *testing.T) {
	var panics atomic.Int32
	o := tags
	o.OnPanic = func() { panics.Add(1) }
	o.Hit = func(h *viewer.Hit, r *viewer.Request) bool {
		if strings.HasSuffix(r.Path, "/boom") {
			panic("boom")
		}
		return tagHit(h, r)
	}
	eachWay(t, o, func(t *testing.T, s *site) {
		panics.Store(0)
		other := s.dial(t)
		defer other.Close()
		for i, in := range []string{get("/boom"), get("/hit/a/10") + get("/boom"), get("/miss/a/10") + get("/boom")} {
			c := s.dial(t)
			began := time.Now()
			io.WriteString(c, in)
			all, _ := io.ReadAll(c)
			if took := time.Since(began); took > time.Second || bytes.Contains(all, []byte("?")) {
				t.Errorf("%q: got %q and the end after %v", in, all, took)
			}
			if got := panics.Load(); int(got) != i+1 {
				t.Errorf("%q: got %d panics, want %d", in, got, i+1)
			}
			c.Close()
		}
		h2 := s.client(t, true)
		if _, err := h2.Get(map[bool]string{false: "http", true: "https"}[s.ca != nil] + "://api.example/boom"); err == nil {
			t.Error("HTTP/2: got a response")
		}
		h2.CloseIdleConnections()
		synctest.Wait() // the connection ends before it is told
		if got := panics.Load(); got < 4 {
			t.Errorf("HTTP/2: got %d panics, want 4", got)
		}
		io.WriteString(other, get("/hit/b/10"))
		wantResponses(t, bufio.NewReader(other), "/hit/b/10")
		if !strings.Contains(s.log.String(), "boom") {
			t.Errorf("got log %s", s.log)
		}
	})
}

// TestNothingOfOthers: what was to be written to a viewer that has gone is written
// to no other.
func TestNothingOfOthers(t *testing.T) {
	o := tags
	o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		time.Sleep(time.Second)
		tagHandler(ctx, w, r)
	}
	eachWay(t, o, func(t *testing.T, s *site) {
		for i := range 30 {
			raw, err := s.l.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(s.over(t, raw), get("/miss/a/10")+get("/hit/secret/1000")+get("/hit/secret/10000"))
			time.Sleep(time.Second / 2)
			raw.(interface{ Reset() }).Reset()
			time.Sleep(time.Second)
			c := s.dial(t)
			path := fmt.Sprintf("/hit/%d/100", i)
			io.WriteString(c, get("/miss/b/10")+get(path)+get(path))
			wantResponses(t, bufio.NewReader(c), "/miss/b/10", path, path)
			c.Close()
		}
	})
}

// TestDrain: no request that comes before its connection is closed goes without
// an answer, and none is served much longer.
func TestDrain(t *testing.T) {
	o := tags
	o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		time.Sleep(10 * time.Second)
		tagHandler(ctx, w, r)
	}
	eachWay(t, o, func(t *testing.T, s *site) {
		var viewers sync.WaitGroup
		ask := func(c net.Conn, paths ...string) {
			for _, path := range paths {
				io.WriteString(c, get(path))
			}
			r := bufio.NewReader(c)
			wantResponses(t, r, paths...)
			if b, err := io.ReadAll(r); len(b) > 0 || err != nil {
				t.Errorf("%v: behind the responses: got %q, %v", paths, b, err)
			}
			c.Close()
		}
		underWay, idle, late, slow := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
		io.WriteString(late, get("/hit/before/10"))
		wantResponses(t, bufio.NewReader(late), "/hit/before/10")
		time.Sleep(5 * time.Second)
		viewers.Go(func() { ask(underWay, "/miss/a/100000") })
		io.WriteString(slow, get("/hit/slow/3000000"))
		synctest.Wait()
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- s.Shutdown(context.Background()) }()
		time.Sleep(50 * time.Millisecond)
		viewers.Go(func() { ask(late, "/hit/late/100") })
		viewers.Go(func() { ask(idle) })
		time.Sleep(5 * time.Second)
		wantResponses(t, bufio.NewReader(slow), "/hit/slow/3000000")
		viewers.Wait()
		if err := <-done; err != nil {
			t.Errorf("Shutdown: got %v", err)
		}
		if took := time.Since(began); took > 21*time.Second {
			t.Errorf("got drained after %v", took)
		}
		slow.Close()
	})
}

// TestDrainDeaf: a viewer that takes nothing does not keep a server that drains
// for longer than any other.
func TestDrainDeaf(t *testing.T) {
	eachWay(t, tags, func(t *testing.T, s *site) {
		deaf := s.dial(t)
		defer deaf.Close()
		io.WriteString(deaf, get("/hit/a/3000000"))
		synctest.Wait()
		began := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 70*time.Second {
			t.Errorf("got drained after %v, want when the time to write is over", took)
		}
	})
}

// TestH2Streams: many streams of a connection, hits and others, to a viewer that
// reads slowly, and content both ways.
func TestH2Streams(t *testing.T) {
	eachWay(t, tags, func(t *testing.T, s *site) {
		client := s.client(t, true)
		defer client.CloseIdleConnections()
		scheme := map[bool]string{false: "http", true: "https"}[s.ca != nil]
		var streams sync.WaitGroup
		for i := range 40 {
			path := fmt.Sprintf("/%s/%d/%d", []string{"hit", "miss"}[i%2], i, []int{0, 100, 20_000, 300_000}[i/2%4])
			streams.Go(func() {
				body := contentOf("/x/up/200000")
				request, _ := http.NewRequest("GET", scheme+"://api.example"+path, nil)
				if i%5 == 1 {
					request, _ = http.NewRequest("POST", scheme+"://api.example"+path, bytes.NewReader(body))
				}
				response, err := client.Do(request)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					return
				}
				time.Sleep(time.Duration(i) * time.Second)
				got, err := io.ReadAll(response.Body)
				response.Body.Close()
				want := contentOf(path)
				if request.Body != nil {
					want = append(want, body...)
				}
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: got %d bytes, %v, want %d", path, len(got), err, len(want))
				}
			})
		}
		streams.Wait()
	})
}

// h2Request is a GET over HTTP/2, with a field that makes it large.
func h2Request(stream int, path string) []byte {
	block := []byte{0x82, 0x86, 0x04, byte(len(path))} // GET, http, a path
	block = append(block, path...)
	block = append(block, 0x01, 1, 'h', 0x00, 1, 'a', 0x7f, 0x81, 0x1e) // :authority: h, and 4,000 bytes of a
	block = append(block, bytes.Repeat([]byte("x"), 127+0x81&0x7f+0x1e<<7)...)
	return append([]byte{0, byte(len(block) >> 8), byte(len(block)), 1, 5, 0, 0, 0, byte(stream)}, block...)
}

// TestH2ReadsWhileItWrites: a viewer that asks for much and does not read until
// it has done so is not waited for, as it would wait for us (RFC 9113 section
// 5.2.2).
func TestH2ReadsWhileItWrites(t *testing.T) {
	for _, kind := range []string{"hit", "miss"} {
		run(t, false, tags, func(t *testing.T, s *site) {
			c := s.dial(t)
			defer c.Close()
			in := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" +
				"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + "\x00\x04\x00\x10\x00\x00" + // SETTINGS_INITIAL_WINDOW_SIZE of 1 MiB
				"\x00\x00\x04\x08\x00\x00\x00\x00\x00" + "\x01\x00\x00\x00") // WINDOW_UPDATE of the connection, 16 MiB
			const requests = 60
			for i := range requests {
				in = append(in, h2Request(2*i+1, fmt.Sprintf("/%s/%d/30000", kind, i))...)
			}
			c.SetDeadline(time.Now().Add(10 * time.Second))
			if n, err := c.Write(in); err != nil {
				t.Fatalf("%s: got %v after %d bytes of %d", kind, err, n, len(in))
			}
			r := bufio.NewReader(c)
			for ended := 0; ended < requests; {
				var head [9]byte
				if _, err := io.ReadFull(r, head[:]); err != nil {
					t.Fatalf("%s: got %v after %d responses", kind, err, ended)
				}
				r.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2]))
				if head[3] == 0 && head[4]&1 != 0 { // DATA with END_STREAM
					ended++
				}
			}
		})
	}
}

// TestSlowFields: bytes that come forever, but slowly, end with the time for a
// head.
func TestSlowFields(t *testing.T) {
	eachWay(t, tags, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.Close()
		began := time.Now()
		var sending sync.WaitGroup
		defer sending.Wait()
		sending.Go(func() {
			io.WriteString(c, "GET / HTTP/1.1\r\n")
			for range 100 {
				time.Sleep(time.Second)
				if _, err := io.WriteString(c, "A: b\r\n"); err != nil {
					return
				}
			}
		})
		_, err := io.ReadAll(c)
		if took := time.Since(began); took > 12*time.Second {
			t.Errorf("got the end after %v, %v; want it after 10 s", took, err)
		}
	})
}
