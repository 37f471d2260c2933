package cache

import (
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// Meta is what an Entry knows besides its bytes.
type Meta struct {
	Hash  cachekey.Hash
	Times freshness.Times
	// Epoch is the invalidation epoch and Order the number of the fetch,
	// both taken before the origin was asked.
	Epoch, Order uint64
	Status       uint16
	Revalidation freshness.Revalidation
	// HeadOnly marks the answer to a HEAD: it has no content and never
	// answers a GET (CF-KEY-04). Length is then what Content-Length said.
	HeadOnly bool
	// Strict marks a response that a change of its target by an unsafe request
	// makes unusable: those of policies with RFC 9111 semantics, and others by
	// choice (CF-METH-06).
	Strict bool
	// Compressed tells that the edge compressed the content.
	Compressed bool
	// Failure is not 0 when the entry stands for an origin that gave no
	// response (CF-ECT-15); the value is its owner's and there is no content.
	Failure uint8
	// TagCount is the number of cache tags (CF-TAG-03).
	TagCount uint8
	// Length is the length of the content, or -1 when the response came
	// chunked and is replayed so (CF-RESP-46).
	Length int64
}

// An Entry is one stored response. It is immutable but for the moment before
// which the origin is not asked again. It consists of two heap objects, the
// struct and one block without pointers, so that a million of them cost the
// garbage collector little:
//
//	block:  key | origin's ETag | field lines | cache tags | content
//
// The field lines are stored as they stand in an HTTP/1.1 head, without
// Content-Length. The origin's ETag is there only when compression changed
// the one in the field lines (CF-CMP-22). The cache tags are TagCount hashes,
// taken when the response came: a name of their field that is configured
// later changes nothing.
//
// Content may be elsewhere: freshened Entries share it, and what is large may
// be on disk only.
//
// Rejected: one object, the struct with the block behind it. The collector
// visits small structs many at a time, but goes to each large object that has
// a pointer: with a million in no order a collection took three times as long.
type Entry struct {
	Meta
	block                  string     // immutable bytes; a slice would need a word more
	elsewhere              *elsewhere // has the content, if block does not; few have it
	keyEnd, tagEnd, fields uint32     // ends of the first three parts; the cache tags follow

	mark       atomic.Uint32 // its user's
	checked    atomic.Uint32 // so many invalidation epochs after Epoch nothing matched, or withdrawn
	retryAfter atomic.Uint32 // so many retryUnits after Times.Validated
}

// withdrawn is what is checked of an Entry that Withdraw made unusable.
const withdrawn = math.MaxUint32

// elsewhere is content that does not stand in its Entry's block: that of the
// Entry which this one freshened, what has stayed on disk, or parts.
type elsewhere struct {
	bytes  []byte
	cost   int           // memory that bytes keeps
	stored *disk.Content // instead of bytes
	lost   atomic.Bool   // stored cannot be had any more
	parts  []part        // are the content, if the Entry is partial
}

// AppendPrefix appends the first three parts of an Entry's block.
func AppendPrefix(dst, key []byte, originETag string, fields field.Lines) []byte {
	dst = append(dst, key...)
	dst = append(dst, originETag...)
	for i := range fields {
		dst = append(dst, fields[i].Name...)
		dst = append(dst, ": "...)
		dst = append(dst, fields[i].Value...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// PrefixSize returns the number of bytes AppendPrefix appends.
func PrefixSize(key []byte, originETag string, fields field.Lines) int {
	n := len(key) + len(originETag)
	for i := range fields {
		n += len(fields[i].Name) + len(fields[i].Value) + len(": \r\n")
	}
	return n
}

// NewEntry makes an Entry of a block: prefix as AppendPrefix wrote it, with
// the m.TagCount cache tags, followed by the content. prefixSize includes the
// tags. The Entry owns block from here on.
func NewEntry(m Meta, block []byte, keySize, tagSize, prefixSize int) *Entry {
	return &Entry{
		Meta: m, block: view(block),
		keyEnd: uint32(keySize), tagEnd: uint32(keySize + tagSize),
		fields: uint32(prefixSize - invalidation.TagBytes(int(m.TagCount))),
	}
}

// Freshened returns the Entry that a 304 makes of e (CF-COND-02): new times
// and fields, the same content, whose place both share. originETag is the
// one of the 304, "" if it had none; tags are those of the merged fields.
func (e *Entry) Freshened(m Meta, originETag string, fields field.Lines, tags invalidation.Tags) *Entry {
	m.Length, m.HeadOnly, m.Status, m.Compressed = e.Length, e.HeadOnly, e.Status, e.Compressed
	switch {
	case !e.Compressed:
		originETag = ""
	case originETag == "":
		originETag = e.originETag()
	}
	m.TagCount = uint8(tags.Len())
	prefix := make([]byte, 0, PrefixSize(e.Key(), originETag, fields)+len(tags))
	prefix = append(AppendPrefix(prefix, e.Key(), originETag, fields), tags...)
	n := NewEntry(m, prefix, int(e.keyEnd), len(originETag), len(prefix))
	switch {
	case e.elsewhere != nil:
		n.elsewhere = e.elsewhere
	case e.Size() > 0:
		n.elsewhere = &elsewhere{bytes: e.Content(), cost: allocated(len(e.block))}
	}
	return n
}

// place returns the hash under which the Entry is kept.
func (e *Entry) place() cachekey.Hash {
	switch {
	case e.HeadOnly:
		return HeadHash(e.Hash)
	case e.Partial():
		return PartsHash(e.Hash)
	}
	return e.Hash
}

// Key returns the canonical cache key. Read-only.
func (e *Entry) Key() []byte { return bytesOf(e.block[:e.keyEnd]) }

// distribution returns the domain name that invalidations are kept by.
func (e *Entry) distribution() string { return view(cachekey.Distribution(e.Key())) }

// isResponse reports whether e is one, and not only kept like one.
func (e *Entry) isResponse() bool { return e.Status != 0 }

// Tags returns the cache tags. Read-only.
func (e *Entry) Tags() invalidation.Tags {
	return bytesOf(e.block[e.fields:e.prefixEnd()])
}

// prefixEnd returns the length of the block before the content.
func (e *Entry) prefixEnd() int { return int(e.fields) + invalidation.TagBytes(int(e.TagCount)) }

// Content returns the content, nothing if it is Stored. Read-only; it stays
// valid for as long as the caller holds it, whatever happens to the Entry.
func (e *Entry) Content() []byte {
	if e.elsewhere != nil {
		return e.elsewhere.bytes
	}
	return bytesOf(e.block[e.prefixEnd():])
}

// Stored returns the content that is on disk only, which Cache.Open opens, or
// nil.
func (e *Entry) Stored() *disk.Content {
	if e.elsewhere != nil {
		return e.elsewhere.stored
	}
	return nil
}

// lost reports whether the content cannot be had any more.
func (e *Entry) lost() bool { return e.elsewhere != nil && e.elsewhere.lost.Load() }

// Size returns the length of the content, in bytes.
func (e *Entry) Size() int64 {
	if s := e.Stored(); s != nil {
		return s.Size()
	}
	return int64(len(e.Content()))
}

// originETag returns the origin's own entity tag if it differs from the one
// in the fields.
func (e *Entry) originETag() string { return e.block[e.keyEnd:e.tagEnd] }

// Fields appends the stored field lines to dst. Names and values are views
// of the Entry's memory: no copy, read-only, valid like Content.
func (e *Entry) Fields(dst field.Lines) field.Lines {
	for rest := e.block[e.tagEnd:e.fields]; len(rest) > 0; {
		end := strings.IndexByte(rest, '\n')
		line := rest[:end-1]
		rest = rest[end+1:]
		colon := strings.IndexByte(line, ':')
		dst = append(dst, field.Line{Name: line[:colon], Value: line[colon+2:]})
	}
	return dst
}

// Lines returns the stored field lines as they stand in an HTTP/1.1 head, each
// with its CRLF. Valid like Content.
func (e *Entry) Lines() string { return e.block[e.tagEnd:e.fields] }

// Field returns the value of the first stored field called name, "" if there
// is none.
func (e *Entry) Field(name string) string {
	for rest := e.Lines(); len(rest) > len(name); {
		end := strings.IndexByte(rest, '\n')
		if rest[len(name)] == ':' && field.EqualName(rest[:len(name)], name) {
			return rest[len(name)+2 : end-1]
		}
		rest = rest[end+1:]
	}
	return ""
}

// Mark returns what SetMark has set last, 0 at first: a note of who sends the
// Entry, which a freshened one does not have.
func (e *Entry) Mark() uint32 { return e.mark.Load() }

// SetMark sets the mark.
func (e *Entry) SetMark(m uint32) { e.mark.Store(m) }

// Validators returns the origin's own validators, for revalidation.
func (e *Entry) Validators() conditional.Validators {
	v := conditional.ValidatorsOf(e.Fields(make(field.Lines, 0, 24)))
	if tag := e.originETag(); tag != "" {
		v.ETag = tag
	}
	return v
}

const (
	// entryStruct is what the struct takes: there are objects of every
	// multiple of 16 bytes of about its size.
	entryStruct     = (int(unsafe.Sizeof(Entry{})) + 15) &^ 15
	elsewhereStruct = (int(unsafe.Sizeof(elsewhere{})) + 15) &^ 15
	// entryOverhead is the struct and what a policy needs to keep it: 44 bytes
	// for s3fifo and 16 to 32 for a ghost, 100 to 165 for tinylfu
	// (TestCostIsWhatIsTaken, BenchmarkMillionEntries).
	entryOverhead = entryStruct + 112
)

// Cost is the memory that keeping the Entry takes, in bytes, with that of
// content elsewhere.
func (e *Entry) Cost() int64 {
	cost := allocated(len(e.block)) + entryOverhead + e.partsCost()
	if e.elsewhere != nil {
		cost += e.elsewhere.cost + elsewhereStruct
	}
	return int64(cost)
}

// outlasts reports whether e answers in place of a newer response: that is an
// error for which e, a good one, would be served (CF-STALE-01, CF-SIE-03).
// Only fetches that overlap can bring the two together.
func (e *Entry) outlasts(newer *Entry) bool {
	now := newer.Times.Validated.Time()
	return newer.Status >= 500 && e.Status < 400 && (e.Times.Remaining(now) > 0 || e.Times.MayServeStaleOnError(now))
}

// rest returns where the moment before which the origin is not asked again is
// kept while e is on disk only. Another Entry of its key has another place.
func (e *Entry) rest() cachekey.Hash {
	h := e.place()
	h.Lo ^= e.Order * 0x9e3779b97f4a7c15
	return h
}

// retryDelayed reports whether the origin must not be asked yet.
func (e *Entry) retryDelayed(now time.Time) bool {
	after := e.retryAfter.Load()
	return after > 0 && freshness.MomentOf(now) < e.Times.Validated+freshness.Moment(after)*retryUnit
}

// retryUnit is how exact the moment is before which the origin is not asked:
// 32 bits of it are 1.3 years, and what is older rests no more.
const retryUnit = freshness.Moment(10 * time.Millisecond)

// delayRetry has the origin rest until a moment, rounded up.
func (e *Entry) delayRetry(until freshness.Moment) {
	units := (until - e.Times.Validated + retryUnit - 1) / retryUnit
	if units <= 0 || units > math.MaxUint32 {
		units = 0
	}
	e.retryAfter.Store(uint32(units))
}

// checkedEpoch returns the invalidation epoch up to which nothing matches, and
// false if e was withdrawn.
func (e *Entry) checkedEpoch() (uint64, bool) {
	checked := e.checked.Load()
	return e.Epoch + uint64(checked), checked != withdrawn
}

// setChecked remembers that nothing matches up to epoch, which is after since.
func (e *Entry) setChecked(since, epoch uint64) {
	e.checked.CompareAndSwap(uint32(since-e.Epoch), uint32(min(epoch-e.Epoch, withdrawn-1)))
}

// view returns b as a string without a copy. Entries never change their
// bytes, so the string is as immutable as any.
func view(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// bytesOf returns s as a slice without a copy. It is read-only.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
