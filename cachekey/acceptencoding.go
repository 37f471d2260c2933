package cachekey

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// AcceptEncoding is what a cache policy makes of a viewer's Accept-Encoding:
// table CF-AE. It settles three things at once: what enters the cache key,
// what the origin is asked for, and which codings the edge may apply.
//
//	                          Key        Origin
//	AcceptEncodingAbsent      absent     not sent    CF-AE-09, CF-AE-15
//	AcceptEncodingIdentity    absent     identity    CF-AE-04, -06, -08
//	AcceptEncodingGzip        gzip       gzip        CF-AE-02, -05
//	AcceptEncodingBrotli      br         br          CF-AE-03, -07
//	AcceptEncodingBrotliGzip  br,gzip    br,gzip     CF-AE-01
//	AcceptEncodingOrdinary    absent     as any other header    CF-AE-10, -12
type AcceptEncoding uint8

// The rows of table CF-AE.
const (
	// AcceptEncodingAbsent: the viewer sent no Accept-Encoding, or speaks
	// HTTP/1.0, whose Accept-Encoding is removed.
	AcceptEncodingAbsent AcceptEncoding = iota
	// AcceptEncodingIdentity: the viewer accepts no coding that the policy
	// enables. It shares its entry with AcceptEncodingAbsent.
	AcceptEncodingIdentity
	AcceptEncodingGzip
	AcceptEncodingBrotli
	AcceptEncodingBrotliGzip
	// AcceptEncodingOrdinary: the policy enables no coding or lists
	// Accept-Encoding among its headers. The edge does not compress, and the
	// field is keyed and forwarded only where a policy lists it.
	AcceptEncodingOrdinary
)

// String returns the name used in logs and explanations.
func (a AcceptEncoding) String() string {
	switch a {
	case AcceptEncodingAbsent:
		return "absent"
	case AcceptEncodingIdentity:
		return "identity"
	case AcceptEncodingGzip:
		return "gzip"
	case AcceptEncodingBrotli:
		return "br"
	case AcceptEncodingBrotliGzip:
		return "br,gzip"
	case AcceptEncodingOrdinary:
		return "ordinary"
	}
	return "AcceptEncoding(?)"
}

// Key returns the value that the key holds, "" for none.
func (a AcceptEncoding) Key() string {
	if a.Gzip() || a.Brotli() {
		return a.String()
	}
	return ""
}

// Origin returns the Accept-Encoding value for the origin, "" if the field is
// not sent on account of the policy's codings. For AcceptEncodingOrdinary the
// header lists of the policies decide instead.
func (a AcceptEncoding) Origin() string {
	if a == AcceptEncodingIdentity {
		return "identity"
	}
	return a.Key()
}

// Gzip reports whether gzip is both enabled and accepted.
func (a AcceptEncoding) Gzip() bool {
	return a == AcceptEncodingGzip || a == AcceptEncodingBrotliGzip
}

// Brotli reports whether br is both enabled and accepted.
func (a AcceptEncoding) Brotli() bool {
	return a == AcceptEncodingBrotli || a == AcceptEncodingBrotliGzip
}

// AcceptEncoding returns the row of table CF-AE that r falls in.
//
// Hot path: no allocation. See BenchmarkAcceptEncoding.
func (b *Builder) AcceptEncoding(r *Request) AcceptEncoding {
	if r.HTTP10 {
		return AcceptEncodingAbsent
	}
	if !b.gzip && !b.brotli {
		return AcceptEncodingOrdinary
	}
	accepted := codingsOf(r.Fields, b.choices)
	gzip, brotli := b.gzip && accepted.gzip, b.brotli && accepted.brotli
	switch {
	case !accepted.present:
		return AcceptEncodingAbsent
	case gzip && brotli:
		return AcceptEncodingBrotliGzip
	case gzip:
		return AcceptEncodingGzip
	case brotli:
		return AcceptEncodingBrotli
	}
	return AcceptEncodingIdentity
}

// codings is what a request says about the two codings CloudFront knows.
type codings struct{ present, gzip, brotli bool }

// codingsOf reads all Accept-Encoding lines. Tokens are compared whole and
// without regard to case (CF-AE-14): "x-gzip" is not gzip, and "*" stands for
// neither coding unless chosen otherwise (CF-AE-13). A coding named twice is
// accepted if either says so.
func codingsOf(lines field.Lines, choices Choices) (c codings) {
	var wildcard, gzip, brotli bool // named
	for i := range lines {
		if !field.EqualName(lines[i].Name, "Accept-Encoding") {
			continue
		}
		c.present = true
		if g, b, usual := usualCodings(lines[i].Value); usual {
			gzip, c.gzip = gzip || g, c.gzip || g
			brotli, c.brotli = brotli || b, c.brotli || b
			continue
		}
		for element := range field.Elements(lines[i].Value) {
			coding, parameters, _ := strings.Cut(element, ";")
			coding = field.TrimSpace(coding)
			switch accepted := choices.ZeroWeight == ZeroWeightAccepted; {
			case field.EqualName(coding, "gzip"):
				gzip, c.gzip = true, c.gzip || accepted || !refused(parameters)
			case field.EqualName(coding, "br"):
				brotli, c.brotli = true, c.brotli || accepted || !refused(parameters)
			case coding == "*":
				wildcard = wildcard || accepted || !refused(parameters)
			}
		}
	}
	if wildcard && choices.Wildcard == WildcardAccepted {
		c.gzip, c.brotli = c.gzip || !gzip, c.brotli || !brotli
	}
	return c
}

// usualCodings knows what nearly all viewers send, to the letter. Reading their
// elements takes four times as long: BenchmarkAcceptEncoding.
func usualCodings(value string) (gzip, brotli, usual bool) {
	switch value {
	case "gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, br", "br, gzip":
		return true, true, true
	case "gzip, deflate", "gzip":
		return true, false, true
	case "br":
		return false, true, true
	case "identity":
		return false, false, true
	}
	return false, false, false
}

// refused reports whether the parameters of a coding hold a weight of zero:
// "q=0", "q=0.", "q=0.000" (RFC 9110 section 12.4.2). A weight that cannot be
// read refuses nothing, because CloudFront asks only that the coding be
// contained (CF-AE-13).
func refused(parameters string) bool {
	for parameters != "" {
		var p string
		p, parameters, _ = strings.Cut(parameters, ";")
		name, value, _ := strings.Cut(field.TrimSpace(p), "=")
		if field.EqualName(name, "q") {
			return zeroWeight(value)
		}
	}
	return false
}

func zeroWeight(q string) bool {
	whole, fraction, _ := strings.Cut(q, ".")
	return whole == "0" && strings.Trim(fraction, "0") == ""
}
