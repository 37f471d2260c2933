package cachekey

import (
	"encoding/binary"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Parts is what a key is made of: its normal form, for explanations, tests
// and tools. Two keys are equal exactly when their Parts are.
type Parts struct {
	Distribution string
	Fingerprint  uint64 // of the policy that made the key
	Method       string // empty for GET and HEAD
	Path         string // raw
	Query        string // as selected, without "?"
	EmptyQuery   bool   // "?" and nothing selected (CF-KEY-20)

	// AcceptEncoding is AcceptEncodingAbsent for all that contributes
	// nothing (table CF-AE).
	AcceptEncoding AcceptEncoding

	Headers []Header // those of the policy, ascending by name
	Cookies string   // as selected: "name=value; name=value"
}

// A Header is one header of the policy as a key holds it.
type Header struct {
	Name    string // lower case
	Value   string
	Present bool // tells an empty value from a missing header (CF-KEY-13)
}

// Parse takes canonical bytes apart. It accepts exactly the bytes of the
// format: other bytes give ErrMalformed. The result shares no memory with
// canonical.
func Parse(canonical []byte) (Parts, error) {
	target, pathLen, ok := targetOf(canonical)
	if !ok {
		return Parts{}, ErrMalformed
	}
	coding, ok := codingOf(canonical[offsetCoding])
	if !ok || !wellFormedTarget(target, pathLen) {
		return Parts{}, ErrMalformed
	}
	in := reader{rest: string(canonical[offsetTarget+len(target):])}
	p := Parts{
		AcceptEncoding: coding,
		Fingerprint:    binary.BigEndian.Uint64(canonical[offsetFingerprint:]),
		Path:           string(Path(canonical)),
		Query:          string(Query(canonical)),
		EmptyQuery:     len(target) == pathLen+1,
		Distribution:   in.text(),
		Method:         in.text(),
		Headers:        in.headers(),
	}
	if in.failed || p.Distribution == "" || p.Method == "GET" || p.Method == "HEAD" {
		return Parts{}, ErrMalformed
	}
	p.Cookies = in.rest
	return p, nil
}

// wellFormedTarget reports whether nothing follows the path but "?" and a
// query.
func wellFormedTarget(target []byte, pathLen int) bool {
	query := target[pathLen:]
	return len(query) == 0 || query[0] == '?'
}

// A reader takes values off the front of a key. After the first failure all
// values are empty.
type reader struct {
	rest   string
	failed bool
}

// uvarint reads an integer. Only its shortest form is accepted: with two ways
// to write a number there would be two keys for one meaning.
func (in *reader) uvarint() uint64 {
	var value uint64
	for i := 0; i < len(in.rest) && i < binary.MaxVarintLen32; i++ {
		b := in.rest[i]
		value |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 {
				break
			}
			in.rest = in.rest[i+1:]
			return value
		}
	}
	in.failed, in.rest = true, ""
	return 0
}

// bytes reads n bytes.
func (in *reader) bytes(n uint64) string {
	if n > uint64(len(in.rest)) {
		in.failed, in.rest = true, ""
		return ""
	}
	s := in.rest[:n]
	in.rest = in.rest[n:]
	return s
}

func (in *reader) text() string { return in.bytes(in.uvarint()) }

// headers reads the list of headers, whose names must ascend. The count is
// not trusted: memory grows only as headers are really there.
func (in *reader) headers() (headers []Header) {
	last := ""
	for range in.uvarint() {
		h := Header{Name: in.text()}
		if n := in.uvarint(); n > 0 {
			h.Value, h.Present = in.bytes(n-1), true
		}
		if in.failed || h.Name <= last || !lowerName(h.Name) {
			in.failed = true
			return nil
		}
		last = h.Name
		headers = append(headers, h)
	}
	return headers
}

// lowerName reports whether s is a field name without capitals.
func lowerName(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return field.ValidName(s)
}
