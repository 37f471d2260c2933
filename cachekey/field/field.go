// Package field is the product's view of HTTP header fields: ordered field
// lines with the names and values exactly as they were received.
//
// Every engine, the cache and the origin side exchange headers in this form
// and never as net/http maps: a slice keeps the order of the wire, repeats,
// and spelling, costs one allocation that its owner can reuse, and can be
// parsed in place. Names compare case-insensitively (RFC 9110 section 5.1,
// CF-GEN-05); values are never changed here.
//
// It is a part of cachekey and the lowest package of the tree.
package field

import "strings"

// A Line is one field line (RFC 9110 section 5.2).
type Line struct {
	Name  string // as received; compare with EqualName
	Value string // without surrounding whitespace
}

// Lines are the field lines of one message in the order received. The zero
// value is an empty header section. Methods that change it reuse its memory.
type Lines []Line

// EqualName reports whether two field names are the same. Names are ASCII
// tokens, so only A-Z are folded: Unicode folding would call "ſ" an "s".
//
// Hot path, BenchmarkLookup: the compiler puts the comparison of lengths where
// it is called, and most names differ in that.
func EqualName(a, b string) bool { return len(a) == len(b) && equalFold(a, b) }

// HasPrefixFold reports whether s begins with prefix, in which the case of ASCII
// letters does not matter.
func HasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix)
}

// equalFold compares names of one length.
func equalFold(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Get returns the value of the first line called name, or "".
func (ls Lines) Get(name string) string {
	v, _ := ls.Lookup(name)
	return v
}

// Lookup returns the value of the first line called name and whether there
// is one, so that an empty value can be told from none (CF-KEY-13).
func (ls Lines) Lookup(name string) (value string, present bool) {
	for i := range ls {
		if EqualName(ls[i].Name, name) {
			return ls[i].Value, true
		}
	}
	return "", false
}

// Has reports whether any line is called name.
func (ls Lines) Has(name string) bool {
	_, present := ls.Lookup(name)
	return present
}

// Joined returns the values of all lines called name joined with ", " in
// the order received (RFC 9110 section 5.3). One line costs no allocation.
func (ls Lines) Joined(name string) string {
	first, n := "", 0
	for i := range ls {
		if EqualName(ls[i].Name, name) {
			if n == 0 {
				first = ls[i].Value
			}
			n++
		}
	}
	if n < 2 {
		return first
	}
	return ls.join(name)
}

// join is Joined for two lines or more. Empty values take part too, so that
// no two different lists of values join to one text by losing a member.
func (ls Lines) join(name string) string {
	var b strings.Builder
	sep := ""
	for i := range ls {
		if EqualName(ls[i].Name, name) {
			b.WriteString(sep)
			b.WriteString(ls[i].Value)
			sep = ", "
		}
	}
	return b.String()
}

// Add appends a line.
func (ls *Lines) Add(name, value string) {
	*ls = append(*ls, Line{name, value})
}

// Set replaces the first line called name in its place, drops the others,
// and appends a line if there was none.
func (ls *Lines) Set(name, value string) {
	for i := range *ls {
		if EqualName((*ls)[i].Name, name) {
			(*ls)[i].Value = value
			rest := (*ls)[i+1:]
			rest.Del(name)
			*ls = (*ls)[:i+1+len(rest)]
			return
		}
	}
	*ls = append(*ls, Line{name, value})
}

// Del removes every line called name.
func (ls *Lines) Del(name string) {
	ls.DeleteFunc(func(l Line) bool { return EqualName(l.Name, name) })
}

// DeleteFunc removes every line for which drop is true, keeping the order.
func (ls *Lines) DeleteFunc(drop func(Line) bool) {
	kept := 0
	for i, l := range *ls {
		if drop(l) {
			continue
		}
		if kept != i { // most often nothing is removed, and nothing need be moved
			(*ls)[kept] = l
		}
		kept++
	}
	*ls = (*ls)[:kept]
}

// mostKept is how many lines memory has room for that is used again, more than
// messages have.
const mostKept = 128

// Emptied returns the memory of ls without any line, for others, or nil if it is
// so much that to clear it each time would cost more than it saves.
func Emptied(ls Lines) Lines {
	if cap(ls) > mostKept {
		return nil
	}
	clear(ls[:cap(ls)])
	return ls[:0]
}

// Clone returns a copy that shares no slice memory with ls.
func (ls Lines) Clone() Lines {
	return append(Lines(nil), ls...)
}
