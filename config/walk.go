package config

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A reader fills structs from nodes. It reports every problem it finds and
// goes on; what it could not read keeps its default.
type reader struct {
	*collector
	positions map[string]Position
	refused   map[path]*node // what stood at keys that are not built yet
}

// structure fills struct v from n. where is the place to point at when a key
// is missing; omit are keys that v has and this place does not allow.
func (r *reader) structure(n *node, v reflect.Value, at path, where Position, omit []string) {
	if r.full || !r.expect(n, kindMap, at) {
		return
	}
	all := properties(v.Type())
	for _, e := range n.entries {
		p, known := findProperty(all, e.key)
		if !known || slices.Contains(omit, e.key) {
			r.strangeKey(e, v.Type(), all, at, omit)
			continue
		}
		r.field(e, v.Field(p.index), p, at.key(e.key))
	}
	for _, p := range all {
		if p.required && !slices.Contains(omit, p.name) {
			r.require(n, v, p, at, where)
		}
	}
}

// require reports a required key that is absent, or whose list is empty.
func (r *reader) require(n *node, v reflect.Value, p property, at path, where Position) {
	here, spelled := at.key(p.name), p.name
	if n.aws {
		spelled = p.awsKey()
	}
	switch {
	case p.unless != "" && n.get(p.unless) != nil:
	case n.get(p.name) == nil && !r.misspelled(at, spelled):
		r.at(where, missingKey, here, "missing key %q in %s", spelled, noun(v.Type()))
	case n.get(p.name) != nil && p.typ.Kind() == reflect.Slice && v.Field(p.index).Len() == 0 && !r.reported(here):
		r.at(r.positions[string(here)], missingKey, here, "%q needs at least one entry", p.name)
	}
}

func findProperty(all []property, key string) (property, bool) {
	i := slices.IndexFunc(all, func(p property) bool { return p.name == key && !p.key && !p.scalar })
	if i < 0 {
		return property{}, false
	}
	return all[i], true
}

// field reads one key of a struct.
func (r *reader) field(e entry, v reflect.Value, p property, at path) {
	r.positions[string(at)] = e.place()
	if e.value.kind == kindNull {
		r.at(e.pos, noValue, at, "key %q has no value", e.key)
		return
	}
	r.value(e.value, v, p, at, e.place())
}

// value reads n into v by the type of v.
func (r *reader) value(n *node, v reflect.Value, p property, at path, where Position) {
	switch {
	case v.CanAddr() && v.Addr().Type().Implements(specialType):
		v.Addr().Interface().(special).readNode(r, n, at)
	case v.CanAddr() && v.Addr().Type().Implements(textType):
		r.text(n, v, p, at)
	case v.Type().Implements(enumType):
		r.word(n, v, at)
	default:
		r.plain(n, v, p, at, where)
	}
}

func (r *reader) plain(n *node, v reflect.Value, p property, at path, where Position) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		setDefaults(v.Elem())
		r.value(n, v.Elem(), p, at, where)
	case reflect.Struct:
		r.structure(n, v, at, where, p.omit)
	case reflect.Slice:
		r.list(n, v, at)
	case reflect.Bool:
		r.boolean(n, v, at)
	case reflect.Int:
		r.integer(n, v, p, at)
	default:
		if r.expect(n, kindString, at) {
			v.SetString(n.text)
		}
	}
}

// list reads a list, or a mapping whose elements carry their key.
func (r *reader) list(n *node, v reflect.Value, at path) {
	elem := v.Type().Elem()
	v.SetZero()
	if key, ok := keyed(elem); ok {
		r.entries(n, v, key, at)
		return
	}
	if !r.expect(n, kindList, at) {
		return
	}
	for i, item := range n.items {
		fresh := reflect.New(elem).Elem()
		setDefaults(fresh)
		r.positions[string(at.index(i))] = item.pos
		if item.kind == kindNull {
			r.at(item.pos, noValue, at.index(i), "list item has no value")
			continue
		}
		r.value(item, fresh, property{}, at.index(i), item.pos)
		v.Set(reflect.Append(v, fresh))
	}
}

func (r *reader) entries(n *node, v reflect.Value, key property, at path) {
	if !r.expect(n, kindMap, at) {
		return
	}
	elem := v.Type().Elem()
	whole, isWhole := wholeValue(elem)
	for _, e := range n.entries {
		fresh := reflect.New(elem).Elem()
		setDefaults(fresh)
		fresh.Field(key.index).SetString(e.key)
		into, p := fresh, property{}
		if isWhole {
			into, p = fresh.Field(whole.index), whole
		}
		r.entryName(e, key, at)
		r.field(e, into, p, at.key(e.key))
		v.Set(reflect.Append(v, fresh))
	}
}

// entryName checks the local names of things. Header names, which are keys
// too, have rules of their own.
func (r *reader) entryName(e entry, key property, at path) {
	if key.name == "name" && !validName(e.key) {
		r.at(e.pos, badName, at.key(e.key), "name %q: want a letter or digit, then at most 127 letters, digits, '-' and '_'", e.key)
	}
}

func validName(s string) bool {
	for i, c := range s {
		plain := c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
		if !plain && (i == 0 || c != '-' && c != '_') {
			return false
		}
	}
	return s != "" && len(s) <= 128
}

// text reads types that parse themselves: durations, sizes, endpoints. An
// integer is their text too.
func (r *reader) text(n *node, v reflect.Value, p property, at path) {
	if n.kind != kindString && n.kind != kindInt {
		r.expect(n, kindString, at)
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.text)); err != nil {
		r.at(n.pos, badValue, at, "%v", err)
		return
	}
	if v.CanInt() {
		r.bounds(n, v, p, at)
	}
}

func (r *reader) integer(n *node, v reflect.Value, p property, at path) {
	i, err := strconv.Atoi(n.text)
	if n.kind == kindInt && err != nil {
		r.at(n.pos, badValue, at, "%s is not a plain decimal integer", n.text)
		return
	}
	if r.expect(n, kindInt, at) {
		v.SetInt(int64(i))
		r.bounds(n, v, p, at)
	}
}

// bounds checks the inclusive range that a property declares.
func (r *reader) bounds(n *node, v reflect.Value, p property, at path) {
	if p.lo == "" {
		return
	}
	lo, hi := reflect.New(v.Type()).Elem(), reflect.New(v.Type()).Elem()
	setText(lo, p.lo)
	setText(hi, p.hi)
	if v.Int() >= lo.Int() && v.Int() <= hi.Int() {
		return
	}
	switch {
	case p.rule != "":
		r.at(n.pos, awsRange, at, "%s is %s, want %s to %s (%s)", p.name, n.text, p.lo, p.hi, p.rule)
	case p.lo == p.hi:
		r.at(n.pos, outOfRange, at, "%s is %s, want %s", p.name, n.text, p.lo)
	default:
		r.at(n.pos, outOfRange, at, "%s is %s, want %s to %s", p.name, n.text, p.lo, p.hi)
	}
}

func (r *reader) boolean(n *node, v reflect.Value, at path) {
	switch {
	case n.kind == kindBool && (n.text == "true" || n.text == "false"):
		v.SetBool(n.text == "true")
	default:
		d := r.at(n.pos, wrongType, at, "want true or false, got %s", describe(n))
		switch strings.ToLower(n.text) {
		case "yes", "on", "y", "true":
			d.Suggestion = "write true"
		case "no", "off", "n", "false":
			d.Suggestion = "write false"
		}
	}
}

// word reads one of the words of an enum.
func (r *reader) word(n *node, v reflect.Value, at path) {
	if !r.expect(n, kindString, at) {
		return
	}
	words := v.Interface().(enum).values()
	if slices.Contains(words, n.text) {
		v.SetString(n.text)
		return
	}
	if u, ok := v.Interface().(unfinishedEnum); ok {
		if later := u.notBuilt(); slices.Contains(later, n.text) || slices.Contains(later, anyOther) {
			r.at(n.pos, valueNotBuilt, at, "%q is not built yet", n.text).Suggestion = "available: " + strings.Join(words, ", ")
			return
		}
	}
	d := r.at(n.pos, unknownValue, at, "unknown value %q, want %s", n.text, oneOf(words))
	d.Suggestion = didYouMean(n.text, words)
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// expect reports a value of another kind than the key takes.
func (r *reader) expect(n *node, want nodeKind, at path) bool {
	if n.kind == want {
		return true
	}
	if secretKey(at) {
		r.at(n.pos, wrongType, at, "want %s, got %s", want, n.kind) // and not what it is
		return false
	}
	d := r.at(n.pos, wrongType, at, "want %s, got %s", want, describe(n))
	if want == kindString && n.kind < kindString && n.kind != kindNull {
		d.Suggestion = "write it in quotes: " + strconv.Quote(n.text)
	}
	return false
}

func describe(n *node) string {
	if n.kind >= kindList || n.kind == kindNull {
		return n.kind.String()
	}
	return n.kind.String() + " " + strconv.Quote(n.text)
}

// strangeKey reports a key that is not a property: one that is not built yet,
// one in AWS's spelling, or an unknown one.
func (r *reader) strangeKey(e entry, t reflect.Type, all []property, at path, omit []string) {
	here := at.key(e.key)
	if feature, later := notBuiltKeys[t.Name()][e.key]; later {
		r.refused[here] = e.value
		r.at(e.pos, keyNotBuilt, here, "%s: %s not built yet", e.key, withVerb(feature)).Suggestion = insteadOfNotBuilt[e.key]
		return
	}
	if slices.Contains(omit, e.key) {
		r.at(e.pos, unknownKey, here, "key %q does not belong in %s", e.key, at)
		return
	}
	known := knownKeys(t, all, omit)
	native := snake(e.key)
	if first := []rune(e.key + " ")[0]; unicode.IsUpper(first) {
		by := "import, which is not built yet"
		if importable(at) {
			by = "file: FILE"
		}
		d := r.at(e.pos, awsSpelling, here, "key %q is in AWS's spelling; AWS shapes come in by %s", e.key, by)
		if slices.Contains(known, native) {
			d.Suggestion = "the native key is " + strconv.Quote(native)
		} else {
			d.Suggestion = didYouMean(native, known)
		}
		return
	}
	d := r.at(e.pos, unknownKey, here, "unknown key %q in %s", e.key, noun(t))
	d.Suggestion = didYouMean(e.key, known)
}

func withVerb(feature string) string {
	if strings.HasSuffix(feature, "s") {
		return feature + " are"
	}
	return feature + " is"
}

func knownKeys(t reflect.Type, all []property, omit []string) []string {
	var known []string
	for _, p := range all {
		if !p.key && !p.scalar && !slices.Contains(omit, p.name) {
			known = append(known, p.name)
		}
	}
	for key := range notBuiltKeys[t.Name()] {
		known = append(known, key)
	}
	slices.Sort(known)
	return known
}

// setDefaults sets the declared defaults of v and of the structs inside it.
func setDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for _, p := range properties(v.Type()) {
		if f := v.Field(p.index); p.def != "" {
			setText(f, p.def)
		} else {
			setDefaults(f)
		}
	}
}

// setText sets v from a value in a struct tag. A tag that does not fit its
// field leaves the zero value; a test looks for such tags.
func setText(v reflect.Value, text string) {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		_ = u.UnmarshalText([]byte(text))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Int:
		i, _ := strconv.Atoi(text)
		v.SetInt(int64(i))
	case reflect.String:
		v.SetString(text)
	}
}
