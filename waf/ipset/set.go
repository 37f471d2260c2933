package ipset

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// MaxPrefixes is how many CIDR prefixes an IP set may have (WF-QUO-02).
const MaxPrefixes = 10_000

// A Set is one IP set: the addresses within some prefixes, all IPv4 or all
// IPv6. It is immutable; the zero value has no address.
type Set struct{ prefixes []netip.Prefix }

// What is wrong with an IP set, or with one of its prefixes.
var (
	ErrTooMany  = errors.New("more than 10000 prefixes")
	ErrMixed    = errors.New("IPv4 and IPv6 in one set")
	ErrAll      = errors.New("a prefix of length 0")
	ErrHostBits = errors.New("the address has bits beyond the length")
	ErrMapped   = errors.New("an IPv4 address in IPv6 form")
)

// Parse returns the set of prefixes in CIDR notation: 192.0.2.0/24,
// 2001:db8::1/128. A single address needs its length, as at AWS (WF-QUO-02).
// An address with bits beyond the length is refused, since it says two things.
func Parse(prefixes []string) (Set, error) {
	if len(prefixes) > MaxPrefixes {
		return Set{}, ErrTooMany
	}
	s := Set{prefixes: make([]netip.Prefix, 0, len(prefixes))}
	for i, text := range prefixes {
		p, err := parsePrefix(text)
		if err == nil && p.Addr().Is4() != s.is4(p) {
			err = ErrMixed
		}
		if err != nil {
			return Set{}, fmt.Errorf("prefix %d, %q: %w", i+1, text, err)
		}
		s.prefixes = append(s.prefixes, p)
	}
	slices.SortFunc(s.prefixes, netip.Prefix.Compare)
	s.prefixes = slices.Compact(s.prefixes)
	return s, nil
}

// is4 returns what p must be in order to fit.
func (s Set) is4(p netip.Prefix) bool {
	if len(s.prefixes) == 0 {
		return p.Addr().Is4()
	}
	return s.prefixes[0].Addr().Is4()
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, errors.New("not a prefix in CIDR notation")
	case p.Bits() == 0:
		return p, ErrAll
	case p.Addr().Is4In6():
		return p, ErrMapped
	case p != p.Masked():
		return p, ErrHostBits
	}
	return p, nil
}

// Prefixes returns the prefixes, sorted, each once. They must not be changed.
func (s Set) Prefixes() []netip.Prefix { return s.prefixes }
