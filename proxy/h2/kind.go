package h2

import (
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// kind is what a field's name means to us.
type kind uint8

const (
	kindRegular kind = iota
	kindMethod
	kindScheme
	kindAuthority
	kindPath
	kindProtocol
	kindHost
	kindCookie
	kindContentLength
	kindTE
	kindExpect
	kindPriority
	kindConnection // a field that HTTP/2 does not have (RFC 9113 section 8.2.2)
	kindUnknown    // a pseudo-field that a request does not have
	kindInvalid    // no field name
	kindCount
)

// String returns the name, or what names of the kind have in common.
func (k kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "kind(?)"
}

var kindNames = [kindCount]string{
	kindRegular: "field", kindMethod: ":method", kindScheme: ":scheme", kindAuthority: ":authority", kindPath: ":path",
	kindProtocol: ":protocol", kindHost: "host", kindCookie: "cookie", kindContentLength: "content-length", kindTE: "te",
	kindExpect: "expect", kindPriority: "priority", kindConnection: "connection-specific field",
	kindUnknown: "unknown pseudo-field", kindInvalid: "invalid field name",
}

// isPseudo reports whether it is a pseudo-field of a request.
func (k kind) isPseudo() bool { return kindMethod <= k && k <= kindProtocol }

// classify looks a name up.
func classify(name string) class {
	return class{kind: kindOf(name), marks: viewer.MarkOf(name)}
}

func kindOf(name string) kind {
	switch name {
	case ":method":
		return kindMethod
	case ":scheme":
		return kindScheme
	case ":authority":
		return kindAuthority
	case ":path":
		return kindPath
	case ":protocol":
		return kindProtocol
	case "host":
		return kindHost
	case "cookie":
		return kindCookie
	case "content-length":
		return kindContentLength
	case "te":
		return kindTE
	case "expect":
		return kindExpect
	case "priority":
		return kindPriority
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return kindConnection
	}
	if name != "" && name[0] == ':' {
		return kindUnknown
	}
	for i := range len(name) {
		if c := name[i]; !nameByte[c] {
			return kindInvalid
		}
	}
	if name == "" {
		return kindInvalid
	}
	return kindRegular
}

// allows reports whether a field of the kind may have the value: the value of a
// field (RFC 9110 section 5.5), and for what is part of the target (RFC 3986) a
// narrower one.
func (k kind) allows(value string) bool {
	switch k {
	case kindMethod, kindProtocol:
		return field.ValidName(value)
	case kindPath:
		for i := range len(value) {
			if c := value[i]; c <= ' ' || c == 0x7f {
				return false
			}
		}
		return true
	case kindAuthority, kindHost:
		for i := range len(value) {
			if !hostByte[value[i]] {
				return false
			}
		}
		return true
	case kindTE:
		return field.EqualName(value, "trailers")
	}
	return field.ValidValue(value)
}

// nameByte are the characters of a field name in HTTP/2: those of a token
// without the capital letters (RFC 9113 section 8.2.1).
var nameByte = byteSet("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")

// hostByte are the characters of a host and port (RFC 3986 section 3.2), which
// leaves out user information (RFC 9113 section 8.3.1).
var hostByte = byteSet("-._~%!$&'()*+,;=:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

func byteSet(members string) (set [256]bool) {
	for i := range len(members) {
		set[members[i]] = true
	}
	return set
}

// lower has the lower-case form of each byte.
var lower = func() (table [256]byte) {
	for c := range 256 {
		table[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			table[c] = byte(c) + 'a' - 'A'
		}
	}
	return table
}()
