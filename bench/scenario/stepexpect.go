package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
)

// resultTypes are the words that X-Cache may begin with.
var resultTypes = []string{"Hit", "Miss", "RefreshHit", "Error", "Redirect", "LimitExceeded"}

const fromCloudFront = " from cloudfront"

// A fieldCheck is one FIELD of a check.
type fieldCheck struct {
	name  string
	kind  checkKind
	value fieldLine // or the expression
}

type checkKind uint8

const (
	checkEqual checkKind = iota
	checkMatch
	checkPresent
	checkAbsent
)

// isFieldCheck reports whether the next word is a FIELD of a check.
func (w *words) isFieldCheck() bool {
	t := w.peek()
	switch {
	case !w.more() || t.op == 0 && t.quoted:
		return false
	case t.op != 0:
		return true
	case strings.HasPrefix(t.text, "!"):
		return len(t.text) > 1
	}
	return t.text != "" && 'A' <= t.text[0] && t.text[0] <= 'Z' && fieldNameLength(t.text) == len(t.text)
}

// fieldChecks takes all FIELDs of a check that follow.
func (w *words) fieldChecks() ([]fieldCheck, error) {
	var out []fieldCheck
	for w.isFieldCheck() {
		if w.peek().op == '=' {
			lines, err := w.fieldLines()
			if err != nil {
				return nil, err
			}
			for _, l := range lines {
				out = append(out, fieldCheck{name: l.name, kind: checkEqual, value: l})
			}
			continue
		}
		t, _ := w.next()
		name, absent := strings.CutPrefix(t.text, "!")
		switch {
		case t.op == '~':
			if _, err := regexp.Compile(t.text); err != nil {
				return nil, err
			}
			out = append(out, fieldCheck{name: t.name, kind: checkMatch, value: fieldLine{value: t.text}})
		case absent:
			out = append(out, fieldCheck{name: name, kind: checkAbsent})
		default:
			out = append(out, fieldCheck{name: name, kind: checkPresent})
		}
	}
	return out, nil
}

// check compares one field of a message.
func (c fieldCheck) check(fields field.Lines) error {
	got, present := fields.Joined(c.name), fields.Has(c.name)
	switch {
	case c.kind == checkAbsent && present:
		return fmt.Errorf("%s: got %q, want none", c.name, got)
	case c.kind == checkAbsent:
		return nil
	case !present:
		return fmt.Errorf("%s: got none, want one", c.name)
	}
	return c.checkValue(got)
}

func (c fieldCheck) checkValue(got string) error {
	want := c.value.at(time.Now())
	switch {
	case c.kind == checkEqual && got != want:
		return fmt.Errorf("%s: got %q, want %q", c.name, got, want)
	case c.kind == checkMatch && !regexp.MustCompile(want).MatchString(got):
		return fmt.Errorf("%s: got %q, want a match of %q", c.name, got, want)
	}
	return nil
}

func checkFields(checks []fieldCheck, fields field.Lines) error {
	for _, c := range checks {
		if err := c.check(fields); err != nil {
			return err
		}
	}
	return nil
}

// expectStep checks the latest responses.
type expectStep struct {
	status      int
	result      string
	fields      []fieldCheck
	interims    *interimChecks
	body        *content
	closed, cut bool
	after       *time.Duration
	order       string // names of all fields; "" for any
}

func parseExpect(w *words) (action, error) {
	var s expectStep
	var err error
	if s.status, err = w.number("a status"); err != nil {
		return nil, err
	}
	if t := w.peek(); t.op == 0 && !t.quoted && slices.Contains(resultTypes, t.text) {
		s.result = t.text
		w.skip(t.text)
	}
	for err == nil && w.more() {
		switch {
		case w.skip("body"):
			var c content
			c, err = w.content()
			s.body = &c
		case w.skip("interim"):
			s.interims, err = w.interimChecks(s.interims)
		case w.skip("closed"):
			s.closed = true
		case w.skip("cut"):
			s.cut = true
		case w.skip("after"):
			var d time.Duration
			d, err = w.duration()
			s.after = &d
		case w.skip("order"):
			var t token
			t, err = w.next()
			if s.order = t.text; err == nil && !t.quoted {
				err = fmt.Errorf("got %s, want names of fields in quotes", t.source)
			}
		case w.isFieldCheck():
			var more []fieldCheck
			more, err = w.fieldChecks()
			s.fields = append(s.fields, more...)
		default:
			return s, nil
		}
	}
	return s, err
}

func (s expectStep) run(r *runner) error {
	if len(r.responses) == 0 {
		return fmt.Errorf("no viewer has asked since the beginning")
	}
	r.checked = true
	for i, got := range r.responses {
		if err := s.numbered(i+1).check(r.file, got); err != nil {
			if len(r.responses) > 1 {
				return fmt.Errorf("viewer %d: %w", i+1, err)
			}
			return err
		}
	}
	return nil
}

// numbered returns what the n-th viewer must have got.
func (s expectStep) numbered(n int) expectStep {
	put := func(s string) string { return strings.ReplaceAll(s, numberMark, strconv.Itoa(n)) }
	s.fields = slices.Clone(s.fields)
	for i := range s.fields {
		s.fields[i].value.value = put(s.fields[i].value.value)
	}
	if s.body != nil {
		body := *s.body
		body.text = put(body.text)
		s.body = &body
	}
	return s
}

func (s expectStep) check(f *File, got edgetest.Response) error {
	if got.Status != s.status {
		return fmt.Errorf("status: got %d, want %d", got.Status, s.status)
	}
	if err := s.interims.check(got.Interim); err != nil {
		return err
	}
	if got.Cut != s.cut {
		return fmt.Errorf("cut: got %t (%v), want %t", got.Cut, got.Err, s.cut)
	}
	if x := got.Fields.Get("X-Cache"); s.result != "" && x != s.result+fromCloudFront {
		return fmt.Errorf("X-Cache: got %q, want %q", x, s.result+fromCloudFront)
	}
	if err := checkFields(s.fields, got.Fields); err != nil {
		return err
	}
	if s.closed && !got.Closed {
		return fmt.Errorf("connection: got open, want closed")
	}
	if s.after != nil && got.Took != *s.after {
		return fmt.Errorf("after: got %v, want %v", got.Took, *s.after)
	}
	if err := s.checkOrder(got); err != nil {
		return err
	}
	if s.body == nil {
		return nil
	}
	return s.body.check(f, got.Body, got.Fields)
}

// checkOrder compares the names of all fields, letter by letter.
func (s expectStep) checkOrder(got edgetest.Response) error {
	if s.order == "" {
		return nil
	}
	names := make([]string, len(got.Fields))
	for i, l := range got.Fields {
		names[i] = l.Name
	}
	if all := strings.Join(names, " "); all != s.order {
		return fmt.Errorf("order of fields:\ngot  %s\nwant %s", all, s.order)
	}
	return nil
}

// tallyStep counts the latest responses by result.
type tallyStep struct{ want string }

func parseTally(w *words) (action, error) {
	counts := make(map[string]string)
	lines, err := w.fieldLines()
	for _, l := range lines {
		if !slices.Contains(resultTypes, l.name) || counts[l.name] != "" {
			return nil, fmt.Errorf("got %s, want a result once", l.name)
		}
		counts[l.name] = l.value
	}
	return tallyStep{tallyText(counts)}, err
}

// tallyText lists counts in the order of resultTypes.
func tallyText(counts map[string]string) string {
	var parts []string
	for _, name := range resultTypes {
		if n := counts[name]; n != "" {
			parts = append(parts, name+"="+n)
		}
	}
	return strings.Join(parts, " ")
}

func (s tallyStep) run(r *runner) error {
	numbers := make(map[string]int)
	for _, got := range r.responses {
		numbers[strings.TrimSuffix(got.Fields.Get("X-Cache"), fromCloudFront)]++
	}
	counts := make(map[string]string)
	for name, n := range numbers {
		if !slices.Contains(resultTypes, name) {
			return fmt.Errorf("tally: got X-Cache %q", name)
		}
		counts[name] = fmt.Sprint(n)
	}
	if got := tallyText(counts); got != s.want {
		return fmt.Errorf("tally: got %s, want %s", got, s.want)
	}
	return nil
}
