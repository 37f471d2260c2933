package behavior

import (
	"errors"
	"strings"
	"testing"
)

func TestPatternMatch(t *testing.T) {
	for _, tt := range []struct {
		id, pattern, path string
		want              bool
	}{
		{"CF-BEH-03", "a*c", "/a/b/c", true},
		{"CF-BEH-03", "a*c", "/ac", true},
		{"CF-BEH-03", "a?c", "/a/c", true},
		{"CF-BEH-03", "a?c", "/ac", false},
		{"CF-BEH-04", "*.doc?", "/x.doc", false},
		{"CF-BEH-04", "a??.jpg", "/ant.jpg", true},
		{"CF-BEH-04", "a??.jpg", "/ab.jpg", false},
		{"CF-BEH-04", "a??.jpg", "/abcd.jpg", false},
		{"CF-BEH-05", "images/*.jpg", "/images/a.jpg", true},
		{"CF-BEH-05", "/images/*.jpg", "/images/a.jpg", true},
		{"CF-BEH-05", "a*.jpg", "/apple.jpg", true},
		{"CF-BEH-05", "a*.jpg", "/abra/cadabra/magic.jpg", true},
		{"CF-BEH-05", "a*.jpg", "/b/apple.jpg", false},
		{"CF-BEH-06", "*.jpg", "/deep/down/x.jpg", true},
		{"CF-BEH-07", "*.jpg", "/LOGO.JPG", false},
		{"CF-BEH-09", "images/*.jpg", "/images/product1/a.jpg", true},
		{"CF-BEH-10", "images/*", "/images", false},
		{"CF-BEH-10", "images/*", "/images/", true},
		{"whole path", "exact", "/exact", true},
		{"whole path", "exact", "/exact/", false},
		{"two stars", "*a*b", "/xaxxb", true},
		{"two stars", "*a*b", "/xbxxa", false},
		{"pieces do not overlap", "/ab*bc", "/abc", false},
		{"pieces do not overlap", "/a*b*b", "/ab", false},
		{"last piece is at the end", "*ab", "/abxab", true},
		{"wildcards in the middle piece", "*b?d*", "/bcxbcd", true},
		{"wildcards in the middle piece", "*b?d*f", "/bcxbce", false},
		{"star alone", "*", "/", true},
		{"adjacent stars", "**a**", "/a", true},
	} {
		p, err := Compile(tt.pattern)
		if err != nil {
			t.Fatalf("%s: Compile(%q): got error %v, want none", tt.id, tt.pattern, err)
		}
		if got := p.Match(tt.path); got != tt.want {
			t.Errorf("%s: %q matches %q: got %v, want %v", tt.id, tt.pattern, tt.path, got, tt.want)
		}
	}
}

func TestZeroPattern(t *testing.T) {
	if (Pattern{}).Match("/") {
		t.Error("zero Pattern matches /: got true, want false")
	}
}

// TestCompileErrors proves CF-BEH-08.
func TestCompileErrors(t *testing.T) {
	for _, in := range []string{"", "a%20b", "a b", "é", "a#b", "a[b]", strings.Repeat("x", 256)} {
		if _, err := Compile(in); !errors.Is(err, ErrPattern) {
			t.Errorf("Compile(%q): got %v, want ErrPattern", in, err)
		}
	}
	for _, in := range []string{strings.Repeat("x", 255), "AZaz09_-.*$/~\"'@:+&?"} {
		if p, err := Compile(in); err != nil || p.String() != in {
			t.Errorf("Compile(%q): got %q, %v, want the same text", in, p, err)
		}
	}
}

// FuzzMatch compares the matcher with the definition of the grammar.
func FuzzMatch(f *testing.F) {
	f.Add("/a*b?c*d", "/axbycd")
	f.Add("*?*", "/")
	f.Add("**??*a", "/aa")
	f.Add("*ab?ab*", "/abababab")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := Compile(pattern)
		if err != nil || len(pattern) > 12 || len(path) > 24 {
			return
		}
		if pattern[0] != '/' {
			pattern = "/" + pattern
		}
		if got, want := p.Match(path), matchSlowly(pattern, path); got != want {
			t.Errorf("%q matches %q: got %v, want %v", pattern, path, got, want)
		}
	})
}

// matchSlowly is CF-BEH-03 word for word.
func matchSlowly(pattern, path string) bool {
	switch {
	case pattern == "":
		return path == ""
	case pattern[0] == '*':
		return matchSlowly(pattern[1:], path) || path != "" && matchSlowly(pattern, path[1:])
	case path == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == path[0]) && matchSlowly(pattern[1:], path[1:])
}
