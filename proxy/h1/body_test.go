package h1

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

const next = "GET /hit HTTP/1.1\r\nHost: h\r\n\r\n"

// reads returns a Handler that reads n bytes of content, -1 for all, and then
// answers with them.
func reads(n int64) viewer.Handler {
	return func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if n < 0 {
			n = 1 << 30
		}
		b, err := io.ReadAll(io.LimitReader(r.Body, n))
		text := fmt.Sprintf("%.20q %d %v", b, len(b), err)
		w.WriteHead(200, nil, int64(len(text)))
		io.WriteString(w, text)
	}
}

// final returns the response with content, and whether the connection closes.
func final(content string, closes bool) string {
	connection := ""
	if closes {
		connection = "Connection: close\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", connection, len(content), content)
}

// TestBody: what a Handler reads of content, and what becomes of the connection
// when it has not read it all.
func TestBody(t *testing.T) {
	const (
		length  = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
		chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	)
	big := strings.Repeat("x", maxDiscarded)
	for _, c := range []struct {
		name, in string
		read     int64
		want     string
	}{
		{"length", length + "3\r\n\r\nabc" + next, -1, final(`"abc" 3 <nil>`, false) + hitAnswer("/hit")},
		{"no content", length + "0\r\n\r\n" + next, -2, final("none", false) + hitAnswer("/hit")},
		{"chunks", chunked + "3\r\nabc\r\n0\r\nT: 1\r\n\r\n" + next, -1, final(`"abc" 3 <nil>`, false) + hitAnswer("/hit")},
		{"length, ends early", length + "9\r\n\r\nabc", -1, final(`"abc" 3 unexpected EOF`, true)},
		{"chunks end early", chunked + "3\r\nab", -1, final(`"ab" 2 unexpected EOF`, true)},
		{"chunks are wrong", chunked + "3\r\nabcd\r\n0\r\n\r\n" + next, -1, final(`"abc" 3 chunked content: a chunk is longer than its size`, true)},
		{"length, not read", length + "3\r\n\r\nabc" + next, 0, final(`"" 0 <nil>`, false) + hitAnswer("/hit")},
		{"length, partly read", length + "3\r\n\r\nabc" + next, 1, final(`"a" 1 <nil>`, false) + hitAnswer("/hit")},
		{"chunks not read", chunked + "3\r\nabc\r\n0\r\n\r\n" + next, 0, final(`"" 0 <nil>`, false) + hitAnswer("/hit")},
		{"chunks partly read", chunked + "3\r\nabc\r\n0\r\n\r\n" + next, 2, final(`"ab" 2 <nil>`, false) + hitAnswer("/hit")},
		{"chunks wrong where not read", chunked + "3\r\nabc\r\nx\r\n\r\n" + next, 1, final(`"a" 1 <nil>`, false)},
		{"the most that is read over", length + fmt.Sprint(len(big)) + "\r\n\r\n" + big + next, 0, final(`"" 0 <nil>`, false) + hitAnswer("/hit")},
		{"too much to read over", length + fmt.Sprint(len(big)+1) + "\r\n\r\n" + big + "x" + next, 0, final(`"" 0 <nil>`, true)},
		{"chunks, too much to read over", chunked + fmt.Sprintf("%x\r\n%s\r\n5000\r\n%s\r\n0\r\n\r\n", len(big), big, big[:0x5000]) + next, 0, final(`"" 0 <nil>`, false)},
		// Who sends content without being asked is not told to (RFC 9110 section 10.1.1).
		{"continue, content comes", length + "3\r\nExpect: 100-continue\r\n\r\nabc" + next, -1, final(`"abc" 3 <nil>`, false) + hitAnswer("/hit")},
		{"HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", -1, "HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n\"abc\" 3 <nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			handler := reads(c.read)
			if c.read == -2 {
				handler = func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
					if r.Body != nil || r.ContentLength != 0 {
						t.Errorf("got content of length %d, want none", r.ContentLength)
					}
					respond("none")(nil, w, r)
				}
			}
			for _, size := range []int{1 << 20, 4096, 7, 1} {
				if size < 100 && len(c.in) > 1000 {
					continue
				}
				in := cut(c.in, size)
				if strings.Contains(c.name, "continue") {
					in = []string{c.in} // it was there with the head
				}
				d := newDesk(Options{Handler: handler, Hit: shelf})
				check(t, c.in, d.answers(in...), c.want)
			}
		})
	}
}

// TestContinue: a viewer that waits is asked for its content once somebody
// wants it (RFC 9110 section 10.1.1), and not if nobody does: then the
// connection ends, for it may send it or not.
func TestContinue(t *testing.T) {
	const (
		head  = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
		asked = "HTTP/1.1 100 Continue\r\n\r\n"
	)
	for _, c := range []struct {
		name    string
		handler viewer.Handler
		before  string // has come before the viewer sends its content
		after   string // and then
	}{
		{"read", reads(-1), asked, final(`"abc" 3 <nil>`, false) + hitAnswer("/hit")},
		{"partly read", reads(1), asked, final(`"a" 1 <nil>`, false) + hitAnswer("/hit")},
		{"not read", respond("no"), final("no", true), ""},
		{"answered first", func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			w.WriteHead(403, nil, 0)
			if _, err := r.Body.Read(make([]byte, 1)); err == nil {
				t.Error("got content that nobody asked for")
			}
		}, "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{in: make(chan string), stop: make(chan struct{})}
				d := newDesk(Options{Handler: c.handler, Hit: shelf})
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					d.drive(l)
				}()
				l.in <- head
				synctest.Wait()
				check(t, "before", l.output(), c.before)
				if c.after != "" {
					l.in <- "abc" + next
					synctest.Wait()
					check(t, "after", l.output(), c.before+c.after)
				}
				close(l.in)
				<-ended
			})
		})
	}
}

// TestBodyTimeout: each part of content has its time, and so has a head; a
// Handler has as long as it likes.
func TestBodyTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab")
		d := newDesk(Options{Handler: reads(-1), BodyTimeout: 3 * time.Second})
		began := time.Now()
		go func() {
			time.Sleep(2 * time.Second)
			l.in <- "c"
		}()
		kept := d.drive(l)
		if took := time.Since(began); took != 5*time.Second || kept {
			t.Errorf("got the end after %v, kept %v; want it 3 s after the last part", took, kept)
		}
		check(t, "slow content", l.output(), final(`"abc" 3 i/o timeout`, true))
	})
	synctest.Test(t, func(t *testing.T) {
		o := newDesk(Options{HeaderTimeout: 2 * time.Second}).WithDefaults()
		c := NewConn(o, &viewer.Peer{})
		l := newLine()
		began := time.Now()
		_, keep := c.Serve(l, []byte("GET / HTTP"))
		if took := time.Since(began); took != 2*time.Second || keep || l.output() != "" {
			t.Errorf("slow head: got the end after %v, kept %v, %q", took, keep, l.output())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			time.Sleep(time.Hour)
			w.WriteHead(204, nil, 0)
		}})
		check(t, "slow Handler", d.answers(strings.Replace(next, "/hit", "/", 1)), "HTTP/1.1 204 No Content\r\n\r\n")
	})
}

// TestReaderLeft: a Handler may return while another goroutine reads content.
// That one ends before the connection goes on or is closed, and reads nothing
// of what follows.
func TestReaderLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		result := make(chan string, 1)
		body := make(chan io.Reader, 1)
		d := newDesk(Options{Hit: shelf, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			go func() {
				b, err := io.ReadAll(r.Body)
				result <- fmt.Sprintf("%q %v", b, err)
			}()
			synctest.Wait()
			body <- r.Body
			respond("early")(nil, w, r)
		}})
		l := newLine("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
		if kept := d.drive(l); kept {
			t.Error("the connection went on")
		}
		check(t, "early answer", l.output(), final("early", false))
		check(t, "what the reader got", <-result, `"abc" reading was interrupted`)
		if n, err := (<-body).Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("after the end: got %d bytes, %v", n, err)
		}
	})
}

// TestViewerContext: a Handler is told when the viewer leaves, once its content
// has been read.
func TestViewerContext(t *testing.T) {
	for _, content := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			told := make(chan error, 1)
			var l *line
			d := newDesk(Options{Handler: func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				done := ctx.Done()
				if content {
					if l.gone != nil {
						t.Error("watched while content is to come")
					}
					io.ReadAll(r.Body)
				}
				l.leave()
				<-done
				told <- context.Cause(ctx)
			}})
			in := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
			if content {
				in = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
			}
			l = ended(in)
			d.drive(l)
			if err := <-told; err != context.Canceled {
				t.Errorf("content %v: got %v", content, err)
			}
		})
	}
}

// TestContextEnds: when the Handler has returned its context ends too.
func TestContextEnds(t *testing.T) {
	var kept context.Context
	d := newDesk(Options{Handler: func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		kept = ctx
		respond("")(ctx, w, r)
	}})
	d.answers("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if kept.Err() == nil {
		t.Error("the context goes on")
	}
}
