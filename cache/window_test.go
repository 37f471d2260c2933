package cache

import (
	"testing"

	"github.com/groundfront/groundfront/cache/body"
)

// A response takes the memory that it needs, and less the more others have.
func TestOpenWindow(t *testing.T) {
	for length, want := range map[int64]int64{
		-1:                  body.Window,
		0:                   1,
		1000:                1000,
		body.MinWindow:      body.MinWindow,
		body.MinWindow + 1:  2 * body.MinWindow,
		100 << 10:           128 << 10,
		body.Window:         body.Window,
		1 << 30:             body.Window,
		body.Window/2 + 100: body.Window,
	} {
		c := newCache(t, Options{MaxSize: 1 << 20})
		if got := c.OpenWindow(length); got != want || c.InFlight() != want {
			t.Errorf("OpenWindow(%d): got %d, %d in flight, want %d", length, got, c.InFlight(), want)
		} else if c.CloseWindow(got); c.InFlight() != 0 {
			t.Errorf("after CloseWindow: got %d in flight, want 0", c.InFlight())
		}
	}
	c := newCache(t, Options{MaxSize: 1 << 20})
	granted := map[int64]int{}
	total, last := int64(0), int64(body.Window)
	for n := c.OpenWindow(-1); n > 0; n = c.OpenWindow(-1) {
		if n > last {
			t.Fatalf("got a window of %d after one of %d", n, last)
		}
		last = n
		granted[n]++
		total += n
	}
	if total != leastWindows*body.MinWindow {
		t.Errorf("got %d bytes granted in all, want %d", total, leastWindows*body.MinWindow)
	}
	for n := int64(body.Window); n >= body.MinWindow; n /= 2 {
		if granted[n] == 0 {
			t.Errorf("got no window of %d bytes in %v", n, granted)
		}
	}
	if c.OpenWindow(10) != 0 {
		t.Error("got a window when there is no memory")
	}
}
