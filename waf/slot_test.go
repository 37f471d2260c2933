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
