package jsonbody

import (
	"fmt"
	"strconv"
	"strings"
)

// A Scope says whether keys, values or both are inspected: AWS's MatchScope.
type Scope uint8

// The scopes.
const (
	ScopeAll Scope = iota
	ScopeKey
	ScopeValue
)

var scopeWords = [...]string{ScopeAll: "ALL", ScopeKey: "KEY", ScopeValue: "VALUE"}

// String returns AWS's word.
func (s Scope) String() string {
	if int(s) >= len(scopeWords) {
		return "Scope(?)"
	}
	return scopeWords[s]
}

// A Filter says which elements of a body are inspected. The zero value
// inspects all of them. It is immutable in use and safe for many goroutines.
type Filter struct {
	// Duplicates reads on where an object has a key twice: then AWS WAF stops
	// (WF-JSON-04), but most origins do not, and take one of the two.
	Duplicates bool

	scope Scope
	root  *place // nil: everything is wanted
}

// A place is where one or several pointers have come to in a body.
type place struct {
	// wanted is where a pointer ends: all that is below is inspected, not
	// what leads there.
	wanted  bool
	members map[string]*place
	items   map[int]*place // the same for those that are array indices
}

// everywhere is the place in everything that is below a pointer.
var everywhere = &place{wanted: true}

// NewFilter returns a filter for what is below one of the pointers, in the
// syntax of RFC 6901 ("/orders/0/note"), or for all if there are none
// (WF-JSON-05). It is an error if a pointer is not in that syntax.
func NewFilter(scope Scope, pointers ...string) (*Filter, error) {
	f := &Filter{scope: scope}
	for _, pointer := range pointers {
		if err := f.add(pointer); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *Filter) add(pointer string) error {
	if f.root == nil {
		f.root = new(place)
	}
	if pointer != "" && pointer[0] != '/' {
		return fmt.Errorf("JSON pointer %q: does not begin with a slash", pointer)
	}
	at := f.root
	for i, token := range strings.Split(pointer, "/") {
		if i == 0 {
			continue // before the first slash
		}
		name, err := unescapeToken(token)
		if err != nil {
			return fmt.Errorf("JSON pointer %q: %w", pointer, err)
		}
		at = at.add(name)
	}
	at.wanted = true
	return nil
}

var tokenEscapes = strings.NewReplacer("~0", "~", "~1", "/")

// unescapeToken undoes the escapes of RFC 6901 section 3.
func unescapeToken(token string) (string, error) {
	for rest := token; ; {
		_, after, found := strings.Cut(rest, "~")
		if !found {
			return tokenEscapes.Replace(token), nil
		}
		if after == "" || after[0] != '0' && after[0] != '1' {
			return "", fmt.Errorf("a tilde is followed neither by 0 nor by 1")
		}
		rest = after[1:]
	}
}

// add returns the place below p that name leads to.
func (p *place) add(name string) *place {
	if next := p.members[name]; next != nil {
		return next
	}
	if p.members == nil {
		p.members, p.items = map[string]*place{}, map[int]*place{}
	}
	next := new(place)
	p.members[name] = next
	if index, err := strconv.Atoi(name); err == nil && strconv.Itoa(index) == name {
		p.items[index] = next
	}
	return next
}

// member returns the place of the member with that key, nil if nothing that is
// wanted is there.
func (p *place) member(key string) *place {
	if p == nil || p.wanted {
		return p
	}
	return p.members[key]
}

// item is member for an element of an array.
func (p *place) item(index int) *place {
	if p == nil || p.wanted {
		return p
	}
	return p.items[index]
}

// start returns the place of the root of a body.
func (f *Filter) start() *place {
	if f == nil || f.root == nil {
		return everywhere
	}
	return f.root
}
