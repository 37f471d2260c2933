package signedurl

import (
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/proxy/behavior"
)

// conditions checks what a policy that was verified says about a request.
func (c *compiled) conditions(r *Request, own string, p Paths) Fault {
	if f := c.checkTime(r.Now); f != FaultNone {
		return f
	}
	if !c.admits(r.Viewer) {
		return FaultAddress
	}
	return c.covers(r, own, p)
}

// checkTime compares whole seconds: access ends when DateLessThan has come, and
// there is none on or before DateGreaterThan (CF-SIG-11).
func (c *compiled) checkTime(now time.Time) Fault {
	switch t := now.Unix(); {
	case t >= c.NotAfter:
		return FaultExpired
	case c.HasNotBefore && t <= c.NotBefore:
		return FaultNotYet
	}
	return FaultNone
}

// admits reports whether a viewer is in AWS:SourceIp. There is no condition that
// a viewer with an IPv6 address meets (CF-SIG-13).
func (c *compiled) admits(viewer netip.Addr) bool {
	return !c.HasSourceIP || c.source.IsValid() && c.source.Contains(viewer.Unmap())
}

// covers says whether the policy is for the URL.
func (c *compiled) covers(r *Request, own string, p Paths) Fault {
	switch {
	case c.canned: // the URL as it was sent is part of what was verified
		if p == PathsBoth && r.Normal != r.Path && r.Normal != behavior.NormalizeEscapes(r.Path) {
			return FaultNormalizedResource
		}
		return FaultNone
	case c.resource == nil:
		return FaultNone
	}
	return c.resource.covers(r, own, p)
}
