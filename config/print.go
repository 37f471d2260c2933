package config

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"reflect"
	"slices"
	"strconv"
)

// YAML returns the effective configuration as a document in the native
// grammar. Parsing it gives an equal Config.
func (c *Config) YAML() []byte {
	return formatYAML(printStruct(reflect.ValueOf(*c), nil))
}

// Sum tells the effective configuration from others: it is equal for those whose
// YAML is, and takes a fifth of the time.
func (c *Config) Sum() (sum [sha256.Size]byte) {
	return sha256.Sum256(appendNode(nil, printStruct(reflect.ValueOf(*c), nil)))
}

// appendNode appends a tree so that no other one gives the same: each text follows
// its length, and what has parts is followed by how many.
func appendNode(to []byte, n *node) []byte {
	to = appendText(append(to, byte(n.kind)), n.text)
	to = binary.AppendUvarint(to, uint64(len(n.entries)+len(n.items)))
	for _, e := range n.entries {
		to = appendNode(appendText(to, e.key), e.value)
	}
	for _, item := range n.items {
		to = appendNode(to, item)
	}
	return to
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// RedactedYAML is YAML without the values of custom headers, which are often
// secrets, in the text that stands for each. It is a valid document too, of another
// configuration.
func (c *Config) RedactedYAML() []byte {
	tree := printStruct(reflect.ValueOf(*c), nil)
	redact(tree)
	return formatYAML(tree)
}

// Redacted stands for a value that is not shown.
const Redacted = "(redacted)"

func redact(n *node) {
	if n.secret {
		n.text = Redacted
	}
	for _, e := range n.entries {
		redact(e.value)
	}
	for _, item := range n.items {
		redact(item)
	}
}

// An omitter has keys that are set but must not be written, because they only
// restate another key.
type omitter interface {
	omitted() []string
}

// omitted: what the transport of an S3 or a VPC origin is follows from what
// names it.
func (o Origin) omitted() []string {
	switch {
	case o.S3OriginConfig != nil:
		return []string{"custom_origin_config"}
	case o.VPCOriginConfig != nil:
		return []string{"custom_origin_config", "connect_to", "addresses"}
	}
	return nil
}

// A keeper has keys that are written although their value is "", because
// without them another value would take effect.
type keeper interface {
	kept() []string
}

func printStruct(v reflect.Value, omit []string) *node {
	n := &node{kind: kindMap}
	var keep []string
	if k, ok := v.Interface().(keeper); ok {
		keep = k.kept()
	}
	if o, ok := v.Interface().(omitter); ok {
		omit = append(slices.Clip(omit), o.omitted()...)
	}
	for _, p := range properties(v.Type()) {
		if p.key || slices.Contains(omit, p.name) {
			continue
		}
		value := printValue(v.Field(p.index), p.omit)
		if value == nil && p.required && p.typ.Kind() == reflect.Int {
			value = &node{kind: kindInt, text: "0"}
		}
		if value != nil {
			n.set(p.name, value)
		} else if slices.Contains(keep, p.name) {
			n.set(p.name, &node{kind: kindString})
		}
	}
	return n
}

// printValue returns nil for a value that is said best by leaving its key out.
func printValue(v reflect.Value, omit []string) *node {
	if n, ok := printText(v); ok {
		return n
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return printValue(v.Elem(), omit)
	case reflect.Struct:
		return printStruct(v, omit)
	case reflect.Slice:
		return printList(v)
	case reflect.Bool:
		return &node{kind: kindBool, text: strconv.FormatBool(v.Bool())}
	case reflect.Int:
		if v.Int() == 0 {
			return nil
		}
		return &node{kind: kindInt, text: strconv.FormatInt(v.Int(), 10)}
	default:
		if v.String() == "" {
			return nil
		}
		return &node{kind: kindString, text: v.String()}
	}
}

// printText prints the types that have a notation of their own.
func printText(v reflect.Value) (*node, bool) {
	// The methods may be on the pointer and v need not be addressable.
	held := reflect.New(v.Type())
	held.Elem().Set(v)
	switch x := held.Interface().(type) {
	case special:
		return x.printNode(), true
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil || len(text) == 0 {
			return nil, true
		}
		return &node{kind: kindString, text: string(text)}, true
	}
	return nil, false
}

func printList(v reflect.Value) *node {
	if v.Len() == 0 {
		return nil
	}
	key, isMap := keyed(v.Type().Elem())
	if !isMap {
		n := &node{kind: kindList}
		for i := range v.Len() {
			n.items = append(n.items, printItem(v.Index(i)))
		}
		return n
	}
	n := &node{kind: kindMap}
	for i := range v.Len() {
		elem := v.Index(i)
		n.set(elem.Field(key.index).String(), printItem(elem))
	}
	return n
}

// printItem is printValue for places where a value must stand.
func printItem(v reflect.Value) *node {
	if v.Kind() == reflect.Struct {
		if whole, ok := wholeValue(v.Type()); ok {
			v = v.Field(whole.index)
		}
	}
	if n := printValue(v, nil); n != nil {
		return n
	}
	if v.Kind() == reflect.Int {
		return &node{kind: kindInt, text: "0"}
	}
	return &node{kind: kindString}
}
