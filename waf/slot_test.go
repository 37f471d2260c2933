package waf

import (
	"context"
	"net/netip"
	"testing"

	"github.com/groundfront/groundfront/waf/transform"
)

// TestAgain: a transformation that has changed nothing is not tried again, and
// one that has is (WF-TT-23).
func TestAgain(t *testing.T) {
	twice := transform.Chain{transform.URLDecode, transform.URLDecode, transform.Lowercase}
	a, err := New(Config{Name: "test", Rules: []Rule{{Name: "r", Statement: ByteMatch{Search: "/a", Inspection: Inspection{Field{Kind: FieldUriPath}, twice}}, Handling: Handling{Action: ActionBlock}}}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Action{"/a": ActionBlock, "/A": ActionBlock, "/%41": ActionBlock, "/%2541": ActionBlock, "/%252541": ActionAllow} {
		if v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), &Request{Path: path}, nil); v.Action != want {
			t.Errorf("%s: %v, want %v", path, v.Action, want)
		}
	}
}

// TestCompiledAgain: a web ACL takes over what the one before has compiled of the
// same, and compiles what is not.
func TestCompiledAgain(t *testing.T) {
	path := Inspection{Field: Field{Kind: FieldUriPath}}
	build := func(previous *ACL, word, pattern string) *ACL {
		a, err := New(Config{Name: "test", Previous: previous, Rules: []Rule{
			{Name: "word", Statement: ByteMatch{Search: word, Constraint: ConstraintContains, Inspection: path}, Handling: Handling{Action: ActionBlock}},
			{Name: "pattern", Statement: RegexMatch{Patterns: []string{pattern}, Inspection: path}, Handling: Handling{Action: ActionBlock}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for asked, want := range map[string]Action{"/" + word: ActionBlock, "/ab": ActionAllow, "/" + pattern: ActionBlock} {
			if v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), &Request{Path: asked}, nil); v.Action != want {
				t.Errorf("%q and %q: %s: got %v, want %v", word, pattern, asked, v.Action, want)
			}
		}
		return a
	}
	first := build(nil, "one", "[x]{3}|xxx")
	same := build(first, "one", "[x]{3}|xxx")
	if got, want := same.regexps["[x]{3}|xxx"], first.regexps["[x]{3}|xxx"]; got != want || got == nil {
		t.Error("the same pattern was compiled again")
	}
	for fold := range same.slots[0].words {
		if got, want := same.slots[0].words[fold].set, first.slots[0].words[fold].set; got != want || got == nil {
			t.Errorf("words %q: the same automaton was built again", same.slots[0].words[fold].words)
		}
	}
	other := build(same, "two", "[y]{3}|yyy")
	if len(other.regexps) != 1 {
		t.Errorf("got %d patterns, want those of the web ACL before to end with it", len(other.regexps))
	}
}
