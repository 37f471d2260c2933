package standin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/apigateway"
)

// A Shape is whose addresses and answers are imitated.
type Shape uint8

const (
	// ShapeAWS is the service itself.
	ShapeAWS Shape = iota
	// ShapeSAM is "sam local start-api": any Host, no stage in the path, no
	// x-amzn-* fields, and errors of its own (AG-SAM-01, AG-SAM-02).
	ShapeSAM
	// ShapeLocalStack is an emulator that serves many APIs at one address: by
	// Host "{api}.execute-api.…", or by path, "/_aws/execute-api/{api}/{stage}/…"
	// and "/restapis/{api}/{stage}/_user_request_/…" (AG-LS-01).
	ShapeLocalStack
)

// String returns "aws", "sam" or "localstack".
func (s Shape) String() string {
	switch s {
	case ShapeAWS:
		return "aws"
	case ShapeSAM:
		return "sam"
	case ShapeLocalStack:
		return "localstack"
	}
	return fmt.Sprintf("Shape(%d)", uint8(s))
}

// A Mapping is a custom domain name of the API with the base path that leads
// to its stage, "" for none, which is also what all other paths lead to
// (AG-HOST-09).
type Mapping struct{ Domain, BasePath string }

func checkMappings(mappings []Mapping) error {
	for _, m := range mappings {
		switch {
		case m.Domain == "" || strings.ContainsAny(m.Domain, "/:") || apigateway.ParseName(m.Domain).Form != apigateway.FormOther:
			return fmt.Errorf("%q is no custom domain name", m.Domain)
		case slices.Contains(strings.Split("/"+m.BasePath, "/")[1:], "") && m.BasePath != "":
			return fmt.Errorf("base path %q has an empty segment (AG-HOST-10)", m.BasePath)
		}
	}
	return nil
}

// locate finds the API's path, below stage or base path, in what was asked.
func (s *Standin) locate(c *call) (path string, err error) {
	path = c.r.URL.EscapedPath()
	if !strings.HasPrefix(path, "/") { // the asterisk form, RFC 9112 section 3.2.4
		return "", missingAuthenticationToken
	}
	switch s.opts.Shape {
	case ShapeSAM:
		return path, nil
	case ShapeLocalStack:
		return s.locateEmulated(c, path)
	}
	host := strings.ToLower(withoutPort(c.r.Host))
	switch base, mapped := s.mapping(host, path); {
	case mapped && base == noMapping:
		return "", forbidden
	case mapped && (path == "/ping" || path == "/sping"):
		return "", errReserved
	case mapped:
		return orRoot(strings.TrimPrefix(path, base)), nil
	case !s.serves(host) && !s.servesPrivately(host, c.r.Header.Get(apigateway.APIIDField)):
		return "", forbidden
	}
	return s.underStage(path)
}

func (s *Standin) underStage(path string) (string, error) {
	rest, found := s.belowStage(path)
	if !found {
		return "", missingAuthenticationToken
	}
	return rest, nil
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// errReserved is the answer of the service itself at a custom domain name
// (AG-HOST-07). What it says is not documented.
var errReserved = errors.New("reserved path")

// noMapping stands for a domain that is mapped, but not for this path.
const noMapping = "none"

// mapping returns the longest base path that the path has whole segments of,
// with its slash; "" for the one that takes all.
func (s *Standin) mapping(host, path string) (base string, mapped bool) {
	base = noMapping
	for _, m := range s.opts.Mappings {
		if !strings.EqualFold(m.Domain, host) {
			continue
		}
		mapped = true
		candidate := ""
		if m.BasePath != "" {
			candidate = "/" + m.BasePath
		}
		if strings.HasPrefix(path+"/", candidate+"/") && (base == noMapping || len(candidate) > len(base)) {
			base = candidate
		}
	}
	return base, mapped
}

// servesPrivately reports whether a VPC endpoint leads here: by the alias that
// has both ids, or by its own name if the field says which API is meant
// (AG-HOST-04, AG-HOST-05).
func (s *Standin) servesPrivately(host, apiID string) bool {
	name := apigateway.ParseName(host)
	if s.opts.VPCEndpoint == "" || name.VPCEndpoint != s.opts.VPCEndpoint {
		return false
	}
	return name.APIID == s.opts.APIID || name.NeedsAPIID() && apiID == s.opts.APIID
}

// errUnknownAPI is an emulator's answer for an API that it does not have, a
// 404 (AG-LS-03).
var errUnknownAPI = errors.New("unknown API")

// locateEmulated knows the forms of ShapeLocalStack.
func (s *Standin) locateEmulated(c *call, path string) (string, error) {
	if rest, found := strings.CutPrefix(path, "/_aws/execute-api/"+s.opts.APIID); found && (rest == "" || rest[0] == '/') {
		return s.underStage(orRoot(rest))
	}
	if rest, found := strings.CutPrefix(path, "/restapis/"+s.opts.APIID+"/"+s.opts.Stage+"/_user_request_"); found && (rest == "" || rest[0] == '/') {
		return orRoot(rest), nil
	}
	name := apigateway.ParseName(c.r.Host)
	if name.APIID == s.opts.APIID || name.NeedsAPIID() && c.r.Header.Get(apigateway.APIIDField) == s.opts.APIID {
		return s.underStage(path)
	}
	return "", errUnknownAPI
}

// plain returns what an emulator makes of an answer: no fields of the
// service's own.
func plain(lines field.Lines) field.Lines {
	lines.DeleteFunc(func(l field.Line) bool {
		return strings.HasPrefix(strings.ToLower(l.Name), "x-amz")
	})
	return lines
}

// failedLocally is the answer of "sam local" to a failure (AG-SAM-02).
func failedLocally(f failure) *response {
	switch f {
	case missingAuthenticationToken, unauthorized, accessDenied:
		form := &failureForms[f]
		return jsonResponse(form.restStatus, map[string]string{"message": form.message})
	}
	return jsonResponse(502, map[string]string{"message": "Internal server error"})
}
