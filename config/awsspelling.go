package config

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The spelling of a document of AWS differs from the native one by rules, which
// follow from the declarations of the structs:
//
//   - A key is the native one in capitals: TextTransformations. The tag aws has
//     it where it is another, and "-" where AWS has no such key.
//   - Lists of things with a name are mappings here.
//   - Lists of mappings that have nothing but a name are lists of names here.
//   - An ARN is the name in it.
//
// Intrinsic functions of templates are resolved where they refer to a resource
// or to a parameter with a default, and refused otherwise.

// A translator puts a part of one document into the native spelling.
type translator struct {
	*importer
	document *node
	template bool // the document is a template of CloudFormation
}

// awsInformation are keys of documents, by struct, that say nothing about what
// is evaluated: identities, and what AWS computes. LockToken and the like are in
// aroundResources.
var awsInformation = map[string][]string{
	"WebACL":          {"Name", "Id", "ARN", "Capacity", "Scope", "Tags", "ManagedByFirewallManager", "RetrofittedByFirewallManager", "ApplicationConfig"},
	"RuleGroup":       {"Name", "Id", "ARN", "Scope", "Tags", "AvailableLabels", "ConsumedLabels"},
	"IPSet":           {"Name", "Id", "ARN", "Scope", "Tags"},
	"RegexPatternSet": {"Name", "Id", "ARN", "Scope", "Tags"},
	"WAFLogging":      {"ResourceArn", "LogDestinationConfigs", "ManagedByFirewallManager", "LogType", "LogScope"},
	// of groups that never match, of which there is a warning
	"ManagedRuleGroupConfigs": {
		"AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet",
		"LoginPath", "PayloadType", "UsernameField", "PasswordField",
	},
}

// awsEmpty are keys that must have no content: what they would do is not built.
var awsEmpty = map[string][]string{
	"WebACL": {"PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups"},
}

// awsKey is how AWS spells the key of a property.
func (p property) awsKey() string {
	switch {
	case p.aws != "":
		return p.aws
	case p.key:
		return "Name"
	}
	var b strings.Builder
	for _, word := range strings.Split(p.name, "_") {
		if capital, special := awsWords[word]; special {
			b.WriteString(capital)
		} else {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// awsWords are words that AWS writes in capitals.
var awsWords = map[string]string{"ip": "IP", "ja3": "JA3", "ja4": "JA4", "http": "HTTP", "aws": "AWS", "cloudfront": "CLOUDFRONT"}

// byAWS finds the property that AWS spells key.
func byAWS(all []property, key string) (property, bool) {
	if key == "Arn" { // in templates
		key = "ARN"
	}
	i := slices.IndexFunc(all, func(p property) bool {
		if p.key || p.scalar || p.aws == "-" {
			return false
		}
		return p.aws == key || p.aws == "" && p.name == snake(key) && key != p.name
	})
	if i < 0 {
		return property{}, false
	}
	return all[i], true
}

// structure puts a mapping into the native spelling of struct type t.
func (t *translator) structure(n *node, typ reflect.Type, at path) *node {
	if n.kind != kindMap {
		return n // the reader says so
	}
	out := &node{kind: kindMap, pos: n.pos, aws: true}
	if t.function(n) != "" {
		t.refuse(n, at)
		return out
	}
	all := properties(typ)
	for _, e := range n.entries {
		p, known := byAWS(all, e.key)
		switch {
		case t.absent(e.value):
		case t.special(out, e, typ, at):
		case !known:
			t.unknown(e, typ, all, at)
		default:
			here := at.key(p.name)
			out.entries = append(out.entries, entry{key: p.name, pos: e.pos, value: t.value(e.value, p.typ, here)})
		}
	}
	return out
}

// special handles keys that are not those of properties, or not as they are.
func (t *translator) special(out *node, e entry, typ reflect.Type, at path) bool {
	name := typ.Name()
	switch {
	case e.key == "Scope" && slices.Contains(awsInformation[name], "Scope") && e.value.text == "REGIONAL":
		t.at(e.value.pos, badDocument, at, "the scope is REGIONAL, want CLOUDFRONT: what is in it is of another kind of web ACL (WF-GEN-03)")
	case slices.Contains(awsInformation[name], e.key):
	case slices.Contains(awsEmpty[name], e.key):
		if len(e.value.items) > 0 || e.value.kind != kindList {
			t.at(e.pos, keyNotBuilt, at.key(e.key), "%s: rule groups of Firewall Manager are not built yet", e.key)
		}
	case name == "ByteMatchStatement" && e.key == "SearchString":
		key := "search_string"
		if !t.template { // the command line prints base64
			key = "search_string_base64"
		}
		out.entries = append(out.entries, entry{key: key, pos: e.pos, value: t.scalar(e.value, reflect.TypeFor[string](), at.key(key))})
	case e.key == "ARN" || e.key == "Arn":
		kind, is := referenced(name)
		if !is {
			return false
		}
		key := snake(kind.name)
		out.entries = append(out.entries, entry{key: key, pos: e.pos, value: t.reference(e.value, kind, at.key(key))})
	default:
		return false
	}
	return true
}

// referenced returns what a statement refers to by an ARN.
func referenced(statement string) (awsKind, bool) {
	i := slices.IndexFunc(awsKinds, func(k awsKind) bool { return statement == k.name+"ReferenceStatement" })
	if i < 0 {
		return awsKind{}, false
	}
	return awsKinds[i], true
}

func (t *translator) unknown(e entry, typ reflect.Type, all []property, at path) {
	var known []string
	for _, p := range all {
		if key := p.awsKey(); key != "-" && !p.key && !p.scalar {
			known = append(known, key)
		}
	}
	t.at(e.pos, unknownKey, at.key(e.key), "unknown key %q in %s of AWS", e.key, noun(typ)).Suggestion = didYouMean(e.key, known)
}

// value puts a value into the native spelling of its type.
func (t *translator) value(n *node, typ reflect.Type, at path) *node {
	switch typ {
	case reflect.TypeFor[RuleAction](), reflect.TypeFor[DefaultAction]():
		return t.structure(n, reflect.TypeFor[action](), at)
	case reflect.TypeFor[OverrideAction]():
		return t.overrideAction(n, at)
	case reflect.TypeFor[ManagedRuleGroupConfigs]():
		n = t.united(n)
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return t.value(n, typ.Elem(), at)
	case reflect.Struct:
		if reflect.PointerTo(typ).Implements(textType) {
			return t.scalar(n, typ, at)
		}
		return t.structure(n, typ, at)
	case reflect.Slice:
		return t.list(n, typ.Elem(), at)
	}
	return t.scalar(n, typ, at)
}

// overrideAction turns {"None": {}} into none.
func (t *translator) overrideAction(n *node, at path) *node {
	if n.kind != kindMap || len(n.entries) != 1 || n.entries[0].value.kind != kindMap {
		return n // the reader says what it wants
	}
	e := n.entries[0]
	if len(e.value.entries) > 0 {
		t.at(e.value.entries[0].pos, unknownKey, at, "an override action carries nothing here (WF-ACT-08)")
	}
	return &node{kind: kindString, text: snake(e.key), pos: e.pos}
}

// united makes one mapping of a list of mappings.
func (t *translator) united(n *node) *node {
	if n.kind != kindList {
		return n
	}
	out := &node{kind: kindMap, pos: n.pos}
	for _, item := range n.items {
		for _, e := range item.entries {
			if out.get(e.key) != nil {
				t.at(e.pos, duplicateKey, "", "key %q is already in the list", e.key)
				continue
			}
			out.entries = append(out.entries, e)
		}
	}
	return out
}

func (t *translator) list(n *node, elem reflect.Type, at path) *node {
	if t.function(n) != "" {
		t.refuse(n, at)
		return &node{kind: kindList, pos: n.pos}
	}
	if key, ok := keyed(elem); ok {
		return t.entries(n, elem, key, at)
	}
	if n.kind != kindList {
		return n
	}
	out := &node{kind: kindList, pos: n.pos}
	for i, item := range n.items {
		if elem.Kind() == reflect.String {
			item = soleText(item)
		}
		out.items = append(out.items, t.value(item, elem, at.index(i)))
	}
	return out
}

// soleText returns the text of a mapping that has nothing else: {"Name": "x"}.
func soleText(n *node) *node {
	if n.kind == kindMap && len(n.entries) == 1 && slices.Contains([]string{"Name", "RegexString"}, n.entries[0].key) {
		return n.entries[0].value
	}
	return n
}

// entries puts a list of things with a name, or AWS's own mapping of custom
// response bodies, into a mapping.
func (t *translator) entries(n *node, elem reflect.Type, key property, at path) *node {
	out := &node{kind: kindMap, pos: n.pos}
	add := func(name string, pos Position, value *node) {
		if out.get(name) != nil {
			t.at(pos, duplicateKey, at, "%s has %q already", at, name)
			return
		}
		whole, isWhole := wholeValue(elem)
		switch here := at.key(name); {
		case isWhole && value.kind == kindMap:
			value = t.sole(value, whole, here)
		case !isWhole:
			value = t.structure(value, elem, here)
		}
		out.entries = append(out.entries, entry{key: name, pos: pos, value: value})
	}
	want := kindList
	if elem == reflect.TypeFor[CustomResponseBody]() { // the only mapping by names that AWS has
		want = kindMap
	}
	if n.kind != want {
		t.at(n.pos, wrongType, at, "want %s, got %s", want, describe(n))
		return out
	}
	switch n.kind {
	case kindMap:
		for _, e := range n.entries {
			add(e.key, e.pos, e.value)
		}
	case kindList:
		for i, item := range n.items {
			name := item.get(key.awsKey())
			if name == nil || t.scalar(name, reflect.TypeFor[string](), at.index(i)).kind != kindString {
				t.at(item.pos, missingKey, at.index(i), "missing key %q in %s", key.awsKey(), noun(elem))
				continue
			}
			name = t.scalar(name, reflect.TypeFor[string](), at.index(i))
			add(name.text, item.pos, without(item, key.awsKey()))
		}
	}
	return out
}

// sole returns the value of the one property that n has besides its name.
func (t *translator) sole(n *node, p property, at path) *node {
	var value *node
	for _, e := range n.entries {
		if e.key == p.awsKey() {
			value = t.value(e.value, p.typ, at)
		} else {
			t.at(e.pos, unknownKey, at, "unknown key %q, want %s", e.key, p.awsKey())
		}
	}
	if value == nil {
		t.at(n.pos, missingKey, at, "missing key %q", p.awsKey())
		return &node{kind: kindString, pos: n.pos}
	}
	return value
}

// scalar returns a value of a type that is no mapping and no list. Templates
// have numbers and booleans in quotes as well.
func (t *translator) scalar(n *node, typ reflect.Type, at path) *node {
	n = t.parameter(n, typ, at)
	if !t.template || n.kind != kindString {
		return n
	}
	_, isText := reflect.New(typ).Interface().(encoding.TextUnmarshaler)
	kind := n.kind
	switch typ.Kind() {
	case reflect.Bool:
		if n.text == "true" || n.text == "false" {
			kind = kindBool
		}
	case reflect.Int:
		if _, err := strconv.Atoi(n.text); err == nil && !isText {
			kind = kindInt
		}
	}
	return &node{kind: kind, text: n.text, pos: n.pos}
}

// function returns the name of the intrinsic function that n is a call of, ""
// if it is none.
func (t *translator) function(n *node) string {
	if !t.template || n.kind != kindMap || len(n.entries) != 1 {
		return ""
	}
	if key := n.entries[0].key; key == "Ref" || key == "Condition" || strings.HasPrefix(key, "Fn::") {
		return key
	}
	return ""
}

// absent reports whether a value is as good as not there.
func (t *translator) absent(n *node) bool {
	return n.kind == kindNull || t.function(n) == "Ref" && n.entries[0].value.text == "AWS::NoValue"
}

func (t *translator) refuse(n *node, at path) {
	t.at(n.entries[0].pos, badDocument, at, "%s cannot be resolved here", t.function(n)).
		Suggestion = "write the value, or give the template as CloudFormation has processed it"
}

// parameter resolves a reference to a parameter of the template by its default.
func (t *translator) parameter(n *node, typ reflect.Type, at path) *node {
	f := t.function(n)
	if f == "" {
		return n
	}
	if id := n.entries[0].value; f == "Ref" && id.kind == kindString {
		if value := t.document.get("Parameters").get(id.text).get("Default"); value != nil && value.kind < kindList {
			return &node{kind: value.kind, text: value.text, pos: n.entries[0].pos}
		}
	}
	t.refuse(n, at)
	switch typ.Kind() {
	case reflect.Int:
		return &node{kind: kindInt, text: "0", pos: n.pos}
	case reflect.Bool:
		return &node{kind: kindBool, text: "false", pos: n.pos}
	}
	return &node{kind: kindString, pos: n.pos}
}

// reference returns the name of what an ARN is of, or a reference of a template.
func (t *translator) reference(n *node, kind awsKind, at path) *node {
	if t.function(n) != "" {
		return t.resourceReference(n, kind, at)
	}
	if n.kind != kindString {
		return n
	}
	parts := strings.Split(n.text, "/")
	if len(parts) < 3 || !strings.HasPrefix(n.text, "arn:") || parts[len(parts)-3] != strings.ToLower(kind.name) {
		t.at(n.pos, badDocument, at, "%q is no ARN of this kind, such as arn:aws:wafv2:us-east-1:111122223333:global/%s/NAME/ID", n.text, strings.ToLower(kind.name))
	}
	return &node{kind: kindString, text: parts[max(len(parts)-2, 0)], pos: n.pos}
}

// resourceReference resolves Ref and Fn::GetAtt.
func (t *translator) resourceReference(n *node, kind awsKind, at path) *node {
	id := ""
	switch argument := n.entries[0].value; t.function(n) {
	case "Ref":
		id = argument.text
	case "Fn::GetAtt":
		var attribute string
		if argument.kind == kindList && len(argument.items) == 2 {
			id, attribute = argument.items[0].text, argument.items[1].text
		} else {
			id, attribute, _ = strings.Cut(argument.text, ".")
		}
		if attribute != "Arn" {
			id = ""
		}
	}
	if id == "" {
		t.refuse(n, at)
		return &node{kind: kindString, pos: n.pos}
	}
	if typ := t.document.get("Resources").get(id).get("Type"); typ == nil || typ.text != kind.resourceType() {
		t.at(n.entries[0].pos, badDocument, at, "the template has no %s %q", kind.resourceType(), id)
		return &node{kind: kindString, text: id, pos: n.pos}
	}
	return &node{kind: kindString, text: t.want(t.document, kind, id), pos: n.entries[0].pos}
}
