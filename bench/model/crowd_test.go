package model

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/origin"
)

// TestCrowd lets many viewers ask at once, and finds nothing against the
// rules.
func TestCrowd(t *testing.T) {
	s := scene{snapshot: newSnapshot(t), settle: synctest.Wait}
	synctest.Test(t, func(t *testing.T) {
		for run := range *runs {
			s.cast(newDice(*seed, uint64(run)), crowdPolicies)
			found, err := s.play()
			if err != nil {
				t.Fatal(err)
			}
			if len(found) > 0 {
				s = s.shrunk()
				if again, _ := s.play(); len(again) > 0 {
					found = again
				}
				t.Fatalf("-model.seed %d, script %d, policy %s\n%s%s", *seed, run, s.policy.name, s.transcript(), strings.Join(found, "\n"))
			}
		}
	})
}

func (s *scene) cast(d dice, policies []policy) {
	s.policy = &policies[d.IntN(len(policies))]
	s.script, s.answers = d.script(), d.crowdAnswers()
}

// TestCrowdDeaf proves that the rules are noticed when they are broken.
func TestCrowdDeaf(t *testing.T) {
	snapshot := newSnapshot(t)
	set := func(name, value string) func(*origin.Response) {
		return func(m *origin.Response) {
			if m.Fields.Has(name) {
				m.Fields.Set(name, value)
			}
		}
	}
	for _, test := range []struct {
		to     string // what the edge is deaf to
		scene  scene
		notice string
	}{
		{"invalidations", scene{deaf: true}, "was there when"},
		{"private", scene{mute: func(m *origin.Response) {
			if cc := m.Fields.Get("Cache-Control"); strings.Contains(cc, "private") || strings.Contains(cc, "no-store") {
				m.Fields.Set("Cache-Control", "max-age=60")
			}
		}}, "content of viewer"},
		{"Cache-Control", scene{mute: set("Cache-Control", "no-cache")}, "is under way"},
		{"Date", scene{mute: set("Date", "Sat, 01 Jan 2000 00:00:00 GMT")}, "Date"},
	} {
		s := test.scene
		s.snapshot, s.settle = snapshot, synctest.Wait
		synctest.Test(t, func(t *testing.T) {
			for run := range uint64(300) {
				s.cast(newDice(1, run), crowdPolicies)
				found, err := s.play()
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(strings.Join(found, "\n"), test.notice) {
					return
				}
			}
			t.Errorf("deaf to %s: nobody noticed that %q", test.to, test.notice)
		})
	}
}

// TestCrowdVary is the same for a strict cache that is deaf to Vary.
func TestCrowdVary(t *testing.T) {
	s := scene{snapshot: newSnapshot(t), settle: synctest.Wait, mute: func(m *origin.Response) { m.Fields.Del("Vary") }}
	synctest.Test(t, func(t *testing.T) {
		for run := range uint64(300) {
			s.cast(newDice(1, run), crowdPolicies[1:])
			if found, err := s.play(); err != nil || strings.Contains(strings.Join(found, "\n"), "content of kind") {
				return
			}
		}
		t.Error("nobody noticed")
	})
}
