package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/managed"
)

//go:embed proxy.yaml
var proxySource string

var proxyTemplate = template.Must(template.New("proxy.yaml").Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(proxySource))

// A proxySetup is what the proxy verb's configuration leaves open.
type proxySetup struct {
	Listen, Admin string
	Hosts         []string // further Host values to answer to
	Origin        proxyOrigin
	Default       proxyBehavior
	Behaviors     []proxyBehavior
}

// A proxyOrigin is a URL taken apart into an origin's settings.
type proxyOrigin struct {
	DomainName, Path, Policy string
	PortKey                  string // http_port or https_port
	Port                     int
}

// A proxyBehavior is "PATTERN=CACHE_POLICY".
type proxyBehavior struct{ Pattern, CachePolicy string }

// PassesThrough reports whether the cache policy turns caching off. Then the
// origin may see everything; otherwise what is not in the cache key must not
// reach it, or one viewer's answer would be kept for all.
func (b proxyBehavior) PassesThrough() bool {
	p, found := managed.Find(managed.KindCachePolicy, b.CachePolicy)
	return found && p.Name == "CachingDisabled"
}

func (s proxySetup) yaml() ([]byte, error) {
	var b bytes.Buffer
	err := proxyTemplate.Execute(&b, s)
	return b.Bytes(), err
}

// parseOriginURL takes http and https URLs without user, query and fragment.
func parseOriginURL(s string) (proxyOrigin, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return proxyOrigin{}, usagef("%q is not a URL such as https://abc123.execute-api.us-east-1.amazonaws.com/prod", s)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return proxyOrigin{}, usagef("%q has a user, a query or a fragment: an origin has only scheme, host, port and path", s)
	}
	o := proxyOrigin{
		DomainName: strings.ToLower(u.Hostname()), Path: strings.TrimRight(u.EscapedPath(), "/"),
		Policy: u.Scheme + "-only", PortKey: u.Scheme + "_port", Port: map[string]int{"http": 80, "https": 443}[u.Scheme],
	}
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || port == 0 {
			return proxyOrigin{}, usagef("%q has a port that is not 1 to 65535", s)
		}
		o.Port = int(port)
	}
	return o, nil
}

// parseBehaviors sorts "PATTERN=CACHE_POLICY" into the default behavior, "*",
// and the others in their order.
func (s *proxySetup) parseBehaviors(list []string) error {
	s.Default = proxyBehavior{"*", "CachingOptimized"}
	for _, text := range list {
		pattern, policy, ok := strings.Cut(text, "=")
		if !ok || pattern == "" || policy == "" {
			return usagef("--behavior %q is not PATTERN=CACHE_POLICY, such as '/api/*=CachingDisabled'", text)
		}
		if _, found := managed.Find(managed.KindCachePolicy, policy); !found {
			return usagef("--behavior %q: %q is not a managed cache policy; there are %s", text, policy,
				strings.Join(managed.Names(managed.KindCachePolicy), ", "))
		}
		if b := (proxyBehavior{pattern, policy}); pattern == "*" {
			s.Default = b
		} else {
			s.Behaviors = append(s.Behaviors, b)
		}
	}
	return nil
}

func newProxy(c console) *cobra.Command {
	var s proxySetup
	var behaviors []string
	var printConfig bool
	var logs logFlags
	cmd := &cobra.Command{
		Use:   "proxy URL",
		Short: "Run an edge in front of a URL, without a configuration",
		Long: `Run an edge in front of a URL, without a configuration. The URL's path becomes
the origin path, its host the origin's domain name and the Host that it gets.
Everything is cached by the managed policy CachingOptimized unless --behavior
says otherwise:

  groundfront proxy https://abc123.execute-api.us-east-1.amazonaws.com/prod \
      --behavior '/api/*=CachingDisabled'

--print-config prints the configuration to go on from.`,
		Args: arguments(cobra.ExactArgs(1)),
	}
	f := cmd.Flags()
	f.StringVar(&s.Listen, "listen", ":8080", "address for HTTP")
	f.StringVar(&s.Admin, "admin", defaultAdmin, "address for health, metrics and invalidations")
	f.StringArrayVar(&s.Hosts, "host", nil, "further Host `name` to answer to, besides localhost")
	f.StringArrayVar(&behaviors, "behavior", nil, "cache behavior `PATTERN=CACHE_POLICY`; repeat it, the first match wins; '*' is the default one")
	f.BoolVar(&printConfig, "print-config", false, "print the configuration instead")
	logs.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if s.Origin, err = parseOriginURL(args[0]); err != nil {
			return err
		}
		if err = s.parseBehaviors(behaviors); err != nil {
			return err
		}
		text, err := s.yaml()
		if err != nil {
			return err
		}
		if printConfig {
			_, err = c.stdout.Write(text)
			return err
		}
		return runProxy(c, colorOf(cmd), s, text, &logs)
	}
	return cmd
}

func runProxy(c console, when colorWhen, s proxySetup, text []byte, logs *logFlags) error {
	c, flush := c.unhurried()
	defer flush()
	parsed, problems := config.Parse("proxy.yaml", text)
	cfg, err := settle(c, when, parsed, onlyErrors(problems))
	if err != nil {
		return err
	}
	o := edgeOptions{console: c, logger: logs.logger(c), remedies: map[string]string{
		"server.listen[0].address": "choose another with --listen",
		"server.admin":             "choose another with --admin",
	}}
	return serveEdge(cfg, o, func(e *edge) {
		p := c.paletteFor(c.stderr, when)
		e.banner(c.stderr, p)
		fmt.Fprintf(c.stderr, "In front of %s. Try it twice, and look at X-Cache:\n\n  %scurl -i %s/%s\n", s.Origin, p.bold, e.sockets[0].url(), p.reset)
		if !s.Default.PassesThrough() {
			fmt.Fprintf(c.stderr, "\n%s keeps query strings, cookies and most headers from the origin, as at CloudFront.\n", s.Default.CachePolicy)
		}
		fmt.Fprint(c.stderr, "\n^C ends it.\n")
	})
}

// String returns the origin as a URL.
func (o proxyOrigin) String() string {
	scheme := strings.TrimSuffix(o.Policy, "-only")
	host := o.DomainName
	if o.Port != map[string]int{"http": 80, "https": 443}[scheme] {
		host = net.JoinHostPort(host, strconv.Itoa(o.Port))
	}
	return scheme + "://" + host + o.Path
}
