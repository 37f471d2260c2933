package behavior

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestTable runs the test vectors of behavior matching.
func TestTable(t *testing.T) {
	for _, tt := range []struct {
		id       string
		patterns []string
		path     string
		want     int
	}{
		{"TV-BEH-01", []string{"images/*.jpg", "images/*", "*.gif"}, "/images/sample.gif", 1},
		{"TV-BEH-02", []string{"a*.jpg"}, "/abra/cadabra/magic.jpg", 0},
		{"TV-BEH-03", []string{"a??.jpg"}, "/ant.jpg", 0},
		{"TV-BEH-03", []string{"a??.jpg"}, "/abe.jpg", 0},
		{"TV-BEH-03", []string{"a??.jpg"}, "/ab.jpg", 1},
		{"TV-BEH-04", []string{"*.doc*"}, "/x.doc", 0},
		{"TV-BEH-04", []string{"*.doc*"}, "/x.docx", 0},
		{"TV-BEH-05", []string{"*.doc?"}, "/x.docx", 0},
		{"TV-BEH-05", []string{"*.doc?"}, "/x.doc", 1},
		{"TV-BEH-06", []string{"*.jpg"}, "/LOGO.JPG", 1},
		{"TV-BEH-07", []string{"/api/*"}, "/api", 1},
		{"TV-BEH-07", []string{"/api/*"}, "/api/", 0},
		{"TV-BEH-07", []string{"/api/*"}, "/api/x", 0},
		{"TV-BEH-08", []string{"/a/b*", "/a*"}, "/a/b", 0},
		{"TV-BEH-08", []string{"/a/b*", "/a*"}, "/a/b/..", 1},
		{"TV-BEH-09", []string{"images/*"}, "//images//a.jpg", 0},
		{"CF-BEH-01", []string{"/a*", "/ab*"}, "/abc", 0},
		{"CF-BEH-13", nil, "/anything", 0},
	} {
		table, err := New(tt.patterns)
		if err != nil {
			t.Fatalf("%s: New(%q): got error %v, want none", tt.id, tt.patterns, err)
		}
		if got := table.Match(NormalizePath(tt.path)); got != tt.want {
			t.Errorf("%s: Match(%q) in %q: got %d, want %d", tt.id, tt.path, tt.patterns, got, tt.want)
		}
		if got := table.Default(); got != len(tt.patterns) {
			t.Errorf("%s: Default: got %d, want %d", tt.id, got, len(tt.patterns))
		}
	}
}

func TestTablePattern(t *testing.T) {
	table, err := New([]string{"images/*"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{-1: "Default (*)", 0: "images/*", 1: "Default (*)", 2: "Default (*)"} {
		if got := table.Pattern(i); got != want {
			t.Errorf("Pattern(%d): got %q, want %q", i, got, want)
		}
	}
}

func TestNewError(t *testing.T) {
	_, err := New([]string{"a", "b%20c"})
	if !errors.Is(err, ErrPattern) || !strings.Contains(err.Error(), "cache behavior 1") {
		t.Errorf("New: got %v, want ErrPattern naming behavior 1", err)
	}
}

func TestMatchAllocates(t *testing.T) {
	table := benchTable(t)
	for _, path := range benchPaths {
		if got := testing.AllocsPerRun(100, func() { table.Match(path) }); got != 0 {
			t.Errorf("allocations of Match(%q): got %v, want 0", path, got)
		}
	}
}

func ExampleTable_Match() {
	table, err := New([]string{"/api/*", "*.jpg"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"/api/users", "/img/../api/users", "/logo.jpg", "/api"} {
		i := table.Match(NormalizePath(path))
		fmt.Println(path, "->", table.Pattern(i))
	}
	// Output:
	// /api/users -> /api/*
	// /img/../api/users -> /api/*
	// /logo.jpg -> *.jpg
	// /api -> Default (*)
}

var (
	benchPatterns = []string{
		"/api/v1/*", "/api/v2/*", "/static/*.css", "/static/*.js", "*.jpg", "*.png", "/img/*/thumb?.webp", "/admin/*",
	}
	benchPaths = []string{"/api/v2/products/42", "/images/2026/a.png", "/img/x/thumb1.webp", "/no/pattern/matches/this"}
)

func benchTable(tb testing.TB) *Table {
	table, err := New(benchPatterns)
	if err != nil {
		tb.Fatal(err)
	}
	return table
}

// BenchmarkMatch looks four paths up in eight patterns. The regular
// expressions are the rejected representation; so is the loop that walks
// byte by byte and returns to the last star.
func BenchmarkMatch(b *testing.B) {
	b.Run("pieces", func(b *testing.B) {
		table := benchTable(b)
		b.ReportAllocs()
		for b.Loop() {
			for _, path := range benchPaths {
				table.Match(path)
			}
		}
	})
	b.Run("rejected/laststar", func(b *testing.B) {
		var anchored []string
		for _, p := range benchPatterns {
			anchored = append(anchored, "/"+strings.TrimPrefix(p, "/"))
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, path := range benchPaths {
				for _, p := range anchored {
					if matchLastStar(p, path) {
						break
					}
				}
			}
		}
	})
	b.Run("rejected/regexp", func(b *testing.B) {
		var compiled []*regexp.Regexp
		for _, p := range benchPatterns {
			text := regexp.QuoteMeta("/" + strings.TrimPrefix(p, "/"))
			text = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(text)
			compiled = append(compiled, regexp.MustCompile("(?s)^"+text+"$"))
		}
		b.ReportAllocs()
		for b.Loop() {
			for _, path := range benchPaths {
				for _, re := range compiled {
					if re.MatchString(path) {
						break
					}
				}
			}
		}
	})
}

func BenchmarkNormalizePath(b *testing.B) {
	for _, bb := range []struct{ name, path string }{
		{"normal", "/api/v2/products/42"},
		{"dots", "/api/./v2//products/../products/42"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NormalizePath(bb.path)
			}
		})
	}
}

// matchLastStar is the rejected matcher.
func matchLastStar(pattern, path string) bool {
	p, s, star, mark := 0, 0, -1, 0
	for s < len(path) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, s
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == path[s]):
			p++
			s++
		case star >= 0:
			mark++
			p, s = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
