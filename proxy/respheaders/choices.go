package respheaders

// Choices are the answers to what AWS does not document about CORS. The zero
// value has the specification's choice of each. The names of the values are the
// words of the configuration.
type Choices struct {
	Vary         Vary
	AllowHeaders AllowHeaders
}

// Vary says whether responses that differ by origin have Origin in Vary
// (CF-CORS-20).
type Vary uint8

const (
	// VaryAdded adds it.
	VaryAdded Vary = iota
	// VaryOmitted does not: other caches may then give one origin what another got.
	VaryOmitted
)

// String returns the word of the configuration.
func (v Vary) String() string {
	switch v {
	case VaryAdded:
		return "added"
	case VaryOmitted:
		return "omitted"
	}
	return "Vary(?)"
}

// AllowHeaders says which names a preflight gets (CF-CORS-19).
type AllowHeaders uint8

const (
	// AllowHeadersListUnlessWildcard gives the list as it is configured, or, if it
	// has a wildcard, of the requested names those that match.
	AllowHeadersListUnlessWildcard AllowHeaders = iota
	// AllowHeadersMatched gives of the requested names those that match.
	AllowHeadersMatched
	// AllowHeadersList gives the list as it is configured, wildcards and all.
	AllowHeadersList
)

// String returns the word of the configuration.
func (h AllowHeaders) String() string {
	switch h {
	case AllowHeadersListUnlessWildcard:
		return "list_unless_wildcard"
	case AllowHeadersMatched:
		return "matched"
	case AllowHeadersList:
		return "list"
	}
	return "AllowHeaders(?)"
}
