package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/waf"
)

// A trace is what a web ACL did with a request, to be printed.
type trace struct {
	waf.Record
	verdict waf.Verdict
}

// print writes each rule that was asked, and what became of the request.
func (t *trace) print(w io.Writer, p palette) error {
	var b strings.Builder
	for i := range t.Steps {
		t.step(&b, &t.Steps[i], p)
	}
	fmt.Fprintf(&b, "\n%s\n", t.outcome())
	for _, l := range t.Labels {
		fmt.Fprintf(&b, "label     %s\n", l)
	}
	for _, f := range t.verdict.Insert {
		fmt.Fprintf(&b, "inserted  %s: %s\n", f.Name, f.Value)
	}
	slices.Sort(t.Oversize)
	for _, f := range slices.Compact(t.Oversize) {
		fmt.Fprintf(&b, "oversize  %s: not all of it was inspected\n", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *trace) step(b *strings.Builder, s *waf.Step, p palette) {
	name := nameOf(s)
	if !s.Matched {
		fmt.Fprintf(b, "  %-40s -\n", name)
		for _, m := range s.Matches { // of which another statement made nothing
			match(b, &m)
		}
		return
	}
	did := s.Action.String()
	if s.Overridden != nil {
		did += " in place of " + s.Overridden.String()
	}
	if s.Token.Failure != waf.TokenUnchecked {
		did += ", " + s.Token.Failure.String()
	}
	if s.Score > 0 {
		did += fmt.Sprintf(", score %d", s.Score)
	}
	color := p.yellow
	if s.Terminating {
		color = p.red
	}
	fmt.Fprintf(b, "  %-40s %s%s%s\n", name, color, did, p.reset)
	for _, m := range s.Matches {
		match(b, &m)
	}
	for _, l := range s.Labels {
		fmt.Fprintf(b, "      + %s\n", l)
	}
}

// nameOf returns the name of a rule, behind that of the one which refers to its
// group.
func nameOf(s *waf.Step) string {
	if s.Group != "" {
		return s.Group + "/" + s.Rule
	}
	return s.Rule
}

// match prints a value with what matched underlined.
func match(b *strings.Builder, m *waf.FieldMatch) {
	before, within, after := quoted(m.Value[:m.From]), quoted(m.Value[m.From:m.To]), quoted(m.Value[m.To:])
	fmt.Fprintf(b, "      %s", m.Statement)
	if m.Field != "" {
		fmt.Fprintf(b, " of %s", m.Field)
	}
	if m.Value != "" {
		fmt.Fprintf(b, "\n        %s%s%s", before, within, after)
	}
	b.WriteByte('\n')
	if within != "" {
		fmt.Fprintf(b, "        %s%s\n", strings.Repeat(" ", len([]rune(before))), strings.Repeat("^", len([]rune(within))))
	}
}

// quoted returns text with escapes for what cannot be printed, without quotes.
func quoted(text string) string {
	q := strconv.Quote(text)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// allowedBy names the rule that has let the request go on, unless that is the
// default action.
func (t *trace) allowedBy() string {
	for i := range t.Steps {
		if s := &t.Steps[i]; s.Terminating && s.Action == waf.ActionAllow && s.Rule != waf.DefaultRule {
			return " by " + nameOf(s)
		}
	}
	return ""
}

// outcome says what became of the request.
func (t *trace) outcome() string {
	v := &t.verdict
	if v.Block == nil {
		return "action    allow" + t.allowedBy()
	}
	rule := v.Block.Rule
	if v.Block.GroupRule != "" {
		rule += "/" + v.Block.GroupRule
	}
	status := v.Action.Status()
	if v.Block.Response != nil {
		status = v.Block.Response.Status
	}
	return fmt.Sprintf("action    %s by %s: status %d", v.Action, rule, status)
}
