package config

import (
	"encoding"
	"reflect"
	"strings"
	"sync"
	"unicode"
)

// A property is one field of a configuration struct as its tags declare it.
// The reader, the printer and the schema all work from properties.
type property struct {
	name     string // the key in the file
	index    int    // of the struct field
	typ      reflect.Type
	required bool
	key      bool     // the field holds the key of the map entry
	scalar   bool     // the field is the whole value of the map entry
	def      string   // default, as it would be written
	lo, hi   string   // inclusive bounds, as they would be written
	rule     string   // where the bounds come from
	unless   string   // the key that makes this one not required
	aws      string   // AWS's spelling where it does not follow; "-" for none
	omit     []string // keys of the field's struct that are not allowed here
}

// propertiesOf has what properties found out, by type: a large web ACL has
// thousands of structs of a few types.
var propertiesOf sync.Map

// properties returns the properties of struct type t in the order declared. The
// caller does not change them.
func properties(t reflect.Type) []property {
	if known, ok := propertiesOf.Load(t); ok {
		return known.([]property)
	}
	all := declaredProperties(t)
	propertiesOf.Store(t, all)
	return all
}

func declaredProperties(t reflect.Type) []property {
	var all []property
	for i := range t.NumField() {
		f := t.Field(i)
		tag, configured := f.Tag.Lookup("config")
		if !configured {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		p := property{
			name: name, index: i, typ: f.Type,
			required: options == "required", key: options == "key", scalar: options == "scalar",
			def: f.Tag.Get("default"), rule: f.Tag.Get("rule"),
			omit:   strings.Fields(f.Tag.Get("omit")),
			unless: f.Tag.Get("unless"), aws: f.Tag.Get("aws"),
		}
		p.lo, p.hi, _ = strings.Cut(f.Tag.Get("range"), "..")
		all = append(all, p)
	}
	return all
}

// keyed returns the key property of t, if the elements of a []t are the
// entries of a map.
func keyed(t reflect.Type) (property, bool) {
	if t.Kind() == reflect.Struct {
		for _, p := range properties(t) {
			if p.key {
				return p, true
			}
		}
	}
	return property{}, false
}

// wholeValue returns the property of t that is the whole map entry, if any.
func wholeValue(t reflect.Type) (property, bool) {
	for _, p := range properties(t) {
		if p.scalar {
			return p, true
		}
	}
	return property{}, false
}

// An enum is a type with a fixed set of words.
type enum interface {
	values() []string
}

// An unfinishedEnum has words whose features are not built yet.
type unfinishedEnum interface {
	notBuilt() []string
}

// anyOther in a notBuilt list stands for every value that is not in values.
const anyOther = "*"

// A patterned type is a TextUnmarshaler that is more than any string.
type patterned interface {
	pattern() string
}

// A special type has a form of its own in the file.
type special interface {
	readNode(r *reader, n *node, at path)
	printNode() *node // nil when absent
	schema() map[string]any
}

var (
	enumType    = reflect.TypeFor[enum]()
	textType    = reflect.TypeFor[encoding.TextUnmarshaler]()
	specialType = reflect.TypeFor[special]()
)

// noun is how messages call a struct: "cache behavior".
func noun(t reflect.Type) string {
	if t == reflect.TypeFor[Config]() {
		return "configuration"
	}
	return strings.Join(words(t.Name()), " ")
}

// snake derives a native key from the name AWS uses: MinTTL -> min_ttl.
func snake(name string) string { return strings.Join(words(name), "_") }

// words splits a name at its capitals, keeping runs of capitals together:
// ViewerTLSPolicy -> viewer tls policy.
func words(name string) []string {
	var out []string
	runes := []rune(name)
	start := 0
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || startsWord(runes, i) {
			out = append(out, strings.ToLower(string(runes[start:i])))
			start = i
		}
	}
	return out
}

func startsWord(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i]) {
		return false
	}
	return !unicode.IsUpper(runes[i-1]) && !unicode.IsDigit(runes[i-1]) ||
		i+1 < len(runes) && unicode.IsLower(runes[i+1]) && runes[i+1] != 's'
}
