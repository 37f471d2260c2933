package proxy

import "github.com/groundfront/groundfront/proxy/behavior"

// Choices are the answers to what AWS does not document about an exchange.
// The zero value has the specification's choice of each. The names of the
// values are the words of the configuration.
type Choices struct {
	ForwardedPath ForwardedPath
	PathEscapes   PathEscapes
}

// ForwardedPath says which form of the path is keyed and forwarded: always
// the same for both, or one viewer could store under another's key what a
// third form of the path has brought (CF-KEY-21).
type ForwardedPath uint8

const (
	// ForwardedPathRaw is as received, the default root object applied.
	ForwardedPathRaw ForwardedPath = iota
	// ForwardedPathNormalized is the form that behaviors are matched on: one
	// path is matched, keyed and forwarded (CF-BEH-15).
	ForwardedPathNormalized
)

// String returns the word of the configuration.
func (c ForwardedPath) String() string {
	switch c {
	case ForwardedPathRaw:
		return "raw"
	case ForwardedPathNormalized:
		return "normalized"
	}
	return "ForwardedPath(?)"
}

// PathEscapes says what normalising does with percent-encoded characters that
// need no encoding (CF-BEH-14).
type PathEscapes uint8

const (
	// PathEscapesDecoded decodes them, as RFC 3986 section 6.2.2 does.
	PathEscapesDecoded PathEscapes = iota
	// PathEscapesKept leaves every escape as it is, those of dots too.
	PathEscapesKept
)

// String returns the word of the configuration.
func (c PathEscapes) String() string {
	switch c {
	case PathEscapesDecoded:
		return "decoded"
	case PathEscapesKept:
		return "kept"
	}
	return "PathEscapes(?)"
}

// normalize returns the form of a path that behaviors are matched on.
func (c *Choices) normalize(path string) string {
	if c.PathEscapes == PathEscapesKept {
		return behavior.CollapsePath(path)
	}
	return behavior.NormalizePath(path)
}
