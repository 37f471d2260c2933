package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"strings"
	"time"

	"github.com/groundfront/groundfront/waf"
)

// A Keeper makes puzzles and checks tokens with one key. It is immutable.
type Keeper struct{ key []byte }

// NewKeeper returns a Keeper. Edges with the same key accept each other's
// tokens; an empty key is a random one.
func NewKeeper(key []byte) *Keeper {
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key) // never fails
	}
	return &Keeper{key}
}

// For returns what checks the tokens of a web ACL, with its token domains
// (WF-TOK-03).
func (k *Keeper) For(domains []string) *Checker {
	c := &Checker{keeper: k}
	for _, d := range domains {
		c.domains = append(c.domains, strings.ToLower(d))
	}
	return c
}

// A Checker is a Keeper for one web ACL.
type Checker struct {
	keeper  *Keeper
	domains []string
}

// Puzzle returns what a viewer of host has to solve. kind is ActionChallenge or
// ActionCaptcha.
func (c *Checker) Puzzle(host string, kind waf.Action, now time.Time) string {
	p := puzzle{kind: kind, at: now, host: c.domain(host)}
	text := p.signed()
	return text + "." + c.keeper.mac(text)
}

func (k *Keeper) mac(text string) string {
	h := hmac.New(sha256.New, k.key)
	h.Write([]byte(text))
	return encoding.EncodeToString(h.Sum(nil)[:16])
}

// domain returns the domain that a token for a host is for: one of the token
// domains, if they cover it.
func (c *Checker) domain(host string) string {
	host = bare(host)
	for _, d := range c.domains {
		if covers(d, host) {
			return d
		}
	}
	return host
}

// bare returns a host in lower case and without its port.
func bare(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(host)
}

// covers reports whether host is domain or within it.
func covers(domain, host string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// Check implements waf.Tokens. A solved CAPTCHA counts as a solved challenge as
// well.
func (c *Checker) Check(value, host string, a waf.Action, immunity time.Duration, now time.Time) waf.TokenState {
	if value == "" {
		return waf.TokenState{Failure: waf.TokenMissing}
	}
	p, text, err := parse(value)
	if err != nil || !hmac.Equal([]byte(p.mac), []byte(c.keeper.mac(text))) || !isSolved(value) {
		return waf.TokenState{Failure: waf.TokenInvalid}
	}
	state := waf.TokenState{Failure: waf.TokenValid, Solved: p.at}
	switch {
	case p.host != bare(host) && !c.isDomain(p.host):
		state.Failure = waf.TokenDomainMismatch
	case a == waf.ActionCaptcha && p.kind != waf.ActionCaptcha:
		return waf.TokenState{Failure: waf.TokenMissing} // the token has no such time (WF-TOK-01)
	case now.Sub(p.at) > immunity:
		state.Failure = waf.TokenExpired
	}
	return state
}

func (c *Checker) isDomain(host string) bool {
	for _, d := range c.domains {
		if covers(d, host) {
			return true
		}
	}
	return false
}
