package h2

import (
	"math"
	"slices"
	"unsafe"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// tableSize bounds the dynamic table of either direction (RFC 7541 section
// 4.2), in bytes as the RFC counts them. It is the value without a SETTINGS of
// ours; more would be memory of each idle connection.
const tableSize = 4096

// entryOverhead is what the RFC adds for each entry and each field.
const entryOverhead = 32

var errHPACK = connError(ErrCodeCompression, "malformed header block")

// A decoder decodes header blocks (RFC 7541) without copies of what it can
// refer to. The dynamic table lies in one piece of memory, to which entries are
// appended: the views of it that a block has given out stay valid until the
// next block, whatever that block has evicted.
//
// Names are looked up once, when they enter the table; each field that refers
// to one has its class.
type decoder struct {
	arena   []byte
	entries []entry // oldest first
	size    int     // of the table, as the RFC counts
	max     int     // as the viewer has set it
}

// An entry of the dynamic table.
type entry struct {
	at          uint32 // of the name in the arena; the value follows
	name, value uint16 // lengths
	class       class
}

func (e *entry) size() int { return int(e.name) + int(e.value) + entryOverhead }

// class is what a field means to us: the kind of its name, the marks, and
// whether the value is one that the kind may have.
type class struct {
	marks viewer.Marks
	kind  kind
	bad   bool // the value
}

// view returns b as a string without a copy, for as long as b does not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// decode decodes a whole block into h.
//
// Hot path, BenchmarkDecode: no allocation once arena and h have room.
func (d *decoder) decode(block []byte, h *head) error {
	d.compact()
	for begun := false; len(block) > 0; {
		switch b := block[0]; {
		case b&0x80 != 0: // section 6.1
			index, rest, ok := readInt(block, 7)
			if !ok || !d.indexed(index, h) {
				return errHPACK
			}
			block = rest
		case b&0xe0 == 0x20: // section 6.3
			size, rest, ok := readInt(block, 5)
			if !ok || begun || size > tableSize {
				return errHPACK
			}
			d.max = size
			d.evict(0)
			block = rest
			continue
		default: // section 6.2
			var ok bool
			if block, ok = d.literal(block, h); !ok {
				return errHPACK
			}
		}
		begun = true
	}
	return nil
}

// indexed adds the field at index.
func (d *decoder) indexed(index int, h *head) bool {
	if index < len(staticTable) {
		s := &staticTable[index]
		h.add(s.name, s.value, s.class)
		return index > 0
	}
	e := d.entry(index)
	if e == nil {
		return false
	}
	h.add(d.name(e), d.value(e), e.class)
	return true
}

// literal adds the field in front of block and returns what is behind it.
func (d *decoder) literal(block []byte, h *head) ([]byte, bool) {
	prefix, insert := uint8(4), false
	if block[0]&0x40 != 0 {
		prefix, insert = 6, true
	}
	index, block, ok := readInt(block, prefix)
	if !ok {
		return nil, false
	}
	var name, value string
	var c class
	if index == 0 {
		if name, block, ok = readString(block, h); !ok {
			return nil, false
		}
		c = classify(name)
	} else if name, c, ok = d.nameAt(index); !ok {
		return nil, false
	}
	if value, block, ok = readString(block, h); !ok {
		return nil, false
	}
	c.bad = !c.kind.allows(value)
	if insert {
		name, value = d.insert(name, value, c)
	}
	h.add(name, value, c)
	return block, true
}

// nameAt returns the name at index.
func (d *decoder) nameAt(index int) (string, class, bool) {
	if index < len(staticTable) {
		return staticTable[index].name, staticTable[index].class, true // index 0 is a name of its own
	}
	e := d.entry(index)
	if e == nil {
		return "", class{}, false
	}
	return d.name(e), e.class, true
}

// entry returns the entry of the dynamic table at index, nil if there is none.
func (d *decoder) entry(index int) *entry {
	at := len(d.entries) - 1 - (index - len(staticTable))
	if at < 0 || at >= len(d.entries) {
		return nil
	}
	return &d.entries[at]
}

func (d *decoder) name(e *entry) string {
	return view(d.arena[e.at : e.at+uint32(e.name)])
}

func (d *decoder) value(e *entry) string {
	begin := e.at + uint32(e.name)
	return view(d.arena[begin : begin+uint32(e.value)])
}

// insert makes an entry and returns name and value as they are there. One that
// is larger than the table empties it (section 4.4).
func (d *decoder) insert(name, value string, c class) (string, string) {
	size := len(name) + len(value) + entryOverhead
	d.evict(size)
	if size > d.max {
		return name, value
	}
	e := entry{at: uint32(len(d.arena)), name: uint16(len(name)), value: uint16(len(value)), class: c}
	d.arena = append(d.arena, name...)
	d.arena = append(d.arena, value...)
	d.entries = append(d.entries, e)
	d.size += size
	return d.name(&e), d.value(&e)
}

// evict makes room for size bytes. The bytes of what it evicts stay.
func (d *decoder) evict(size int) {
	n := 0
	for ; n < len(d.entries) && d.size+size > d.max; n++ {
		d.size -= d.entries[n].size()
	}
	if n > 0 {
		d.entries = d.entries[:copy(d.entries, d.entries[n:])]
	}
}

// shrink gives back memory that the table does not need. No view of it may be in
// use.
func (d *decoder) shrink() {
	begin := uint32(len(d.arena))
	if len(d.entries) > 0 {
		begin = d.entries[0].at
	}
	d.arena = slices.Clip(slices.Clone(d.arena[begin:]))
	d.entries = slices.Clip(slices.Clone(d.entries))
	for i := range d.entries {
		d.entries[i].at -= begin
	}
}

// compact gives back what evicted entries have left, when no view of it is in
// use and it is worth the copy.
func (d *decoder) compact() {
	if len(d.arena) < 2*tableSize {
		return
	}
	begin := uint32(len(d.arena))
	if len(d.entries) > 0 {
		begin = d.entries[0].at
	}
	live := d.arena[begin:]
	if cap(d.arena) > 4*tableSize { // a block with very many fields has been here
		d.arena = append(make([]byte, 0, 2*tableSize), live...)
	} else {
		d.arena = d.arena[:copy(d.arena, live)]
	}
	for i := range d.entries {
		d.entries[i].at -= begin
	}
}

// readInt reads an integer with a prefix of some bits (section 5.1). More than
// any of ours can be is refused.
func readInt(p []byte, prefix uint8) (n int, rest []byte, ok bool) {
	if len(p) == 0 {
		return 0, nil, false
	}
	mask := byte(1<<prefix - 1)
	if b := p[0] & mask; b < mask {
		return int(b), p[1:], true
	}
	value := uint64(mask)
	for i, b := range p[1:min(len(p), 10)] {
		value += uint64(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			return int(value), p[i+2:], value <= math.MaxInt32
		}
	}
	return 0, nil, false
}

// readString reads a string literal (section 5.2): a view of p, or of h.text
// where it was Huffman coded.
func readString(p []byte, h *head) (s string, rest []byte, ok bool) {
	if len(p) == 0 {
		return "", nil, false
	}
	coded := p[0]&0x80 != 0
	n, p, ok := readInt(p, 7)
	if !ok || n > len(p) {
		return "", nil, false
	}
	if !coded {
		return view(p[:n]), p[n:], true
	}
	begin := len(h.text)
	if h.text, ok = appendHuffman(h.text, p[:n]); !ok {
		return "", nil, false
	}
	return view(h.text[begin:]), p[n:], true
}
