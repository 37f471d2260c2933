package standin

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/groundfront/groundfront/origin/apigateway"
)

// A Flavor is the kind of API that is imitated (AG-EMU-02). The two differ
// in routing misses, error bodies, request ids and Lambda event format.
type Flavor uint8

const (
	FlavorREST Flavor = iota // API Gateway v1, "REST API"
	FlavorHTTP               // API Gateway v2, "HTTP API"
	// FlavorWebSocket is API Gateway v2, "WebSocket API"; its resources are
	// routes of messages. Its errors have the form of REST.
	FlavorWebSocket
)

// String returns "rest", "http" or "websocket".
func (f Flavor) String() string {
	switch f {
	case FlavorREST:
		return "rest"
	case FlavorHTTP:
		return "http"
	case FlavorWebSocket:
		return "websocket"
	}
	return fmt.Sprintf("Flavor(%d)", uint8(f))
}

// A HostCheck says which Host values the API answers to (AG-EMU-01).
type HostCheck uint8

const (
	// HostStrict takes the execute-api name alone, as AWS does. An edge that
	// forwards the viewer's Host gets 403 Forbidden (AG-SNI-01).
	HostStrict HostCheck = iota
	// HostLenient also takes localhost, IP addresses and names without a
	// dot, which is what containers call each other.
	HostLenient
)

// String returns "strict" or "lenient".
func (h HostCheck) String() string {
	switch h {
	case HostStrict:
		return "strict"
	case HostLenient:
		return "lenient"
	}
	return fmt.Sprintf("HostCheck(%d)", uint8(h))
}

// Limits of the service.
const (
	DefaultRESTTimeout = 29 * time.Second      // AG-LIM-01
	DefaultHTTPTimeout = 30 * time.Second      // AG-LIM-01, also the most an HTTP API can have
	MinTimeout         = 50 * time.Millisecond // AG-LIM-01
	MaxRESTTimeout     = 300 * time.Second     // AG-LIM-01, on request
	DefaultMaxBody     = 10_485_760            // AG-LIM-02, bytes
)

// DefaultStage is the stage of a stand-in that names none. StageDefault is
// the HTTP API's stage that has no segment in the path (AG-HOST-02).
const (
	DefaultStage = "prod"
	StageDefault = "$default"
)

// Options describe one API. The zero value is a working REST API that
// answers to a1b2c3d4e5.execute-api.us-east-1.amazonaws.com under /prod.
type Options struct {
	Flavor Flavor

	// APIID is the first label of the host name, 10 lower-case letters and
	// digits. Default "a1b2c3d4e5".
	APIID string
	// Region is the region label of the host name. Default "us-east-1".
	Region string
	// Stage is the first path segment (AG-HOST-02), or StageDefault for an
	// HTTP API without one. Default "prod".
	Stage string
	// Hosts says which Host values are served besides the API's own.
	Hosts HostCheck

	// Shape says whose addresses and answers are imitated, which Hosts, Mappings
	// and VPCEndpoint are about with ShapeAWS only. Default ShapeAWS.
	Shape Shape
	// Mappings are custom domain names.
	Mappings []Mapping
	// VPCEndpoint is the id of an endpoint, such as "vpce-0f1e2d", that leads to
	// the API as to a private one. Its own name needs X-Apigw-Api-Id.
	VPCEndpoint string

	// Throttle is the stage's token bucket. The zero value admits everything;
	// AWS's stage default is 10,000 per second with a burst of 5,000 (AG-THR-03).
	Throttle Throttle
	// IntegrationTimeout bounds every integration, 50 ms to 300 s for REST
	// and 50 ms to 30 s for HTTP. Default 29 s and 30 s (AG-LIM-01).
	IntegrationTimeout time.Duration
	// MaxBody is the largest request content in bytes. Default 10,485,760.
	MaxBody int64
	// Secret, with a name, refuses requests that do not carry it (AG-SEC-01).
	Secret Secret

	// Callers, if there are any, are who may sign requests, and all must be
	// signed: IAM authorization on every method (AG-SIG-01).
	Callers []Caller

	// Weather is how integrations are off.
	Weather Weather
	// JWT is the authorizer of the resources that need a token, of an HTTP API.
	// Without one there is a table of tokens.
	JWT JWT
	// UsagePlans, if there are any, make every method ask for an API key.
	UsagePlans []UsagePlan
	// Policy is the resource policy.
	Policy SourcePolicy

	// StageVariables are what functions and GET /version see of the stage
	// (AG-STG-01).
	StageVariables map[string]string
	// Canary is a second deployment with a share of the requests, of a REST API.
	Canary Canary

	// SocketIdle and SocketLifetime are how long a WebSocket may be without a
	// message, and open at all. Default 10m and 2h (AG-LIM-12).
	SocketIdle, SocketLifetime time.Duration

	// CORS is what browsers of other sites are told.
	CORS CORS
	// GatewayResponses change what a REST API answers itself, by AWS's name of
	// the type, such as "THROTTLED" or DEFAULT_4XX.
	GatewayResponses map[string]GatewayResponse

	// LambdaEndpoint is the base URL of a Lambda invoke endpoint, such as
	// "http://fn:8080" for the Runtime Interface Emulator. Empty: /fn is an
	// unknown resource (AG-INV-03).
	LambdaEndpoint string
	// LambdaFunction is the function every /fn call invokes. Empty: the one
	// that the path names. The emulator serves "function" alone (AG-INV-02).
	LambdaFunction string
	// BinaryMediaTypes are the content types a REST API treats as binary,
	// such as "image/png", "image/*" or "*/*" (AG-LAM-05, AG-LAM-22).
	BinaryMediaTypes []string

	// Now is the clock of the throttle, the ids and the log. Default time.Now.
	Now func() time.Time
	// IDSeed, when not 0, makes request ids a function of the seed and a
	// counter (AG-EMU-13). 0 draws them at random.
	IDSeed uint64
}

func (o Options) withDefaults() Options {
	setDefault(&o.APIID, "a1b2c3d4e5")
	setDefault(&o.Region, "us-east-1")
	setDefault(&o.Stage, DefaultStage)
	setDefault(&o.MaxBody, DefaultMaxBody)
	setDefault(&o.SocketIdle, DefaultSocketIdle)
	setDefault(&o.SocketLifetime, DefaultSocketLifetime)
	if o.Flavor == FlavorHTTP {
		setDefault(&o.IntegrationTimeout, DefaultHTTPTimeout)
	}
	setDefault(&o.IntegrationTimeout, DefaultRESTTimeout)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// check reports everything that is wrong with o, after defaults.
func (o Options) check() error {
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.Flavor > FlavorWebSocket {
		refuse("unknown flavor %v", o.Flavor)
	}
	if o.Hosts > HostLenient {
		refuse("unknown host check %v", o.Hosts)
	}
	if o.Shape > ShapeLocalStack {
		refuse("unknown shape %v", o.Shape)
	}
	if err := checkMappings(o.Mappings); err != nil {
		refuse("mapping: %w", err)
	}
	if !apigateway.ValidAPIID(o.APIID) {
		refuse("api id %q: want 10 lower-case letters and digits", o.APIID)
	}
	if noPrefix := o.Flavor == FlavorHTTP && o.Stage == StageDefault; !noPrefix && !apigateway.ValidStage(o.Stage) {
		refuse("stage %q: want 1-128 letters, digits, '_' and '-'", o.Stage)
	}
	if most := o.maxTimeout(); o.IntegrationTimeout < MinTimeout || o.IntegrationTimeout > most {
		refuse("integration timeout %v: want %v to %v", o.IntegrationTimeout, MinTimeout, most)
	}
	if o.MaxBody < 0 {
		refuse("max body %d: want 1 or more", o.MaxBody)
	}
	if err := o.Throttle.check(); err != nil {
		refuse("throttle: %w", err)
	}
	if err := o.Secret.check(); err != nil {
		refuse("secret: %w", err)
	}
	if err := o.Weather.check(); err != nil {
		refuse("weather: %w", err)
	}
	if err := o.JWT.check(o.Flavor); err != nil {
		refuse("JWT authorizer: %w", err)
	}
	if err := checkPlans(o.UsagePlans, o.Flavor); err != nil {
		refuse("usage plans: %w", err)
	}
	if err := o.Policy.check(o.Flavor); err != nil {
		refuse("resource policy: %w", err)
	}
	if err := checkVariables(o.StageVariables); err != nil {
		refuse("%w", err)
	}
	if err := o.Canary.check(o.Flavor); err != nil {
		refuse("canary: %w", err)
	}
	if o.SocketIdle < 0 || o.SocketLifetime < 0 {
		refuse("a WebSocket may be idle for %v and open for %v: want more than 0", o.SocketIdle, o.SocketLifetime)
	}
	if err := o.CORS.check(); err != nil {
		refuse("CORS: %w", err)
	}
	if err := checkGatewayResponses(o.GatewayResponses, o.Flavor); err != nil {
		refuse("%w", err)
	}
	if err := checkEndpoint(o.LambdaEndpoint); err != nil {
		refuse("lambda endpoint: %w", err)
	}
	if o.LambdaFunction != "" && !validFunctionName(o.LambdaFunction) {
		refuse("lambda function %q: want 1-140 letters, digits, '_' and '-'", o.LambdaFunction)
	}
	return errors.Join(errs...)
}

func (o Options) maxTimeout() time.Duration {
	if o.Flavor == FlavorHTTP {
		return DefaultHTTPTimeout
	}
	return MaxRESTTimeout
}

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q: want http://host or https://host", endpoint)
	}
	return nil
}
