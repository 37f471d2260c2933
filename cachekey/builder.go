package cachekey

import (
	"encoding/binary"
	"fmt"

	"github.com/groundfront/groundfront/cachekey/cookie"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// Options is what a key needs besides the policy.
type Options struct {
	// Distribution is the distribution's own domain name, such as
	// "d111111abcdef8.cloudfront.net": 1 to 253 bytes. Every key holds it in
	// place of the viewer's Host, so that all aliases of a distribution share
	// entries and no two distributions do (CF-KEY-01).
	Distribution string
}

// A Request is the part of a viewer's request that a key can be made of,
// after the viewer-request function has changed it (CF-KEY-25). The strings
// are only read; a key holds copies.
type Request struct {
	Method string // GET and HEAD share a key; any other is part of it (CF-KEY-03)
	Host   string // the viewer's Host, used only if the policy lists it
	Path   string // raw, as the origin will receive it (CF-KEY-21)
	// Query is raw and without its "?".
	Query string
	// HasQuery tells "/a?" from "/a". They have one key, unless the policy has
	// EmptyQueryDistinct (CF-KEY-20).
	HasQuery bool
	// Fields are the header fields without Host. The CloudFront-* headers that
	// the policy lists must hold the generated values, not the viewer's
	// (CF-CFH-31).
	Fields field.Lines
	HTTP10 bool // HTTP/1.0: Accept-Encoding does not count (CF-AE-15)
}

// A Builder makes the keys of one distribution and one cache policy. It is
// immutable: any number of goroutines may use it.
type Builder struct {
	distribution string
	fingerprint  uint64
	gzip, brotli bool
	headers      []string // lower case, ascending
	cookies      selection.Selection
	query        query.Filter
	choices      Choices
	keepsMark    bool // a "?" with nothing behind it is keyed
}

// New compiles a policy. It returns an error that wraps one of this package's
// Err values, or selection.ErrInvalid, if the policy cannot be a CloudFront
// policy. CloudFront's quotas on the number and length of names can be raised
// (CF-KEY-09) and are not checked here.
func New(p Policy, o Options) (*Builder, error) {
	if n := len(o.Distribution); n == 0 || n > 253 {
		return nil, fmt.Errorf("%q: %w", o.Distribution, ErrDistribution)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	p = p.normalise()
	return &Builder{
		distribution: o.Distribution,
		fingerprint:  fingerprintOf(p.recipe()),
		gzip:         p.EnableAcceptEncodingGzip,
		brotli:       p.EnableAcceptEncodingBrotli,
		headers:      p.Headers,
		cookies:      p.Cookies,
		query: query.Filter{
			Selection: p.QueryStrings, Sort: p.SortQuery, DropTracking: p.DropTracking, Repeated: p.Choices.RepeatedQuery,
		},
		choices:   p.Choices,
		keepsMark: p.Choices.EmptyQuery == EmptyQueryDistinct && p.KeepsQuery(),
	}, nil
}

// Fingerprint returns 64 bits that stand for the policy. They are part of
// every key, so that entries stored under a changed policy are out of reach
// at once; policies that differ only in the order, repetition or header case
// of their names have the same one.
func (b *Builder) Fingerprint() uint64 { return b.fingerprint }

// Append appends the canonical bytes of r's key to dst and returns the longer
// buffer. Two requests have equal bytes exactly when they select the same
// entry. Path and query together are bounded by 4 GiB, far above what any
// engine accepts (CF-SIZE).
//
// Hot path: no allocation if dst has room, up to 32 selected cookies. See
// BenchmarkAppend.
func (b *Builder) Append(dst []byte, r *Request) []byte {
	return b.AppendWith(dst, r, b.AcceptEncoding(r))
}

// AppendWith is Append for a request whose row of table CF-AE is known.
func (b *Builder) AppendWith(dst []byte, r *Request, a AcceptEncoding) []byte {
	dst = append(dst, formatVersion, codingByte(a))
	dst = binary.BigEndian.AppendUint64(dst, b.fingerprint)
	dst = b.appendTarget(dst, r)
	dst = appendText(dst, b.distribution)
	dst = appendText(dst, keyedMethod(r.Method))
	dst = b.appendHeaders(dst, r)
	return cookie.AppendKey(dst, r.Fields, &b.cookies)
}

// appendTarget appends the two lengths and "path" or "path?query". A query of
// which nothing is selected leaves no "?" behind, unless keepsMark is set.
func (b *Builder) appendTarget(dst []byte, r *Request) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Path)))
	lenAt := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	start := len(dst)
	dst = append(dst, r.Path...)
	switch {
	case r.Query != "":
		dst = append(dst, '?')
		mark := len(dst)
		if dst = b.query.Append(dst, r.Query); len(dst) == mark {
			dst = dst[:mark-1]
		}
	case r.HasQuery && b.keepsMark:
		dst = append(dst, '?')
	}
	binary.BigEndian.PutUint32(dst[lenAt:], uint32(len(dst)-start))
	return dst
}

// keyedMethod returns the method as the key holds it. CloudFront caches GET,
// HEAD and OPTIONS and adds only OPTIONS to the key (CF-KEY-03); a method that
// is never cached is added too, so that its key can never meet a stored entry.
func keyedMethod(method string) string {
	if method == "GET" || method == "HEAD" {
		return ""
	}
	return method
}

func (b *Builder) appendHeaders(dst []byte, r *Request) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b.headers)))
	for _, name := range b.headers {
		dst = appendText(dst, name)
		switch {
		case name == "host":
			dst = appendHost(dst, r.Host)
		case name == "accept-encoding" && r.HTTP10:
			dst = binary.AppendUvarint(dst, 0) // CF-AE-15
		default:
			dst = b.appendHeader(dst, r.Fields, name)
		}
	}
	return dst
}

// appendHost writes the viewer's Host. Only an HTTP/1.0 request can be
// without one, and no engine can tell an empty Host from none.
func appendHost(dst []byte, host string) []byte {
	if host == "" {
		return binary.AppendUvarint(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(host))+1)
	return append(dst, host...)
}

// appendHeader writes the value of the header called name: raw (CF-KEY-11),
// several lines joined with ", " in the order received (CF-KEY-12), and a
// missing header unlike an empty one (CF-KEY-13), unless chosen otherwise.
func (b *Builder) appendHeader(dst []byte, lines field.Lines, name string) []byte {
	if b.choices.RepeatedHeader != RepeatedHeaderJoined {
		lines = b.choices.only(lines, name)
	}
	size, found := 0, 0
	for i := range lines {
		if field.EqualName(lines[i].Name, name) {
			size += len(lines[i].Value)
			found++
		}
	}
	if found == 0 || found == 1 && size == 0 && b.choices.EmptyHeader == EmptyHeaderMissing {
		return binary.AppendUvarint(dst, 0)
	}
	size += len(", ") * (found - 1)
	dst = binary.AppendUvarint(dst, uint64(size)+1)
	sep := ""
	for i := range lines {
		if field.EqualName(lines[i].Name, name) {
			dst = append(dst, sep...)
			dst = append(dst, lines[i].Value...)
			sep = ", "
		}
	}
	return dst
}
