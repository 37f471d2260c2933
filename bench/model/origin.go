package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// control is a Cache-Control field. A number may be absent or malformed.
type control struct {
	maxAge, sMaxAge                         int
	swr, sie                                int
	noCache, noStore, private               bool
	noCacheField, privateOne                bool // no-cache="X-Secret", private="X-Secret"
	mustRevalidate, proxyRevalidate, public bool
	mustUnderstand, noTransform             bool
	broken                                  bool // something that is no directive is among them
}

const (
	absent    = -1
	malformed = -2 // "max-age=x"
)

// unsaid is the control of a response without Cache-Control.
var unsaid = control{maxAge: absent, sMaxAge: absent, swr: absent, sie: absent}

// String returns the field's value, "" for none.
func (c control) String() string {
	var parts []string
	number := func(name string, n int) {
		switch {
		case n >= 0:
			parts = append(parts, fmt.Sprintf("%s=%d", name, n))
		case n == malformed:
			parts = append(parts, name+"=x")
		}
	}
	word := func(name string, is bool) {
		if is {
			parts = append(parts, name)
		}
	}
	word("no-store", c.noStore)
	word("no-cache", c.noCache)
	word("private", c.private)
	word(`no-cache="X-Secret"`, c.noCacheField)
	word(`private="X-Secret"`, c.privateOne)
	number("max-age", c.maxAge)
	number("s-maxage", c.sMaxAge)
	number("stale-while-revalidate", c.swr)
	number("stale-if-error", c.sie)
	word("must-revalidate", c.mustRevalidate)
	word("proxy-revalidate", c.proxyRevalidate)
	word("public", c.public)
	word("must-understand", c.mustUnderstand)
	word("no-transform", c.noTransform)
	word("&", c.broken)
	return strings.Join(parts, ", ")
}

// restricted: one of the three directives of CF-TTL-07.
func (c control) restricted() bool { return c.noCache || c.noStore || c.private }

// noExpires and undated stand for a response without Expires or Date.
const (
	noExpires = -1 << 30
	undated   = -1 << 30
)

// An answer is what the origin has for whoever asks.
type answer struct {
	failure      origin.ErrorKind // ErrorUnknown: none
	status       int
	control      control
	targeted     *control // CDN-Cache-Control, nil for none
	expires      int      // seconds from now
	dated        int      // seconds from now until Date
	etag         string   // "" for none
	modified     string   // Last-Modified, "" for none
	age          string   // Age, "" for none
	vary         string   // Vary, "" for none
	location     string   // Location, "" for none
	place        string   // Content-Location, "" for none
	secret       bool     // X-Secret
	chunked, cut bool
	ranges       bool          // the origin answers ranges by 206
	heedless     bool          // it does so whatever If-Range says
	delay        time.Duration // until the answer comes
}

// String returns the answer as a transcript shows it.
func (a answer) String() string {
	if a.failure != origin.ErrorUnknown {
		return fmt.Sprintf("no answer: %v%s", a.failure, after(a.delay))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d%s", a.status, after(a.delay))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "; %s: %s", name, value)
		}
	}
	line("Cache-Control", a.control.String())
	if a.expires != noExpires {
		line("Expires", fmt.Sprintf("%+ds", a.expires))
	}
	if a.targeted != nil {
		line("CDN-Cache-Control", a.targeted.String())
	}
	switch a.dated {
	case 0:
	case undated:
		b.WriteString("; no Date")
	default:
		line("Date", fmt.Sprintf("%+ds", a.dated))
	}
	line("Age", a.age)
	line("Vary", a.vary)
	line("Location", a.location)
	line("Content-Location", a.place)
	line("ETag", a.etag)
	line("Last-Modified", a.modified)
	for _, mark := range []struct {
		is   bool
		text string
	}{{a.secret, "X-Secret"}, {a.chunked, "chunked"}, {a.cut, "cut off"}, {a.ranges, "knows ranges"}, {a.heedless, "heeds no If-Range"}} {
		if mark.is {
			b.WriteString("; " + mark.text)
		}
	}
	return b.String()
}

func after(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return " after " + d.String()
}

// An ask is what reached the origin.
type ask struct {
	method                        string
	noneMatch, since, rng, ifRang string // If-None-Match, If-Modified-Since, Range, If-Range
}

// String returns the request as a transcript shows it.
func (q ask) String() string {
	out := q.method
	for _, f := range []struct{ name, value string }{
		{"If-None-Match", q.noneMatch}, {"If-Modified-Since", q.since}, {"Range", q.rng}, {"If-Range", q.ifRang},
	} {
		if f.value != "" {
			out += "; " + f.name + ": " + f.value
		}
	}
	return out
}

// A response is what the origin answers to an ask.
type response struct {
	answer
	status   int
	received time.Time
	date     time.Time // of Date; that of reception without one
	content  string
	length   int64 // what Content-Length says, -1 without
	rng      string
}

// respond is an origin that knows conditions and, if the answer says so,
// ranges.
func (a answer) respond(q ask, content string, now time.Time) response {
	r := response{answer: a, status: a.status, received: now, date: now, content: content}
	if a.dated != undated {
		r.date = now.Add(time.Duration(a.dated) * second)
	}
	switch {
	case a.failure != origin.ErrorUnknown:
		r.status = 0
	case q.method != "GET" && q.method != "HEAD" || a.status/100 != 2:
	case a.unchanged(q):
		r.status, r.content, r.secret = 304, "", false
	case a.status == 200 && a.ranges && q.method == "GET" && q.rng != "" && (a.heedless || ifRangeHolds(q.ifRang, a.etag, a.modified, r.date)):
		r.status, r.content, r.rng = rangeOf(q.rng, content)
	}
	r.length = int64(len(r.content))
	if a.chunked {
		r.length = -1
	}
	if r.status == 204 || r.status == 304 {
		r.content, r.length, r.cut = "", 0, false
	}
	if q.method == "HEAD" {
		r.content = ""
	}
	r.cut = r.cut && r.content != ""
	return r
}

// contentOf is the content that the origin has at a path: a strong validator
// stands for the same bytes always, and all else is new in each step.
func (a answer) contentOf(path string, step int) string {
	s := stored{etag: a.etag, modified: a.modified, date: start.Add(time.Hour)}
	if tag := s.strong(); tag != "" {
		return fmt.Sprintf("content of %s by %s", path, tag)
	}
	return fmt.Sprintf("content %d of the origin", step)
}

// unchanged: a condition of q says that its sender has this answer.
func (a answer) unchanged(q ask) bool {
	if q.noneMatch != "" {
		return weakMatch(q.noneMatch, a.etag)
	}
	return q.since != "" && a.modified != "" && !date(a.modified).After(date(q.since))
}

// weakMatch and strongMatch look for a tag in a list (RFC 9110 section 8.8.3.2).
func weakMatch(list, tag string) bool {
	return list == "*" || tag != "" && slices.ContainsFunc(strings.Split(list, ", "), func(one string) bool {
		return strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/")
	})
}

func strongMatch(list, tag string) bool {
	return list == "*" || tag != "" && tag[0] == '"' && slices.Contains(strings.Split(list, ", "), tag)
}

// ofAnother: a 304 that has this tag speaks of another representation than
// the one that was asked about (RFC 9111 section 4.3.4).
func ofAnother(asked, tag string) bool {
	return asked != "" && tag != "" && asked[0] == '"' && tag[0] == '"' && asked != tag
}

func date(s string) time.Time {
	t, err := time.Parse(httpDate, s)
	if err != nil {
		panic(err) // all dates are the generator's
	}
	return t
}

const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"
