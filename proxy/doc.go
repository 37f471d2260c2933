// Package proxy answers viewers as a CloudFront edge does. Three nouns carry
// it:
//
//	Exchange   one viewer request up to its log line; stages.go lists its
//	           steps in order, stage_*.go hold one each
//	Fetch      one trip to an origin (package fetch); may outlive the viewer
//	Entry      one stored response (package cache); all that the two share
//
// A Snapshot is the compiled configuration, immutable and swapped as a whole.
// Engines (packages h1 and h2, driven by package listener) parse requests, call
// Server.Serve and frame what it sends; package viewer is the border between
// them. Server.Hit is the short way to what is stored: it answers as Serve would,
// or leaves the request to it.
//
// Where a CloudFront feature is:
//
//	path patterns, precedence         behavior
//	viewer protocol policy, methods   stage_protocol.go
//	aliases, host selection           snapshot.go, stage_distribution.go
//	default root object               stage_behavior.go
//	conditions and ranges             stage_condition.go
//	response headers policies         respheaders
//	error pages, custom responses     errorpage, errorresponse.go
//	compression                       compress
//	X-Cache, access log               accesslog
//	web ACLs                          stage_firewall.go, inspectedcontent.go
//	throttles                         stage_throttle.go, throttle.go
//	CloudFront-* request fields       generatedfields.go
//	metrics, admin API                metrics, admin
package proxy
