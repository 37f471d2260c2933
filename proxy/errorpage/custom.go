package errorpage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// DefaultCachingMinTTL is the error caching minimum TTL of a status without
// a rule (CF-ECT-01).
const DefaultCachingMinTTL = 10 * time.Second

// ErrRule is the kind of every error about a custom error response.
var ErrRule = errors.New("invalid custom error response")

// A Rule is one custom error response of a distribution (CF-CER-01).
type Rule struct {
	// Status is the status the rule applies to (AWS: ErrorCode): one of
	// 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504.
	Status int
	// PagePath is the path of the page that replaces the body (AWS:
	// ResponsePagePath), beginning with a slash. It is fetched through the
	// first behavior that matches it (CF-CER-04). Empty with a zero
	// ResponseCode: only the TTL is set.
	PagePath string
	// ResponseCode is the status the viewer gets with the page: 200 or one
	// of the statuses above (CF-CER-02).
	ResponseCode int
	// CachingMinTTL is how long the error is cached at least (AWS:
	// ErrorCachingMinTTL); 0 means that it is not kept by this setting. The
	// default of AWS, DefaultCachingMinTTL, is filled in by configuration.
	CachingMinTTL time.Duration
}

// HasPage reports whether the rule replaces the body and the status, and
// does not only set the TTL.
func (r Rule) HasPage() bool { return r.PagePath != "" }

// ClosesConnection reports whether the custom page is sent with
// `Connection: close` (CF-CER-10).
func (r Rule) ClosesConnection() bool {
	switch r.Status {
	case 400, 405, 414, 416, 500, 501:
		return true
	}
	return false
}

// customizable are the statuses that a rule may name (CF-CER-01); it has no
// 401, 406, 410, 412, 415, 429 (CF-CER-13).
var customizable = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

// Rules are the custom error responses of one distribution (CF-CER-03). They
// are immutable; a nil *Rules is a distribution without any.
type Rules struct {
	byStatus []Rule // sorted by Status, at most one each
}

// New checks and compiles custom error responses. The error wraps ErrRule.
func New(rules []Rule) (*Rules, error) {
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b Rule) int { return a.Status - b.Status })
	for i, r := range sorted {
		if err := checkRule(r); err != nil {
			return nil, err
		}
		if i > 0 && sorted[i-1].Status == r.Status {
			return nil, fmt.Errorf("%w: two rules for status %d", ErrRule, r.Status)
		}
	}
	return &Rules{byStatus: sorted}, nil
}

func checkRule(r Rule) error {
	switch {
	case !slices.Contains(customizable, r.Status):
		return fmt.Errorf("%w: status %d cannot have one", ErrRule, r.Status)
	case (r.PagePath == "") != (r.ResponseCode == 0):
		return fmt.Errorf("%w: status %d: page path and response code come together", ErrRule, r.Status)
	case r.PagePath != "" && r.PagePath[0] != '/':
		return fmt.Errorf("%w: status %d: page path %q does not begin with a slash", ErrRule, r.Status, r.PagePath)
	case r.HasPage() && r.ResponseCode != 200 && !slices.Contains(customizable, r.ResponseCode):
		return fmt.Errorf("%w: status %d: response code %d", ErrRule, r.Status, r.ResponseCode)
	case r.CachingMinTTL < 0:
		return fmt.Errorf("%w: status %d: negative caching minimum TTL", ErrRule, r.Status)
	}
	return nil
}

// CachingMinTTL returns the error caching minimum TTL for a status. A status
// without a rule, also one that cannot have a rule, has
// DefaultCachingMinTTL.
func (rs *Rules) CachingMinTTL(status int) time.Duration {
	if r, found := rs.rule(status); found {
		return r.CachingMinTTL
	}
	return DefaultCachingMinTTL
}

// Page returns the rule whose page replaces an error response, if there is
// one and the cause admits it (CF-CER-05, CF-CER-06).
func (rs *Rules) Page(status int, c Cause) (r Rule, found bool) {
	if c.exempt() {
		return Rule{}, false
	}
	r, found = rs.rule(status)
	if !found || !r.HasPage() {
		return Rule{}, false
	}
	return r, true
}

func (rs *Rules) rule(status int) (Rule, bool) {
	if rs == nil {
		return Rule{}, false
	}
	for _, r := range rs.byStatus {
		if r.Status == status {
			return r, true
		}
	}
	return Rule{}, false
}

// A Cause says where an error response comes from, as far as custom error
// responses care.
type Cause uint8

// The causes.
const (
	CauseOrigin      Cause = iota // the origin answered with the status
	CauseUnreachable              // the origin gave no usable answer: 502, 504
	CauseGeo                      // geo restriction
	CauseFirewall                 // web ACL
	CauseWAFResponse              // web ACL, with a response of its own (WF-ACT-14)
	CauseSignature                // signed URL or cookie missing or invalid
	CauseMethod                   // method outside the allowed set
	CauseProtocol                 // viewer protocol policy
	CauseHost                     // no distribution owns the Host
	CauseUnsafe                   // the request was judged malformed or unsafe
	CauseCapacity                 // 503 for capacity or a quota
	CauseGRPC                     // any error on a gRPC request
	numCauses
)

var causeNames = [numCauses]string{
	CauseOrigin:      "origin",
	CauseUnreachable: "unreachable",
	CauseGeo:         "geo",
	CauseFirewall:    "firewall",
	CauseWAFResponse: "waf_response",
	CauseSignature:   "signature",
	CauseMethod:      "method",
	CauseProtocol:    "protocol",
	CauseHost:        "host",
	CauseUnsafe:      "unsafe",
	CauseCapacity:    "capacity",
	CauseGRPC:        "grpc",
}

// String returns a short name for logs.
func (c Cause) String() string {
	if c >= numCauses {
		return "cause(" + strconv.Itoa(int(c)) + ")"
	}
	return causeNames[c]
}

// exempt reports whether custom error responses never apply (CF-CER-06; the
// host, because no distribution was selected; a web ACL's own response).
func (c Cause) exempt() bool {
	switch c {
	case CauseHost, CauseUnsafe, CauseCapacity, CauseGRPC, CauseWAFResponse:
		return true
	}
	return false
}
