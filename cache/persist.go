package cache

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"

	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/invalidation"
)

// On disk an Entry is a record whose head is
//
//	version | length of meta, uvarint | meta | the block before the content
//
// Meta is JSON: it is written once for a stored response and read once for
// one that comes back, and whatever Meta comes to hold is kept without a word
// here. Raise the version when the meaning of a field changes.
const persistVersion = 2

// persisted is the meta of a record.
type persisted struct {
	Meta
	KeySize, TagSize int // of the block's first two parts
	// Asked is the Order of a Strict one, by which the changes of Era that came
	// later make it unusable.
	Asked, Era uint64 `json:",omitzero"`
}

var errNotEntry = errors.New("record is not a stored response")

// appendHead appends the head of e's record. era is that of the changes.
func (e *Entry) appendHead(dst []byte, era uint64) ([]byte, error) {
	p := persisted{Meta: e.Meta, KeySize: int(e.keyEnd), TagSize: int(e.tagEnd - e.keyEnd)}
	p.Order = 0 // the record has its own
	if e.Strict && era != 0 {
		p.Asked, p.Era = e.Order, era
	}
	meta, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	dst = append(dst, persistVersion)
	dst = binary.AppendUvarint(dst, uint64(len(meta)))
	dst = append(dst, meta...)
	return append(dst, e.block[:e.prefixEnd()]...), nil
}

// entryOf makes an Entry of a record, whose memory it owns from here on. A
// record comes with good checksums; what is checked here is that this version
// of the program has written it, so that no later use can fail. A Strict one
// of an earlier process keeps its Order if the changes since then are known:
// those of era.
func entryOf(r disk.Record, era uint64) (*Entry, error) {
	head := r.Head
	if len(head) == 0 || head[0] != persistVersion {
		return nil, errNotEntry
	}
	n, width := binary.Uvarint(head[1:])
	if width <= 0 || n > uint64(len(head)-1-width) {
		return nil, errNotEntry
	}
	start := 1 + width + int(n)
	var p persisted
	decoder := json.NewDecoder(bytes.NewReader(head[1+width : start]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return nil, errNotEntry
	}
	prefix := len(head) - start
	content := int64(len(r.Content))
	if r.Stored != nil {
		content = r.Stored.Size()
	}
	if !p.fits(prefix, content) {
		return nil, errNotEntry
	}
	p.Order = r.Order
	if p.Strict && r.Order == 0 {
		if p.Order = p.Asked; p.Era == 0 || p.Era != era {
			return nil, errNotEntry
		}
	}
	block := head[start:]
	if r.Joined != nil {
		block = r.Joined[start:]
	}
	if len(block) <= largestClass { // what is before it would stay with it
		block = bytes.Clone(block)
	}
	e := NewEntry(p.Meta, block, p.KeySize, p.TagSize, prefix)
	if r.Joined == nil && content > 0 {
		e.elsewhere = &elsewhere{bytes: r.Content, cost: len(r.Content), stored: r.Stored}
	}
	if !areFields(e.block[e.tagEnd:e.fields]) {
		return nil, errNotEntry
	}
	return e, nil
}

// fits reports whether the sizes agree with those of the record.
func (p *persisted) fits(prefix int, content int64) bool {
	left := prefix - invalidation.TagBytes(int(p.TagCount))
	return p.KeySize >= 0 && p.TagSize >= 0 && p.KeySize <= left && p.TagSize <= left-p.KeySize &&
		(p.HeadOnly || p.Length == -1 || p.Length == content)
}

// areFields reports whether b holds field lines as AppendPrefix writes them.
func areFields(b string) bool {
	for len(b) > 0 {
		line, rest, found := strings.Cut(b, "\n")
		colon := strings.IndexByte(line, ':')
		if !found || !strings.HasSuffix(line, "\r") || colon < 0 || colon+2 > len(line)-1 {
			return false
		}
		b = rest
	}
	return true
}
