package ordinary

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

//go:embed testdata
var files embed.FS

// A Request is one request of ordinary traffic.
type Request struct {
	Kind           string // of traffic
	About          string
	Method, Target string
	Fields         field.Lines // in their order, Host among them
	Body           string      // "" for none
}

// strict is the file of requests that are blocked nevertheless.
const strict = "strict"

// Requests returns the requests that nobody should block.
func Requests() ([]Request, error) {
	return read(func(kind string) bool { return kind != strict })
}

// Strict returns requests that are harmless and that rules block on purpose, as
// AWS's do. About has the name of the rule.
func Strict() ([]Request, error) {
	return read(func(kind string) bool { return kind == strict })
}

func read(wanted func(kind string) bool) ([]Request, error) {
	entries, err := files.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var all []Request
	for _, e := range entries {
		kind := strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
		if !wanted(kind) {
			continue
		}
		text, err := files.ReadFile(path.Join("testdata", e.Name()))
		if err != nil {
			return nil, err
		}
		for _, one := range strings.Split("\n"+string(text), "\n=== ")[1:] {
			about, message, _ := strings.Cut(one, "\n")
			r, err := parse(strings.TrimRight(message, "\n"))
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", e.Name(), about, err)
			}
			r.Kind, r.About = kind, about
			all = append(all, r)
		}
	}
	return all, nil
}

// parse reads a message with line feeds. Those of multipart content become what
// they are on the wire.
func parse(message string) (Request, error) {
	head, body, _ := strings.Cut(message, "\n\n")
	lines := strings.Split(head, "\n")
	first := strings.Fields(lines[0])
	if len(first) != 3 {
		return Request{}, fmt.Errorf("%q is no request line", lines[0])
	}
	r := Request{Method: first[0], Target: first[1], Body: body}
	for _, l := range lines[1:] {
		name, value, ok := strings.Cut(l, ": ")
		if !ok {
			return Request{}, fmt.Errorf("%q is no field line", l)
		}
		r.Fields.Add(name, value)
	}
	if strings.HasPrefix(r.Fields.Get("Content-Type"), "multipart/") {
		r.Body = strings.ReplaceAll(r.Body, "\n", "\r\n")
	}
	return r, nil
}
