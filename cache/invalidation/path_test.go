package invalidation

import (
	"errors"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, path, in string
		want           bool
	}{
		{"exact", "/a.html", "/a.html", true},
		{"CF-INV-02 case", "/a.html", "/A.html", false},
		{"longer", "/a.html", "/a.html2", false},
		{"CF-INV-03 any number of characters", "/a*", "/a", true},
		{"CF-INV-03 wildcard in the middle is literal", "/a*b", "/axb", false},
		{"CF-INV-03 literal star", "/a*b", "/a*b", true},
		{"CF-INV-03 two stars", "/a**", "/a*x", true},
		{"CF-INV-03 two stars, first literal", "/a**", "/ax", false},
		{"CF-INV-03 ? is no wildcard", "/a?", "/ab", false},
		{"CF-INV-04 files", "/dir/*", "/dir/x", true},
		{"CF-INV-04 subdirectories", "/dir/*", "/dir/sub/x", true},
		{"CF-INV-04 not the directory", "/dir/*", "/dir", false},
		{"CF-INV-04 beginning", "/dir*", "/directory/x", true},
		{"CF-INV-04 everything", "/*", "/any?thing=1", true},
		{"CF-INV-05 query", "/i.jpg?p=a", "/i.jpg?p=a", true},
		{"CF-INV-05 other query", "/i.jpg?p=a", "/i.jpg?p=b", false},
		{"CF-INV-05 path without query", "/i.jpg", "/i.jpg?p=a", false},
		{"CF-INV-05 wildcard over queries", "/i.jpg*", "/i.jpg?p=a", true},
		{"CF-INV-10 directories", "/images", "/images/", false},
		{"CF-INV-15 key escaped", "/a-b", "/a%2Db", true},
		{"CF-INV-15 path escaped", "/%61-b", "/a-b", true},
		{"CF-INV-15 both, other letter case", "/%2d", "/%2D", true},
		{"CF-INV-15 reserved stays", "/a%2Fb", "/a/b", false},
		{"CF-INV-15 no second decoding", "/A", "/%2541", false},
		{"CF-INV-15 wildcard", "/%61*", "/abc", true},
		{"CF-INV-15 tilde in the key", "/%20*", "/%20%7Ex", true},
		{"key with a broken escape", "/a*", "/a%4", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := CompilePath(c.path)
			if err != nil {
				t.Fatalf("CompilePath(%q): got %v", c.path, err)
			}
			if got := p.Match(c.in); got != c.want {
				t.Errorf("%q matches %q: got %v, want %v", c.path, c.in, got, c.want)
			}
			if got := p.String(); got != c.path {
				t.Errorf("CompilePath(%q) prints as %q", c.path, got)
			}
		})
	}
	if (Path{}).Match("") {
		t.Error("the zero path matches nothing: got a match")
	}
}

// TestMatchKept compares the paths as they are (CF-INV-15).
func TestMatchKept(t *testing.T) {
	for _, c := range []struct {
		path, in string
		want     bool
	}{
		{"/a-b", "/a-b", true},
		{"/a-b", "/a%2Db", false},
		{"/%61-b", "/a-b", false},
		{"/%61-b", "/%61-b", true},
		{"/%2d", "/%2D", false},
		{"/%61*", "/%61bc", true},
		{"/%61*", "/abc", false},
		{"/*", "/%61", true},
	} {
		p, err := CompilePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.keeping(EscapesKept).Match(c.in); got != c.want {
			t.Errorf("%q matches %q: got %v, want %v", c.path, c.in, got, c.want)
		}
		l := New()
		if _, err := l.Add(Batch{Distribution: "d", Paths: []string{c.path}, Escapes: EscapesKept}, now); err != nil {
			t.Fatal(err)
		}
		if got := l.Invalidated("d", c.in, nil, 0); got != c.want {
			t.Errorf("%q invalidates %q: got %v, want %v", c.path, c.in, got, c.want)
		}
	}
}

func TestCompilePathErrors(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Kind
	}{
		{"CF-INV-02 relative", "a.html", KindNotAbsolute},
		{"CF-INV-02 only a star", "*", KindNotAbsolute},
		{"CF-INV-02 longest", "/" + strings.Repeat("a", MaxPathLen-1), KindNone},
		{"CF-INV-02 too long", "/" + strings.Repeat("a", MaxPathLen), KindTooLong},
		{"CF-INV-08 tilde", "/~user", KindTilde},
		{"CF-INV-08 encoded tilde", "/%7Euser", KindTilde},
		{"CF-INV-08 encoded tilde, small", "/%7euser", KindTilde},
		{"CF-INV-08 space", "/a b", KindUnsafe},
		{"CF-INV-08 not ASCII", "/\u00e9", KindUnsafe},
		{"CF-INV-08 control", "/a\n", KindUnsafe},
		{"CF-INV-08 fragment", "/a#b", KindUnsafe},
		{"CF-INV-08 brackets", "/a[b]", KindUnsafe},
		{"CF-INV-08 broken escape", "/a%2", KindUnsafe},
		{"CF-INV-08 broken escape before the star", "/a%2*", KindUnsafe},
		{"CF-INV-08 escape", "/a%20b", KindNone},
		{"CF-INV-08 allowed punctuation", "/a;b,c:d@e&f=g+h$i!j'k(l)m", KindNone},
		{"CF-TAG-04", "#tag", KindTag},
		{"empty", "", KindEmpty},
	} {
		_, err := CompilePath(c.in)
		got, e := KindNone, (*Error)(nil)
		if errors.As(err, &e) {
			got = e.Kind
		}
		if got != c.want || (err != nil) != (c.want != KindNone) {
			t.Errorf("%s: CompilePath(%.40q): got %v, want %v", c.name, c.in, err, c.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	_, err := CompilePath("/" + strings.Repeat("a", MaxPathLen))
	if got := err.Error(); len(got) > 200 || !strings.Contains(got, "longer than 4000") {
		t.Errorf("got %q, want the rule and not the whole path", got)
	}
}

// FuzzPath checks that an accepted path matches itself, that a wildcard
// matches every continuation, and that nothing but its own text matches an
// exact path without escapes.
func FuzzPath(f *testing.F) {
	f.Add("/a*", "x")
	f.Add("/a%41?b=%7", "c")
	f.Add("/%25*", "41")
	f.Add("/*", "")
	f.Fuzz(func(t *testing.T, s, more string) {
		p, err := CompilePath(s)
		if err != nil {
			return
		}
		if p.Wildcard() {
			if in := strings.TrimSuffix(s, "*") + more; !p.Match(in) {
				t.Errorf("%q: got no match of %q", s, in)
			}
			return
		}
		if !p.Match(s) {
			t.Errorf("%q: got no match of itself", s)
		}
		if !strings.Contains(s+more, "%") && p.Match(s+more) != (more == "") {
			t.Errorf("%q matches %q: got %v", s, s+more, more != "")
		}
	})
}
