package h1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestResponse: what ends the content and what becomes of the connection, by
// version, method, status and length (RFC 9112 sections 6.3 and 9.3).
func TestResponse(t *testing.T) {
	const (
		get10   = "GET / HTTP/1.0\r\n"
		get     = "GET / HTTP/1.1\r\nHost: h\r\n"
		head    = "HEAD / HTTP/1.1\r\nHost: h\r\n"
		keep    = "Connection: keep-alive\r\n"
		closing = "Connection: close\r\n"
	)
	for _, c := range []struct {
		name, in string
		status   int
		length   int64
		content  string // written in two parts
		fields   field.Lines
		want     string
		kept     bool
	}{
		{"length", get, 200, 2, "ab", nil, "200 OK|Content-Length: 2||ab", true},
		{"no content", get, 200, 0, "", nil, "200 OK|Content-Length: 0||", true},
		{"chunks", get, 200, -1, "ab", nil, "200 OK|Transfer-Encoding: chunked||1|a|1|b|0||", true},
		{"no chunk", get, 200, -1, "", nil, "200 OK|Transfer-Encoding: chunked||0||", true},
		{"HEAD", head, 200, 12345, "", nil, "200 OK|Content-Length: 12345||", true},
		{"HEAD of what has no length", head, 200, -1, "", nil, "200 OK||", true},
		{"204", get, 204, 0, "", nil, "204 No Content||", true},
		{"204 of no length", get, 204, -1, "", nil, "204 No Content||", true},
		{"304", get, 304, 77, "", nil, "304 Not Modified|Content-Length: 77||", true},
		{"304 of no length", get, 304, -1, "", nil, "304 Not Modified||", true},
		{"unknown status", get, 599, 0, "", nil, "599 |Content-Length: 0||", true},
		{"close", get + closing, 200, 2, "ab", nil, "200 OK|Connection: close|Content-Length: 2||ab", false},
		{"close, chunks", get + closing, 200, -1, "ab", nil, "200 OK|Connection: close|Transfer-Encoding: chunked||1|a|1|b|0||", false},
		{"keep-alive", get + keep, 200, 2, "ab", nil, "200 OK|Content-Length: 2||ab", true},
		{"1.0", get10, 200, 2, "ab", nil, "/1.0 200 OK|Content-Length: 2||ab", false},
		{"1.0, no length", get10, 200, -1, "ab", nil, "/1.0 200 OK||ab", false},
		{"1.0, keep-alive", get10 + keep, 200, 2, "ab", nil, "/1.0 200 OK|Connection: keep-alive|Content-Length: 2||ab", true},
		{"1.0, keep-alive, no length", get10 + keep, 200, -1, "ab", nil, "/1.0 200 OK||ab", false},
		{"1.0, keep-alive, HEAD of no length", "HEAD / HTTP/1.0\r\n" + keep, 200, -1, "", nil, "/1.0 200 OK|Connection: keep-alive||", true},
		// Fields as they are given, but for those of the connection and the framing.
		{"fields", get, 200, 0, "", field.Lines{{Name: "x", Value: ""}, {Name: "Keep-Alive", Value: "9"}, {Name: "content-length", Value: "9"}, {Name: "Transfer-Encoding", Value: "x"},
			{Name: "Upgrade", Value: "h2c"}, {Name: "X", Value: "a"}}, "200 OK|x: |Content-Length: 0|X: a||", true},
		{"wish to keep", get, 200, 0, "", field.Lines{{Name: "A", Value: "1"}, {Name: "Connection", Value: "keep-alive"}, {Name: "B", Value: "2"}},
			"200 OK|A: 1|Connection: keep-alive|B: 2|Content-Length: 0||", true},
		{"wish to keep what ends", get + closing, 200, 0, "", field.Lines{{Name: "Connection", Value: "keep-alive"}, {Name: "B", Value: "2"}},
			"200 OK|Connection: close|B: 2|Content-Length: 0||", false},
		{"wish to close", get, 200, 0, "", field.Lines{{Name: "Connection", Value: "close"}, {Name: "B", Value: "2"}}, "200 OK|Connection: close|B: 2|Content-Length: 0||", false},
		{"an origin's wish, CF-RESP-15", get, 200, 0, "", field.Lines{{Name: "Connection", Value: "x-a"}, {Name: "B", Value: "2"}}, "200 OK|B: 2|Content-Length: 0||", true},
		// Less content than announced ends the connection.
		{"too little", get, 200, 5, "ab", nil, "200 OK|Content-Length: 5||ab", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
				if err := w.WriteHead(c.status, c.fields, c.length); err != nil {
					t.Errorf("WriteHead: %v", err)
				}
				for i := range len(c.content) {
					if n, err := io.WriteString(w, c.content[i:i+1]); n != 1 || err != nil {
						t.Errorf("Write: got %d, %v", n, err)
					}
				}
			}})
			l := ended(c.in + "\r\n")
			if kept := d.drive(l); kept != c.kept {
				t.Errorf("got connection kept %v, want %v", kept, c.kept)
			}
			want := strings.ReplaceAll(c.want, "|", "\r\n")
			if !strings.HasPrefix(want, "/1.0") {
				want = "/1.1 " + want
			}
			check(t, c.in, l.output(), "HTTP"+want)
			if len(l.writes) != 1 {
				t.Errorf("got %d writes, want one", len(l.writes))
			}
		})
	}
}

// TestResponseMisused: what a Handler may not do is an error, and nothing of it
// reaches the viewer.
func TestResponseMisused(t *testing.T) {
	wrong := func(t *testing.T, what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	for _, c := range []struct {
		name, in string
		handler  func(t *testing.T, w *response)
		want     string
	}{
		{"nothing", "GET", func(*testing.T, *response) {}, ""},
		{"content first", "GET", func(t *testing.T, w *response) {
			_, err := w.Write([]byte("x"))
			wrong(t, "Write", err, viewer.ErrTooEarly)
			wrong(t, "SendFile", w.SendFile(nil, 1), viewer.ErrSurplus)
		}, ""},
		{"bad statuses", "GET", func(t *testing.T, w *response) {
			for _, status := range []int{0, 100, 199, 1000} {
				if w.WriteHead(status, nil, 0) == nil {
					t.Errorf("WriteHead(%d): got no error", status)
				}
			}
			w.WriteHead(204, nil, 0)
		}, "HTTP/1.1 204 No Content\r\n\r\n"},
		{"two heads", "GET", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, 0)
			wrong(t, "WriteHead", w.WriteHead(200, nil, 0), viewer.ErrTwice)
		}, final("", false)},
		{"too much", "GET", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, 2)
			w.Write([]byte("ab"))
			_, err := w.Write([]byte("c"))
			wrong(t, "Write", err, viewer.ErrSurplus)
			wrong(t, "SendFile", w.SendFile(nil, 1), viewer.ErrSurplus)
			wrong(t, "WriteTrailer", w.WriteTrailer(field.Lines{{Name: "A", Value: "b"}}), nil)
		}, final("ab", false)},
		{"too much at once", "GET", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, 2)
			_, err := w.Write([]byte("abc"))
			wrong(t, "Write", err, viewer.ErrSurplus)
		}, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
		{"content of HEAD", "HEAD", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, 2)
			_, err := w.Write([]byte("ab"))
			wrong(t, "Write", err, viewer.ErrSurplus)
			if n, err := w.Write(nil); n != 0 || err != nil {
				t.Errorf("Write of nothing: got %d, %v", n, err)
			}
		}, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
		{"abort before the head", "GET", func(t *testing.T, w *response) {
			w.Abort()
			wrong(t, "WriteHead", w.WriteHead(200, nil, 0), viewer.ErrAborted)
		}, ""},
		{"abort, CF-RESP-41", "GET", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, 9)
			w.Write([]byte("ab"))
			w.Abort()
			w.Abort()
			_, err := w.Write([]byte("c"))
			wrong(t, "Write", err, viewer.ErrAborted)
			wrong(t, "Flush", w.Flush(), viewer.ErrAborted)
			wrong(t, "SendFile", w.SendFile(nil, 1), viewer.ErrAborted)
			wrong(t, "WriteTrailer", w.WriteTrailer(nil), viewer.ErrAborted)
			if w.SendsFiles() {
				t.Error("SendsFiles after Abort")
			}
		}, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"},
		{"abort of chunks, CF-RESP-42", "GET", func(t *testing.T, w *response) {
			w.WriteHead(200, nil, -1)
			w.Write([]byte("ab"))
			w.Abort()
		}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { c.handler(t, w.(*response)) }})
			check(t, c.in, d.answers(c.in+" / HTTP/1.1\r\nHost: h\r\n\r\n"), c.want)
		})
	}
}

// TestLargeResponse: content goes out when there is enough of it, or when it is
// flushed, and not before. What is counted is what is sent.
func TestLargeResponse(t *testing.T) {
	part := bytes.Repeat([]byte("x"), 10<<10)
	for _, length := range []int64{-1, 5 * 10 << 10} {
		l := ended("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, length)
			for i := range 5 {
				w.Write(part)
				if i == 3 {
					w.Flush()
					if got := int64(len(l.output())); got != w.BytesWritten() {
						t.Errorf("length %d: got %d bytes after Flush, BytesWritten says %d", length, got, w.BytesWritten())
					}
				}
			}
		}})
		d.drive(l)
		if len(l.writes) > 4 || min(l.writes[0], l.writes[1]) < 20<<10 {
			t.Errorf("length %d: got writes %v, want two parts each in the first two", length, l.writes)
		}
		if got := strings.Count(l.output(), "x"); got != 5*len(part) {
			t.Errorf("length %d: got %d bytes of content", length, got)
		}
	}
}

// TestViewerGone: writing says that the viewer has gone, and the connection
// ends.
func TestViewerGone(t *testing.T) {
	var errs []error
	l := ended("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	l.broken = errors.New("broken pipe")
	d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, 1<<20)
		_, first := w.Write(make([]byte, 1<<19))
		_, second := w.Write(make([]byte, 1<<19))
		errs = []error{first, second, w.Flush()}
	}})
	if d.drive(l) {
		t.Error("the connection went on")
	}
	for _, err := range errs {
		if !errors.Is(err, l.broken) {
			t.Errorf("got %v, want broken pipe three times", errs)
		}
	}
}

// TestInterim: RFC 9110 section 15.2.
func TestInterim(t *testing.T) {
	d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		for _, status := range []int{0, 99, 101, 200} {
			if w.WriteInterim(status, nil) == nil {
				t.Errorf("WriteInterim(%d): got no error", status)
			}
		}
		w.WriteInterim(103, field.Lines{{Name: "Link", Value: "</a>"}, {Name: "Connection", Value: "close"}, {Name: "Content-Length", Value: "1"}})
		w.WriteInterim(199, nil)
		w.WriteHead(200, nil, 0)
		if w.WriteInterim(103, nil) == nil {
			t.Error("WriteInterim after the head: got no error")
		}
	}})
	const get, early = "GET / HTTP/1.1\r\nHost: h\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 199 \r\n\r\n"
	check(t, get, d.answers(get+"\r\n"), early+final("", false))
	check(t, "1.0", d.answers("GET / HTTP/1.0\r\n\r\n"), "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
	// A viewer that waits for 100 has it before any other.
	post := "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
	check(t, post, d.answers(post, "x"), "HTTP/1.1 100 Continue\r\n\r\n"+early+final("", true))
}

// TestTrailer: fields behind chunks, for who has chunks (RFC 9110 section 6.5).
func TestTrailer(t *testing.T) {
	for _, c := range []struct {
		in     string
		length int64
		want   string
	}{
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", -1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: 1\r\n\r\n"},
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 2, final("ab", false)},
		{"GET / HTTP/1.0\r\n\r\n", -1, "HTTP/1.0 200 OK\r\n\r\nab"},
	} {
		d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, c.length)
			io.WriteString(w, "ab")
			for range 2 { // the second comes too late
				if err := w.(viewer.TrailerWriter).WriteTrailer(field.Lines{{Name: "A", Value: "1"}, {Name: "Content-Length", Value: "9"}}); err != nil {
					t.Errorf("WriteTrailer: %v", err)
				}
			}
		}})
		check(t, c.in, d.answers(c.in), c.want)
	}
}

// TestSendFile: a file goes out behind the head that waits; one that is too
// short ends the connection.
func TestSendFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		length int64
		want   string
		kept   bool
	}{{10, final("0123456789", false), true}, {11, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789", false}} {
		l := ended("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		l.files = true
		d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w.WriteHead(200, nil, c.length)
			sender := w.(viewer.FileSender)
			if !sender.SendsFiles() {
				t.Error("SendsFiles: got false")
			}
			if err := sender.SendFile(f, c.length); (err == nil) != c.kept {
				t.Errorf("SendFile of %d: got %v", c.length, err)
			}
			if got := w.BytesWritten(); got != int64(len(c.want)) {
				t.Errorf("got %d bytes written, want %d", got, len(c.want))
			}
		}})
		if kept := d.drive(l); kept != c.kept {
			t.Errorf("length %d: got kept %v", c.length, kept)
		}
		check(t, fmt.Sprint(c.length), l.output(), c.want)
	}
}

// TestPanic: a panic ends its request, with a page if nothing was sent.
func TestPanic(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/early", "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 8\r\n\r\npage 500"},
		{"/late", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"},
	} {
		d := newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			if r.Path == "/late" {
				w.WriteHead(200, nil, 9)
				io.WriteString(w, "ab")
			}
			panic("boom")
		}})
		check(t, c.path, d.answers("GET "+c.path+" HTTP/1.1\r\nHost: h\r\n\r\n"+next), c.want)
		check(t, c.path, fmt.Sprint(d.panics), "[boom "+c.path+"]")
	}
}

// TestRequestFields: what the engine adds to a request.
func TestRequestFields(t *testing.T) {
	now := time.Unix(12, 0)
	in := "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
	d := newDesk(Options{Now: func() time.Time { return now }, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if r.Received != now || r.HeadBytes != len(in) || r.Remote.String() != "198.51.100.10:40001" || r.Scheme != "http" || r.TLS != nil {
			t.Errorf("got %+v", r)
		}
		w.WriteHead(204, nil, 0)
	}})
	d.answers(in)
}
