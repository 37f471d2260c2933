package cachekey

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// A Policy is the key part of a cache policy: what of a request, besides the
// distribution and the path, tells one stored response from another. The zero
// value is CloudFront's default key (CF-KEY-02).
type Policy struct {
	// EnableAcceptEncodingGzip and EnableAcceptEncodingBrotli put the
	// normalised Accept-Encoding into the key (table CF-AE). They have no
	// effect if Headers lists Accept-Encoding (CF-AE-12).
	EnableAcceptEncodingGzip   bool
	EnableAcceptEncodingBrotli bool

	// Headers are the names of the headers in the key, in any order and any
	// letter case (CF-KEY-10); repeats count once. CheckHeader says which
	// names are possible. Host is the viewer's, which the key holds only if
	// listed here; it cannot be used with S3 origins (CF-KEY-29), which only
	// the owner of the origin can check.
	Headers []string

	// Cookies and QueryStrings select by name (CF-KEY-07).
	Cookies      selection.Selection
	QueryStrings selection.Selection

	// SortQuery and DropTracking go beyond CloudFront: the first makes
	// "a=1&b=2" and "b=2&a=1" one key, the second takes the parameters of
	// query.Tracking out of the key unless a whitelist names them.
	SortQuery    bool
	DropTracking bool

	// Choices are those where AWS documents nothing.
	Choices Choices
}

// The kinds of error that New and CheckHeader return, to be tested with
// errors.Is. A selection that makes no sense is selection.ErrInvalid.
var (
	ErrHeaderName   = errors.New("not a field name")
	ErrHeaderKey    = errors.New("header cannot be in a cache key")
	ErrDistribution = errors.New("invalid distribution domain name")
)

// CheckHeader returns an error that wraps ErrHeaderName or ErrHeaderKey if a
// cache policy cannot list the header: column "key" of table CF-HDR and
// column CP of table CF-CFH (CF-KEY-30).
func CheckHeader(name string) error {
	if !field.ValidName(name) {
		return fmt.Errorf("%q: %w", name, ErrHeaderName)
	}
	if h, generated := field.LookupCloudFront(name); generated && !h.CachePolicy {
		return fmt.Errorf("%s: %w", h.Name, ErrHeaderKey)
	}
	lower := strings.ToLower(name)
	if slices.Contains(unkeyed, lower) || strings.HasPrefix(lower, "x-edge-") {
		return fmt.Errorf("%s: %w", name, ErrHeaderKey)
	}
	return nil
}

// unkeyed are the rows of table CF-HDR with "no" in column "key", without
// X-Edge-*. Keep-Alive is not in that table; it belongs to one connection.
var unkeyed = []string{
	"cache-control",       // CF-HDR-07
	"connection",          // CF-HDR-09
	"content-length",      // CF-HDR-10
	"cookie",              // CF-HDR-13
	"keep-alive",          // RFC 9110 section 7.6.1
	"max-forwards",        // CF-HDR-23
	"pragma",              // CF-HDR-25
	"proxy-authenticate",  // CF-HDR-26
	"proxy-authorization", // CF-HDR-27
	"proxy-connection",    // CF-HDR-28
	"request-range",       // CF-HDR-31
	"te",                  // CF-HDR-32
	"trailer",             // CF-HDR-33
	"transfer-encoding",   // CF-HDR-34
	"upgrade",             // CF-HDR-35
	"x-amz-cf-id",         // CF-HDR-39
	"x-forwarded-proto",   // CF-HDR-42
	"x-real-ip",           // CF-HDR-44
}

// check returns the first thing that is wrong with p.
func (p *Policy) check() error {
	for _, name := range p.Headers {
		if err := CheckHeader(name); err != nil {
			return err
		}
	}
	if err := p.Cookies.Check(); err != nil {
		return fmt.Errorf("cookies: %w", err)
	}
	if err := p.QueryStrings.Check(); err != nil {
		return fmt.Errorf("query strings: %w", err)
	}
	return nil
}

// normalise returns the policy that every policy of the same meaning has in
// common, sharing no memory with p: names sorted and unique, header names in
// lower case, and no Accept-Encoding flags if the header is listed.
func (p *Policy) normalise() Policy {
	n := *p
	n.Headers = nil
	for _, name := range p.Headers {
		n.Headers = append(n.Headers, strings.ToLower(name))
	}
	n.Headers = unique(n.Headers)
	n.Cookies.Names = unique(slices.Clone(p.Cookies.Names))
	n.QueryStrings.Names = unique(slices.Clone(p.QueryStrings.Names))
	if slices.Contains(n.Headers, "accept-encoding") {
		n.EnableAcceptEncodingGzip, n.EnableAcceptEncodingBrotli = false, false
	}
	return n
}

// unique sorts names and drops repeats, in place.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// recipe returns the normalised policy as unambiguous bytes: the text whose
// hash is the fingerprint.
func (p *Policy) recipe() []byte {
	dst := []byte{formatVersion}
	for _, on := range []bool{
		p.EnableAcceptEncodingGzip, p.EnableAcceptEncodingBrotli, p.SortQuery, p.DropTracking,
	} {
		if on {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
	}
	dst = append(dst, byte(p.Cookies.Behavior), byte(p.QueryStrings.Behavior))
	for _, names := range [][]string{p.Headers, p.Cookies.Names, p.QueryStrings.Names} {
		dst = binary.AppendUvarint(dst, uint64(len(names)))
		for _, name := range names {
			dst = appendText(dst, name)
		}
	}
	return append(dst, p.Choices.bytes()...)
}
