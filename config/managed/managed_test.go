package managed

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestPoliciesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range All() {
		if _, err := uuid.Parse(p.ID); err != nil || p.ID != strings.ToLower(p.ID) {
			t.Errorf("%s: id %q: %v, want a UUID in lower case", p.Name, p.ID, err)
		}
		if seen[p.ID] || seen[p.Name] {
			t.Errorf("%s, %s: twice in the table", p.Name, p.ID)
		}
		seen[p.ID], seen[p.Name] = true, true
	}
	if got, want := len(All()), 7+8+5; got != want {
		t.Errorf("got %d policies, want %d", got, want)
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		kind     Kind
		spelling string
		want     string // name, "" means not found
	}{
		{KindCachePolicy, "CachingOptimized", "CachingOptimized"},
		{KindCachePolicy, "Managed-CachingOptimized", "CachingOptimized"},
		{KindCachePolicy, "658327ea-f89d-4fab-a63d-7e88639e58f6", "CachingOptimized"},
		{KindCachePolicy, "658327EA-F89D-4FAB-A63D-7E88639E58F6", "CachingOptimized"},
		{KindCachePolicy, "Managed-658327ea-f89d-4fab-a63d-7e88639e58f6", ""},
		{KindCachePolicy, "cachingoptimized", ""},
		{KindCachePolicy, "AllViewer", ""},
		{KindCachePolicy, "", ""},
		{KindOriginRequestPolicy, "AllViewer", "AllViewer"},
		{KindResponseHeadersPolicy, "Managed-SimpleCORS", "SimpleCORS"},
	} {
		got, ok := Find(test.kind, test.spelling)
		if got.Name != test.want || ok != (test.want != "") {
			t.Errorf("Find(%s, %q): got %q, %t, want %q", test.kind, test.spelling, got.Name, ok, test.want)
		}
	}
}

func TestKindsHaveNames(t *testing.T) {
	for k := KindCachePolicy; k <= KindResponseHeadersPolicy; k++ {
		if k.String() == "" || len(Names(k)) == 0 {
			t.Errorf("kind %d: got name %q with %d policies", k, k, len(Names(k)))
		}
	}
	if got := Kind(99).String(); got != "unknown kind" {
		t.Errorf("Kind(99): got %q", got)
	}
}
