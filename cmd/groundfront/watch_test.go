//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWatcher: a change is taken up once it has come to rest, a file that comes,
// goes or is another one by a link is a change, and one that was read is none.
func TestWatcher(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	clock := time.Now().Add(-time.Hour)
	write := func(name, text string) {
		t.Helper()
		rewrite(t, path(name), text)
		clock = clock.Add(time.Second) // as time passes between two writes
		if err := os.Chtimes(path(name), clock, clock); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to string) { // as Kubernetes does it
		t.Helper()
		if err := os.Symlink(to, path("next")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path("next"), path("data")); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"v1", "v2"} {
		if err := os.Mkdir(path(d), 0o700); err != nil {
			t.Fatal(err)
		}
		write(d+"/tls.crt", "same text")
	}
	write("edge.yaml", "one")
	link("v1")
	var w watcher
	read := func() {
		r := w.reader()
		r.note(path("edge.yaml"), path("data/tls.crt"))
		r.ReadFile(path("absent"))
		w.started(r.all(false))
	}
	read()
	for _, step := range []struct {
		name    string
		change  func()
		changed []string
	}{
		{"nothing", func() {}, nil},
		{"written", func() { write("edge.yaml", "two") }, []string{"edge.yaml"}},
		{"replaced", func() {
			write("new.yaml", "two")
			os.Rename(path("new.yaml"), path("edge.yaml"))
		}, []string{"edge.yaml"}},
		{"a link is moved", func() { link("v2") }, []string{"data/tls.crt"}},
		{"gone", func() { os.Remove(path("edge.yaml")) }, []string{"edge.yaml"}},
		{"there again, with another", func() { write("edge.yaml", "two"); write("absent", "") }, []string{"absent", "edge.yaml"}},
	} {
		step.change()
		if got := w.look(); step.changed != nil && got != nil {
			t.Errorf("%s: the first look: got %q, want nothing before it has come to rest", step.name, got)
		}
		var want []string
		for _, name := range step.changed {
			want = append(want, path(name))
		}
		for range 2 {
			if got := w.look(); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", step.name, got, want)
			}
		}
		read()
		if got := w.look(); got != nil {
			t.Errorf("%s: after it was read: got %q", step.name, got)
		}
	}
	r := w.reader() // what changes while it is read is found to have changed
	write("edge.yaml", "three")
	r.note(path("edge.yaml"))
	w.started(r.all(true))
	if got := w.look(); got != nil {
		t.Errorf("changed while it was read, first look: got %q", got)
	}
	if got := w.look(); len(got) != 1 {
		t.Errorf("changed while it was read: got %q, want edge.yaml", got)
	}
}

// TestWatch: an edge takes up what changes, certificates among it, and says what
// is wrong with it (reliability T5, Z15).
func TestWatch(t *testing.T) {
	first, second := echoOrigin(t, "first"), echoOrigin(t, "second")
	config := func(origin string) string {
		return strings.Replace(edgeConfig(origin, ""), "watch: false", "watch: true", 1)
	}
	file := writeFile(t, "edge.yaml", config(first))
	p, v := start(t, "run", "-f", file), newViewer(t)
	edge := p.url("viewers")
	rewrite(t, file, config(second))
	eventually(t, func() bool { return v.get(edge+"/passed").content == "second" }, func() string { return "the second origin: " + p.stderr.String() })
	rewrite(t, file, "version: 2\n")
	eventually(t, func() bool { return strings.Contains(p.stderr.String(), "still in use") }, p.stderr.String)
	if got := p.stderr.String(); !strings.Contains(got, file+":1:10: error ") {
		t.Errorf("got %s, want what is wrong and where", got)
	}
	if got := v.get(edge + "/passed"); got.content != "second" {
		t.Errorf("got %q, want what was in use", got.content)
	}
	rewrite(t, file, config(first))
	eventually(t, func() bool { return v.get(edge+"/passed").content == "first" }, func() string { return "the first origin" })
}
