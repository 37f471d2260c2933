package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"unique"

	"github.com/groundfront/groundfront/origin"
)

// A special is what the route of an origin with a Link has besides. Two routes
// have an equal one only if they have the same Link: connections of origins
// with equal settings are not shared either, which costs little and leaves
// nothing to get wrong.
type special struct {
	link        *origin.Link
	certificate *tls.Certificate // of our own; nil for none
	ends        origin.Ends      // of the viewer's connection, if the origin is told
}

// The special of a route is one word, so that routes of origins without a Link
// are compared as fast as before there were any.
type specialHandle = unique.Handle[special]

// specialOf returns what is special about connections to o for r.
func (c *Client) specialOf(o *origin.Origin, r *origin.Request, overTLS bool) specialHandle {
	if o.Link == nil {
		return specialHandle{}
	}
	s := special{link: o.Link}
	if s.link.Identity != nil && overTLS {
		s.certificate = s.link.Identity.Certificate(c.now())
	}
	if s.link.ProxyProtocol != origin.ProxyProtocolOff {
		s.ends = r.Ends
	}
	return unique.Make(s)
}

// noLink is that of an origin without one.
var noLink origin.Link

// link returns the origin's Link, which is never nil.
func (rt *route) link() *origin.Link {
	if rt.special == (specialHandle{}) {
		return &noLink
	}
	return rt.special.Value().link
}

// certificate returns the client certificate to present, nil for none.
func (rt *route) certificate() *tls.Certificate {
	if rt.special == (specialHandle{}) {
		return nil
	}
	return rt.special.Value().certificate
}

// maxResolvers bounds the resolvers of Links that are remembered; the number
// is ours.
const maxResolvers = 1024

// resolvers are those of the Links that have one of their own.
type resolvers struct {
	mu  sync.Mutex // guards all
	all map[*origin.Link]*resolver
}

// resolverOf returns the resolver by which an origin's addresses are found;
// nil if the dialer does that.
func (c *Client) resolverOf(l *origin.Link) *resolver {
	if len(l.Addresses) == 0 && !l.Resolver.IsValid() {
		return c.resolver
	}
	c.resolvers.mu.Lock()
	defer c.resolvers.mu.Unlock()
	if known := c.resolvers.all[l]; known != nil {
		return known
	}
	if c.resolvers.all == nil || len(c.resolvers.all) >= maxResolvers { // of configurations that are gone
		c.resolvers.all = make(map[*origin.Link]*resolver)
	}
	r := &resolver{now: c.now, life: c.life, names: make(map[string]*name)}
	if len(l.Addresses) > 0 {
		r.lookup = func(context.Context, string) (found, error) { return found{addresses: l.Addresses}, nil }
	} else {
		r.lookup = (&dnsClient{server: l.Resolver, family: familyOf(l), dial: c.dial, now: c.now}).lookup
	}
	c.resolvers.all[l] = r
	return r
}

// familyOf returns the family of the addresses that a Link can connect to.
func familyOf(l *origin.Link) origin.Family {
	switch {
	case l.Family != origin.FamilyDualStack || !l.Source.IsValid():
		return l.Family
	case l.Source.Is4():
		return origin.FamilyIPv4
	}
	return origin.FamilyIPv6
}

// addressesOf returns the addresses of an origin's host in the order in which to
// try them.
func (c *Client) addressesOf(ctx context.Context, l *origin.Link, host string) ([]netip.Addr, error) {
	addresses, err := c.resolverOf(l).resolve(ctx, host)
	if f := familyOf(l); err == nil && f != origin.FamilyDualStack {
		return only(addresses, f, host)
	}
	return addresses, err
}

// only returns the addresses of a family, in a list of its own, or why there
// is none.
func only(addresses []netip.Addr, f origin.Family, host string) ([]netip.Addr, error) {
	var of []netip.Addr
	for _, ip := range addresses {
		if f.Has(ip) {
			of = append(of, ip)
		}
	}
	if len(of) == 0 {
		return nil, &net.DNSError{Err: "no " + f.String() + " address", Name: host, IsNotFound: true}
	}
	return of, nil
}

// dialerOf returns what opens connections as a Link wants them.
func (c *Client) dialerOf(l *origin.Link) dialFunc {
	if !l.Source.IsValid() {
		return c.dial
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return c.dialFrom(ctx, l.Source, network, addr)
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialFrom connects from an address of this machine.
func dialFrom(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
	return d.DialContext(ctx, network, addr)
}
