package edgetest

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/origintest"
)

const bulkhead = `
version: 1
distributions:
  shop:
    aliases: [shop.test]
    origins:
      slow: {domain_name: slow.test, custom_origin_config: {origin_protocol_policy: http-only}}
      stuck: {domain_name: stuck.test, custom_origin_config: {origin_protocol_policy: http-only}}
      good: {domain_name: good.test, custom_origin_config: {origin_protocol_policy: http-only}}
    default_cache_behavior: {target_origin_id: good, cache_policy_id: CachingOptimized}
    cache_behaviors:
      - {path_pattern: /slow/cached/*, target_origin_id: slow, cache_policy_id: CachingOptimized}
      - {path_pattern: /slow/passed/*, target_origin_id: slow, cache_policy_id: CachingDisabled}
      - {path_pattern: /stuck/*, target_origin_id: stuck, cache_policy_id: CachingOptimized}
      - {path_pattern: /passed/*, target_origin_id: good, cache_policy_id: CachingDisabled}
`

// A crowd, and the bounds toward one origin, which are the default ones where
// scale is 1. mostPerViewer is how much memory a viewer may take who waits: his
// own side of the connection, that of the edge, and, for some, a connection to
// the origin with both its sides.
const (
	crowdSize     = 10_000 / scale
	mostConns     = 4096 / scale // and as many requests that wait for one
	mostPerViewer = 128 << 10
	latecomers    = 4000 / scale // with the others fewer than the connections that the edge takes
)

// TestBulkhead: ten thousand viewers of an origin that stalls, each for
// something else, take no more connections and memory than the bounds say, and
// those of another origin do not notice them. Time stands still while nothing
// can go on, so "at once" is exact.
func TestBulkhead(t *testing.T) {
	const part = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart"
	for _, c := range []struct {
		name, path string
		stall      []origintest.Step
	}{
		{"before the head", "/slow/cached/", []origintest.Step{origintest.Hang()}},
		{"in the content", "/slow/passed/", []origintest.Step{origintest.Send(part), origintest.Hang()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, &Edge{maxConns: mostConns}, bulkhead)
				slow := origintest.Start(e.Listen("slow.test"), origintest.Always(c.stall...))
				t.Cleanup(slow.Close)
				good := origintest.Start(e.Listen("good.test"), origintest.Always(origintest.OK("good")))
				t.Cleanup(good.Close)

				before := memoryInUse()
				crowd := e.crowd(t, c.path, 0, crowdSize)
				taken := memoryInUse() - before
				t.Logf("%d bytes for each viewer", taken/crowdSize)
				if taken > crowdSize*mostPerViewer {
					t.Errorf("%d viewers take %d bytes, want at most %d each", crowdSize, taken, mostPerViewer)
				}
				if got := slow.Open(); got > mostConns {
					t.Errorf("got %d connections to the origin, want at most %d", got, mostConns)
				}
				wantRefused(t, crowd, crowdSize-2*mostConns)
				e.wantUntouched(t, 0)

				// Who comes now is refused at once, and leaves nothing behind.
				second := e.crowd(t, c.path, crowdSize, latecomers)
				wantRefused(t, second, latecomers)
				leave(second)
				if more := memoryInUse() - before - taken; more > taken/10 {
					t.Errorf("another %d viewers, who were refused, left %d bytes behind", latecomers, more)
				}
				e.wantUntouched(t, 1)

				// Those who wait do so for ten seconds, and nobody waits for ever.
				time.Sleep(10 * time.Second)
				synctest.Wait()
				wantRefused(t, crowd, crowdSize-mostConns)
				for i, call := range crowd {
					if _, err := call.Wait(2 * time.Minute); err != nil {
						t.Fatalf("viewer %d: %v", i, err)
					}
				}
				leave(crowd)
				synctest.Wait()
				if got := slow.Open(); got != 0 {
					t.Errorf("got %d connections in the end, want none", got)
				}
			})
		})
	}
}

// TestBulkheadOfSeveral: two origins that stall, each with more viewers than
// there may be fetches, leave some to a third. The second finds what the first
// has left.
func TestBulkheadOfSeveral(t *testing.T) {
	const fetches, crowd = 360, 400
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, &Edge{maxFetches: fetches}, bulkhead)
		for _, name := range []string{"slow.test", "stuck.test"} {
			s := origintest.Start(e.Listen(name), origintest.Always(origintest.Hang()))
			t.Cleanup(s.Close)
		}
		good := origintest.Start(e.Listen("good.test"), origintest.Always(origintest.Wait(time.Second), origintest.OK("good")))
		t.Cleanup(good.Close)

		slow := e.crowd(t, "/slow/cached/", 0, crowd)
		wantRefused(t, slow, crowd-fetches*5/6)
		stuck := e.crowd(t, "/stuck/", 0, crowd)
		wantRefused(t, stuck, crowd-fetches/6*5/6)

		rest := e.crowd(t, "/good/", 0, fetches/6/6*5/6)
		time.Sleep(time.Second)
		synctest.Wait()
		for i, c := range rest {
			if got, err := c.Wait(time.Minute); err != nil || got.Status != 200 || got.Took != time.Second {
				t.Errorf("viewer %d of the third origin: got %d after %v, %v, want 200 after 1s", i, got.Status, got.Took, err)
			}
		}
		leave(rest)

		// When the stalled fetches have timed out there is room again.
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		leave(slow)
		leave(stuck)
		again := e.crowd(t, "/stuck/again/", 0, crowd)
		wantRefused(t, again, crowd-fetches*5/6)
		leave(again)
	})
}

// crowd starts n viewers, and returns when nothing can go on.
func (e *Edge) crowd(t *testing.T, path string, from, n int) []*Call {
	calls := make([]*Call, n)
	for i := range calls {
		calls[i] = e.Call(t, ProtocolH1, Request{Scheme: "http", Method: "GET", Host: "shop.test", Target: fmt.Sprint(path, from+i)})
	}
	synctest.Wait()
	return calls
}

func leave(calls []*Call) {
	for _, c := range calls {
		c.Close()
	}
	synctest.Wait()
}

// wantRefused counts the viewers whom the edge has refused.
func wantRefused(t *testing.T, calls []*Call, want int) {
	t.Helper()
	refused := 0
	for _, c := range calls {
		select {
		case <-c.done:
			if c.response.Status == 503 && c.response.Fields.Get("X-Cache") == "LimitExceeded from cloudfront" {
				refused++
			} else {
				t.Fatalf("got %d, X-Cache %q before any time has passed", c.response.Status, c.response.Fields.Get("X-Cache"))
			}
		default:
		}
	}
	if refused != want {
		t.Errorf("got %d viewers refused, want %d", refused, want)
	}
}

// wantUntouched asks the other origin for what is stored and what is not, and
// wants it at once.
func (e *Edge) wantUntouched(t *testing.T, round int) {
	t.Helper()
	for _, ask := range []struct{ target, cache string }{
		{fmt.Sprint("/a", round), "Miss"}, {fmt.Sprint("/a", round), "Hit"}, {"/passed/a", "Miss"},
	} {
		call := e.Call(t, ProtocolH1, Request{Scheme: "http", Method: "GET", Host: "shop.test", Target: ask.target})
		got, err := call.Wait(time.Minute)
		call.Close()
		if err != nil || got.Status != 200 || got.Body != "good" || got.Took != 0 || got.Fields.Get("X-Cache") != ask.cache+" from cloudfront" {
			t.Errorf("%s of the other origin: got %d, %q, X-Cache %q after %v, %v, want 200 and %s at once", ask.target, got.Status, got.Body, got.Fields.Get("X-Cache"), got.Took, err, ask.cache)
		}
	}
}

// memoryInUse returns the bytes of heap and stacks that are needed.
func memoryInUse() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
