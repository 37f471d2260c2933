package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// TestDiagnostics compares what is said of each testdata/NAME.yaml with
// testdata/NAME.want.
func TestDiagnostics(t *testing.T) {
	for _, file := range testdata(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, ds := Load(file)
			got, golden := ds.String(), strings.TrimSuffix(file, ".yaml")+".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("diagnostics of %s: got\n%s\nwant\n%s", file, got, want)
			}
		})
	}
}

// TestBadFilesAreRefused says by the file name what a file is for, so that an
// -update cannot turn a bad file into a good one unseen.
func TestBadFilesAreRefused(t *testing.T) {
	for _, file := range testdata(t) {
		bad := strings.Contains(file, "bad_") || strings.Contains(file, "sketch")
		c, ds := Load(file)
		if ds.HasErrors() != bad || (c == nil) != bad || (ds.Err() != nil) != bad {
			t.Errorf("Load(%s): got errors %t, config %t, Err %v, want errors %t", file, ds.HasErrors(), c != nil, ds.Err(), bad)
		}
	}
}

// TestSketch holds the documentation's sketch of everything to its promise:
// what cannot be used yet is named, and nothing else is wrong with it.
func TestSketch(t *testing.T) {
	_, ds := Load("testdata/sketch.yaml")
	for _, d := range ds {
		if c := code(d.Code); c != keyNotBuilt && c != valueNotBuilt && d.Severity == SeverityError {
			t.Errorf("sketch: got %s, want only what is not built yet", d)
		}
	}
	_, ds = Load("testdata/groundfront.yaml")
	for _, d := range ds {
		t.Errorf("reduced sketch: got %s, want nothing", d)
	}
}

// TestEveryCodeIsUsed also finds a code that has no meaning and a meaning that
// has no code.
func TestEveryCodeIsUsed(t *testing.T) {
	used := map[string]bool{}
	note := func(ds Diagnostics) {
		for _, d := range ds {
			used[d.Code] = true
			if Codes()[d.Code] == "" {
				t.Errorf("code %s has no meaning", d.Code)
			}
		}
	}
	for _, file := range testdata(t) {
		_, ds := Load(file)
		note(ds)
	}
	for _, src := range generated() {
		_, ds := Parse("generated.yaml", []byte(src))
		note(ds)
	}
	_, ds := Load("testdata/absent.yaml")
	note(ds)
	running, _ := Load("testdata/minimal.yaml")
	next := *running
	next.Server.Engine = EngineGoroutine
	note(next.CheckReload(running))
	for c, meaning := range Codes() {
		if !used[c] {
			t.Errorf("no test leads to code %s, %q", c, meaning)
		}
	}
	meanings := map[string]string{}
	for c, meaning := range Codes() {
		if other, twice := meanings[meaning]; twice {
			t.Errorf("codes %s and %s both mean %q", c, other, meaning)
		}
		meanings[meaning] = c
	}
}

// generated are documents that are too long to write down.
func generated() map[string]string {
	aliases := "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for c := 'b'; c < 'h'; c++ {
		aliases += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 10) + "]\n"
	}
	return map[string]string{
		"too large":    strings.Repeat("#", maxDocument+1),
		"too deep":     "version: " + strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
		"alias bomb":   aliases,
		"many errors":  "version: 1\nx" + manyKeys(80),
		"many origins": crowded(),
		"flood":        "version: 1\nserver: {listen: [" + strings.Repeat("{x: 1}, ", 20000) + "]}\n",
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("\nkey-" + strings.Repeat("x", i) + ": 1")
	}
	return ": 1" + b.String()
}

// crowded has 76 cache behaviors and 101 origins.
func crowded() string {
	var b strings.Builder
	b.WriteString("version: 1\ndistributions:\n  d:\n    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}\n    origins:\n")
	for i := range 101 {
		b.WriteString("      o" + strings.Repeat("x", i) + ": {domain_name: o.test}\n")
	}
	b.WriteString("    cache_behaviors:\n")
	for i := range 76 {
		b.WriteString("    - {path_pattern: /" + strings.Repeat("x", i) + ", target_origin_id: o, cache_policy_id: CachingDisabled}\n")
	}
	return b.String()
}

func testdata(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %v, %d files", err, len(files))
	}
	return files
}
