package waf

import (
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Tokens tell whether a viewer has solved a challenge or a CAPTCHA (WF-TOK). Its
// methods are called from any goroutine.
type Tokens interface {
	// Check says whether the token of a request to host, "" for none, is good
	// for an action, and since when.
	Check(value, host string, a Action, immunity time.Duration, now time.Time) TokenState
	// Page returns the HTML that has a viewer of host solve something.
	Page(host string, a Action, immunity time.Duration, now time.Time) []byte
}

// Page returns what a browser is shown that has come to b, nil if there is
// nothing (WF-TOK-05).
func (a *ACL) Page(b *Block, host string, now time.Time) []byte {
	if a.tokens == nil {
		return nil
	}
	return a.tokens.Page(host, b.Action, b.immunity, now)
}

// A TokenState is what a token says.
type TokenState struct {
	Failure TokenFailure
	Solved  time.Time // when the viewer had solved it; zero if never
}

// A TokenFailure says why a viewer has to solve a challenge or a CAPTCHA
// (WF-TOK-04).
type TokenFailure uint8

// The failures.
const (
	TokenUnchecked TokenFailure = iota // no rule has asked
	TokenValid
	TokenMissing
	TokenExpired
	TokenInvalid
	TokenDomainMismatch
)

// String returns the word as AWS's log records spell it, and VALID.
func (f TokenFailure) String() string {
	switch f {
	case TokenUnchecked:
		return "UNCHECKED"
	case TokenValid:
		return "VALID"
	case TokenMissing:
		return "TOKEN_MISSING"
	case TokenExpired:
		return "TOKEN_EXPIRED"
	case TokenInvalid:
		return "TOKEN_INVALID"
	case TokenDomainMismatch:
		return "TOKEN_DOMAIN_MISMATCH"
	}
	return "TokenFailure(?)"
}

// Where a token is (WF-TOK-01).
const (
	TokenCookie = "aws-waf-token"
	TokenHeader = "x-aws-waf-token"
)

// TokenOf returns the token of a request, "" for none. A cookie comes before a
// header.
func TokenOf(fields field.Lines) string {
	header := ""
	for i := range fields {
		switch {
		case field.EqualName(fields[i].Name, "cookie"):
			for rest, more := fields[i].Value, true; more; {
				var pair string
				pair, rest, more = strings.Cut(rest, ";")
				if value, ok := strings.CutPrefix(strings.Trim(pair, " \t"), TokenCookie+"="); ok {
					return value
				}
			}
		case header == "" && field.EqualName(fields[i].Name, TokenHeader):
			header = fields[i].Value
		}
	}
	return header
}

// tokenState checks the request's token for the action of a rule.
func (e *evaluation) tokenState(r *rule) TokenState {
	value := TokenOf(e.request.Fields)
	switch {
	case value == "":
		return TokenState{Failure: TokenMissing}
	case e.acl.tokens == nil:
		return TokenState{Failure: TokenInvalid}
	}
	return e.acl.tokens.Check(value, e.request.Host, r.Action, r.Immunity, e.request.Now)
}
