package standin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A function is an invoke endpoint in the manner of the emulator. It keeps
// the last event and answers what the test has put in.
type function struct {
	mu      sync.Mutex
	path    string
	trace   string
	event   []byte
	status  int
	errLine string
	payload string
	delay   time.Duration
	running atomic.Int32
	most    atomic.Int32
}

func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := f.running.Add(1); n > f.most.Load() {
		f.most.Store(n)
	}
	defer f.running.Add(-1)
	content, _ := io.ReadAll(r.Body)
	time.Sleep(f.delay)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path, f.trace, f.event = r.URL.Path, r.Header.Get("X-Amzn-Trace-Id"), content
	if f.errLine != "" {
		w.Header().Set("X-Amz-Function-Error", f.errLine)
	}
	w.WriteHeader(f.status)
	io.WriteString(w, f.payload)
}

// newFunction returns an API whose /fn goes to a function that answers payload.
func newFunction(t *testing.T, o Options, payload string) (*Standin, *function) {
	t.Helper()
	f := &function{status: 200, payload: payload}
	o.LambdaEndpoint = serve(t, f).URL + "/"
	return newTest(t, o), f
}

func TestEventV1(t *testing.T) {
	s, f := newFunction(t, Options{}, `{"statusCode":200}`)
	w := sendContent(s, `{"a":1}`, "POST /prod/fn/hello/a%20b//c/?x=1&x=2+3&y",
		"X-One: 1", "X-One: 2", "User-Agent: test", "Referer: r", "Te: trailers", "X-Forwarded-For: 203.0.113.9")
	wantAnswer(t, "invoke", w, 200, "")
	if f.path != "/2015-03-31/functions/hello/invocations" || f.trace == "" || f.trace != raw(w, "X-Amzn-Trace-Id") {
		t.Errorf("AG-INV-01: got path %q, trace %q, want trace %q", f.path, f.trace, raw(w, "X-Amzn-Trace-Id"))
	}
	want := fmt.Sprintf(`{"resource":"/fn/{name}/{proxy+}","path":"/fn/hello/a%%20b//c/","httpMethod":"POST",`+
		`"headers":{"Host":%[1]q,"User-Agent":"test","X-Amzn-Trace-Id":%[2]q,"X-Forwarded-For":"203.0.113.9, 192.0.2.1","X-Forwarded-Port":"443","X-Forwarded-Proto":"https","X-One":"2"},`+
		`"multiValueHeaders":{"Host":[%[1]q],"User-Agent":["test"],"X-Amzn-Trace-Id":[%[2]q],"X-Forwarded-For":["203.0.113.9, 192.0.2.1"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"],"X-One":["1","2"]},`+
		`"queryStringParameters":{"x":"2 3","y":""},"multiValueQueryStringParameters":{"x":["1","2 3"],"y":[""]},`+
		`"pathParameters":{"name":"hello","proxy":"a b//c"},"stageVariables":null,`+
		`"requestContext":{"accountId":"123456789012","apiId":"a1b2c3d4e5","deploymentId":"dep1oy","domainName":%[1]q,"domainPrefix":"a1b2c3d4e5","extendedRequestId":%[3]q,"httpMethod":"POST",`+
		`"identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"192.0.2.1","user":null,"userAgent":"test","userArn":null},`+
		`"path":"/prod/fn/hello/a%%20b//c/","protocol":"HTTP/1.1","requestId":%[4]q,"requestTime":"04/May/2026:12:30:00 +0000","requestTimeEpoch":1777897800000,"resourceId":"fnprxy","resourcePath":"/fn/{name}/{proxy+}","stage":"prod"},`+
		`"body":"{\"a\":1}","isBase64Encoded":false}`,
		testHost, f.trace, raw(w, "x-amz-apigw-id"), raw(w, "x-amzn-RequestId"))
	if string(f.event) != want {
		t.Errorf("AG-LAM-01 to AG-LAM-04:\n got %s\nwant %s", f.event, want)
	}
}

// AG-LAM-01: empty maps are null.
func TestEventV1Empty(t *testing.T) {
	s, f := newFunction(t, Options{LambdaFunction: "function"}, `{"statusCode":200}`)
	send(s, "GET /prod/fn/hello")
	if f.path != "/2015-03-31/functions/function/invocations" {
		t.Errorf("AG-INV-02: got %q", f.path)
	}
	for _, want := range []string{`"queryStringParameters":null`, `"multiValueQueryStringParameters":null`, `"body":null`, `"userAgent":null`, `"pathParameters":{"name":"hello"}`} {
		if !strings.Contains(string(f.event), want) {
			t.Errorf("got %s, want %s in it", f.event, want)
		}
	}
}

func TestEventV2(t *testing.T) {
	s, f := newFunction(t, Options{Flavor: FlavorHTTP}, `{}`)
	w := sendContent(s, `{"a":1}`, "PUT /prod/fn/hello/a%20b?x=1&x=2", "X-One: 1", "X-One: 2",
		"Cookie: a=1; b=2", "Cookie: c=3", "Content-Type: application/json")
	want := fmt.Sprintf(`{"version":"2.0","routeKey":"ANY /fn/{name}/{proxy+}","rawPath":"/prod/fn/hello/a%%20b","rawQueryString":"x=1\u0026x=2","cookies":["a=1","b=2","c=3"],`+
		`"headers":{"content-type":"application/json","host":%[1]q,"x-amzn-trace-id":%[2]q,"x-forwarded-for":"192.0.2.1","x-forwarded-port":"443","x-forwarded-proto":"https","x-one":"1,2"},`+
		`"queryStringParameters":{"x":"1,2"},"pathParameters":{"name":"hello","proxy":"a b"},`+
		`"requestContext":{"accountId":"123456789012","apiId":"a1b2c3d4e5","domainName":%[1]q,"domainPrefix":"a1b2c3d4e5","http":{"method":"PUT","path":"/prod/fn/hello/a%%20b","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":""},`+
		`"requestId":%[3]q,"routeKey":"ANY /fn/{name}/{proxy+}","stage":"prod","time":"04/May/2026:12:30:00 +0000","timeEpoch":1777897800000},`+
		`"body":"{\"a\":1}","isBase64Encoded":false}`, testHost, f.trace, raw(w, "apigw-requestid"))
	if string(f.event) != want {
		t.Errorf("AG-LAM-10, AG-LAM-11:\n got %s\nwant %s", f.event, want)
	}
	send(s, "GET /prod/fn/hello")
	for _, absent := range []string{"cookies", "queryStringParameters", "body"} {
		if strings.Contains(string(f.event), `"`+absent+`"`) {
			t.Errorf("AG-LAM-10: got %s, want no %s", f.event, absent)
		}
	}
}

func TestEventContent(t *testing.T) {
	for _, tt := range []struct {
		name        string
		opts        Options
		contentType string
		content     string
		want        string
	}{
		{"REST text", Options{}, "image/png", "abc", `"body":"abc","isBase64Encoded":false`},
		{"REST bytes", Options{}, "text/plain", "\xff\x00", `"body":"/wA=","isBase64Encoded":true`},
		{"REST binary media type", Options{BinaryMediaTypes: []string{"image/*"}}, "image/png; q=1", "abc", `"body":"YWJj","isBase64Encoded":true`},
		{"HTTP image", Options{Flavor: FlavorHTTP}, "image/png", "abc", `"body":"YWJj","isBase64Encoded":true`},
		{"HTTP JSON", Options{Flavor: FlavorHTTP}, "application/problem+json", "{}", `"body":"{}","isBase64Encoded":false`},
		{"HTTP bytes", Options{Flavor: FlavorHTTP}, "text/plain", "\xff", `"body":"/w==","isBase64Encoded":true`},
	} {
		s, f := newFunction(t, tt.opts, `{"statusCode":200}`)
		sendContent(s, tt.content, "POST /prod/fn/hello", "Content-Type: "+tt.contentType)
		if !strings.Contains(string(f.event), tt.want) {
			t.Errorf("AG-LAM-05 %s: got %s, want %s in it", tt.name, f.event, tt.want)
		}
	}
}

func TestResultV1(t *testing.T) {
	const malformed = `{"message":"Internal server error"}`
	for _, tt := range []struct {
		name, payload string
		status        int
		content       string
		line, value   string
	}{
		{"AG-LAM-20 plain", `{"statusCode":201,"body":"hi","headers":{"X-A":"1"}}`, 201, "hi", "X-A", "1"},
		{"AG-LAM-20 status as text", `{"statusCode":"201"}`, 201, "", "Content-Type", "application/json"},
		{"AG-LAM-20 only headers", `{"headers":{"X-A":"1"}}`, 200, "", "X-A", "1"},
		{"AG-LAM-20 boolean value", `{"headers":{"X-A":true,"X-B":null}}`, 200, "", "X-A", "true"},
		{"AG-LAM-20 number value", `{"headers":{"X-A":1.50}}`, 200, "", "X-A", "1.50"},
		{"AG-LAM-20 null headers", `{"statusCode":200,"headers":null,"body":null}`, 200, "", "X-A", ""},
		{"AG-LAM-20 unknown member", `{"statusCode":200,"cookies":[]}`, 502, malformed, "x-amzn-ErrorType", "InternalServerErrorException"},
		{"AG-LAM-20 empty", `{}`, 502, malformed, "", ""},
		{"AG-LAM-20 string", `"hello"`, 502, malformed, "", ""},
		{"AG-LAM-20 null", `null`, 502, malformed, "", ""},
		{"AG-LAM-20 no list", `{"multiValueHeaders":{"X-A":"1"}}`, 502, malformed, "", ""},
		{"AG-LAM-20 no number", `{"statusCode":"OK"}`, 502, malformed, "", ""},
		{"status out of range", `{"statusCode":100}`, 502, malformed, "", ""},
		{"body no string", `{"statusCode":200,"body":{}}`, 502, malformed, "", ""},
		{"AG-INV-02 timeout text", `Task timed out after 3.00 seconds`, 502, malformed, "", ""},
		{"AG-INV-02 error object", `{"errorMessage":"m","errorType":"T"}`, 502, malformed, "", ""},
		{"line break in a value", `{"headers":{"X-A":"1\r\nX-B: 2"}}`, 502, malformed, "", ""},
		{"no field name", `{"headers":{"X A":"1"}}`, 502, malformed, "", ""},
		{"AG-LAM-21 merged", `{"headers":{"x-a":"3","X-B":"4"},"multiValueHeaders":{"X-A":["1","2"]}}`, 200, "", "X-A", "1|2|3"},
		{"AG-LAM-21 same pair once", `{"headers":{"x-a":"2"},"multiValueHeaders":{"X-A":["1","2"]}}`, 200, "", "X-A", "1|2"},
		{"AG-LAM-22 text stays", `{"body":"aGk=","isBase64Encoded":true}`, 200, "aGk=", "", ""},
		{"AG-RSP-10 remapped", `{"headers":{"Server":"s","Date":"d"}}`, 200, "", "x-amzn-Remapped-Server", "s"},
		{"AG-RSP-12 own date", `{"headers":{"Date":"d"}}`, 200, "", "Date", ""},
		{"AG-RSP-10 length", `{"headers":{"Content-Length":"99"},"body":"hi"}`, 200, "hi", "x-amzn-Remapped-Content-Length", "99"},
		{"AG-RSP-11 dropped", `{"headers":{"Transfer-Encoding":"chunked"}}`, 200, "", "Transfer-Encoding", ""},
		{"content type in small letters", `{"headers":{"content-type":"text/html"}}`, 200, "", "Content-Type", "text/html"},
		{"redirect", `{"statusCode":302,"headers":{"Location":"/x"}}`, 302, "", "Location", "/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newFunction(t, Options{}, tt.payload)
			w := send(s, "GET /prod/fn/hello")
			wantAnswer(t, tt.payload, w, tt.status, tt.content)
			if got := raw(w, tt.line); tt.line != "" && got != tt.value {
				t.Errorf("%s: got %s %q, want %q", tt.payload, tt.line, got, tt.value)
			}
		})
	}
}

func TestResultV2(t *testing.T) {
	const malformed = `{"message":"Internal Server Error"}`
	for _, tt := range []struct {
		name, payload string
		status        int
		content       string
		line, value   string
	}{
		{"AG-LAM-23 inferred object", `{"a":1}`, 200, `{"a":1}`, "Content-Type", "application/json"},
		{"AG-LAM-23 inferred string", `"hello"`, 200, `"hello"`, "", ""},
		{"AG-LAM-23 structured", `{"statusCode":201,"body":"hi","headers":{"content-type":"text/plain"},"cookies":["a=1","b=2"]}`, 201, "hi", "set-cookie", "a=1|b=2"},
		{"AG-LAM-22 always decoded", `{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`, 200, "hi", "", ""},
		{"bad base64", `{"statusCode":200,"body":"?","isBase64Encoded":true}`, 500, malformed, "", ""},
		{"AG-LAM-25 not JSON", `Task timed out after 3.00 seconds`, 500, malformed, "", ""},
		{"AG-INV-02 error object", `{"errorMessage":"m","errorType":"T"}`, 500, malformed, "", ""},
		{"bad status", `{"statusCode":true}`, 500, malformed, "", ""},
		{"bad cookies", `{"statusCode":200,"cookies":"a=1"}`, 500, malformed, "", ""},
		{"line break in a cookie", `{"statusCode":200,"cookies":["a=1\nX: y"]}`, 500, malformed, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newFunction(t, Options{Flavor: FlavorHTTP}, tt.payload)
			w := send(s, "GET /prod/fn/hello")
			wantAnswer(t, tt.payload, w, tt.status, tt.content)
			if got := raw(w, tt.line); tt.line != "" && got != tt.value {
				t.Errorf("%s: got %s %q, want %q", tt.payload, tt.line, got, tt.value)
			}
		})
	}
}

func TestBase64ResultREST(t *testing.T) {
	o := Options{BinaryMediaTypes: []string{"image/png"}}
	s, _ := newFunction(t, o, `{"body":"aGk=","isBase64Encoded":true}`)
	for accept, want := range map[string]string{"image/png, text/html": "hi", "text/html, image/png": "aGk="} {
		wantAnswer(t, "AG-LAM-22 Accept: "+accept, send(s, "GET /prod/fn/hello", "Accept: "+accept), 200, want)
	}
	s, _ = newFunction(t, o, `{"body":"aGk=","isBase64Encoded":true,"headers":{"Content-Type":"image/png"}}`)
	wantAnswer(t, "AG-LAM-22 Content-Type", send(s, "GET /prod/fn/hello"), 200, "hi")
}

func TestInvocationFailures(t *testing.T) {
	for _, tt := range []struct {
		name       string
		status     int
		errLine    string
		payload    string
		rest, http int
	}{
		{"AG-LAM-25 function error", 200, "Unhandled", `{"statusCode":200}`, 502, 500},
		{"AG-LAM-24 too large", 200, "", `{"statusCode":200,"body":"` + strings.Repeat("x", 6<<20) + `"}`, 502, 500},
		{"AG-INV-02 busy", 400, "", "", 500, 503},
		{"AG-INV-02 no start", 502, "", "", 502, 500},
		{"no such function", 404, "", "", 500, 500},
	} {
		for flavor, want := range map[Flavor]int{FlavorREST: tt.rest, FlavorHTTP: tt.http} {
			s, f := newFunction(t, Options{Flavor: flavor}, tt.payload)
			f.status, f.errLine = tt.status, tt.errLine
			if got := send(s, "GET /prod/fn/hello").Code; got != want {
				t.Errorf("%s, %v: got %d, want %d", tt.name, flavor, got, want)
			}
		}
	}
	if got := send(newTest(t, Options{LambdaEndpoint: "http://127.0.0.1:1"}), "GET /prod/fn/hello"); got.Code != 504 {
		t.Errorf("AG-ERR-20 nobody listens: got %d %s, want 504", got.Code, got.Body)
	}
	s, f := newFunction(t, Options{}, `{"statusCode":200}`)
	if got := send(s, "GET /prod/fn/a%2Fb").Code; got != 403 || f.path != "" {
		t.Errorf("function name a/b: got %d, invoked %q, want 403 and none", got, f.path)
	}
}

// AG-ERR-19: a function past the integration timeout.
func TestInvocationTimeout(t *testing.T) {
	s, f := newFunction(t, Options{IntegrationTimeout: MinTimeout}, `{"statusCode":200}`)
	f.delay = 4 * MinTimeout
	wantAnswer(t, "slow function", send(s, "GET /prod/fn/hello"), 504, `{"message":"Endpoint request timed out"}`)
}

// AG-INV-03: one invocation at a time.
func TestInvocationsInTurn(t *testing.T) {
	s, f := newFunction(t, Options{}, `{"statusCode":200}`)
	f.delay = time.Millisecond
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if got := send(s, "GET /prod/fn/hello").Code; got != 200 {
				t.Errorf("got %d, want 200", got)
			}
		})
	}
	calls.Wait()
	if got := f.most.Load(); got != 1 {
		t.Errorf("AG-INV-03: got %d invocations at a time, want 1", got)
	}
}

// The queue for the slot is bounded, and a caller that gives up leaves it.
func TestInvocationQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newInvoker("http://127.0.0.1:1", "")
		v.slot <- struct{}{} // taken
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, mostQueued)
		for range mostQueued {
			go func() {
				_, err := v.run(ctx, "f", "", nil)
				errs <- err
			}()
		}
		synctest.Wait()
		if got := v.queued.Load(); got != mostQueued {
			t.Errorf("got %d calls waiting, want %d", got, mostQueued)
		}
		if _, err := v.run(ctx, "f", "", nil); err != functionBusy {
			t.Errorf("call %d: got %v, want %v", mostQueued+1, err, functionBusy)
		}
		cancel()
		for range mostQueued {
			if err := <-errs; err != context.Canceled {
				t.Errorf("waiting call: got %v, want %v", err, context.Canceled)
			}
		}
		if got := v.queued.Load(); got != 0 {
			t.Errorf("queue afterwards: got %d, want 0", got)
		}
	})
}
