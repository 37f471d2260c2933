package compress

import (
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// The bounds of Content-Length in bytes, both inclusive (CF-CMP-01,
// CF-CMP-03).
const (
	MinLength = 1_000
	MaxLength = 10_000_000
)

// A Decision says what happens to a response, or why nothing does.
type Decision uint8

// The decisions. All but the first two leave the response as it is. The
// order is the order in which the conditions are checked.
const (
	DecisionBrotli          Decision = iota // compress with Brotli
	DecisionGzip                            // compress with gzip
	DecisionBehaviorOff                     // the behavior's Compress is false
	DecisionCachingDisabled                 // the cache policy keeps nothing (CF-CMP-04)
	DecisionPolicyOff                       // the cache policy enables neither coding
	DecisionHTTP10                          // viewer below HTTP/1.1 (CF-AE-15)
	DecisionMethod                          // not GET: nothing is cached, or there is no content (CF-CMP-17, CF-CMP-18)
	DecisionNotAccepted                     // the viewer accepts no enabled coding (CF-CMP-16)
	DecisionStatus                          // not 200, 403 or 404
	DecisionEncoded                         // the origin sent Content-Encoding, whatever its value (CF-CMP-07)
	DecisionNoTransform                     // Cache-Control: no-transform (CF-CMP-10)
	DecisionContentType                     // not in table CF-CT
	DecisionNoLength                        // no valid Content-Length, for example chunked
	DecisionTooSmall                        // below MinLength
	DecisionTooLarge                        // above MaxLength
	numDecisions
)

var decisionNames = [numDecisions]string{
	DecisionBrotli:          "br",
	DecisionGzip:            "gzip",
	DecisionBehaviorOff:     "behavior_off",
	DecisionCachingDisabled: "caching_disabled",
	DecisionPolicyOff:       "policy_off",
	DecisionHTTP10:          "http10",
	DecisionMethod:          "method",
	DecisionNotAccepted:     "not_accepted",
	DecisionStatus:          "status",
	DecisionEncoded:         "encoded",
	DecisionNoTransform:     "no_transform",
	DecisionContentType:     "content_type",
	DecisionNoLength:        "no_length",
	DecisionTooSmall:        "too_small",
	DecisionTooLarge:        "too_large",
}

// String returns the snake_case name used in logs and traces.
func (d Decision) String() string {
	if d >= numDecisions {
		return "decision(" + strconv.Itoa(int(d)) + ")"
	}
	return decisionNames[d]
}

// Coding returns the content coding to apply, CodingIdentity for none.
func (d Decision) Coding() Coding {
	switch d {
	case DecisionBrotli:
		return CodingBrotli
	case DecisionGzip:
		return CodingGzip
	}
	return CodingIdentity
}

// A Policy is what the behavior and its cache policy say about compression.
type Policy struct {
	Compress        bool // the behavior's Compress
	CachingDisabled bool // the cache policy's TTLs are all zero
	Gzip            bool // EnableAcceptEncodingGzip
	Brotli          bool // EnableAcceptEncodingBrotli
}

// A Request is what the decision needs of the viewer's request.
type Request struct {
	Method string
	HTTP10 bool // below HTTP/1.1
	Gzip   bool // Accept-Encoding contains gzip, not with q=0 (CF-AE-13)
	Brotli bool // Accept-Encoding contains br, likewise
}

// A Response is what the decision needs of the origin's response.
type Response struct {
	Status        int
	Fields        field.Lines
	ContentLength int64 // of the content as received; negative when not declared
}

// Decide applies the conditions of CF-CMP-01. It is for a response that is
// fetched with its content: neither a 304 (CF-CMP-06) nor a response taken
// from the cache (CF-CMP-05) is compressed, and the caller does not ask.
func Decide(p Policy, r Request, a Response) Decision {
	if d := decideRequest(p, r); d.Coding() == CodingIdentity {
		return d
	}
	if d := decideResponse(a); d.Coding() == CodingIdentity {
		return d
	}
	if p.Brotli && r.Brotli { // CF-CMP-02
		return DecisionBrotli
	}
	return DecisionGzip
}

// decideRequest checks what is known before the response is. Its positive
// answer is only preliminary.
func decideRequest(p Policy, r Request) Decision {
	switch {
	case !p.Compress:
		return DecisionBehaviorOff
	case p.CachingDisabled:
		return DecisionCachingDisabled
	case !p.Gzip && !p.Brotli:
		return DecisionPolicyOff
	case r.HTTP10:
		return DecisionHTTP10
	case r.Method != "GET":
		return DecisionMethod
	case !(p.Gzip && r.Gzip) && !(p.Brotli && r.Brotli):
		return DecisionNotAccepted
	}
	return DecisionGzip
}

// decideResponse checks the response. Its positive answer names no coding in
// particular.
func decideResponse(a Response) Decision {
	switch {
	case a.Status != 200 && a.Status != 403 && a.Status != 404:
		return DecisionStatus
	case a.Fields.Has("Content-Encoding"):
		return DecisionEncoded
	case hasNoTransform(a.Fields):
		return DecisionNoTransform
	case !Compressible(a.Fields.Get("Content-Type")):
		return DecisionContentType
	case a.ContentLength < 0:
		return DecisionNoLength
	case a.ContentLength < MinLength:
		return DecisionTooSmall
	case a.ContentLength > MaxLength:
		return DecisionTooLarge
	}
	return DecisionGzip
}

// hasNoTransform looks for the directive in every Cache-Control line. A
// quoted comma is taken for a separator: at worst something that looks like
// the directive leaves a response uncompressed.
func hasNoTransform(fields field.Lines) bool {
	for _, line := range fields {
		if !field.EqualName(line.Name, "Cache-Control") {
			continue
		}
		for directive := range strings.SplitSeq(line.Value, ",") {
			if strings.EqualFold(strings.Trim(directive, " \t"), "no-transform") {
				return true
			}
		}
	}
	return false
}
