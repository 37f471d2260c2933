package config

import (
	"math"
	"strconv"
	"strings"
)

// Throttle bounds how often a behavior's requests come, as the throttles of an
// API and of its usage plans do at Amazon API Gateway (AG-THR-01, AG-KEY-03), in
// front of it: who comes more often gets a 429 with Retry-After. Not at AWS's
// CloudFront.
type Throttle struct {
	// Name of the throttle, in metrics.
	Name string `config:"name,key"`

	// RateLimit is how many requests of a key may come in a second in the long
	// run, 0.001 to 1000000.
	RateLimit RequestRate `config:"rate_limit,required"`

	// BurstLimit is how many may come at once when none has come for a while, 1
	// to 1000000.
	BurstLimit int `config:"burst_limit,required" range:"1..1000000"`

	// Key says which requests share that: all of the behavior (all); those of
	// one viewer, by its IPv4 address or the /64 network of its IPv6 address
	// (ip); or those with one value of a header (header), where all that do not
	// have it are alike, too. Whoever may make up values has as many keys: then
	// another throttle bounds all of them together. Default all.
	Key ThrottleKey `config:"key" default:"all"`

	// HeaderName is the header of key header. Default X-Api-Key, where API
	// Gateway expects API keys (AG-KEY-01).
	HeaderName string `config:"header_name"`

	// Counts says which requests count: those that would be forwarded to the
	// origin (forwarded), of which API Gateway sees no others, so that what the
	// cache answers, or another viewer's request brings, is free; or all of them.
	// Default forwarded.
	Counts ThrottleCounts `config:"counts" default:"forwarded"`

	// MaxKeys is how many keys are remembered, 100 to 10000000: with more that one
	// is forgotten that has used the least. It fixes the memory of the throttle,
	// which grows to 40 bytes for each. Default 100000.
	MaxKeys int `config:"max_keys" default:"100000" range:"100..10000000"`
}

// ThrottleKey says which requests share a throttle.
type ThrottleKey string

// The keys.
const (
	ThrottleKeyAll    ThrottleKey = "all"
	ThrottleKeyIP     ThrottleKey = "ip"
	ThrottleKeyHeader ThrottleKey = "header"
)

func (ThrottleKey) values() []string { return []string{"all", "ip", "header"} }

// ThrottleCounts says which requests a throttle counts.
type ThrottleCounts string

// The ways to count.
const (
	ThrottleCountsForwarded ThrottleCounts = "forwarded"
	ThrottleCountsAll       ThrottleCounts = "all"
)

func (ThrottleCounts) values() []string { return []string{"forwarded", "all"} }

// RequestRate is a number of requests in a second, from 0.001 to 1000000.
type RequestRate float64

const (
	leastRequestRate = 0.001
	mostRequestRate  = 1_000_000
)

// String returns r in the file's notation.
func (r RequestRate) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) }

func (r *RequestRate) readNode(rd *reader, n *node, at path) {
	if n.kind != kindFloat && n.kind != kindInt {
		rd.at(n.pos, wrongType, at, "want a number of requests in a second, got %s", describe(n))
		return
	}
	switch v, err := strconv.ParseFloat(n.text, 64); {
	case err != nil || strings.Trim(n.text, "0123456789.") != "":
		rd.at(n.pos, badValue, at, "%s is not a plain decimal number", n.text)
	case v < leastRequestRate || v > mostRequestRate:
		rd.at(n.pos, outOfRange, at, "%s requests in a second, want 0.001 to 1000000", n.text)
	default:
		*r = RequestRate(v)
	}
}

func (r *RequestRate) printNode() *node {
	kind := kindFloat
	if v := float64(*r); v == math.Trunc(v) {
		kind = kindInt
	}
	return &node{kind: kind, text: r.String()}
}

func (*RequestRate) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": leastRequestRate, "maximum": mostRequestRate}
}

// apiKeyHeader is where API Gateway expects API keys (AG-KEY-01).
const apiKeyHeader = "X-Api-Key"

// resolveThrottles fills in the header of throttles.
func resolveThrottles(b *CacheBehavior) {
	for i := range b.Throttles {
		if t := &b.Throttles[i]; t.Key == ThrottleKeyHeader && t.HeaderName == "" {
			t.HeaderName = apiKeyHeader
		}
	}
}

// maxThrottles is how many a behavior may have: each is asked in turn.
const maxThrottles = 5

func (k *checker) throttles(b *CacheBehavior, at path) {
	at = at.key("throttles")
	if n := len(b.Throttles); n > maxThrottles {
		k.fail(at, badThrottle, "%d throttles, want at most %d", n, maxThrottles)
	}
	for i := range b.Throttles {
		t := &b.Throttles[i]
		here := at.key(t.Name).key("header_name")
		switch {
		case t.Key != ThrottleKeyHeader && k.written(here):
			k.fail(here, badThrottle, "header_name is only for the key header")
		case t.Key == ThrottleKeyHeader && strings.EqualFold(t.HeaderName, "Host"):
			k.fail(here, badThrottle, "Host says which distribution is asked, not by whom")
		case t.Key == ThrottleKeyHeader:
			k.headerName(here, t.HeaderName)
		}
	}
}
