package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
)

// A reply is what an origin does about a request.
type reply struct {
	early    bool           // before the request's content is read
	interims []interimReply // before it
	after    time.Duration
	raw      bool // pieces are everything
	status   int
	fields   []fieldLine
	length   int // -1: that of the pieces
	framing  framing
	pieces   []piece
	ranges   bool // a request for a range gets that
}

// An interimReply is a 1xx response that comes first.
type interimReply struct {
	after  time.Duration
	status int
	fields []fieldLine
}

type framing uint8

const (
	framingLength framing = iota
	framingChunked
	framingOpen
)

// A piece is a part of a reply's content or one of the things between.
type piece struct {
	what    string // "", "field", "pause", "reset", "close", "never"
	content content
	field   string // of the request, whose value is the content
	pause   time.Duration
}

// endings are the pieces after which nothing comes.
var endings = []string{"reset", "close", "never"}

// answerStep sets what an origin answers.
type answerStep struct {
	origin, method, target string
	reply                  reply
}

func parseOrigin(w *words) (action, error) {
	name, err := w.word("an origin")
	if err != nil {
		return nil, err
	}
	switch {
	case w.skip("saw"):
		return parseSaw(name, w)
	case w.skip("signed"):
		return parseSigned(name, w)
	case w.skip("requests"):
		n, err := w.number("a number of requests")
		return requestsStep{name, n}, err
	}
	if w.skip("gateway") {
		return parseGateway(name, w)
	}
	if w.skip("forgets") {
		return forgetStep{name}, nil
	}
	for state, word := range edgetest.ReachNames {
		if w.skip(word) {
			return reachStep{name, edgetest.Reach(state)}, nil
		}
	}
	s := answerStep{origin: name}
	if s.method, err = w.word("a method"); err != nil {
		return nil, err
	}
	if s.target, err = w.expanded("a target"); err != nil {
		return nil, err
	}
	if !w.skip("->") {
		return nil, fmt.Errorf("got %q, want ->", w.peek().source)
	}
	s.reply, err = w.reply()
	return s, err
}

func (w *words) reply() (reply, error) {
	a := reply{length: -1, early: w.skip("early")}
	var err error
	if a.after, err = w.after(); err != nil {
		return a, err
	}
	for w.skip("interim") {
		i := interimReply{after: a.after}
		if i.status, err = w.number("a status"); err != nil {
			return a, err
		}
		if i.fields, err = w.fieldLines(); err != nil {
			return a, err
		}
		a.interims = append(a.interims, i)
		if a.after, err = w.after(); err != nil {
			return a, err
		}
	}
	t := w.peek()
	switch {
	case w.skip("raw"), t.op == 0 && !t.quoted && slices.Contains(endings, t.text):
		a.raw = true
		a.pieces, err = w.pieces()
		return a, err
	}
	if a.status, err = w.number("a status"); err != nil {
		return a, err
	}
	if a.fields, err = w.fieldLines(); err != nil {
		return a, err
	}
	if w.skip("length") {
		if a.length, err = w.number("a length"); err != nil {
			return a, err
		}
	}
	a.ranges = w.skip("ranges")
	switch {
	case w.skip("chunked"):
		a.framing = framingChunked
	case w.skip("open"):
		a.framing = framingOpen
	case !w.skip("body"):
		return a, nil
	}
	if a.pieces, err = w.pieces(); err == nil && a.ranges {
		err = a.checkRanges()
	}
	return a, err
}

// after takes "after D", if it is there.
func (w *words) after() (time.Duration, error) {
	if !w.skip("after") {
		return 0, nil
	}
	return w.duration()
}

// pieces takes all PIECEs that follow, at least one.
func (w *words) pieces() ([]piece, error) {
	var out []piece
	for {
		t := w.peek()
		switch {
		case t.op == 0 && !t.quoted && slices.Contains(endings, t.text):
			w.skip(t.text)
			return append(out, piece{what: t.text}), nil
		case w.skip("pause"):
			d, err := w.duration()
			if err != nil {
				return nil, err
			}
			out = append(out, piece{what: "pause", pause: d})
		case w.skip("field"):
			name, err := w.word("a field's name")
			if err != nil {
				return nil, err
			}
			out = append(out, piece{what: "field", field: name})
		case w.isContent():
			c, err := w.content()
			if err != nil {
				return nil, err
			}
			out = append(out, piece{content: c})
		case len(out) == 0:
			return nil, fmt.Errorf("got %q, want content", t.source)
		default:
			return out, nil
		}
	}
}

func (s answerStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err != nil {
		return err
	}
	now := time.Now()
	whole, head, err := s.reply.both(r.file, now)
	if err != nil {
		return err
	}
	set := rule{method: s.method, target: s.target, steps: whole, head: head, divide: s.reply.divide(r.file, now)}
	if s.reply.echoes() {
		set.echo = func(q origintest.Request) (steps, head []origintest.Step) {
			steps, head, _ = s.reply.echo(q).both(r.file, now) // which worked above
			return steps, head
		}
	}
	o.answer(set)
	r.settle()
	o.counted = len(o.server.Requests())
	return nil
}

// both returns what an origin does about a request, and about HEAD.
func (a reply) both(f *File, now time.Time) (whole, head []origintest.Step, err error) {
	if whole, err = a.steps(f, now); err != nil {
		return nil, nil, err
	}
	headOnly := a
	headOnly.pieces = nil
	head, err = headOnly.withLength(a, f).steps(f, now)
	return whole, head, err
}

// echoes reports whether the content depends on the request.
func (a reply) echoes() bool {
	return slices.ContainsFunc(a.pieces, func(p piece) bool { return p.what == "field" })
}

// echo returns the reply to q.
func (a reply) echo(q origintest.Request) reply {
	a.pieces = slices.Clone(a.pieces)
	for i, p := range a.pieces {
		if p.what == "field" {
			a.pieces[i] = piece{content: content{text: requestFields(q).Joined(p.field)}}
		}
	}
	return a
}

// withLength returns the reply to a HEAD request: the length of full, but
// nothing of it.
func (a reply) withLength(full reply, f *File) reply {
	if full.raw {
		return full
	}
	if a.framing == framingLength && a.length < 0 {
		a.length, _ = full.size(f)
	}
	return a
}

// size returns the number of bytes of all pieces.
func (a reply) size(f *File) (int, error) {
	n := 0
	for _, p := range a.pieces {
		text, err := p.content.bytes(f)
		if err != nil {
			return 0, err
		}
		n += len(text)
	}
	return n, nil
}

// steps returns the reply as an origin performs it.
func (a reply) steps(f *File, now time.Time) ([]origintest.Step, error) {
	var steps []origintest.Step
	if a.early {
		steps = append(steps, origintest.Early())
	}
	for _, i := range a.interims {
		steps = append(steps, origintest.Wait(i.after), origintest.Send(headLines(i.status, i.fields, now)+"\r\n"))
	}
	if a.after > 0 {
		steps = append(steps, origintest.Wait(a.after))
	}
	if !a.raw {
		head, err := a.head(f, now)
		if err != nil {
			return nil, err
		}
		steps = append(steps, origintest.Send(head))
	}
	ended := false
	for _, p := range a.pieces {
		switch p.what {
		case "pause":
			steps = append(steps, origintest.Wait(p.pause))
		case "reset":
			steps, ended = append(steps, origintest.Reset()), true
		case "close":
			steps, ended = append(steps, origintest.Close()), true
		case "never":
			steps, ended = append(steps, origintest.Hang()), true
		default:
			text, err := p.content.bytes(f)
			if err != nil {
				return nil, err
			}
			if a.framing == framingChunked {
				text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
			}
			steps = append(steps, origintest.Send(text))
		}
	}
	switch {
	case ended:
	case a.framing == framingChunked && a.pieces != nil:
		steps = append(steps, origintest.Send("0\r\n\r\n"))
	case a.framing == framingOpen:
		steps = append(steps, origintest.Close())
	}
	return steps, nil
}

// headLines returns a status line with field lines.
func headLines(status int, fields []fieldLine, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d Scripted\r\n", status)
	for _, l := range fields {
		b.WriteString(l.name + ": " + l.at(now) + "\r\n")
	}
	return b.String()
}

func (a reply) head(f *File, now time.Time) (string, error) {
	var b strings.Builder
	b.WriteString(headLines(a.status, a.fields, now))
	switch {
	case a.framing == framingChunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case a.framing == framingOpen || a.length < 0 && (a.status == 204 || a.status == 304):
	default:
		length := a.length
		if length < 0 {
			var err error
			if length, err = a.size(f); err != nil {
				return "", err
			}
		}
		b.WriteString("Content-Length: " + strconv.Itoa(length) + "\r\n")
	}
	return b.String() + "\r\n", nil
}

// reachStep sets whether an origin can be connected to.
type reachStep struct {
	origin string
	reach  edgetest.Reach
}

func (s reachStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err == nil {
		r.edge.SetReach(o.address, s.reach)
	}
	return err
}

// forgetStep makes an origin's connections half open.
type forgetStep struct{ origin string }

func (s forgetStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err == nil {
		r.edge.Forget(o.address)
	}
	return err
}

// requestsStep counts the requests since the origin's answers were last set,
// or since the last count.
type requestsStep struct {
	origin string
	want   int
}

func (s requestsStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err != nil {
		return err
	}
	r.settle()
	all := len(o.server.Requests())
	got := all - o.counted
	o.counted = all
	if got != s.want {
		return fmt.Errorf("requests: got %d, want %d", got, s.want)
	}
	return nil
}

// sawStep checks the latest request.
type sawStep struct {
	origin, method, target string
	fields                 []fieldCheck
	body                   *content
}

func parseSaw(origin string, w *words) (action, error) {
	s := sawStep{origin: origin}
	var err error
	if s.method, err = w.word("a method"); err != nil {
		return nil, err
	}
	if s.target, err = w.expanded("a target"); err != nil {
		return nil, err
	}
	if s.fields, err = w.fieldChecks(); err != nil {
		return nil, err
	}
	if w.skip("body") {
		c, err := w.content()
		s.body = &c
		return s, err
	}
	return s, nil
}

func (s sawStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err != nil {
		return err
	}
	r.settle()
	requests := o.server.Requests()
	if len(requests) == 0 {
		return fmt.Errorf("got no request, want %s %s", s.method, s.target)
	}
	last := requests[len(requests)-1]
	method, target := requestLine(last)
	if want := r.signedMarks(s.target); method != s.method || target != want {
		return fmt.Errorf("got %s %s, want %s %s", method, target, s.method, want)
	}
	if err := checkFields(s.fields, requestFields(last)); err != nil {
		return err
	}
	if s.body != nil {
		return s.body.check(r.file, last.Body, nil)
	}
	return nil
}

func requestLine(q origintest.Request) (method, target string) {
	parts := strings.SplitN(q.Line(), " ", 3)
	if len(parts) != 3 {
		return q.Line(), ""
	}
	return parts[0], parts[1]
}

func requestFields(q origintest.Request) field.Lines {
	var out field.Lines
	for l := range strings.SplitSeq(q.Head, "\r\n") {
		if name, value, found := strings.Cut(l, ": "); found {
			out.Add(name, value)
		}
	}
	return out
}
