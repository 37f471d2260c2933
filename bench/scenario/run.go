package scenario

import (
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// Run runs the scenario over one protocol, store and driver, in a bubble of its
// own. A failure says file and line, the step, and what happened before it. Run
// returns how many requests were answered by proxy.Server.Hit.
func (f *File) Run(t *testing.T, protocol edgetest.Protocol, store edgetest.Store, engine listener.Engine) (hits int64) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(t, f, protocol, store, engine)
		defer func() { hits = r.edge.Hits() }()
		for _, step := range f.Steps {
			if err := r.step(step); err != nil {
				t.Fatalf("%s:%d: %s\n\t%v\ntranscript:\n%s", f.Name, step.Line, step.Source, err, r.latest())
			}
		}
		if err := r.end(); err != nil {
			t.Fatalf("%s: at the end: %v\ntranscript:\n%s", f.Name, err, r.latest())
		}
	})
	return hits
}

// A runner is one run of a scenario.
type runner struct {
	t        *testing.T
	file     *File
	protocol edgetest.Protocol
	edge     *edgetest.Edge
	folder   string // on disk, with the files that the archive has for it
	origins  map[string]*scriptedOrigin

	started     map[string]*edgetest.Call
	responses   []edgetest.Response    // the latest
	token       string                 // of the latest puzzle that was solved
	sessions    tls.ClientSessionCache // of the latest handshake
	authorities map[string]*authority  // of viewers
	signed      []signedurl.Part       // the latest signature
	checked     bool                   // responses were looked at
	following   []edgetest.Response    // those of send that next has not come to

	transcript strings.Builder
}

func newRunner(t *testing.T, f *File, protocol edgetest.Protocol, store edgetest.Store, engine listener.Engine) *runner {
	r := &runner{
		t: t, file: f, protocol: protocol, checked: true,
		origins: make(map[string]*scriptedOrigin), started: make(map[string]*edgetest.Call),
	}
	if err := r.makeFolder(); err != nil {
		t.Fatal(err)
	}
	if err := r.writePublicKeys(f.Config); err != nil {
		t.Fatal(err)
	}
	if protocol == edgetest.ProtocolH3 {
		r.edge = edgetest.NewForHTTP3(t, store, r.inFolder(f.Config))
	} else {
		r.edge = edgetest.NewWith(t, engine, store, r.inFolder(f.Config))
	}
	r.startOrigins()
	return r
}

// startOrigins starts the origins of the configuration that do not run yet.
func (r *runner) startOrigins() {
	for name, address := range r.edge.Origins() {
		if o := r.origins[name]; o != nil && o.address == address {
			continue
		}
		o := &scriptedOrigin{name: name, address: address}
		o.server = origintest.Start(r.edge.Listen(address), o.choose)
		r.t.Cleanup(o.server.Close)
		r.origins[name] = o
	}
}

// step runs one step and writes it to the transcript.
func (r *runner) step(s Step) error {
	if _, asks := s.action.(viewerStep); asks && !r.checked {
		return fmt.Errorf("the response before this step was never looked at")
	}
	fmt.Fprintf(&r.transcript, "%4d  %s\n", s.Line, excerptLine(s.Source))
	r.settle()
	if err := r.edge.Unload(); err != nil {
		return err
	}
	if err := s.action.run(r); err != nil {
		return err
	}
	return r.unscripted()
}

// transcriptLines is how much of the transcript a failure shows.
const transcriptLines = 60

// latest returns the end of the transcript.
func (r *runner) latest() string {
	lines := strings.Split(r.transcript.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-transcriptLines):], "\n")
}

// unscripted reports a request that no step answers.
func (r *runner) unscripted() error {
	for _, o := range r.origins {
		if line := o.surprise(); line != "" {
			return fmt.Errorf("origin %s got %q, which no step answers", o.name, line)
		}
	}
	return nil
}

func (r *runner) end() error {
	switch {
	case len(r.started) > 0:
		return fmt.Errorf("%d viewers neither finish nor leave", len(r.started))
	case !r.checked:
		return fmt.Errorf("the last response was never looked at")
	}
	r.settle()
	return r.unscripted()
}

// settle waits until nothing happens any more without time passing.
func (r *runner) settle() { synctest.Wait() }

// patience is how long a viewer waits, in the bubble's time.
const patience = time.Hour

// collect waits for the calls and keeps their responses.
func (r *runner) collect(calls ...*edgetest.Call) error {
	r.responses, r.checked = nil, false
	for _, c := range calls {
		got, err := c.Wait(patience)
		r.following = c.Following()
		c.Close()
		if err != nil {
			return err
		}
		r.responses = append(r.responses, got)
		if len(calls) == 1 {
			r.transcript.WriteString(describe(got))
		}
	}
	r.settle()
	return nil
}

// describe shows a response in the transcript.
func describe(got edgetest.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "        %d\n", got.Status)
	for _, l := range got.Fields {
		fmt.Fprintf(&b, "        %s: %s\n", l.Name, l.Value)
	}
	fmt.Fprintf(&b, "        %s", excerptLine(excerpt(got.Body)))
	if got.Cut {
		fmt.Fprintf(&b, " cut: %v", got.Err)
	}
	return b.String() + "\n"
}

func excerptLine(s string) string {
	if len(s) > 160 {
		return s[:160] + "..."
	}
	return s
}

// origin returns an origin by its name in the configuration.
func (r *runner) origin(name string) (*scriptedOrigin, error) {
	o := r.origins[name]
	if o == nil {
		return nil, fmt.Errorf("no origin %s in the configuration", name)
	}
	return o, nil
}

// A scriptedOrigin answers by the rules that the script has set so far.
type scriptedOrigin struct {
	name, address string
	server        *origintest.Server
	counted       int // requests at the last count

	mu         sync.Mutex // guards what follows; the origin's goroutines ask
	rules      []rule
	unexpected string
}

// A rule answers the requests that match.
type rule struct {
	method, target string
	steps          []origintest.Step
	head           []origintest.Step // for HEAD
	// divide returns the steps for a request for a range, nil for the usual;
	// it may be nil.
	divide func(field.Lines) []origintest.Step
	// echo, if set, gives both for a request.
	echo func(origintest.Request) (steps, head []origintest.Step)
}

func (o *scriptedOrigin) answer(r rule) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rules = append(o.rules, r)
}

// choose returns the steps of the latest rule that matches.
func (o *scriptedOrigin) choose(q origintest.Request) []origintest.Step {
	method, target := requestLine(q)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.rules) - 1; i >= 0; i-- {
		r := o.rules[i]
		if !r.matches(method, target) {
			continue
		}
		if r.echo != nil {
			r.steps, r.head = r.echo(q)
		}
		if method == "HEAD" {
			return r.head
		}
		if r.divide != nil {
			if steps := r.divide(requestFields(q)); steps != nil {
				return steps
			}
		}
		return r.steps
	}
	o.unexpected = q.Line()
	return []origintest.Step{origintest.Reply(501, "")}
}

func (r rule) matches(method, target string) bool {
	prefix, wildcard := strings.CutSuffix(r.target, "*")
	return (r.method == "*" || r.method == method) &&
		(r.target == target || wildcard && strings.HasPrefix(target, prefix))
}

// surprise returns the line of a request that no rule matched.
func (o *scriptedOrigin) surprise() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unexpected
}
