package waf

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Forwarded says which addresses of which field stand for that of the viewer
// (WF-IP-01 to WF-IP-03).
type Forwarded struct {
	Field    string
	Fallback Fallback
	Position Position // rate-based statements take the first
}

// String identifies the setting.
func (f *Forwarded) String() string {
	if f == nil {
		return "connection"
	}
	return fmt.Sprintf("%s %v %v", strings.ToLower(f.Field), f.Fallback, f.Position)
}

// Fallback is what a statement says where the field has no address.
type Fallback uint8

// The fallbacks.
const (
	FallbackMatch Fallback = iota
	FallbackNoMatch
)

// String returns the word as AWS's API spells it.
func (f Fallback) String() string {
	switch f {
	case FallbackMatch:
		return "MATCH"
	case FallbackNoMatch:
		return "NO_MATCH"
	}
	return "Fallback(?)"
}

// Position says which addresses of the field count.
type Position uint8

// The positions.
const (
	PositionFirst Position = iota
	PositionLast
	PositionAny // the last ten
)

// String returns the word as AWS's API spells it.
func (p Position) String() string {
	switch p {
	case PositionFirst:
		return "FIRST"
	case PositionLast:
		return "LAST"
	case PositionAny:
		return "ANY"
	}
	return "Position(?)"
}

// maxAddresses is how many addresses of a field are looked at (WF-IP-03).
const maxAddresses = 10

// addresses are those that count of one field.
type addresses struct {
	list [maxAddresses]netip.Addr
	n    int
}

// forwarded tells whether a field has addresses.
type forwarded uint8

const (
	forwardedFound forwarded = iota
	forwardedAbsent
	forwardedMalformed
)

func (f forwarded) String() string {
	switch f {
	case forwardedFound:
		return "found"
	case forwardedAbsent:
		return "absent"
	case forwardedMalformed:
		return "malformed"
	}
	return "forwarded(?)"
}

// find fills in the addresses that count. Lines of the field are one list (RFC
// 9110 section 5.3). If one that counts is not an address, the value is
// malformed: a viewer may have written it so that the rest is not looked at.
func (f *Forwarded) find(fields field.Lines, found *addresses) forwarded {
	if !fields.Has(f.Field) {
		return forwardedAbsent
	}
	switch f.Position {
	case PositionFirst:
		for i := range fields {
			if field.EqualName(fields[i].Name, f.Field) {
				first, _, _ := strings.Cut(fields[i].Value, ",")
				return found.add(first)
			}
		}
	case PositionLast:
		return f.backwards(fields, found, 1)
	case PositionAny:
		return f.backwards(fields, found, maxAddresses)
	}
	return forwardedMalformed
}

// backwards takes the last addresses, at most n.
func (f *Forwarded) backwards(fields field.Lines, found *addresses, n int) forwarded {
	for i := len(fields) - 1; i >= 0; i-- {
		if !field.EqualName(fields[i].Name, f.Field) {
			continue
		}
		for rest, more := fields[i].Value, true; more; {
			if found.n == n {
				return forwardedFound
			}
			at := strings.LastIndexByte(rest, ',')
			last := rest[at+1:]
			if more = at >= 0; more {
				rest = rest[:at]
			}
			if found.add(last) != forwardedFound {
				return forwardedMalformed
			}
		}
	}
	return forwardedFound
}

// add takes what stands between two commas (WF-IP-05).
func (a *addresses) add(text string) forwarded {
	addr, err := netip.ParseAddr(strings.Trim(text, " \t"))
	if err != nil || addr.Zone() != "" {
		return forwardedMalformed
	}
	a.list[a.n] = addr.Unmap()
	a.n++
	return forwardedFound
}
