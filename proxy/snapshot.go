package proxy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/viewertls"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/record"
)

// A Snapshot is the compiled configuration: everything a request may need to
// know, immutable, reached through one atomic pointer. A request keeps the
// Snapshot it began with. config/compile builds it; nothing here knows files.
type Snapshot struct {
	// Distributions in the order of the configuration.
	Distributions []*Distribution
	// LoopbackHosts lets a single distribution also answer to localhost and
	// loopback addresses: the convenience of dev mode.
	LoopbackHosts bool
	// Choices are those where AWS documents nothing.
	Choices Choices
	// HTTPSPorts are named in redirects to HTTPS, for edges that do not listen at 80
	// and 443 (CF-VPP-11).
	HTTPSPorts HTTPSPorts
	// AltSvc tells viewers where HTTP/3 is, in every response of a distribution
	// that has it (CF-DIST-15); "" where there is none.
	AltSvc string
	// MaxContent bounds the bytes of a request's content (CF-SIZE-05); 0 means
	// no bound.
	MaxContent int64
	// MaxInspected bounds the memory of all content that web ACLs inspect at a
	// time, in bytes; 0 means 64 MiB.
	MaxInspected int64
	// TrustedProxies are believed when they say for whom they ask.
	TrustedProxies viewer.Networks
	// TLS answers the handshakes of sockets, by their names
	// (config/compile.SocketNames).
	TLS map[string]*viewertls.Table
	// Certificates are those of files that viewers may be shown, each once.
	Certificates []*viewertls.Certificate
	// Geo tells where viewers are; nil knows of none.
	Geo *geo.Data
	// PlaceOverride lets clients of a developer say it; nil lets nobody.
	PlaceOverride *PlaceOverride
	// Signatures verifies those of requests; nil if no Behavior has Keys.
	Signatures *signedurl.Verifier

	exact        map[string]*Distribution
	wildcard     []wildcardAlias // longest suffix first
	fingerprints bool            // somebody wants those of a viewer's ClientHello
}

// AltSvc returns what tells viewers that HTTP/3 is at a port of this host; "" for
// no port (CF-RESP-12).
func AltSvc(port int) string {
	if port == 0 {
		return ""
	}
	return fmt.Sprintf(`h3=":%d"; ma=86400`, port)
}

// A Distribution is one configured edge.
type Distribution struct {
	// Name is the distribution's name in the configuration.
	Name string
	// ID and DomainName are those CloudFront would have given it:
	// "E2EXAMPLE1234" and "d111111abcdef8.cloudfront.net" (CF-DIST-02).
	ID, DomainName string
	// Aliases are the alternate domain names, lower case (CF-DIST-03).
	Aliases []string
	Enabled bool
	// HTTP2 and HTTP3 say that viewers may use it (CF-DIST-13).
	HTTP2, HTTP3 bool
	// ViewerMTLS is what it asks of viewers' certificates; nil asks for none.
	ViewerMTLS *truststore.Policy
	// DefaultRootObject is "" or a name without leading slash (CF-ROOT-04).
	DefaultRootObject string
	// Patterns chooses one of Behaviors; the last behavior is the default.
	Patterns  *behavior.Table
	Behaviors []*Behavior
	// Restriction says viewers of which countries are served (CF-GEO).
	Restriction geo.Restriction
	// WebACL inspects every request; nil inspects none (CF-WAF-01).
	WebACL *waf.ACL
	// Firewall records what WebACL does; nil records nothing.
	Firewall *record.Recorder
	// ErrorResponses are the custom error responses (CF-CER).
	ErrorResponses *errorpage.Rules
	// CacheTagHeader is the field that carries cache tags; "" if there are
	// none (CF-TAG-01).
	CacheTagHeader string
	// Log receives the access log records; nil when logging is off.
	Log *accesslog.Writer
	// LogCookies includes the Cookie field in the log (CF-LF field 13).
	LogCookies bool
	// HideSignatures keeps the signatures of viewers out of the log, and out of what
	// Firewall records.
	HideSignatures bool
}

// A Behavior is one cache behavior with its policies compiled.
type Behavior struct {
	// PathPattern as configured; "Default (*)" for the default behavior.
	PathPattern    string
	ViewerProtocol ViewerProtocol
	Methods        MethodSet // allowed (CF-METH-01)
	// Keys are those that requests must be signed by; nil lets all pass
	// (CF-SIG-01).
	Keys *signedurl.Keys
	// Key builds cache keys by the cache policy.
	Key *cachekey.Builder
	// Rules are the origin side: origin, policies, TTLs, compression.
	fetch.Rules
	// ResponseHeaders is nil when the behavior has no such policy.
	ResponseHeaders *respheaders.Rewriter
	// GRPC lets viewers make gRPC calls (CF-GRPC-01).
	GRPC bool
	// Generated are the CloudFront-* fields that one of the policies asks
	// for (CF-CFH); only these are made. The first GeneratedKeyed of them are in the
	// cache key; others are made for requests that go to the origin.
	Generated      []string
	GeneratedKeyed int
	// KeyedInserts says that the web ACL may insert fields that are in the
	// cache key, so that it must be evaluated before there is one.
	KeyedInserts bool
	// Throttles are asked before the cache is, OriginThrottles about requests
	// that would go to the origin, each in order.
	Throttles, OriginThrottles []Throttle
	Metrics                    *metrics.Behavior

	learned learned // for Hit
}

// ViewerProtocol is the viewer protocol policy (CF-VPP).
type ViewerProtocol uint8

// The viewer protocol policies.
const (
	ViewerProtocolAllowAll ViewerProtocol = iota
	ViewerProtocolRedirectToHTTPS
	ViewerProtocolHTTPSOnly
)

// String returns the policy as CloudFront's API spells it.
func (p ViewerProtocol) String() string {
	switch p {
	case ViewerProtocolAllowAll:
		return "allow-all"
	case ViewerProtocolRedirectToHTTPS:
		return "redirect-to-https"
	case ViewerProtocolHTTPSOnly:
		return "https-only"
	}
	return "ViewerProtocol(?)"
}

// MethodSet is one of the three sets of allowed methods (CF-METH-01).
type MethodSet uint8

// The method sets.
const (
	MethodsRead        MethodSet = iota // GET, HEAD
	MethodsReadOptions                  // GET, HEAD, OPTIONS
	MethodsAll                          // all seven
)

// String returns the set's name in the configuration.
func (s MethodSet) String() string {
	switch s {
	case MethodsRead:
		return "read"
	case MethodsReadOptions:
		return "read_options"
	case MethodsAll:
		return "all"
	}
	return "MethodSet(?)"
}

// Allows reports whether method is in the set. Methods are case-sensitive,
// and those CloudFront does not know are in none (CF-METH-04).
func (s MethodSet) Allows(method string) bool {
	switch method {
	case "GET", "HEAD":
		return true
	case "OPTIONS":
		return s >= MethodsReadOptions
	case "PUT", "POST", "PATCH", "DELETE":
		return s == MethodsAll
	}
	return false
}

// A wildcardAlias is "*.example.com" as the suffix ".example.com".
type wildcardAlias struct {
	suffix       string
	distribution *Distribution
}

// Index prepares what is asked of all distributions, such as the host tables. It fails when two distributions claim the
// same alternate domain name (CF-DIST-07). It must be called once, before
// the Snapshot is used.
func (s *Snapshot) Index() error {
	s.exact = make(map[string]*Distribution)
	s.wildcard = nil
	s.fingerprints = slices.ContainsFunc(s.Distributions, (*Distribution).wantsFingerprints)
	for _, d := range s.Distributions {
		for _, host := range append([]string{d.DomainName}, d.Aliases...) {
			if other := s.claim(strings.ToLower(host), d); other != nil {
				return fmt.Errorf("alternate domain name %q belongs to %q and %q", host, other.Name, d.Name)
			}
		}
	}
	slices.SortStableFunc(s.wildcard, func(a, b wildcardAlias) int { return len(b.suffix) - len(a.suffix) })
	return nil
}

func (s *Snapshot) maxInspected() int64 { return cmp.Or(s.MaxInspected, 64<<20) }

// wantsFingerprints reports whether the web ACL inspects JA3 or JA4, or a behavior
// tells origins.
func (d *Distribution) wantsFingerprints() bool {
	return d.WebACL != nil && d.WebACL.Fingerprints() || slices.ContainsFunc(d.Behaviors, func(b *Behavior) bool {
		return slices.Contains(b.Generated, fieldJA3) || slices.Contains(b.Generated, fieldJA4)
	})
}

// claim enters host for d and returns who already had it.
func (s *Snapshot) claim(host string, d *Distribution) (owner *Distribution) {
	suffix, isWildcard := strings.CutPrefix(host, "*")
	if !isWildcard {
		owner = s.exact[host]
		s.exact[host] = d
		return owner
	}
	for _, w := range s.wildcard {
		if w.suffix == suffix {
			return w.distribution
		}
	}
	s.wildcard = append(s.wildcard, wildcardAlias{suffix, d})
	return nil
}

// Distribution returns the one that answers to a Host field or :authority,
// or nil: the exact name first, then the longest wildcard (CF-DIST-05,
// CF-DIST-06). Port, letter case and one trailing dot do not matter
// (CF-DIST-03).
func (s *Snapshot) Distribution(host string) *Distribution {
	name := hostName(host)
	if d := s.exact[name]; d != nil {
		return d
	}
	for _, w := range s.wildcard {
		if len(name) > len(w.suffix) && strings.HasSuffix(name, w.suffix) {
			return w.distribution
		}
	}
	if s.LoopbackHosts && len(s.Distributions) == 1 && isLoopback(name) {
		return s.Distributions[0]
	}
	return nil
}

// Asked returns the distribution whose ViewerMTLS a handshake has asked, by the
// server name in it, "" for none: that with this name, or the only one.
func (s *Snapshot) Asked(serverName string) *Distribution {
	if serverName != "" {
		return s.Distribution(serverName)
	}
	if len(s.Distributions) == 1 {
		return s.Distributions[0]
	}
	return nil
}

// hostName strips port and trailing dot and folds the letter case. It
// returns its argument's memory when there is nothing to do.
func hostName(host string) string {
	if strings.HasPrefix(host, "[") {
		if end := strings.IndexByte(host, ']'); end > 0 {
			return host[1:end]
		}
	}
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && strings.IndexByte(host, ':') == colon {
		host = host[:colon]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopback(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.IsLoopback()
}
