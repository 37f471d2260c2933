package token

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/waf"
)

var start = time.Unix(1_800_000_000, 0)

// TestCheck proves WF-TOK-02 to WF-TOK-04.
func TestCheck(t *testing.T) {
	keeper := NewKeeper(nil)
	own := keeper.For(nil)
	shared := keeper.For([]string{"example.com", "example.net"})
	challenge := Solve(own.Puzzle("api.example.com:8080", waf.ActionChallenge, start))
	captcha := Solve(own.Puzzle("api.example.com", waf.ActionCaptcha, start))
	apex := Solve(shared.Puzzle("API.example.com", waf.ActionChallenge, start))
	stranger := Solve(NewKeeper(nil).For(nil).Puzzle("api.example.com", waf.ActionChallenge, start))
	for _, test := range []struct {
		name    string
		checker *Checker
		token   string
		host    string
		action  waf.Action
		after   time.Duration
		want    waf.TokenFailure
	}{
		{"none", own, "", "api.example.com", waf.ActionChallenge, 0, waf.TokenMissing},
		{"solved", own, challenge, "api.example.com", waf.ActionChallenge, 0, waf.TokenValid},
		{"with another port", own, challenge, "API.example.com:9090", waf.ActionChallenge, 0, waf.TokenValid},
		{"at the last moment", own, challenge, "api.example.com", waf.ActionChallenge, 5 * time.Minute, waf.TokenValid},
		{"later", own, challenge, "api.example.com", waf.ActionChallenge, 5*time.Minute + time.Second, waf.TokenExpired},
		{"for a CAPTCHA", own, challenge, "api.example.com", waf.ActionCaptcha, 0, waf.TokenMissing},
		{"a CAPTCHA", own, captcha, "api.example.com", waf.ActionCaptcha, 0, waf.TokenValid},
		{"a CAPTCHA for a challenge", own, captcha, "api.example.com", waf.ActionChallenge, 0, waf.TokenValid},
		{"of another host", own, challenge, "www.example.com", waf.ActionChallenge, 0, waf.TokenDomainMismatch},
		{"of another host within a token domain", shared, challenge, "www.example.com", waf.ActionChallenge, 0, waf.TokenValid},
		{"of a token domain", shared, apex, "example.net", waf.ActionChallenge, 0, waf.TokenValid},
		{"of a token domain, where it is none", own, apex, "api.example.com", waf.ActionChallenge, 0, waf.TokenDomainMismatch},
		{"with another key", own, stranger, "api.example.com", waf.ActionChallenge, 0, waf.TokenInvalid},
		{"of another time", own, strings.Replace(challenge, "1800000000", "1800000001", 1), "api.example.com", waf.ActionChallenge, 0, waf.TokenInvalid},
		{"of another kind", own, strings.Replace(challenge, "challenge", "captcha", 1), "api.example.com", waf.ActionCaptcha, 0, waf.TokenInvalid},
		{"unsolved", own, unsolved(own.Puzzle("api.example.com", waf.ActionChallenge, start)), "api.example.com", waf.ActionChallenge, 0, waf.TokenInvalid},
		{"a text", own, "1.2.3.4.5.6", "api.example.com", waf.ActionChallenge, 0, waf.TokenInvalid},
	} {
		got := test.checker.Check(test.token, test.host, test.action, 5*time.Minute, start.Add(test.after))
		if got.Failure != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got.Failure, test.want)
		}
		if got.Failure == waf.TokenValid && !got.Solved.Equal(start) {
			t.Errorf("%s: got solved at %v, want %v", test.name, got.Solved, start)
		}
	}
}

// unsolved returns a token with a number that does not solve the puzzle.
func unsolved(puzzle string) string {
	for n := 0; ; n++ {
		if token := fmt.Sprint(puzzle, ".", n); !isSolved(token) {
			return token
		}
	}
}

// TestPage: the page has what it needs, and nothing of a host's can end its
// script.
func TestPage(t *testing.T) {
	c := NewKeeper(nil).For([]string{"example.com"})
	page := string(c.Page("api.example.com", waf.ActionCaptcha, time.Minute, start))
	for _, want := range []string{
		c.Puzzle("api.example.com", waf.ActionCaptcha, start), `domain = "example.com"`, "max-age=' +  60 ", `"aws-waf-token"`, `id="go"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	evil := string(c.Page(`"</script><script>alert(1)`, waf.ActionChallenge, time.Minute, start))
	if strings.Contains(evil, "alert") || strings.Count(evil, "</script>") != 1 {
		t.Errorf("a host has got into the page:\n%s", evil)
	}
}

// FuzzCheck: no token is valid but the one that was given, and nothing panics.
func FuzzCheck(f *testing.F) {
	c := NewKeeper([]byte("key")).For(nil)
	token := Solve(c.Puzzle("example.com", waf.ActionChallenge, start))
	f.Add(token)
	f.Add("1.challenge.1800000000.ZXhhbXBsZS5jb20.AAAA.1")
	f.Fuzz(func(t *testing.T, value string) {
		got := c.Check(value, "example.com", waf.ActionChallenge, time.Minute, start)
		puzzle := token[:strings.LastIndexByte(token, '.')+1]
		if got.Failure == waf.TokenValid && !strings.HasPrefix(value, puzzle) {
			t.Errorf("%q: got valid", value)
		}
	})
}
