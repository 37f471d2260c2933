// Package doctor looks for traps in a configuration: settings that AWS accepts
// and that seldom do what was meant, in front of Amazon API Gateway above all.
// It says what will happen and what to write instead.
//
// It is a provider of config: a pure function of an effective configuration,
// Examine, with a table of checks (checks.go) and one file for each family of
// them. A warning stops nothing. What is meant as it is can be silenced by the
// name of its trap:
//
//	doctor: {ignore: [bare_path_missed]}
//
// A check warns only of what the configuration shows. Which API there is
// behind a name, what it answers and who asks for what it cannot know; some of
// that package origin/apigateway knows when the API refuses. An origin is an
// API to the checks if its name says so, which execute-api and lambda-url do,
// if api_gateway or lambda does, or, where that is enough, if a behavior sends
// it all methods.
//
// The known traps, and where each is looked for:
//
//	CF-TRAP-01  forwarded_host
//	CF-TRAP-02  missing_stage, doubled_stage
//	CF-TRAP-03  at run time: apigateway.Explain
//	CF-TRAP-04  at run time: apigateway.Explain
//	CF-TRAP-05  dropped_authorization
//	CF-TRAP-06  shared_authorization
//	CF-TRAP-07  unkeyed_query, dropped_query
//	CF-TRAP-08  min_ttl_over_private
//	CF-TRAP-09  error_page_over_api
//	CF-TRAP-10  long_error_caching; the default of 10s is that of every behavior
//	CF-TRAP-11  not visible: only the origin's stale-if-error=0 prevents it
//	CF-TRAP-12  preflight_refused, preflight_unkeyed
//	CF-TRAP-13  unkeyed_cors_origin
//	CF-TRAP-14  errors_without_cors
//	CF-TRAP-15  compression_without_effect
//	CF-TRAP-16  not visible: which responses stream, and how quietly
//	CF-TRAP-17  timeout_below_api, timeout_retried
//	CF-TRAP-18  edge_in_chain; the name alone is the same for every endpoint type
//	CF-TRAP-19  header_budget
//	CF-TRAP-20  not visible: how large requests are; there is no setting for it
//	CF-TRAP-21  not visible: which parameters carry escapes
//	CF-TRAP-22  not visible: which characters viewers send
//	CF-TRAP-23  viewer_signature, and at run time: apigateway.Explain
//	CF-TRAP-24  not visible: what the API takes for the viewer's address
//	CF-TRAP-25  refused: no policy may list X-Forwarded-Proto (GF4007)
//	CF-TRAP-26  not visible: whether the API looks at User-Agent
//	CF-TRAP-27  shared_api_key, api_key_for_all, and at run time: apigateway.Explain
//	CF-TRAP-28  not visible: whether the stage has a cache
//	CF-TRAP-29  method_override
//	CF-TRAP-30  cookies_stop_collapsing
//	CF-TRAP-31  not visible: whether that is meant; CachingDisabled says what it does
//	CF-TRAP-32  shared_cookies; whether an API sets cookies that are dropped is not visible
//	CF-TRAP-33  not visible: whether the API answers HEAD
//	CF-TRAP-34  bare_path_missed
//	CF-TRAP-35  raw_path_in_production
//	CF-TRAP-36  redirected_content
//	CF-TRAP-37  not visible: whether the API asks for a certificate
//	CF-TRAP-38  refused: a domain_name is only a host (GF4013)
//	CF-TRAP-39  not visible: what the API answers
//	CF-TRAP-40  not visible: which Vary the API sends
//	CF-TRAP-41  not visible: invalidations are no configuration
//	CF-TRAP-42  not visible: whether the API knows ranges
//	CF-TRAP-43  websocket_handshake
//	CF-TRAP-44  reserved_path
//	CF-TRAP-45  brotli_only
package doctor
