package model

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy"
)

// Many viewers at once have no one right outcome, but rules that hold in
// each. A crowd lets a script happen to an edge with an origin that is slow,
// and remembers what viewers and origin saw; crowdrules.go judges that.

// An occurrence is one thing in a script: a viewer asks, or new content is
// published at the origin and then a path is invalidated, or one of the two.
type occurrence struct {
	at         time.Duration // since the script began
	viewer     int           // who asks, from 1; 0 for the other two
	request    request
	leaves     time.Duration // after which the viewer gives up, 0 for never
	publish    string        // a path
	invalidate string        // a path
}

// String returns the occurrence as a line of a transcript.
func (o occurrence) String() string {
	out := fmt.Sprintf("%-6v ", o.at)
	if o.publish != "" {
		out += "publish " + o.publish + " "
	}
	if o.invalidate != "" {
		out += "invalidate " + o.invalidate
	}
	if o.viewer == 0 {
		return out
	}
	out += fmt.Sprintf("viewer %d: %v", o.viewer, o.request)
	if o.leaves > 0 {
		out += fmt.Sprintf("; leaves after %v", o.leaves)
	}
	return out
}

// A visit is one request of a viewer and what came of it.
type visit struct {
	occurrence
	began, ended time.Time
	left         bool
	response     response11
	seen         int // the generation of the content
}

// A scene is what a crowd plays.
type scene struct {
	policy   *policy
	snapshot *proxy.Snapshot
	script   []occurrence
	answers  []crowdAnswer // of the origin, taken in turn
	settle   func()        // waits until nothing moves any more: the Wait of a synctest bubble

	// mute, if set, takes from the origin's messages what the edge is deaf to,
	// and deaf says that it hears of no invalidation.
	mute func(*origin.Response)
	deaf bool
}

// A crowd is what happens in one scene.
type crowd struct {
	scene
	server *proxy.Server
	cache  *cache.Cache

	mu            sync.Mutex // guards what follows
	visits        []*visit
	trips         []*trip
	publications  map[string][]time.Time // of each path
	invalidations []invalidated
	violations    []string
}

// invalidated is a path of which nothing may be used that is older.
type invalidated struct {
	path string
	at   time.Time
}

// play lets the scene happen in a synctest bubble. It returns what was against
// the rules, and then all trips.
func (s scene) play() ([]string, error) {
	c := &crowd{scene: s, publications: make(map[string][]time.Time)}
	paths := invalidation.New()
	var err error
	c.cache, err = cache.New(cache.Options{MaxSize: 8 << 20, StaleKeep: staleKeep, Invalidations: paths})
	if err != nil {
		return nil, err
	}
	defer c.cache.Close()
	c.server = proxy.New(proxy.Options{Cache: c.cache, Origins: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	defer c.server.Close()
	c.server.Swap(s.snapshot)
	began := time.Now()
	if err := c.run(began, paths); err != nil {
		return nil, err
	}
	c.judge()
	if len(c.violations) > 0 {
		for _, t := range c.trips {
			c.violations = append(c.violations, t.text(began))
		}
	}
	return c.violations, nil
}

// run lets the script happen and waits for its end.
func (c *crowd) run(began time.Time, paths *invalidation.Log) error {
	var all sync.WaitGroup
	defer all.Wait()
	for i, o := range c.script {
		// No two things happen in the same nanosecond, so that a script has
		// one outcome.
		time.Sleep(time.Until(began.Add(o.at + time.Duration(i))))
		if o.viewer > 0 {
			all.Go(func() { c.visit(o) })
			continue
		}
		if err := c.change(paths, o); err != nil {
			return err
		}
	}
	all.Wait()
	if err := c.end(); err != nil {
		c.violation("%v", err)
	}
	return nil
}

// end waits for what runs apart from viewers, settles, and finds nothing left
// over.
func (c *crowd) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if err := c.server.Drain(ctx); err != nil {
		return fmt.Errorf("fetches do not end: %w", err)
	}
	c.settle()
	if n := c.cache.InFlight(); n != 0 {
		return fmt.Errorf("%d bytes are reserved for content in flight when there is none", n)
	}
	return nil
}

// change publishes and then invalidates.
func (c *crowd) change(paths *invalidation.Log, o occurrence) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.publish != "" {
		c.publications[o.publish] = append(c.publications[o.publish], time.Now())
	}
	if o.invalidate == "" {
		return nil
	}
	c.invalidations = append(c.invalidations, invalidated{o.invalidate, time.Now()})
	if c.deaf {
		return nil
	}
	batch := invalidation.Batch{
		Distribution: c.server.Snapshot().Distribution(c.policy.host()).DomainName, Paths: []string{o.invalidate},
	}
	_, err := paths.Add(batch, time.Now())
	return err
}

// visit lets a viewer ask. One that waits for an hour is lost.
func (c *crowd) visit(o occurrence) {
	v := &visit{occurrence: o, began: time.Now()}
	patience := o.leaves
	if patience == 0 {
		patience = time.Hour
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v.request.fields["X-Viewer"] = fmt.Sprint(o.viewer)
	c.server.Serve(ctx, &v.response, v.request.message(c.policy.host()))
	v.ended, v.left = time.Now(), ctx.Err() != nil
	c.mu.Lock()
	defer c.mu.Unlock()
	c.visits = append(c.visits, v)
	if v.left && o.leaves == 0 {
		c.violations = append(c.violations, fmt.Sprintf("%v: no answer in an hour", o))
	}
}

func (c *crowd) violation(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, fmt.Sprintf(format, args...))
}

// shrunk leaves out what the script needs not to be against the rules.
func (s scene) shrunk() scene {
	for i := len(s.script) - 1; i >= 0; i-- {
		shorter := s
		shorter.script = slices.Delete(slices.Clone(s.script), i, i+1)
		if found, err := shorter.play(); err == nil && len(found) > 0 {
			s = shorter
		}
	}
	return s
}

// transcript returns the script as text.
func (s scene) transcript() string {
	var b strings.Builder
	for _, o := range s.script {
		fmt.Fprintf(&b, "  %v\n", o)
	}
	return b.String()
}
