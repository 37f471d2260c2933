package metrics

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Behavior counts the requests of one cache behavior. Its methods may be
// called from any goroutine. It counts in shards, one for each processor, and
// a collection adds them up.
//
// A shard has a lock, which nobody else wants as a rule, and plain numbers. A
// request costs 15 ns on one processor and 9 on two, each with a shard of its
// own (BenchmarkObserve). Rejected: six atomic additions instead of the lock,
// 13 and 7, for a collection then sees half of a request, and a sum of
// durations that is an integer overflows within months; and the Prometheus
// client's counters and histograms, 84 and 89.
type Behavior struct {
	distribution, behavior string
	created                time.Time

	shards []atomic.Pointer[shard] // made when they are first needed

	unsigned [signedurl.NumFaults]atomic.Uint64 // refused, by what is wrong
}

// A shard counts the requests that have its number.
type shard struct {
	mu             sync.Mutex // guards what follows
	bytes          uint64
	requests       [accesslog.NumReasons]*row // those that are needed: of 41 a behavior uses a few
	duration, ttfb latency
}

// A row counts the requests with one reason.
type row [numMethods][numClasses]uint64

// Behavior returns the counters of a cache behavior. The behavior is its
// index and pattern, for example "0 /api/*". It is called when a
// configuration is compiled; the same names always give the same counters,
// so that a reload does not start from zero.
func (s *Set) Behavior(distribution, behavior string) *Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{distribution, behavior}
	s.wantLocked(behaviorKey(key))
	if b, found := s.mu.behaviors[key]; found {
		return b
	}
	b := &Behavior{
		distribution: distribution,
		behavior:     behavior,
		created:      time.Now(),
		shards:       make([]atomic.Pointer[shard], viewer.Shards(runtime.GOMAXPROCS(0))),
	}
	s.mu.behaviors[key] = b
	return b
}

// Observe records one answered request of a shard (viewer.Request): bytes as
// sent, ttfb and total from the arrival of the request. A status below 100
// means that the viewer left before a response.
//
// Hot path: no allocation but for the first request of a kind.
func (b *Behavior) Observe(number uint8, reason accesslog.Reason, method string, status int, bytes int64, ttfb, total time.Duration) {
	if int(reason) >= accesslog.NumReasons {
		reason = accesslog.ReasonUnknown
	}
	at := &b.shards[int(number)&(len(b.shards)-1)]
	s := at.Load()
	if s == nil {
		at.CompareAndSwap(nil, new(shard))
		s = at.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests[reason] == nil {
		s.requests[reason] = new(row)
	}
	s.requests[reason][methodOf(method)][classOf(status)]++
	s.bytes += uint64(max(0, bytes))
	s.duration.observe(total)
	if status >= 100 {
		s.ttfb.observe(ttfb)
	}
}

// ObserveUnsigned counts a request that was refused for a fault of its signature.
func (b *Behavior) ObserveUnsigned(f signedurl.Fault) {
	if int(f) < len(b.unsigned) {
		b.unsigned[f].Add(1)
	}
}

// sum returns what all shards have counted, each at one moment.
func (b *Behavior) sum() *shard {
	total := new(shard)
	for i := range b.shards {
		if s := b.shards[i].Load(); s != nil {
			s.addTo(total)
		}
	}
	return total
}

func (s *shard) addTo(total *shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total.bytes += s.bytes
	total.duration.add(&s.duration)
	total.ttfb.add(&s.ttfb)
	for reason, r := range s.requests {
		if r == nil {
			continue
		}
		if total.requests[reason] == nil {
			total.requests[reason] = new(row)
		}
		total.requests[reason].add(r)
	}
}

func (r *row) add(other *row) {
	for m := range other {
		for c, n := range other[m] {
			r[m][c] += n
		}
	}
}

// A method is the label value of a request method: the seven that CloudFront
// forwards (CF-METH-01) and one for all others.
type method uint8

const (
	methodOther method = iota
	methodGet
	methodHead
	methodOptions
	methodPut
	methodPost
	methodPatch
	methodDelete
	numMethods
)

var methodNames = [numMethods]string{
	methodOther:   "other",
	methodGet:     "GET",
	methodHead:    "HEAD",
	methodOptions: "OPTIONS",
	methodPut:     "PUT",
	methodPost:    "POST",
	methodPatch:   "PATCH",
	methodDelete:  "DELETE",
}

// String returns the label value.
func (m method) String() string { return name(methodNames[:], int(m)) }

func methodOf(name string) method {
	switch name {
	case "GET":
		return methodGet
	case "HEAD":
		return methodHead
	case "OPTIONS":
		return methodOptions
	case "PUT":
		return methodPut
	case "POST":
		return methodPost
	case "PATCH":
		return methodPatch
	case "DELETE":
		return methodDelete
	}
	return methodOther
}

// A class is the first digit of a status.
type class uint8

const (
	classNone class = iota // no response
	class1xx
	class2xx
	class3xx
	class4xx
	class5xx
	numClasses
)

var classNames = [numClasses]string{
	classNone: "none",
	class1xx:  "1xx",
	class2xx:  "2xx",
	class3xx:  "3xx",
	class4xx:  "4xx",
	class5xx:  "5xx",
}

// String returns the label value.
func (c class) String() string { return name(classNames[:], int(c)) }

func classOf(status int) class {
	if status < 100 || status > 599 {
		return classNone
	}
	return class(status / 100)
}
