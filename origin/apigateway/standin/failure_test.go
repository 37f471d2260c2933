package standin

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Every answer of the gateway's own, as a REST and as an HTTP API gives it.
func TestFailureForms(t *testing.T) {
	rest, http := newTest(t, Options{}), newTest(t, Options{Flavor: FlavorHTTP})
	for _, tt := range []struct {
		id, name   string
		status     int
		errType    string
		content    string
		httpStatus int
		httpText   string
	}{
		{"AG-ERR-01", "MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`, 404, "Not Found"},
		{"AG-ERR-02", "FORBIDDEN", 403, "ForbiddenException", `{"message":"Forbidden"}`, 403, "Forbidden"},
		{"AG-ERR-03", "ACCESS_DENIED", 403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource"}`, 403, "Forbidden"},
		{"AG-ERR-04", "RESOURCE_POLICY_DENIED", 403, "AccessDeniedException", `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:a1b2c3d4e5/prod/GET/fail"}`, 403, "Forbidden"},
		{"AG-ERR-05", "UNRECOGNIZED_CLIENT", 403, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`, 403, "Forbidden"},
		{"AG-ERR-06", "INVALID_SIGNATURE", 403, "InvalidSignatureException", `{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`, 403, "Forbidden"},
		{"AG-ERR-07", "EXPIRED_TOKEN", 403, "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`, 403, "Forbidden"},
		{"AG-ERR-08", "UNAUTHORIZED", 401, "UnauthorizedException", `{"message":"Unauthorized"}`, 401, "Unauthorized"},
		{"AG-ERR-09", "THROTTLED", 429, "TooManyRequestsException", `{"message":"Too Many Requests"}`, 429, "Too Many Requests"},
		{"AG-ERR-10", "QUOTA_EXCEEDED", 429, "LimitExceededException", `{"message":"Limit Exceeded"}`, 429, "Too Many Requests"},
		{"AG-ERR-11", "BAD_REQUEST_PARAMETERS", 400, "BadRequestException", `{"message":"Missing required request parameters: [id]"}`, 400, "Bad Request"},
		{"AG-ERR-12", "BAD_REQUEST_BODY", 400, "BadRequestException", `{"message":"Invalid request body"}`, 400, "Bad Request"},
		{"AG-ERR-13", "REQUEST_TOO_LARGE", 413, "RequestTooLargeException", `{"message":"HTTP content length exceeded 10485760 bytes."}`, 413, "Request Entity Too Large"},
		{"AG-ERR-14", "URI_TOO_LONG", 414, "", `{"message":"Request URI too long"}`, 414, "Request URI too long"},
		{"AG-ERR-15", "UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", `{"message":"Unsupported Media Type"}`, 415, "Unsupported Media Type"},
		{"AG-ERR-16", "API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", `{"message":"Internal server error"}`, 500, "Internal Server Error"},
		{"AG-ERR-17", "AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", `{"message":null}`, 500, "Internal Server Error"},
		{"AG-ERR-18", "MALFORMED_RESPONSE", 502, "InternalServerErrorException", `{"message":"Internal server error"}`, 500, "Internal Server Error"},
		{"AG-ERR-19", "INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", `{"message":"Endpoint request timed out"}`, 503, "Service Unavailable"},
		{"AG-ERR-20", "INTEGRATION_FAILURE", 504, "InternalServerErrorException", `{"message":"Network error communicating with endpoint"}`, 503, "Service Unavailable"},
		{"AG-ERR-21", "SERVICE_UNAVAILABLE", 503, "", `{"message":"Service Unavailable"}`, 503, "Service Unavailable"},
		{"AG-ERR-16 busy", "FUNCTION_BUSY", 500, "InternalServerErrorException", `{"message":"Internal server error"}`, 503, "Service Unavailable"},
	} {
		t.Run(tt.id, func(t *testing.T) {
			w := send(rest, "GET /prod/fail?response="+tt.name)
			wantAnswer(t, "REST "+tt.name, w, tt.status, tt.content)
			if got := raw(w, "x-amzn-ErrorType"); got != tt.errType {
				t.Errorf("REST %s: got error type %q, want %q", tt.name, got, tt.errType)
			}
			w = send(http, "GET /prod/fail?response="+tt.name)
			wantAnswer(t, "AG-ERR-22 HTTP "+tt.name, w, tt.httpStatus, `{"message":"`+tt.httpText+`"}`)
			if got := raw(w, "x-amzn-ErrorType"); got != "" {
				t.Errorf("AG-ERR-22 HTTP %s: got error type %q, want none", tt.name, got)
			}
		})
	}
}

// AG-THR-02: an exact bucket. AG-ERR-09: what is past it.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTest(t, Options{Throttle: Throttle{Rate: 2, Burst: 3}, Now: time.Now})
		statuses := func(n int) (got []int) {
			for range n {
				got = append(got, send(s, "GET /prod/version").Code)
			}
			return got
		}
		for _, tt := range []struct {
			after time.Duration
			want  []int
		}{
			{0, []int{200, 200, 200, 429, 429}},
			{499 * time.Millisecond, []int{429}},
			{time.Millisecond, []int{200, 429}},
			{time.Second, []int{200, 200, 429}},
			{time.Hour, []int{200, 200, 200, 429}},
		} {
			time.Sleep(tt.after)
			if got := statuses(len(tt.want)); !equal(got, tt.want) {
				t.Errorf("after %v: got %v, want %v", tt.after, got, tt.want)
			}
		}
		if got := send(s, "GET /prod/nothing").Code; got != 403 {
			t.Errorf("unknown path with an empty bucket: got %d, want 403: it is refused before the throttle", got)
		}
		if w := send(s, "GET /prod/version"); raw(w, "Retry-After") != "" {
			t.Errorf("AG-KEY-04: got Retry-After %q, want none", raw(w, "Retry-After"))
		}
	})
}

func equal(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestIntegrationTimeout(t *testing.T) {
	for _, tt := range []struct {
		name    string
		opts    Options
		in      string
		status  int
		content string
		takes   time.Duration
	}{
		{"in time", Options{}, "GET /prod/slow?ms=28999", 200, `{"waited_ms":28999}`, 28999 * time.Millisecond},
		{"AG-ERR-19", Options{}, "GET /prod/slow?ms=30000", 504, `{"message":"Endpoint request timed out"}`, 29 * time.Second},
		{"AG-LIM-01 raised", Options{IntegrationTimeout: time.Minute}, "GET /prod/slow?ms=30000", 200, `{"waited_ms":30000}`, 30 * time.Second},
		{"AG-ERR-22", Options{Flavor: FlavorHTTP}, "GET /prod/slow?ms=60000", 503, `{"message":"Service Unavailable"}`, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTest(t, tt.opts)
				start := time.Now()
				wantAnswer(t, tt.in, send(s, tt.in), tt.status, tt.content)
				if got := time.Since(start); got != tt.takes {
					t.Errorf("%s: took %v, want %v", tt.in, got, tt.takes)
				}
			})
		})
	}
}

// A request is in the log while its answer is being made.
func TestLogDuringCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTest(t, Options{})
		go send(s, "GET /prod/slow?ms=100")
		synctest.Wait()
		if got := s.Requests(); len(got) != 1 || got[0].Status != 0 {
			t.Errorf("during the call: got %+v, want one with status 0", got)
		}
		time.Sleep(time.Second)
		if got := s.Requests(); got[0].Status != 200 {
			t.Errorf("after the call: got status %d, want 200", got[0].Status)
		}
	})
}

func TestFaults(t *testing.T) {
	server := serve(t, newTest(t, Options{Hosts: HostLenient}))
	client := server.Client()
	if resp, err := client.Post(server.URL+"/prod/orders?fault=drop", "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("AG-EMU-05 drop: got %s, want an error", resp.Status)
	}
	for _, target := range []string{"/prod/products?fault=short", "/prod/large?bytes=9000&fault=short", "/prod/stream?fault=short"} {
		resp, err := client.Get(server.URL + target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		content, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || err == nil || len(content) == 0 {
			t.Errorf("AG-EMU-05 %s: got %d, %d bytes, error %v, want 200, some bytes and a cut", target, resp.StatusCode, len(content), err)
		}
		if n := resp.ContentLength; n >= 0 && n != int64(len(content))+shortBy {
			t.Errorf("AG-EMU-05 %s: got Content-Length %d for %d bytes", target, n, len(content))
		}
	}
	wantAnswer(t, "unknown fault", send(newTest(t, Options{}), "GET /prod/version?fault=melt"), 400, `{"message":"fault: got \"melt\", want drop or short"}`)
}

func TestFlaky(t *testing.T) {
	s := newTest(t, Options{})
	for i, want := range []int{200, 503, 200, 503} {
		if got := send(s, "GET /prod/flaky").Code; got != want {
			t.Errorf("call %d: got %d, want %d", i+1, got, want)
		}
	}
	for in, want := range map[string]int{"1": 200, "2": 503, "7": 200, "-1": 400} {
		if got := send(s, "GET /prod/flaky?seq="+in).Code; got != want {
			t.Errorf("seq=%s: got %d, want %d", in, got, want)
		}
	}
}

func TestStale(t *testing.T) {
	s := newTest(t, Options{})
	for _, tt := range []struct {
		in     string
		status int
	}{
		{"GET /prod/stale", 200}, {"PUT /prod/stale?failing=true", 200}, {"GET /prod/stale", 503},
		{"PUT /prod/stale?failing=perhaps", 400}, {"GET /prod/stale", 503},
		{"PUT /prod/stale?failing=false", 200}, {"GET /prod/stale", 200},
	} {
		if got := send(s, tt.in).Code; got != tt.status {
			t.Errorf("%s: got %d, want %d", tt.in, got, tt.status)
		}
	}
	const want = "max-age=5, stale-while-revalidate=30, stale-if-error=300"
	if got := raw(send(s, "GET /prod/stale"), "Cache-Control"); got != want {
		t.Errorf("Cache-Control: got %q, want %q", got, want)
	}
	s.FailStale(true)
	if w := send(s, "GET /prod/stale"); w.Code != 503 || raw(w, "Cache-Control") != "" {
		t.Errorf("FailStale: got %d, Cache-Control %q, want 503 without", w.Code, raw(w, "Cache-Control"))
	}
}

func TestFail(t *testing.T) {
	s := newTest(t, Options{})
	for in, want := range map[string]int{
		"": 500, "?status=404": 404, "?status=599": 599, "?status=200": 400, "?status=x": 400,
		"?status=500&status=503": 503, "?response=NOTHING": 400,
	} {
		if got := send(s, "GET /prod/fail"+in).Code; got != want {
			t.Errorf("/fail%s: got %d, want %d", in, got, want)
		}
	}
}

func TestStream(t *testing.T) {
	server := serve(t, newTest(t, Options{Hosts: HostLenient}))
	resp, err := http.Get(server.URL + "/prod/stream?chunks=3")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil || string(content) != "chunk 1 of 3\nchunk 2 of 3\nchunk 3 of 3\n" || resp.ContentLength != -1 {
		t.Errorf("got %q, length %d, error %v, want 3 chunks without a length", content, resp.ContentLength, err)
	}
}

// The integration timeout ends with the first byte (AG-LIM-13).
func TestStreamOutlivesTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTest(t, Options{IntegrationTimeout: time.Second})
		w := send(s, "GET /prod/stream?chunks=5&ms=1000")
		if got := strings.Count(w.Body.String(), "\n"); w.Code != 200 || got != 5 {
			t.Errorf("got %d with %d chunks, want 200 with 5", w.Code, got)
		}
	})
}

func TestLarge(t *testing.T) {
	s := newTest(t, Options{})
	for in, want := range map[string]int{"": 65536, "?bytes=0": 0, "?bytes=1": 1, "?bytes=1000001": 1000001, "?bytes=10485760": 10485760} {
		w := send(s, "GET /prod/large"+in)
		if w.Code != 200 || w.Body.Len() != want || w.Result().ContentLength != int64(want) {
			t.Errorf("/large%s: got %d, %d bytes, length %d, want %d", in, w.Code, w.Body.Len(), w.Result().ContentLength, want)
		}
	}
	if got := send(s, "GET /prod/large?bytes=10485761").Code; got != 400 {
		t.Errorf("AG-LIM-02: got %d, want 400", got)
	}
	if len(pattern) != 64 {
		t.Errorf("got a pattern of %d bytes, want 64", len(pattern))
	}
}
