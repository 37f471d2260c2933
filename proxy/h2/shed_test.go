package h2

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestShedStreams: when memory is short a connection has a few streams with a
// Handler, more are refused without being held against the viewer, and it ends when
// it is idle (reliability D6).
func TestShedStreams(t *testing.T) {
	short := overload.New(overload.Options{Gauges: []overload.Gauge{{Read: func() float64 { return 1 }, Marks: overload.Marks{0, 1, 0, 0}}}})
	short.Read()
	h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		time.Sleep(time.Second)
		respond(ctx, w, r)
	}
	run(t, Options{Handler: h, Overload: short, Resets: Budget{1, 0}}, func(k *talk) {
		heard := ""
		for n := range 10 {
			heard += k.say(fmt.Sprintf("HEADERS %d END_STREAM GET /5", 2*n+1)) + "\n"
		}
		if got := strings.Count(heard, "REFUSED_STREAM"); got != 2 || !strings.Contains(heard, "RST_STREAM 17 REFUSED_STREAM") || short.Counted(overload.ShedStream) != 2 {
			t.Errorf("got %d refused, want 17 and 19:\n%s", got, heard)
		}
		if err := k.wait(2 * time.Second); err != ErrIdle {
			t.Errorf("when the others are answered: got %v, want %v", err, ErrIdle)
		}
		if heard = k.hear(); strings.Count(heard, "HEADERS") != 8 || !strings.Contains(heard, "GOAWAY") {
			t.Errorf("want 8 responses and GOAWAY:\n%s", heard)
		}
	})
}
