package signedurl

import (
	"strings"
	"testing"
)

// TestResource has the examples of CF-SIG-17 to CF-SIG-20 and TV-SIG-04. The
// requests are those that match, and behind "!" those that do not.
func TestResource(t *testing.T) {
	for _, test := range []struct {
		resource string
		requests string
	}{
		{`https://www.example.com/hello*world`, "https://www.example.com/helloworld https://www.example.com/hello-world https://www.example.com/hello/my/world" +
			" !https://www.example.net/hello?world !https://www.example.com/hello?world !https://www.example.com/helloworld?a=1 !http://www.example.com/helloworld !https://www.example.com/hello"},
		{`https://d111111abcdef8.cloudfront.net/*game_download.zip*`, "https://d111111abcdef8.cloudfront.net/game_download.zip https://d111111abcdef8.cloudfront.net/example_game_download.zip?license=yes" +
			" https://d111111abcdef8.cloudfront.net/test_game_download.zip?license=temp !https://d111111abcdef8.cloudfront.net/x?game_download.zip"},
		{`http://example.com*`, "http://example.com/x?y=1 http://example.com/ http://example.com.evil.test/ http://example.com:8080/ !https://example.com/"},
		{`*example.com`, "https://www.example.com/ http://example.com/ !https://www.example.com/a !https://www.example.com/?a=1 !https://www.example.com.evil.test/"},
		{`*`, "https://a.test/b?c=d http://a.test/"},
		{`*://*`, "https://a.test/b?c=d http://a.test/"},
		{`*://shop.test/a`, "https://shop.test/a http://shop.test/a !https://shop.test/a?x !https://shop.test/ab !https://xshop.test/a"},
		{`http*://shop.test/*`, "https://shop.test/a?b http://shop.test/"},
		{`http?://shop.test/`, "https://shop.test/ !http://shop.test/"},
		{`http://example.com/hello*`, "http://example.com/hello http://example.com/hello/x?y=z !http://example.com/hell"},
		{`http://example.com/hello*\?*`, "http://example.com/hello http://example.com/hello/x?y=z"},
		{`https://shop.test/a\?b=1`, "https://shop.test/a?b=1 !https://shop.test/a !https://shop.test/aXb=1"},
		{`https://shop.test/a\?b=\?`, "https://shop.test/a?b=? !https://shop.test/a?b=x"},
		{`https://shop.test/a?b=1`, "https://shop.test/a?b=1 https://shop.test/aXb=1 !https://shop.test/a?b=2 !https://shop.test/a"},
		{`https://shop.test/a?.jpg`, "https://shop.test/a1.jpg https://shop.test/a/.jpg !https://shop.test/a.jpg !https://shop.test/a12.jpg"},
		{`https://shop.test/a?.jpg*`, "https://shop.test/a1.jpg?v=2 https://shop.test/a?.jpg !https://shop.test/a.jpg"},
		{`https://shop.test/a\?id=*&x=1`, "https://shop.test/a?id=7&x=1 https://shop.test/a?id=&x=1 !https://shop.test/a?id=7&x=12 !https://shop.test/a?x=1"},
		{`https://shop.test`, "https://shop.test/ !https://shop.test/a"},
		{`https://shop.test\?a=1`, "https://shop.test/?a=1 !https://shop.test/"},
		{`https://*.test/a`, "https://shop.test/a !https://shop.test/b/.test/a"},
		{`https://sho?.test/a`, "https://shop.test/a !https://sho.test/a"},
		{`https://shop.test/*/c`, "https://shop.test/a/b/c https://shop.test//c !https://shop.test/c"},
		{`https://shop.test/%7E`, "https://shop.test/%7E !https://shop.test/~ !https://shop.test/%7e"},
		{`https://Shop.test/a`, "!https://shop.test/a"},
		{`shop.test/a`, "!https://shop.test/a"},
		{`/a`, "!https://shop.test/a"},
		{`https:///a`, "!https://shop.test/a"},
		{`a://shop.test/*`, "!https://shop.test/a"},
		{"https://shop.test/\x00", "!https://shop.test/a"},
		{``, "!https://shop.test/a"},
		{`*shop.test/a\?u=http://x`, "https://shop.test/a?u=http://x !https://shop.test/a"},
	} {
		r := CompileResource(test.resource)
		for request := range strings.FieldsSeq(test.requests) {
			url, not := strings.CutPrefix(request, "!")
			q := newRequest(url, "")
			if got := r.covers(q, q.Query, PathsRaw); (got == FaultNone) == not {
				t.Errorf("%s, %s: got %v, want a match: %v", test.resource, url, got, !not)
			}
		}
	}
}

// FuzzGlob compares with an obvious version, which tries every length of each "*".
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"a*b?c", "aXXbYc"}, {`\?*`, "?x"}, {"*", ""}, {"", ""}, {"a**b", "ab"}, {"*?*", "x"}, {`?\?`, "a?"}, {"*a?a", "aaa"}} {
		f.Add(s[0], s[1])
	}
	long := strings.Repeat("ab?d", 40)
	f.Add("*"+long+"*", "x"+strings.Repeat("abcd", 41))
	f.Add("*"+long+"e*", strings.Repeat("abcd", 45))
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 300 || len(text) > 300 || strings.Count(pattern, "*") > 5 || strings.IndexByte(pattern+text, anyByte) >= 0 {
			return
		}
		if got, want := newGlob(pattern).matches(text), slowMatch(pattern, text); got != want {
			t.Errorf("%q, %q: got %v, want %v", pattern, text, got, want)
		}
	})
}

func slowMatch(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		for i := range len(text) + 1 {
			if slowMatch(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	case strings.HasPrefix(pattern, `\?`):
		return text != "" && text[0] == '?' && slowMatch(pattern[2:], text[1:])
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && slowMatch(pattern[1:], text[1:])
}

// FuzzResource: a resource without wildcards is its URL and no other.
func FuzzResource(f *testing.F) {
	f.Add("https://shop.test/a?b=1", "https://shop.test/a?b=2")
	f.Add("http://shop.test/", "https://shop.test/")
	f.Fuzz(func(t *testing.T, a, b string) {
		first, second := newRequest(a, ""), newRequest(b, "")
		if strings.ContainsAny(a, "*?\\\x00") || !strings.HasPrefix(first.Path, "/") || first.Host == "" || strings.ContainsAny(first.Scheme, "/.:") || !strings.Contains(a, "://") {
			return
		}
		r := CompileResource(a)
		if got := r.covers(first, first.Query, PathsRaw); got != FaultNone {
			t.Errorf("%q: got %v for its own URL", a, got)
		}
		same := first.Scheme == second.Scheme && first.Host == second.Host && first.Path == second.Path && second.Query == ""
		if got := r.covers(second, second.Query, PathsRaw) == FaultNone; got != same {
			t.Errorf("%q, %q: got %v, want %v", a, b, got, same)
		}
	})
}
