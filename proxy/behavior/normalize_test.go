package behavior

import (
	"strings"
	"testing"
)

func TestNormalizePath(t *testing.T) {
	for _, tt := range []struct{ id, in, want string }{
		{"normal", "/", "/"},
		{"normal", "/a/b.c", "/a/b.c"},
		{"normal", "/a/", "/a/"},
		{"normal", "/.well-known/...", "/.well-known/..."},
		{"normal", "/caf%C3%A9", "/caf%C3%A9"},
		{"CF-BEH-11", "//images//a.jpg", "/images/a.jpg"},
		{"CF-BEH-11", "/a/./b/../c", "/a/c"},
		{"CF-BEH-11", "/a//../b", "/b"},
		{"CF-BEH-11", "/../..", "/"},
		{"CF-BEH-11", "/a//", "/a/"},
		{"CF-BEH-11", "///", "/"},
		{"CF-BEH-12", "/a/b/..", "/a/"},
		{"CF-BEH-12", "/a/.", "/a/"},
		{"CF-BEH-14", "/%61", "/a"},
		{"CF-BEH-14", "/a/%2e%2E/b", "/b"},
		{"CF-BEH-14", "/a%2fb", "/a%2Fb"},
		{"CF-BEH-14", "/a%2Fb", "/a%2Fb"},
		{"CF-BEH-14", "/caf%c3%a9", "/caf%C3%A9"},
		{"CF-BEH-14", "/%2561", "/%2561"},
		{"stray percent", "/100%", "/100%25"},
		{"stray percent", "/%%361", "/%2561"},
		{"stray percent", "/%4", "/%254"},
		{"stray percent", "/%zz", "/%25zz"},
		{"no leading slash", "", "/"},
		{"no leading slash", "*", "/*"},
		{"no leading slash", "a/..", "/"},
	} {
		if got := NormalizePath(tt.in); got != tt.want {
			t.Errorf("%s: NormalizePath(%q): got %q, want %q", tt.id, tt.in, got, tt.want)
		}
	}
}

// TestCollapsePath: escapes stay, the rest is as in TestNormalizePath
// (CF-BEH-14).
func TestCollapsePath(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/", "/"},
		{"/.well-known/...", "/.well-known/..."},
		{"//images//a.jpg", "/images/a.jpg"},
		{"/a/./b/../c", "/a/c"},
		{"/../..", "/"},
		{"/a//", "/a/"},
		{"/%61", "/%61"},
		{"/a/%2e%2E/b", "/a/%2e%2E/b"},
		{"/a%2fb/../%zz%", "/%zz%"},
		{"", "/"},
		{"*", "/*"},
	} {
		if got := CollapsePath(tt.in); got != tt.want {
			t.Errorf("CollapsePath(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzCollapsePath: what has no escapes is normalised as by NormalizePath,
// and once is enough.
func FuzzCollapsePath(f *testing.F) {
	for _, seed := range []string{"/a/../b", "//x//", "/%2e%2E/%61%2f", "..", "/a%/./"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once := CollapsePath(path)
		if twice := CollapsePath(once); twice != once || !isCollapsed(once) {
			t.Errorf("CollapsePath(%q): got %q once and %q twice, want the same", path, once, twice)
		}
		if want := NormalizePath(path); !strings.Contains(path, "%") && once != want {
			t.Errorf("CollapsePath(%q): got %q, want %q", path, once, want)
		}
		if got, want := strings.Count(once, "%"), strings.Count(path, "%"); got > want {
			t.Errorf("CollapsePath(%q): got %q with %d escapes, want at most %d", path, once, got, want)
		}
	})
}

func TestNormalizePathAllocates(t *testing.T) {
	for _, path := range []string{"/", "/api/v1/products", "/.well-known/x", "/caf%C3%A9", "/a..b/.../c."} {
		if got := testing.AllocsPerRun(100, func() { NormalizePath(path) }); got != 0 {
			t.Errorf("allocations for %q: got %v, want 0", path, got)
		}
	}
}

func FuzzNormalizePath(f *testing.F) {
	for _, seed := range []string{"/a/../b", "//x//", "/%2e%2E/%61%2f", "/%%361", "/a/.", "..", "/a%", "/%2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once := NormalizePath(path)
		if twice := NormalizePath(once); twice != once {
			t.Errorf("NormalizePath(%q): got %q once and %q twice, want the same", path, once, twice)
		}
		if !isNormal(once) {
			t.Errorf("isNormal(%q): got false, want true for the result of %q", once, path)
		}
		if isNormal(path) && once != path {
			t.Errorf("NormalizePath(%q): got %q, want it unchanged", path, once)
		}
		if strings.Contains(once, "//") || strings.Contains(once+"/", "/../") || strings.Contains(once+"/", "/./") || once[0] != '/' {
			t.Errorf("NormalizePath(%q): got %q, want no segment to remove", path, once)
		}
		if got, limit := strings.Count(once, "/"), strings.Count(path, "/")+1; got > limit {
			t.Errorf("NormalizePath(%q): got %q with %d slashes, want at most %d: %%2F is data", path, once, got, limit)
		}
	})
}
