package token

import (
	_ "embed"
	"html/template"
	"strings"
	"time"

	"github.com/groundfront/groundfront/waf"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// Page returns the page that solves a puzzle, sets the token as a cookie, and
// asks for the same address again (WF-TOK-05, WF-TOK-06). Of a CAPTCHA it waits
// for somebody to press a button.
func (c *Checker) Page(host string, kind waf.Action, immunity time.Duration, now time.Time) []byte {
	domain := c.domain(host)
	if domain == bare(host) {
		domain = "" // a cookie of the host's own
	}
	var b strings.Builder
	err := page.Execute(&b, map[string]any{
		"Puzzle": c.Puzzle(host, kind, now), "Zeros": zeroBits, "Cookie": waf.TokenCookie, "Domain": domain,
		"Seconds": int(immunity / time.Second), "Captcha": kind == waf.ActionCaptcha,
	})
	if err != nil {
		panic("token: the page: " + err.Error()) // a strings.Builder does not fail, nor does what is in the page
	}
	return []byte(b.String())
}
