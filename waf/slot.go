package waf

import (
	"slices"
	"unsafe"

	"github.com/groundfront/groundfront/waf/literal"
	"github.com/groundfront/groundfront/waf/transform"
)

// Many statements look at the same thing: the query arguments, decoded and in
// lower case. Each such thing is a slot of the web ACL. A request fills in a
// slot when a statement first asks for it, and then every statement has it
// (WF-ARC-04). A slot is a field of the request, or another slot with one
// transformation more, so that chains share what they begin with.
//
// The texts that statements look for anywhere in a slot are in one automaton,
// which goes through the slot's values once for all of them.

// A slotRule says what is in a slot.
type slotRule struct {
	field  *Field         // taken from the request, if parent is negative
	parent int            // number of the slot that is transformed
	kind   transform.Kind // how
	words  [2]wordList    // those that are looked for: exactly, and whatever their case

	kinds   uint64  // what scans of it look for
	scanner Scanner // that finds these, nil if there are none
}

const (
	wordsExact = iota
	wordsFold
)

// A wordList has the words that statements look for in a slot.
type wordList struct {
	numbers map[string]int
	words   []string
	set     *literal.Set // nil if there are none
	at      int          // of its bits among those of an evaluation
}

// number returns the number of a word.
func (w *wordList) number(word string) int {
	n, known := w.numbers[word]
	if !known {
		if w.numbers == nil {
			w.numbers = map[string]int{}
		}
		n = len(w.words)
		w.numbers[word] = n
		w.words = append(w.words, word)
	}
	return n
}

// size returns how many words of bits there are.
func (w *wordList) size() int { return (len(w.words) + 63) / 64 }

// slot returns the number of the slot of an inspection.
func (k *compiler) slot(i *Inspection) int {
	f := i.Field
	n := k.slotOf(f.source(), slotRule{field: &f, parent: -1})
	for _, kind := range i.Transformations {
		if kind != transform.None {
			n = k.slotOf(string(rune(n))+" "+kind.String(), slotRule{parent: n, kind: kind})
		}
	}
	return n
}

func (k *compiler) slotOf(identity string, r slotRule) int {
	n, known := k.slots[identity]
	if !known {
		n = len(k.acl.slots)
		k.slots[identity] = n
		k.acl.slots = append(k.acl.slots, r)
	}
	return n
}

// automata builds those of all slots, when all statements are compiled.
func (k *compiler) automata() {
	for i := range k.acl.slots {
		if r := &k.acl.slots[i]; r.kinds != 0 {
			r.scanner = k.scanner.For(r.kinds)
		}
		for fold := range k.acl.slots[i].words {
			w := &k.acl.slots[i].words[fold]
			if len(w.words) > 0 {
				w.set = k.setOf(w.words, fold)
				w.at = k.acl.foundBits
				k.acl.foundBits += w.size()
			}
		}
	}
}

// setOf returns the automaton of words, that of the web ACL before if it has one of
// the same.
func (k *compiler) setOf(words []string, fold int) *literal.Set {
	if k.previous != nil {
		for i := range k.previous.slots {
			if w := &k.previous.slots[i].words[fold]; slices.Equal(w.words, words) {
				return w.set
			}
		}
	}
	return literal.New(words, fold == wordsFold)
}

// A slot is what a request has there.
type slot struct {
	known    bool
	absent   bool // the request does not have the field
	oversize bool // it has more than is inspected
	invalid  bool // it is content that is not JSON to its end
	scanned  [2]bool
	hit      [2]bool // a word was found
	detected [4]match
	scan     bool   // the scanner has read it
	kinds    uint64 // and found these
	first    int32  // the values are values[first:end] of the evaluation
	end      int32
}

// slot returns a slot, filled in.
func (e *evaluation) slot(n int) *slot {
	s := &e.slots[n]
	if s.known {
		return s
	}
	r := &e.acl.slots[n]
	if r.parent < 0 {
		s.first = int32(len(e.values))
		e.extract(r.field, s)
		s.end = int32(len(e.values))
	} else {
		parent := e.slot(r.parent)
		s.absent, s.oversize, s.invalid = parent.absent, parent.oversize, parent.invalid
		if e.again(r, parent) {
			s.first, s.end = parent.first, parent.end
		} else {
			e.transform(s, parent, r.kind)
		}
	}
	s.known = true
	return s
}

// again reports whether the parent of a slot was transformed in the same way
// already, and nothing has changed: then nothing would now.
func (e *evaluation) again(r *slotRule, parent *slot) bool {
	p := &e.acl.slots[r.parent]
	return p.parent >= 0 && p.kind == r.kind && parent.first == e.slots[p.parent].first
}

// valueWork is what a value costs that is transformed, in bytes that a detector
// reads: content of 64 KiB may have twenty thousand.
const valueWork = 16

// transform fills in the values of a slot. Where nothing changes, they are the
// parent's.
func (e *evaluation) transform(s, parent *slot, kind transform.Kind) {
	s.first, s.end = parent.first, parent.end
	copied := false
	for i := parent.first; i < parent.end; i++ {
		from := e.values[i]
		to := kind.Apply(from, &e.scratch)
		if !copied && (len(to) != len(from) || unsafe.StringData(to) != unsafe.StringData(from)) {
			copied = true
			s.first = int32(len(e.values))
			e.values = append(e.values, e.values[parent.first:i]...)
		}
		if copied {
			e.values = append(e.values, to)
		}
	}
	if copied {
		s.end = int32(len(e.values))
		e.work += valueWork * int(s.end-s.first)
	}
}

// valuesOf returns the values of a slot.
func (e *evaluation) valuesOf(s *slot) []string { return e.values[s.first:s.end] }

// words returns the bits of the words that were found in a slot, nil if there
// are none.
func (e *evaluation) words(n, fold int) []uint64 {
	s := e.slot(n)
	w := &e.acl.slots[n].words[fold]
	found := e.found[w.at : w.at+w.size()]
	if !s.scanned[fold] {
		s.scanned[fold] = true
		clear(found)
		for _, v := range e.valuesOf(s) {
			w.set.Find(v, found)
		}
		for _, bits := range found {
			s.hit[fold] = s.hit[fold] || bits != 0
		}
	}
	if !s.hit[fold] {
		return nil
	}
	return found
}
