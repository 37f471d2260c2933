package viewer

import "strings"

// A ServedCertificate is what is known of the certificate that a viewer was
// shown. Connections share it; it is immutable.
type ServedCertificate struct {
	// Names are its DNS names in lower case, some with "*." in front.
	Names []string
	// Default says that it is none of a distribution's own.
	Default bool
}

// Covers reports whether the certificate is good for a host name in lower case.
// A wildcard stands for one label (CF-DIST-08); for the alias "*.example.com" the
// certificate must have just that (CF-SNI-02).
func (c *ServedCertificate) Covers(host string) bool {
	_, parent, _ := strings.Cut(host, ".")
	for _, name := range c.Names {
		if name == host {
			return true
		}
		if suffix, isWildcard := strings.CutPrefix(name, "*."); isWildcard && suffix == parent && host != parent {
			return true
		}
	}
	return false
}
