package standin

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// logSize is how many requests the log keeps.
const logSize = 256

// A Request is what the API saw of one request (AG-EMU-13).
type Request struct {
	Time    time.Time
	ID      string      // x-amzn-RequestId, or apigw-requestid of an HTTP API
	Method  string      // as sent
	Host    string      // as sent, with the port
	Path    string      // as sent, percent-encoded, with the stage
	Query   string      // as sent, without "?"
	Lines   field.Lines // sorted by name; names in canonical spelling; Host is not among them
	Content int         // bytes of content read
	Route   string      // "GET /products/{id}", or "" if none was reached
	Status  int         // 0 while the answer is being made
}

// A requestLog keeps the last requests and counts all of them.
type requestLog struct {
	mu     sync.Mutex
	ring   [logSize]Request // guarded by mu
	count  uint64           // guarded by mu; requests ever
	counts map[string]uint64
}

// arrived records a request before its answer is made, so that the number of
// requests under way can be seen. It returns the number to give to answered.
func (l *requestLog) arrived(r Request) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.count
	l.ring[n%logSize] = r
	l.count++
	l.counts[r.Route]++
	return n
}

// answered completes request n if the ring still has it.
func (l *requestLog) answered(n uint64, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count-n <= logSize {
		l.ring[n%logSize].Status = status
	}
}

// Requests returns the last requests, at most 256, oldest first. They hold
// every header field received, credentials included: do not expose them
// beyond the machine that runs the stand-in.
func (s *Standin) Requests() []Request {
	l := &s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := min(l.count, logSize)
	out := make([]Request, 0, kept)
	for n := l.count - kept; n < l.count; n++ {
		out = append(out, l.ring[n%logSize])
	}
	return out
}

// Counts returns the number of requests per route since New, keyed like
// Request.Route. Requests that reached no resource count under "".
func (s *Standin) Counts() map[string]uint64 {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return maps.Clone(s.log.counts)
}

// linesOf returns h as field lines in the order of their names.
func linesOf(h http.Header) field.Lines {
	lines := make(field.Lines, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			lines.Add(name, value)
		}
	}
	return lines
}
