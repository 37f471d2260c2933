package scenario

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A request is what a viewer asks.
type request struct {
	method, url string
	http10      bool
	over        *edgetest.Protocol // nil: that of the run
	from        netip.Addr         // of the viewer; zero is edgetest's own
	as          string             // whose certificate it shows, "" for none
	fields      []fieldLine
	body        *content
	chunked     bool
}

func (w *words) request() (request, error) {
	var q request
	var err error
	if q.method, err = w.word("a method"); err != nil {
		return q, err
	}
	if q.url, err = w.expanded("a URL"); err != nil {
		return q, err
	}
	if _, err := q.target(); err != nil {
		return q, err
	}
	q.http10 = w.skip("HTTP/1.0")
	if w.skip("over") {
		word, err := w.word("a protocol")
		if err != nil {
			return q, err
		}
		p, err := named(protocols, word)
		if err != nil {
			return q, err
		}
		q.over = &p
	}
	if w.skip("from") {
		word, err := w.word("an address")
		if err != nil {
			return q, err
		}
		if q.from, err = netip.ParseAddr(word); err != nil {
			return q, err
		}
	}
	if w.skip("as") {
		if q.as, err = w.word("AUTHORITY/VIEWER"); err != nil {
			return q, err
		}
	}
	if q.fields, err = w.fieldLines(); err != nil {
		return q, err
	}
	switch {
	case w.skip("chunked"):
		q.chunked = true
	case !w.skip("body"):
		return q, nil
	}
	body, err := w.content()
	q.body = &body
	return q, err
}

// defaultHost is where a URL that is only a path belongs.
const defaultHost = "http://shop.test"

// target splits the URL into what a viewer needs, without changing a byte.
func (q request) target() (edgetest.Request, error) {
	full := q.url
	if strings.HasPrefix(full, "/") || full == "*" {
		full = defaultHost + full
	}
	scheme, rest, found := strings.Cut(full, "://")
	if !found || scheme != "http" && scheme != "https" {
		return edgetest.Request{}, fmt.Errorf("got %s, want a URL", q.url)
	}
	if q.url == "*" {
		return edgetest.Request{Scheme: scheme, Host: strings.TrimSuffix(rest, "*"), Target: "*"}, nil
	}
	i := strings.IndexAny(rest, "/?")
	if i < 0 {
		return edgetest.Request{}, fmt.Errorf("got %s, want a URL with a path", q.url)
	}
	if _, err := url.Parse(scheme + "://" + rest[:i]); err != nil {
		return edgetest.Request{}, fmt.Errorf("got %s, want a URL", q.url)
	}
	return edgetest.Request{Scheme: scheme, Host: rest[:i], ServerName: rest[:i], Target: rest[i:]}, nil
}

// build returns the request as a viewer sends it.
func (q request) build(r *runner) (edgetest.Request, error) {
	q.url = r.signedMarks(q.url)
	out, err := q.target()
	if err != nil {
		return out, err
	}
	if out.Certificate, err = r.certificateOf(q.as); err != nil {
		return out, err
	}
	if q.protocol(r) == edgetest.ProtocolH3 {
		out.Scheme = "https" // there is no other
	}
	out.Method, out.HTTP10, out.Chunked, out.From = q.method, q.http10, q.chunked, q.from
	if q.http10 && q.protocol(r) != edgetest.ProtocolH1 {
		return out, fmt.Errorf("HTTP/1.0 needs the line %q", "protocols: h1")
	}
	for _, l := range q.fields {
		if field.EqualName(l.name, "Host") {
			out.Host = l.value
			continue
		}
		out.Fields.Add(l.name, r.signedMarks(strings.ReplaceAll(l.at(time.Now()), tokenMark, r.token)))
	}
	if q.body != nil {
		body, err := q.body.bytes(r.file)
		out.HasBody, out.Body = true, body
		return out, err
	}
	return out, nil
}

// protocol returns what the viewer speaks.
func (q request) protocol(r *runner) edgetest.Protocol {
	if q.over != nil {
		return *q.over
	}
	return r.protocol
}

// numberMark stands for the number of a viewer, from 1 on.
const numberMark = "{n}"

// numbered returns the request of the n-th viewer.
func (q request) numbered(n int) request {
	put := func(s string) string { return strings.ReplaceAll(s, numberMark, strconv.Itoa(n)) }
	q.url = put(q.url)
	q.fields = slices.Clone(q.fields)
	for i := range q.fields {
		q.fields[i].value = put(q.fields[i].value)
	}
	if q.body != nil {
		body := *q.body
		body.text = put(body.text)
		q.body = &body
	}
	return q
}

// viewerStep sends requests at once and waits for the responses.
type viewerStep struct {
	count       int
	connections int // that are shared over HTTP/2; 0: one for each
	request     request
}

func parseViewer(w *words) (action, error) {
	q, err := w.request()
	return viewerStep{count: 1, request: q}, err
}

func parseViewers(w *words) (action, error) {
	n, err := w.number("a number of viewers")
	if err != nil {
		return nil, err
	}
	if n == 0 || n > 1000 {
		return nil, fmt.Errorf("got %d viewers, want 1 to 1000", n)
	}
	s := viewerStep{count: n}
	if s.request, err = w.request(); err != nil || !w.skip("on") {
		return s, err
	}
	if s.connections, err = w.number("a number of connections"); err != nil {
		return nil, err
	}
	if s.connections == 0 || !w.skip("connections") {
		return nil, fmt.Errorf("got %d %q, want a number of connections", s.connections, w.peek().source)
	}
	return s, nil
}

func (s viewerStep) run(r *runner) error {
	protocol := s.request.protocol(r)
	calls := make([]*edgetest.Call, s.count)
	for i := range calls {
		q, err := s.request.numbered(i + 1).build(r)
		switch {
		case err != nil:
			return err
		case protocol != edgetest.ProtocolH1 && s.connections > 0 && i >= s.connections:
			calls[i] = calls[i%s.connections].Beside(q)
		default:
			calls[i] = r.edge.Call(r.t, protocol, q)
		}
	}
	return r.collect(calls...)
}

// sendStep sends bytes as they are.
type sendStep struct{ content []content }

func parseSend(w *words) (action, error) {
	var s sendStep
	for {
		c, err := w.content()
		if err != nil {
			return nil, err
		}
		if s.content = append(s.content, c); !w.more() {
			return s, nil
		}
	}
}

func (s sendStep) run(r *runner) error {
	if r.protocol != edgetest.ProtocolH1 {
		return fmt.Errorf("send needs the line %q", "protocols: h1")
	}
	raw := ""
	for _, c := range s.content {
		part, err := c.bytes(r.file)
		if err != nil {
			return err
		}
		raw += part
	}
	return r.collect(r.edge.Call(r.t, r.protocol, edgetest.Request{Scheme: "http", Raw: raw}))
}

// nextStep goes on to the next response to what was sent.
type nextStep struct{}

func parseNext(*words) (action, error) { return nextStep{}, nil }

func (nextStep) run(r *runner) error {
	switch {
	case !r.checked:
		return fmt.Errorf("the response before this one was never looked at")
	case len(r.following) == 0:
		return fmt.Errorf("no further response came")
	}
	r.responses, r.checked = r.following[:1], false
	r.following = r.following[1:]
	r.transcript.WriteString(describe(r.responses[0]))
	return nil
}

// startStep sends a request and goes on.
type startStep struct {
	name    string
	request request
	unread  bool
	beside  string // whose connection it shares, "" for none
}

func parseStart(w *words) (action, error) {
	name, err := w.word("a viewer's name")
	if err != nil {
		return nil, err
	}
	q, err := w.request()
	s := startStep{name: name, request: q, unread: w.skip("unread")}
	if err == nil && w.skip("beside") {
		s.beside, err = w.word("a viewer's name")
	}
	return s, err
}

func (s startStep) run(r *runner) error {
	if r.started[s.name] != nil {
		return fmt.Errorf("viewer %s was started already", s.name)
	}
	q, err := s.request.build(r)
	if err != nil {
		return err
	}
	q.Unread = s.unread
	if s.beside == "" {
		r.started[s.name] = r.edge.Call(r.t, s.request.protocol(r), q)
		r.settle()
		return nil
	}
	other := r.started[s.beside]
	p := s.request.protocol(r)
	if other == nil || p == edgetest.ProtocolH1 || p == edgetest.ProtocolH2 && q.Scheme != "http" {
		return fmt.Errorf("no viewer %s with a connection for several requests was started", s.beside)
	}
	r.started[s.name] = other.Beside(q)
	r.settle()
	return nil
}

// namedStep is a step about a started viewer.
type namedStep struct {
	name string
	do   namedDo
	want content
	// interims stands in place of want, if it is there.
	interims *interimChecks
}

type namedDo uint8

const (
	doFinish namedDo = iota
	doLeave
	doReceived
)

func parseFinish(w *words) (action, error) { return parseNamed(w, doFinish) }
func parseLeave(w *words) (action, error)  { return parseNamed(w, doLeave) }

func parseReceived(w *words) (action, error) {
	s, err := parseNamed(w, doReceived)
	if err != nil {
		return nil, err
	}
	named := s.(namedStep)
	for w.skip("interim") && err == nil {
		named.interims, err = w.interimChecks(named.interims)
	}
	if named.interims == nil && err == nil {
		named.want, err = w.content()
	}
	return named, err
}

func parseNamed(w *words, do namedDo) (action, error) {
	name, err := w.word("a viewer's name")
	return namedStep{name: name, do: do}, err
}

func (s namedStep) run(r *runner) error {
	call := r.started[s.name]
	if call == nil {
		return fmt.Errorf("no viewer %s was started", s.name)
	}
	switch s.do {
	case doReceived:
		r.settle()
		if s.interims != nil {
			return s.interims.check(call.Interim())
		}
		return s.want.check(r.file, call.Received(), nil)
	case doLeave:
		delete(r.started, s.name)
		call.Close()
		r.settle()
		return nil
	}
	delete(r.started, s.name)
	return r.collect(call)
}
