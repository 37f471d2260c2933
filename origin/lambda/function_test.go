package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// An emulator is an invoke API: it keeps the last request and answers with what
// it is told to.
type emulator struct {
	status  int
	fields  field.Lines
	payload string
	err     error
	release chan struct{} // if set, an invocation takes one

	mu      sync.Mutex
	at      origin.Origin
	asked   origin.Request
	event   string
	running int
	most    int
}

// RoundTrip implements origin.RoundTripper.
func (e *emulator) RoundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	event, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.at, e.asked, e.event = *o, *r, string(event)
	e.running++
	e.most = max(e.most, e.running)
	e.mu.Unlock()
	if e.release != nil {
		<-e.release
	}
	e.mu.Lock()
	e.running--
	e.mu.Unlock()
	if e.err != nil {
		return nil, e.err
	}
	status := e.status
	if status == 0 {
		status = 200
	}
	return &origin.Response{Status: status, Fields: e.fields, ContentLength: -1, Body: io.NopCloser(strings.NewReader(e.payload))}, nil
}

func function(format Format) *Function {
	return New(Config{
		Name: "catalog", Endpoint: "localhost:3001", Scheme: "http", Format: format, Concurrency: 1,
		Now:   func() time.Time { return time.Date(2020, 3, 12, 19, 3, 58, 0, time.UTC) },
		NewID: func() string { return "the-id" },
	})
}

func ask(t *testing.T, f *Function, e *emulator, r *origin.Request) (*origin.Response, string) {
	t.Helper()
	response, err := f.RoundTrip(context.Background(), e, &origin.Origin{ID: "fn", ReadTimeout: 30 * time.Second}, r)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(content)
}

func order() *origin.Request {
	return &origin.Request{
		Method: "POST", Scheme: "https", Host: "abc.lambda-url.us-east-1.on.aws", Target: "/orders/a%20b?x=1&x=2&y=%C3%BC+z",
		Fields: field.Lines{
			{Name: "Content-Type", Value: "application/json"}, {Name: "Cookie", Value: "a=1; b=2"}, {Name: "X-Two", Value: "1"},
			{Name: "X-Two", Value: "2"}, {Name: "User-Agent", Value: "Amazon CloudFront"}, {Name: "TE", Value: "trailers"},
			{Name: "X-Amzn-Trace-Id", Value: "Root=1-5e1b4151-5ac6c58b1e0f4b0f8b1e0f4b"},
		},
		Body: strings.NewReader(`{"id":1}`), ContentLength: 8,
	}
}

func TestEventV2(t *testing.T) {
	e := &emulator{payload: `{"statusCode":201,"headers":{"Content-Type":"text/plain"},"cookies":["s=1; Secure","t=2"],"body":"aGk=","isBase64Encoded":true}`}
	r, body := ask(t, function(FormatV2), e, order())
	const want = `{"version":"2.0","routeKey":"$default","rawPath":"/orders/a%20b","rawQueryString":"x=1\u0026x=2\u0026y=%C3%BC+z",` +
		`"cookies":["a=1","b=2"],` +
		`"headers":{"content-type":"application/json","host":"abc.lambda-url.us-east-1.on.aws","user-agent":"Amazon CloudFront",` +
		`"x-amzn-trace-id":"Root=1-5e1b4151-5ac6c58b1e0f4b0f8b1e0f4b","x-forwarded-port":"443","x-forwarded-proto":"https","x-two":"1,2"},` +
		`"queryStringParameters":{"x":"1,2","y":"ü z"},` +
		`"requestContext":{"accountId":"anonymous","apiId":"abc","domainName":"abc.lambda-url.us-east-1.on.aws","domainPrefix":"abc",` +
		`"http":{"method":"POST","path":"/orders/a%20b","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"Amazon CloudFront"},` +
		`"requestId":"the-id","routeKey":"$default","stage":"$default","time":"12/Mar/2020:19:03:58 +0000","timeEpoch":1584039838000},` +
		`"body":"{\"id\":1}","isBase64Encoded":false}`
	if e.event != want {
		t.Errorf("event:\n got %s\nwant %s", e.event, want)
	}
	if e.asked.Method != "POST" || e.asked.Target != "/2015-03-31/functions/catalog/invocations" || e.at.ConnectTo != "localhost:3001" ||
		e.at.ReadTimeout != 30*time.Second || e.asked.Fields.Get("X-Amzn-Trace-Id") != "Root=1-5e1b4151-5ac6c58b1e0f4b0f8b1e0f4b" {
		t.Errorf("invocation: got %s %s at %s, %v", e.asked.Method, e.asked.Target, e.at.ConnectTo, e.asked.Fields)
	}
	if r.Status != 201 || body != "hi" || r.Fields.Get("Content-Type") != "text/plain" || len(r.Fields) != 3 {
		t.Errorf("answer: got %d, %q, %v", r.Status, body, r.Fields)
	}
}

func TestEventV1(t *testing.T) {
	e := &emulator{payload: `{"statusCode":200,"multiValueHeaders":{"X-A":["1","2"]},"body":"ok"}`}
	r, body := ask(t, function(FormatV1), e, order())
	var event EventV1
	if err := json.Unmarshal([]byte(e.event), &event); err != nil {
		t.Fatal(err)
	}
	switch {
	case event.Path != "/orders/a%20b", event.PathParameters["proxy"] != "orders/a%20b", event.QueryStringParameters["x"] != "2",
		len(event.MultiValueQueryStringParameters["x"]) != 2, event.Headers["X-Two"] != "2", len(event.MultiValueHeaders["X-Two"]) != 2,
		event.Headers["TE"] != "", event.Headers["Host"] != "abc.lambda-url.us-east-1.on.aws", *event.Body != `{"id":1}`:
		t.Errorf("event: got %s", e.event)
	}
	if r.Status != 200 || body != "ok" || r.Fields.Joined("X-A") != "1, 2" {
		t.Errorf("answer: got %d, %q, %v", r.Status, body, r.Fields)
	}
}

func TestContentThatIsNoText(t *testing.T) {
	for _, tt := range []struct {
		format      Format
		contentType string
		content     string
		want        string
		base64      bool
	}{
		{FormatV2, "image/png", "png", "cG5n", true},
		{FormatV2, "text/plain", "\xff", "/w==", true},
		{FormatV2, "application/vnd.api+json", "{}", "{}", false},
		{FormatV1, "image/png", "png", "png", false},
		{FormatV1, "image/png", "\xff", "/w==", true},
	} {
		e := &emulator{payload: `{"statusCode":200}`}
		r := order()
		r.Fields.Set("Content-Type", tt.contentType)
		r.Body = strings.NewReader(tt.content)
		ask(t, function(tt.format), e, r)
		var event struct {
			Body            string
			IsBase64Encoded bool
		}
		if err := json.Unmarshal([]byte(e.event), &event); err != nil || event.Body != tt.want || event.IsBase64Encoded != tt.base64 {
			t.Errorf("%v, %s, %q: got %+v, %v, want %q, %t", tt.format, tt.contentType, tt.content, event, err, tt.want, tt.base64)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		e      *emulator
		status int
		body   string
	}{
		{"JSON without a status is the content", &emulator{payload: `{"a":1}`}, 200, `{"a":1}`},
		{"function error by header", &emulator{payload: `{"a":1}`, fields: field.Lines{{Name: "X-Amz-Function-Error", Value: "Unhandled"}}}, 502, "Internal Server Error"},
		{"function error of the emulator", &emulator{payload: `{"errorType":"E","errorMessage":"m"}`}, 502, "Internal Server Error"},
		{"timeout of the emulator", &emulator{payload: "Task timed out after 3.00 seconds"}, 502, "Internal Server Error"},
		{"busy emulator", &emulator{status: 400}, 429, "Rate Exceeded"},
		{"no such function", &emulator{status: 404}, 404, "null"},
		{"emulator that failed", &emulator{status: 504}, 502, "Internal Server Error"},
		{"result that is too large", &emulator{payload: `"` + strings.Repeat("x", maxPayload) + `"`}, 502, "Internal Server Error"},
		{"content that is no base64", &emulator{payload: `{"statusCode":200,"body":"%","isBase64Encoded":true}`}, 502, "Internal Server Error"},
		{"a field that would be a second one", &emulator{payload: `{"statusCode":200,"headers":{"A":"b\r\nSet-Cookie: x=1"}}`}, 502, "Internal Server Error"},
		{"framing is not the function's", &emulator{payload: `{"statusCode":200,"headers":{"Content-Length":"99","Transfer-Encoding":"chunked"},"body":"ok"}`}, 200, "ok"},
		{"204 has no content", &emulator{payload: `{"statusCode":204,"body":"x"}`}, 204, ""},
	} {
		r, body := ask(t, function(FormatV2), tt.e, order())
		if r.Status != tt.status || !strings.Contains(body, tt.body) || r.ContentLength != int64(len(body)) ||
			r.Fields.Has("Content-Length") || r.Fields.Has("Transfer-Encoding") {
			t.Errorf("%s: got %d, %d bytes of %q, %v, want %d, %q", tt.name, r.Status, r.ContentLength, body, r.Fields, tt.status, tt.body)
		}
	}
	large := order()
	large.Body = strings.NewReader(strings.Repeat("x", maxPayload+1))
	if r, _ := ask(t, function(FormatV2), &emulator{}, large); r.Status != 413 {
		t.Errorf("request that is too large: got %d, want 413", r.Status)
	}
	head := order()
	head.Method, head.Body = "HEAD", nil
	if r, body := ask(t, function(FormatV2), &emulator{payload: `{"a":1}`}, head); body != "" || r.ContentLength != 7 {
		t.Errorf("HEAD: got %q and length %d, want nothing and 7", body, r.ContentLength)
	}
	refused := &origin.Error{Kind: origin.ErrorConnect}
	_, err := function(FormatV2).RoundTrip(context.Background(), &emulator{err: refused}, &origin.Origin{}, order())
	if !errors.Is(err, refused) {
		t.Errorf("emulator that is not there: got %v, want %v", err, refused)
	}
}

// TestConcurrency holds that one invocation runs at a time, that 64 requests
// wait, and that the next one is throttled.
func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, e := function(FormatV2), &emulator{payload: `{}`, release: make(chan struct{})}
		statuses := make(chan int, maxWaiting+2)
		var all sync.WaitGroup
		for range maxWaiting + 2 {
			all.Go(func() {
				r, err := f.RoundTrip(context.Background(), e, &origin.Origin{}, order())
				if err != nil {
					t.Error(err)
					return
				}
				statuses <- r.Status
			})
		}
		synctest.Wait()
		if got := len(statuses); got != 1 || <-statuses != 429 {
			t.Errorf("while one runs and %d wait: got %d answers, want one, which is 429", maxWaiting, got)
		}
		ctx, cancel := context.WithCancel(context.Background())
		e.release <- struct{}{} // makes room for another that waits
		synctest.Wait()
		all.Go(func() {
			_, err := f.RoundTrip(ctx, e, &origin.Origin{}, order())
			if origin.KindOf(err) != origin.ErrorCanceled {
				t.Errorf("a viewer that leaves while it waits: got %v, want canceled", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(e.release)
		all.Wait()
		if e.most != 1 {
			t.Errorf("got %d invocations at once, want 1", e.most)
		}
	})
}

// TestViewerLeaves: content that ends too early is the viewer's doing. The
// function is not invoked with half of it, and nothing is held against it.
func TestViewerLeaves(t *testing.T) {
	e := &emulator{}
	r := order()
	r.Body, r.ContentLength = io.MultiReader(strings.NewReader(`{"half`), iotest.ErrReader(io.ErrUnexpectedEOF)), -1
	_, err := function(FormatV2).RoundTrip(t.Context(), e, &origin.Origin{}, r)
	if origin.KindOf(err) != origin.ErrorCanceled || e.event != "" {
		t.Errorf("got %v, the event %q, want canceled and none", err, e.event)
	}
}
