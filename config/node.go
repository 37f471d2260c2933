package config

import (
	"strconv"
	"strings"
)

// A node is one value of a document, free of YAML: what the reader, the
// printer and the merge work on.
type node struct {
	kind    nodeKind
	text    string // scalars: the text as written
	pos     Position
	entries []entry // mappings, in file order
	items   []*node // lists
	aws     bool    // a mapping that has been in AWS's spelling
	secret  bool    // a text that may be a secret; set in what is printed
}

// An entry is one key of a mapping.
type entry struct {
	key   string
	pos   Position // of the key
	value *node
}

// nodeKind tells what a node is. Scalars are typed by how they are written, so
// that a quoted "true" is a string and a bare true is not.
type nodeKind uint8

const (
	kindNull nodeKind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindMap
)

var nodeKindNames = [...]string{"nothing", "a boolean", "an integer", "a decimal number", "a string", "a list", "a mapping"}

// String returns the kind with its article, for messages.
func (k nodeKind) String() string { return nodeKindNames[k] }

// get returns the value at key, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return n.entries[i].value
		}
	}
	return nil
}

func (n *node) set(key string, value *node) {
	n.entries = append(n.entries, entry{key: key, value: value})
}

// place is where to point at: the key for a mapping, whose own position is
// that of its first key, and the value for all else.
func (e entry) place() Position {
	if e.value.kind == kindMap {
		return e.pos
	}
	return e.value.pos
}

// path names a place in the configuration: distributions.shop.origins.api.
type path string

func (p path) key(name string) path {
	for i := range len(name) {
		if c := name[i]; c == '.' || c == '[' || c == '"' {
			return p + path("["+strconv.Quote(name)+"]")
		}
	}
	if p == "" {
		return path(name)
	}
	return p + "." + path(name)
}

// parent returns what p is in. A name with a dot or a bracket in it, which no
// known key has, may yield something that is no path.
func parent(p path) path {
	return p[:max(strings.LastIndexAny(string(p), ".["), 0)]
}

func (p path) index(i int) path { return p + path("["+strconv.Itoa(i)+"]") }
