package signedurl

import (
	"strings"

	"github.com/groundfront/groundfront/proxy/behavior"
)

// A Resource is the Resource of a custom policy, compiled: a pattern with
// wildcards, each confined to its section among protocol, domain, path and query
// (CF-SIG-16). It is immutable.
type Resource struct {
	// The text can be read in two ways (CF-SIG-20), and a match by either is one.
	// There are none where no URL can match.
	readings []reading
}

// A reading is a pattern for each section.
type reading struct {
	protocol, domain, path, query glob
	// normalPath is path with its percent-encodings normalised, for the
	// normalised path of a request.
	normalPath glob
}

// everything is the pattern of a section that says nothing.
const everything = "*"

// CompileResource compiles a resource by the rules of CF-SIG-15 to CF-SIG-20:
//
//	https://shop.test/a*.jpg       https, shop.test, /a*.jpg, no query
//	*://shop.test/a*               any protocol; a path that ends in * has any query
//	http://shop.test*              any path and query, of any domain that begins so
//	*shop.test                     any protocol, a domain that ends so, the path /
//	*                              everything
//	https://shop.test/a\?b=*       the path /a, a query that begins with b=
//	https://shop.test/a?b=*        the same, or a path such as /aXb=c with any query
//
// What is no such pattern matches nothing.
func CompileResource(text string) *Resource {
	if text == "" || strings.IndexByte(text, anyByte) >= 0 {
		return &Resource{}
	}
	protocol, rest, found := strings.Cut(text, "://")
	if !found || strings.ContainsAny(protocol, "/.:\\") {
		if text[0] != '*' {
			return &Resource{}
		}
		protocol, rest = everything, text
	}
	domain, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		domain, path = rest[:i], rest[i:]
	}
	if i := strings.Index(domain, `\?`); i >= 0 { // a query without a path
		domain, path = domain[:i], "/"+rest[i:]
	}
	if domain == "" {
		return &Resource{}
	}
	if path == "" && strings.HasSuffix(domain, "*") {
		return &Resource{[]reading{newReading(protocol, domain, "/*", everything)}}
	}
	if path == "" {
		path = "/"
	}
	if before, query, escaped := strings.Cut(path, `\?`); escaped {
		return &Resource{[]reading{newReading(protocol, domain, before, query)}}
	}
	implied := ""
	if strings.HasSuffix(path, "*") {
		implied = everything
	}
	r := &Resource{[]reading{newReading(protocol, domain, path, implied)}}
	if before, query, mark := strings.Cut(path, "?"); mark {
		r.readings = append(r.readings, newReading(protocol, domain, before, query))
	}
	return r
}

func newReading(protocol, domain, path, query string) reading {
	r := reading{protocol: newGlob(protocol), domain: newGlob(domain), path: newGlob(path), query: newGlob(query)}
	r.normalPath = r.path
	if normal := behavior.NormalizeEscapes(path); normal != path {
		r.normalPath = newGlob(normal)
	}
	return r
}

// covers says how the resource fits the URL of a request, whose own query is
// given. A request without a query has an empty one.
//
// Hot path: see glob.matches.
func (r *Resource) covers(q *Request, own string, p Paths) Fault {
	fault := FaultResource
	for i := range r.readings {
		g := &r.readings[i]
		if !g.protocol.matches(q.Scheme) || !g.domain.matches(q.Host) || !g.path.matches(q.Path) || !g.query.matches(own) {
			continue
		}
		if p == PathsRaw || q.Normal == q.Path || g.path.matches(q.Normal) || g.normalPath.matches(q.Normal) {
			return FaultNone
		}
		fault = FaultNormalizedResource
	}
	return fault
}
