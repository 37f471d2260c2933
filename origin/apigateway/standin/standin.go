package standin

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/groundfront/groundfront/origin/apigateway"
)

// accountID is the account of AWS's own examples.
const accountID = "123456789012"

// A Standin is one emulated API with its demo resources. It implements
// [http.Handler] and may serve any number of listeners, TLS or plain.
type Standin struct {
	opts     Options
	host     string
	throttle *rate.Limiter
	holders  map[string]*keyHolder // by API key
	ids      idSource
	log      requestLog
	keys     map[string]*rsa.PublicKey // of the JWT authorizer, by kid
	sockets  sockets
	lambda   *invoker // nil without a Lambda endpoint
	routes   []route

	versions     atomic.Uint64 // calls of /version
	flaky        atomic.Uint64 // calls of /flaky without seq
	staleFailing atomic.Bool   // the switch of /stale
}

// New returns an API as described by o. The error lists every option that is
// out of range.
func New(o Options) (*Standin, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("api gateway stand-in: %w", err)
	}
	s := &Standin{
		opts:     o,
		host:     apigateway.Host(o.APIID, o.Region),
		throttle: o.Throttle.limiter(),
		holders:  newKeyHolders(o.UsagePlans),
		ids:      idSource{seed: o.IDSeed},
		log:      requestLog{counts: map[string]uint64{}},
		routes:   demoRoutes,
	}
	if !o.JWT.none() {
		s.keys, _ = parseJWKS(o.JWT.JWKS) // which check has read
	}
	if o.LambdaEndpoint != "" {
		s.lambda = newInvoker(o.LambdaEndpoint, o.LambdaFunction)
		s.routes = append(s.routes[:len(s.routes):len(s.routes)], lambdaRoutes...)
	}
	return s, nil
}

// Host returns the host name the API answers to, without a port.
func (s *Standin) Host() string { return s.host }

// Close ends all WebSockets and gives up the connections to the Lambda
// endpoint. Requests under way are not waited for: they belong to the server
// that runs the handler.
func (s *Standin) Close() error {
	s.sockets.close()
	if s.lambda != nil {
		s.lambda.client.CloseIdleConnections()
	}
	return nil
}

// A call is one request inside the gateway: what was read from it, once.
type call struct {
	r       *http.Request
	now     time.Time
	ids     requestIDs
	trace   string // towards the integration (AG-HDR-03)
	method  string // after X-HTTP-Method-Override
	path    string // percent-encoded, below the stage
	query   url.Values
	route   *route
	params  map[string]string // path parameters, decoded; nil if the route has none
	content []byte

	user         string    // as the authorizer knows it
	answer       *response // made before any integration; nil for none
	deployment   deployment
	explicitDeny bool // the resource policy's
}

// ServeHTTP answers one request. It ends at the latest with the integration
// timeout, except for /stream, which ends with its chunks or its viewer.
func (s *Standin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(r)
	err := s.admit(c)
	n := s.log.arrived(s.record(c))
	var resp *response
	if err == nil && s.opts.Flavor == FlavorWebSocket {
		if resp = s.serveWebSocket(w, c); resp == nil { // it was one, and has ended
			s.log.answered(n, http.StatusSwitchingProtocols)
			return
		}
	} else if err == nil {
		resp, err = s.integrate(c)
	}
	if err != nil {
		resp = s.answerTo(c, err)
	}
	s.log.answered(n, resp.status)
	s.deliver(w, c, resp)
}

func (s *Standin) newCall(r *http.Request) *call {
	now := s.opts.Now()
	c := &call{r: r, now: now, ids: s.ids.next(now), method: r.Method, query: r.URL.Query()}
	c.deployment = s.deploy(c)
	c.trace = traceOf(r.Header.Get("X-Amzn-Trace-Id"), c.ids.trace)
	if override := r.Header.Get("X-HTTP-Method-Override"); override != "" && s.opts.Flavor == FlavorREST {
		c.method = override // AG-HDR-02: a poisoning surface if the edge forwards the header
	}
	return c
}

// admit takes c through the checks of a stage in the gateway's order (section
// 4): host, stage, the secret in the place of a web ACL, resource policy,
// resource and method, authorizer, usage plan, throttle, size; a signature
// last, since it covers the content. A refusal is a failure.
func (s *Standin) admit(c *call) error {
	var err error
	if c.path, err = s.locate(c); err != nil {
		return err
	}
	if !s.opts.Secret.carriedBy(c.r.Header) {
		return forbidden
	}
	if err := s.opts.Policy.admit(c); err != nil {
		return err
	}
	if s.opts.Flavor == FlavorWebSocket {
		if !s.throttle.AllowN(c.now, 1) {
			return throttled
		}
		if err := s.readContent(c); err != nil {
			return err
		}
		return s.signed(c)
	}
	if c.answer = s.preflight(c); c.answer != nil {
		return nil
	}
	c.route, c.params = match(s.routes, c.method, c.path)
	if c.route == nil {
		return missingAuthenticationToken
	}
	if err := s.authorize(c); err != nil {
		return err
	}
	if err := s.charge(c); err != nil {
		return err
	}
	if !s.throttle.AllowN(c.now, 1) {
		return throttled
	}
	if err := s.readContent(c); err != nil {
		return err
	}
	return s.signed(c)
}

// readContent takes the whole content before the integration sees any of it,
// as the gateway does (AG-LIM-02).
func (s *Standin) readContent(c *call) error {
	if c.r.ContentLength > s.opts.MaxBody {
		return requestTooLarge
	}
	content, err := io.ReadAll(io.LimitReader(c.r.Body, s.opts.MaxBody+1))
	if err != nil {
		return badRequestBody // cut short by its sender, who will hardly read this
	}
	if int64(len(content)) > s.opts.MaxBody {
		return requestTooLarge
	}
	c.content = content
	return nil
}

// integrate runs the integration of c's route under the integration timeout
// and adds what a successful one gets.
func (s *Standin) integrate(c *call) (*response, error) {
	if c.answer != nil {
		return c.answer, nil
	}
	damage, err := c.route.fault(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), s.opts.IntegrationTimeout)
	defer cancel()
	if err := s.opts.Weather.strike(ctx, c); err != nil {
		return nil, err
	}
	resp, err := c.route.integration(s, ctx, c)
	if err != nil {
		return nil, err
	}
	if s.opts.Flavor == FlavorREST && c.route.kind == kindProxy {
		resp.lines.Add("X-Amzn-Trace-Id", traceRoot(c.trace)) // AG-RSP-04
	}
	s.allow(c, resp)
	resp.fault = damage
	return resp, nil
}

// answerTo turns the error of a check or an integration into an answer.
func (s *Standin) answerTo(c *call, err error) *response {
	var parameter *parameterError
	var f failure
	switch {
	case errors.Is(err, errReserved):
		return newResponse(200, "")
	case errors.Is(err, errUnknownAPI):
		return jsonResponse(404, map[string]string{"message": "no such API"})
	case errors.As(err, &parameter):
		return parameter.response()
	case errors.As(err, &f):
		return s.failed(c, f)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return s.failed(c, integrationTimeout)
	}
	return s.failed(c, integrationFailure)
}

func (s *Standin) record(c *call) Request {
	r := Request{
		Time: c.now, ID: c.ids.request, Method: c.r.Method, Host: c.r.Host,
		Path: c.r.URL.EscapedPath(), Query: c.r.URL.RawQuery,
		Lines: linesOf(c.r.Header), Content: len(c.content),
	}
	if s.opts.Flavor == FlavorHTTP {
		r.ID = c.ids.extended
	}
	if c.route != nil {
		r.Route = c.route.String()
	}
	return r
}
