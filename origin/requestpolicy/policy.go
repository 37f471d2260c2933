package requestpolicy

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
	"github.com/groundfront/groundfront/origin"
)

// HeaderBehavior is which viewer headers an origin request policy selects
// (CF-ORP-03).
type HeaderBehavior uint8

// The behaviors.
const (
	HeadersNone HeaderBehavior = iota
	HeadersWhitelist
	HeadersAllViewer
	// HeadersAllViewerAndWhitelistCloudFront is all the viewer sent and the
	// listed CloudFront-* headers.
	HeadersAllViewerAndWhitelistCloudFront
	HeadersAllExcept
)

// String returns the behavior as CloudFront's API spells it.
func (b HeaderBehavior) String() string {
	switch b {
	case HeadersNone:
		return "none"
	case HeadersWhitelist:
		return "whitelist"
	case HeadersAllViewer:
		return "allViewer"
	case HeadersAllViewerAndWhitelistCloudFront:
		return "allViewerAndWhitelistCloudFront"
	case HeadersAllExcept:
		return "allExcept"
	}
	return "HeaderBehavior(?)"
}

// Config is a cache policy's key part and an origin request policy. The zero
// origin request policy is "no policy": only what is keyed is sent
// (CF-ORP-02).
type Config struct {
	Key cachekey.Policy

	Headers     HeaderBehavior
	HeaderNames []string // for the three behaviors with a list
	// CloudFrontHeaders are generated headers that are added whatever the
	// behavior is (CF-MORP-10).
	CloudFrontHeaders []string
	Cookies           selection.Selection
	QueryStrings      selection.Selection
}

// A Policy is a compiled Config, immutable.
type Policy struct {
	headers   HeaderBehavior
	listed    []string // lower case: HeaderNames
	keyed     []string // lower case: the key's headers
	generated []string // in the spelling of table CF-CFH
	cookies   selection.Selection
	query     query.Filter

	// With tracking parameters dropped from the key, they reach the origin
	// only if the origin request policy selects them.
	dropTracking bool
	keyQuery     query.Filter
	policyQuery  selection.Selection

	// What a choice takes out of the key does not reach the origin.
	choices  cachekey.Choices
	repeated query.Filter

	response origin.ResponseRule // without DropStar
}

// New compiles a Config. It fails when a selection makes no sense.
func New(c Config) (*Policy, error) {
	for _, s := range []selection.Selection{c.Cookies, c.QueryStrings} {
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("origin request policy: %w", err)
		}
	}
	p := &Policy{
		headers:      c.Headers,
		listed:       lowerAll(c.HeaderNames),
		keyed:        lowerAll(c.Key.Headers),
		cookies:      union(c.Key.Cookies, c.Cookies),
		query:        query.Filter{Selection: union(c.Key.QueryStrings, c.QueryStrings), Sort: c.Key.SortQuery},
		dropTracking: c.Key.DropTracking,
		keyQuery:     query.Filter{Selection: c.Key.QueryStrings, DropTracking: true},
		policyQuery:  c.QueryStrings,
		choices:      c.Key.Choices,
		repeated: query.Filter{
			Selection: c.Key.QueryStrings, DropTracking: c.Key.DropTracking, Repeated: c.Key.Choices.RepeatedQuery,
		},
	}
	p.generated = p.generatedHeaders(lowerAll(c.CloudFrontHeaders))
	p.response = origin.ResponseRule{Cookies: p.ForwardsCookies(), Forwards: p.selects, Device: p.forwardsDevice()}
	return p, nil
}

func lowerAll(names []string) []string {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	return lower
}

// union joins what a cache policy keys with what an origin request policy
// selects (CF-ORPX-01 to -04). Two block lists are the exception: a name must
// be in neither (CF-ORPX-06).
func union(key, policy selection.Selection) selection.Selection {
	a, b := key, policy
	switch {
	case a.Behavior == selection.BehaviorNone:
		return b
	case b.Behavior == selection.BehaviorNone:
		return a
	case a.Behavior == selection.BehaviorAll || b.Behavior == selection.BehaviorAll:
		return selection.Selection{Behavior: selection.BehaviorAll}
	case a.Behavior == b.Behavior:
		return selection.Selection{Behavior: a.Behavior, Names: append(slices.Clone(a.Names), b.Names...)}
	case a.Behavior == selection.BehaviorWhitelist:
		a, b = b, a
	}
	blocked := slices.DeleteFunc(slices.Clone(a.Names), func(n string) bool { return slices.Contains(b.Names, n) })
	if len(blocked) == 0 {
		return selection.Selection{Behavior: selection.BehaviorAll}
	}
	return selection.Selection{Behavior: selection.BehaviorAllExcept, Names: blocked}
}

// ForwardsCookies reports whether any cookie can reach the origin; that turns
// off collapsing and conditional revalidation (CF-COL-06, CF-COND-06).
func (p *Policy) ForwardsCookies() bool { return p.cookies.Behavior != selection.BehaviorNone }

// WholeTarget returns the key's part of a cache policy with all of the target
// URI in it that reaches the origin, the query and the Host: a strict cache
// never takes one resource for another (RFC 9111 section 4).
func (p *Policy) WholeTarget(key cachekey.Policy) cachekey.Policy {
	key.QueryStrings = p.query.Selection
	if p.selects("Host") {
		key.Headers = append(slices.Clone(key.Headers), "Host")
	}
	return key
}

// Generated returns the CloudFront-* headers that the policies ask for and
// that the edge must therefore make (CF-CFH-31, CF-CFH-32).
func (p *Policy) Generated() []string { return p.generated }

func (p *Policy) generatedHeaders(added []string) []string {
	var names []string
	for h := range field.CloudFrontHeaders() {
		lower := strings.ToLower(h.Name)
		if slices.Contains(p.keyed, lower) || slices.Contains(added, lower) ||
			p.headers != HeadersAllExcept && slices.Contains(p.listed, lower) {
			names = append(names, h.Name)
		}
	}
	return names
}

// selects reports whether a viewer header reaches the origin because a policy
// says so.
func (p *Policy) selects(name string) bool {
	if listed(p.keyed, name) {
		return true
	}
	switch p.headers {
	case HeadersWhitelist:
		return listed(p.listed, name)
	case HeadersAllViewer, HeadersAllViewerAndWhitelistCloudFront:
		return true
	case HeadersAllExcept:
		return !listed(p.listed, name)
	}
	return false
}

// Host returns the Host field for the origin: the viewer's if a policy
// forwards it (CF-HDR-56), else the origin's domain name (CF-HDR-17), with
// the port if that is not the scheme's own (CF-HDR-55). S3 origins always get
// their own name (CF-HDR-63).
func (p *Policy) Host(o *origin.Origin, viewerScheme, viewerHost string) string {
	if !o.S3 && viewerHost != "" && p.selects("Host") {
		return viewerHost
	}
	scheme := o.Scheme(viewerScheme)
	if port := o.Port(scheme); port != defaultPort(scheme) {
		return net.JoinHostPort(o.DomainName, strconv.Itoa(port))
	}
	return o.DomainName
}

func defaultPort(scheme string) int {
	if scheme == "https" {
		return 443
	}
	return 80
}

// Target returns the request target for the origin: origin path, raw path,
// and the selected pairs of the query as they were spelt (CF-OPATH-01,
// CF-REQ-07, CF-REQ-10). With no pair selected there is no "?".
func (p *Policy) Target(o *origin.Origin, path, rawQuery string, hasQuery bool) string {
	if path == "*" { // of OPTIONS, which names no resource
		return path
	}
	target := o.Path + path
	if !hasQuery {
		return target
	}
	rawQuery = p.repeated.WithoutRepeats(rawQuery)
	if p.query.Selection.Behavior == selection.BehaviorAll && !p.query.Sort && !p.dropTracking {
		return target + "?" + rawQuery // exactly as received (CF-KEY-20)
	}
	if p.dropTracking {
		rawQuery = p.withoutTracking(rawQuery)
	}
	if selected := p.query.Append(make([]byte, 0, len(rawQuery)), rawQuery); len(selected) > 0 {
		return target + "?" + string(selected)
	}
	return target
}

// withoutTracking drops the pairs that the key drops and the origin request
// policy does not select: what is neither keyed nor selected stays here.
func (p *Policy) withoutTracking(rawQuery string) string {
	var kept []string
	for pair := range query.Pairs(rawQuery) {
		if p.policyQuery.Includes(pair.Name()) || len(p.keyQuery.Append(nil, string(pair))) > 0 {
			kept = append(kept, string(pair))
		}
	}
	return strings.Join(kept, "&")
}

// ResponseRules returns what of an origin's response depends on what was
// forwarded to it. dropStar is set when the minimum TTL is above 0
// (CF-COND-07).
func (p *Policy) ResponseRules(dropStar bool) origin.ResponseRule {
	rule := p.response
	rule.DropStar = dropStar
	return rule
}

// forwardsDevice reports whether a CloudFront-Is-* header reaches the origin:
// then User-Agent stays in Vary (CF-VARY-02).
func (p *Policy) forwardsDevice() bool {
	return slices.ContainsFunc(p.generated, func(name string) bool { return strings.HasPrefix(name, "CloudFront-Is-") })
}
