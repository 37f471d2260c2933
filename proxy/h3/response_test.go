package h3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestResponses: what a Handler writes is what the viewer gets.
func TestResponses(t *testing.T) {
	ok := field.Lines{{Name: "X-B", Value: "1"}, {Name: "Content-Type", Value: "text/html"}, {Name: "X-A", Value: "2"}, {Name: "x-b", Value: "3"}}
	for name, tt := range map[string]struct {
		method string
		answer viewer.Handler
		want   []string
	}{
		"order of fields": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, ok, 2)
			io.WriteString(w, "ab")
		}, []string{":status: 200", "x-b: 1", "content-type: text/html", "x-a: 2", "x-b: 3", "content-length: 2", "ab", "end"}},
		"fields of a connection": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(204, field.Lines{{Name: "Connection", Value: "keep-alive"}, {Name: "Transfer-Encoding", Value: "chunked"}, {Name: "Content-Length", Value: "7"}}, 0)
		}, []string{":status: 204", "end"}},
		"a status without a place in the table": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(418, nil, 0)
		}, []string{":status: 418", "content-length: 0", "end"}},
		"HEAD": {"HEAD", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, 12345)
		}, []string{":status: 200", "content-length: 12345", "end"}},
		"304": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(304, nil, -1)
		}, []string{":status: 304", "end"}},
		"length not known": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, -1)
			io.WriteString(w, "ab")
			w.Flush()
			io.WriteString(w, "c")
		}, []string{":status: 200", "ab", "c", "end"}},
		"interim responses, content, trailers": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteInterim(103, field.Lines{{Name: "Link", Value: "</a>"}})
			w.WriteInterim(102, nil)
			w.WriteHead(200, nil, -1)
			io.WriteString(w, "ab")
			w.(viewer.TrailerWriter).WriteTrailer(field.Lines{{Name: "Grpc-Status", Value: "0"}})
		}, []string{":status: 103", "link: </a>", ":status: 102", ":status: 200", "ab", "grpc-status: 0", "end"}},
		"cut": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, 10)
			io.WriteString(w, "abc")
			w.Abort()
			if _, err := w.Write([]byte("d")); !errors.Is(err, viewer.ErrAborted) {
				panic(err)
			}
		}, []string{":status: 200", "content-length: 10", "abc", "reset H3_INTERNAL_ERROR"}},
		"too short": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, 10)
			io.WriteString(w, "abc")
			w.Flush()
		}, []string{":status: 200", "content-length: 10", "abc", "reset H3_INTERNAL_ERROR"}},
		"too long": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, 2)
			if _, err := w.Write([]byte("abc")); !errors.Is(err, viewer.ErrSurplus) {
				panic(err)
			}
			io.WriteString(w, "ab")
		}, []string{":status: 200", "content-length: 2", "ab", "end"}},
		"no answer": {"GET", func(context.Context, viewer.ResponseWriter, *viewer.Request) {}, []string{"reset H3_INTERNAL_ERROR"}},
		"panic":     {"GET", func(context.Context, viewer.ResponseWriter, *viewer.Request) { panic("oh") }, []string{":status: 500", "server: CloudFront", "content-length: 8", "page 500", "end"}},
		"late panic": {"GET", func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
			w.WriteHead(200, nil, -1)
			io.WriteString(w, "a")
			panic("oh")
		}, []string{":status: 200", "a", "reset H3_INTERNAL_ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: tt.answer}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				expect(t, "answer", answer(c.send(headers(":method: "+tt.method, ":scheme: https", ":authority: a", ":path: /p"))), tt.want...)
				if got, want := s.told(), "panic oh /p"; strings.Contains(name, "panic") != (got == want) {
					t.Errorf("told: got %q, want %q of a panic", got, want)
				}
			})
		})
	}
}

// TestBytesWritten: heads count as in HTTP/1.1 (CF-LF field 4).
func TestBytesWritten(t *testing.T) {
	run(t, Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "A", Value: "bc"}}, 1000)
		w.Write(make([]byte, 1000))
		if got, want := w.BytesWritten(), int64(len("HTTP/1.1 200 \r\nA: bc\r\nContent-Length: 1000\r\n\r\n")+1000); got != want {
			panic(fmt.Sprint(got, want))
		}
	}}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		if got := answer(c.send(headers(get("/")...))); !strings.HasSuffix(got, "end\n") {
			t.Errorf("got %q, told %s", got, s.told())
		}
	})
}

// TestExpect: a viewer that waits to be asked for its content is, by whoever reads
// it first, and is not if nobody does (RFC 9110 section 10.1.1).
func TestExpect(t *testing.T) {
	for name, reads := range map[string]bool{"asked": true, "not asked": false} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				if reads {
					echo(ctx, w, r)
					return
				}
				w.WriteHead(403, nil, 0)
			}}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				str := c.send(headers(":method: POST", ":scheme: https", ":authority: a", ":path: /", "content-length: 2", "expect: 100-continue"), nil)
				synctest.Wait()
				if reads {
					str.Write(data("ab"))
					str.Close()
					expect(t, "answer", answer(str), ":status: 100", ":status: 200", "content-length: 75",
						"POST https://a / HTTP/3.0 2\ncontent-length=2\nexpect=100-continue\n\"ab\" <nil>", "end")
					return
				}
				expect(t, "answer", answer(str), ":status: 403", "content-length: 0", "end")
				if _, err := str.Write(data("ab")); err == nil || !strings.Contains(ending(err), "H3_NO_ERROR") {
					t.Errorf("content behind the answer: got %v, want that it is not wanted (RFC 9114 section 4.1)", err)
				}
			})
		})
	}
}

// TestLargeContent: content goes both ways through windows that are smaller than
// it, in portions.
func TestLargeContent(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	run(t, Options{Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(got, content) {
			panic(fmt.Sprint(len(got), err))
		}
		w.WriteHead(200, nil, int64(len(content)))
		w.Write(content)
	}}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		str := c.send(headers(":method: POST", ":scheme: https", ":authority: a", ":path: /"), nil)
		go func() {
			str.Write(data(string(content)))
			str.Close()
		}()
		got := answer(str)
		if want := fmt.Sprintf(":status: 200\ncontent-length: %d\n%s\nend\n", len(content), content); got != want {
			t.Errorf("got %d bytes %.60q, told %s, want %d bytes", len(got), got, s.told(), len(want))
		}
	})
}

// TestLeaving: the context of a Handler ends with its stream, and with the
// connection; what it writes then fails.
func TestLeaving(t *testing.T) {
	for name, leave := range map[string]func(c *caller, reset func()){
		"stream":     func(_ *caller, reset func()) { reset() },
		"connection": func(c *caller, _ func()) { c.close() },
	} {
		t.Run(name, func(t *testing.T) {
			var ended chan error // the bubble's
			run(t, Options{Handler: func(ctx context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
				<-ctx.Done()
				err := w.WriteHead(200, nil, -1)
				if err == nil {
					w.Write([]byte("a"))
					err = w.Flush()
				}
				ended <- err
			}}, func(t *testing.T, s *site) {
				ended = make(chan error, 1)
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				str := c.send(headers(get("/")...))
				synctest.Wait()
				leave(c, func() {
					str.CancelRead(errCodeRequestCancelled.stream())
					str.CancelWrite(errCodeRequestCancelled.stream())
				})
				select {
				case err := <-ended:
					if err == nil {
						t.Error("writing to nobody: got no error")
					}
				case <-time.After(time.Minute):
					t.Error("the context did not end")
				}
			})
		})
	}
}
