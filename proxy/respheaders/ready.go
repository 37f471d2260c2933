package respheaders

import "github.com/groundfront/groundfront/cachekey/field"

// What a policy does to a stored response that answers a GET depends on Origin
// only in this: whether there is one, and whether it is allowed. So there are at
// most three answers, which can be made ready, but for an echoed origin in one of
// them, whose line is then the first that the policy adds.

// A ReadyOrigin is what a policy looks at of an Origin field.
type ReadyOrigin uint8

// The kinds of Origin.
const (
	ReadyOriginNone    ReadyOrigin = iota // it makes no difference, or there is none
	ReadyOriginAllowed                    // it is allowed
	ReadyOriginRefused                    // it is not
	ReadyOriginUnready                    // nothing can be made ready
)

// ReadyOrigins is how many kinds of Origin there are that can be made ready.
const ReadyOrigins = int(ReadyOriginUnready)

// String returns the kind in snake_case.
func (o ReadyOrigin) String() string {
	switch o {
	case ReadyOriginNone:
		return "none"
	case ReadyOriginAllowed:
		return "allowed"
	case ReadyOriginRefused:
		return "refused"
	case ReadyOriginUnready:
		return "unready"
	}
	return "ReadyOrigin(?)"
}

// readyOrigins are an example for each kind.
type readyOrigins struct {
	possible bool
	examples [ReadyOrigins]string // "" for a kind that does not occur
}

// refusedExample is nobody's origin: what a browser sends has no such scheme.
const refusedExample = "refused://"

// readyOrigins finds out whether responses can be made ready for origins. They
// cannot if the policy adds fields of CORS by another part, too: those might be
// what an origin is echoed as.
func (rw *Rewriter) readyOrigins(p Policy) (ready readyOrigins) {
	if rw.cors == nil {
		return ready
	}
	for _, h := range rw.add {
		if field.EqualName(h.Name, "Vary") || isCORS(h.Name) {
			return ready
		}
	}
	ready.possible = true
	if !rw.cors.allows(refusedExample) {
		ready.examples[ReadyOriginRefused] = refusedExample
	}
	for _, text := range p.CORS.AllowOrigins {
		example := "https://a.test"
		if pattern, err := compileOrigin(text); err == nil && text != "*" {
			example = pattern.example()
		}
		if rw.cors.allows(example) {
			ready.examples[ReadyOriginAllowed] = example
			break
		}
	}
	return ready
}

// Ready returns the kind of an Origin value; "" is that of a request without.
//
// Hot path: no allocation.
func (rw *Rewriter) Ready(origin string) ReadyOrigin {
	switch {
	case rw == nil || rw.cors == nil || origin == "":
		return ReadyOriginNone
	case !rw.ready.possible:
		return ReadyOriginUnready
	case rw.cors.allows(origin):
		return ReadyOriginAllowed
	}
	return ReadyOriginRefused
}

// Example returns an origin of a kind, "" if there is none.
func (rw *Rewriter) Example(o ReadyOrigin) string {
	if rw == nil || int(o) >= ReadyOrigins {
		return ""
	}
	return rw.ready.examples[o]
}

// IsEcho reports whether a line is what a policy has added for an allowed origin.
func (rw *Rewriter) IsEcho(l field.Line, origin string) bool {
	return rw != nil && rw.cors != nil && !rw.cors.anyOrigin && l.Name == allowOrigin && l.Value == origin
}
