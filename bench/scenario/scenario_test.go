package scenario

import (
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/proxy/listener"
)

// TestScenarios runs every file of testdata over every protocol and every
// store, and those in memory with both drivers. Each answer that Server.Hit gives is compared there with that of the
// stages, so when all of them run there must be some.
func TestScenarios(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no scenario in testdata: %v", err)
	}
	var hits [edgetest.ProtocolH3 + 1]atomic.Int64
	var known, ran atomic.Int64
	t.Cleanup(func() {
		for protocol := range hits {
			if n := hits[protocol].Load(); n < 100 && ran.Load() == known.Load() {
				t.Errorf("%v: got %d requests answered by Server.Hit in all scenarios, want hundreds", edgetest.Protocol(protocol), n)
			}
		}
	})
	for _, name := range names {
		f, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, protocol := range f.Protocols {
			for _, store := range f.Stores {
				if !f.runsOver(protocol, store) {
					continue
				}
				run := func(name string, engine listener.Engine) {
					known.Add(1)
					t.Run(strings.TrimSuffix(f.Name, ".txtar")+"/"+protocol.String()+"/"+name, func(t *testing.T) {
						t.Parallel()
						hits[protocol].Add(f.Run(t, protocol, store, engine))
						ran.Add(1)
					})
				}
				run(store.String(), listener.EngineGoroutine)
				if store == edgetest.StoreMemory && protocol != edgetest.ProtocolH3 { // which no driver has to do with
					run("eventloop", listener.EngineEventLoop)
				}
			}
		}
	}
}

// runsOver reports whether a scenario runs over a protocol and a store: over
// memory with each protocol, over the others, which cost more, with one.
func (f *File) runsOver(p edgetest.Protocol, s edgetest.Store) bool {
	switch s {
	case edgetest.StoreDisk:
		return p == f.Protocols[0]
	case edgetest.StoreFile:
		return p == f.Protocols[min(1, len(f.Protocols)-1)]
	}
	return true
}

// FuzzParse: the normal form of what was parsed parses to the same steps.
func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		if file, err := Load(name); err == nil {
			f.Add(scriptOf(file))
		}
	}
	f.Add("table  a  b\n       1  `x`\ndo\n  viewer GET /$a X=$b\n  expect 200\nend\n")
	f.Fuzz(func(t *testing.T, script string) {
		steps, err := parseScript(script, 1)
		if err != nil {
			return
		}
		again, err := parseScript(scriptOf(&File{Steps: steps}), 1)
		if err != nil {
			t.Fatalf("%q: normal form %q: %v", script, scriptOf(&File{Steps: steps}), err)
		}
		if len(steps) != len(again) {
			t.Fatalf("%q: got %d steps, want %d", script, len(again), len(steps))
		}
		for i := range steps {
			if steps[i].Source != again[i].Source || !reflect.DeepEqual(steps[i].action, again[i].action) {
				t.Errorf("%q: got %#v, want %#v", script, again[i], steps[i])
			}
		}
	})
}

func scriptOf(f *File) string {
	var b strings.Builder
	for _, s := range f.Steps {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}
