package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds of the way to a Lambda endpoint.
const (
	mostQueued         = 64      // calls under way or waiting for the endpoint's single slot
	mostLambdaResponse = 6 << 20 // bytes (AG-LAM-24)
)

// An invoker posts events to one invoke endpoint, one at a time, because the
// Runtime Interface Emulator has a single slot and answers 400 when it is
// taken (AG-INV-02, AG-INV-03).
type invoker struct {
	endpoint string // base URL without a trailing slash
	function string // "": the name in the path
	client   *http.Client
	slot     chan struct{} // holds a token while an invocation runs
	queued   atomic.Int64
}

func newInvoker(endpoint, function string) *invoker {
	return &invoker{
		endpoint: strings.TrimRight(endpoint, "/"),
		function: function,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConns: 1, IdleConnTimeout: 30 * time.Second, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slot: make(chan struct{}, 1),
	}
}

// validFunctionName reports whether name can be a Lambda function's.
func validFunctionName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	return name != "" && len(name) <= 140 &&
		strings.IndexFunc(name, func(r rune) bool { return !strings.ContainsRune(letters, r) }) < 0
}

// invoke is ANY /fn/{name}/{proxy+}: a Lambda proxy integration.
func (s *Standin) invoke(ctx context.Context, c *call) (*response, error) {
	name := s.lambda.function
	if name == "" {
		name = c.params["name"]
	}
	if !validFunctionName(name) {
		return nil, missingAuthenticationToken
	}
	event, err := json.Marshal(s.event(c))
	if err != nil {
		return nil, apiConfigurationError
	}
	payload, err := s.lambda.run(ctx, name, c.trace, event)
	if err != nil {
		return nil, err
	}
	return s.lambdaAnswer(c, payload)
}

// event builds the event of the flavor's default payload format.
func (s *Standin) event(c *call) any {
	if s.opts.Flavor == FlavorHTTP {
		return s.eventV2(c)
	}
	return s.eventV1(c)
}

// run waits for the slot and invokes name. Past the queue's bound it fails at
// once, as a function without concurrency left does: 500 from a REST API,
// 503 from an HTTP API.
func (v *invoker) run(ctx context.Context, name, trace string, event []byte) ([]byte, error) {
	defer v.queued.Add(-1)
	if v.queued.Add(1) > mostQueued {
		return nil, functionBusy
	}
	select {
	case v.slot <- struct{}{}:
		defer func() { <-v.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return v.post(ctx, name, trace, event)
}

func (v *invoker) post(ctx context.Context, name, trace string, event []byte) ([]byte, error) {
	target := v.endpoint + "/2015-03-31/functions/" + url.PathEscape(name) + "/invocations"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(event))
	if err != nil {
		return nil, apiConfigurationError
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amzn-Trace-Id", trace)
	req.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	resp, err := v.client.Do(req)
	if err != nil {
		return nil, brokenInvocation(ctx, err)
	}
	defer resp.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(resp.Body, mostLambdaResponse+1))
	if err != nil {
		return nil, brokenInvocation(ctx, err)
	}
	return payload, judgeInvocation(resp, len(payload))
}

// brokenInvocation tells the integration timeout from a network error.
func brokenInvocation(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", integrationFailure, err)
}

// judgeInvocation reads what the invoke API says about the function
// (AG-INV-01, AG-INV-02, AG-LAM-25).
func judgeInvocation(resp *http.Response, size int) error {
	switch {
	case resp.Header.Get("X-Amz-Function-Error") != "", size > mostLambdaResponse:
		return malformedResponse
	case resp.StatusCode == http.StatusOK:
		return nil
	case resp.StatusCode == http.StatusBadRequest, resp.StatusCode == http.StatusTooManyRequests:
		return functionBusy
	case resp.StatusCode == http.StatusNotFound:
		return apiConfigurationError
	}
	return malformedResponse // the emulator's 502 and 504: the function did not start or did not end
}
