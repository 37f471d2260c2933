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
	origins     []originPattern
	headers     namePatterns
	methods     string
	expose      string
	maxAge      string
	credentials bool
	override    bool
}

func newCORS(p CORS) (*cors, error) {
	c := &cors{
		headers:     newNamePatterns(p.AllowHeaders),
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
		c.origins = append(c.origins, pattern)
	}
	return c, nil
}

// apply adds the CORS fields to the response to a CORS request.
//
// With override each field of the policy replaces the origin's (CF-CORS-06);
// without, one CORS field from the origin keeps them all out (CF-CORS-07).
// Amazon does not say what else an origin gets that is not allowed: here it
// gets no field of the policy, and with override loses the origin server's
// Access-Control-Allow-Origin too, because the policy decides.
func (c *cors) apply(fields *field.Lines, r Request) {
	if !c.override && hasCORS(*fields) {
		return
	}
	if !c.anyOrigin { // CF-CORS-20
		addVary(fields, "Origin")
	}
	allowed := c.origin(r.Origin)
	if allowed == "" {
		fields.Del(allowOrigin)
		return
	}
	if r.IsPreflight() { // CF-CORS-03
		set(fields, allowMethods, c.methods)
		set(fields, allowHeaders, c.headers.answer(r.RequestHeaders))
		set(fields, maxAge, c.maxAge)
	}
	set(fields, allowOrigin, allowed)
	if c.credentials {
		set(fields, allowCredentials, "true")
	}
	set(fields, exposeHeaders, c.expose)
}

// origin returns the value of Access-Control-Allow-Origin, or "" when the
// origin is not allowed (CF-CORS-08, CF-CORS-09).
func (c *cors) origin(origin string) string {
	if c.anyOrigin {
		return "*"
	}
	for _, p := range c.origins {
		if p.match(origin) {
			return origin
		}
	}
	return ""
}

// set sets a field that has a value.
func set(fields *field.Lines, name, value string) {
	if value != "" {
		fields.Set(name, value)
	}
}

// hasCORS reports whether there is any CORS response field.
func hasCORS(fields field.Lines) bool {
	for _, line := range fields {
		switch {
		case len(line.Name) < len(maxAge): // the shortest of them
		case field.EqualName(line.Name, allowOrigin), field.EqualName(line.Name, allowCredentials),
			field.EqualName(line.Name, exposeHeaders), field.EqualName(line.Name, allowMethods),
			field.EqualName(line.Name, allowHeaders), field.EqualName(line.Name, maxAge):
			return true
		}
	}
	return false
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
