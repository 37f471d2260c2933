package fetch

import (
	"io"
	"strings"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/apigateway"
)

// What API Gateway refuses looks to a viewer like an error of the edge, and
// its messages mislead: the log explains it, once.

// refusals are what was explained already: an origin's shape is logged once in
// the life of a process, and nothing when there are too many origins.
type refusals struct {
	mu   sync.Mutex // guards seen
	seen map[refusalKey]struct{}
}

type refusalKey struct {
	distribution, origin string
	shape                apigateway.Shape
}

// maxRefusals bounds what is remembered, and with it what is logged.
const maxRefusals = 1024

// first reports whether k is to be logged.
func (r *refusals) first(k refusalKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.seen[k]; known || len(r.seen) >= maxRefusals {
		return false
	}
	if r.seen == nil {
		r.seen = make(map[refusalKey]struct{})
	}
	r.seen[k] = struct{}{}
	return true
}

// explainRefusal arranges that a refusal of API Gateway is explained. Its
// content is looked at while it passes, so that nothing waits for it.
func (ft *Fetch) explainRefusal() {
	a := ft.answered
	if !apigateway.MayExplain(a.Status, a.Fields) {
		return
	}
	a.Body = &refusal{ReadCloser: a.Body, fetch: ft, origin: ft.member.id(), status: a.Status, fields: a.Fields.Clone(), asked: ft.askedGateway()}
}

// askedGateway returns what matters of the request toward the origin.
func (ft *Fetch) askedGateway() apigateway.Asked {
	viewer, asked := ft.req.Fields, ft.asked.Fields
	dropped := func(name string) bool { return viewer.Has(name) && !asked.Has(name) }
	return apigateway.Asked{
		Domain: ft.member.Origin.DomainName, Host: ft.asked.Host,
		OriginPath: ft.member.Origin.Path, Target: ft.asked.Target,
		Signed:               strings.HasPrefix(viewer.Get("Authorization"), "AWS4-"),
		AuthorizationDropped: dropped("Authorization"),
		APIKeyDropped:        dropped("x-api-key"),
	}
}

// A refusal is content that is looked at while it is read, by one goroutine.
type refusal struct {
	io.ReadCloser
	fetch  *Fetch
	origin string
	status int
	fields field.Lines
	asked  apigateway.Asked

	head [512]byte // the first n bytes of the content
	n    int
	done bool
}

// Read reads content, and explains it once it is known.
func (r *refusal) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.n += copy(r.head[r.n:], p[:n])
	if err != nil || r.n == len(r.head) {
		r.explain()
	}
	return n, err
}

// Close closes the content. What nobody has read is explained by the rest.
func (r *refusal) Close() error {
	r.explain()
	return r.ReadCloser.Close()
}

// Recycle gives back the memory of the response, which is explained by now.
func (r *refusal) Recycle() {
	if content, can := r.ReadCloser.(recycler); can {
		content.Recycle()
	}
}

// explain writes the line of the log. Nothing that the viewer or the API has
// sent is in it but the ids by which the API's own log can be searched.
func (r *refusal) explain() {
	if r.done {
		return
	}
	r.done = true
	ft := r.fetch
	d, known := apigateway.Explain(r.asked, r.status, r.fields, r.head[:r.n])
	key := refusalKey{ft.req.Distribution, r.origin, d.Shape}
	if !known || !ft.refusals.first(key) {
		return
	}
	ft.logger.Warn("API Gateway refused a request", "origin", key.origin, "status", r.status, "shape", d.Shape.String(),
		"cause", d.Cause, "fix", d.Fix, "api_request_id", apigateway.RequestID(r.fields),
		"distribution", key.distribution, "request_id", ft.req.ID)
}
