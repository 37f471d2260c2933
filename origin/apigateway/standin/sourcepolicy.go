package standin

import (
	"errors"
	"net/netip"
	"slices"
)

// A SourcePolicy is a resource policy that looks at the address of whoever
// asks, and at nothing else (AG-POL-01): behind an edge that is the edge's
// (AG-POL-03). A policy alone, as this one is, must allow, and a denial wins
// (AG-POL-02). The zero value is no policy.
type SourcePolicy struct {
	Allow, Deny []netip.Prefix // aws:SourceIp
}

func (p SourcePolicy) none() bool { return len(p.Allow)+len(p.Deny) == 0 }

func (p SourcePolicy) check(flavor Flavor) error {
	switch {
	case p.none():
		return nil
	case flavor != FlavorREST:
		return errors.New("an HTTP API has no resource policy (AG-POL-04)")
	case len(p.Allow) == 0:
		return errors.New("a policy that allows nobody")
	}
	for _, prefix := range slices.Concat(p.Allow, p.Deny) {
		if !prefix.IsValid() {
			return errors.New("an address range is not valid")
		}
	}
	return nil
}

// admit judges the address that c comes from. One that cannot be read is
// denied by being allowed nowhere.
func (p SourcePolicy) admit(c *call) error {
	if p.none() {
		return nil
	}
	address, _ := netip.ParseAddr(sourceIP(c))
	address = address.Unmap()
	within := func(prefix netip.Prefix) bool { return prefix.Contains(address) }
	switch {
	case slices.ContainsFunc(p.Deny, within):
		c.explicitDeny = true
		return resourcePolicyDenied
	case !slices.ContainsFunc(p.Allow, within):
		return resourcePolicyDenied
	}
	return nil
}
