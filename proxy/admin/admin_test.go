package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A call is one request and what is expected of its answer.
type call struct {
	name    string
	method  string
	target  string
	host    string // default 127.0.0.1:9090
	headers map[string]string
	body    string
	code    int
	want    string // a part of the body
}

// do sends the call.
func (c call) do(h http.Handler) *httptest.ResponseRecorder {
	r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
	r.Host = "127.0.0.1:9090"
	if c.host != "" {
		r.Host = c.host
	}
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func run(t *testing.T, h http.Handler, calls []call) {
	t.Helper()
	for _, c := range calls {
		w := c.do(h)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %s %s: got %d %q, want %d with %q", c.name, c.method, c.target, w.Code, w.Body, c.code, c.want)
		}
		if w.Code >= 400 && c.code != http.StatusServiceUnavailable {
			var e ErrorBody
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Error.Kind == "" || e.Error.Message == "" {
				t.Errorf("%s: got %q, want an error with kind and message", c.name, w.Body)
			}
		}
	}
}

func TestHealth(t *testing.T) {
	draining := errors.New("draining")
	h := New(Options{Address: "127.0.0.1:9090", Ready: func() error { return draining }, Started: func() error { return nil }})
	asJSON := map[string]string{"Accept": "application/json"}
	run(t, h, []call{
		{name: "no check", method: "GET", target: "/healthz", code: 200, want: "ok\n"},
		{name: "no check, JSON", method: "GET", target: "/healthz", headers: asJSON, code: 200, want: `{"status":"ok"}`},
		{name: "failing", method: "GET", target: "/readyz", code: 503, want: "unavailable: draining\n"},
		{name: "failing, JSON", method: "GET", target: "/readyz", headers: asJSON, code: 503, want: `{"status":"unavailable","detail":"draining"}`},
		{name: "started", method: "GET", target: "/startupz", headers: map[string]string{"Accept": "*/*"}, code: 200, want: "ok\n"},
		{name: "wrong method", method: "POST", target: "/healthz", code: 405, want: "method_not_allowed"},
		{name: "unknown path", method: "GET", target: "/v2/x", code: 404, want: "not_found"},
	})
}

func TestOptionalRoutes(t *testing.T) {
	none := New(Options{})
	all := New(Options{
		Info:    func() Info { return Info{Version: "1.2.3", GoVersion: "go1.26"} },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "metric 1\n") }),
	})
	run(t, all, []call{
		{name: "metrics", method: "GET", target: "/metrics", code: 200, want: "metric 1"},
		{name: "info", method: "GET", target: "/v1/info", code: 200, want: `"version":"1.2.3"`},
		{name: "profiles", method: "GET", target: "/debug/pprof/", code: 200, want: "goroutine"},
		{name: "a profile", method: "GET", target: "/debug/pprof/goroutine?debug=1", code: 200, want: "goroutine profile"},
		{name: "command line", method: "GET", target: "/debug/pprof/cmdline", code: 200},
	})
	for _, target := range []string{"/metrics", "/v1/info", "/v1/invalidations"} {
		run(t, none, []call{{name: "left out", method: "GET", target: target, code: 404, want: "not_found"}})
	}
}

// TestHost proves the guard against DNS rebinding.
func TestHost(t *testing.T) {
	for _, tt := range []struct {
		address string
		hosts   []string
		host    string
		want    int
	}{
		{"127.0.0.1:9090", nil, "127.0.0.1:9090", 200},
		{"127.0.0.1:9090", nil, "localhost:9090", 200},
		{"127.0.0.1:9090", nil, "LocalHost.", 200},
		{"127.0.0.1:9090", nil, "[::1]:9090", 200},
		{"127.0.0.1:9090", nil, "[::ffff:127.0.0.1]:9090", 200},
		{"127.0.0.1:9090", nil, "evil.example:9090", 421},
		{"127.0.0.1:9090", nil, "127.0.0.1.evil.example", 421},
		{"127.0.0.1:9090", nil, "localhost.evil.example", 421},
		{"127.0.0.1:9090", nil, "192.0.2.1:9090", 421},
		{"127.0.0.1:9090", []string{"Edge"}, "edge:9090", 200},
		{"192.0.2.1:9090", nil, "192.0.2.1:9090", 200},
		{"192.0.2.1:9090", nil, "192.0.2.2:9090", 421},
		{"admin.example:9090", nil, "Admin.Example:9090", 200},
		{":9090", nil, "192.0.2.1:9090", 200},
		{":9090", nil, "evil.example", 421},
		{"0.0.0.0:9090", nil, "192.0.2.1", 200},
		{"", nil, "192.0.2.1", 421},
		{"", nil, "127.0.0.1", 200},
	} {
		h := New(Options{Address: tt.address, Hosts: tt.hosts})
		w := call{method: "GET", target: "/healthz", host: tt.host}.do(h)
		if w.Code != tt.want {
			t.Errorf("Host %q at %q with %q: got %d %q, want %d", tt.host, tt.address, tt.hosts, w.Code, w.Body, tt.want)
		}
	}
	r := httptest.NewRequest("GET", "/healthz", nil)
	r.Host = ""
	w := httptest.NewRecorder()
	if New(Options{Address: ":9090"}).ServeHTTP(w, r); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("no Host: got %d, want 421", w.Code)
	}
}

var created = Invalidation{
	ID: "I1", Distribution: "shop", Status: "Completed", CreateTime: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),
	Paths: []string{"/a", "/b*"}, CallerReference: "r1",
}

func TestCreateInvalidation(t *testing.T) {
	var got InvalidationRequest
	h := New(Options{Invalidate: func(_ context.Context, r InvalidationRequest) (Invalidation, error) {
		got = r
		return created, nil
	}})
	w := call{method: "POST", target: "/v1/invalidations", headers: map[string]string{"Content-Type": "application/json; charset=utf-8"},
		body: `{"distribution":"shop","paths":["/a","/b*"],"caller_reference":"r1"}`}.do(h)
	if w.Code != http.StatusCreated {
		t.Fatalf("status: got %d %q, want 201", w.Code, w.Body)
	}
	want := `{"id":"I1","distribution":"shop","status":"Completed","create_time":"2026-04-01T12:00:00Z","paths":["/a","/b*"],"caller_reference":"r1"}` + "\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(InvalidationRequest{Distribution: "shop", Paths: []string{"/a", "/b*"}, CallerReference: "r1"}, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestRefusedInvalidations(t *testing.T) {
	calls := 0
	h := New(Options{Invalidate: func(context.Context, InvalidationRequest) (Invalidation, error) {
		calls++
		return created, nil
	}})
	asJSON := func(more ...string) map[string]string {
		m := map[string]string{"Content-Type": "application/json"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	const good = `{"distribution":"shop","paths":["/a"]}`
	tooMany := `{"paths":[` + strings.Repeat(`"/a",`, MaxPaths) + `"/a"]}`
	post := func(name string, headers map[string]string, body string, code int, want string) call {
		return call{name: name, method: "POST", target: "/v1/invalidations", headers: headers, body: body, code: code, want: want}
	}
	run(t, h, []call{
		post("form", map[string]string{"Content-Type": "text/plain"}, good, 415, "unsupported_media_type"),
		post("no type", nil, good, 415, "unsupported_media_type"),
		post("cross-site by fetch metadata", asJSON("Sec-Fetch-Site", "cross-site"), good, 403, "cross_site"),
		post("cross-site by Origin", asJSON("Origin", "http://evil.example"), good, 403, "cross_site"),
		post("another local port", asJSON("Origin", "http://127.0.0.1:3000"), good, 403, "cross_site"),
		post("opaque Origin", asJSON("Origin", "null"), good, 403, "cross_site"),
		post("not JSON", asJSON(), "{", 400, "invalid_request"),
		post("empty", asJSON(), "", 400, "invalid_request"),
		post("unknown key", asJSON(), `{"distribution":"shop","path":["/a"]}`, 400, `unknown field`),
		post("wrong type", asJSON(), `{"paths":"/a"}`, 400, "invalid_request"),
		post("two documents", asJSON(), good+good, 400, "follows"),
		post("no paths", asJSON(), `{"distribution":"shop"}`, 400, "paths is empty"),
		post("too many paths", asJSON(), tooMany, 400, "3001 paths"),
		post("too large", asJSON(), `{"paths":["`+strings.Repeat("a", MaxBody)+`"]}`, 413, "too_large"),
	})
	if calls != 0 {
		t.Errorf("calls: got %d, want 0", calls)
	}
	run(t, h, []call{
		post("no browser", asJSON(), good, 201, "I1"),
		post("same origin", asJSON("Origin", "http://127.0.0.1:9090", "Sec-Fetch-Site", "same-origin"), good, 201, "I1"),
	})
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		err  error
		code int
		kind string
	}{
		{ErrInvalid, 400, "invalid_request"},
		{ErrRefused, 403, "refused"},
		{ErrNotFound, 404, "not_found"},
		{ErrConflict, 409, "conflict"},
		{ErrLimit, 429, "limit_exceeded"},
		{ErrBusy, 503, "unavailable"},
		{errors.New("boom"), 500, "internal"},
	} {
		h := New(Options{Invalidate: func(context.Context, InvalidationRequest) (Invalidation, error) {
			return Invalidation{}, fmt.Errorf("shop: %w", tt.err)
		}})
		w := call{method: "POST", target: "/v1/invalidations", headers: map[string]string{"Content-Type": "application/json"},
			body: `{"paths":["/a"]}`}.do(h)
		var got ErrorBody
		if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&got); err != nil {
			t.Fatalf("%v: got %q, want JSON", tt.err, w.Body)
		}
		if w.Code != tt.code || got.Error.Kind != tt.kind || got.Error.Message != "shop: "+tt.err.Error() {
			t.Errorf("%v: got %d %+v, want %d %s", tt.err, w.Code, got, tt.code, tt.kind)
		}
	}
}

func TestDryRun(t *testing.T) {
	headers := map[string]string{"Content-Type": "application/json"}
	dry := call{method: "POST", target: "/v1/invalidations", headers: headers, body: `{"distribution":"shop","paths":["#t"],"dry_run":true}`}
	o := Options{Invalidate: func(context.Context, InvalidationRequest) (Invalidation, error) {
		t.Error("a dry run invalidates")
		return created, nil
	}}
	dry.name, dry.code, dry.want = "not offered", 400, "no dry run"
	run(t, New(o), []call{dry})
	o.CountMatching = func(_ context.Context, r InvalidationRequest) (int, error) {
		if r.Distribution != "shop" || !r.DryRun || len(r.Paths) != 1 {
			t.Errorf("got %+v, want the request", r)
		}
		return 42, nil
	}
	dry.name, dry.code, dry.want = "counts", 200, `{"matching":42}`
	run(t, New(o), []call{dry})
	o.CountMatching = func(context.Context, InvalidationRequest) (int, error) { return 0, ErrNotFound }
	dry.name, dry.code, dry.want = "fails", 404, "not_found"
	run(t, New(o), []call{dry})
}

func TestListInvalidations(t *testing.T) {
	var items []Invalidation
	h := New(Options{
		Invalidations: func(distribution string) ([]Invalidation, error) {
			if distribution == "none" {
				return nil, ErrNotFound
			}
			if distribution != "" && distribution != "shop" {
				t.Errorf("got distribution %q, want that of the query", distribution)
			}
			return items, nil
		},
		Invalidation: func(id string) (Invalidation, error) {
			if id != created.ID {
				return Invalidation{}, ErrNotFound
			}
			return created, nil
		},
	})
	list := call{name: "none", method: "GET", target: "/v1/invalidations", code: 200, want: `{"items":[]}`}
	run(t, h, []call{list})
	items = []Invalidation{created}
	run(t, h, []call{
		{name: "one", method: "GET", target: "/v1/invalidations", code: 200, want: `{"items":[{"id":"I1"`},
		{name: "of a distribution", method: "GET", target: "/v1/invalidations?distribution=shop", code: 200, want: `"id":"I1"`},
		{name: "of no distribution", method: "GET", target: "/v1/invalidations?distribution=none", code: 404, want: "not_found"},
		{name: "by id", method: "GET", target: "/v1/invalidations/I1", code: 200, want: `{"id":"I1","distribution":"shop","status":"Completed"`},
		{name: "by another id", method: "GET", target: "/v1/invalidations/I2", code: 404, want: "not_found"},
		{name: "cannot be removed", method: "DELETE", target: "/v1/invalidations/I1", code: 405, want: "method_not_allowed"},
	})
}

func decodeRequest(body []byte) (r InvalidationRequest, err error) {
	if err = decodeJSON(bytes.NewReader(body), &r); err == nil {
		err = r.check()
	}
	return r, err
}

// FuzzDecodeRequest proves that what is accepted keeps the bounds and can be
// written and read again.
func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(`{"distribution":"d","paths":["/a"],"caller_reference":"x"}`))
	f.Add([]byte(`{"paths":[null]} x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decodeRequest(body)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("decodeRequest(%q): got %v, want ErrInvalid", body, err)
			}
			return
		}
		if len(r.Paths) == 0 || len(r.Paths) > MaxPaths {
			t.Errorf("decodeRequest(%q): got %d paths, want 1 to %d", body, len(r.Paths), MaxPaths)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeRequest(text)
		if diff := cmp.Diff(r, again); err != nil || diff != "" {
			t.Errorf("decodeRequest(%q): got %v and another value, want the same (-want +got):\n%s", text, err, diff)
		}
	})
}

func ExampleNew() {
	h := New(Options{
		Address: "127.0.0.1:9090",
		Invalidate: func(_ context.Context, r InvalidationRequest) (Invalidation, error) {
			return Invalidation{ID: "I2J0I21PCUYOIK", Distribution: r.Distribution, Status: "Completed", Paths: r.Paths}, nil
		},
	})
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := http.Post(server.URL+"/v1/invalidations", "application/json",
		strings.NewReader(`{"distribution":"shop","paths":["/images/*"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	// Output: 201 Created
}
