package invalidation

import (
	"encoding/binary"
	"strings"
)

// Bounds of cache tags (CF-TAG-03).
const (
	MaxTags   = 50  // of one response; the surplus is ignored
	MaxTagLen = 256 // characters
)

// Tags are the cache tags of one stored response, as hashes of tagSize bytes
// each. An entry keeps them among its bytes: they cost nothing where there
// are none.
type Tags []byte

const tagSize = 8

// AppendTags appends to dst the tags in the value of the field that carries
// them: comma-separated, with spaces around (CF-TAG-02). What is no tag, said
// twice or beyond MaxTags is left out (CF-TAG-03).
func AppendTags(dst Tags, value string) Tags {
	for value != "" {
		var tag string
		tag, value, _ = strings.Cut(value, ",")
		tag = strings.Trim(tag, " \t")
		if !isTag(tag) {
			continue
		}
		if h := hashTag(tag); !dst.has(h) {
			dst = binary.LittleEndian.AppendUint64(dst, h)
		}
		if dst.Len() == MaxTags {
			return dst
		}
	}
	return dst
}

// TagBytes returns how many bytes n tags have.
func TagBytes(n int) int { return n * tagSize }

// Len returns the number of tags.
func (t Tags) Len() int { return len(t) / tagSize }

func (t Tags) at(i int) uint64 { return binary.LittleEndian.Uint64(t[i*tagSize:]) }

func (t Tags) has(hash uint64) bool {
	for i := range t.Len() {
		if t.at(i) == hash {
			return true
		}
	}
	return false
}

// isTag reports whether s can be a tag: printable ASCII without space and
// comma (CF-TAG-03).
func isTag(s string) bool {
	if s == "" || len(s) > MaxTagLen {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == ',' {
			return false
		}
	}
	return true
}

// hashTag returns the hash of a tag, whose letter case does not matter.
func hashTag(tag string) uint64 {
	h := uint64(hashStart)
	for i := range len(tag) {
		c := tag[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * hashPrime
	}
	return h
}
