package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// This file is the only one that knows YAML. The library is archived upstream;
// it needs nothing but Node, Decoder and Encoder, which its successors share.
//
// Documents are parsed into yaml.Node and never decoded into structs by the
// library: that would lose columns, take "yes" for true and stop at the first
// problem.

const (
	maxDocument = 4 << 20 // bytes
	maxDepth    = 64      // levels; the grammar needs fewer than ten
	maxAliased  = 10000   // nodes that aliases may add to a document
)

// parseYAML turns src into a node tree. On an error the tree may be nil or
// partial.
func parseYAML(name string, src []byte, report *collector) *node {
	return parseTagged(name, src, report, false)
}

func parseTagged(name string, src []byte, report *collector, functions bool) *node {
	start := Position{File: name, Line: 1, Column: 1}
	if len(src) > maxDocument {
		report.at(start, tooLarge, "", "document has %d bytes, want at most %d", len(src), maxDocument)
		return nil
	}
	doc, err := decodeYAML(src)
	switch {
	case errors.Is(err, io.EOF):
		report.at(start, emptyDocument, "", "document is empty")
		return nil
	case errors.Is(err, errSecondDocument):
		report.at(Position{File: name, Line: doc.Line, Column: 1}, manyDocuments, "", "%v", err)
		return nil
	case err != nil:
		pos, text := syntaxPosition(name, err)
		report.at(pos, syntaxError, "", "%s", text)
		return nil
	}
	c := converter{file: name, report: report, budget: maxAliased, functions: functions}
	return c.node(doc.Content[0], 0)
}

// parseDocument is parseYAML for documents of AWS: JSON as well, and templates
// with tags for intrinsic functions.
func parseDocument(name string, src []byte, report *collector) *node {
	if strings.HasSuffix(name, ".json") && len(src) <= maxDocument {
		// JSON's own parser knows the place of a mistake better.
		var mistake *json.SyntaxError
		if err := json.Unmarshal(src, new(json.RawMessage)); errors.As(err, &mistake) {
			report.at(jsonPosition(name, src, mistake.Offset), syntaxError, "", "%v", mistake)
			return nil
		}
	}
	return parseTagged(name, jsonEscapes(src), report, true)
}

var errSecondDocument = errors.New("file has a second document")

// decodeYAML parses exactly one document. On errSecondDocument the returned
// node is that second document.
func decodeYAML(src []byte) (doc *yaml.Node, err error) {
	// The parser has panicked on malformed input before; a configuration
	// must not take a running process down.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: parser failed: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(src))
	doc = new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		return nil, err
	}
	second := new(yaml.Node)
	switch err := dec.Decode(second); {
	case errors.Is(err, io.EOF):
		return doc, nil
	case err != nil:
		return nil, err
	}
	return second, errSecondDocument
}

var yamlErrorLine = regexp.MustCompile(`^(?:yaml: )?(?:line ([0-9]+): )?`)

// syntaxPosition takes the line out of the library's message. It knows no
// column, and for an unclosed bracket it names a line too early.
func syntaxPosition(file string, err error) (Position, string) {
	pos := Position{File: file, Line: 1, Column: 1}
	m := yamlErrorLine.FindStringSubmatch(err.Error())
	if line, err := strconv.Atoi(m[1]); err == nil {
		pos.Line = max(line, 1)
	}
	text := strings.TrimPrefix(err.Error(), m[0])
	if strings.HasPrefix(text, "unknown anchor") { // whose name is a value that begins with a star
		text = "a value begins with *, and there is no such anchor: write it in quotes"
	}
	return pos, text
}

// A converter turns yaml.Node trees into nodes, expanding aliases within a
// budget.
type converter struct {
	file     string
	report   *collector
	budget   int  // nodes that aliases may still add
	expanded bool // inside an alias
	stopped  bool // a bound was passed and reported

	functions bool // tags such as !Ref are functions of templates
}

func (c *converter) node(y *yaml.Node, depth int) *node {
	n := &node{pos: Position{File: c.file, Line: y.Line, Column: y.Column}}
	if c.stopped || !c.within(n.pos, depth) {
		return n
	}
	if name, is := c.function(y); is {
		untagged := *y
		untagged.Tag = ""
		if y.Kind == yaml.ScalarNode {
			untagged.Tag = "!!str"
		}
		n.kind = kindMap
		n.entries = []entry{{key: name, pos: n.pos, value: c.node(&untagged, depth+1)}}
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		outer := c.expanded
		c.expanded = true
		n = c.node(y.Alias, depth+1)
		c.expanded = outer
	case yaml.MappingNode:
		n.kind = kindMap
		c.entries(n, y, depth)
	case yaml.SequenceNode:
		n.kind = kindList
		for _, item := range y.Content {
			n.items = append(n.items, c.node(item, depth+1))
		}
	default:
		n.text = y.Value
		n.kind = c.scalar(n.pos, y)
	}
	return n
}

// function returns the long form of the name of a template's function that a
// tag is the short form of.
func (c *converter) function(y *yaml.Node) (name string, is bool) {
	name, is = strings.CutPrefix(y.Tag, "!")
	switch {
	case !c.functions || !is || name == "" || name[0] == '!':
		return "", false
	case name == "Ref" || name == "Condition":
		return name, true
	default:
		return "Fn::" + name, true
	}
}

// within enforces the bounds on depth and on what aliases may add.
func (c *converter) within(pos Position, depth int) bool {
	if c.expanded {
		c.budget--
	}
	switch {
	case depth > maxDepth:
		c.report.at(pos, tooDeep, "", "nested deeper than %d levels", maxDepth)
	case c.budget < 0:
		c.report.at(pos, tooDeep, "", "aliases expand to more than %d values", maxAliased)
	default:
		return true
	}
	c.stopped = true
	return false
}

func (c *converter) entries(n *node, y *yaml.Node, depth int) {
	seen := make(map[string]int, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content) && !c.stopped; i += 2 {
		k := y.Content[i]
		pos := Position{File: c.file, Line: k.Line, Column: k.Column}
		switch {
		case k.Kind != yaml.ScalarNode:
			c.report.at(pos, unsupportedYAML, "", "a key must be a plain word")
			continue
		case k.ShortTag() == "!!merge":
			c.report.at(pos, unsupportedYAML, "", "merge keys (<<) are not supported")
			continue
		}
		if first, repeated := seen[k.Value]; repeated {
			c.report.at(pos, duplicateKey, "", "key %q is already on line %d", k.Value, first)
			continue
		}
		seen[k.Value] = k.Line
		n.entries = append(n.entries, entry{key: k.Value, pos: pos, value: c.node(y.Content[i+1], depth+1)})
	}
}

func (c *converter) scalar(pos Position, y *yaml.Node) nodeKind {
	switch y.ShortTag() {
	case "!!null":
		return kindNull
	case "!!bool":
		return kindBool
	case "!!int":
		return kindInt
	case "!!float":
		return kindFloat
	case "!!str", "!!timestamp":
		return kindString
	}
	c.report.at(pos, unsupportedYAML, "", "tag %s is not supported", y.ShortTag())
	return kindString
}

// formatYAML writes a node tree in the layout of the documentation.
func formatYAML(n *node) []byte {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	// Neither call can fail: the tree holds only strings and the buffer
	// grows. A failure would show as a document that does not parse again.
	_ = enc.Encode(toYAML(n))
	_ = enc.Close()
	return out.Bytes()
}

var yamlTags = map[nodeKind]string{kindBool: "!!bool", kindInt: "!!int", kindFloat: "!!float", kindString: "!!str"}

func toYAML(n *node) *yaml.Node {
	switch n.kind {
	case kindMap:
		y := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range n.entries {
			y.Content = append(y.Content, toYAML(&node{kind: kindString, text: e.key}), toYAML(e.value))
		}
		return y
	case kindList:
		y := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range n.items {
			y.Content = append(y.Content, toYAML(item))
		}
		return y
	default:
		y := &yaml.Node{Kind: yaml.ScalarNode, Tag: yamlTags[n.kind], Value: n.text}
		if n.kind == kindString && !plainText.MatchString(n.text) {
			y.Style = yaml.DoubleQuotedStyle
		}
		return y
	}
}

// plainText may stand without quotes unless it looks like a number or a word,
// which the encoder knows. Of all else it gets some wrong, such as "<<".
var plainText = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./*:-]*$`)
