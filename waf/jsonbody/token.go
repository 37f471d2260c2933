package jsonbody

// class is what a byte can be outside of strings.
type class uint8

const (
	spaces     class = 1 << iota // between any two tokens
	separators                   // spaces, commas and colons
	numeric                      // parts of numbers
	letters                      // parts of words
)

var classes = func() (classes [256]class) {
	for _, set := range []struct {
		class class
		bytes string
	}{
		{spaces, " \t\r\n"},
		{separators, " \t\r\n,:"},
		{numeric, "0123456789+-.eE"},
		{letters, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	} {
		for i := range len(set.bytes) {
			classes[set.bytes[i]] |= set.class
		}
	}
	return classes
}()

// skip passes over bytes of a class.
func (p *Parser) skip(c class) {
	for p.at < len(p.body) && classes[p.body[p.at]]&c != 0 {
		p.at++
	}
}

// literal reads a number or a word of JSON, "" if there is none. As commas may
// be missing, one ends where the other begins.
func (p *Parser) literal() string {
	start := p.at
	if classes[p.body[start]]&letters != 0 {
		p.skip(letters)
		switch word := p.body[start:p.at]; word {
		case "true", "false", "null":
			return word
		}
		return ""
	}
	p.skip(numeric)
	if number := p.body[start:p.at]; isNumber(number) {
		return number
	}
	return ""
}

// isNumber reports whether s is a number of RFC 8259 section 6.
func isNumber(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if s != "" && s[0] == '.' {
		fraction := digits(s[1:])
		if fraction == 0 {
			return false
		}
		s = s[1+fraction:]
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		exponent := digits(s)
		return exponent > 0 && exponent == len(s)
	}
	return s == ""
}

// digits returns how many decimal digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// string reads a string from its opening quote on, and reports whether it was
// valid up to the closing one. If not, text is what precedes the fault.
func (p *Parser) string() (text string, whole bool) {
	p.at++
	start := p.at
	for ; p.at < len(p.body); p.at++ {
		switch c := p.body[p.at]; {
		case c == '"':
			p.at++
			return p.body[start : p.at-1], true
		case c == '\\':
			return p.unescape(start)
		case c < ' ':
			return p.body[start:p.at], false
		}
	}
	return p.body[start:], false
}
