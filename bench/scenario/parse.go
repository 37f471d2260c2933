package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An action is what a step does. Its error says what was expected and what
// came.
type action interface {
	run(r *runner) error
}

// verbs are the steps by their first word.
var verbs map[string]func(*words) (action, error)

func init() { // the table refers to parsers that refer to the table's type
	verbs = map[string]func(*words) (action, error){
		"origin":     parseOrigin,
		"viewer":     parseViewer,
		"viewers":    parseViewers,
		"send":       parseSend,
		"next":       parseNext,
		"start":      parseStart,
		"finish":     parseFinish,
		"leave":      parseLeave,
		"received":   parseReceived,
		"expect":     parseExpect,
		"tally":      parseTally,
		"advance":    parseAdvance,
		"invalidate": parseInvalidate,
		"log":        parseLog,
		"logged":     parseLogged,
		"metric":     parseMetric,
		"reload":     parseReload,
		"restart":    parseRestart,
		"damage":     parseDamage,
		"write":      parseWrite,
		"remove":     parseRemove,
		"keys":       parseKeys,
		"overload":   parseOverload,
		"record":     parseRecord,
		"solve":      parseSolve,
		"sign":       parseSign,
		"handshake":  parseHandshake,
		"issue":      parseIssue,
		"revoke":     parseRevoke,
	}
}

var errEnd = errors.New("the step ends too early")

// words are the rest of a step.
type words struct{ tokens []token }

func (w *words) more() bool { return len(w.tokens) > 0 }

// peek returns the next word; the zero token at the end.
func (w *words) peek() token {
	if !w.more() {
		return token{}
	}
	return w.tokens[0]
}

func (w *words) next() (token, error) {
	if !w.more() {
		return token{}, errEnd
	}
	t := w.tokens[0]
	w.tokens = w.tokens[1:]
	return t, nil
}

// skip takes the next word if it is the bare word s.
func (w *words) skip(s string) bool {
	if !w.more() || !w.peek().isWord(s) {
		return false
	}
	w.tokens = w.tokens[1:]
	return true
}

// word takes a bare word.
func (w *words) word(what string) (string, error) {
	t, err := w.next()
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: no %s", err, what)
	case t.quoted:
		return "", fmt.Errorf("got %s, want %s", t.source, what)
	}
	return t.source, nil
}

// expanded takes a bare word in which x{N} counts.
func (w *words) expanded(what string) (string, error) {
	t := w.peek()
	if _, err := w.word(what); err != nil {
		return "", err
	}
	if t.op == 0 {
		return t.text, nil
	}
	return t.name + string(t.op) + t.text, nil
}

func (w *words) number(what string) (int, error) {
	s, err := w.word(what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100_000_000 {
		return 0, fmt.Errorf("got %s, want %s", s, what)
	}
	return n, nil
}

// duration takes a D: "61s" or "60s-1ms".
func (w *words) duration() (time.Duration, error) {
	s, err := w.word("a duration")
	if err != nil {
		return 0, err
	}
	return parseDuration(s)
}

func parseDuration(s string) (time.Duration, error) {
	whole, less, subtract := strings.Cut(s, "-")
	d, err := time.ParseDuration(whole)
	if err == nil && subtract {
		var minus time.Duration
		minus, err = time.ParseDuration(less)
		d -= minus
	}
	if err != nil || d < 0 {
		return 0, fmt.Errorf("got %s, want a duration", s)
	}
	return d, nil
}

// A fieldLine is Name=value of a message that is sent.
type fieldLine struct {
	name, value string
	// dated makes the value the HTTP date of now plus date.
	dated bool
	date  time.Duration
}

var dateValue = regexp.MustCompile(`^now(?:([+-])([0-9a-z.]+))?$`)

// fieldLines takes all Name=value that follow.
func (w *words) fieldLines() ([]fieldLine, error) {
	var out []fieldLine
	for w.more() && w.peek().op == '=' {
		t, _ := w.next()
		l := fieldLine{name: t.name, value: t.text}
		if m := dateValue.FindStringSubmatch(t.text); m != nil && !t.quoted {
			l.dated = true
			if m[1] != "" {
				d, err := time.ParseDuration(m[1] + m[2])
				if err != nil {
					return nil, fmt.Errorf("got %s, want a time", t.source)
				}
				l.date = d
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// at returns the value at a moment.
func (l fieldLine) at(now time.Time) string {
	if !l.dated {
		return l.value
	}
	return now.Add(l.date).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}

// A content is what a message carries, or what one must carry.
type content struct {
	kind    contentKind
	text    string // or the file's name, or the expression
	size    int
	from    int      // offset of numbered bytes
	codings []string // outermost first
}

type contentKind uint8

const (
	contentText contentKind = iota
	contentBytes
	contentFile
	contentPattern
)

// isContent reports whether the next word begins a CONTENT.
func (w *words) isContent() bool {
	t := w.peek()
	if !w.more() || t.op != 0 {
		return false
	}
	if t.quoted || slices.Contains([]string{"file", "gzip", "br", "empty", "~"}, t.text) {
		return true
	}
	_, err := strconv.Atoi(t.text)
	return err == nil
}

func (w *words) content() (content, error) {
	var c content
	for w.peek().isWord("gzip") || w.peek().isWord("br") {
		t, _ := w.next()
		c.codings = append(c.codings, t.text)
	}
	t, err := w.next()
	switch {
	case err != nil:
		return c, err
	case t.op != 0:
		return c, fmt.Errorf("got %s, want content", t.source)
	case t.quoted:
		c.text = t.text
	case t.text == "empty":
	case t.text == "file":
		c.kind = contentFile
		c.text, err = w.word("a file name")
	case t.text == "~":
		c.kind = contentPattern
		if t, err = w.next(); err == nil {
			c.text = t.text
			_, err = regexp.Compile(t.text)
		}
	default:
		w.tokens = append([]token{t}, w.tokens...)
		c.kind = contentBytes
		if c.size, err = w.number("content"); err == nil && !w.skip("bytes") {
			err = fmt.Errorf("got %s, want content", t.source)
		}
		if err == nil && w.skip("from") {
			c.from, err = w.number("an offset")
		}
	}
	return c, err
}
