package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// reloadable are the properties below server and cache that a running process
// takes over from a new configuration. It keeps the others as it was started:
// what is not listed here is refused, so that no change is ignored. All of
// distributions, policies, web ACLs and so on is taken over.
var reloadable = []path{
	"server.listen", "server.geo", "server.drain_timeout", "server.watch", "server.admin_access", "server.tls_ticket_keys",
	"server.limits.max_body_size", "server.limits.max_inspected_content",
}

// CheckReload reports what keeps a process that runs with running from going on
// with c: properties that only a new process can change. All of them are errors.
func (c *Config) CheckReload(running *Config) Diagnostics {
	before, after := running.fixed(), c.fixed()
	names := maps.Clone(before)
	maps.Copy(names, after)
	var found Diagnostics
	for _, p := range slices.Sorted(maps.Keys(names)) {
		if before[p] == after[p] || slices.Contains(reloadable, p) {
			continue
		}
		found = append(found, Diagnostic{
			Severity: SeverityError, Code: string(notReloadable), Path: string(p),
			Message:    fmt.Sprintf("%s cannot change while the process runs: it is %s, and would be %s", p, orNothing(before[p]), orNothing(after[p])),
			Suggestion: "restart the process, or send it SIGUSR2 for a new one in its place; or write what it was",
		})
	}
	return c.Annotate(nil, found)
}

// tlsWord says by what the admin listener is spoken to, which stays.
func tlsWord(c *Config) string {
	if c.Server.AdminAccess.TLS() {
		return "set"
	}
	return ""
}

func orNothing(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}

// fixed returns the values below server and cache by their paths, as they are
// printed. A list is one value, and so is what is reloadable as a whole.
func (c *Config) fixed() map[path]string {
	values := map[path]string{"server.admin_access.cert": tlsWord(c)}
	flatten(printStruct(reflect.ValueOf(c.Server), nil), "server", values)
	flatten(printStruct(reflect.ValueOf(c.Cache), nil), "cache", values)
	return values
}

func flatten(n *node, at path, into map[path]string) {
	if n.kind != kindMap || slices.Contains(reloadable, at) {
		into[at] = n.oneLine()
		return
	}
	for _, e := range n.entries {
		flatten(e.value, at.key(e.key), into)
	}
}

// oneLine returns a value as a message shows it.
func (n *node) oneLine() string {
	switch n.kind {
	case kindMap:
		text := "{"
		for i, e := range n.entries {
			text += comma[i > 0] + e.key + ": " + e.value.oneLine()
		}
		return text + "}"
	case kindList:
		text := "["
		for i, item := range n.items {
			text += comma[i > 0] + item.oneLine()
		}
		return text + "]"
	}
	return n.text
}

var comma = map[bool]string{true: ", "}

// Files returns the files that the configuration was read from, those that
// others refer to included, in the order in which they were read.
func (c *Config) Files() []string { return slices.Clone(c.files) }
