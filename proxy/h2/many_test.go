package h2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestMany: many streams of a few connections at once, of all kinds, some of
// which their viewers give up. Run it with -race.
func TestMany(t *testing.T) {
	s := newShelf()
	s.finish = func(*viewer.Hit, *viewer.Request, int64) {}
	hit := func(h *viewer.Hit, r *viewer.Request) bool { // of several connections, unlike shelf.hit
		if !strings.HasPrefix(r.Path, "/hit") {
			return false
		}
		h.Status, h.Stored, h.Edge, h.Age, h.Content, h.ID, h.Done = 200, stored, edge, 7, s.content[:300_000], s.id, s.finish
		return true
	}
	var handling atomic.Int32
	handle := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		handling.Add(1)
		defer handling.Add(-1)
		switch r.Path {
		case "/both": // answers while it reads
			w.WriteHead(200, nil, -1)
			if _, err := io.Copy(w, r.Body); err != nil {
				w.Abort()
			}
		case "/hit": // there was too much output
			w.WriteHead(200, nil, 300_000)
			w.Write(s.content[:300_000])
		default:
			respond(ctx, w, r)
		}
	}
	address := listen(t, Options{Handler: handle, Hit: hit, MaxOutput: 32 << 10, StreamWindow: 65_535, Resets: Budget{100_000, 0}}, nil)
	var all sync.WaitGroup
	var complete, givenUp atomic.Int32
	for connection := range 4 {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		transport := &http.Transport{Protocols: protocols}
		defer transport.CloseIdleConnections()
		for i := range 60 {
			all.Go(func() {
				ctx := t.Context()
				if i%5 == 4 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i*connection)*50*time.Microsecond)
					defer cancel()
				}
				path := []string{"/hit", "/both", "/300000", "/echo"}[i%4]
				method, content := "GET", ""
				if i%2 == 1 {
					method, content = "POST", strings.Repeat(fmt.Sprint(i%10), 300_000)
				}
				request, _ := http.NewRequestWithContext(ctx, method, "http://"+address+path, strings.NewReader(content))
				n, err := fetch(transport, request, content)
				switch {
				case ctx.Err() != nil && i%5 == 4:
					givenUp.Add(1)
				case err != nil || n != 300_000:
					t.Errorf("%s %s: got %d bytes, %v", method, path, n, err)
				default:
					complete.Add(1)
				}
			})
		}
	}
	all.Wait()
	for end := time.Now().Add(10 * time.Second); handling.Load() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if handling.Load() > 0 || complete.Load() < 4*48 {
		t.Errorf("got %d complete, %d given up, %d Handlers left", complete.Load(), givenUp.Load(), handling.Load())
	}
}

var errOther = errors.New("the content is not what was sent")

// fetch returns how long the response's content is, which must be content if
// there is any.
func fetch(transport *http.Transport, request *http.Request, content string) (int, error) {
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err == nil && content != "" && string(got) != content {
		err = errOther
	}
	return len(got), err
}
