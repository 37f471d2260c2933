package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// Parts of the configurations below.
const (
	gateway  = "domain_name: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
	rest     = gateway + ", origin_path: /prod"
	function = "domain_name: abcdefghij.lambda-url.eu-west-1.on.aws"
	other    = "domain_name: api.test"
	custom   = other + ", api_gateway: {type: http}"
	socket   = gateway + ", api_gateway: {type: websocket, stage: prod}"
	off      = "cache_policy_id: CachingDisabled"
	pass     = off + ", origin_request_policy_id: AllViewerExceptHostHeader"
	query1h  = "cache_policy_id: q"
)

// policies are there in each of the configurations.
const policies = `
cache_policies:
  q: {parameters_in_cache_key_and_forwarded_to_origin: {enable_accept_encoding_gzip: true, query_strings_config: {query_string_behavior: all}}}
  whole:
    parameters_in_cache_key_and_forwarded_to_origin:
      headers_config: {header_behavior: whitelist, headers: [Authorization, Origin, x-api-key, X-HTTP-Method-Override, X-HTTP-Method, X-Method-Override]}
      query_strings_config: {query_string_behavior: all}
      cookies_config: {cookie_behavior: all}
  some: {parameters_in_cache_key_and_forwarded_to_origin: {query_strings_config: {query_string_behavior: whitelist, query_strings: [page, lang]}}}
  strict: {semantics: rfc9111}
  least: {min_ttl: 5s, parameters_in_cache_key_and_forwarded_to_origin: {query_strings_config: {query_string_behavior: all}}}
  br: {parameters_in_cache_key_and_forwarded_to_origin: {enable_accept_encoding_brotli: true, query_strings_config: {query_string_behavior: all}}}
  host: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [Host]}, query_strings_config: {query_string_behavior: all}}}
  preflight: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [Origin, Access-Control-Request-Method, Access-Control-Request-Headers]}, query_strings_config: {query_string_behavior: all}}}
  origin: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [Origin]}, query_strings_config: {query_string_behavior: all}}}
origin_request_policies:
  key: {headers_config: {header_behavior: whitelist, headers: [x-api-key]}}
  host: {headers_config: {header_behavior: whitelist, headers: [Host]}}
  page: {query_strings_config: {query_string_behavior: whitelist, query_strings: [page]}}
  pages: {query_strings_config: {query_string_behavior: allExcept, query_strings: [lang]}}
  session: {cookies_config: {cookie_behavior: whitelist, cookies: [session]}}
  signed: {headers_config: {header_behavior: whitelist, headers: [X-Amz-Date]}}
  few: {headers_config: {header_behavior: allViewerAndWhitelistCloudFront, headers: [CloudFront-Viewer-Address]}}
  plain: {headers_config: {header_behavior: whitelist, headers: [Accept]}, query_strings_config: {query_string_behavior: all}}
response_headers_policies:
  delete: {cors_config: {access_control_allow_origins: [app.test], access_control_allow_methods: [GET, DELETE]}}
  token: {cors_config: {access_control_allow_origins: [app.test], access_control_allow_headers: [Authorization], origin_override: true}}
  simple: {cors_config: {access_control_allow_origins: [app.test], access_control_allow_methods: [GET], access_control_allow_headers: ["*"]}}
  override: {cors_config: {access_control_allow_origins: [app.test], origin_override: true}}
`

// A part is what one configuration has of its own.
type part struct {
	origin   string // the properties of origin api
	behavior string // the properties of the behavior of /x, without its pattern
	pattern  string // "/x" if it is empty
	rest     string // of the distribution, in YAML's flow style
	top      string // lines of the document
	fallback string // the properties of the default behavior, whose origin is site
}

func (p part) yaml() string {
	for _, d := range []struct {
		value    *string
		standard string
	}{{&p.origin, rest}, {&p.behavior, pass}, {&p.pattern, "/x"}, {&p.fallback, query1h}} {
		if *d.value == "" {
			*d.value = d.standard
		}
	}
	return "version: 1\n" + p.top + policies + `
distributions:
  d:
    origins:
      api: {` + p.origin + `}
      site: {domain_name: site.test}
    cache_behaviors:
      - {path_pattern: "` + p.pattern + `", target_origin_id: api, ` + p.behavior + `}
    default_cache_behavior: {target_origin_id: site, ` + p.fallback + "}\n    " + p.rest + "\n"
}

const (
	inBehavior = "distributions.d.cache_behaviors[0]"
	inOrigin   = "distributions.d.origins.api"
	inErrors   = "distributions.d.custom_error_responses"
)

// A trapCase is a configuration that is caught, and ones that are not.
type trapCase struct {
	trap config.Trap
	in   part
	at   string // the path of the warning
	not  []part
}

var trapCases = []trapCase{
	{config.TrapForwardedHost, part{behavior: off + ", origin_request_policy_id: AllViewer"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {origin: other, behavior: off + ", origin_request_policy_id: AllViewer"}, {behavior: off + ", origin_request_policy_id: plain"}}},
	{config.TrapForwardedHost, part{behavior: off + ", origin_request_policy_id: host"}, inBehavior + ".origin_request_policy_id", nil},
	{config.TrapForwardedHost, part{origin: "domain_name: vpce-01-ab.execute-api.eu-west-1.vpce.amazonaws.com, origin_path: /prod", behavior: "cache_policy_id: host"}, inBehavior + ".cache_policy_id",
		[]part{{origin: "domain_name: vpce-01-ab.execute-api.eu-west-1.vpce.amazonaws.com, api_gateway: {type: private, api_id: a1b2c3d4e5, stage: prod}", behavior: "cache_policy_id: host"}, {origin: custom, behavior: "cache_policy_id: host"}}},
	{config.TrapForwardedHost, part{origin: function, behavior: "cache_policy_id: host"}, inBehavior + ".cache_policy_id", nil},
	{config.TrapMissingStage, part{origin: gateway, pattern: "/*.json"}, inOrigin + ".domain_name",
		[]part{{}, {origin: other}, {origin: function}, {origin: gateway, pattern: "/prod/*"}, {origin: gateway + ", api_gateway: {stage: prod}", pattern: "/*.json"},
			{origin: gateway + ", api_gateway: {type: http}", pattern: "/*.json"}, {origin: other + ", api_gateway: {}", pattern: "/*.json"}}},
	{config.TrapMissingStage, part{origin: gateway + ", api_gateway: {}", pattern: "*.json"}, inOrigin + ".domain_name", nil},
	{config.TrapDoubledStage, part{pattern: "/prod/*"}, inBehavior + ".path_pattern",
		[]part{{}, {pattern: "/products*"}, {pattern: "/v1/prod/*"}, {origin: gateway, pattern: "/prod/*"}, {origin: other + ", origin_path: /prod", pattern: "/prod/*"}}},
	{config.TrapDoubledStage, part{origin: gateway + ", api_gateway: {stage: v1}", pattern: "/v1/*"}, inBehavior + ".path_pattern", nil},
	{config.TrapDoubledStage, part{pattern: "prod*"}, inBehavior + ".path_pattern", nil},
	{config.TrapDroppedAuthorization, part{behavior: off}, inBehavior + ".cache_policy_id",
		[]part{{}, {origin: other, behavior: off}, {behavior: query1h}, {behavior: off + ", origin_request_policy_id: plain"}}},
	{config.TrapDroppedAuthorization, part{origin: other, behavior: query1h + ", response_headers_policy_id: token"}, inBehavior + ".response_headers_policy_id",
		[]part{{behavior: "cache_policy_id: whole, response_headers_policy_id: token"}, {behavior: query1h + ", response_headers_policy_id: simple"}}},
	{config.TrapSharedAuthorization, part{origin: other, behavior: query1h + ", origin_request_policy_id: AllViewer"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {behavior: "cache_policy_id: whole, origin_request_policy_id: AllViewer"}, {behavior: "cache_policy_id: strict, origin_request_policy_id: AllViewer"},
			{behavior: query1h + ", origin_request_policy_id: CORS-CustomOrigin"}}},
	{config.TrapDroppedAuthorization, part{origin: gateway + ", api_gateway: {stage: prod, iam_auth: true}", behavior: "cache_policy_id: whole, response_headers_policy_id: token"}, inBehavior + ".response_headers_policy_id",
		[]part{{origin: gateway + ", api_gateway: {stage: prod, iam_auth: true}"}}},
	{config.TrapSharedAuthorization, part{origin: function + ", origin_access_control_id: \"no\"", behavior: query1h + ", origin_request_policy_id: AllViewer", top: access}, inBehavior + ".origin_request_policy_id",
		[]part{{origin: function + ", origin_access_control_id: \"yes\"", behavior: query1h + ", origin_request_policy_id: AllViewer", top: access},
			{origin: gateway + ", api_gateway: {stage: prod, iam_auth: true}", behavior: query1h + ", origin_request_policy_id: AllViewer"}}},
	{config.TrapUnkeyedQuery, part{origin: other, behavior: "cache_policy_id: CachingOptimized, origin_request_policy_id: page"}, inBehavior + ".origin_request_policy_id",
		[]part{{behavior: query1h + ", origin_request_policy_id: page"}, {behavior: "cache_policy_id: some, origin_request_policy_id: page"},
			{behavior: off + ", origin_request_policy_id: page"}, {behavior: "cache_policy_id: strict, origin_request_policy_id: page"}}},
	{config.TrapUnkeyedQuery, part{behavior: "cache_policy_id: some, origin_request_policy_id: pages"}, inBehavior + ".origin_request_policy_id", nil},
	{config.TrapDroppedQuery, part{behavior: "cache_policy_id: CachingOptimized"}, inBehavior + ".cache_policy_id",
		[]part{{}, {behavior: query1h}, {origin: other, behavior: "cache_policy_id: CachingOptimized"}, {behavior: "cache_policy_id: some"}}},
	{config.TrapMinTTLOverPrivate, part{behavior: "cache_policy_id: CachingOptimized"}, inBehavior + ".cache_policy_id",
		[]part{{}, {behavior: query1h}, {origin: other, behavior: "cache_policy_id: CachingOptimized"}}},
	{config.TrapMinTTLOverPrivate, part{origin: other, behavior: "cache_policy_id: least, origin_request_policy_id: session"}, "cache_policies.least.min_ttl", nil},
	{config.TrapErrorPageOverAPI, part{rest: spa}, inErrors + "[0].response_code",
		[]part{{}, {origin: other, behavior: query1h, rest: spa}, {rest: strings.Replace(spa, "200", "404", 1)}}},
	{config.TrapErrorPageOverAPI, part{origin: other, behavior: pass + ", allowed_methods: all", rest: spa}, inErrors + "[0].response_code", nil},
	{config.TrapLongErrorCaching, part{behavior: query1h, rest: slow}, inErrors + "[0].error_caching_min_ttl",
		[]part{{rest: slow}, {origin: other, behavior: query1h, rest: slow}, {behavior: query1h, rest: strings.Replace(slow, "5m", "10s", 1)}, {behavior: query1h, rest: strings.Replace(slow, "502", "403", 1)}}},
	{config.TrapPreflightRefused, part{behavior: query1h + ", allowed_methods: read, response_headers_policy_id: delete"}, inBehavior + ".allowed_methods",
		[]part{{}, {behavior: query1h + ", allowed_methods: read_options, response_headers_policy_id: delete"}, {behavior: query1h + ", response_headers_policy_id: simple"},
			{behavior: query1h + ", response_headers_policy_id: CORS-With-Preflight"}}},
	{config.TrapPreflightRefused, part{behavior: query1h + ", response_headers_policy_id: token"}, inBehavior + ".response_headers_policy_id", nil},
	{config.TrapPreflightUnkeyed, part{behavior: query1h + ", allowed_methods: all, cached_methods: read_options"}, inBehavior + ".cached_methods",
		[]part{{}, {behavior: "cache_policy_id: preflight, allowed_methods: all, cached_methods: read_options"}, {behavior: off + ", allowed_methods: all, cached_methods: read_options"}}},
	{config.TrapUnkeyedCORSOrigin, part{origin: other, behavior: query1h + ", origin_request_policy_id: CORS-CustomOrigin, response_headers_policy_id: simple"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {behavior: query1h + ", origin_request_policy_id: CORS-CustomOrigin, response_headers_policy_id: override"}, {behavior: "cache_policy_id: origin, origin_request_policy_id: CORS-CustomOrigin"}}},
	{config.TrapErrorsWithoutCORS, part{behavior: "cache_policy_id: origin"}, inBehavior,
		[]part{{}, {behavior: "cache_policy_id: origin, response_headers_policy_id: simple"}, {origin: other, behavior: "cache_policy_id: origin"}}},
	{config.TrapCompressionWithoutEffect, part{origin: other, behavior: pass + ", compress: true"}, inBehavior + ".compress",
		[]part{{}, {behavior: query1h + ", compress: true"}, {behavior: "cache_policy_id: CachingOptimizedForUncompressedObjects"}}},
	{config.TrapCompressionWithoutEffect, part{behavior: "cache_policy_id: CachingOptimizedForUncompressedObjects, compress: true"}, inBehavior + ".compress", nil},
	{config.TrapTimeoutBelowAPI, part{origin: rest + ", custom_origin_config: {origin_read_timeout: 10s}"}, inOrigin + ".custom_origin_config.origin_read_timeout",
		[]part{{}, {origin: rest + ", custom_origin_config: {origin_read_timeout: 29s}"}, {origin: other + ", custom_origin_config: {origin_read_timeout: 10s}"}}},
	{config.TrapTimeoutBelowAPI, part{top: "origins_defaults: {origin_read_timeout: 5s}\n"}, "origins_defaults.origin_read_timeout", nil},
	{config.TrapTimeoutRetried, part{origin: function + ", custom_origin_config: {origin_read_timeout: 60s}"}, inOrigin + ".custom_origin_config.origin_read_timeout",
		[]part{{}, {origin: rest + ", connection_attempts: 1, custom_origin_config: {origin_read_timeout: 60s}"},
			{origin: rest + ", response_completion_timeout: 60s, custom_origin_config: {origin_read_timeout: 60s}"}, {origin: other + ", custom_origin_config: {origin_read_timeout: 60s}"}}},
	{config.TrapEdgeInChain, part{origin: "domain_name: d111111abcdef8.cloudfront.net"}, inOrigin + ".domain_name", []part{{}, {origin: other}}},
	{config.TrapEdgeInChain, part{origin: rest + ", api_gateway: {endpoint: edge}"}, inOrigin + ".api_gateway.endpoint", []part{{origin: rest + ", api_gateway: {endpoint: regional}"}}},
	{config.TrapHeaderBudget, part{origin: other + ", api_gateway: {type: private, api_id: a1b2c3d4e5}, custom_headers: {" + manyHeaders(3) + "}"}, inOrigin + ".custom_headers", nil},
	{config.TrapHeaderBudget, part{behavior: off + ", origin_request_policy_id: AllViewerAndCloudFrontHeaders-2022-06"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {behavior: off + ", origin_request_policy_id: few"}, {origin: other, behavior: off + ", origin_request_policy_id: AllViewerAndCloudFrontHeaders-2022-06"}}},
	{config.TrapHeaderBudget, part{origin: rest + ", custom_headers: {" + manyHeaders(4) + "}"}, inOrigin + ".custom_headers",
		[]part{{origin: rest + ", custom_headers: {" + manyHeaders(3) + "}"}}},
	{config.TrapViewerSignature, part{behavior: off + ", origin_request_policy_id: signed"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {origin: other, behavior: off + ", origin_request_policy_id: signed"},
			{origin: gateway + ", api_gateway: {stage: prod, iam_auth: true}", behavior: off + ", origin_request_policy_id: signed"}}},
	{config.TrapSharedAPIKey, part{behavior: query1h + ", origin_request_policy_id: key"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {behavior: off + ", origin_request_policy_id: key"}, {behavior: "cache_policy_id: whole, origin_request_policy_id: key"}, {behavior: query1h}}},
	{config.TrapAPIKeyForAll, part{origin: rest + ", custom_headers: {X-API-Key: abcdefghijklmnopqrst}"}, inOrigin + ".custom_headers.X-API-Key",
		[]part{{}, {origin: rest + ", custom_headers: {x-origin-verify: abc}"}}},
	{config.TrapMethodOverride, part{behavior: query1h + ", origin_request_policy_id: AllViewerExceptHostHeader"}, inBehavior + ".origin_request_policy_id",
		[]part{{behavior: pass + ", allowed_methods: all"}, {behavior: "cache_policy_id: whole, allowed_methods: all, origin_request_policy_id: AllViewerExceptHostHeader"},
			{behavior: query1h + ", origin_request_policy_id: plain"}, {origin: other}, {origin: custom}, {origin: function}}},
	{config.TrapMethodOverride, part{behavior: pass}, inBehavior + ".origin_request_policy_id", nil},
	{config.TrapCookiesStopCollapsing, part{origin: other, behavior: "cache_policy_id: whole"}, inBehavior + ".cache_policy_id",
		[]part{{}, {behavior: query1h}, {behavior: off + ", origin_request_policy_id: session"}}},
	{config.TrapCookiesStopCollapsing, part{origin: other, behavior: query1h + ", origin_request_policy_id: session"}, inBehavior + ".origin_request_policy_id", nil},
	{config.TrapSharedCookies, part{origin: other, behavior: query1h + ", origin_request_policy_id: session"}, inBehavior + ".origin_request_policy_id",
		[]part{{}, {behavior: "cache_policy_id: whole, origin_request_policy_id: session"}, {behavior: "cache_policy_id: strict, origin_request_policy_id: session"}}},
	{config.TrapBarePathMissed, part{pattern: "api/*"}, inBehavior + ".path_pattern",
		[]part{{}, {pattern: "/api*"}, {pattern: "/*"}, {origin: other, pattern: "/api/*"}, {pattern: "/*/api/*"}}},
	{config.TrapRawPathInProduction, part{top: "server: {mode: production}\nchoices: {forwarded_path: raw}\n"}, "choices.forwarded_path",
		[]part{{}, {top: "server: {mode: production}\n"}, {top: "choices: {forwarded_path: raw}\n"}}},
	{config.TrapRedirectedContent, part{behavior: pass + ", allowed_methods: all, viewer_protocol_policy: redirect-to-https"}, inBehavior + ".viewer_protocol_policy",
		[]part{{}, {behavior: pass + ", allowed_methods: all, viewer_protocol_policy: https-only"}, {behavior: pass + ", viewer_protocol_policy: redirect-to-https"}}},
	{config.TrapWebSocketHandshake, part{origin: socket, behavior: off}, inBehavior + ".cache_policy_id",
		[]part{{}, {origin: socket}, {behavior: off}}},
	{config.TrapWebSocketHandshake, part{origin: socket, behavior: off + ", origin_request_policy_id: plain"}, inBehavior + ".origin_request_policy_id", nil},
	{config.TrapReservedPath, part{origin: custom, pattern: "/ping"}, inBehavior + ".path_pattern",
		[]part{{}, {pattern: "/ping"}, {origin: other, pattern: "/ping"}, {origin: custom, pattern: "/pings"}, {origin: custom + ", origin_path: /v1", pattern: "/ping"}}},
	{config.TrapBrotliOnly, part{behavior: "cache_policy_id: br"}, inBehavior + ".cache_policy_id",
		[]part{{}, {behavior: query1h}, {origin: other, behavior: "cache_policy_id: br"}}},
}

const (
	access = "origin_access_controls: {\"yes\": {origin_access_control_origin_type: lambda}, \"no\": {origin_access_control_origin_type: lambda, signing_behavior: no-override}}\n"

	spa  = "custom_error_responses: [{error_code: 404, response_page_path: /index.html, response_code: 200}]"
	slow = "custom_error_responses: [{error_code: 502, error_caching_min_ttl: 5m}]"
)

// manyHeaders are n custom headers of 1.8 KB.
func manyHeaders(n int) string {
	var all []string
	for i := range n {
		all = append(all, "x-"+strings.Repeat("a", i+1)+": "+strings.Repeat("v", 1780))
	}
	return strings.Join(all, ", ")
}

// examine returns the warnings of one trap.
func examine(t *testing.T, p part, trap config.Trap) []Warning {
	t.Helper()
	c, problems := config.Parse("trap.yaml", []byte(p.yaml()))
	if problems.HasErrors() {
		t.Fatalf("%s: %s", trap, problems)
	}
	return slices.DeleteFunc(Examine(c), func(w Warning) bool { return w.Trap != trap })
}

// TestTraps: each trap is found where it is, and not beside it.
func TestTraps(t *testing.T) {
	for _, tt := range trapCases {
		switch got := examine(t, tt.in, tt.trap); {
		case len(got) != 1 || got[0].Path != tt.at:
			t.Errorf("%s (%s) in %+v: got %v, want one warning at %s", tt.trap, tt.trap.ID(), tt.in, got, tt.at)
		case got[0].Message == "" || got[0].Fix == "" || strings.HasSuffix(got[0].Message, ".") || !fixes(got[0].Fix):
			t.Errorf("%s: got message %q and fix %q, want both without a full stop, the fix an order", tt.trap, got[0].Message, got[0].Fix)
		}
		for _, p := range tt.not {
			if got := examine(t, p, tt.trap); len(got) > 0 {
				t.Errorf("%s (%s) in %+v: got %v, want no warning", tt.trap, tt.trap.ID(), p, got)
			}
		}
	}
}

// fixes reports whether a fix begins with what to do.
func fixes(fix string) bool {
	verb, _, _ := strings.Cut(fix, " ")
	return slices.Contains([]string{"write", "leave", "add", "put"}, verb)
}

// TestEveryTrapHasACaseAndACheck.
func TestEveryTrapHasACaseAndACheck(t *testing.T) {
	for _, trap := range config.Traps() {
		if !slices.ContainsFunc(trapCases, func(tt trapCase) bool { return tt.trap == trap && len(tt.not) > 0 }) {
			t.Errorf("%s: got no case with counterparts", trap)
		}
		if n := len(slices.DeleteFunc(slices.Clone(checks), func(c check) bool { return c.trap != trap })); n != 1 {
			t.Errorf("%s: got %d checks, want 1", trap, n)
		}
	}
}

// TestIgnore: a name silences its trap and no other.
func TestIgnore(t *testing.T) {
	p := part{behavior: "cache_policy_id: CachingOptimized", top: "doctor: {ignore: [dropped_query]}\n"}
	if got := examine(t, p, config.TrapDroppedQuery); len(got) != 0 {
		t.Errorf("doctor.ignore [dropped_query]: got %v, want nothing", got)
	}
	if got := examine(t, p, config.TrapMinTTLOverPrivate); len(got) != 1 {
		t.Errorf("doctor.ignore [dropped_query]: got %v, want the warning of another trap", got)
	}
	_, problems := config.Parse("trap.yaml", []byte(part{top: "doctor: {ignore: [droped_query]}\n"}.yaml()))
	if text := problems.String(); !strings.Contains(text, `did you mean "dropped_query"?`) {
		t.Errorf("doctor.ignore [droped_query]: got %s, want the name that is meant", text)
	}
}

// TestReport: warnings are among what loading found, in the order of the
// file, and have all that other diagnostics have.
func TestReport(t *testing.T) {
	c, problems := config.Parse("trap.yaml", []byte(`version: 1
distributions:
  d:
    origins:
      api: {domain_name: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com, origin_path: /prod}
      idle: {domain_name: idle.test}
    default_cache_behavior:
      target_origin_id: api
      allowed_methods: all
      cache_policy_id: CachingDisabled
      origin_request_policy_id: AllViewer
`))
	const want = `trap.yaml:6:7: warning GF3005: origin "idle" is not used by any cache behavior
     5 |       api: {domain_name: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com, origin_path: /prod}
     6 |       idle: {domain_name: idle.test}
       |       ^
     7 |     default_cache_behavior:
trap.yaml:11:33: warning GF7001: forwarded_host: API Gateway is asked by the viewer's Host, and answers 403 Forbidden to a name that is not its own (CF-TRAP-01)
    10 |       cache_policy_id: CachingDisabled
    11 |       origin_request_policy_id: AllViewer
       |                                 ^
         write origin_request_policy_id: AllViewerExceptHostHeader
`
	got := Report(c, problems)
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got.HasErrors() || !strings.Contains(string(got.JSON()), `"trap": "forwarded_host"`) {
		t.Errorf("got %s, want warnings, one with its trap", got.JSON())
	}
}

// TestTargets: each origin that a target can lead to is looked at for its
// behaviors.
func TestTargets(t *testing.T) {
	for _, target := range []string{"both", "near", "far"} {
		c, problems := config.Parse("group.yaml", []byte(`version: 1
distributions:
  d:
    origins:
      site: {domain_name: site.test}
      api: {domain_name: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com, origin_path: /prod}
    origin_groups: {both: {members: [site, api], failover_criteria: {status_codes: [502]}}}
    routing:
      near: {policy: failover, members: {site: {}, api: {}}}
      far: {policy: failover, members: {site: {}, both: {}}}
    default_cache_behavior: {target_origin_id: `+target+`, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer}
`))
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		var got []config.Trap
		for _, w := range Examine(c) {
			got = append(got, w.Trap)
		}
		if want := []config.Trap{config.TrapForwardedHost, config.TrapMethodOverride}; !slices.Equal(got, want) {
			t.Errorf("%s with an API: got %v, want %v", target, got, want)
		}
	}
}

// TestOnePropertyOneWarning: behaviors that have a trap from one property
// share a warning.
func TestOnePropertyOneWarning(t *testing.T) {
	p := part{behavior: "cache_policy_id: least", fallback: "cache_policy_id: least, origin_request_policy_id: session"}
	if got := examine(t, p, config.TrapMinTTLOverPrivate); len(got) != 1 {
		t.Errorf("two behaviors of one cache policy: got %v, want one warning", got)
	}
}
