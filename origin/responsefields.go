package origin

import (
	"errors"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// ErrSurplus is the cause of the error that a body's Read returns instead of
// io.EOF when the origin sent more bytes than its Content-Length, or chunks and
// a Content-Length: the content before it is complete and may be delivered, but
// not stored (CF-RESP-44, CF-RESP-49). It is reported as far as the bytes had
// arrived.
var ErrSurplus = errors.New("more or other content than Content-Length")

// RemoveHopByHop removes the fields that end at this hop and those that a
// Connection field names (RFC 9110 section 7.6.1, CF-HDR-58). Fields that
// decide framing, routing or sharing can not be removed by naming them.
func RemoveHopByHop(fields *field.Lines) {
	var named []string
	for _, l := range *fields {
		if field.EqualName(l.Name, "Connection") {
			for option := range field.Elements(l.Value) {
				named = append(named, option)
			}
		}
	}
	fields.DeleteFunc(func(l field.Line) bool {
		return field.HopByHop(l.Name) || contains(named, l.Name) && !endToEnd(l.Name)
	})
}

// endToEnd names the fields that a Connection field can not strip: to remove
// them would change who may see the message, or where it goes.
func endToEnd(name string) bool {
	return contains(unstrippable, name)
}

var unstrippable = []string{
	"Host", "Cookie", "Set-Cookie", "Authorization", "Cache-Control", "Vary", "Content-Length",
	"Content-Encoding", "Content-Type", "Content-Range", "X-Forwarded-For", "Via", "CDN-Loop",
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if field.EqualName(n, name) {
			return true
		}
	}
	return false
}

// A ResponseRule says what of a behavior bears on the fields of its origin's
// responses.
type ResponseRule struct {
	// Cookies: the behavior forwards cookies, by the cache policy or the
	// origin request policy (CF-COOK-04).
	Cookies bool
	// Forwards reports whether the behavior forwards a request field, nil for
	// none. It is asked for the names in Vary (CF-VARY-02).
	Forwards func(name string) bool
	// Device: one of the CloudFront-Is-* fields is forwarded (CF-VARY-02).
	Device bool
	// DropStar: the minimum TTL is above 0, so "*" leaves Vary (CF-COND-07).
	DropStar bool
}

// CleanResponse brings the fields of an origin's response to the form in
// which they are stored and sent (CF-RESP): without hop-by-hop fields,
// Set-Cookie unless cookies are forwarded (CF-COOK-01), what CloudFront
// reserves for itself (CF-RESP-19), and with Vary filtered (CF-VARY-02).
//
// X-Amz-Id-2 and X-Amz-Request-Id stay: they pass on a miss and are removed
// on hits (CF-RESP-07), see HiddenOnHit.
func CleanResponse(fields *field.Lines, rule ResponseRule) {
	RemoveHopByHop(fields)
	fields.DeleteFunc(func(l field.Line) bool {
		return field.EqualName(l.Name, "Set-Cookie") && !rule.Cookies ||
			field.EqualName(l.Name, "X-Cache") ||
			field.HasPrefixFold(l.Name, "X-Edge-")
	})
	filterVary(fields, rule)
}

// HiddenOnHit reports whether a stored field is left out when the response is
// served from the cache: the request ids of S3 (CF-RESP-07).
func HiddenOnHit(name string) bool {
	return field.EqualName(name, "X-Amz-Id-2") || field.EqualName(name, "X-Amz-Request-Id")
}

// filterVary keeps of Vary what may concern the viewer.
func filterVary(fields *field.Lines, rule ResponseRule) {
	out := (*fields)[:0]
	for _, l := range *fields {
		if field.EqualName(l.Name, "Vary") {
			if l.Value = keptVary(l.Value, rule); l.Value == "" {
				continue
			}
		}
		out = append(out, l)
	}
	*fields = out
}

func keptVary(value string, rule ResponseRule) string {
	var kept []string
	dropped := false
	for name := range field.Elements(value) {
		if keepsVary(name, rule) {
			kept = append(kept, name)
		} else {
			dropped = true
		}
	}
	if !dropped && len(kept) > 0 {
		return value
	}
	return strings.Join(kept, ", ")
}

func keepsVary(name string, rule ResponseRule) bool {
	switch {
	case name == "*":
		return !rule.DropStar
	case field.EqualName(name, "Accept-Encoding"), field.EqualName(name, "Cookie"):
		return true
	case field.EqualName(name, "User-Agent") && rule.Device:
		return true
	}
	return rule.Forwards != nil && rule.Forwards(name)
}
