package compile

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/origin/sigv4"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/compress"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/signedurl"
	"github.com/groundfront/groundfront/proxy/viewertls"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/token"
)

// Environment is what a Snapshot uses besides the configuration.
type Environment struct {
	// Metrics gives counters to behaviors and origins; nil means none.
	Metrics *metrics.Set
	// OpenLog opens the access log of a distribution; nil turns logs off. It
	// returns the same writer for the same path, so that a reload goes on
	// writing.
	OpenLog func(path string) (*accesslog.Writer, error)
	// OpenRecords is OpenLog for the log records of web ACLs.
	OpenRecords func(path string) (*accesslog.Writer, error)
	// Tokens make and check what viewers have to solve at web ACLs; nil is a
	// Keeper with a key of its own.
	Tokens *token.Keeper
	// ReadFile reads the files a configuration names; nil means os.ReadFile.
	ReadFile func(name string) ([]byte, error)
	// Report, if set, is told later, from any goroutine, what is wrong with a file
	// that the configuration names and that has changed.
	Report func(error)
	// ACME returns the certificate of a name in the configuration that an authority
	// issues; nil knows none.
	ACME func(name string) *viewertls.Certificate
	// Warn, if set, is told by Compile what is wrong with a file and keeps nothing
	// from running.
	Warn func(error)
	// Secrets follow the files of custom headers; nil reads them once, by
	// ReadFile. LookupEnv reads the environment; nil means os.LookupEnv.
	Secrets   *secret.Files
	LookupEnv func(name string) (string, bool)
	// Credentials and SignedContent are for origins whose requests are signed.
	// Without Credentials a configuration that has one is refused.
	Credentials   *sigv4.Credentials
	SignedContent *sigv4.Memory
	// Health has the states of origins that outlive a Snapshot; nil makes new
	// ones, whose checks nobody runs.
	Health *health.Plan
	// LocalCA is the certificate of sockets with tls: local_ca; nil refuses these.
	LocalCA *viewertls.Certificate
	// Tickets keep the sessions of viewers over reloads; nil resumes none.
	Tickets *viewertls.Tickets
	// HTTPSPorts are those of the sockets as they are bound.
	HTTPSPorts proxy.HTTPSPorts
	// HTTP3Port is where viewers find HTTP/3; 0 if no socket speaks it.
	HTTP3Port int
	// Previous is the Snapshot that the new one takes the place of, nil at the
	// start. Rate-based rules that are the same go on with its counts.
	Previous *proxy.Snapshot
}

// readFile reads a file that the configuration names.
func (e *Environment) readFile(name string) ([]byte, error) {
	if e.ReadFile != nil {
		return e.ReadFile(name)
	}
	return os.ReadFile(name)
}

// Compile builds the Snapshot of a configuration that was loaded without
// errors. The error names the distribution and the behavior.
func Compile(c *config.Config, env Environment) (*proxy.Snapshot, error) {
	if env.Health == nil {
		env.Health = new(health.Plan)
	}
	if env.Tokens == nil {
		env.Tokens = token.NewKeeper(nil)
	}
	s := &proxy.Snapshot{
		LoopbackHosts:  c.Server.Mode == config.ModeDev,
		HTTPSPorts:     env.HTTPSPorts,
		AltSvc:         proxy.AltSvc(env.HTTP3Port),
		MaxContent:     int64(c.Server.Limits.MaxBodySize),
		TrustedProxies: c.Server.TrustedPrefixes(),
		MaxInspected:   int64(c.Server.Limits.MaxInspectedContent),
		Choices:        exchangeChoices(&c.Choices),
	}
	var err error
	if s.Geo, err = geoData(c.Server.Geo, env); err != nil {
		return nil, err
	}
	s.PlaceOverride = placeOverride(&c.Server)
	acls, err := webACLs(c, "", s.Geo, env)
	if err != nil {
		return nil, err
	}
	firewalls, err := recorders(c, env)
	if err != nil {
		return nil, err
	}
	keys, err := publicKeys(c, env)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		s.Signatures = signedurl.NewVerifier(s.Choices.SignedPath)
	}
	stores, err := trustStores(c, env)
	if err != nil {
		return nil, err
	}
	for i := range c.Distributions {
		d, err := distribution(c, &c.Distributions[i], keys, acls[c.Distributions[i].WebACLID], s.Geo, env)
		if err != nil {
			return nil, fmt.Errorf("distribution %q: %w", c.Distributions[i].Name, err)
		}
		if d.ViewerMTLS, err = viewerMTLS(c, &c.Distributions[i], stores, env); err != nil {
			return nil, fmt.Errorf("distribution %q: %w", d.Name, err)
		}
		d.Firewall = firewalls[c.Distributions[i].WebACLID]
		s.Distributions = append(s.Distributions, d)
	}
	if s.TLS, s.Certificates, err = tables(c, s.Distributions, env); err != nil {
		return nil, err
	}
	if err := s.Index(); err != nil {
		return nil, err
	}
	return s, nil
}

func distribution(c *config.Config, d *config.Distribution, keys map[string]*signedurl.PublicKey, acl *waf.ACL, places *geo.Data, env Environment) (*proxy.Distribution, error) {
	out := &proxy.Distribution{
		Name: d.Name, ID: DistributionID(d.Name), DomainName: DomainName(d.Name),
		Aliases: d.Aliases, Enabled: d.Enabled, DefaultRootObject: d.DefaultRootObject,
		HTTP2: d.HTTPVersion.HasHTTP2(), HTTP3: d.HTTPVersion.HasHTTP3(), CacheTagHeader: d.CacheTagHeader, WebACL: acl,
	}
	var err error
	if out.ErrorResponses, err = errorResponses(d.CustomErrorResponses); err != nil {
		return nil, err
	}
	if out.Log, err = openLog(d, env); err != nil {
		return nil, err
	}
	out.LogCookies = d.Logging != nil && d.Logging.IncludeCookies
	out.HideSignatures = hidesSignatures(c, d)
	out.Restriction = geoRestriction(&d.Restrictions.GeoRestriction)

	targets, err := newTargets(c, d, places, env)
	if err != nil {
		return nil, err
	}
	patterns := make([]string, len(d.CacheBehaviors))
	for i := range d.CacheBehaviors {
		patterns[i] = d.CacheBehaviors[i].PathPattern
	}
	if out.Patterns, err = behavior.New(patterns); err != nil {
		return nil, err
	}
	for i := range len(patterns) + 1 {
		b := &d.DefaultCacheBehavior
		if i < len(patterns) {
			b = &d.CacheBehaviors[i]
		}
		compiled, err := cacheBehavior(c, out, b, targets)
		if err != nil {
			return nil, fmt.Errorf("behavior %q: %w", out.Patterns.Pattern(i), err)
		}
		compiled.PathPattern = out.Patterns.Pattern(i)
		if compiled.Keys, err = trustedKeys(c, b, keys); err != nil {
			return nil, fmt.Errorf("behavior %q: %w", compiled.PathPattern, err)
		}
		name := strconv.Itoa(i) + " " + compiled.PathPattern
		if env.Metrics != nil {
			compiled.Metrics = env.Metrics.Behavior(d.Name, name)
		}
		if err := throttles(out, b, compiled, name, env); err != nil {
			return nil, fmt.Errorf("behavior %q: %w", compiled.PathPattern, err)
		}
		out.Behaviors = append(out.Behaviors, compiled)
	}
	return out, nil
}

func openLog(d *config.Distribution, env Environment) (*accesslog.Writer, error) {
	if d.Logging == nil || env.OpenLog == nil {
		return nil, nil
	}
	w, err := env.OpenLog(d.Logging.Path)
	if err != nil {
		return nil, fmt.Errorf("logging: %w", err)
	}
	return w, nil
}

func errorResponses(responses []config.CustomErrorResponse) (*errorpage.Rules, error) {
	rules := make([]errorpage.Rule, len(responses))
	for i, r := range responses {
		rules[i] = errorpage.Rule{
			Status: r.ErrorCode, PagePath: r.ResponsePagePath, ResponseCode: r.ResponseCode,
			CachingMinTTL: r.ErrorCachingMinTTL.Std(),
		}
	}
	return errorpage.New(rules)
}

// cacheBehavior compiles one behavior with its policies.
func cacheBehavior(c *config.Config, d *proxy.Distribution, b *config.CacheBehavior, t *targets) (*proxy.Behavior, error) {
	cachePolicy, found := c.CachePolicy(b.CachePolicyID)
	if !found {
		return nil, fmt.Errorf("no cache policy %q", b.CachePolicyID)
	}
	key := keyPolicy(cachePolicy, &c.Choices)
	request, err := requestPolicy(c, b, key)
	if err != nil {
		return nil, err
	}
	if cachePolicy.Semantics == config.SemanticsRFC9111 {
		key = request.WholeTarget(key)
	}
	builder, err := cachekey.New(key, cachekey.Options{Distribution: d.DomainName})
	if err != nil {
		return nil, fmt.Errorf("cache policy %q: %w", b.CachePolicyID, err)
	}
	headers, err := responseHeaders(c, b)
	if err != nil {
		return nil, err
	}
	out := &proxy.Behavior{
		ViewerProtocol: viewerProtocol(b.ViewerProtocolPolicy),
		Methods:        methodSet(b.AllowedMethods),
		Key:            builder,
		Rules: fetch.Rules{
			RequestPolicy: request,
			Freshness:     freshnessPolicy(cachePolicy, &c.Choices),
			Errors:        errorPolicy(d.ErrorResponses),
			Compress: compress.Policy{
				Compress: b.Compress, CachingDisabled: cachePolicy.MaxTTL == 0, // CF-CMP-04
				Gzip: key.EnableAcceptEncodingGzip, Brotli: key.EnableAcceptEncodingBrotli,
			},
			OptionsCached:    b.CachedMethods.Contains("OPTIONS"),
			CookiesForwarded: request.ForwardsCookies(),
			CacheTagHeader:   d.CacheTagHeader,
			Choices:          fetchChoices(&c.Choices),
		},
		ResponseHeaders: headers,
		GRPC:            b.GRPCConfig.Enabled,
		KeyedInserts:    d.WebACL != nil && slices.ContainsFunc(key.Headers, inserts(d.WebACL)),
	}
	out.Generated, out.GeneratedKeyed = generated(request.Generated(), key.Headers)
	return out, t.aim(&out.Rules, b.TargetOriginID)
}

// generated returns the CloudFront-* fields that policies ask for, those in the
// cache key first, of which there are so many.
func generated(asked, keyed []string) (names []string, inKey int) {
	for _, name := range asked {
		if containsFold(keyed, name) {
			names = append(names, name)
		}
	}
	inKey = len(names)
	for _, name := range asked {
		if !containsFold(keyed, name) {
			names = append(names, name)
		}
	}
	return names, inKey
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// originMetrics feeds the metrics of one origin.
type originMetrics struct{ *metrics.Origin }

// newObserver returns nil when there are no metrics.
func newObserver(env Environment, distribution, origin string) fetch.Observer {
	if env.Metrics == nil {
		return nil
	}
	return originMetrics{env.Metrics.Origin(distribution, origin)}
}

// RoundTrip implements fetch.Observer.
func (m originMetrics) RoundTrip(status int, t origin.Timing) {
	m.Observe(status)
	if status == 0 {
		return
	}
	if !t.Reused {
		m.ObservePhase(metrics.PhaseConnect, t.DNS+t.Connect)
	}
	if t.TLS > 0 {
		m.ObservePhase(metrics.PhaseTLS, t.TLS)
	}
	m.ObservePhase(metrics.PhaseFirstByte, t.FirstByte)
}

// Content implements fetch.Observer.
func (m originMetrics) Content(d time.Duration) { m.ObservePhase(metrics.PhaseBody, d) }

func requestPolicy(c *config.Config, b *config.CacheBehavior, key cachekey.Policy) (*requestpolicy.Policy, error) {
	out := requestpolicy.Config{Key: key}
	if b.OriginRequestPolicyID != "" {
		p, found := c.OriginRequestPolicy(b.OriginRequestPolicyID)
		if !found {
			return nil, fmt.Errorf("no origin request policy %q", b.OriginRequestPolicyID)
		}
		out.Headers, out.HeaderNames = headersBehavior(p.HeadersConfig.HeaderBehavior), p.HeadersConfig.Headers
		out.CloudFrontHeaders = p.CloudFrontHeaders
		out.Cookies = cookieSelection(p.CookiesConfig)
		out.QueryStrings = querySelection(p.QueryStringsConfig)
	}
	compiled, err := requestpolicy.New(out)
	if err != nil {
		return nil, fmt.Errorf("origin request policy %q: %w", b.OriginRequestPolicyID, err)
	}
	return compiled, nil
}

func responseHeaders(c *config.Config, b *config.CacheBehavior) (*respheaders.Rewriter, error) {
	if b.ResponseHeadersPolicyID == "" {
		return nil, nil
	}
	p, found := c.ResponseHeadersPolicy(b.ResponseHeadersPolicyID)
	if !found {
		return nil, fmt.Errorf("no response headers policy %q", b.ResponseHeadersPolicyID)
	}
	rewriter, err := respheaders.New(responseHeadersPolicy(p, &c.Choices))
	if err != nil {
		return nil, fmt.Errorf("response headers policy %q: %w", b.ResponseHeadersPolicyID, err)
	}
	return rewriter, nil
}
