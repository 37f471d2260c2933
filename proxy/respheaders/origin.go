package respheaders

import (
	"cmp"
	"fmt"
	"strings"
)

// An originPattern is one entry of AllowOrigins (CF-CORS-11..18): an optional
// scheme, a host whose leftmost label may be `*`, and an optional port with
// `*` anywhere. A pattern without a scheme matches any scheme, also none, and
// without a port then matches any port (CF-CORS-12); a pattern with a scheme
// and without a port matches only an origin without one (CF-CORS-14).
//
// Text is compared byte by byte: browsers send scheme and host in lower case
// (RFC 6454 section 6.2).
type originPattern struct {
	scheme   string // "" for any
	host     string // after the star, if it begins with one
	wildcard bool   // the host began with `*`
	port     string // pattern; "" for none written
}

func compileOrigin(text string) (originPattern, error) {
	scheme, host, port := splitOrigin(text)
	p := originPattern{scheme: scheme, host: host, port: port}
	if rest, found := strings.CutPrefix(host, "*."); found {
		p.host, p.wildcard = "."+rest, true
	}
	switch {
	case p.host == "" || p.host == ".":
		return p, fmt.Errorf("allowed origin %q: no host", text)
	case strings.Contains(p.host, "*") || strings.Contains(scheme, "*"):
		return p, fmt.Errorf("allowed origin %q: a star may only be the whole leftmost label or stand in the port", text)
	}
	return p, nil
}

// splitOrigin cuts an origin or a pattern into scheme, host and port. An
// address in brackets keeps its colons.
func splitOrigin(s string) (scheme, host, port string) {
	if before, after, found := strings.Cut(s, "://"); found {
		scheme, s = before, after
	}
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, ']') {
		return scheme, s[:colon], s[colon+1:]
	}
	return scheme, s, ""
}

// An originSet is a list of patterns. Those without a star that have a scheme
// match but one origin, and are looked up.
type originSet struct {
	exact    map[string]struct{}
	patterns []originPattern
}

func (s *originSet) add(text string, p originPattern) {
	if p.scheme == "" || p.wildcard || strings.Contains(p.port, "*") {
		s.patterns = append(s.patterns, p)
		return
	}
	if s.exact == nil {
		s.exact = make(map[string]struct{})
	}
	s.exact[text] = struct{}{}
}

// match reports whether an Origin value matches one of the patterns.
//
// Hot path: no allocation.
func (s *originSet) match(origin string) bool {
	if _, found := s.exact[origin]; found {
		return true
	}
	if len(s.patterns) == 0 {
		return false
	}
	scheme, host, port := splitOrigin(origin)
	for i := range s.patterns {
		if s.patterns[i].matchParts(scheme, host, port) {
			return true
		}
	}
	return false
}

// example returns an origin that matches.
func (p originPattern) example() string {
	origin := p.host
	if p.wildcard {
		origin = "a" + origin
	}
	if p.port != "" {
		origin += ":" + strings.ReplaceAll(p.port, "*", "1")
	}
	return cmp.Or(p.scheme, "https") + "://" + origin
}

// match reports whether an Origin value matches.
func (p originPattern) match(origin string) bool {
	return p.matchParts(splitOrigin(origin))
}

func (p originPattern) matchParts(scheme, host, port string) bool {
	if p.scheme != "" && p.scheme != scheme {
		return false
	}
	if p.wildcard && !strings.HasSuffix(host, p.host) || !p.wildcard && host != p.host {
		return false
	}
	switch {
	case p.port != "":
		return port != "" && matchStars(p.port, port)
	case p.scheme != "":
		return port == ""
	}
	return true
}

// matchStars reports whether a pattern with `*` for any run of characters
// matches the whole of s. The pieces between stars are taken at their
// leftmost place, so nothing is retried.
func matchStars(pattern, s string) bool {
	first, rest, hasStar := strings.Cut(pattern, "*")
	if !hasStar {
		return pattern == s
	}
	s, found := strings.CutPrefix(s, first)
	for found {
		var piece string
		piece, rest, hasStar = strings.Cut(rest, "*")
		if !hasStar {
			return strings.HasSuffix(s, piece)
		}
		_, s, found = strings.Cut(s, piece)
	}
	return false
}
