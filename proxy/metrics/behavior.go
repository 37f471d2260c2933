package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// A Behavior counts the requests of one cache behavior. Its methods may be
// called from any goroutine.
type Behavior struct {
	set                    *Set
	distribution, behavior string

	duration, ttfb prometheus.Observer
	bytes          prometheus.Counter

	// requests are the counters by reason, method and status class, made
	// when they are first needed: of about 1,900 a behavior uses a dozen.
	requests [accesslog.NumReasons * int(numMethods) * int(numClasses)]atomic.Pointer[requestCounter]
}

type requestCounter struct{ prometheus.Counter }

// Behavior returns the counters of a cache behavior. The behavior is its
// index and pattern, for example "0 /api/*". It is called when a
// configuration is compiled; the same names always give the same counters,
// so that a reload does not start from zero.
func (s *Set) Behavior(distribution, behavior string) *Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{distribution, behavior}
	if b, found := s.mu.behaviors[key]; found {
		return b
	}
	b := &Behavior{
		set:          s,
		distribution: distribution,
		behavior:     behavior,
		duration:     s.duration.WithLabelValues(distribution, behavior),
		ttfb:         s.ttfb.WithLabelValues(distribution, behavior),
		bytes:        s.bytes.WithLabelValues(distribution, behavior),
	}
	s.mu.behaviors[key] = b
	return b
}

// Observe records one answered request: bytes as sent, ttfb and total from
// the arrival of the request. A status below 100 means that the viewer left
// before a response.
func (b *Behavior) Observe(reason accesslog.Reason, method string, status int, bytes int64, ttfb, total time.Duration) {
	if int(reason) >= accesslog.NumReasons {
		reason = accesslog.ReasonUnknown
	}
	b.counter(reason, methodOf(method), classOf(status)).Inc()
	b.bytes.Add(float64(max(0, bytes)))
	b.duration.Observe(total.Seconds())
	if status >= 100 {
		b.ttfb.Observe(ttfb.Seconds())
	}
}

// counter returns the counter at an index, making it the first time. Two
// goroutines that make it together get the same child of the vector.
func (b *Behavior) counter(reason accesslog.Reason, m method, c class) *requestCounter {
	at := &b.requests[(int(reason)*int(numMethods)+int(m))*int(numClasses)+int(c)]
	counter := at.Load()
	if counter == nil {
		counter = &requestCounter{b.set.requests.WithLabelValues(
			b.distribution, b.behavior, reason.String(), m.String(), c.String())}
		at.Store(counter)
	}
	return counter
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
