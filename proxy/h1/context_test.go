package h1

import (
	"context"
	"testing"
	"testing/synctest"
)

// A watched is a Transport that is only watched.
type watched struct {
	Transport
	times int
	gone  context.CancelCauseFunc
}

func (w *watched) Watch(gone context.CancelCauseFunc) { w.times, w.gone = w.times+1, gone }

// TestViewerContextWatches: it behaves like a context of package context, and the
// connection is watched once, when somebody wants to know and the request was
// read.
func TestViewerContextWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{}
		c := &viewerContext{t: w}
		called, stopped, derived := 0, 0, 0
		first := c.AfterFunc(func() { called++ })
		second := context.AfterFunc(c, func() { stopped++ })
		child, cancel := context.WithCancel(c)
		defer cancel()
		context.AfterFunc(child, func() { derived++ })
		if w.times != 0 || c.Err() != nil || child.Err() != nil {
			t.Errorf("before the request was read: watched %d times, %v, %v", w.times, c.Err(), child.Err())
		}
		c.watchable()
		if w.times != 1 || !second() || second() {
			t.Errorf("watched %d times, want once", w.times)
		}
		w.gone(errAnswered)
		<-c.Done()
		<-child.Done()
		synctest.Wait()
		if called != 1 || stopped != 0 || derived != 1 || c.Err() != context.Canceled || child.Err() != context.Canceled || first() {
			t.Errorf("at the end: called %d, %d, %d, %v, %v", called, stopped, derived, c.Err(), child.Err())
		}
		c.AfterFunc(func() { called++ })
		synctest.Wait()
		w.gone(errAnswered)
		if called != 2 || w.times != 1 {
			t.Errorf("after the end: called %d times, watched %d times", called, w.times)
		}
	})
	c := &viewerContext{t: &watched{}}
	c.end(errAnswered)
	select {
	case <-c.Done():
	default:
		t.Error("Done of what has ended is open")
	}
}

// BenchmarkContext is what an origin's client asks of the context of a request.
func BenchmarkContext(b *testing.B) {
	f, w := func() {}, &watched{}
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := &viewerContext{t: w}
			c.watchable()
			c.AfterFunc(f)()
			c.end(errAnswered)
		}
	})
	b.Run("package context, rejected", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, cancel := context.WithCancelCause(context.Background())
			w.Watch(cancel)
			context.AfterFunc(c, f)()
			cancel(errAnswered)
		}
	})
}
