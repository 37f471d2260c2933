package h2

import "github.com/groundfront/groundfront/cachekey/field"

// A priority is that of RFC 9218 section 4.
type priority struct {
	// urgency is 0 to 7, lower is more urgent; 3 without a word of the viewer.
	urgency uint8
	// inTurn lets streams of one urgency send in turn; else each sends all it has
	// before the next. It is so where the viewer says "i", and where it says
	// nothing: then nobody knows which response it needs whole.
	inTurn bool
	// said tells that the viewer has said something.
	said bool
}

var noPriority = priority{urgency: 3, inTurn: true}

// parsePriority reads a Priority field, a dictionary of structured fields: "u"
// with a digit, "i" as a boolean. Everything else is ignored (RFC 9218 section
// 4), as is what is not well-formed.
func parsePriority(value string) priority {
	p := priority{urgency: 3, said: true}
	for member := range field.Elements(value) {
		switch {
		case member == "i" || member == "i=?1":
			p.inTurn = true
		case member == "i=?0":
			p.inTurn = false
		case len(member) == 3 && member[:2] == "u=" && '0' <= member[2] && member[2] <= '7':
			p.urgency = member[2] - '0'
		}
	}
	return p
}

// orDefault is p, or what holds when the viewer has said nothing.
func (p priority) orDefault() priority {
	if p.said {
		return p
	}
	return noPriority
}
