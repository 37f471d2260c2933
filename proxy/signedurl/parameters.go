package signedurl

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/cookie"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A Source says where a request carries its signature.
type Source uint8

// The sources. A URL with any of the parameters is a signed URL, and then
// cookies are not looked at (CF-SIG-24).
const (
	SourceNone Source = iota
	SourceURL
	SourceCookies
)

// String returns the source's name.
func (s Source) String() string {
	switch s {
	case SourceNone:
		return "nothing"
	case SourceURL:
		return "signed URL"
	case SourceCookies:
		return "signed cookies"
	}
	return "Source(?)"
}

// A parameter is one of the parts of a signature.
type parameter uint8

const (
	paramExpires parameter = iota
	paramPolicy
	paramSignature
	paramKeyID
	paramHash
	numParams
	notParam = numParams
)

// paramNames are the names in a URL; cookies have cookiePrefix before them
// (CF-SIG-06, CF-SIG-22). Letter case counts.
var paramNames = [numParams]string{
	paramExpires:   "Expires",
	paramPolicy:    "Policy",
	paramSignature: "Signature",
	paramKeyID:     "Key-Pair-Id",
	paramHash:      "Hash-Algorithm",
}

const cookiePrefix = "CloudFront-"

// String returns the name.
func (p parameter) String() string {
	if p >= numParams {
		return "none"
	}
	return paramNames[p]
}

// parameterOf returns which parameter a name is.
func parameterOf(name string) parameter {
	if len(name) < len("Policy") || len(name) > len("Hash-Algorithm") {
		return notParam
	}
	switch name {
	case "Expires":
		return paramExpires
	case "Policy":
		return paramPolicy
	case "Signature":
		return paramSignature
	case "Key-Pair-Id":
		return paramKeyID
	case "Hash-Algorithm":
		return paramHash
	}
	return notParam
}

// parameters are what a request carries of a signature. The values are views
// of the request.
type parameters struct {
	source Source
	values [numParams]string
	found  [numParams]bool
	// faults that are found while reading, none or the first
	fault Fault
}

func (p *parameters) has(name parameter) bool { return p.found[name] }

func (p *parameters) set(name parameter, value string, s Source) {
	if p.found[name] && p.values[name] != value && p.fault == FaultNone {
		p.fault = FaultRepeated
	}
	p.source, p.found[name], p.values[name] = s, true, value
}

// read fills p from a query and, if that has no parameter, from cookies. It
// returns the viewer's own part of the query (CF-SIG-30), which is memory of the
// query, or of dst where its pairs are not next to each other.
func (p *parameters) read(dst []byte, query string, fields field.Lines) (own string, grown []byte) {
	// The own pairs lie between first and last, and have size bytes with the "&"
	// between them.
	first, last, size := -1, 0, 0
	for at, more := 0, query != ""; more; {
		end := len(query)
		if i := strings.IndexByte(query[at:], '&'); i >= 0 {
			end = at + i
		}
		if !p.take(query[at:end]) {
			if first < 0 {
				first = at
			} else {
				size++
			}
			size += end - at
			last = end
		}
		more = end < len(query)
		at = end + 1
	}
	switch {
	case p.source == SourceNone:
		p.readCookies(fields)
		return query, dst
	case first < 0:
		return "", dst
	case last-first == size:
		return query[first:last], dst
	}
	return appendOwn(dst, query)
}

// take takes a pair of a query if it is a parameter, and reports whether it
// is. A name that an origin would decode to that of a parameter is a fault.
func (p *parameters) take(pair string) bool {
	name, value, _ := strings.Cut(pair, "=")
	if which := parameterOf(name); which != notParam {
		p.set(which, value, SourceURL)
		return true
	}
	if strings.IndexByte(name, '%') >= 0 && parameterOf(unescaped(name)) != notParam && p.fault == FaultNone {
		p.fault = FaultEncodedName
	}
	return false
}

// appendOwn appends the pairs that are no parameters and returns them.
func appendOwn(dst []byte, query string) (own string, grown []byte) {
	start, separator := len(dst), ""
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); parameterOf(name) != notParam {
			continue
		}
		dst = append(append(dst, separator...), pair...)
		separator = "&"
	}
	return view(dst[start:]), dst
}

func (p *parameters) readCookies(fields field.Lines) {
	for c := range cookie.All(fields) {
		if !cookie.Signing(c.Name) {
			continue
		}
		p.set(parameterOf(c.Name[len(cookiePrefix):]), c.Value, SourceCookies)
	}
}

// check returns what is wrong with the parameters by themselves (CF-SIG-56).
// Which of these is told first is a choice: AWS documents no order.
func (p *parameters) check() Fault {
	switch {
	case p.source == SourceNone && p.fault == FaultNone:
		return FaultUnsigned
	case p.fault != FaultNone:
		return p.fault
	case p.values[paramKeyID] == "":
		return FaultNoKeyID
	}
	return FaultNone
}

// checkRest is check for what matters once the key is known.
func (p *parameters) checkRest() Fault {
	switch {
	case p.values[paramSignature] == "":
		return FaultNoSignature
	case !p.has(paramPolicy) && !p.has(paramExpires):
		return FaultNoPolicy
	case p.has(paramPolicy) && p.has(paramExpires):
		return FaultTwoPolicies
	case p.hash() == HashUnknown:
		return FaultHashAlgorithm
	}
	return FaultNone
}

// hash returns the hash that Hash-Algorithm names (CF-SIG-03).
func (p *parameters) hash() Hash {
	if !p.has(paramHash) {
		return HashSHA1
	}
	return ParseHash(p.values[paramHash])
}

// unescaped decodes the valid percent-encodings of a name.
func unescaped(name string) string {
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) && field.HexDigit(name[i+1]) >= 0 && field.HexDigit(name[i+2]) >= 0 {
			c = byte(field.HexDigit(name[i+1])<<4 | field.HexDigit(name[i+2]))
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}
