package compile

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/inject"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/respheaders"
)

const document = `
version: 1
server: {mode: production}
cache_policies:
  catalog:
    min_ttl: 1s
    default_ttl: 60s
    max_ttl: 1h
    parameters_in_cache_key_and_forwarded_to_origin:
      enable_accept_encoding_gzip: true
      headers_config: {header_behavior: whitelist, headers: [CloudFront-Forwarded-Proto]}
      query_strings_config: {query_string_behavior: whitelist, query_strings: [page]}
response_headers_policies:
  web:
    custom_headers_config: {x-frame: {value: "1", override: true}}
distributions:
  shop:
    aliases: [shop.test, "*.shop.test"]
    default_root_object: index.html
    http_version: http1.1
    origins:
      api:
        domain_name: abc123.execute-api.us-east-1.amazonaws.com
        connect_to: "http://127.0.0.1:3000"
        origin_path: /prod
        custom_origin_config: {origin_protocol_policy: https-only, origin_read_timeout: 20s}
        custom_headers: {x-edge: groundfront}
        connection_attempts: 2
      site: {domain_name: assets.s3.us-east-1.amazonaws.com, s3_origin_config: {}}
    default_cache_behavior: {target_origin_id: site, cache_policy_id: CachingOptimized}
    cache_behaviors:
      - path_pattern: /catalog/*
        target_origin_id: api
        viewer_protocol_policy: https-only
        allowed_methods: read_options
        cached_methods: read_options
        cache_policy_id: catalog
        response_headers_policy_id: web
        compress: true
      - path_pattern: /api/*
        target_origin_id: api
        viewer_protocol_policy: redirect-to-https
        allowed_methods: all
        cache_policy_id: CachingDisabled
        origin_request_policy_id: AllViewerExceptHostHeader
    custom_error_responses:
      - {error_code: 404, response_page_path: /404.html, response_code: 200, error_caching_min_ttl: 5s}
    logging: {path: ./access.log, include_cookies: true}
`

func compiled(t *testing.T, env Environment) *proxy.Snapshot {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(document))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, env)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDistribution(t *testing.T) {
	s := compiled(t, Environment{HTTPSPorts: proxy.HTTPSPorts{8080: 8443}})
	if s.LoopbackHosts || s.Choices.ForwardedPath != proxy.ForwardedPathNormalized || s.HTTPSPorts[8080] != 8443 {
		t.Errorf("production mode: got %+v", s)
	}
	d := s.Distribution("WWW.shop.test:80")
	if d == nil || d.Name != "shop" || !d.Enabled || d.HTTP2 || d.DefaultRootObject != "index.html" || d.Log != nil {
		t.Fatalf("got %+v", d)
	}
	if s.Distribution(DomainName("shop")) != d {
		t.Errorf("%s is not the distribution's own name (CF-DIST-02)", DomainName("shop"))
	}
	if rule, found := d.ErrorResponses.Page(404, errorpage.CauseOrigin); !found || rule.PagePath != "/404.html" || rule.ResponseCode != 200 {
		t.Errorf("custom error response: got %+v, %v", rule, found)
	}
	for path, want := range map[string]string{"/catalog/x": "/catalog/*", "/api/x": "/api/*", "/x": "Default (*)"} {
		if got := d.Behaviors[d.Patterns.Match(path)].PathPattern; got != want {
			t.Errorf("%s: got behavior %q, want %q", path, got, want)
		}
	}
}

func TestBehavior(t *testing.T) {
	d := compiled(t, Environment{}).Distributions[0]
	catalog, api, site := d.Behaviors[0], d.Behaviors[1], d.Behaviors[2]
	if catalog.ViewerProtocol != proxy.ViewerProtocolHTTPSOnly || catalog.Methods != proxy.MethodsReadOptions || !catalog.OptionsCached {
		t.Errorf("catalog: got %v, %v, options cached %v", catalog.ViewerProtocol, catalog.Methods, catalog.OptionsCached)
	}
	if f := catalog.Freshness; f.MinTTL != time.Second || f.DefaultTTL != time.Minute || f.MaxTTL != time.Hour {
		t.Errorf("catalog: got %+v", f)
	}
	if c := catalog.Compress; !c.Compress || !c.Gzip || c.Brotli || c.CachingDisabled {
		t.Errorf("catalog: got %+v", c)
	}
	if got := catalog.Errors.MinTTL(404); got != 5*time.Second {
		t.Errorf("error caching minimum TTL of 404: got %s, want 5s", got)
	}
	if !slices.Equal(catalog.Generated, []string{"CloudFront-Forwarded-Proto"}) {
		t.Errorf("catalog generates %v", catalog.Generated)
	}
	if got := keyTarget(catalog, "/catalog/a", "page=2&x=1"); got != "/catalog/a?page=2" {
		t.Errorf("catalog keys %q, want the page only", got)
	}
	fields := field.Lines{}
	catalog.ResponseHeaders.Apply(&fields, respheaders.Request{})
	if fields.Get("x-frame") != "1" {
		t.Errorf("response headers policy: got %v", fields)
	}
	if api.ViewerProtocol != proxy.ViewerProtocolRedirectToHTTPS || api.Methods != proxy.MethodsAll || !api.Freshness.CachingDisabled() || !api.CookiesForwarded {
		t.Errorf("api: got %+v", api)
	}
	if len(api.Generated) != 21 { // CF-MORP-09, CF-MORP-10
		t.Errorf("AllViewerExceptHostHeader generates %d headers, want 21: %v", len(api.Generated), api.Generated)
	}
	if got := api.RequestPolicy.Host(api.Origin, "https", "shop.test"); got != api.Origin.DomainName {
		t.Errorf("AllViewerExceptHostHeader sends Host %q", got)
	}
	if !site.Errors.S3Origin || site.Origin.ID != "site" {
		t.Errorf("site: got %+v", site.Errors)
	}
}

func keyTarget(b *proxy.Behavior, path, query string) string {
	return string(cachekey.Target(b.Key.Append(nil, &cachekey.Request{Method: "GET", Path: path, Query: query})))
}

func TestOrigin(t *testing.T) {
	got := compiled(t, Environment{}).Distributions[0].Behaviors[0].Origin
	want := origin.Origin{
		ID: "api", DomainName: "abc123.execute-api.us-east-1.amazonaws.com", ConnectTo: "127.0.0.1:3000", ConnectScheme: "http",
		Path: "/prod", Protocol: origin.ProtocolHTTPSOnly, HTTPPort: 80, HTTPSPort: 443,
		Attempts: 2, ConnectTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, KeepAliveTimeout: 5 * time.Second,
	}
	if got.CustomHeaders.Get("x-edge") != "groundfront" {
		t.Errorf("custom headers: got %v", got.CustomHeaders)
	}
	stripped := *got
	stripped.CustomHeaders = nil
	if s, w := fmt.Sprintf("%+v", stripped), fmt.Sprintf("%+v", want); s != w {
		t.Errorf("got  %s\nwant %s", s, w)
	}
}

func TestIdentities(t *testing.T) {
	if id := DistributionID("shop"); !regexp.MustCompile(`^E[A-Z2-7]{13}$`).MatchString(id) || id != DistributionID("shop") {
		t.Errorf("id: got %q", id)
	}
	if name := DomainName("shop"); !regexp.MustCompile(`^d[a-z2-7]{13}\.cloudfront\.net$`).MatchString(name) || name == DomainName("shop2") {
		t.Errorf("domain name: got %q", name)
	}
}

func TestEnvironment(t *testing.T) {
	set := metrics.New()
	var opened []string
	s := compiled(t, Environment{Metrics: set, OpenLog: func(path string) (*accesslog.Writer, error) {
		opened = append(opened, path)
		return accesslog.NewWriter(&strings.Builder{}, accesslog.Options{}), nil
	}})
	d := s.Distributions[0]
	t.Cleanup(func() {
		if err := d.Log.Close(); err != nil {
			t.Error(err)
		}
	})
	if !slices.Equal(opened, []string{"./access.log"}) || !d.LogCookies {
		t.Errorf("opened %v, cookies %v", opened, d.LogCookies)
	}
	for i, b := range d.Behaviors {
		if b.Metrics == nil || b.Observer == nil {
			t.Errorf("behavior %d has no metrics", i)
		}
	}
	d.Behaviors[0].Observer.RoundTrip(200, origin.Timing{FirstByte: time.Millisecond})
	d.Behaviors[0].Observer.RoundTrip(0, origin.Timing{})
	d.Behaviors[0].Observer.Content(time.Second)
	recorder := httptest.NewRecorder()
	set.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`groundfront_origin_requests_total{distribution="shop",origin="api",status_class="2xx"} 1`,
		`groundfront_origin_requests_total{distribution="shop",origin="api",status_class="error"} 1`,
		`groundfront_origin_duration_seconds_count{distribution="shop",origin="api",phase="connect"} 1`,
		`groundfront_origin_duration_seconds_count{distribution="shop",origin="api",phase="ttfb"} 1`,
		`groundfront_origin_duration_seconds_sum{distribution="shop",origin="api",phase="body"} 1`,
	} {
		if !strings.Contains(recorder.Body.String(), line+"\n") {
			t.Errorf("metrics have no line %s", line)
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	c, problems := config.Parse("test.yaml", []byte(document))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	noLog := Environment{OpenLog: func(string) (*accesslog.Writer, error) { return nil, os.ErrPermission }}
	if _, err := Compile(c, noLog); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), `distribution "shop": logging`) {
		t.Errorf("a log that cannot be opened: got %v", err)
	}
	c.Distributions[0].Origins[0].TLS.CAFile = "ca.pem"
	noFile := Environment{ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }}
	if _, err := Compile(c, noFile); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), `origin "api": ca_file`) {
		t.Errorf("a missing CA file: got %v", err)
	}
	c.Distributions[0].CacheBehaviors[0].CachePolicyID = "nowhere"
	if _, err := Compile(c, Environment{ReadFile: func(string) ([]byte, error) { return nil, nil }}); err == nil || !strings.Contains(err.Error(), `behavior "/catalog/*": no cache policy "nowhere"`) {
		t.Errorf("an unknown policy: got %v", err)
	}
}

func TestEveryManagedPolicyCompiles(t *testing.T) {
	caches, requests, headers := config.Managed()
	for _, p := range caches {
		for _, r := range requests {
			compileWith(t, p.Name, r.Name, "")
		}
	}
	for _, h := range headers {
		compileWith(t, "CachingOptimized", "", h.Name)
	}
}

func compileWith(t *testing.T, cachePolicy, requestPolicy, headersPolicy string) {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(document))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	b := &c.Distributions[0].CacheBehaviors[0]
	b.CachePolicyID, b.OriginRequestPolicyID, b.ResponseHeadersPolicyID = cachePolicy, requestPolicy, headersPolicy
	if _, err := Compile(c, Environment{}); err != nil {
		t.Errorf("%s, %s, %s: %v", cachePolicy, requestPolicy, headersPolicy, err)
	}
}

func ExampleDomainName() {
	fmt.Println(DomainName("shop"))
	// Output: dwfwrsfil7hrb5.cloudfront.net
}

// TestGRPC: a behavior lets viewers make calls if it says so, also to an origin
// that is reached in cleartext in the place of one with TLS (CF-GRPC-01).
func TestGRPC(t *testing.T) {
	c, problems := config.Parse("grpc.yaml", []byte(`version: 1
distributions:
  echo:
    origins: {api: {domain_name: echo.test, connect_to: "http://127.0.0.1:50051", custom_origin_config: {origin_protocol_policy: https-only}}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled, allowed_methods: all, grpc_config: {enabled: true}}
    cache_behaviors: [{path_pattern: /static/*, target_origin_id: api, cache_policy_id: CachingOptimized}]
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	static, calls := s.Distributions[0].Behaviors[0], s.Distributions[0].Behaviors[1]
	if static.GRPC || !calls.GRPC || calls.Origin.ConnectScheme != "http" || calls.Origin.Scheme("https") != "https" {
		t.Errorf("got %v, %v to %+v, want calls by the default behavior", static.GRPC, calls.GRPC, calls.Origin)
	}
}

// TestFaults: what is to go wrong with an origin is compiled as it is written,
// for each origin in a sequence of its own, and counted.
func TestFaults(t *testing.T) {
	text := strings.Replace(document, "server: {mode: production}", "", 1)
	text = strings.Replace(text, "connection_attempts: 2", "inject: {latency: 100ms, jitter: 20ms, error_rate: 0.5, error_status: 502, slow_body: {bytes_per_second: 10}, seed: 3}", 1)
	text = strings.Replace(text, "s3_origin_config: {}", "s3_origin_config: {}, inject: {error_rate: 0.5, seed: 3}", 1)
	c, problems := config.Parse("test.yaml", []byte(text))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	set := metrics.New()
	s, err := Compile(c, Environment{Metrics: set})
	if err != nil {
		t.Fatal(err)
	}
	behaviors := s.Distributions[0].Behaviors
	api, site := behaviors[0].Origin, behaviors[2].Origin
	if behaviors[1].Origin.Faults != api.Faults {
		t.Error("two behaviors of one origin number its requests apart")
	}
	errors, differ := 0, 0
	for range 1000 {
		f, other := api.Faults.Next(), site.Faults.Next()
		if f.Latency < 80*time.Millisecond || f.Latency > 120*time.Millisecond || f.BodyPace != 10 || f.HeaderPace != 0 || other.Latency != 0 {
			t.Fatalf("got %+v and %+v", f, other)
		}
		if f.Ending == inject.EndingError && f.Status == 502 {
			errors++
		}
		if f.Ending != other.Ending {
			differ++
		}
	}
	if errors < 400 || errors > 600 || differ < 400 || differ > 600 {
		t.Errorf("of 1000: got %d errors with status 502, and %d times another ending at the other origin, want half of them", errors, differ)
	}
	api.Faults.Injected(inject.KindSlowBody)
	recorder := httptest.NewRecorder()
	set.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	if want := `groundfront_origin_injected_total{distribution="shop",kind="slow_body",origin="api"} 1` + "\n"; !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("metrics have no line %s", want)
	}
}
