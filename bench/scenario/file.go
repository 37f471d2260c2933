package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/groundfront/groundfront/bench/edgetest"
)

// A File is one parsed scenario.
type File struct {
	Name      string
	Protocols []edgetest.Protocol
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
	return f, nil
}

var protocols = []edgetest.Protocol{edgetest.ProtocolH1, edgetest.ProtocolH2}

// protocolNamed returns the protocol that is called name.
func protocolNamed(name string) (p edgetest.Protocol, known bool) {
	for _, p := range protocols {
		if p.String() == name {
			return p, true
		}
	}
	return 0, false
}

// header reads the settings of the text before the first file.
func (f *File) header(comment string) error {
	f.Protocols = protocols
	for line := range strings.Lines(comment) {
		list, found := strings.CutPrefix(line, "protocols:")
		if !found {
			continue
		}
		f.Protocols = nil
		for _, word := range strings.Fields(list) {
			p, known := protocolNamed(word)
			if !known {
				return fmt.Errorf("unknown protocol %q", word)
			}
			f.Protocols = append(f.Protocols, p)
		}
	}
	return nil
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
