package field

// HopByHop reports whether the field called name is meant for one connection
// only and never goes through a proxy: the fields of RFC 9110 section 7.6.1,
// and Trailer, which announces fields of a framing that ends here too
// (CF-HDR-09, -28, -32 to -35). Fields that a message's own Connection field
// names are hop-by-hop as well (CF-HDR-58); the caller looks at them.
func HopByHop(name string) bool {
	switch len(name) {
	case len("TE"):
		return EqualName(name, "TE")
	case len("Trailer"): // and Upgrade
		return EqualName(name, "Trailer") || EqualName(name, "Upgrade")
	case len("Connection"): // and Keep-Alive
		return EqualName(name, "Connection") || EqualName(name, "Keep-Alive")
	case len("Proxy-Connection"):
		return EqualName(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return EqualName(name, "Transfer-Encoding")
	}
	return false
}
