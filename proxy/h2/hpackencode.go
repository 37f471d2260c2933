package h2

import (
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An encoder encodes the header blocks of responses (RFC 7541). Only what
// many responses have in common enters the dynamic table: the lines of
// ReadyFields, which are then one byte each, and the name of the id. Everything
// else is a literal without Huffman coding, which would save a fifth of the bytes
// of stored lines and take longer: BenchmarkStored.
type encoder struct {
	entries []encoded // oldest first
	size    int       // of the table, as the RFC counts
	max     int       // what the viewer allows, at most tableSize

	resized bool // max has changed since the last block

	inserts int // ever

	// edge is the ReadyFields of the last hit, and edgeBlock how they are encoded
	// while inserts is edgeAt.
	edge      *viewer.ReadyFields
	edgeBlock []byte
	edgeAt    int
}

// encoded is an entry of the dynamic table. The name is in lower case.
type encoded struct{ name, value string }

// setMax sets what the viewer allows (RFC 7541 section 4.2). Of several values
// between two blocks the lowest holds: to say two of them is allowed, but not
// understood by all.
func (e *encoder) setMax(n uint32) {
	size := int(min(n, tableSize))
	if e.resized {
		size = min(size, e.max)
	}
	if size == e.max {
		return
	}
	e.resized = true
	e.max = size
	e.evict(0)
}

// begin appends what a block begins with: the size of the table, if it is new.
func (e *encoder) begin(out []byte) []byte {
	if !e.resized {
		return out
	}
	e.resized = false
	return appendInt(out, 0x20, 5, e.max)
}

func (e *encoder) evict(size int) {
	n := 0
	for ; n < len(e.entries) && e.size+size > e.max; n++ {
		e.size -= len(e.entries[n].name) + len(e.entries[n].value) + entryOverhead
	}
	if n > 0 {
		e.inserts++ // what was encoded before does not hold any more
		e.entries = append(e.entries[:0], e.entries[n:]...)
	}
}

// insert puts a field into the table, if it has room for one of that size.
func (e *encoder) insert(name, value string) bool {
	size := len(name) + len(value) + entryOverhead
	if size > e.max/4 {
		return false
	}
	e.evict(size)
	e.entries = append(e.entries, encoded{name, value})
	e.size += size
	e.inserts++
	return true
}

// index is that of the entry at position i.
func (e *encoder) index(i int) int { return len(staticTable) + len(e.entries) - 1 - i }

// appendStatus appends :status.
func (e *encoder) appendStatus(out []byte, status int) []byte {
	if i := staticStatus(status); i > 0 {
		return append(out, 0x80|byte(i))
	}
	out = append(out, staticStatus200, 3) // the name alone, and a value of three digits
	return strconv.AppendInt(out, int64(status), 10)
}

// appendEdge appends fields that stay the same.
//
// Hot path: a copy, from the second time on.
func (e *encoder) appendEdge(out []byte, fields *viewer.ReadyFields) []byte {
	if e.edge == fields && e.edgeAt == e.inserts {
		return append(out, e.edgeBlock...)
	}
	for _, l := range fields.Lines {
		if !framing(l.Name) {
			out = e.appendShared(out, l.Name, l.Value)
		}
	}
	e.edge, e.edgeAt, e.edgeBlock = fields, e.inserts, e.edgeBlock[:0]
	for _, l := range fields.Lines {
		if !framing(l.Name) {
			e.edgeBlock = e.appendKnown(e.edgeBlock, l.Name, l.Value)
		}
	}
	return out
}

// appendShared appends a field that comes again: from the table, into which it
// is put if need be.
func (e *encoder) appendShared(out []byte, name, value string) []byte {
	if i := e.find(name, value); i >= 0 {
		return appendInt(out, 0x80, 7, e.index(i))
	}
	lowered := strings.ToLower(name)
	if !e.insert(lowered, value) {
		return appendField(out, name, value)
	}
	return appendString(appendName(out, 0x40, 6, lowered), value)
}

// appendKnown appends a field from the table, or as a literal.
func (e *encoder) appendKnown(out []byte, name, value string) []byte {
	if i := e.find(name, value); i >= 0 {
		return appendInt(out, 0x80, 7, e.index(i))
	}
	return appendField(out, name, value)
}

func (e *encoder) find(name, value string) int {
	for i := len(e.entries) - 1; i >= 0; i-- {
		if e.entries[i].value == value && field.EqualName(e.entries[i].name, name) {
			return i
		}
	}
	return -1
}

const idName = "x-amz-cf-id"

// appendID appends X-Amz-Cf-Id. Its name, longer than all others of a hit that
// are not in the static table, is put into the table with the first value.
func (e *encoder) appendID(out []byte, id *viewer.RequestID) []byte {
	for i := range e.entries {
		if e.entries[i].name == idName {
			out = appendInt(out, 0, 4, e.index(i))
			out = append(out, byte(len(id)))
			return append(out, id[:]...)
		}
	}
	if e.insert(idName, string(id[:])) {
		out = appendName(out, 0x40, 6, idName)
	} else {
		out = appendName(out, 0, 4, idName)
	}
	out = append(out, byte(len(id)))
	return append(out, id[:]...)
}

// appendStored appends field lines in the form of an HTTP/1.1 head.
//
// Hot path: no allocation.
func appendStored(out []byte, lines string) []byte {
	for len(lines) > 0 {
		end := strings.IndexByte(lines, '\n')
		if end < 1 {
			return out
		}
		line := lines[:end-1]
		lines = lines[end+1:]
		colon := strings.IndexByte(line, ':')
		if colon < 1 || framing(line[:colon]) {
			continue
		}
		value := line[colon+1:]
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
		out = appendField(out, line[:colon], value)
	}
	return out
}

// appendField appends a field as a literal that is not indexed.
func appendField(out []byte, name, value string) []byte {
	return appendString(appendName(out, 0, 4, name), value)
}

// appendName appends the name of a literal, by its index if it is in the static
// table.
func appendName(out []byte, first byte, prefix uint8, name string) []byte {
	if len(name) < len(staticNames) {
		for _, s := range staticNames[len(name)] {
			if field.EqualName(s.name, name) {
				return appendInt(out, first, prefix, int(s.index))
			}
		}
	}
	out = appendInt(append(out, first), 0, 7, len(name))
	for i := range len(name) {
		out = append(out, lower[name[i]])
	}
	return out
}

// appendNumber appends a field of the static table with a decimal value.
func appendNumber(out []byte, index int, n int64) []byte {
	out = appendInt(out, 0, 4, index)
	at := len(out)
	out = strconv.AppendInt(append(out, 0), n, 10)
	out[at] = byte(len(out) - at - 1)
	return out
}

func appendString(out []byte, s string) []byte {
	return append(appendInt(out, 0, 7, len(s)), s...)
}

// appendInt appends an integer with a prefix of some bits (RFC 7541 section
// 5.1); first has the bits before it.
func appendInt(out []byte, first byte, prefix uint8, n int) []byte {
	mask := 1<<prefix - 1
	if n < mask {
		return append(out, first|byte(n))
	}
	out = append(out, first|byte(mask))
	for n -= mask; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// framing reports whether the field belongs to a connection or to the framing
// of a message, which are the engine's: HTTP/2 has none of the former (RFC 9113
// section 8.2.2).
func framing(name string) bool {
	return field.HopByHop(name) || field.EqualName(name, "Content-Length")
}
