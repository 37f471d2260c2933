package standin

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAddressing(t *testing.T) {
	const forbiddenBody = `{"message":"Forbidden"}`
	const missingBody = `{"message":"Missing Authentication Token"}`
	const notFoundBody = `{"message":"Not Found"}`
	for _, tt := range []struct {
		name    string
		opts    Options
		in      string
		lines   []string
		status  int
		content string // "": not compared
		errType string
	}{
		{name: "AG-HOST-01 own host", in: "GET /prod/products", status: 200},
		{name: "AG-HOST-01 host with port and capitals", in: "GET /prod/products", lines: []string{"Host: A1B2C3D4E5.execute-api.us-east-1.amazonaws.com:443"}, status: 200},
		{name: "AG-ERR-02 viewer host forwarded", in: "GET /prod/products", lines: []string{"Host: shop.example.com"}, status: 403, content: forbiddenBody, errType: "ForbiddenException"},
		{name: "AG-EMU-01 localhost, strict", in: "GET /prod/products", lines: []string{"Host: localhost:9000"}, status: 403, content: forbiddenBody, errType: "ForbiddenException"},
		{name: "AG-EMU-01 localhost, lenient", opts: Options{Hosts: HostLenient}, in: "GET /prod/products", lines: []string{"Host: localhost:9000"}, status: 200},
		{name: "AG-EMU-01 address, lenient", opts: Options{Hosts: HostLenient}, in: "GET /prod/products", lines: []string{"Host: [::1]:9000"}, status: 200},
		{name: "AG-EMU-01 service name, lenient", opts: Options{Hosts: HostLenient}, in: "GET /prod/products", lines: []string{"Host: standin"}, status: 200},
		{name: "AG-EMU-01 public name, lenient", opts: Options{Hosts: HostLenient}, in: "GET /prod/products", lines: []string{"Host: shop.example.com"}, status: 403, content: forbiddenBody, errType: "ForbiddenException"},
		{name: "CF-TRAP-02 no stage", in: "GET /products", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-HOST-01 stage only", in: "GET /prod", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-HOST-01 stage is a whole segment", in: "GET /production/products", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-ERR-01 unknown path", in: "GET /prod/nothing", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-ERR-25 wrong method", in: "DELETE /prod/products", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-INV-03 no Lambda endpoint", in: "GET /prod/fn/hello", status: 403, content: missingBody, errType: "MissingAuthenticationTokenException"},
		{name: "AG-HOST-03 other stage", opts: Options{Stage: "v1"}, in: "GET /v1/products", status: 200},
		{name: "AG-ERR-22 HTTP unknown path", opts: Options{Flavor: FlavorHTTP}, in: "GET /prod/nothing", status: 404, content: notFoundBody},
		{name: "AG-ERR-22 HTTP wrong method", opts: Options{Flavor: FlavorHTTP}, in: "POST /prod/products", status: 404, content: notFoundBody},
		{name: "AG-HOST-02 HTTP no stage", opts: Options{Flavor: FlavorHTTP}, in: "GET /products", status: 404, content: notFoundBody},
		{name: "AG-HOST-02 HTTP $default", opts: Options{Flavor: FlavorHTTP, Stage: StageDefault}, in: "GET /products", status: 200},
		{name: "AG-ERR-22 HTTP host", opts: Options{Flavor: FlavorHTTP}, in: "GET /prod/products", lines: []string{"Host: shop.example.com"}, status: 403, content: forbiddenBody},
		{name: "AG-HDR-02 method override", in: "GET /prod/cart/7", lines: []string{"X-HTTP-Method-Override: DELETE"}, status: 204},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := send(newTest(t, tt.opts), tt.in, tt.lines...)
			if w.Code != tt.status || tt.content != "" && w.Body.String() != tt.content {
				t.Errorf("%s: got %d %s, want %d %s", tt.in, w.Code, w.Body, tt.status, tt.content)
			}
			if got := raw(w, "x-amzn-ErrorType"); got != tt.errType {
				t.Errorf("%s: got error type %q, want %q", tt.in, got, tt.errType)
			}
		})
	}
}

// The asterisk form has no path to route on.
func TestAsteriskForm(t *testing.T) {
	for _, o := range []Options{{}, {Flavor: FlavorHTTP, Stage: StageDefault}} {
		s := newTest(t, o)
		if w := send(s, "OPTIONS *"); w.Code != 403 && w.Code != 404 {
			t.Errorf("OPTIONS * at %v: got %d, want 403 or 404", o.Flavor, w.Code)
		}
	}
}

func TestResponseLines(t *testing.T) {
	rest := send(newTest(t, Options{}), "GET /prod/products")
	for name, pattern := range map[string]string{
		"x-amzn-RequestId": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, // AG-RSP-01
		"x-amz-apigw-id":   `^[A-Za-z0-9_-]{15}=$`,                                                  // AG-RSP-02
		"X-Amzn-Trace-Id":  `^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$`,                                     // AG-RSP-04
		"Connection":       `^keep-alive$`,                                                          // AG-RSP-08
		"Content-Length":   `^[1-9][0-9]*$`,                                                         // AG-RSP-08
		"apigw-requestid":  `^$`,
	} {
		if got := raw(rest, name); !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("REST %s: got %q, want %s", name, got, pattern)
		}
	}
	http := send(newTest(t, Options{Flavor: FlavorHTTP}), "GET /prod/products")
	if got := raw(http, "apigw-requestid"); got != raw(rest, "x-amz-apigw-id") {
		t.Errorf("AG-RSP-03: got %q, want %q of the same seed", got, raw(rest, "x-amz-apigw-id"))
	}
	for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"} {
		if got := raw(http, name); got != "" {
			t.Errorf("AG-RSP-03: HTTP API has %s: %q, want none", name, got)
		}
	}
}

func TestTraceHeader(t *testing.T) {
	s := newTest(t, Options{})
	const sent = "Root=1-6551c0de-0123456789abcdef01234567"
	for _, tt := range []struct{ name, in, line, want string }{
		{"AG-HDR-03 kept", "GET /prod/version", "X-Amzn-Trace-Id: " + sent + ";Parent=53995c3f42cd8ad8;Sampled=1", sent},
		{"AG-RSP-04 mock has none", "GET /prod/echo", "X-Amzn-Trace-Id: " + sent, ""},
		{"AG-RSP-04 gateway error has none", "GET /prod/nothing", "X-Amzn-Trace-Id: " + sent, ""},
	} {
		if got := raw(send(s, tt.in, tt.line), "X-Amzn-Trace-Id"); got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

// AG-EMU-13: the same seed gives the same ids in the same order.
func TestSeededIDs(t *testing.T) {
	a, b, other := idSource{seed: 7}, idSource{seed: 7}, idSource{seed: 8}
	seen := map[requestIDs]bool{}
	for range 100 {
		got, want := a.next(testTime), b.next(testTime)
		if got != want {
			t.Fatalf("seed 7: got %v, want %v", got, want)
		}
		if o := other.next(testTime); o == got {
			t.Errorf("seed 8: got the ids of seed 7: %v", o)
		}
		seen[got] = true
	}
	if len(seen) != 100 {
		t.Errorf("got %d different ids of 100", len(seen))
	}
}

// The golden answer of the reference's section 12.3, on the wire.
func TestGoldenAnswer(t *testing.T) {
	server := serve(t, newTest(t, Options{Hosts: HostLenient}))
	conn := dial(t, server.Listener.Addr().String())
	fmt.Fprintf(conn, "GET /prod/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"HTTP/1.1 403 Forbidden\r\n", "\r\nContent-Type: application/json\r\n", "\r\nContent-Length: 42\r\n",
		"\r\nx-amzn-RequestId: ", "\r\nx-amzn-ErrorType: MissingAuthenticationTokenException\r\n",
		"\r\nx-amz-apigw-id: ", "\r\nDate: ", "\r\n\r\n{\"message\":\"Missing Authentication Token\"}",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

func TestKeepAliveOnTheWire(t *testing.T) {
	server := serve(t, newTest(t, Options{Hosts: HostLenient}))
	resp, err := http.Get(server.URL + "/prod/version")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Connection"); got != "keep-alive" {
		t.Errorf("AG-RSP-08: got Connection %q, want keep-alive", got)
	}
}

func TestContentLimit(t *testing.T) {
	s := newTest(t, Options{MaxBody: 20})
	w := sendContent(s, `{"id":"fits-in-20b"}`, "POST /prod/orders")
	wantAnswer(t, "20 bytes", w, 201, `{"id":"fits-in-20b"}`)
	w = sendContent(s, `{"id":"more-than-20"}`, "POST /prod/orders")
	wantAnswer(t, "AG-ERR-13 with Content-Length", w, 413, `{"message":"HTTP content length exceeded 10485760 bytes."}`)
	w = send(newTest(t, Options{Flavor: FlavorHTTP, MaxBody: 1}), "POST /prod/orders")
	wantAnswer(t, "AG-ERR-12 no content", w, 400, `{"message":"Bad Request"}`)
	w = sendContent(newTest(t, Options{Flavor: FlavorHTTP, MaxBody: 1}), "{}", "POST /prod/orders")
	wantAnswer(t, "AG-ERR-22", w, 413, `{"message":"Request Entity Too Large"}`)
}

// AG-LIM-02: chunked content is counted as it comes.
func TestContentLimitChunked(t *testing.T) {
	server := serve(t, newTest(t, Options{Hosts: HostLenient}))
	for size, want := range map[int]int{DefaultMaxBody: 400, DefaultMaxBody + 1: 413} {
		content := io.LimitReader(strings.NewReader(strings.Repeat("x", size)), int64(size))
		resp, err := http.Post(server.URL+"/prod/orders", "application/json", content)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes: got %d, want %d", size, resp.StatusCode, want)
		}
	}
}

func TestSecret(t *testing.T) {
	s := newTest(t, Options{Secret: Secret{Name: "X-Origin-Verify", Values: []string{"current", "previous"}}})
	for _, tt := range []struct {
		name   string
		lines  []string
		status int
	}{
		{"AG-SEC-02 current", []string{"X-Origin-Verify: current"}, 200},
		{"AG-SEC-02 previous", []string{"X-Origin-Verify: previous"}, 200},
		{"AG-SEC-02 wrong", []string{"X-Origin-Verify: curren"}, 403},
		{"AG-SEC-02 none", nil, 403},
		{"AG-SEC-02 a viewer's line first", []string{"X-Origin-Verify: wrong", "X-Origin-Verify: current"}, 403},
		{"AG-SEC-02 a viewer's line last", []string{"X-Origin-Verify: current", "X-Origin-Verify: wrong"}, 403},
	} {
		w := send(s, "GET /prod/products", tt.lines...)
		if w.Code != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, w.Code, tt.status)
		}
		if tt.status == 403 && w.Body.String() != `{"message":"Forbidden"}` {
			t.Errorf("%s: got %s", tt.name, w.Body)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, tt := range []struct {
		in   Options
		want string
	}{
		{Options{APIID: "short"}, "api id"},
		{Options{Stage: "a/b"}, "stage"},
		{Options{Stage: StageDefault}, "stage"},
		{Options{Flavor: 9}, "flavor"},
		{Options{Hosts: 9}, "host check"},
		{Options{IntegrationTimeout: time.Millisecond}, "integration timeout"},
		{Options{Flavor: FlavorHTTP, IntegrationTimeout: 31 * time.Second}, "integration timeout"},
		{Options{MaxBody: -1}, "max body"},
		{Options{Throttle: Throttle{Rate: 1}}, "burst"},
		{Options{Throttle: Throttle{Burst: 1}}, "rate"},
		{Options{Secret: Secret{Name: "X"}}, "no values"},
		{Options{Secret: Secret{Values: []string{"v"}}}, "name is empty"},
		{Options{Secret: Secret{Name: "X", Values: []string{""}}}, "a value is empty"},
		{Options{LambdaEndpoint: "fn:8080"}, "lambda endpoint"},
		{Options{LambdaFunction: "a/b"}, "lambda function"},
	} {
		if _, err := New(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%+v): got %v, want an error about %q", tt.in, err, tt.want)
		}
	}
}

func TestRequestLog(t *testing.T) {
	s := newTest(t, Options{})
	send(s, "GET /prod/products/p01?x=%20y", "X-Custom: one", "X-Custom: two")
	sendContent(s, `{"id":"o1"}`, "POST /prod/orders")
	send(s, "GET /prod/nothing")
	seen := s.Requests()
	if len(seen) != 3 {
		t.Fatalf("got %d requests, want 3", len(seen))
	}
	first := seen[0]
	if first.Path != "/prod/products/p01" || first.Query != "x=%20y" || first.Host != testHost ||
		first.Route != "GET /products/{id}" || first.Status != 200 || first.Lines.Joined("x-custom") != "one, two" {
		t.Errorf("AG-EMU-13: got %+v", first)
	}
	if seen[1].Content != 11 || seen[1].Method != "POST" || seen[2].Route != "" || seen[2].Status != 403 {
		t.Errorf("AG-EMU-13: got %+v, %+v", seen[1], seen[2])
	}
	for range logSize {
		send(s, "HEAD /prod/version")
	}
	if got := s.Requests(); len(got) != logSize || got[0].Route != "GET /version" {
		t.Errorf("full log: got %d requests, first %q, want %d, first GET /version", len(got), got[0].Route, logSize)
	}
	want := map[string]uint64{"GET /products/{id}": 1, "POST /orders": 1, "": 1, "GET /version": logSize}
	if got := s.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Counts: got %v, want %v", got, want)
	}
}

// The table in the package's documentation is the table of routes.
func TestDocumentedResources(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([A-Z]+) +(/\S+)`).FindAllStringSubmatch(string(doc), -1) {
		documented[m[1]+" "+m[2]] = true
	}
	all := append(append([]route(nil), demoRoutes...), lambdaRoutes...)
	for _, r := range all {
		if !documented[r.String()] {
			t.Errorf("doc.go has no line for %s", r.String())
		}
		delete(documented, r.String())
	}
	for extra := range documented {
		t.Errorf("doc.go has %s, which is no route", extra)
	}
}

func TestEnumNames(t *testing.T) {
	checkNames[Flavor](t, 3)
	checkNames[Shape](t, 3)
	checkNames[QuotaPeriod](t, 3)
	checkNames[deployment](t, 2)
	checkNames[HostCheck](t, 2)
	checkNames[access](t, 2)
	checkNames[integrationKind](t, 2)
	checkNames[fault](t, int(faultCount))
	checkNames[failure](t, int(failureCount))
}

// checkNames wants a name of its own for each of the first count values, and
// the number of the first value past them.
func checkNames[E interface {
	~uint8
	fmt.Stringer
}](t *testing.T, count int) {
	t.Helper()
	seen := map[string]bool{}
	for v := range count {
		name := E(v).String()
		if name == "" || strings.Contains(name, "(") || seen[name] {
			t.Errorf("%T %d: got name %q, want one of its own", E(v), v, name)
		}
		seen[name] = true
	}
	if got := E(count).String(); !strings.Contains(got, "("+strconv.Itoa(count)+")") {
		t.Errorf("%T %d: got name %q, want the number", E(count), count, got)
	}
}

func FuzzMatchResource(f *testing.F) {
	for _, path := range []string{"/products", "/products/", "/products/p%2F1", "/echo//a/", "/fn/x/%zz", "/", "//"} {
		f.Add(path)
	}
	routes := append(append([]route(nil), demoRoutes...), lambdaRoutes...)
	f.Fuzz(func(t *testing.T, path string) {
		if !strings.HasPrefix(path, "/") {
			return
		}
		for i := range routes {
			params, ok := matchResource(routes[i].resource, path)
			if ok != slowMatch(routes[i].resource, path) {
				t.Errorf("matchResource(%q, %q) = got %v, want %v", routes[i].resource, path, ok, !ok)
			}
			for name, value := range params {
				if ok && value == "" {
					t.Errorf("matchResource(%q, %q): parameter %s is empty", routes[i].resource, path, name)
				}
			}
		}
	})
}

// slowMatch says the same with a regular expression.
func slowMatch(resource, path string) bool {
	const encoded = `(?:[^/%]|%[0-9A-Fa-f]{2})`
	pattern := regexp.QuoteMeta(resource)
	pattern = strings.ReplaceAll(pattern, `\{proxy\+\}`, `/*`+encoded+`(?:[^%]|%[0-9A-Fa-f]{2})*`)
	pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, encoded+`+`)
	return regexp.MustCompile(`(?s)^` + pattern + `$`).MatchString(path)
}
