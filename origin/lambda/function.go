package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// maxPayload bounds an event and a result, in bytes (AG-LAM-24).
const maxPayload = 6 << 20

// maxWaiting bounds the requests that wait for an invocation to end.
const maxWaiting = 64

// Format is a payload format version.
type Format uint8

// The formats.
const (
	FormatV2 Format = iota // of function URLs and HTTP APIs
	FormatV1               // of REST APIs
)

// String returns the version as AWS writes it.
func (f Format) String() string {
	switch f {
	case FormatV2:
		return "2.0"
	case FormatV1:
		return "1.0"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// A Config says which function answers, and how it is invoked.
type Config struct {
	// Name is the function's, as the invoke API knows it.
	Name string
	// Endpoint is where the invoke API is: "host:port", with "http" or "https".
	Endpoint, Scheme string
	Format           Format
	// Concurrency bounds the invocations at once. The Runtime Interface Emulator
	// has room for one (AG-INV-02). Past the bound requests wait, and past that for
	// 64 of them they are refused, as AWS throttles.
	Concurrency int
	// Now is the clock that events are dated by, NewID makes their request ids.
	Now   func() time.Time
	NewID func() string
}

// A Function is an origin.Adapter. It may be used from any goroutine.
type Function struct {
	config  Config
	running chan struct{} // holds a token for each invocation
	waiting chan struct{} // and for each request that waits for one
}

// New returns a Function that is not invoked yet.
func New(c Config) *Function {
	return &Function{config: c, running: make(chan struct{}, c.Concurrency), waiting: make(chan struct{}, maxWaiting)}
}

// RoundTrip invokes the function. That it fails is an answer, as at AWS; that
// it cannot be reached in the origin's time is an error.
func (f *Function) RoundTrip(ctx context.Context, next origin.RoundTripper, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	content, err := readContent(r.Body)
	switch {
	case errors.Is(err, errTooLarge):
		return f.refuse(r, failureTooLarge), nil
	case err != nil:
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request content", Err: err} // the viewer has left
	}
	event, err := json.Marshal(f.event(r, content))
	if err != nil || len(event) > maxPayload {
		return f.refuse(r, failureTooLarge), nil
	}
	done, err := f.enter(ctx)
	switch {
	case errors.Is(err, errBusy):
		return f.refuse(r, failureThrottled), nil
	case err != nil:
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "wait for an invocation to end", Err: err}
	}
	defer done()
	return f.invoke(ctx, next, o, r, event)
}

var errTooLarge = errors.New("content is larger than 6 MiB")

// readContent reads a request's content, which an event has as a whole.
func readContent(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	content, err := io.ReadAll(io.LimitReader(body, maxPayload+1))
	if err == nil && len(content) > maxPayload {
		return nil, errTooLarge
	}
	return content, err
}

var errBusy = errors.New("too many requests wait for the function")

// enter waits until there is room for an invocation.
func (f *Function) enter(ctx context.Context) (done func(), err error) {
	leave := func() { <-f.running }
	select {
	case f.running <- struct{}{}:
		return leave, nil
	default:
	}
	select {
	case f.waiting <- struct{}{}:
		defer func() { <-f.waiting }()
	default:
		return nil, errBusy
	}
	select {
	case f.running <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// invoke posts the event (AG-INV-01) and reads what the function returned.
func (f *Function) invoke(ctx context.Context, next origin.RoundTripper, o *origin.Origin, r *origin.Request, event []byte) (*origin.Response, error) {
	response, err := next.RoundTrip(ctx, f.endpoint(o), f.invocation(r, event))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(response.Body, maxPayload+1))
	if err != nil {
		return nil, err // an *origin.Error, by the contract of Body
	}
	if failure := failureOf(response, len(payload)); failure != failureNone {
		return f.refuse(r, failure), nil
	}
	answer := f.answer(r, payload)
	answer.Timing = response.Timing
	return answer, nil
}

// endpoint is the origin, with its timeouts and attempts, at the place of the
// invoke API.
func (f *Function) endpoint(o *origin.Origin) *origin.Origin {
	place := *o
	place.Adapter = nil
	place.ConnectTo, place.ConnectScheme = f.config.Endpoint, f.config.Scheme
	return &place
}

func (f *Function) invocation(r *origin.Request, event []byte) *origin.Request {
	fields := field.Lines{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "X-Amz-Invocation-Type", Value: "RequestResponse"},
	}
	if trace := r.Fields.Get("X-Amzn-Trace-Id"); trace != "" {
		fields.Add("X-Amzn-Trace-Id", trace)
	}
	host := f.config.Endpoint
	if strings.HasPrefix(host, "unix:") {
		host = "localhost"
	}
	return &origin.Request{
		Method: "POST", Scheme: f.config.Scheme, Host: host, Fields: fields,
		Target: "/2015-03-31/functions/" + f.config.Name + "/invocations",
		Body:   bytes.NewReader(event), ContentLength: int64(len(event)),
	}
}
