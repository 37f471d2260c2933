package cachekey

import (
	"encoding/binary"
	"errors"
)

// The canonical bytes of a key, version 1:
//
//	offset  size  field
//	0       1     format version
//	1       1     Accept-Encoding: 0 none, 1 gzip, 2 br, 3 br,gzip
//	2       8     fingerprint of the recipe
//	10      4     length of the path
//	14      4     length of the target
//	18            target: the path, and "?" and the query if any is selected,
//	              or "?" alone by EmptyQueryDistinct
//	              text   distribution
//	              text   method, empty for GET and HEAD
//	              uvarint number of headers, and for each
//	                text   name, lower case, ascending
//	                uvarint 0 missing, else 1 + length of the value, and the value
//	              the rest: selected cookies, "name=value; name=value"
//
// For policies with RFC 9111 semantics the proxy appends a byte 1 to the keys of
// targets with http, and cache/vary a byte 0 and what Vary selects. No cookie
// has such bytes.
//
// Integers of fixed size are big-endian; a text is a uvarint length and so
// many bytes. Every field has a length before it or reaches to the end, so no
// value can imitate the border of another, and two keys are equal exactly
// when all their fields are.
//
// The path and the query come first, at a fixed place, because invalidation
// asks for them most; the cookies come last, because their length is known
// only when they have been written. Header names make a key self-describing:
// they cost some bytes, and in return Parse needs no policy and an operator
// can be told what a key of yesterday's policy was made of.
const (
	formatVersion = 1

	offsetCoding      = 1
	offsetFingerprint = 2
	offsetPathLen     = 10
	offsetTargetLen   = 14
	offsetTarget      = 18
)

// appendText appends a length and the bytes of s.
func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// codingByte is how the key writes an AcceptEncoding; the rows of table CF-AE
// that contribute nothing are one.
func codingByte(a AcceptEncoding) byte {
	switch a {
	case AcceptEncodingGzip:
		return 1
	case AcceptEncodingBrotli:
		return 2
	case AcceptEncodingBrotliGzip:
		return 3
	}
	return 0
}

// codingOf is the inverse of codingByte. What contributes nothing comes back
// as AcceptEncodingAbsent.
func codingOf(b byte) (a AcceptEncoding, ok bool) {
	if b > 3 {
		return AcceptEncodingAbsent, false
	}
	return [...]AcceptEncoding{
		AcceptEncodingAbsent, AcceptEncodingGzip, AcceptEncodingBrotli, AcceptEncodingBrotliGzip,
	}[b], true
}

// ErrMalformed is returned by Parse for bytes that no Builder wrote.
var ErrMalformed = errors.New("malformed cache key")

// Path returns the raw path of a key, nil if the bytes are not a key. It
// shares memory with canonical.
func Path(canonical []byte) []byte {
	target, pathLen, ok := targetOf(canonical)
	if !ok {
		return nil
	}
	return target[:pathLen:pathLen]
}

// Query returns the selected query of a key without its "?", empty if none
// was selected and nil if the bytes are not a key. It shares memory with
// canonical.
func Query(canonical []byte) []byte {
	target, pathLen, ok := targetOf(canonical)
	if !ok {
		return nil
	}
	return target[min(pathLen+1, len(target)):]
}

// Target returns "path" or "path?query", with the query as selected in the
// key: what an invalidation path is compared with (CF-INV-05). It is nil if
// the bytes are not a key and shares memory with canonical.
func Target(canonical []byte) []byte {
	target, _, _ := targetOf(canonical)
	return target
}

// Distribution returns the distribution of a key, nil if the bytes are not a
// key. It shares memory with canonical.
func Distribution(canonical []byte) []byte {
	target, _, ok := targetOf(canonical)
	if !ok {
		return nil
	}
	rest := canonical[offsetTarget+len(target):]
	n, width := binary.Uvarint(rest)
	if width <= 0 || n > uint64(len(rest)-width) {
		return nil
	}
	return rest[width : width+int(n) : width+int(n)]
}

// targetOf checks only what it needs to stay inside the slice.
func targetOf(k []byte) (target []byte, pathLen int, ok bool) {
	if len(k) < offsetTarget || k[0] != formatVersion {
		return nil, 0, false
	}
	p := binary.BigEndian.Uint32(k[offsetPathLen:])
	t := binary.BigEndian.Uint32(k[offsetTargetLen:])
	if p > t || uint64(t) > uint64(len(k)-offsetTarget) {
		return nil, 0, false
	}
	end := offsetTarget + int(t)
	return k[offsetTarget:end:end], int(p), true
}
