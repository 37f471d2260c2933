package h1

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A line is a Transport whose viewer is a test.
type line struct {
	in    chan string // pieces as they arrive; closed when the viewer ends its output
	left  string      // of a piece
	stop  chan struct{}
	stops sync.Once

	mu      sync.Mutex // guards what follows
	out     bytes.Buffer
	writes  []int // their sizes
	timeout time.Duration
	waits   []time.Duration // each timeout that was set
	gone    context.CancelCauseFunc
	files   bool
	broken  error // of writing
}

func newLine(pieces ...string) *line {
	l := &line{in: make(chan string, len(pieces)), stop: make(chan struct{})}
	for _, p := range pieces {
		l.in <- p
	}
	return l
}

// ended is a line whose viewer sends no more than the pieces.
func ended(pieces ...string) *line {
	l := newLine(pieces...)
	close(l.in)
	return l
}

var errStopped = errors.New("reading was interrupted")

func (l *line) Read(p []byte) (int, error) {
	if l.left == "" {
		l.mu.Lock()
		timeout := l.timeout
		l.mu.Unlock()
		var expired <-chan time.Time
		if timeout > 0 {
			expired = time.After(timeout)
		}
		select {
		case <-l.stop:
			return 0, errStopped
		default:
		}
		select {
		case piece, ok := <-l.in:
			if !ok {
				return 0, io.EOF
			}
			l.left = piece
		case <-l.stop:
			return 0, errStopped
		case <-expired:
			return 0, os.ErrDeadlineExceeded
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return 0, l.broken
	}
	l.writes = append(l.writes, len(p))
	return l.out.Write(p)
}

func (l *line) WriteBoth(p, q []byte) error {
	_, err := l.Write(append(bytes.Clone(p), q...))
	return err
}

func (l *line) SendsFiles() bool { return l.files }

func (l *line) SendFile(f *os.File, n int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent, err := io.CopyN(&l.out, f, n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return sent, err
}

func (l *line) SetReadTimeout(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timeout, l.waits = d, append(l.waits, d)
}

func (l *line) Interrupt() { l.stops.Do(func() { close(l.stop) }) }

func (l *line) Watch(gone context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = gone
}

// leave tells whoever watches that the viewer has gone.
func (l *line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone != nil {
		l.gone(errors.New("left"))
	}
}

// output returns what was written up to now.
func (l *line) output() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// A desk is what the engine calls, and what it was told.
type desk struct {
	Options
	malformed []string
	panics    []string
}

// newDesk completes o.
func newDesk(o Options) *desk {
	d := &desk{Options: o}
	d.Page = func(status int) (field.Lines, []byte) { return nil, fmt.Appendf(nil, "page %d", status) }
	d.OnMalformed = func(remote string, status int, reason string) {
		d.malformed = append(d.malformed, fmt.Sprint(status, " ", reason))
	}
	d.OnPanic = func(v any, r *viewer.Request) { d.panics = append(d.panics, fmt.Sprint(v, " ", r.Path)) }
	if d.Now == nil {
		d.Now = func() time.Time { return time.Unix(1e9, 0) }
	}
	if d.Handler == nil {
		d.Handler = echo
	}
	return d
}

// drive is the smallest driver there can be: it reads, asks Hits, and calls
// Serve for the rest, until the connection ends or nothing is left to read.
func (d *desk) drive(l *line) (kept bool) {
	o := d.WithDefaults()
	c := NewConn(o, &viewer.Peer{Remote: netip.MustParseAddrPort("198.51.100.10:40001")})
	var s Scratch
	var in []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.Read(buffer)
		if err != nil {
			return true
		}
		in = append(in, buffer[:n]...)
		for again := true; again; {
			used, next := c.Hits(&s, in, o.Now())
			in = in[used:]
			if len(s.Out)+len(s.Tail) > 0 && l.WriteBoth(s.Out, s.Tail) != nil {
				return false
			}
			s.Reset()
			switch again = next != NextRead; next {
			case NextServe:
				rest, keep := c.Serve(l, bytes.Clone(in))
				if !keep {
					return false
				}
				in, again = rest, len(rest) > 0
			case NextRead, NextWrite:
			}
		}
	}
}

// answers returns what the viewer gets that sends the pieces and then no more.
func (d *desk) answers(pieces ...string) string {
	l := ended(pieces...)
	d.drive(l)
	return l.output()
}

// echo answers with what it was asked.
func echo(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	content := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		content = string(b)
		if err != nil {
			content += "!" + err.Error()
		}
	}
	text := describe(r) + " " + content
	w.WriteHead(200, nil, int64(len(text)))
	if r.Method != "HEAD" {
		io.WriteString(w, text)
	}
}

// describe returns all that a request says but for its content: method, host,
// target, version, and what else there is.
func describe(r *viewer.Request) string {
	parts := []string{r.Method, cmp.Or(r.Host, "-"), r.Path, r.Proto.String()}
	if r.HasQuery {
		parts[2] += "?" + r.Query
	}
	if r.ContentLength != 0 || r.Body != nil {
		parts = append(parts, fmt.Sprint("length=", r.ContentLength))
	}
	if r.Upgrade != "" {
		parts = append(parts, "upgrade="+r.Upgrade)
	}
	for _, l := range r.Fields {
		parts = append(parts, "["+l.Name+"="+l.Value+"]")
	}
	return strings.Join(parts, " ")
}

// respond returns a Handler that answers with content.
func respond(content string) viewer.Handler {
	return func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, int64(len(content)))
		if r.Method != "HEAD" {
			io.WriteString(w, content)
		}
	}
}

// shelf is a HitFunc that has what is below /hit, and knows no others.
func shelf(h *viewer.Hit, r *viewer.Request) bool {
	if !strings.HasPrefix(r.Path, "/hit") {
		return false
	}
	*h = viewer.Hit{Status: 200, Stored: "A: 1\r\n", AllowOrigin: r.Fields.Get("Origin"), ServerTiming: r.Fields.Get("Timing"), Edge: viewer.NewReadyFields(field.Lines{{Name: "B", Value: "2"}}), Age: -1,
		Content: []byte("content of " + r.Path), Done: func(*viewer.Hit, *viewer.Request, int64) {}}
	copy(h.ID[:], strings.Repeat("i", len(h.ID)))
	return true
}

// hitAnswer is what a viewer gets of shelf.
func hitAnswer(path string) string {
	content := "content of " + path
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nX-Amz-Cf-Id: %s\r\nContent-Length: %d\r\n\r\n%s", strings.Repeat("i", 56), len(content), content)
}

// check compares what a viewer got.
func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%.200q:\n got %q\nwant %q", what, got, want)
	}
}
