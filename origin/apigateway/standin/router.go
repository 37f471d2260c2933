package standin

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// An integrationKind is how the gateway reaches what answers a route. It
// decides about X-Amzn-Trace-Id in the response (AG-RSP-04).
type integrationKind uint8

const (
	kindProxy integrationKind = iota // AWS_PROXY: a function, here one simulated in process
	kindMock                         // MOCK: the gateway answers by itself
)

// String returns AWS's name of the integration type.
func (k integrationKind) String() string {
	switch k {
	case kindProxy:
		return "AWS_PROXY"
	case kindMock:
		return "MOCK"
	}
	return fmt.Sprintf("integrationKind(%d)", uint8(k))
}

// An integration answers an admitted call. It returns soon after ctx ends,
// with ctx's error. An error may be a failure or a *parameterError.
type integration func(s *Standin, ctx context.Context, c *call) (*response, error)

// A route is one resource with its methods. The table is small, so it is
// searched from the top; the first match wins. A mux that cleans paths or
// answers 405 would not be a gateway.
type route struct {
	methods     string // "GET HEAD"; "ANY" for all
	resource    string // "/cart/{id}"; "{proxy+}" takes the rest of the path
	kind        integrationKind
	access      access
	integration integration
}

// String returns the first method and the resource, "GET /products/{id}".
func (r *route) String() string {
	method, _, _ := strings.Cut(r.methods, " ")
	return method + " " + r.resource
}

// match finds the route of an escaped path below the stage. A path that
// exists under another method is not found, as a wrong one (AG-ERR-25).
func match(routes []route, method, path string) (*route, map[string]string) {
	for i := range routes {
		r := &routes[i]
		params, ok := matchResource(r.resource, path)
		if ok && (r.methods == "ANY" || slices.Contains(strings.Fields(r.methods), method)) {
			return r, params
		}
	}
	return nil, nil
}

// matchResource compares segment by segment. A variable takes one segment
// that is not empty, {proxy+} one or more to the end (AG-RTE-01).
func matchResource(resource, path string) (params map[string]string, ok bool) {
	for {
		want, _, _ := strings.Cut(resource[1:], "/")
		if want == "{proxy+}" {
			return withParam(params, "proxy", strings.Trim(path[1:], "/"))
		}
		got, _, _ := strings.Cut(path[1:], "/")
		if name, isVariable := variable(want); isVariable {
			if params, ok = withParam(params, name, got); !ok {
				return nil, false
			}
		} else if got != want {
			return nil, false
		}
		resource, path = resource[1+len(want):], path[1+len(got):]
		if resource == "" || path == "" {
			return params, resource == path
		}
	}
}

func variable(segment string) (name string, ok bool) {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// withParam adds a decoded path parameter. An empty one is no match.
func withParam(params map[string]string, name, escaped string) (map[string]string, bool) {
	value, err := url.PathUnescape(escaped)
	if err != nil || value == "" {
		return nil, false
	}
	if params == nil {
		params = map[string]string{}
	}
	params[name] = value
	return params, true
}

// fault reads the fault knob of c. Functions behind /fn own their query.
func (r *route) fault(c *call) (fault, error) {
	if strings.HasPrefix(r.resource, "/fn/") {
		return faultNone, nil
	}
	return parseFault(lastValue(c.query, "fault"))
}
