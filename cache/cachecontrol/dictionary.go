package cachecontrol

import "strings"

// itemKind is the type of a Structured Fields item, as far as directives
// care.
type itemKind uint8

const (
	itemOther   itemKind = iota // decimal, token, byte sequence, inner list
	itemBoolean                 // text is "1" or "0"
	itemInteger
	itemString // text is without quotes and escapes
)

// String returns the type's name in RFC 8941.
func (k itemKind) String() string {
	switch k {
	case itemOther:
		return "other"
	case itemBoolean:
		return "boolean"
	case itemInteger:
		return "integer"
	case itemString:
		return "string"
	}
	return "unknown"
}

// An item is a value of a dictionary without its parameters.
type item struct {
	kind itemKind
	text string
}

// A dictionary is the unread rest of one (RFC 8941 section 4.2.2). After the
// first failure nothing of it counts.
type dictionary struct {
	rest   string
	failed bool
}

func (p *dictionary) fail() item {
	p.failed, p.rest = true, ""
	return item{}
}

// next takes c off the front, if it is there.
func (p *dictionary) next(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// take takes the longest run of bytes for which in is true off the front.
func (p *dictionary) take(in func(byte) bool) string {
	n := 0
	for n < len(p.rest) && in(p.rest[n]) {
		n++
	}
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

// member reads "key", "key=value" and their parameters, up to the next
// member, which must be there after a comma.
func (p *dictionary) member() (key string, v item) {
	key, v = p.key(), item{kind: itemBoolean, text: "1"}
	if p.next('=') {
		v = p.value()
	}
	p.parameters()
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
		return key, v
	}
	if !p.next(',') {
		return key, p.fail()
	}
	if p.rest = strings.TrimLeft(p.rest, " \t"); p.rest == "" {
		return key, p.fail()
	}
	return key, v
}

func (p *dictionary) key() string {
	if p.rest == "" || !isLower(p.rest[0]) && p.rest[0] != '*' {
		p.fail()
	}
	return p.take(func(c byte) bool { return isLower(c) || isDigit(c) || strings.IndexByte("_-.*", c) >= 0 })
}

func (p *dictionary) value() item {
	if !p.next('(') {
		return p.item()
	}
	for !p.failed {
		p.rest = strings.TrimLeft(p.rest, " ")
		if p.next(')') {
			return item{}
		}
		p.item()
		p.parameters()
		if p.rest != "" && p.rest[0] != ' ' && p.rest[0] != ')' {
			p.fail()
		}
	}
	return item{}
}

// parameters skips ";key=item" (section 4.2.3.2).
func (p *dictionary) parameters() {
	for p.next(';') {
		p.rest = strings.TrimLeft(p.rest, " ")
		p.key()
		if p.next('=') {
			p.item()
		}
	}
}

// item reads a bare item (section 4.2.3.1).
func (p *dictionary) item() item {
	if p.rest == "" {
		return p.fail()
	}
	switch c := p.rest[0]; {
	case c == '-' || isDigit(c):
		return p.number()
	case c == '"':
		return p.text()
	case c == '?':
		return p.boolean()
	case c == ':':
		return p.bytes()
	case isLower(c|0x20) || c == '*':
		p.take(func(c byte) bool { return isTokenByte(c) || c == ':' || c == '/' })
		return item{}
	}
	return p.fail()
}

// number reads an integer of at most 15 digits, or a decimal of at most 12
// and 3.
func (p *dictionary) number() item {
	sign := ""
	if p.next('-') {
		sign = "-"
	}
	whole := p.take(isDigit)
	if !p.next('.') {
		if whole == "" || len(whole) > 15 {
			return p.fail()
		}
		return item{kind: itemInteger, text: sign + whole}
	}
	if fraction := p.take(isDigit); whole == "" || len(whole) > 12 || fraction == "" || len(fraction) > 3 {
		return p.fail()
	}
	return item{}
}

// text reads a quoted string of printable ASCII.
func (p *dictionary) text() item {
	n := quotedLen(p.rest)
	if n == 0 {
		return p.fail()
	}
	quoted := p.rest[1 : n-1]
	p.rest = p.rest[n:]
	for i := 0; i < len(quoted); i++ {
		if c := quoted[i]; c < ' ' || c > '~' {
			return p.fail()
		}
		if quoted[i] == '\\' {
			if i++; i == len(quoted) || quoted[i] != '"' && quoted[i] != '\\' {
				return p.fail()
			}
		}
	}
	return item{kind: itemString, text: strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(quoted)}
}

func (p *dictionary) boolean() item {
	if len(p.rest) < 2 || p.rest[1] != '0' && p.rest[1] != '1' {
		return p.fail()
	}
	v := p.rest[1:2]
	p.rest = p.rest[2:]
	return item{kind: itemBoolean, text: v}
}

// bytes reads a byte sequence, whose content no directive wants.
func (p *dictionary) bytes() item {
	p.next(':')
	p.take(func(c byte) bool { return isLower(c|0x20) || isDigit(c) || strings.IndexByte("+/=", c) >= 0 })
	if !p.next(':') {
		return p.fail()
	}
	return item{}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
