package respheaders

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCORS(t *testing.T) {
	get := Request{Method: "GET", Origin: "https://app.example"}
	preflight := Request{Method: "OPTIONS", Origin: "https://app.example", RequestMethod: "PUT", RequestHeaders: "X-A, authorization,x-amz-date"}
	full := func(override bool) CORS {
		return CORS{
			AllowOrigins: []string{"https://app.example"}, AllowMethods: []string{"GET", "PUT"},
			AllowHeaders: []string{"X-A", "X-B"}, ExposeHeaders: []string{"X-C", "X-D"},
			AllowCredentials: true, MaxAge: 600 * time.Second, HasMaxAge: true, OriginOverride: override,
		}
	}
	const (
		echoed = "Access-Control-Allow-Origin: https://app.example\n"
		beside = "Access-Control-Allow-Credentials: true\nAccess-Control-Expose-Headers: X-C, X-D"
		added  = echoed + "Vary: Origin\n" + beside
	)
	for _, tt := range []struct {
		id       string
		cors     CORS
		r        Request
		in, want string
	}{
		{"CF-CORS-02 not CORS", full(true), Request{Method: "GET"}, "A: 1", "A: 1"},
		{"CF-CORS-03 actual request", full(false), get, "", added},
		{"CF-CORS-03 preflight", full(false), preflight, "", echoed + "Vary: Origin\nAccess-Control-Allow-Methods: GET, PUT\nAccess-Control-Allow-Headers: X-A, X-B\nAccess-Control-Max-Age: 600\n" + beside},
		{"CF-CORS-04 OPTIONS alone", full(false), Request{Method: "OPTIONS", Origin: "https://app.example"}, "", added},
		{"CF-CORS-06", full(true), get, "access-control-allow-origin: *\nAccess-Control-Allow-Headers: Z", "Access-Control-Allow-Headers: Z\n" + added},
		{"CF-CORS-07 same field", full(false), get, "Access-Control-Allow-Origin: *", "Access-Control-Allow-Origin: *"},
		{"CF-CORS-07 another field", full(false), get, "access-control-max-age: 5", "access-control-max-age: 5"},
		{"CF-CORS-08 with credentials", CORS{AllowOrigins: []string{"*"}, AllowCredentials: true}, get, "", "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Credentials: true"},
		{"CF-CORS-09 no match", full(false), Request{Method: "GET", Origin: "https://evil.example"}, "A: 1", "A: 1\nVary: Origin"},
		{"CF-CORS-09 no match, override", full(true), Request{Method: "GET", Origin: "https://evil.example"}, "Access-Control-Allow-Origin: *", "Vary: Origin"},
		{"CF-CORS-19 wildcard", CORS{AllowOrigins: []string{"*"}, AllowHeaders: []string{"x-amz-*"}}, preflight, "", "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Headers: x-amz-date"},
		{"CF-CORS-19 star", CORS{AllowOrigins: []string{"*"}, AllowHeaders: []string{"*"}}, preflight, "", "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Headers: X-A, x-amz-date"},
		{"CF-CORS-19 star and Authorization", CORS{AllowOrigins: []string{"*"}, AllowHeaders: []string{"*", "Authorization"}}, preflight, "", "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Headers: X-A, authorization, x-amz-date"},
		{"CF-CORS-20 merged", full(false), get, "Vary: Accept-Encoding, origin", "Vary: Accept-Encoding, origin\n" + echoed + beside},
		{"CF-CORS-20 beside", full(false), get, "Vary: Accept-Encoding", "Vary: Accept-Encoding\n" + added},
		{"CF-CORS-21", CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"ALL"}}, preflight, "", "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"},
		{"zero max age", CORS{AllowOrigins: []string{"*"}, HasMaxAge: true}, preflight, "", "Access-Control-Allow-Origin: *\nAccess-Control-Max-Age: 0"},
	} {
		if diff := cmp.Diff(tt.want, apply(t, Policy{CORS: &tt.cors}, tt.r, tt.in)); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", tt.id, diff)
		}
	}
}

func TestOriginPattern(t *testing.T) {
	for _, tt := range []struct {
		id, pattern    string
		match, noMatch []string
	}{
		{"CF-CORS-11", "http://*.example.org",
			[]string{"http://www.example.org", "http://test.example.org"},
			[]string{"https://test.example.org", "https://test.example.org:123", "http://test.example.org:123", "http://example.org"}},
		{"CF-CORS-12", "*.example.org",
			[]string{"test.example.org", "test.test.example.org", ".example.org", "http://test.example.org", "https://test.example.org", "http://test.example.org:123", "https://test.example.org:123", "test.example.org:123"},
			[]string{"example.org", "https://testexample.org", "https://test.example.org.evil"}},
		{"CF-CORS-13", "example.org", []string{"http://example.org", "https://example.org"}, []string{"https://www.example.org", "https://example.com"}},
		{"CF-CORS-14", "http://example.org", []string{"http://example.org"}, []string{"https://example.org", "http://example.org:123"}},
		{"CF-CORS-15", "http://example.org:*", []string{"http://example.org:123"}, []string{"http://example.org"}},
		{"CF-CORS-16", "http://example.org:1*3", []string{"http://example.org:123", "http://example.org:1893", "http://example.org:13"}, []string{"http://example.org:1", "http://example.org:3", "http://example.org:12"}},
		{"CF-CORS-17", "*.example.org:1*", []string{"test.example.org:123"}, []string{"test.example.org:223", "test.example.org"}},
		{"IPv6", "http://[::1]:8080", []string{"http://[::1]:8080"}, []string{"http://[::1]", "http://[::1]:8081"}},
		{"IPv6 no port", "http://[::1]", []string{"http://[::1]"}, []string{"http://[::1]:1"}},
		{"opaque origin", "null", []string{"null"}, []string{"", "https://null.example"}},
	} {
		p, err := compileOrigin(tt.pattern)
		if err != nil {
			t.Fatalf("%s: compileOrigin(%q): got error %v, want none", tt.id, tt.pattern, err)
		}
		for _, origin := range tt.match {
			if !p.match(origin) {
				t.Errorf("%s: %q matches %q: got false, want true", tt.id, tt.pattern, origin)
			}
		}
		for _, origin := range tt.noMatch {
			if p.match(origin) {
				t.Errorf("%s: %q matches %q: got true, want false", tt.id, tt.pattern, origin)
			}
		}
	}
}

// TestOriginPatternErrors proves CF-CORS-18.
func TestOriginPatternErrors(t *testing.T) {
	for _, in := range []string{"example.*", "test.*.example.org", "*test.example.org", "exa*mple.org", "h*://example.org", "", "http://", "*."} {
		_, err := New(Policy{CORS: &CORS{AllowOrigins: []string{in}}})
		if !errors.Is(err, ErrPolicy) {
			t.Errorf("CF-CORS-18: origin pattern %q: got %v, want ErrPolicy", in, err)
		}
	}
}

// TestAllowHeadersPattern proves the table of CF-CORS-19.
func TestAllowHeadersPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"x-amz-*", "x-amz-test", true},
		{"x-amz-*", "x-amz-", true},
		{"x-amz-*", "x-amz", false},
		{"x-*-amz", "x-test-amz", true},
		{"x-*-amz", "x--amz", true},
		{"x-*-amz", "x-amz", false},
		{"X-AMZ-*", "x-amz-Test", true},
		{"*", "anything", true},
		{"*", "Authorization", false},
	} {
		if got := newNamePatterns([]string{tt.pattern}, AllowHeadersMatched).match(tt.name); got != tt.want {
			t.Errorf("CF-CORS-19: %q matches %q: got %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

// FuzzMatchStars compares with a regular expression of the same meaning.
func FuzzMatchStars(f *testing.F) {
	f.Add("1*3", "1893")
	f.Add("*a*ab", "aaab")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		re, err := regexp.Compile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
		if err != nil || len(pattern) > 50 || len(s) > 200 || strings.ToValidUTF8(pattern+s, "") != pattern+s {
			return
		}
		if got, want := matchStars(pattern, s), re.MatchString(s); got != want {
			t.Errorf("matchStars(%q, %q): got %v, want %v", pattern, s, got, want)
		}
	})
}

// FuzzOriginSet compares a list of allowed origins with what the table of
// CF-CORS-10 says, written down as regular expressions.
func FuzzOriginSet(f *testing.F) {
	f.Add("http://*.example.org,*.example.org:1*,example.org", "http://www.example.org")
	f.Add("http://example.org,http://example.org:*,http://b.test:1*3", "http://b.test:1893")
	f.Add("https://a.test,https://b.test:8443", "https://b.test:8443")
	f.Fuzz(func(t *testing.T, list, origin string) {
		if strings.Trim(origin, "abcdefghijklmnopqrstuvwxyz.0123456789:/") != "" || len(origin) > 60 {
			return
		}
		var s originSet
		want := false
		for text := range strings.SplitSeq(list, ",") {
			model, ok := originModel(text)
			p, err := compileOrigin(text)
			if !ok || err != nil {
				continue
			}
			s.add(text, p)
			want = want || model.MatchString(origin)
		}
		if got := s.match(origin); got != want {
			t.Errorf("%q allows %q: got %v, want %v", list, origin, got, want)
		}
	})
}

// originModel is a pattern as a regular expression; ok is false for what is none
// of CF-CORS-11 to CF-CORS-17.
func originModel(text string) (model *regexp.Regexp, ok bool) {
	parts := regexp.MustCompile(`^([a-z]+://)?(\*\.)?([a-z0-9.]*[a-z0-9])(:[0-9*]+)?$`).FindStringSubmatch(text)
	if parts == nil || strings.HasPrefix(parts[3], ".") {
		return nil, false
	}
	scheme, host, port := parts[1], regexp.QuoteMeta(parts[3]), strings.ReplaceAll(parts[4], "*", ".*")
	if scheme == "" {
		scheme = "(.*?://)?" // any, also none
		if port == "" {
			port = "(:[^:]*)?" // any, also none
		}
	}
	if parts[2] != "" {
		host = `.*\.` + host
	}
	return regexp.MustCompile("^" + scheme + host + port + "$"), true
}

// FuzzOriginPattern proves that an origin without a star matches itself as a
// pattern, and that what matches has the pattern's host at its end.
func FuzzOriginPattern(f *testing.F) {
	f.Add("https://*.example.org:8*", "https://a.example.org:80")
	f.Add("http://[::1]:80", "http://[::1]:80")
	f.Fuzz(func(t *testing.T, pattern, origin string) {
		p, err := compileOrigin(pattern)
		if err != nil {
			return
		}
		if !strings.Contains(pattern, "*") && !p.match(pattern) {
			t.Errorf("%q matches itself: got false, want true", pattern)
		}
		_, host, _ := splitOrigin(origin)
		if p.match(origin) && !strings.HasSuffix(host, p.host) {
			t.Errorf("%q matches %q: got true, want false for another host", pattern, origin)
		}
	})
}
