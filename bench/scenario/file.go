package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/groundfront/groundfront/bench/edgetest"
)

// A File is one parsed scenario.
type File struct {
	Name      string
	Protocols []edgetest.Protocol
	Stores    []edgetest.Store
	Config    string
	Steps     []Step
	// Files are the further files of the archive, by name.
	Files map[string]string
}

// Load reads a scenario.
func Load(name string) (*File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Base(name), data)
}

// Parse parses a scenario. Errors begin with name:line, where the line counts
// from the beginning of the archive.
func Parse(name string, data []byte) (*File, error) {
	f := &File{Name: name, Files: make(map[string]string)}
	archive := txtar.Parse(data)
	if err := f.header(string(archive.Comment)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	script, first := "", 0
	line := 2 + strings.Count(string(archive.Comment), "\n")
	for _, part := range archive.Files {
		switch part.Name {
		case "config.yaml":
			f.Config = string(part.Data)
		case "script":
			script, first = string(part.Data), line
		default:
			f.Files[part.Name] = string(part.Data)
		}
		line += 1 + strings.Count(string(part.Data), "\n")
	}
	if f.Config == "" || script == "" {
		return nil, fmt.Errorf("%s: config.yaml or script is missing", name)
	}
	steps, err := parseScript(script, first)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	f.Steps = steps
	if f.Protocols == nil {
		f.Protocols = protocols
		if f.isAboutHTTP() {
			f.Protocols = protocols[:len(protocols)-1]
		}
	}
	return f, nil
}

// isAboutHTTP reports whether a step names the scheme that HTTP/3 does not have, or
// signs URLs, which have it unless they say otherwise.
func (f *File) isAboutHTTP() bool {
	return slices.ContainsFunc(f.Steps, func(s Step) bool {
		return strings.Contains(s.Source, "http://") || strings.HasPrefix(s.Source, "sign ")
	})
}

var (
	// protocols are all, HTTP/3 last.
	protocols = []edgetest.Protocol{edgetest.ProtocolH1, edgetest.ProtocolH2, edgetest.ProtocolH3}
	stores    = []edgetest.Store{edgetest.StoreMemory, edgetest.StoreDisk, edgetest.StoreFile}
)

// header reads the settings of the text before the first file.
func (f *File) header(comment string) (err error) {
	f.Stores = stores
	for line := range strings.Lines(comment) {
		name, list, _ := strings.Cut(line, ":")
		switch name {
		case "protocols":
			f.Protocols, err = allNamed(protocols, list)
		case "stores":
			f.Stores, err = allNamed(stores, list)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// allNamed returns the values that a list names.
func allNamed[T fmt.Stringer](values []T, list string) (out []T, err error) {
	for _, name := range strings.Fields(list) {
		v, err := named(values, name)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// named returns the value that is called name.
func named[T fmt.Stringer](values []T, name string) (v T, err error) {
	for _, v := range values {
		if v.String() == name {
			return v, nil
		}
	}
	return v, fmt.Errorf("got %q, want one of %v", name, values)
}

// A Step is one step of a script.
type Step struct {
	Line   int    // in the archive
	Source string // in normal form: single spaces, tables expanded
	action action
}

// String returns the step in normal form.
func (s Step) String() string { return s.Source }

// parseScript parses the steps of a script whose first line has the number
// first. Errors begin with the line.
func parseScript(script string, first int) ([]Step, error) {
	lines, err := expand(logicalLines(script, first))
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, l := range lines {
		step, err := parseStep(l.text)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", l.number, err)
		}
		if step.action == nil {
			continue
		}
		step.Line = l.number
		steps = append(steps, step)
	}
	return steps, nil
}

// parseStep parses one step. A line with nothing but a comment has no action.
func parseStep(text string) (Step, error) {
	tokens, err := tokenize(text)
	if err != nil || len(tokens) == 0 {
		return Step{}, err
	}
	sources := make([]string, len(tokens))
	for i, t := range tokens {
		sources[i] = t.source
	}
	verb := tokens[0]
	parse, known := verbs[verb.text]
	if !known || verb.op != 0 || verb.quoted {
		return Step{}, fmt.Errorf("unknown step %q", verb.source)
	}
	in := &words{tokens: tokens[1:]}
	action, err := parse(in)
	if err == nil && in.more() {
		err = fmt.Errorf("%s: unknown word %s", verb.text, in.peek().source)
	}
	if err != nil {
		return Step{}, err
	}
	return Step{Source: strings.Join(sources, " "), action: action}, nil
}
