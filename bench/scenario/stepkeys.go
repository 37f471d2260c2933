package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/origin/apigateway/standin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/sigv4"
)

// keysStep sets which AWS credentials the edge finds.
type keysStep struct {
	keys sigv4.Keys
	life time.Duration
}

func parseKeys(w *words) (action, error) {
	id, err := w.word("an access key's id, or none")
	if err != nil {
		return nil, err
	}
	var s keysStep
	if id != "none" {
		s.keys = keysOf(id)
	}
	if w.skip("for") {
		s.life, err = w.duration()
	}
	return s, err
}

// keysOf returns the keys with an id. All have the secret of AWS's examples;
// temporary ones, whose id begins with ASIA, have a token besides.
func keysOf(id string) sigv4.Keys {
	keys := edgetest.Keys
	keys.AccessKeyID = id
	if strings.HasPrefix(id, "ASIA") {
		keys.SessionToken = "token/of+" + id + "=="
	}
	return keys
}

func (s keysStep) run(r *runner) error {
	r.edge.SetKeys(s.keys, s.life)
	return nil
}

// signedStep verifies the signature of an origin's latest request.
type signedStep struct {
	origin, service, region string
	id                      string // of the key
}

func parseSigned(origin string, w *words) (action, error) {
	s := signedStep{origin: origin, id: edgetest.Keys.AccessKeyID}
	var err error
	if s.service, err = w.word("a service"); err != nil {
		return nil, err
	}
	if s.region, err = w.word("a region"); err != nil {
		return nil, err
	}
	if w.skip("by") {
		s.id, err = w.word("an access key's id")
	}
	return s, err
}

func (s signedStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err != nil {
		return err
	}
	r.settle()
	requests := o.server.Requests()
	if len(requests) == 0 {
		return fmt.Errorf("got no request, want a signed one")
	}
	return s.verify(requests[len(requests)-1])
}

func (s signedStep) verify(q origintest.Request) error {
	method, target := requestLine(q)
	fields := requestFields(q)
	keys := keysOf(s.id)
	check := standin.SignatureCheck{Service: s.service, Region: s.region, Callers: []standin.Caller{{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
	}}}
	return check.Verify(standin.Signed{
		Method: method, Target: target, Host: fields.Get("Host"), Lines: fields, Content: []byte(q.Body),
	}, time.Now())
}
