package invalidation

import "strconv"

// Kind says what is wrong with an invalidation.
type Kind uint8

const (
	KindNone                 Kind = iota
	KindEmpty                     // no path, or an empty one
	KindTooLong                   // more than MaxPathLen characters (CF-INV-02)
	KindNotAbsolute               // does not begin with "/" (CF-INV-02)
	KindTag                       // "#tag" where the distribution has no cache tags (CF-TAG-04)
	KindTagMalformed              // "#" without a tag after it (CF-TAG-03)
	KindTilde                     // "~", encoded or not (CF-INV-08)
	KindUnsafe                    // a character that must be percent-encoded (CF-INV-08)
	KindTooManyPaths              // more than MaxPaths (CF-INV-12)
	KindTooManyWildcards          // more than MaxWildcards (CF-INV-12)
	KindReferenceReused           // the caller reference came with other paths before (CF-INV-16)
	KindTooManyDistributions      // more than MaxDistributions
	numKinds
)

var kindNames = [numKinds]string{
	KindNone:                 "none",
	KindEmpty:                "empty path",
	KindTooLong:              "path longer than 4000 characters",
	KindNotAbsolute:          "path does not begin with /",
	KindTag:                  "cache tags are not enabled",
	KindTagMalformed:         "a tag is 1 to 256 printable ASCII characters without space and comma",
	KindTilde:                "~ is not supported in a path",
	KindUnsafe:               "character must be percent-encoded",
	KindTooManyPaths:         "more than 3000 paths",
	KindTooManyWildcards:     "more than 15 wildcard paths",
	KindReferenceReused:      "caller reference was used with other paths",
	KindTooManyDistributions: "too many distributions",
}

// String returns the sentence used in errors.
func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return "unknown"
}

// Error is why an invalidation was refused. Nothing of it took effect.
type Error struct {
	Kind Kind
	Path string // the path at fault, "" if none
}

// Error implements error.
func (e *Error) Error() string {
	if e.Path == "" {
		return "invalidation: " + e.Kind.String()
	}
	return "invalidation path " + quote(e.Path) + ": " + e.Kind.String()
}

// quote prints at most a screen line of a path.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}
