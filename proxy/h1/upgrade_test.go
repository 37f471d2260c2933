package h1

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// shout accepts an upgrade and answers each line in capitals.
func shout(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	upgrader, ok := w.(viewer.Upgrader)
	if !ok {
		w.WriteHead(426, nil, 0)
		return
	}
	stream, err := upgrader.WriteUpgrade(field.Lines{{Name: "Sec-A", Value: "1"}, {Name: "Connection", Value: "x"}, {Name: "Upgrade", Value: "other"}})
	if err != nil {
		return
	}
	b := make([]byte, 100)
	for {
		n, err := stream.Read(b)
		if err != nil {
			return
		}
		fmt.Fprint(stream, strings.ToUpper(string(b[:n])))
	}
}

// TestUpgrade: after 101 the connection is the other protocol's, from the first
// byte behind the request and for as long as it likes.
func TestUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine("GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\nat once,", " later,")
		d := newDesk(Options{Handler: shout, HeaderTimeout: time.Second, BodyTimeout: time.Second})
		go func() {
			time.Sleep(time.Hour)
			l.in <- " much later"
			close(l.in)
		}()
		if d.drive(l) {
			t.Error("the connection went on as HTTP")
		}
		check(t, "upgrade", l.output(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-A: 1\r\n\r\nAT ONCE, LATER, MUCH LATER")
	})
}

// TestUpgradeDeclined: who has not asked, or is answered otherwise, goes on with
// HTTP.
func TestUpgradeDeclined(t *testing.T) {
	const asks = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	d := newDesk(Options{Handler: shout, Hit: shelf})
	in := strings.Replace(asks, "Connection: Upgrade\r\n", "", 1) + next
	check(t, in, d.answers(in), "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"+hitAnswer("/hit"))

	d = newDesk(Options{Hit: shelf, Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(403, nil, 0)
		if _, err := w.(viewer.Upgrader).WriteUpgrade(nil); err == nil {
			t.Error("WriteUpgrade after the head: got no error")
		}
	}})
	check(t, asks, d.answers(asks+next), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"+hitAnswer("/hit"))

	// An upgraded response is no other any more.
	d = newDesk(Options{Handler: func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		stream, err := w.(viewer.Upgrader).WriteUpgrade(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WriteHead(200, nil, 0); err == nil {
			t.Error("WriteHead after WriteUpgrade: got no error")
		}
		before := w.BytesWritten()
		io.WriteString(stream, "abc")
		if got := w.BytesWritten() - before; got != 3 {
			t.Errorf("got %d bytes counted of 3", got)
		}
	}})
	if got := d.answers(asks); !strings.HasSuffix(got, "\r\n\r\nabc") {
		t.Errorf("got %q", got)
	}
}
