package disk

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/groundfront/groundfront/cachekey"
)

// A file holds one record:
//
//	offset  size  field
//	0       8     magic, the last byte is the format's version
//	8       4     CRC-32C of everything from here to the end of the head
//	12      16    hash, which is also the file's name
//	28      8     number of the content
//	36      8     length of the content
//	44      4     length of the head
//	48      4*n   CRC-32C of each block of the content
//	              head, then content
//
// Integers are big-endian; a block is BlockSize bytes, the last one the rest.
// The checksums of the content lie under that of the head, so a head cannot be
// taken for another content's, and each block can be checked when it is read,
// whatever else of the content is. The number is drawn at random for each
// content that comes, and copied with it: it tells the content that a reader
// wants from one that has taken its name since.
const (
	magic       = "grndfrt\x02"
	headerSize  = 48
	headerCheck = 12 // what the first checksum covers begins here

	// BlockSize is how much of a content has one checksum: what a reader
	// of any part of it reads at least.
	BlockSize = 64 << 10

	// maxHead bounds what is read of a file before its checksum is known.
	maxHead = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged is a file that is not what was written under its name.
var errDamaged = errors.New("damaged file")

// sumsSize returns the size of the checksums of a content.
func sumsSize(content int64) int64 { return (content + BlockSize - 1) / BlockSize * 4 }

// fileSize returns the size of a record's file.
func fileSize(head int, content int64) int64 {
	return headerSize + sumsSize(content) + int64(head) + content
}

// A preface is all that stands before a content.
type preface struct {
	number uint64
	length int64  // of the content
	sums   []byte // of its blocks
	head   []byte
}

// size returns the length of the preface: where the content begins.
func (p *preface) size() int64 { return headerSize + int64(len(p.sums)+len(p.head)) }

// fileSize returns the size of the record's file.
func (p *preface) fileSize() int64 { return p.size() + p.length }

// appendTo appends the preface of the record under hash.
func (p *preface) appendTo(dst []byte, hash cachekey.Hash) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, 0, 0, 0, 0) // the checksum, below
	dst = binary.BigEndian.AppendUint64(dst, hash.Hi)
	dst = binary.BigEndian.AppendUint64(dst, hash.Lo)
	dst = binary.BigEndian.AppendUint64(dst, p.number)
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.length))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.head)))
	dst = append(dst, p.sums...)
	dst = append(dst, p.head...)
	sum := crc32.Checksum(dst[start+headerCheck:], castagnoli)
	binary.BigEndian.PutUint32(dst[start+8:], sum)
	return dst
}

// parsePreface parses the beginning of a file of this size. If that is too
// short it returns how much is needed; else the parts share its memory.
func parsePreface(b []byte, size int64, hash cachekey.Hash) (p preface, need int, err error) {
	if len(b) < headerSize || string(b[:8]) != magic ||
		binary.BigEndian.Uint64(b[12:]) != hash.Hi || binary.BigEndian.Uint64(b[20:]) != hash.Lo {
		return p, 0, errDamaged
	}
	length, head := binary.BigEndian.Uint64(b[36:]), binary.BigEndian.Uint32(b[44:])
	if length > uint64(size) || head > maxHead || fileSize(int(head), int64(length)) != size {
		return p, 0, errDamaged
	}
	end := int(size - int64(length))
	if end > len(b) {
		return p, end, nil
	}
	if binary.BigEndian.Uint32(b[8:]) != crc32.Checksum(b[headerCheck:end], castagnoli) {
		return p, 0, errDamaged
	}
	p.number, p.length = binary.BigEndian.Uint64(b[28:]), int64(length)
	p.sums, p.head = b[headerSize:end-int(head):end-int(head)], b[end-int(head):end]
	return p, 0, nil
}

// appendSums appends the checksums of a content.
func appendSums(dst, content []byte) []byte {
	for len(content) > 0 {
		block := content[:min(len(content), BlockSize)]
		dst = binary.BigEndian.AppendUint32(dst, crc32.Checksum(block, castagnoli))
		content = content[len(block):]
	}
	return dst
}

// isBlock reports whether b is the n-th block of the content.
func (p *preface) isBlock(n int64, b []byte) bool {
	return binary.BigEndian.Uint32(p.sums[4*n:]) == crc32.Checksum(b, castagnoli)
}

// parseFile checks a whole file and returns its record, which shares its
// memory.
func parseFile(file []byte, hash cachekey.Hash) (Record, error) {
	p, need, err := parsePreface(file, int64(len(file)), hash)
	if err != nil || need > 0 {
		return Record{}, errDamaged
	}
	content := file[p.size():]
	for n, rest := int64(0), content; len(rest) > 0; n++ {
		block := rest[:min(len(rest), BlockSize)]
		if !p.isBlock(n, block) {
			return Record{}, errDamaged
		}
		rest = rest[len(block):]
	}
	return Record{Head: p.head, Content: content, Joined: file[p.size()-int64(len(p.head)):]}, nil
}
