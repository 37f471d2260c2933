package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// advanceStep lets time pass.
type advanceStep struct{ d time.Duration }

func parseAdvance(w *words) (action, error) {
	d, err := w.duration()
	return advanceStep{d}, err
}

func (s advanceStep) run(r *runner) error {
	r.settle()
	time.Sleep(s.d)
	r.settle()
	return nil
}

// invalidateStep invalidates paths and cache tags of a distribution.
type invalidateStep struct {
	distribution string
	paths        []string
}

func parseInvalidate(w *words) (action, error) {
	name, err := w.word("a distribution")
	if err != nil {
		return nil, err
	}
	s := invalidateStep{distribution: name}
	for w.more() {
		p, err := w.invalidated()
		if err != nil {
			return nil, err
		}
		s.paths = append(s.paths, p)
	}
	if s.paths == nil {
		return nil, errEnd
	}
	return s, nil
}

// invalidated takes a path, or a tag in quotes: # would begin a comment.
func (w *words) invalidated() (string, error) {
	if t := w.peek(); t.quoted && t.op == 0 && strings.HasPrefix(t.text, "#") {
		_, err := w.next()
		return t.text, err
	}
	return w.expanded("a path")
}

func (s invalidateStep) run(r *runner) error {
	return r.edge.Invalidate(s.distribution, s.paths...)
}

// reloadStep makes another configuration current.
type reloadStep struct{ name string }

func parseReload(w *words) (action, error) {
	name, err := w.word("a file name")
	return reloadStep{name}, err
}

func (s reloadStep) run(r *runner) error {
	text, found := r.file.Files[s.name]
	if s.name == "config.yaml" {
		text, found = r.file.Config, true
	}
	if !found {
		return fmt.Errorf("no file %s in the archive", s.name)
	}
	if err := r.edge.Reload(r.t, r.inFolder(text)); err != nil {
		return err
	}
	r.startOrigins()
	return nil
}

// restartStep kills the edge and starts it again. It cuts off all viewers.
type restartStep struct{}

func parseRestart(*words) (action, error) { return restartStep{}, nil }

func (restartStep) run(r *runner) error {
	r.settle() // what is to be written is
	for name, call := range r.started {
		call.Close()
		delete(r.started, name)
	}
	r.edge.Restart(r.t)
	r.settle()
	return nil
}

// damageStep damages what is on disk.
type damageStep struct{}

func parseDamage(*words) (action, error) { return damageStep{}, nil }

func (damageStep) run(r *runner) error {
	r.settle()
	return r.edge.Damage()
}

// metricStep checks a metric, or the sum of its series with some labels.
type metricStep struct {
	name   string
	labels []fieldLine
	atMost bool
	want   int
}

func parseMetric(w *words) (action, error) {
	var s metricStep
	var err error
	if s.name, err = w.word("a metric"); err != nil {
		return nil, err
	}
	if s.labels, err = w.fieldLines(); err != nil {
		return nil, err
	}
	if w.skip("at") {
		if !w.skip("most") {
			return nil, fmt.Errorf("got %q, want most", w.peek().source)
		}
		s.atMost = true
	}
	s.want, err = w.number("a number")
	return s, err
}

func (s metricStep) run(r *runner) error {
	r.settle()
	labels := make(map[string]string)
	for _, l := range s.labels {
		labels[l.name] = l.value
	}
	got, err := r.edge.Metric(s.name, labels)
	switch {
	case err != nil:
		return err
	case s.atMost && got > float64(s.want):
		return fmt.Errorf("%s: got %v, want at most %d", s.name, got, s.want)
	case !s.atMost && got != float64(s.want):
		return fmt.Errorf("%s: got %v, want %d", s.name, got, s.want)
	}
	return nil
}

// logStep checks fields of the latest line of an access log.
type logStep struct {
	distribution string
	fields       []fieldCheck
}

func parseLog(w *words) (action, error) {
	name, err := w.word("a distribution")
	if err != nil {
		return nil, err
	}
	fields, err := w.valueChecks()
	return logStep{name, fields}, err
}

// valueChecks reads the rest of a step: one or more values to check.
func (w *words) valueChecks() (all []fieldCheck, err error) {
	for w.more() && w.peek().op != 0 {
		more, err := w.fieldChecks()
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if all == nil {
		return nil, errEnd
	}
	return all, nil
}

func (s logStep) run(r *runner) error {
	r.settle()
	text, err := r.edge.AccessLog(s.distribution)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	last := lines[len(lines)-1]
	if last == "" || last[0] == '#' {
		return fmt.Errorf("the log of %s has no line", s.distribution)
	}
	names := logFields()
	values := strings.Split(last, "\t")
	if len(values) != len(names) {
		return fmt.Errorf("log: got %d fields, want %d: %s", len(values), len(names), last)
	}
	for _, c := range s.fields {
		if err := checkLogField(c, names, values); err != nil {
			return err
		}
	}
	return nil
}

// logFields returns the names of the log's fields.
func logFields() []string {
	_, names, _ := strings.Cut(accesslog.Header, "#Fields: ")
	return strings.Fields(names)
}

func checkLogField(c fieldCheck, names, values []string) error {
	for i, name := range names {
		if name == c.name {
			return c.checkValue(values[i])
		}
	}
	return fmt.Errorf("the log has no field %s", c.name)
}
