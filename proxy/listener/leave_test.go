package listener_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestLeave: a listener that is left takes no connection any more and its
// connections end as in a drain, while those of another go on (reliability Z15).
func TestLeave(t *testing.T) {
	o := tags
	o.Handler = func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		time.Sleep(10 * time.Second)
		tagHandler(ctx, w, r)
	}
	eachWay(t, o, func(t *testing.T, s *site) {
		second, served := origintest.NewMemoryListener(), make(chan error, 1)
		go func() { served <- s.Serve(second, listener.HTTP1, nil) }()
		synctest.Wait()
		dial := func() net.Conn {
			c, err := second.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		idle, underWay, other := dial(), dial(), s.dial(t)
		reader := bufio.NewReader(other)
		io.WriteString(other, get("/hit/other/10"))
		wantResponses(t, reader, "/hit/other/10")
		io.WriteString(underWay, get("/miss/a/1000"))
		synctest.Wait()

		began := time.Now()
		if err := s.Leave(t.Context(), second); err != nil {
			t.Errorf("Leave: got %v", err)
		}
		if took := time.Since(began); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("left after %v, want when the request under way was answered", took)
		}
		if err := <-served; !errors.Is(err, listener.ErrClosed) {
			t.Errorf("Serve of the one that was left: got %v, want ErrClosed", err)
		}
		r := bufio.NewReader(underWay)
		wantResponses(t, r, "/miss/a/1000")
		for _, c := range []io.Reader{idle, r} {
			if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
				t.Errorf("behind what was asked for: got %q, %v, want the end", rest, err)
			}
		}
		if c, err := second.Dial(t.Context(), "", ""); err == nil {
			c.Close()
			t.Error("a further connection: got one, want none")
		}
		io.WriteString(other, get("/miss/b/10")+get("/hit/c/10"))
		wantResponses(t, reader, "/miss/b/10", "/hit/c/10")
		other.Close()
	})
}

// TestLeaveCuts: what has not ended in time is cut, of that listener alone.
func TestLeaveCuts(t *testing.T) {
	eachWay(t, tags, func(t *testing.T, s *site) {
		second := origintest.NewMemoryListener()
		go s.Serve(second, listener.HTTP1, nil)
		synctest.Wait()
		deaf, err := second.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer deaf.Close()
		io.WriteString(deaf, get("/hit/a/3000000"))
		other := s.dial(t)
		defer other.Close()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := s.Leave(ctx, second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Leave: got %v, want that the time was over", err)
		}
		io.WriteString(other, get("/hit/b/10"))
		wantResponses(t, bufio.NewReader(other), "/hit/b/10")
		if err := s.Leave(t.Context(), second); err != nil {
			t.Errorf("Leave, again: got %v, want nothing to do", err)
		}
	})
}
