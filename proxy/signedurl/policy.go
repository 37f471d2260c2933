package signedurl

import (
	"net/netip"
	"strconv"
)

// A Policy is what a signature is of: one statement (CF-SIG-09).
type Policy struct {
	// Resource is a pattern of URLs; without one the policy is for any URL of any
	// distribution that trusts the key.
	Resource    string
	HasResource bool
	// NotAfter is the second of Unix time at which access ends (DateLessThan).
	NotAfter int64
	// NotBefore is the last second at which there is none yet (DateGreaterThan).
	NotBefore    int64
	HasNotBefore bool
	// SourceIP is the text of AWS:SourceIp, a range of IPv4 addresses.
	SourceIP    string
	HasSourceIP bool
}

// HasRange reports whether SourceIP is a range that addresses can be in: IPv4, in
// CIDR notation (CF-SIG-13).
func (p *Policy) HasRange() bool { return compile(*p).source.IsValid() }

// A compiled policy is ready to be compared with requests.
type compiled struct {
	Policy
	resource *Resource    // nil for any
	source   netip.Prefix // not valid: no address is in it
	// canned policies have the URL in what was verified.
	canned bool
}

func compile(p Policy) *compiled {
	c := &compiled{Policy: p}
	if p.HasResource {
		c.resource = CompileResource(p.Resource)
	}
	if p.HasSourceIP {
		if prefix, err := netip.ParsePrefix(p.SourceIP); err == nil && prefix.Addr().Is4() {
			c.source = prefix.Masked()
		}
	}
	return c
}

// maxPolicy bounds a policy as it is sent, in bytes. A URL cannot be longer
// (CF-SIZE-01), and no browser keeps such a cookie.
const maxPolicy = 8192

// The canned policy (CF-SIG-07) is cannedBefore, the URL, cannedBetween, the
// time and cannedAfter.
const (
	cannedBefore  = `{"Statement":[{"Resource":"`
	cannedBetween = `","Condition":{"DateLessThan":{"AWS:EpochTime":`
	cannedAfter   = `}}}]}`
)

// appendCanned appends the canned policy of a request. It reports whether the
// URL can be in one: what JSON would have to escape no signer has left as it is.
func appendCanned(dst []byte, r *Request, own, expires string) (policy []byte, signable bool) {
	dst = append(dst, cannedBefore...)
	start := len(dst)
	dst = append(dst, r.Scheme...)
	dst = append(dst, "://"...)
	dst = append(dst, r.Host...)
	dst = append(dst, r.Path...)
	if own != "" {
		dst = append(dst, '?')
		dst = append(dst, own...)
	}
	for _, c := range dst[start:] {
		if c == '"' || c == '\\' || c < ' ' {
			return dst, false
		}
	}
	dst = append(dst, cannedBetween...)
	dst = append(dst, expires...)
	return append(dst, cannedAfter...), true
}

// parseTime reads a number of seconds: digits without a sign and without zeros
// before them, so that each has one spelling (CF-SIG-11, CF-SIG-12).
func parseTime(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
