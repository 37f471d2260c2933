//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
)

// written returns the file of a configuration, with those that it names.
func written(t testing.TB, c *configuration) string {
	t.Helper()
	dir := t.TempDir()
	if err := c.write(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "edge.yaml")
	if err := os.WriteFile(file, []byte(c.yaml(dir, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:9", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestConfigurations: they are what they are said to be.
func TestConfigurations(t *testing.T) {
	for i, want := range []struct{ distributions, behaviors int }{{1, 1}, {sites, behaviors}} {
		cfg, problems := config.Load(written(t, &configurations[i]))
		if problems.HasErrors() {
			t.Fatalf("%s: %v", configurations[i].name, problems)
		}
		s, err := compile.Compile(cfg, compile.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		got := want
		got.distributions, got.behaviors = len(s.Distributions), 0
		for _, d := range s.Distributions {
			got.behaviors += len(d.Behaviors)
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", configurations[i].name, got, want)
		}
	}
}

// BenchmarkReload is what a reload computes: to load a configuration and to
// compile it, with the Snapshot before at hand.
func BenchmarkReload(b *testing.B) {
	for i := range configurations {
		c := &configurations[i]
		file := written(b, c)
		b.Run(c.name, func(b *testing.B) {
			var before *proxy.Snapshot
			b.ReportAllocs()
			for b.Loop() {
				cfg, problems := config.Load(file)
				if problems.HasErrors() {
					b.Fatal(problems)
				}
				var err error
				if before, err = compile.Compile(cfg, compile.Environment{Previous: before}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
