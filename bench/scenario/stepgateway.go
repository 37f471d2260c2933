package scenario

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/apigateway/standin"
	"github.com/groundfront/groundfront/origin/origintest"
)

// gatewayStep makes an origin an emulated API Gateway with its demo API.
type gatewayStep struct {
	origin  string
	options standin.Options
}

func parseGateway(origin string, w *words) (action, error) {
	s := gatewayStep{origin: origin, options: standin.Options{IDSeed: 1}}
	options, err := w.fieldLines()
	if err != nil {
		return nil, err
	}
	for _, o := range options {
		if err := s.set(o.name, o.value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *gatewayStep) set(name, value string) error {
	o := &s.options
	switch name + "=" + value {
	case "flavor=http":
		o.Flavor = standin.FlavorHTTP
		return nil
	case "flavor=rest":
		return nil
	case "shape=sam":
		o.Shape = standin.ShapeSAM
		return nil
	case "shape=localstack":
		o.Shape = standin.ShapeLocalStack
		return nil
	}
	switch name {
	case "stage":
		o.Stage = value
	case "api_key":
		o.UsagePlans = append(o.UsagePlans, standin.UsagePlan{Keys: []string{value}})
	case "quota": // a day, of the key before it
		n, err := strconv.Atoi(value)
		if err != nil || len(o.UsagePlans) == 0 {
			return fmt.Errorf("got quota=%s, want a number behind an api_key", value)
		}
		o.UsagePlans[len(o.UsagePlans)-1].Quota.Limit = n
	case "allow", "deny":
		prefix, err := netip.ParsePrefix(value)
		if err != nil {
			return err
		}
		if name == "allow" {
			o.Policy.Allow = append(o.Policy.Allow, prefix)
		} else {
			o.Policy.Deny = append(o.Policy.Deny, prefix)
		}
	case "canary":
		percent, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("got canary=%s, want a percentage", value)
		}
		o.Canary.Percent = percent
	case "cors":
		o.CORS = standin.CORS{AllowOrigins: []string{value}, AllowMethods: []string{"GET", "DELETE"}, AllowHeaders: []string{"Authorization"}}
	case "error_cors":
		said := standin.GatewayResponse{Lines: field.Lines{{Name: "Access-Control-Allow-Origin", Value: value}}}
		o.GatewayResponses = map[string]standin.GatewayResponse{standin.Default4XX: said}
	case "api":
		o.APIID = value
	case "domain":
		domain, base, _ := strings.Cut(value, "/")
		o.Mappings = append(o.Mappings, standin.Mapping{Domain: domain, BasePath: base})
	case "vpc_endpoint":
		o.VPCEndpoint = value
	case "secret":
		o.Secret = standin.Secret{Name: "X-Origin-Verify", Values: append(o.Secret.Values, value)}
	case "keys":
		keys := keysOf(value)
		o.Callers = append(o.Callers, standin.Caller{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken})
	default:
		return fmt.Errorf("a gateway has no option %s=%s", name, value)
	}
	return nil
}

func (s gatewayStep) run(r *runner) error {
	o, err := r.origin(s.origin)
	if err != nil {
		return err
	}
	api, err := standin.New(s.options)
	if err != nil {
		return err
	}
	steps := []origintest.Step{origintest.Then(func(q origintest.Request) []origintest.Step { return serveGateway(api, q) })}
	o.answer(rule{method: "*", target: "*", steps: steps, head: steps})
	r.settle()
	o.counted = len(o.server.Requests())
	return nil
}

// edgeAddress is where the edge's connections to origins come from.
const edgeAddress = "198.51.100.10:40001"

// serveGateway lets the API answer, and returns what an origin does that
// answers so. What the API streams comes as a whole.
func serveGateway(api http.Handler, q origintest.Request) []origintest.Step {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(q.Head)))
	if err != nil {
		return []origintest.Step{origintest.Reply(400, "")}
	}
	r.RemoteAddr = edgeAddress
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(strings.NewReader(q.Body)), int64(len(q.Body)), nil
	recorder := httptest.NewRecorder()
	complete := serveHTTP(api, recorder, r)
	if !complete && recorder.Body.Len() == 0 {
		return []origintest.Step{origintest.Close()}
	}
	steps := []origintest.Step{origintest.Send(answerText(recorder))}
	if !complete {
		steps = append(steps, origintest.Close())
	}
	return steps
}

// serveHTTP reports whether the answer is complete: a handler cuts it off by a
// panic.
func serveHTTP(h http.Handler, w http.ResponseWriter, r *http.Request) (complete bool) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			complete = false
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// answerText returns the bytes of a response.
func answerText(w *httptest.ResponseRecorder) string {
	var b bytes.Buffer
	header := w.Header().Clone()
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.Code, http.StatusText(w.Code))
	if len(header["Content-Length"]) == 0 && w.Code != http.StatusNoContent && w.Code != http.StatusNotModified {
		header.Set("Content-Length", fmt.Sprint(w.Body.Len()))
	}
	_ = header.Write(&b) // into memory
	b.WriteString("\r\n")
	b.Write(w.Body.Bytes())
	return b.String()
}

// loggedStep counts lines of the edge's own log.
type loggedStep struct {
	want    int
	message string
	fields  []fieldCheck
}

func parseLogged(w *words) (action, error) {
	var s loggedStep
	var err error
	if s.want, err = w.number("a number of lines"); err != nil {
		return nil, err
	}
	t, err := w.next()
	if err != nil || !t.quoted || t.op != 0 {
		return nil, fmt.Errorf("got %s, want a message in quotes", t.source)
	}
	s.message = t.text
	s.fields, err = w.fieldChecks()
	return s, err
}

func (s loggedStep) run(r *runner) error {
	r.settle()
	got, all := 0, r.edge.Logged(s.message)
	for _, attributes := range all {
		if checkFields(s.fields, attributes) == nil {
			got++
		}
	}
	if got != s.want {
		return fmt.Errorf("lines of the log: got %d, want %d; with that message there are %v", got, s.want, all)
	}
	return nil
}
