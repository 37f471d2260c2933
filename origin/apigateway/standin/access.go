package standin

import (
	"fmt"
	"strings"
)

// access is who may call a route.
type access uint8

const (
	accessPublic     access = iota
	accessAuthorizer        // an authorizer looks at Authorization (AG-AUT-01, AG-AUT-04)
)

// String returns the AWS name of the authorization type.
func (a access) String() string {
	switch a {
	case accessPublic:
		return "NONE"
	case accessAuthorizer:
		return "CUSTOM"
	}
	return fmt.Sprintf("access(%d)", uint8(a))
}

// authorize runs the JWT authorizer, or without one the demo's: a fixed table
// that knows every user by the token "Bearer {user}" and denies the user
// "mallory". A token that has not the form of one is refused without asking
// (AG-AUT-01).
func (s *Standin) authorize(c *call) (err error) {
	switch {
	case c.route.access == accessPublic:
		return nil
	case !s.opts.JWT.none():
		c.user, err = s.opts.JWT.authorize(s.keys, c.r.Header.Get("Authorization"), c.now)
		return err
	}
	c.user = user(c)
	switch c.user {
	case "":
		return unauthorized
	case "mallory":
		return accessDenied
	}
	return nil
}

// user returns the name in the token, or "" without a well-formed one.
func user(c *call) string {
	name, isBearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !isBearer || !isWord(name) {
		return ""
	}
	return name
}

// isWord reports whether s is 1-64 letters, digits, '.', '_' and '-'.
func isWord(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(letters, r) }) < 0
}
