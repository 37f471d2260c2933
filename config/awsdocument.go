package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Web ACLs, rule groups and sets can come from documents of AWS: what
// `aws wafv2 get-web-acl` and its like print, and CloudFormation templates. Such
// a document is a tree of nodes like any other; it is put into the native
// spelling (awsspelling.go) with the positions that it has, laid under what the
// configuration says itself, and read with it. So there is one grammar, one
// reader and one set of checks.

// An awsKind is a kind of things that can come from a document of AWS.
type awsKind struct {
	section string // of the configuration
	name    string // as AWS calls it
	typ     reflect.Type
}

var (
	kindWebACL          = awsKind{"web_acls", "WebACL", reflect.TypeFor[WebACL]()}
	kindRuleGroup       = awsKind{"rule_groups", "RuleGroup", reflect.TypeFor[RuleGroup]()}
	kindIPSet           = awsKind{"ip_sets", "IPSet", reflect.TypeFor[IPSet]()}
	kindRegexPatternSet = awsKind{"regex_pattern_sets", "RegexPatternSet", reflect.TypeFor[RegexPatternSet]()}

	// kindLogging is of one web ACL, and not in a section of its own.
	kindLogging = awsKind{"", "LoggingConfiguration", reflect.TypeFor[WAFLogging]()}

	// awsKinds are those in sections, what others refer to last.
	awsKinds = []awsKind{kindWebACL, kindRuleGroup, kindIPSet, kindRegexPatternSet}
)

// resourceType is the type of such a resource in a template.
func (k awsKind) resourceType() string { return "AWS::WAFv2::" + k.name }

// importable reports whether what is at a path may come from a document.
func importable(at path) bool {
	return slices.ContainsFunc(awsKinds, func(k awsKind) bool { return strings.HasPrefix(string(at), k.section+".") })
}

// define says how a set or a group that is not there can come in.
func (k awsKind) define(name string) string {
	verbs := map[string]string{"RuleGroup": "get-rule-group", "IPSet": "get-ip-set", "RegexPatternSet": "get-regex-pattern-set"}
	return "write " + k.section + ": {" + name + ": {file: FILE}}, with what aws wafv2 " + verbs[k.name] + " prints, or say it there"
}

// An importer puts what documents of AWS say into the tree of a configuration.
type importer struct {
	*collector
	root      *node
	read      func(name string) ([]byte, error)
	documents map[string]*node // those read so far; nil for one that could not be
	wanted    []wantedResource
}

// A wantedResource is a set or a group of a template that the configuration
// gets because something of the template refers to it.
type wantedResource struct {
	document *node
	kind     awsKind
	id, name string // in the template, and in the configuration
}

// importDocuments replaces each file of the sections in awsKinds by what it
// says. What cannot be replaced has been reported, and keeps its file.
func (c *collector) importDocuments(root *node, read func(string) ([]byte, error)) {
	m := &importer{collector: c, root: root, read: read, documents: map[string]*node{}}
	for _, kind := range awsKinds {
		section := root.get(kind.section)
		if section == nil || section.kind != kindMap {
			continue
		}
		for i := range section.entries {
			e := &section.entries[i]
			m.entry(kind, e, path(kind.section).key(e.key))
			if kind == kindWebACL {
				m.logging(e)
			}
		}
	}
	for len(m.wanted) > 0 {
		w := m.wanted[0]
		m.wanted = m.wanted[1:]
		m.add(w)
	}
}

// entry replaces the file of the web ACL, the group or the set at a path.
func (m *importer) entry(kind awsKind, e *entry, at path) {
	file := e.value.get("file")
	if file == nil || file.kind != kindString || kind == kindIPSet && !isDocument(file.text) {
		return
	}
	document := m.document(file, at.key("file"))
	if document == nil {
		return
	}
	source := m.resource(document, kind, e.value, at)
	if source == nil {
		return
	}
	t := translator{importer: m, document: document, template: document.get("Resources") != nil}
	e.value = merge(t.structure(source, kind.typ, at), without(e.value, "file", "resource"))
	e.value.pos = e.pos
}

// logging replaces the file of the logging configuration of a web ACL.
func (m *importer) logging(acl *entry) {
	for i := range acl.value.entries {
		if e := &acl.value.entries[i]; e.key == "logging_configuration" && e.value.kind == kindMap {
			m.entry(kindLogging, e, path("web_acls").key(acl.key).key(e.key))
		}
	}
}

// isDocument tells documents of AWS from lists of addresses, by their names.
func isDocument(file string) bool {
	return slices.Contains([]string{".json", ".yaml", ".yml", ".template"}, filepath.Ext(file))
}

func without(n *node, keys ...string) *node {
	rest := &node{kind: kindMap, pos: n.pos}
	for _, e := range n.entries {
		if !slices.Contains(keys, e.key) {
			rest.entries = append(rest.entries, e)
		}
	}
	return rest
}

// document reads a file once.
func (m *importer) document(file *node, at path) *node {
	if d, known := m.documents[file.text]; known {
		if d == nil {
			m.at(file.pos, badDocument, at, "%s: see what is wrong there", file.text)
		}
		return d
	}
	m.documents[file.text] = nil
	src, err := m.read(file.text)
	if err != nil {
		m.at(file.pos, unreadableFile, at, "%v", err)
		return nil
	}
	m.source(file.text, src)
	before := len(m.found)
	d := parseDocument(file.text, src, m.collector)
	if d == nil || len(m.found) > before {
		return nil
	}
	if d.kind != kindMap {
		m.at(d.pos, badDocument, "", "want a document of AWS WAF, got %s", d.kind)
		return nil
	}
	m.documents[file.text] = d
	return d
}

// resource finds what the entry at a path is about.
func (m *importer) resource(document *node, kind awsKind, entry *node, at path) *node {
	wanted := entry.get("resource")
	if resources := document.get("Resources"); resources != nil {
		return m.ofTemplate(resources, kind, wanted, at)
	}
	if wanted != nil {
		m.at(wanted.pos, badDocument, at.key("resource"), "only a template of CloudFormation has resources")
		return nil
	}
	for _, other := range append(slices.Clone(awsKinds), kindLogging) {
		inner := document.get(other.name)
		switch {
		case inner == nil:
		case other.name != kind.name:
			m.at(document.pos, badDocument, at, "the document is of another kind: %s, want %s", other.name, kind.name)
			return nil
		default:
			m.onlyAround(document, kind.name)
			return inner
		}
	}
	return document
}

// aroundResources are what the command line prints around a resource, and what
// says nothing about it.
var aroundResources = []string{"LockToken", "ApplicationIntegrationURL", "ResponseMetadata"}

func (m *importer) onlyAround(document *node, name string) {
	for _, e := range document.entries {
		if e.key != name && !slices.Contains(aroundResources, e.key) {
			m.at(e.pos, unknownKey, "", "unknown key %q beside %s", e.key, name)
		}
	}
}

// ofTemplate returns the properties of the resource that is wanted, or of the
// only one there is.
func (m *importer) ofTemplate(resources *node, kind awsKind, wanted *node, at path) *node {
	var ids []string
	for _, e := range resources.entries {
		if typ := e.value.get("Type"); typ != nil && typ.text == kind.resourceType() {
			ids = append(ids, e.key)
		}
	}
	switch {
	case wanted != nil && !slices.Contains(ids, wanted.text):
		m.at(wanted.pos, badDocument, at.key("resource"), "the template has no %s %q", kind.resourceType(), wanted.text).
			Suggestion = didYouMean(wanted.text, ids)
		return nil
	case wanted != nil:
		return m.propertiesOf(resources, wanted.text)
	case len(ids) != 1:
		m.at(resources.pos, badDocument, at, "the template has %d resources of type %s", len(ids), kind.resourceType()).
			Suggestion = "name one with resource: " + strings.Join(ids, ", ")
		return nil
	default:
		return m.propertiesOf(resources, ids[0])
	}
}

func (m *importer) propertiesOf(resources *node, id string) *node {
	for _, e := range resources.entries {
		if e.key != id {
			continue
		}
		if p := e.value.get("Properties"); p != nil && p.kind == kindMap {
			return p
		}
		m.at(e.pos, badDocument, "", "resource %q has no Properties", id)
	}
	return nil
}

// want notes that the configuration needs a resource of a template and returns
// the name that it has there: its own, or its id in the template.
func (m *importer) want(document *node, kind awsKind, id string) string {
	name := id
	if p := document.get("Resources").get(id).get("Properties").get("Name"); p != nil && p.kind == kindString && validName(p.text) {
		name = p.text
	}
	w := wantedResource{document, kind, id, name}
	if !slices.Contains(m.wanted, w) {
		m.wanted = append(m.wanted, w)
	}
	return name
}

// add puts a resource of a template into the configuration, unless that has one
// of the name.
func (m *importer) add(w wantedResource) {
	section := m.root.get(w.kind.section)
	if section == nil {
		section = &node{kind: kindMap, pos: w.document.pos}
		m.root.entries = append(m.root.entries, entry{key: w.kind.section, pos: w.document.pos, value: section})
	}
	if section.kind != kindMap || section.get(w.name) != nil {
		return
	}
	source := m.propertiesOf(w.document.get("Resources"), w.id)
	if source == nil {
		return
	}
	t := translator{importer: m, document: w.document, template: true}
	value := t.structure(source, w.kind.typ, path(w.kind.section).key(w.name))
	section.entries = append(section.entries, entry{key: w.name, pos: source.pos, value: value})
}
