package requestpolicy

import (
	"net/netip"
	"net/textproto"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/cookie"
	"github.com/groundfront/groundfront/cachekey/field"
)

// Input is what the fields of an origin request are made of.
type Input struct {
	Method string
	Fields field.Lines // the viewer's, without Host
	// Generated are the CloudFront-* fields made for this viewer, and those that
	// its web ACL inserts.
	Generated      field.Lines
	AcceptEncoding cachekey.AcceptEncoding
	HTTP10         bool
	HasBody        bool
	GRPC           bool   // a gRPC call: the fields of that protocol pass
	Proto          string // the viewer's HTTP version, "1.1"
	Viewer         netip.Addr
	EdgeHost       string // "0123….cloudfront.net": our name in Via
	RequestID      string
	CustomHeaders  field.Lines
	// WithoutSigning leaves the cookies out that sign the request (CF-SIG-31).
	WithoutSigning bool
}

// userAgent is what origins see unless a policy selects the viewer's
// (CF-HDR-36).
const userAgent = "Amazon CloudFront"

// Fields appends the header fields of the origin request to dst, Host and
// framing apart: the viewer's that pass in their order, then those of the
// edge, then the origin's custom headers, which win over all (CF-OCH-03).
//
// What the viewer's Connection names ends here (CF-HDR-58), except keyed
// fields: if a viewer could take one out, the answer to a request without it
// would be stored under the key of one with it.
//
// The conditional fields and Range always pass; whoever sends the request
// removes them where the edge answers the condition itself (CF-COND-05).
func (p *Policy) Fields(dst field.Lines, in Input) field.Lines {
	named := connectionNames(in.Fields)
	for i, l := range in.Fields {
		switch keyed := p.isKeyed(l.Name); {
		case !p.passes(l.Name, &in), !keyed && (namedBy(named, l.Name) || p.isAliasOfKeyed(l.Name)), !p.isChosen(in.Fields, i):
			continue
		case keyed && p.choices.RepeatedHeader == cachekey.RepeatedHeaderJoined:
			if in.Fields[:i].Has(l.Name) {
				continue
			}
			// One line, as the key has it: an origin that goes by the first line or by the last
			// would else answer two requests of one key differently (reliability K3).
			l.Value = in.Fields.Joined(l.Name)
		}
		dst.Add(textproto.CanonicalMIMEHeaderKey(l.Name), l.Value) // CF-HDR-57
	}
	appendCookies := cookie.AppendSorted
	if in.WithoutSigning {
		appendCookies = cookie.AppendKey
	}
	if cookies := appendCookies(nil, in.Fields, &p.cookies); len(cookies) > 0 {
		dst.Add("Cookie", string(cookies))
	}
	if value := in.AcceptEncoding.Origin(); value != "" {
		dst.Add("Accept-Encoding", value)
	}
	for _, l := range in.Generated { // a policy may select a name that a web ACL inserts
		dst.DeleteFunc(aliasOf(l.Name))
	}
	dst = append(dst, in.Generated...)
	dst = p.addEdgeFields(dst, &in)
	for _, h := range in.CustomHeaders {
		dst.DeleteFunc(aliasOf(h.Name))
	}
	return append(dst, in.CustomHeaders...)
}

// passes reports whether a viewer's field goes to the origin as it is.
func (p *Policy) passes(name string, in *Input) bool {
	switch {
	case neverPasses(name):
		return false
	case field.EqualName(name, "Accept-Encoding"):
		return in.AcceptEncoding == cachekey.AcceptEncodingOrdinary && !in.HTTP10 && p.selects(name)
	case describesContent(name):
		return in.HasBody || in.GRPC || p.selects(name)
	case in.GRPC && field.HasPrefixFold(name, "grpc-"): // without these its content has no meaning
		return true
	case isCondition(name):
		return true
	}
	return p.selects(name)
}

// neverPasses lists what no policy can forward (table CF-HDR, CF-HDR-61),
// what is settled elsewhere, and what only the edge may set. Many origins take
// "X_Forwarded_For" for the name with dashes, so an alias is the same field.
func neverPasses(name string) bool {
	name = dashed(name)
	if field.HopByHop(name) || field.HasPrefixFold(name, "X-Edge-") {
		return true
	}
	_, generated := field.LookupCloudFront(name)
	return generated || listed(settledHere, name)
}

var settledHere = []string{
	"host", "content-length", "expect", "cookie", "via", "x-forwarded-for", "x-amz-cf-id", "cdn-loop",
	"proxy-authenticate", "proxy-authorization", "x-forwarded-proto", "x-real-ip",
}

// listed reports whether a name is among names. It allocates nothing, unlike
// a look at the lower case of it: all of a request's names pass here.
func listed(names []string, name string) bool {
	for _, n := range names {
		if field.EqualName(n, name) {
			return true
		}
	}
	return false
}

// isAliasOfKeyed reports whether an origin may take a name for that of a keyed header.
func (p *Policy) isAliasOfKeyed(name string) bool {
	return slices.ContainsFunc(p.keyed, func(keyed string) bool { return isAlias(keyed, name) })
}

// aliasOf tells lines that an origin may take for those of a name.
func aliasOf(name string) func(field.Line) bool {
	return func(l field.Line) bool { return isAlias(name, l.Name) }
}

// isAlias reports whether two names are one to an origin that has fields as variables of
// CGI, in which a dash is an underscore. Beside what is keyed, or what the edge says of
// its own, there must be nothing that could be taken for it (reliability R11).
func isAlias(a, b string) bool { return field.EqualName(dashed(a), dashed(b)) }

// dashed returns a name with dashes for its underscores.
func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }

// describesContent lists the fields that come along with a request's content
// (CF-HDR-60).
func describesContent(name string) bool {
	return field.EqualName(name, "Content-Type") || field.EqualName(name, "Content-Encoding") || field.EqualName(name, "Content-MD5")
}

// isCondition lists the preconditions of RFC 9110 section 13.1, and Range.
func isCondition(name string) bool { return listed(conditions, name) }

var conditions = []string{"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"}

// addEdgeFields adds what every origin request has (CF-ORP-01).
func (p *Policy) addEdgeFields(dst field.Lines, in *Input) field.Lines {
	if !dst.Has("User-Agent") {
		dst.Add("User-Agent", userAgent)
	}
	dst.Add("Via", appended(in.Fields.Joined("Via"), ", ", in.Proto+" "+in.EdgeHost+" (CloudFront)")) // CF-HDR-52
	dst.Add("X-Forwarded-For", forwardedFor(in.Fields.Joined("X-Forwarded-For"), in.Viewer))
	dst.Add("X-Amz-Cf-Id", in.RequestID)                                            // CF-HDR-53
	dst.Add("CDN-Loop", appended(in.Fields.Joined("CDN-Loop"), ", ", "cloudfront")) // CF-HDR-54
	return dst
}

// forwardedFor appends the peer's address without trusting what is there.
// The documented form has no space; one is used only if the list already
// does (CF-HDR-50).
func forwardedFor(list string, peer netip.Addr) string {
	separator := ","
	if strings.Contains(list, ", ") {
		separator = ", "
	}
	return appended(list, separator, peer.Unmap().WithZone("").String())
}

func appended(list, separator, item string) string {
	if list == "" {
		return item
	}
	return list + separator + item
}

// isKeyed reports whether the cache key holds the header. Such a header is
// sent even if Connection names it: the origin must see what the key says.
func (p *Policy) isKeyed(name string) bool { return listed(p.keyed, name) }

// KeyedValue returns the value of a viewer's header as a cache key that lists it
// has it.
func (p *Policy) KeyedValue(fields field.Lines, name string) string {
	return p.choices.Value(fields, name)
}

// isChosen reports whether a line is sent although not all lines of keyed
// headers may be in the key.
func (p *Policy) isChosen(fields field.Lines, i int) bool {
	return p.choices == (cachekey.Choices{}) || !p.isKeyed(fields[i].Name) || p.choices.KeyedLine(fields, i)
}

// connectionNames returns the values of Connection, whose names are
// hop-by-hop too (CF-HDR-58).
func connectionNames(fields field.Lines) string { return fields.Joined("Connection") }

func namedBy(list, name string) bool {
	for member := range field.Elements(list) {
		if field.EqualName(member, name) {
			return true
		}
	}
	return false
}
