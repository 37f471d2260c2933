package cache

import (
	"bytes"
	"slices"
	"time"

	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A partial Entry holds parts of a representation whose origin has answered
// range requests (CF-RNG-03): the parts, the fields that all of them share,
// and as Meta.Length the length of the complete content. It is kept beside
// the complete response of its key, never in its place (CF-RNG-09), and
// answers ranges only.
//
// Parts are put together only if a strong validator proves that they belong
// together (CF-RNG-13, RFC 9111 section 3.4); a part of another
// representation replaces what is there. Once nothing is missing the parts
// become a complete response. Partial Entries stay in memory: what they hold
// can be had again in pieces.

// maxParts bounds the parts of one Entry: a range is found by going through
// them.
const maxParts = 64

// A part is a run of content.
type part struct {
	byterange.Range
	data []byte // of Range; read-only
	held int    // bytes of memory that data keeps alive
}

// partCost is the memory of a part beside its bytes.
const partCost = 64

// PartsHash returns where the parts of the representation with hash h are
// kept.
func PartsHash(h cachekey.Hash) cachekey.Hash {
	return cachekey.Hash{Hi: h.Hi ^ 0x94d049bb133111eb, Lo: h.Lo ^ 0x2545f4914f6cdd1d}
}

// LookupParts is Lookup for the parts of a response. The Entry is partial,
// if there is one.
func (c *Cache) LookupParts(hash cachekey.Hash, key []byte, now time.Time) Found {
	return c.find(PartsHash(hash), key, now, c.get)
}

// StorePart keeps e, which was made of a 206 with a single part that begins
// at from: its Length is that of the complete content. drops tells the fields
// that its response lets nobody else have, which therefore go from the stored
// parts too (CF-TTL-14).
func (c *Cache) StorePart(e *Entry, from int64, drops func(name string) bool) StoreResult {
	lock := &c.storeLocks[e.Hash.Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	if c.invalidated(e) {
		return StoreInvalidated
	}
	if complete := c.peek(e.Hash, e.Key()); complete != nil && complete.Order > e.Order {
		return StoreOutdated
	}
	e = e.asPartial(from)
	if old := c.peek(PartsHash(e.Hash), e.Key()); old != nil && !c.invalidated(old) {
		switch {
		case old.sameContent(e):
			e = old.join(e, drops)
		case old.Order > e.Order:
			return StoreOutdated
		}
	}
	if complete := e.completed(c.maxObjectSize); complete != nil {
		return c.storeLocked(complete)
	}
	e.limitParts(from, c.maxObjectSize)
	if !c.memory.Put(PartsHash(e.Hash), e, e.Cost()) {
		return StoreRefused
	}
	return StoreKept
}

// dropParts removes the parts that a complete response makes superfluous. The
// caller holds the store lock of complete's hash.
func (c *Cache) dropParts(complete *Entry) {
	place := PartsHash(complete.Hash)
	if old := c.peek(place, complete.Key()); old != nil && old.Order <= complete.Order {
		c.memory.Delete(place, old)
	}
}

// shadowedByParts reports whether stored parts answer in place of an error.
func (c *Cache) shadowedByParts(e *Entry) bool {
	if e.Status < 500 || e.HeadOnly {
		return false
	}
	parts := c.peek(PartsHash(e.Hash), e.Key())
	return parts != nil && !c.invalidated(parts) && parts.outlasts(e)
}

// Partial reports whether e holds parts of content only.
func (e *Entry) Partial() bool { return len(e.parts()) > 0 }

func (e *Entry) parts() []part {
	if e.elsewhere == nil {
		return nil
	}
	return e.elsewhere.parts
}

// asPartial makes e, whose content begins at from, a partial Entry. It owns
// e's memory.
func (e *Entry) asPartial(from int64) *Entry {
	content := e.Content()
	return &Entry{
		Meta: e.Meta, keyEnd: e.keyEnd, tagEnd: e.tagEnd, fields: e.fields,
		block:     e.block[:e.prefixEnd()],
		elsewhere: &elsewhere{parts: []part{{byterange.Range{From: from, To: from + int64(len(content))}, content, allocated(len(e.block))}}},
	}
}

// sameContent reports whether the parts of both may be put together.
func (e *Entry) sameContent(other *Entry) bool {
	return e.Length == other.Length && e.Strict == other.Strict && bytes.Equal(e.Tags(), other.Tags()) &&
		conditional.SameRepresentation(e.Fields(nil), other.Fields(nil), e.Times.Validated.Time())
}

// join returns the Entry with the parts of both. What the later fetch says
// counts: its times, and its fields, which update those of the other (RFC 9111
// section 3.4), but for those to drop and the Age that the earlier one had. An
// invalidation since the earlier one matches both.
func (e *Entry) join(other *Entry, drops func(name string) bool) *Entry {
	later, earlier := e, other
	if earlier.Order > later.Order {
		later, earlier = earlier, later
	}
	m := later.Meta
	m.Epoch = min(e.Epoch, other.Epoch)
	stored := earlier.Fields(nil)
	stored.Del("Age")
	fields := conditional.Freshen(stored, later.Fields(nil), false)
	fields.DeleteFunc(func(l field.Line) bool { return drops(l.Name) })
	prefix := make([]byte, 0, PrefixSize(e.Key(), "", fields)+len(later.Tags()))
	prefix = append(AppendPrefix(prefix, e.Key(), "", fields), later.Tags()...)
	n := NewEntry(m, prefix, int(e.keyEnd), 0, len(prefix))
	parts := slices.Clone(e.parts())
	for _, p := range other.parts() {
		parts = insertPart(parts, p)
	}
	n.elsewhere = &elsewhere{parts: parts}
	return n
}

// insertPart adds p to ascending parts that do not overlap. Where they have
// the same bytes, those that were there stay, unless p has all of them.
func insertPart(parts []part, p part) []part {
	parts = slices.DeleteFunc(parts, func(q part) bool { return p.From <= q.From && q.To <= p.To })
	at := len(parts)
	for i := range parts {
		q := &parts[i]
		switch {
		case q.From <= p.From && p.To <= q.To:
			return parts
		case q.From < p.From && p.From < q.To:
			p = p.cut(q.To, p.To)
		case q.From < p.To && p.To < q.To:
			p = p.cut(p.From, q.From)
		}
		if q.From >= p.To {
			at = min(at, i)
		}
	}
	return slices.Insert(parts, at, p)
}

// cut returns what p has of the bytes in [from, to).
func (p part) cut(from, to int64) part {
	from, to = max(from, p.From), min(to, p.To)
	if from >= to {
		return part{}
	}
	return part{byterange.Range{From: from, To: to}, p.data[from-p.From : to-p.From : to-p.From], p.held}
}

// limitParts leaves out the parts farthest from offset until no more than
// maxParts and size bytes are held.
func (e *Entry) limitParts(offset, size int64) {
	parts := e.parts()
	held := int64(0)
	for i := range parts {
		held += int64(parts[i].held)
	}
	for len(parts) > 1 && (len(parts) > maxParts || held > size) {
		far := 0
		if last := len(parts) - 1; parts[last].From-offset > offset-parts[0].From {
			far = last
		}
		held -= int64(parts[far].held)
		parts = slices.Delete(parts, far, far+1)
	}
	e.elsewhere = &elsewhere{parts: parts}
}

// completed returns the complete response that the parts make, nil if some
// are missing or it is larger than limit.
func (e *Entry) completed(limit int64) *Entry {
	all := byterange.Range{To: e.Length}
	if e.Length > limit || !e.Missing(all).Empty() {
		return nil
	}
	block := make([]byte, 0, int64(len(e.block))+e.Length)
	block = append(block, e.block...)
	for _, piece := range e.AppendPieces(nil, all) {
		block = append(block, piece...)
	}
	m := e.Meta
	m.Status = 200
	return NewEntry(m, block, int(e.keyEnd), 0, e.prefixEnd())
}

// Missing returns the least range with all bytes of r that a partial Entry
// does not have; it is empty if none is missing.
func (e *Entry) Missing(r byterange.Range) byterange.Range {
	for _, p := range e.parts() {
		if p.From <= r.From && r.From < p.To {
			r.From = min(p.To, r.To)
		}
	}
	for _, p := range slices.Backward(e.parts()) {
		if p.From < r.To && r.To <= p.To {
			r.To = max(p.From, r.From)
		}
	}
	return r
}

// AppendPieces appends the content in r of a partial Entry, which must have
// all of it, in order. The pieces are read-only and valid like Content.
func (e *Entry) AppendPieces(dst [][]byte, r byterange.Range) [][]byte {
	for _, p := range e.parts() {
		if p = p.cut(r.From, r.To); p.From < p.To {
			dst = append(dst, p.data)
		}
	}
	return dst
}

// partsCost is the memory of e's parts, in bytes.
func (e *Entry) partsCost() int {
	cost := 0
	for _, p := range e.parts() {
		cost += p.held + partCost
	}
	return cost
}

// StrongValidator returns the value that proves which representation e has
// content of, "" if there is none.
func (e *Entry) StrongValidator() string {
	return conditional.StrongValidator(e.Fields(make(field.Lines, 0, 24)), e.Times.Validated.Time())
}
