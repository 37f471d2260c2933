package respheaders

import (
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Names of the CORS response fields.
const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	exposeHeaders    = "Access-Control-Expose-Headers"
	allowMethods     = "Access-Control-Allow-Methods"
	allowHeaders     = "Access-Control-Allow-Headers"
	maxAge           = "Access-Control-Max-Age"
)

// allMethods is what ALL stands for, in the order of the managed policies
// (CF-CORS-21).
const allMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"

// cors is the compiled CORS part. Values that do not depend on the request
// are ready; an empty one is not sent.
type cors struct {
	anyOrigin   bool
	origins     originSet
	headers     namePatterns
	methods     string
	expose      string
	maxAge      string
	credentials bool
	override    bool
	varies      bool // responses say that they depend on Origin
}

func newCORS(p CORS, choices Choices) (*cors, error) {
	c := &cors{
		headers:     newNamePatterns(p.AllowHeaders, choices.AllowHeaders),
		methods:     strings.Join(p.AllowMethods, ", "),
		expose:      strings.Join(p.ExposeHeaders, ", "),
		credentials: p.AllowCredentials,
		override:    p.OriginOverride,
	}
	if slices.Contains(p.AllowMethods, "ALL") || slices.Contains(p.AllowMethods, "*") {
		c.methods = allMethods
	}
	if p.HasMaxAge {
		c.maxAge = seconds(p.MaxAge)
	}
	for _, text := range p.AllowOrigins {
		if text == "*" {
			c.anyOrigin = true
			continue
		}
		pattern, err := compileOrigin(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
		c.origins.add(text, pattern)
	}
	c.varies = !c.anyOrigin && choices.Vary == VaryAdded // CF-CORS-20
	return c, nil
}

// apply adds the CORS fields to the response to a CORS request.
//
// With override each field of the policy replaces the origin's (CF-CORS-06);
// without, one CORS field from the origin keeps them all out (CF-CORS-07).
// Amazon does not say what else an origin gets that is not allowed: here it
// gets no field of the policy, and with override loses the origin server's
// Access-Control-Allow-Origin too, because the policy decides.
//
// An origin that is echoed comes before all else that is added: the short way to
// a stored response puts it there (ReadyOrigin).
func (c *cors) apply(fields *field.Lines, r Request) {
	if !c.override && hasCORS(*fields) {
		return
	}
	allowed := c.allows(r.Origin)
	if c.anyOrigin {
		replace(fields, allowOrigin, "*") // CF-CORS-08
	} else {
		fields.Del(allowOrigin)
		if allowed {
			fields.Add(allowOrigin, r.Origin) // CF-CORS-09
		}
	}
	if c.varies {
		addVary(fields, "Origin")
	}
	if !allowed {
		return
	}
	if r.IsPreflight() { // CF-CORS-03
		set(fields, allowMethods, c.methods)
		set(fields, allowHeaders, c.headers.answer(r.RequestHeaders))
		set(fields, maxAge, c.maxAge)
	}
	if c.credentials {
		set(fields, allowCredentials, "true")
	}
	set(fields, exposeHeaders, c.expose)
}

// allows reports whether an origin is allowed.
func (c *cors) allows(origin string) bool { return c.anyOrigin || c.origins.match(origin) }

// set sets a field that has a value.
func set(fields *field.Lines, name, value string) {
	if value != "" {
		replace(fields, name, value)
	}
}

// hasCORS reports whether there is any CORS response field.
func hasCORS(fields field.Lines) bool {
	for i := range fields {
		if isCORS(fields[i].Name) {
			return true
		}
	}
	return false
}

// isCORS reports whether name is that of a CORS response field.
func isCORS(name string) bool {
	return len(name) >= len(maxAge) && // the shortest of them
		(field.EqualName(name, allowOrigin) || field.EqualName(name, allowCredentials) ||
			field.EqualName(name, exposeHeaders) || field.EqualName(name, allowMethods) ||
			field.EqualName(name, allowHeaders) || field.EqualName(name, maxAge))
}

// addVary adds a name to Vary unless it is there or Vary is `*`.
func addVary(fields *field.Lines, name string) {
	for _, line := range *fields {
		if field.EqualName(line.Name, "Vary") && listed(line.Value, name) {
			return
		}
	}
	fields.Add("Vary", name)
}

// listed reports whether a comma list of names has the name or a star.
func listed(list, name string) bool {
	for element := range strings.SplitSeq(list, ",") {
		element = strings.Trim(element, " \t")
		if element == "*" || field.EqualName(element, name) {
			return true
		}
	}
	return false
}
