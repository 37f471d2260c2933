package viewer

import "strings"

// ValidHost reports whether s is a host and perhaps a port as Host, :authority and an
// absolute target may have them (RFC 3986 section 3.2): a name, an IPv4 address or an
// IPv6 address in brackets, and a port of digits up to 65535 (reliability R6). User
// information and lists are none. "" is valid: no host at all.
//
// Hot path: no allocation.
func ValidHost(s string) bool {
	rest := s
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || !allIn(s[1:end], &addressCharacter) || strings.IndexByte(s[1:end], ':') < 0 {
			return false
		}
		if rest = s[end+1:]; rest != "" && rest[0] != ':' {
			return false
		}
	}
	at := strings.IndexByte(rest, ':')
	if at < 0 {
		return allIn(rest, &nameCharacter)
	}
	return (at > 0 || len(rest) < len(s)) && allIn(rest[:at], &nameCharacter) && validPort(rest[at+1:])
}

func allIn(s string, set *[256]bool) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

// validPort reports whether s is a port, which may be empty (RFC 3986 section 3.2.3).
func validPort(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 65535 {
			return false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n <= 65535
}

var nameCharacter, addressCharacter = func() (name, address [256]bool) {
	for c := range 256 {
		name[c] = '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for _, c := range "-._~%!$&'()*+;=" { // of a reg-name all but the comma, which would make a list
		name[c] = true
	}
	for _, c := range "0123456789abcdefABCDEF:." {
		address[c] = true
	}
	return name, address
}()
