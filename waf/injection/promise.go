package injection

// Most values have nothing that a pattern could be made of. To see that takes
// one scan that is several times faster than to take a value apart.

// A trait is something that a value has, beside words with roles.
type trait uint8

const (
	traitString      trait = 1 << iota // a quote, a comment, a cast: patterns that the scan does not tell apart
	traitNumber                        // a number
	traitOperator                      // an operator
	traitConnective                    // && or ||
	traitParenthesis                   // "("
	traitSemicolon                     // ";"
)

// promising reports whether value may have a pattern. Where it says no there
// is none.
func promising(value string) bool {
	var seen role
	var traits trait
	for i := 0; i < len(value); {
		switch c := value[i]; {
		case digit(c):
			traits |= traitNumber
			i += numberLength(value[i:])
			continue
		case classes[c]&wordByte != 0:
			n, hash, _ := measure(value[i:])
			seen |= rolesOf(value[i:i+n], hash)
			i += n
			continue
		}
		if traits |= traitOf(value[i:]); traits&traitString != 0 {
			return true
		}
		i++
	}
	return promise(seen, traits)
}

// traitOf returns the trait that text has by its first bytes.
func traitOf(text string) trait {
	next := byte(0)
	if len(text) > 1 {
		next = text[1]
	}
	switch c := text[0]; c {
	case '\'', '"', '`':
		return traitString
	case '/':
		if next == '*' {
			return traitString
		}
	case ':':
		if next == ':' {
			return traitString
		}
	case '$':
		if letter(next) {
			return traitString
		}
	case '<', '>', '=', '!', '^', '~':
		return traitOperator
	case '|', '&':
		if next == c {
			return traitOperator | traitConnective
		}
		return traitOperator
	case '(':
		return traitParenthesis
	case ';':
		return traitSemicolon
	}
	return 0
}

// promise reports whether a pattern could be made of words with these roles
// and a value with these traits.
func promise(seen role, traits trait) bool {
	const (
		alone    = roleUnion | roleSelect | roleDefine | roleInsert | roleDeclare | roleExecute | roleSchema | roleSleep
		called   = roleCall | roleCompare | roleIf
		compared = roleLogic | roleCondition
		stated   = roleStatement | roleRare
		ordered  = roleOrder | roleBy
		named    = roleFrom | roleAs
		waits    = roleStatement | roleWait
	)
	operator := traits&traitOperator != 0
	constant := traits&traitNumber != 0 || seen&roleConstant != 0
	switch {
	case seen&alone != 0,
		seen&called != 0 && traits&traitParenthesis != 0,
		(seen&compared != 0 || traits&traitConnective != 0) && operator && constant,
		seen&stated != 0 && traits&traitSemicolon != 0,
		seen&ordered == ordered, seen&named == named, seen&waits == waits:
		return true
	}
	return false
}
