package origintest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/origintest"
)

func dial(t *testing.T, l *origintest.MemoryListener) net.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSteps: each step does on the wire what it says.
func TestSteps(t *testing.T) {
	tests := []struct {
		name  string
		steps []origintest.Step
		want  string
		err   error
		took  time.Duration
	}{
		{"send and close", []origintest.Step{origintest.Send("garbage"), origintest.Close()}, "garbage", nil, 0},
		{"reset", []origintest.Step{origintest.Reset()}, "", syscall.ECONNRESET, 0},
		{"wait", []origintest.Step{origintest.Send("a"), origintest.Wait(time.Hour), origintest.Send("b"), origintest.Close()}, "ab", nil, time.Hour},
		{"then", []origintest.Step{origintest.Send("a"), origintest.Then(func(r origintest.Request) []origintest.Step {
			return []origintest.Step{origintest.Send(r.Line()), origintest.Close()}
		})}, "aGET / HTTP/1.1", nil, 0},
		{"hang", []origintest.Step{origintest.Hang()}, "", os.ErrDeadlineExceeded, 2 * time.Hour},
		{"reply", []origintest.Step{origintest.Reply(404, "no", "A: b"), origintest.Close()}, "HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 2\r\n\r\nno", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := origintest.NewMemoryListener()
				s := origintest.Start(l, origintest.Always(tt.steps...))
				defer s.Close()
				c := dial(t, l)
				defer c.Close()
				begin := time.Now()
				c.SetDeadline(begin.Add(2 * time.Hour))
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				got, err := io.ReadAll(c)
				if string(got) != tt.want || !errors.Is(err, tt.err) || time.Since(begin) != tt.took {
					t.Errorf("got %q, %v after %v, want %q, %v after %v", got, err, time.Since(begin), tt.want, tt.err, tt.took)
				}
			})
		})
	}
}

// TestRequests: what was received is kept, raw and in order.
func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		s := origintest.Start(l, origintest.InTurn(
			[]origintest.Step{origintest.OK("first")}, []origintest.Step{origintest.OK("rest")}))
		defer s.Close()
		c := dial(t, l)
		defer c.Close()
		br := bufio.NewReader(c)
		for _, want := range []string{"first", "rest", "rest"} {
			io.WriteString(c, "POST /%2F HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := io.ReadAll(resp.Body); string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		r := s.Requests()
		if len(r) != 3 || r[2].Number != 3 || r[2].Conn != 1 || r[2].Line() != "POST /%2F HTTP/1.1" || r[2].Body != "abc" {
			t.Errorf("got %+v", r)
		}
		if v, ok := r[0].Field("Host"); v != "h" || !ok {
			t.Errorf("Field: got %q, %v", v, ok)
		}
		if _, ok := r[0].Field("None"); ok {
			t.Error("Field: got one that was not sent")
		}
	})
}

// TestMemoryConn: what tests rely on: buffering with a bound, half closing,
// deadlines, refusal.
func TestMemoryConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		accepted := make(chan net.Conn, 1)
		go func() { c, _ := l.Accept(); accepted <- c }()
		a := dial(t, l)
		b := <-accepted
		a.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := a.Write(make([]byte, 100<<10))
		if n != 64<<10 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write past the capacity: got %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Time{})
		a.(interface{ CloseWrite() error }).CloseWrite()
		if got, err := io.ReadAll(b); len(got) != 64<<10 || err != nil {
			t.Errorf("after CloseWrite: got %d bytes, %v", len(got), err)
		}
		io.WriteString(b, "back")
		b.Close()
		if got, err := io.ReadAll(a); string(got) != "back" || err != nil {
			t.Errorf("other direction: got %q, %v", got, err)
		}
		a.Close()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("own close: got %v", err)
		}
		l.Close()
		if _, err := l.Dial(t.Context(), "", ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("closed listener: got %v", err)
		}
	})
}

func Example() {
	l := origintest.NewMemoryListener()
	s := origintest.Start(l, origintest.Always(origintest.OK("hello", "Cache-Control: max-age=60")))
	defer s.Close()

	c, _ := l.Dial(context.Background(), "tcp", "")
	defer c.Close()
	io.WriteString(c, "GET /a HTTP/1.1\r\nHost: api.example\r\n\r\n")
	resp, _ := http.ReadResponse(bufio.NewReader(c), nil)
	var body strings.Builder
	io.Copy(&body, resp.Body)
	fmt.Println(body.String(), s.Requests()[0].Line())
	// Output: hello GET /a HTTP/1.1
}
