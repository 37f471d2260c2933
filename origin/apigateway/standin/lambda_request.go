package standin

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/lambda"
)

// integrationLines are the header fields an AWS integration receives: the
// sender's without those the gateway drops, and the gateway's own
// (AG-HDR-01 to AG-HDR-03). net/http has canonicalised the spelling that a
// regional API would keep (AG-LAM-04).
func integrationLines(c *call) field.Lines {
	lines := linesOf(c.r.Header)
	lines.DeleteFunc(func(l field.Line) bool { return lambda.Drops(l.Name) })
	lines.Set("Host", c.r.Host)
	lines.Set("X-Amzn-Trace-Id", c.trace)
	forwardedFor := sourceIP(c)
	if earlier := lines.Joined("X-Forwarded-For"); earlier != "" {
		forwardedFor = earlier + ", " + forwardedFor
	}
	lines.Set("X-Forwarded-For", forwardedFor)
	lines.Set("X-Forwarded-Port", "443")
	lines.Set("X-Forwarded-Proto", "https") // execute-api knows nothing else (AG-SNI-01)
	return lines
}

// sourceIP is the TCP peer: behind an edge, the edge (AG-POL-03).
func sourceIP(c *call) string {
	if ip, _, err := net.SplitHostPort(c.r.RemoteAddr); err == nil {
		return ip
	}
	return c.r.RemoteAddr
}

// eventContent is the body of an event (AG-LAM-05); nil without content.
func (s *Standin) eventContent(c *call) (body *string, isBase64 bool) {
	return lambda.Content(c.content, s.isBinary(c))
}

// isBinary follows the bytes and the API's binary media types in a REST API,
// the content type in an HTTP API (AG-LAM-05).
func (s *Standin) isBinary(c *call) bool {
	contentType := c.r.Header.Get("Content-Type")
	if !utf8.Valid(c.content) {
		return true
	}
	if s.opts.Flavor == FlavorHTTP {
		return !lambda.Textual(contentType)
	}
	return matchesAny(s.opts.BinaryMediaTypes, contentType)
}

// matchesAny compares a media type with patterns such as "image/*".
func matchesAny(patterns []string, contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind, _, isMedia := strings.Cut(media, "/")
	for _, p := range patterns {
		if isMedia && (p == "*/*" || p == media || p == kind+"/*") {
			return true
		}
	}
	return false
}

// protocol is "HTTP/1.1" or "HTTP/2.0".
func protocol(c *call) string {
	return "HTTP/" + strconv.Itoa(c.r.ProtoMajor) + "." + strconv.Itoa(c.r.ProtoMinor)
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
