// Package admin is the operator's HTTP interface: health, metrics,
// invalidations, the clock, profiles. It has a listener of its own, loopback by
// default, and knows the edge only through the functions in Options.
//
//	GET  /healthz, /readyz, /startupz   text, or JSON when Accept asks for it
//	GET  /metrics                       for Prometheus
//	GET  /v1/info                       what runs
//	GET  /v1/config                     which configuration is in use, since when
//	POST /v1/reload                     {}: reads it again
//	POST /v1/invalidations              {"distribution","paths","caller_reference","dry_run"}
//	GET  /v1/invalidations              the latest first; ?distribution=
//	GET  /v1/invalidations/{id}         one of them
//	GET  /v1/web-acls/{name}/rules/{rule}/managed-keys
//	                                    the addresses that it limits; ?rule_group_rule=
//	GET  /v1/web-acls/{name}/samples    its samples; ?rule=, ?max_items=, ?start=
//	GET  /v1/clock                      what time it is for the edge
//	POST /v1/clock                      {"action","by","to"}
//	GET  /debug/pprof/                  profiles
//
// Every error of the API is {"error":{"kind":…,"message":…}}.
//
// Who reaches the listener may use it, or who has a token or a client certificate
// (access.go). A web page in the operator's browser may not (guard.go). Nothing
// changes by a GET. NewMonitoring is the part that monitoring asks.
//
// It is a part of proxy, and with proxy/listener the only one that speaks
// net/http.
package admin
