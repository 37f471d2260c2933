package compile

import (
	"reflect"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
)

// newLink compiles how an origin is connected to; nil if that is just by TCP
// to what its name resolves to.
func newLink(o *config.Origin) *origin.Link {
	link := &origin.Link{Resolver: o.Resolver.AddrPort(), Source: o.SourceAddress.Addr()}
	for _, a := range o.Addresses {
		link.Addresses = append(link.Addresses, a.Addr())
	}
	switch o.CustomOriginConfig.IPAddressType {
	case config.IPAddressTypeIPv4:
		link.Family = origin.FamilyIPv4
	case config.IPAddressTypeIPv6:
		link.Family = origin.FamilyIPv6
	}
	if reflect.ValueOf(*link).IsZero() {
		return nil
	}
	return link
}
