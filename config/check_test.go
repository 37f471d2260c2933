package config

import (
	"fmt"
	"strings"
	"testing"
)

// Each rule at its bound and one past it. What the messages look like is in
// testdata.
func TestRules(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	each := func(n int, format string) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(format, i))
		}
		return strings.Join(parts, ", ")
	}
	pattern := func(p string) string {
		return "    cache_behaviors: [{path_pattern: '" + p + "', target_origin_id: o, cache_policy_id: CachingDisabled}]\n"
	}
	root := func(p string) string { return "    default_root_object: '" + p + "'\n" }
	custom := func(s string) string { return ", custom_origin_config: {" + s + "}" }
	keyHeaders := func(s string) string {
		return "cache_policies: {p: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [" + s + "]}}}}\n"
	}
	keyQuery := func(s string) string {
		return "cache_policies: {p: {parameters_in_cache_key_and_forwarded_to_origin: {query_strings_config: {query_string_behavior: whitelist, query_strings: [" + s + "]}}}}\n"
	}
	request := func(s string) string { return "origin_request_policies: {p: {headers_config: {" + s + "}}}\n" }
	response := func(s string) string { return "response_headers_policies: {p: {" + s + "}}\n" }
	calls := func(s string) string {
		return s + "    cache_behaviors: [{path_pattern: /x, target_origin_id: o, cache_policy_id: CachingDisabled, allowed_methods: all, grpc_config: {enabled: true}}]\n"
	}
	errors := func(s string) string { return "    custom_error_responses: [{" + s + "}]\n" }

	for _, test := range []struct {
		name                 string
		origin, distribution string
		want                 code // "" means accepted
	}{
		{"CF-BEH-08 length", "", pattern("/" + a(254)), ""},
		{"CF-BEH-08 length", "", pattern("/" + a(255)), badPathPattern},
		{"CF-BEH-08 alphabet", "", pattern(`/aZ09_-.*$/~"@:+&?`), ""},
		{"CF-BEH-08 percent", "", pattern("/%41"), badPathPattern},
		{"CF-BEH-08 space", "", pattern("/a b"), badPathPattern},
		{"CF-BEH-05 no leading slash", "", pattern("*.jpg"), ""},
		{"CF-ROOT-04 sub-path", "", root("a/index.html"), ""},
		{"CF-ROOT-04 slash", "", root("/index.html"), badRootObject},
		{"CF-ROOT-04 length", "", root(a(255)), ""},
		{"CF-ROOT-04 length", "", root(a(256)), badRootObject},
		{"CF-ROOT-04 alphabet", "", root("a?b"), badRootObject},
		{"CF-QUO-07", "", "    aliases: [" + each(100, "a%d.test") + "]\n", ""},
		{"CF-QUO-07", "", "    aliases: [" + each(101, "a%d.test") + "]\n", quotaExceeded},
		{"CF-QUO-12", "", "cache_policies: {" + each(20, "p%d: {}") + "}\n", ""},
		{"CF-QUO-12", "", "cache_policies: {" + each(21, "p%d: {}") + "}\n", quotaExceeded},
		{"CF-DIST-04", "", "    aliases: ['*.a.test']\n", ""},
		{"CF-DIST-04", "", "    aliases: ['a.*.test']\n", badAlias},

		{"CF-ORT-01", ", connection_timeout: 10s", "", ""},
		{"CF-ORT-01", ", connection_timeout: 11s", "", awsRange},
		{"CF-TAG-01", "", "    cache_tag_header: Cache-Tag\n", ""},
		{"CF-TAG-01", "", "    cache_tag_header: 'Cache Tag'\n", badHeader},
		{"CF-ORT-01", ", connection_timeout: 0", "", awsRange},
		{"CF-ORT-02", ", connection_attempts: 1", "", ""},
		{"CF-ORT-02", ", connection_attempts: 0", "", awsRange},
		{"CF-ORT-03", custom("origin_read_timeout: 120"), "", ""},
		{"CF-ORT-03", custom("origin_read_timeout: 121"), "", awsRange},
		{"CF-ORT-04", custom("origin_keepalive_timeout: 2m"), "", ""},
		{"CF-ORT-04", custom("origin_keepalive_timeout: 2m1s"), "", awsRange},
		{"CF-ORT-05", ", response_completion_timeout: 30s", "", ""},
		{"CF-ORT-05", ", response_completion_timeout: 29s", "", completionOrder},
		{"CF-ORT-10", custom("http_port: 1024, https_port: 65535"), "", ""},
		{"CF-ORT-10", custom("http_port: 1023"), "", badPort},
		{"CF-ORT-10", custom("https_port: 65536"), "", badPort},
		{"CF-OPATH-01", ", origin_path: /a/b", "", ""},
		{"CF-OPATH-01", ", origin_path: a", "", badOriginPath},
		{"CF-OPATH-01", ", origin_path: /", "", badOriginPath},
		{"CF-OCH-01 count", ", custom_headers: {" + each(30, "h%d: v") + "}", "", ""},
		{"CF-OCH-01 count", ", custom_headers: {" + each(31, "h%d: v") + "}", "", quotaExceeded},
		{"CF-OCH-01 name", ", custom_headers: {" + a(256) + ": v}", "", ""},
		{"CF-OCH-01 name", ", custom_headers: {" + a(257) + ": v}", "", textTooLong},
		{"CF-OCH-01 value", ", custom_headers: {h: " + a(1783) + "}", "", ""},
		{"CF-OCH-01 value", ", custom_headers: {h: " + a(1784) + "}", "", textTooLong},
		{"CF-OCH-01 total", ", custom_headers: {" + each(6, "h%d: "+a(1783)) + "}", "", quotaExceeded},
		{"CF-OCH-04", ", custom_headers: {x-amz-date: v}", "", forbiddenHeader},
		{"CF-OCH-05", ", custom_headers: {authorization: v, X-Api-Key: v}", "", ""},
		{"header injection", ", custom_headers: {h: \"a\\r\\nb: c\"}", "", badHeader},

		{"CF-KEY-06", "", keyHeaders("Origin, Authorization, Host, Range"), ""},
		{"CF-KEY-30", "", keyHeaders("connection"), unkeyableHeader},
		{"CF-HDR-07", "", keyHeaders("Cache-Control"), unkeyableHeader},
		{"CF-HDR-13", "", keyHeaders("Cookie"), unkeyableHeader},
		{"CF-CFH-07", "", keyHeaders("CloudFront-Viewer-Address"), unkeyableHeader},
		{"CF-CFH-09", "", keyHeaders("CloudFront-Viewer-Country"), ""},
		{"CF-KEY-09 count", "", keyQuery(each(10, "q%d")), ""},
		{"CF-KEY-09 count", "", keyQuery(each(11, "q%d")), quotaExceeded},
		{"CF-KEY-09 length", "", keyQuery(a(1024)), ""},
		{"CF-KEY-09 length", "", keyQuery(a(1025)), quotaExceeded},
		{"CF-KEY-08 literal star", "", keyQuery("'utm_*'"), ""},
		{"CF-KEY-15 case", "", keyQuery("a, A"), ""},
		{"CF-KEY-10 case", "", keyHeaders("Origin, origin"), repeatedName},
		{"whitelist without items", "", keyQuery(""), selectionList},

		{"CF-ORP-06", "", request("header_behavior: whitelist, headers: [authorization]"), authorizationList},
		{"CF-ORP-06", "", request("header_behavior: allExcept, headers: [Authorization]"), ""},
		{"CF-ORP-05", "", request("header_behavior: allExcept, headers: [Host]"), ""},
		{"CF-ORP-03", "", request("header_behavior: all"), selectionForbids},
		{"CF-ORP-03", "", request("header_behavior: allExcept"), selectionList},
		{"CF-ORP-03", "", request("header_behavior: allViewer, headers: [Host]"), selectionList},
		{"CF-ORP-03", "", request("header_behavior: allViewerAndWhitelistCloudFront, headers: [CloudFront-Viewer-TLS]"), ""},

		{"CF-RHP-05 count", "", response("custom_headers_config: {" + each(10, "h%d: {}") + "}"), ""},
		{"CF-RHP-05 count", "", response("custom_headers_config: {" + each(11, "h%d: {}") + "}"), quotaExceeded},
		{"CF-RHP-05 the edge's own", "", response("custom_headers_config: {Content-Length: {}}"), edgesOwnHeader},
		{"CF-RHP-05 the edge's own", "", response("custom_headers_config: {x-amz-cf-pop: {}}"), edgesOwnHeader},
		{"CF-RHP-05 others", "", response("custom_headers_config: {Date: {}, Server: {}, Set-Cookie: {}, X-Amz-Meta: {}}"), ""},
		{"CF-RHP-07", "", response("remove_headers_config: [x-cache]"), unremovableHeader},
		{"CF-RHP-07", "", response("remove_headers_config: [x-amz-cf-pop]"), unremovableHeader},
		{"CF-RHP-06", "", response("remove_headers_config: [Server, Date]"), ""},
		{"CF-RHP-09", "", response("remove_headers_config: [Vary, Set-Cookie]"), ""},
		{"CF-RHP-04", "", response("security_headers_config: {xss_protection: {protection: true, mode_block: true, report_uri: u}}"), xssExclusive},
		{"CF-RHP-04", "", response("security_headers_config: {xss_protection: {protection: false, report_uri: u}}"), xssExclusive},
		{"CF-RHP-04", "", response("security_headers_config: {xss_protection: {protection: false}}"), ""},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true}"), ""},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 0.0001}"), ""},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 100.0000}"), ""},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 100.0001}"), outOfRange},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 0.00001}"), badValue},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: -1}"), badValue},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 1e1}"), badValue},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: all}"), wrongType},
		{"CF-STM-01", "", response("server_timing_headers_config: {enabled: true, sampling_rate: 99999999999999999999}"), outOfRange},
		{"CF-QUO-16", "", response("security_headers_config: {content_security_policy: {content_security_policy: " + a(1783) + "}}"), ""},
		{"CF-QUO-16", "", response("security_headers_config: {content_security_policy: {content_security_policy: " + a(1784) + "}}"), textTooLong},

		{"CF-GRPC-02 origin", "", calls(""), ""},
		{"CF-GRPC-02 origin", custom("origin_protocol_policy: http-only"), calls(""), badGRPC},
		{"CF-GRPC-02 HTTP/2", "", calls("    http_version: http1.1\n"), badGRPC},

		{"CF-CER-01", "", errors("error_code: 404"), ""},
		{"CF-CER-13", "", errors("error_code: 429"), badErrorCode},
		{"CF-CER-01 pair", "", errors("error_code: 404, response_code: 200"), errorPagePair},
		{"CF-CER-02", "", errors("error_code: 404, response_page_path: /e, response_code: 200"), ""},
		{"CF-CER-02", "", errors("error_code: 404, response_page_path: /e, response_code: 404"), ""},
		{"CF-CER-02", "", errors("error_code: 404, response_page_path: /e, response_code: 410"), badErrorCode},
		{"CF-CER-04", "", errors("error_code: 404, response_page_path: e, response_code: 404"), badPagePath},
		{"CF-CER-07", "", errors("error_code: 404, response_page_path: \"/e?a=b\", response_code: 404"), badPagePath},
	} {
		_, ds := Parse("rule.yaml", []byte(document(test.origin, test.distribution)))
		var got []string
		for _, d := range ds {
			if d.Severity == SeverityError {
				got = append(got, d.Code)
			}
		}
		if strings.Join(got, " ") != string(test.want) {
			t.Errorf("%s: %.80s%.120s: got %v, want [%s]", test.name, test.origin, test.distribution, got, test.want)
		}
	}
}

func TestBehaviorRules(t *testing.T) {
	const policies = "cache_policies: {strict: {semantics: rfc9111}, keyed: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [Authorization]}}}}\n"
	for _, test := range []struct {
		name, behavior string
		want           code // of an error or a warning; "" means neither
	}{
		{"CF-METH-01", "cache_policy_id: CachingDisabled, allowed_methods: [GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE]", ""},
		{"CF-METH-01", "cache_policy_id: CachingDisabled, allowed_methods: [GET, POST]", badMethods},
		{"CF-METH-02", "cache_policy_id: CachingDisabled, allowed_methods: all, cached_methods: read_options", ""},
		{"CF-METH-02", "cache_policy_id: CachingDisabled, allowed_methods: read, cached_methods: read_options", badMethods},
		{"CF-METH-02", "cache_policy_id: CachingDisabled, allowed_methods: all, cached_methods: all", badMethods},
		{"CF-GEN-04", "origin_request_policy_id: AllViewer", noCachePolicy},
		{"CF-GEN-04", "cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewer", ""},
		{"legacy settings", "forwarded_values: {}", keyNotBuilt},
		{"CF-GRPC-02", "cache_policy_id: CachingDisabled, allowed_methods: all, grpc_config: {enabled: true}", ""},
		{"CF-GRPC-02 POST", "cache_policy_id: CachingDisabled, allowed_methods: read_options, grpc_config: {enabled: true}", badGRPC},
		{"CF-GRPC-02 off", "cache_policy_id: CachingDisabled, grpc_config: {enabled: false}", ""},
	} {
		behavior := "    cache_behaviors: [{path_pattern: /x, target_origin_id: o, " + test.behavior + "}]\n"
		_, ds := Parse("behavior.yaml", []byte(document("", behavior+policies)))
		var got []string
		for _, d := range ds {
			if code(d.Code) != unusedName && code(d.Code) != headerLeftOut {
				got = append(got, d.Code)
			}
		}
		if strings.Join(got, " ") != string(test.want) {
			t.Errorf("%s: %s: got %v, want [%s]", test.name, test.behavior, got, test.want)
		}
	}
}

// TestHeadersLeftOut: each CloudFront header that cannot be made is named,
// once for a policy.
func TestHeadersLeftOut(t *testing.T) {
	all, _ := new(Config).OriginRequestPolicy("AllViewerAndCloudFrontHeaders-2022-06")
	for _, name := range all.HeadersConfig.Headers {
		policy := "origin_request_policies: {p: {headers_config: {header_behavior: whitelist, headers: [" + name + "]}}}\n"
		behaviors := "    cache_behaviors:\n" +
			"      - {path_pattern: /a, target_origin_id: o, cache_policy_id: CachingDisabled, origin_request_policy_id: p}\n" +
			"      - {path_pattern: /b, target_origin_id: o, cache_policy_id: CachingDisabled, origin_request_policy_id: p}\n"
		_, ds := Parse("headers.yaml", []byte(document("", behaviors+policy)))
		var got []string
		for _, d := range ds {
			if code(d.Code) == headerLeftOut && strings.Contains(d.Message, name) {
				got = append(got, d.Code)
			}
		}
		want := 1
		if containsFold(madeHeaders, name) {
			want = 0
		}
		if len(got) != want {
			t.Errorf("%s: got %d warnings, want %d: %v", name, len(got), want, ds)
		}
	}
}

// TestHeadersOfManagedPolicies: nobody has named the headers that a managed policy
// asks for besides (CF-MORP-02). In mode faithful they are missed all the same, as
// long as nothing says where viewers are.
func TestHeadersOfManagedPolicies(t *testing.T) {
	const city = "origin_request_policies: {own: {headers_config: {header_behavior: whitelist, headers: [CloudFront-Viewer-City]}}}\n"
	const keyed = "cache_policies: {own: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: [CloudFront-Viewer-City]}}}}\n"
	for _, test := range []struct {
		server, cache, request, policies string
		want                             int
	}{
		{"", "CachingDisabled", "AllViewerExceptHostHeader", "", 0},
		{"", "CachingDisabled", "b689b0a8-53d0-40ab-baf2-68738e2966ac", "", 0},
		{"", "CachingDisabled", "AllViewerAndCloudFrontHeaders-2022-06", "", 0},
		{"server: {mode: production}\n", "CachingDisabled", "AllViewerExceptHostHeader", "", 0},
		{"server: {mode: faithful}\n", "CachingDisabled", "AllViewerExceptHostHeader", "", 1},
		{"server: {mode: faithful, geo: {files: [geo.csv]}}\n", "CachingDisabled", "AllViewerExceptHostHeader", "", 0},
		{"", "CachingDisabled", "own", city, 1},
		{"", "own", "AllViewerExceptHostHeader", keyed, 1},
		{"server: {mode: faithful}\n", "own", "AllViewerExceptHostHeader", keyed, 2},
	} {
		behaviors := "    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: " + test.cache + ", origin_request_policy_id: " + test.request + "}]\n"
		_, ds := Parse("headers.yaml", []byte(document("", behaviors+test.policies+test.server)))
		if got := strings.Count(ds.String(), string(headerLeftOut)); got != test.want || ds.HasErrors() {
			t.Errorf("%s, %s, %q: got %d warnings, want %d: %v", test.cache, test.request, test.server, got, test.want, ds)
		}
	}
}

// CF-CFH-08 to CF-CFH-18: what belongs to a place can be made where something says
// where viewers are.
func TestCountryHeaderNeedsGeoData(t *testing.T) {
	for _, test := range []struct {
		geo, header string
		warned      bool
	}{
		{"", "CloudFront-Viewer-Country", true},
		{"server: {geo: {files: [geo.csv]}}\n", "cloudfront-viewer-country", false},
		{"server: {geo: {files: [geo.csv]}}\n", "CloudFront-Viewer-Country-Region", false},
		{"server: {geo: {files: [geo.csv]}}\n", "CloudFront-Viewer-ASN", false},
		{"", "CloudFront-Viewer-ASN", true},
		{"", "CloudFront-Viewer-City", true},
		{"server: {geo: {files: [geo.csv]}}\n", "CloudFront-Viewer-City", false},
		{"server: {geo: {files: [geo.csv]}}\n", "CloudFront-Viewer-Time-Zone", false},
	} {
		policy := "origin_request_policies: {p: {headers_config: {header_behavior: whitelist, headers: [" + test.header + "]}}}\n"
		behaviors := "    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: CachingDisabled, origin_request_policy_id: p}]\n"
		_, ds := Parse("headers.yaml", []byte(document("", behaviors+policy+test.geo)))
		if got := strings.Contains(ds.String(), string(headerLeftOut)); got != test.warned || ds.HasErrors() {
			t.Errorf("%s, %q: got warned %t, want %t: %v", test.header, test.geo, got, test.warned, ds)
		}
	}
}
