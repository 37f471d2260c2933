package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/origin"
)

// A route is everything that decides whether a connection made for one
// request may carry another.
type route struct {
	target   target
	tls      bool
	name     string // SNI: the Link's, else the forwarded Host, else the domain name (CF-OTLS-05)
	domain   string // the other name a certificate may carry (CF-OTLS-04)
	insecure bool
	roots    *byte // of the origin's PEM, which is immutable; nil for the system's
	http2    bool
	special  specialHandle
}

// protocol returns the name of what is spoken over TLS (ALPN).
func (rt *route) protocol() string {
	if rt.http2 {
		return "h2"
	}
	return "http/1.1"
}

func (c *Client) routeTo(o *origin.Origin, r *origin.Request) route {
	scheme := r.Scheme
	if o.ConnectScheme != "" {
		scheme = o.ConnectScheme
	}
	rt := route{target: target{host: o.ConnectTo}, tls: scheme == "https", http2: r.Version == origin.VersionHTTP2}
	rt.special = c.specialOf(o, r, rt.tls)
	if o.ConnectTo == "" {
		rt.target = target{o.DomainName, o.Port(scheme)}
	}
	if rt.tls {
		rt.name, rt.domain = hostname(r.Host), o.DomainName
		if rt.name == "" {
			rt.name = rt.domain
		}
		if name := rt.link().ServerName; name != "" {
			rt.name = name
		}
		rt.insecure = o.TLSInsecure
		if len(o.TLSRootsPEM) > 0 {
			rt.roots = &o.TLSRootsPEM[0]
		}
	}
	return rt
}

// String returns "host:port", or "unix:/path".
func (t target) String() string {
	if t.port == 0 {
		return t.host
	}
	return net.JoinHostPort(t.host, strconv.Itoa(t.port))
}

// socket returns the path of a Unix socket, if t is one.
func (t target) socket() (path string, is bool) {
	if t.port != 0 {
		return "", false
	}
	path, is = strings.CutPrefix(t.host, "unix:")
	return path, is && strings.HasPrefix(path, "/")
}

// split returns host and port.
func (t target) split() (host, port string, err error) {
	if t.port == 0 {
		return net.SplitHostPort(t.host)
	}
	return t.host, strconv.Itoa(t.port), nil
}

// hostname returns host without its port and without brackets.
func hostname(host string) string {
	if strings.HasPrefix(host, "[") {
		if end := strings.IndexByte(host, ']'); end > 0 {
			return host[1:end]
		}
	}
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && strings.IndexByte(host, ':') == colon {
		return host[:colon]
	}
	return host
}

// connect makes one attempt to connect, TLS included, within the origin's
// connect timeout (CF-ORT-01).
func (t *trip) connect(ctx context.Context) (*conn, *origin.Error) {
	if t.fault.answers() {
		return t.standIn(), nil
	}
	dctx, stop := ctx, context.CancelFunc(func() {})
	if t.origin.ConnectTimeout > 0 {
		dctx, stop = context.WithTimeout(ctx, t.origin.ConnectTimeout)
	}
	defer stop()
	raw, ip, err := t.dial(dctx)
	if err == nil {
		if err = t.route.introduce(dctx, raw); err != nil {
			raw.Close()
		}
	}
	if err != nil {
		return nil, canceledOr(ctx, dialError(dctx, t.route.target.String(), err))
	}
	c := newConn(raw, t.route, t.client.now)
	c.ip = ip
	if t.route.tls {
		if err := t.handshake(dctx, c); err != nil {
			c.cut()
			return nil, canceledOr(ctx, tlsError(dctx, t.route.name, err))
		}
	}
	return c, nil
}

// dial opens the transport connection and notes how long name and
// connection took.
func (t *trip) dial(ctx context.Context) (net.Conn, netip.Addr, error) {
	c, to := t.client, t.route.target
	begin := c.now()
	if path, is := to.socket(); is {
		raw, err := c.dial(ctx, "unix", path)
		t.timing.Connect = c.now().Sub(begin)
		return raw, netip.Addr{}, err
	}
	link := t.route.link()
	if link.Proxy != nil {
		return t.throughProxy(ctx, link)
	}
	resolver := c.resolverOf(link)
	if resolver == nil {
		raw, err := c.dialerOf(link)(ctx, "tcp", to.String())
		t.timing.Connect = c.now().Sub(begin)
		return raw, netip.Addr{}, err
	}
	host, port, err := to.split()
	if err != nil {
		return nil, netip.Addr{}, err
	}
	addresses, err := c.addressesOf(ctx, link, host)
	resolved := c.now()
	t.timing.DNS = resolved.Sub(begin)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	r := race{dial: c.dialerOf(link), port: port}
	raw, winner, err := r.run(ctx, addresses)
	if err == nil || !errors.Is(ctx.Err(), context.Canceled) { // else it was given up, and nothing is known
		resolver.note(host, r.failed, winner)
	}
	t.timing.Connect = c.now().Sub(resolved)
	return raw, winner, err
}

// dialError classifies a failed dial. All but a name that does not exist is
// worth another attempt.
func dialError(ctx context.Context, addr string, err error) *origin.Error {
	e := &origin.Error{Kind: origin.ErrorConnect, Op: "dial " + addr, Retry: origin.RetryYes, Err: err}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		e.Kind = origin.ErrorDNS
		if dns.IsNotFound {
			e.Retry = origin.RetryNo
		}
	case ctx.Err() != nil || isTimeout(err):
		e.Kind = origin.ErrorConnectTimeout
	}
	return e
}

// canceledOr turns e into what ended ctx, if ctx has ended.
func canceledOr(ctx context.Context, e *origin.Error) *origin.Error {
	if ctx.Err() == nil {
		return e
	}
	e.Kind, e.Retry, e.Err = origin.ErrorCanceled, origin.RetryNo, context.Cause(ctx)
	if errors.Is(e.Err, errCompletion) {
		e.Kind = origin.ErrorCompletionTimeout
	}
	return e
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
