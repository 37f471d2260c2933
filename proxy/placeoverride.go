package proxy

import (
	"net/netip"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A PlaceOverride lets clients of a developer say where they are: in a field of the
// request, which decides then about geo restrictions, web ACLs, routing groups and
// what origins are told. The configuration has one in mode dev only; elsewhere the
// field is one like any other (reliability R12, I1).
type PlaceOverride struct {
	// Header is the name of the field. It goes to no origin, whoever sends it.
	Header string
	// From are the networks that may say it. For others it says nothing.
	From viewer.Networks
}

// overridePlace heeds the field of a PlaceOverride: "DE", "US/OR", an address whose
// place is meant, or nothing, which is nowhere. What is not understood is refused, or
// a test of something else would be taken for that.
func (x *Exchange) overridePlace() step {
	o := x.snapshot.PlaceOverride
	if !x.isToldPlace() || !o.From.Contain(x.r.Remote.Addr()) {
		return proceed
	}
	said := x.r.Fields.Joined(o.Header)
	var place geo.Place
	var details geo.Details
	addr, err := netip.ParseAddr(said)
	if err == nil {
		place, details = x.snapshot.Geo.Lookup(addr), x.snapshot.Geo.Details(addr)
	} else if place, err = geo.ParsePlace(said); err != nil {
		x.server.logger.Warn("place override is not understood", "header", o.Header, "value", said, "error", err, "viewer", x.r.Remote.String())
		return x.refuse(400, errorpage.ExplanationBadRequest, accesslog.ReasonInvalidRequest, errorpage.CauseUnsafe)
	}
	x.told, x.shown = &place, newShownPlace(place, details)
	return proceed
}

// isToldPlace reports whether the request has the field of a PlaceOverride. It goes
// the long way then.
func (x *Exchange) isToldPlace() bool {
	o := x.snapshot.PlaceOverride
	return o != nil && x.r.Fields.Has(o.Header)
}

// saysPlace reports whether a field is that of a PlaceOverride.
func (x *Exchange) saysPlace(name string) bool {
	o := x.snapshot.PlaceOverride
	return o != nil && field.EqualName(name, o.Header)
}
