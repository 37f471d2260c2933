package config

import (
	"fmt"
	"os"
	"reflect"
	"time"
)

// Load reads files and lays each over the ones before it: mappings merge key
// by key, scalars and lists are replaced. The Config is nil if there is any
// error; all problems are in the Diagnostics, warnings among them.
func Load(files ...string) (*Config, Diagnostics) {
	report := &collector{}
	var root *node
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			report.source(name, nil)
			report.at(Position{File: name, Line: 1, Column: 1}, unreadableFile, "", "%v", err)
			continue
		}
		report.source(name, src)
		if n := parseYAML(name, src, report); n != nil {
			root = merge(root, n)
		}
	}
	return build(root, report, os.ReadFile)
}

// Parse reads one document, which names no documents of AWS and no certificates. name is the file
// name in positions.
func Parse(name string, src []byte) (*Config, Diagnostics) {
	return ParseWith(name, src, func(file string) ([]byte, error) {
		return nil, fmt.Errorf("%s: no other files are read with this one", file)
	})
}

// ParseWith is Parse for a document that names other files, documents of AWS or
// certificates, which read returns.
func ParseWith(name string, src []byte, read func(file string) ([]byte, error)) (*Config, Diagnostics) {
	report := &collector{}
	report.source(name, src)
	return build(parseYAML(name, src, report), report, read)
}

// build turns a merged tree into a checked Config.
func build(root *node, report *collector, read func(file string) ([]byte, error)) (*Config, Diagnostics) {
	if root == nil || report.brokenSyntax() {
		return nil, report.finish()
	}
	report.importDocuments(root, read)
	r := newReader(report)
	c := r.read(root)
	if !report.full {
		k := checker{reader: r, config: c, readFile: read, now: time.Now}
		k.check()
	}
	ds := report.finish()
	if ds.HasErrors() {
		return nil, ds
	}
	c.positions, c.sources, c.files = r.positions, report.sources, report.files
	return c, ds
}

func newReader(report *collector) *reader {
	return &reader{collector: report, positions: map[string]Position{}, refused: map[path]*node{}}
}

// read fills a Config without checking what AWS would check.
func (r *reader) read(root *node) *Config {
	c := new(Config)
	setDefaults(reflect.ValueOf(c).Elem())
	r.structure(root, reflect.ValueOf(c).Elem(), "", root.pos, nil)
	r.resolve(c)
	return c
}

// brokenSyntax reports whether a document is not known in full, in which case
// every later message would be guesswork.
func (c *collector) brokenSyntax() bool {
	for _, d := range c.found {
		switch code(d.Code) {
		case syntaxError, tooLarge, manyDocuments, tooDeep, emptyDocument, unreadableFile:
			return true
		}
	}
	return false
}
