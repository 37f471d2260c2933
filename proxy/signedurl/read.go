package signedurl

import (
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/groundfront/groundfront/cachekey/field"
)

// ErrPolicy is the kind of every error about the text of a policy.
var ErrPolicy = errors.New("not a policy")

// ParsePolicy reads the JSON text of a custom policy (CF-SIG-09). It takes the
// grammar of such a policy and nothing beside it: a key that is not known, or is
// there twice, could mean a condition that nobody checks. encoding/json takes
// both, and keys in other letter case.
//
// One thing is not JSON: \? in a text is itself, since AWS's guide has long
// written so in resources (CF-SIG-19).
func ParsePolicy(text string) (Policy, error) {
	r := reader{text: text}
	var p Policy
	r.object(func(key string) bool {
		return key == "Statement" && r.list(func() { r.statement(&p) })
	}, "Statement")
	r.space()
	if r.err == nil && r.at < len(r.text) {
		r.fail("more behind its end")
	}
	if r.err != nil {
		return Policy{}, r.err
	}
	return p, nil
}

func (r *reader) statement(p *Policy) {
	r.object(func(key string) bool {
		switch key {
		case "Resource":
			p.Resource, p.HasResource = r.string(), true
		case "Condition":
			r.condition(p)
		default:
			return false
		}
		return true
	}, "Condition")
}

func (r *reader) condition(p *Policy) {
	only := func(key string, value func()) bool {
		r.object(func(k string) bool {
			if k == key {
				value()
			}
			return k == key
		}, key)
		return true
	}
	r.object(func(key string) bool {
		switch key {
		case "DateLessThan":
			return only("AWS:EpochTime", func() { p.NotAfter = r.time() })
		case "DateGreaterThan":
			return only("AWS:EpochTime", func() { p.NotBefore, p.HasNotBefore = r.time(), true })
		case "IpAddress":
			return only("AWS:SourceIp", func() { p.SourceIP, p.HasSourceIP = r.string(), true })
		}
		return false
	}, "DateLessThan")
}

// A reader reads JSON of a known shape. After the first error it reads nothing
// more.
type reader struct {
	text string
	at   int
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: at byte %d: %s", ErrPolicy, r.at, fmt.Sprintf(format, args...))
	}
}

func (r *reader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\t' || r.text[r.at] == '\n' || r.text[r.at] == '\r') {
		r.at++
	}
}

// skip takes the character c, if it comes next.
func (r *reader) skip(c byte) bool {
	r.space()
	if r.err != nil || r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) want(c byte) {
	if !r.skip(c) {
		r.fail("want %q", c)
	}
}

// object reads an object with some of a few keys, of which one must be there.
// member reads the value of a key, or reports that there is no such key.
func (r *reader) object(member func(key string) bool, required string) {
	var seen [4]string // no object has more keys
	n := 0
	for r.want('{'); r.err == nil; r.want(',') {
		key := r.string()
		for _, s := range seen[:n] {
			if s == key {
				r.fail("%q is there twice", key)
			}
		}
		r.want(':')
		if r.err != nil {
			return
		}
		if n == len(seen) || !member(key) {
			r.fail("%q is not known here", key)
			return
		}
		seen[n] = key
		n++
		if r.skip('}') {
			break
		}
	}
	for _, s := range seen[:n] {
		if s == required {
			return
		}
	}
	r.fail("%q is missing", required)
}

// list reads a list of exactly one value.
func (r *reader) list(value func()) bool {
	r.want('[')
	if r.err == nil {
		value()
	}
	r.want(']')
	return true
}

// time reads a number of seconds, without quotes (CF-SIG-11).
func (r *reader) time() int64 {
	r.space()
	start := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		r.at++
	}
	n, ok := parseTime(r.text[start:r.at])
	if !ok {
		r.fail("want a number of seconds")
	}
	return n
}

// string reads a text. It has no control characters and is UTF-8.
func (r *reader) string() string {
	r.want('"')
	start := r.at
	var b []byte // once there was an escape
	for r.err == nil && r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			s := r.text[start:r.at]
			if b != nil {
				s = string(b)
			}
			if !utf8.ValidString(s) {
				r.fail("a text that is not UTF-8")
			}
			r.at++
			return s
		case c < ' ':
			r.fail("a control character in a text")
		case c == '\\':
			if b == nil {
				b = append(make([]byte, 0, len(r.text)-start), r.text[start:r.at]...)
			}
			b = r.escape(b)
		default:
			if b != nil {
				b = append(b, c)
			}
			r.at++
		}
	}
	r.fail("a text without its end")
	return ""
}

// escape reads an escape and appends what it stands for.
func (r *reader) escape(b []byte) []byte {
	if r.at+1 == len(r.text) {
		r.fail("a text without its end")
		return b
	}
	c := r.text[r.at+1]
	switch c {
	case '"', '\\', '/':
		b = append(b, c)
	case '?':
		b = append(b, '\\', '?')
	case 'b':
		b = append(b, '\b')
	case 'f':
		b = append(b, '\f')
	case 'n':
		b = append(b, '\n')
	case 'r':
		b = append(b, '\r')
	case 't':
		b = append(b, '\t')
	case 'u':
		return r.unicode(b)
	default:
		r.fail("an escape that is not known")
		return b
	}
	r.at += 2
	return b
}

// unicode reads \uXXXX, or two of them for one character.
func (r *reader) unicode(b []byte) []byte {
	c := r.unit()
	if utf16.IsSurrogate(c) {
		if c = utf16.DecodeRune(c, r.unit()); c == utf8.RuneError {
			r.fail("half a character")
		}
	}
	return utf8.AppendRune(b, c)
}

// unit reads one \uXXXX.
func (r *reader) unit() (c rune) {
	const size = len(`\u0000`)
	if len(r.text)-r.at < size || r.text[r.at] != '\\' || r.text[r.at+1] != 'u' {
		r.fail("half a character")
		return 0
	}
	for _, digit := range []byte(r.text[r.at+2 : r.at+size]) {
		n := field.HexDigit(digit)
		if n < 0 {
			r.fail("want four hexadecimal digits")
			return 0
		}
		c = c<<4 | rune(n)
	}
	r.at += size
	return c
}
