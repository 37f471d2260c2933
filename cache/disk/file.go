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
//	28      4     length of the head
//	32      8     length of the content
//	40      4     CRC-32C of the content
//	44            head, then content
//
// Integers are big-endian. The checksum of the content lies under that of the
// head, so a head cannot be taken for another content's.
const (
	magic       = "grndfrt\x01"
	headerSize  = 44
	headerCheck = 12 // what the first checksum covers begins here
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged is a file that is not what was written under its name.
var errDamaged = errors.New("damaged file")

// fileSize returns the size of a record's file.
func fileSize(head, content []byte) int64 {
	return headerSize + int64(len(head)) + int64(len(content))
}

// appendHeader appends what stands before the head.
func appendHeader(dst []byte, hash cachekey.Hash, head, content []byte) []byte {
	h := make([]byte, headerSize)
	copy(h, magic)
	binary.BigEndian.PutUint64(h[12:], hash.Hi)
	binary.BigEndian.PutUint64(h[20:], hash.Lo)
	binary.BigEndian.PutUint32(h[28:], uint32(len(head)))
	binary.BigEndian.PutUint64(h[32:], uint64(len(content)))
	binary.BigEndian.PutUint32(h[40:], crc32.Checksum(content, castagnoli))
	binary.BigEndian.PutUint32(h[8:], checkHead(h, head))
	return append(dst, h...)
}

func checkHead(header, head []byte) uint32 {
	return crc32.Update(crc32.Checksum(header[headerCheck:], castagnoli), castagnoli, head)
}

// parseFile checks a whole file and returns its parts, which share its memory.
func parseFile(file []byte, hash cachekey.Hash) (Record, error) {
	if len(file) < headerSize || string(file[:8]) != magic {
		return Record{}, errDamaged
	}
	header, rest := file[:headerSize], file[headerSize:]
	headLen, contentLen := binary.BigEndian.Uint32(header[28:]), binary.BigEndian.Uint64(header[32:])
	if uint64(headLen) > uint64(len(rest)) || contentLen != uint64(len(rest))-uint64(headLen) {
		return Record{}, errDamaged
	}
	r := Record{bytes: rest, head: int(headLen)}
	switch {
	case binary.BigEndian.Uint32(header[8:]) != checkHead(header, r.Head()),
		binary.BigEndian.Uint64(header[12:]) != hash.Hi,
		binary.BigEndian.Uint64(header[20:]) != hash.Lo,
		binary.BigEndian.Uint32(header[40:]) != crc32.Checksum(r.Content(), castagnoli):
		return Record{}, errDamaged
	}
	return r, nil
}

// A Record is what Get returns: a head, whose meaning is the caller's, and
// content, one after the other in memory that nobody else has.
type Record struct {
	bytes []byte
	head  int
	// Order is that of the Put, 0 if an earlier process wrote the record.
	Order uint64
}

// NewRecord returns a Record of a copy of head and content.
func NewRecord(order uint64, head, content []byte) Record {
	b := append(make([]byte, 0, len(head)+len(content)), head...)
	return Record{bytes: append(b, content...), head: len(head), Order: order}
}

// Head returns the head.
func (r Record) Head() []byte { return r.bytes[:r.head] }

// Content returns the content.
func (r Record) Content() []byte { return r.bytes[r.head:] }

// Bytes returns head and content as one.
func (r Record) Bytes() []byte { return r.bytes }
