package workers

import (
	"sync"
	"testing"
	"testing/synctest"
)

// TestPool: tasks that come one after the other have one goroutine, those that come
// at once have one each, and of these no more wait than there is room for.
func TestPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running sync.WaitGroup
		served := make(chan int, 10)
		p := New(&running, func(n int) { served <- n })
		for n := range 10 {
			p.Do(n)
			synctest.Wait()
			if got := <-served; got != n || len(p.waiting) != 1 {
				t.Errorf("task %d: got %d, and %d goroutines that wait, want 1", n, got, len(p.waiting))
			}
		}
		p.Stop()
		running.Wait()

		gate := make(chan struct{})
		p = New(&running, func(int) { <-gate })
		for n := range MaxWaiting + 10 {
			p.Do(n)
		}
		close(gate)
		synctest.Wait()
		if got := len(p.waiting); got != MaxWaiting {
			t.Errorf("got %d goroutines that wait, want %d", got, MaxWaiting)
		}
		p.Stop()
		running.Wait()
		p.Do(1) // it is served, and nobody waits behind it
		running.Wait()
	})
}
