package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	waftoken "github.com/groundfront/groundfront/waf/token"
)

// recordStep checks the latest log record of a web ACL.
type recordStep struct {
	path   string
	fields []fieldCheck
}

func parseRecord(w *words) (action, error) {
	path, err := w.word("the path of a log")
	if err != nil {
		return nil, err
	}
	fields, err := w.valueChecks()
	return recordStep{path, fields}, err
}

func (s recordStep) run(r *runner) error {
	r.settle()
	text, err := r.edge.Records(s.path)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	record := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &record); err != nil {
		return fmt.Errorf("the latest record %q: %w", lines[len(lines)-1], err)
	}
	for _, c := range s.fields {
		if err := c.checkValue(textOf(record[c.name])); err != nil {
			return err
		}
	}
	return nil
}

// textOf returns a string as it is, and any other value as JSON.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// solveStep solves the puzzle of the latest response.
type solveStep struct{}

func parseSolve(*words) (action, error) { return solveStep{}, nil }

var puzzle = regexp.MustCompile(`puzzle = "([^"]+)"`)

func (solveStep) run(r *runner) error {
	if len(r.responses) != 1 {
		return errors.New("there is no page with something to solve")
	}
	found := puzzle.FindStringSubmatch(r.responses[0].Body)
	if found == nil {
		return fmt.Errorf("there is nothing to solve in %q", r.responses[0].Body)
	}
	r.token = waftoken.Solve(found[1])
	return nil
}

// tokenMark stands for the token that solve has got.
const tokenMark = "{token}"
