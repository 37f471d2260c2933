package scenario

import (
	"fmt"
	"regexp"
	"strings"
)

// A line is one logical line: continuations are joined.
type line struct {
	number int
	text   string
	rows   []line // of a table: its own lines, unjoined
}

// logicalLines joins lines that begin with a space to the one before. The
// lines between do and end of a table may be indented, so they are joined
// only when they are indented deeper than the first of them.
func logicalLines(script string, first int) []line {
	var lines []line
	number, base := first-1, ""
	inTable, inBody := false, false
	for raw := range strings.Lines(script) {
		number++
		text := strings.TrimRight(raw, " \t\r\n")
		trimmed := strings.TrimLeft(text, " \t")
		indent := text[:len(text)-len(trimmed)]
		switch word, _, _ := strings.Cut(trimmed, " "); {
		case trimmed == "":
			continue
		case indent == "" && word == "table":
			inTable = true
			lines = append(lines, line{number: number, text: trimmed})
		case inTable && trimmed == "do":
			inTable, inBody, base = false, true, ""
			lines = append(lines, line{number: number, text: trimmed})
		case inBody && trimmed == "end":
			inBody = false
			lines = append(lines, line{number: number, text: trimmed})
		case inTable:
			if trimmed[0] != '#' {
				last := &lines[len(lines)-1]
				last.rows = append(last.rows, line{number: number, text: trimmed})
			}
		case inBody && base == "":
			base = indent
			lines = append(lines, line{number: number, text: trimmed})
		case inBody && len(indent) > len(base), !inBody && indent != "" && len(lines) > 0:
			lines[len(lines)-1].text += " " + trimmed
		default:
			lines = append(lines, line{number: number, text: trimmed})
		}
	}
	return lines
}

// expand replaces tables by their steps.
func expand(lines []line) ([]line, error) {
	var out []line
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		verb, header, _ := strings.Cut(l.text, " ")
		switch {
		case verb == "do" && header == "", verb == "end" && header == "":
			return nil, fmt.Errorf("%d: %s without a table", l.number, verb)
		case verb != "table":
			out = append(out, l)
			continue
		}
		end := i + 1
		for end < len(lines) && lines[end].text != "end" {
			end++
		}
		if end == len(lines) || lines[i+1].text != "do" {
			return nil, fmt.Errorf("%d: table without do or end", l.number)
		}
		expanded, err := expandTable(header, l.rows, lines[i+2:end])
		if err != nil {
			return nil, err
		}
		out = append(out, expanded...)
		i = end
	}
	return out, nil
}

var cellSeparator = regexp.MustCompile(`(?:  |\t)\s*`)

// expandTable returns the steps of body once for each row.
func expandTable(header string, rows, body []line) ([]line, error) {
	columns := cellSeparator.Split(strings.TrimSpace(header), -1)
	var out []line
	for _, row := range rows {
		cells := cellSeparator.Split(row.text, -1)
		if len(cells) != len(columns) {
			return nil, fmt.Errorf("%d: got %d cells, want %d: %s", row.number, len(cells), len(columns), row.text)
		}
		for _, step := range body {
			text, err := substitute(step.text, columns, cells)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", step.number, err)
			}
			out = append(out, line{number: row.number, text: text})
		}
	}
	return out, nil
}

var columnReference = regexp.MustCompile(`\$[a-z][a-z0-9]*`)

// substitute puts cells in the place of $column.
func substitute(text string, columns, cells []string) (string, error) {
	var err error
	text = columnReference.ReplaceAllStringFunc(text, func(ref string) string {
		for i, c := range columns {
			if c != ref[1:] {
				continue
			}
			if cells[i] == "-" {
				return ""
			}
			return cells[i]
		}
		err = fmt.Errorf("no column %s", ref)
		return ref
	})
	return text, err
}
