package jsonbody

// maxDepth is how deep a body may be nested: as deep as encoding/json and most
// other parsers read it. What is deeper ends the walk like what is invalid.
const maxDepth = 10000

// levelsKept is how many levels a Parser keeps memory for.
const levelsKept = 1024

// An Element is a key or a value of a body, as text: a string without its
// quotes and escapes, anything else by its literal bytes (WF-JSON-06).
type Element struct {
	Text string
	Key  bool
}

// A Parser takes bodies apart and keeps memory for the next one. The zero
// value is ready. It is owned by one goroutine.
type Parser struct {
	levels  []level
	members members
	text    texts

	// Of the body that is being parsed.
	body   string
	at     int // index of the next byte
	scope  Scope
	unique bool // an object may not have a key twice
	dst    []Element
	object int32 // number of the object that was opened last
}

// A level is an object or array that is open.
type level struct {
	place  *place // of the container, nil if nothing in it is wanted
	next   *place // of the next value: in an object, of the key that was read
	number int32  // of an object, 0 for an array
	index  int32  // of the next item of an array
	keyed  bool   // a key of an object waits for its value
}

// Elements appends the elements of body that f selects, all if f is nil, to
// dst in the order of the body, and returns the longer slice. It reports
// whether it has understood all of body; if not, elements are those up to
// where it stopped, with the string that is cut off there (WF-JSON-04).
//
// Texts are views of body or of the memory of p, and valid until p.Reset.
//
// It allocates only until p and dst have room.
func (p *Parser) Elements(body string, f *Filter, dst []Element) (all []Element, valid bool) {
	p.body, p.at, p.dst, p.object, p.scope, p.unique = body, 0, dst, 0, ScopeAll, true
	if f != nil {
		p.scope, p.unique = f.scope, !f.Duplicates
	}
	valid = p.walk(f.start())
	all = p.dst
	p.body, p.dst = "", nil
	p.members.forget()
	if cap(p.levels) > levelsKept {
		p.levels = nil
	}
	p.levels = p.levels[:0]
	return all, valid
}

// Reset makes room: texts that came from p are no longer valid.
func (p *Parser) Reset() { p.text.reset() }

// walk reads the root, and reports whether nothing but space follows.
func (p *Parser) walk(root *place) bool {
	p.skip(spaces)
	if p.at == len(p.body) || !p.open(p.body[p.at], root) {
		return false
	}
	for len(p.levels) > 0 {
		if !p.step(&p.levels[len(p.levels)-1]) {
			return false
		}
	}
	p.skip(spaces)
	return p.at == len(p.body)
}

// step reads what comes next in the innermost level l, and reports whether it
// could.
func (p *Parser) step(l *level) bool {
	p.skip(separators)
	if p.at == len(p.body) {
		return false
	}
	c := p.body[p.at]
	switch {
	case c == ']' && l.number == 0, c == '}' && l.number != 0 && !l.keyed:
		p.at++
		p.levels = p.levels[:len(p.levels)-1]
		return true
	case l.number != 0 && !l.keyed:
		return c == '"' && p.key(l)
	}
	at := l.next
	if l.number == 0 {
		at = l.place.item(int(l.index))
		l.index++
	}
	l.keyed = false
	return p.open(c, at) || p.scalar(c, at)
}

// open begins an object or array, if c does. It is at place at.
func (p *Parser) open(c byte, at *place) bool {
	if c != '{' && c != '[' || len(p.levels) == maxDepth {
		return false
	}
	p.at++
	l := level{place: at}
	if c == '{' {
		p.object++
		l.number = p.object
	}
	p.levels = append(p.levels, l)
	return true
}

// key reads a key of the object l, which is new to it.
func (p *Parser) key(l *level) bool {
	text, whole := p.string()
	if whole && p.unique && !p.members.add(l.number, text) {
		return false
	}
	if l.place != nil && l.place.wanted && p.scope != ScopeValue {
		p.dst = append(p.dst, Element{text, true})
	}
	l.next, l.keyed = l.place.member(text), true
	return whole
}

// scalar reads a value that begins with c and is neither object nor array.
func (p *Parser) scalar(c byte, at *place) bool {
	var text string
	var whole bool
	if c == '"' {
		text, whole = p.string()
	} else if text = p.literal(); text == "" {
		return false
	} else {
		whole = true
	}
	if at != nil && at.wanted && p.scope != ScopeKey {
		p.dst = append(p.dst, Element{text, false})
	}
	return whole
}
