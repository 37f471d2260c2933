package model

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A crowdAnswer is how the origin answers one request. Paths have their own
// habits: what is below /shared/ is for everybody, never fails and is fresh
// for a while, and what is below /vary/ depends on X-Kind.
type crowdAnswer struct {
	delay, pause time.Duration // until the head comes, and between the parts of the content
	control      string        // Cache-Control
	private      bool          // its content is for its viewer alone
	status       int
	fails, cut   bool
	chunked      bool
	publishes    bool // it has new content
}

// String returns the answer as a transcript shows it.
func (a crowdAnswer) String() string {
	out := fmt.Sprintf("%d after %v, %q, pauses of %v", a.status, a.delay, a.control, a.pause)
	for _, mark := range []struct {
		is   bool
		text string
	}{{a.private, "private"}, {a.fails, "no answer"}, {a.cut, "cut off"}, {a.chunked, "chunked"}, {a.publishes, "with new content"}} {
		if mark.is {
			out += ", " + mark.text
		}
	}
	return out
}

// A trip is one request that reached the origin.
type trip struct {
	number                 int
	method, path           string
	plain                  bool // nothing in the request keeps it from sharing
	kind, viewer           string
	answer                 crowdAnswer
	status                 int
	generation             int
	asked, received, ended time.Time // ended is zero while it lasts
}

// text is a trip as a line of a transcript.
func (t *trip) text(since time.Time) string {
	at := func(moment time.Time) string {
		if moment.IsZero() {
			return "never"
		}
		return moment.Sub(since).Truncate(second / 8).String()
	}
	return fmt.Sprintf("trip %d: %s %s for viewer %s: asked %s, head %s, end %s, status %d, generation %d, %v",
		t.number, t.method, t.path, t.viewer, at(t.asked), at(t.received), at(t.ended), t.status, t.generation, t.answer)
}

const (
	blocks    = 12 // of each content
	blockSize = 32
)

// block is a part of content, which tells where it belongs: content is a
// function of its path, its generation and, if they matter, its viewer and
// X-Kind.
func block(path string, generation int, viewer, kind string, i int) string {
	text := fmt.Sprintf("%s %d %s %s %d", path, generation, viewer, kind, i)
	return fmt.Sprintf("%-*s\n", blockSize-1, text)
}

// RoundTrip is the origin.
func (c *crowd) RoundTrip(ctx context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
	t := c.begin(r)
	// The microseconds keep two things from happening in the same moment.
	if !sleep(ctx, t.answer.delay+time.Duration(t.number)*time.Microsecond) {
		c.finish(t)
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "test", Err: ctx.Err()}
	}
	c.arrive(t)
	if t.answer.fails {
		c.finish(t)
		return nil, &origin.Error{Kind: origin.ErrorConnect, Op: "test"}
	}
	m := c.respond(ctx, t, r)
	if c.mute != nil {
		c.mute(m)
	}
	return m, nil
}

// begin notes a trip, and judges whether there should have been one.
func (c *crowd) begin(r *origin.Request) *trip {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &trip{
		number: len(c.trips), method: r.Method, path: strings.TrimSuffix(r.Target, "?"), asked: time.Now(),
		plain: r.Fields.Has("X-Plain") && !r.Fields.Has("Range"), kind: "-", viewer: r.Fields.Get("X-Viewer"),
	}
	t.answer = c.answers[t.number%len(c.answers)].at(t.path)
	if !t.answer.private {
		t.viewer = "-"
	}
	if strings.HasPrefix(t.path, "/vary/") {
		t.kind = r.Fields.Get("X-Kind") + "."
	}
	if t.answer.publishes || r.Method == "POST" {
		c.publications[t.path] = append(c.publications[t.path], t.asked)
	}
	t.generation = len(c.publications[t.path])
	c.judgeTrip(t)
	c.trips = append(c.trips, t)
	return t
}

// at is the answer by the habits of a path.
func (a crowdAnswer) at(path string) crowdAnswer {
	if strings.HasPrefix(path, "/shared/") || strings.HasPrefix(path, "/vary/") {
		a.status, a.fails, a.private = 200, false, false
		if a.control = "max-age=10, stale-while-revalidate=5"; a.pause > 0 {
			a.control = "max-age=30"
		}
	}
	return a
}

func (c *crowd) arrive(t *trip) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.received = time.Now()
}

func (c *crowd) finish(t *trip) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.ended.IsZero() {
		t.ended = time.Now()
	}
}

// sleep reports whether it came to its end before ctx did.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// respond is the answer to a trip: to a condition, to a range, or whole.
func (c *crowd) respond(ctx context.Context, t *trip, r *origin.Request) *origin.Response {
	m := &origin.Response{Status: t.answer.status, ContentLength: blocks * blockSize}
	m.Fields.Add("Date", t.received.UTC().Format(httpDate))
	m.Fields.Add("X-Trip", strconv.Itoa(t.number))
	if t.answer.control != "" {
		m.Fields.Add("Cache-Control", t.answer.control)
	}
	if t.kind != "-" {
		m.Fields.Add("Vary", "X-Kind")
	}
	tag := fmt.Sprintf(`"%d%s"`, t.generation, t.kind)
	if !t.answer.private && m.Status == 200 {
		m.Fields.Add("ETag", tag)
	}
	from, to := 0, blocks
	switch rng := r.Fields.Get("Range"); {
	case m.Status != 200 || r.Method == "POST":
	case !t.answer.private && r.Fields.Get("If-None-Match") == tag:
		m.Status, m.ContentLength, to = 304, 0, 0
	case rng != "" && !t.answer.private && t.number%3 > 0 && (!r.Fields.Has("If-Range") || r.Fields.Get("If-Range") == tag):
		from, to = blockRange(rng)
		m.Status, m.ContentLength = 206, int64(to-from)*blockSize
		m.Fields.Add("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from*blockSize, to*blockSize-1, blocks*blockSize))
	}
	if r.Method == "HEAD" {
		to = from
	}
	c.mu.Lock()
	t.status = m.Status
	c.mu.Unlock()
	if t.answer.chunked && m.Status == 200 {
		m.ContentLength = -1
	}
	m.Body = &crowdContent{crowd: c, ctx: ctx, trip: t, next: from, end: to}
	return m
}

// blockRange is where the generator's range begins and ends.
func blockRange(rng string) (from, to int) {
	var first, last int
	if _, err := fmt.Sscanf(rng, "bytes=%d-%d", &first, &last); err != nil {
		panic(err) // all ranges are the generator's
	}
	return first / blockSize, min((last+1)/blockSize, blocks)
}

// crowdContent is content that comes in pieces.
type crowdContent struct {
	crowd     *crowd
	ctx       context.Context
	trip      *trip
	next, end int
	rest      string
}

func (r *crowdContent) Read(p []byte) (int, error) {
	if r.rest == "" {
		switch {
		case r.next == r.end:
			r.crowd.finish(r.trip)
			return 0, io.EOF
		case r.trip.answer.cut && r.next == blocks/2:
			r.crowd.finish(r.trip)
			return 0, &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: io.ErrUnexpectedEOF}
		case r.trip.answer.pause > 0 && !sleep(r.ctx, r.trip.answer.pause):
			r.crowd.finish(r.trip)
			return 0, &origin.Error{Kind: origin.ErrorCanceled, Op: "read body", Err: r.ctx.Err()}
		}
		r.rest = block(r.trip.path, r.trip.generation, r.trip.viewer, r.trip.kind, r.next)
		r.next++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *crowdContent) Close() error {
	r.crowd.finish(r.trip)
	return nil
}
