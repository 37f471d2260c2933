package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity says whether a problem keeps a configuration from running.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// A Diagnostic is one problem of a configuration.
type Diagnostic struct {
	File       string       `json:"file"`
	Line       int          `json:"line"`   // from 1
	Column     int          `json:"column"` // from 1, in characters
	Severity   Severity     `json:"severity"`
	Code       string       `json:"code"`                 // a key of Codes, or that of a Trap
	Trap       Trap         `json:"trap,omitempty"`       // for warnings of package config/doctor
	Path       string       `json:"path,omitempty"`       // as in Config.Position
	Message    string       `json:"message"`              // one line
	Suggestion string       `json:"suggestion,omitempty"` // one line: what to write instead
	Excerpt    []SourceLine `json:"excerpt,omitempty"`    // the line and its neighbours
}

// A SourceLine is one numbered line of a file.
type SourceLine struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// String renders the diagnostic for people: position, code and message, the
// source lines with a caret, and the suggestion. It ends with a newline.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s %s: %s\n", d.File, d.Line, d.Column, d.Severity, d.Code, d.Message)
	for _, l := range d.Excerpt {
		fmt.Fprintf(&b, "%6d | %s\n", l.Number, l.Text)
		if l.Number == d.Line {
			fmt.Fprintf(&b, "%6s | %s^\n", "", strings.Repeat(" ", min(d.Column-1, longestExcerpt)))
		}
	}
	if d.Suggestion != "" {
		fmt.Fprintf(&b, "         %s\n", d.Suggestion)
	}
	return b.String()
}

// Diagnostics are all problems of a configuration, sorted by position, at most
// 50 errors and 50 warnings.
type Diagnostics []Diagnostic

// HasErrors reports whether the configuration cannot run.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == SeverityError })
}

// Err returns an error with the rendered errors as its text, or nil if there
// are only warnings.
func (ds Diagnostics) Err() error {
	if !ds.HasErrors() {
		return nil
	}
	return errors.New(strings.TrimSuffix(ds.String(), "\n"))
}

// String renders all diagnostics for people.
func (ds Diagnostics) String() string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.String())
	}
	return b.String()
}

// JSON renders all diagnostics for tools, as an array.
func (ds Diagnostics) JSON() []byte {
	if ds == nil {
		ds = Diagnostics{}
	}
	out, err := json.MarshalIndent(ds, "", "  ")
	if err != nil { // cannot happen: strings and integers only
		return []byte("[]")
	}
	return append(out, '\n')
}

const (
	maxDiagnostics = 50   // shown, of each severity
	maxFound       = 1000 // gathered before sorting
)

// A collector gathers diagnostics while a configuration is read.
type collector struct {
	found   Diagnostics         // at most maxFound
	full    bool                // there are more; reading may stop
	sources map[string][]string // lines by file, secrets masked
	files   []string            // in the order given
}

func (c *collector) source(name string, src []byte) {
	if c.sources == nil {
		c.sources = make(map[string][]string)
	}
	c.files = append(c.files, name)
	c.sources[name] = masked(strings.Split(string(src), "\n"))
}

// at adds a problem at pos. Its severity follows from the code. The returned
// pointer, valid until the next call, takes a suggestion.
func (c *collector) at(pos Position, code code, p path, format string, args ...any) *Diagnostic {
	if len(c.found) == maxFound {
		c.full = true
		return new(Diagnostic)
	}
	severity := SeverityError
	if warnings[code] {
		severity = SeverityWarning
	}
	c.found = append(c.found, Diagnostic{
		File: pos.File, Line: pos.Line, Column: pos.Column,
		Severity: severity, Code: string(code), Path: string(p),
		Message: fmt.Sprintf(format, args...),
	})
	return &c.found[len(c.found)-1]
}

// reported reports whether there is an error at p or inside it.
func (c *collector) reported(p path) bool {
	return slices.ContainsFunc(c.found, func(d Diagnostic) bool {
		rest, inside := strings.CutPrefix(d.Path, string(p))
		return d.Severity == SeverityError && d.Path != "" && inside &&
			(rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// unread reports whether something around p could not be read, so that what
// is at p says nothing.
func (c *collector) unread(p path) bool {
	return slices.ContainsFunc(c.found, func(d Diagnostic) bool {
		rest, around := strings.CutPrefix(string(p), d.Path)
		return around && d.Path != "" && rest != "" && (rest[0] == '.' || rest[0] == '[') &&
			(code(d.Code) == wrongType || code(d.Code) == noValue)
	})
}

// misspelled reports whether a strange key of the mapping at p was taken for
// key, which then need not be reported as missing.
func (c *collector) misspelled(p path, key string) bool {
	return slices.ContainsFunc(c.found, func(d Diagnostic) bool {
		strange := code(d.Code) == unknownKey || code(d.Code) == awsSpelling
		return strange && strings.Contains(d.Suggestion, strconv.Quote(key)) &&
			parent(path(d.Path)) == p
	})
}

// finish sorts, bounds and illustrates what was found.
func (c *collector) finish() Diagnostics {
	slices.SortStableFunc(c.found, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(slices.Index(c.files, a.File), slices.Index(c.files, b.File)),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	kept := c.bounded()
	for i := range kept {
		kept[i].Excerpt = c.excerpt(kept[i])
	}
	return kept
}

func (c *collector) bounded() Diagnostics {
	var kept Diagnostics
	count := map[Severity]int{}
	for _, d := range c.found {
		if count[d.Severity]++; count[d.Severity] <= maxDiagnostics {
			kept = append(kept, d)
		}
	}
	if more := count[SeverityError] - maxDiagnostics; more > 0 {
		last := kept[len(kept)-1]
		kept = append(kept, Diagnostic{
			File: last.File, Line: last.Line, Column: last.Column,
			Severity: SeverityError, Code: string(tooManyErrors),
			Message: fmt.Sprintf("%d more errors are not shown%s", more, atLeast[c.full]),
		})
	}
	return kept
}

var atLeast = map[bool]string{true: ", and reading stopped there"}

// excerpt returns the line of d with one before and one after it.
func (c *collector) excerpt(d Diagnostic) []SourceLine {
	lines := c.sources[d.File]
	var out []SourceLine
	for n := max(d.Line-1, 1); n <= min(d.Line+1, len(lines)); n++ {
		if n == len(lines) && lines[n-1] == "" {
			break // what follows the last newline
		}
		out = append(out, SourceLine{Number: n, Text: printable(lines[n-1])})
	}
	return out
}

const longestExcerpt = 400 // characters of a line

// printable keeps the caret in place and terminals safe: every character that
// is not a printable one becomes a space, and long lines are cut.
func printable(line string) string {
	runes := []rune(strings.TrimSuffix(line, "\r"))
	if len(runes) > longestExcerpt {
		runes = append(runes[:longestExcerpt:longestExcerpt], '…')
	}
	for i, r := range runes {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			runes[i] = ' '
		}
	}
	return string(runes)
}
