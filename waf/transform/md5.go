package transform

import (
	"crypto/md5"
	"unsafe"
)

const md5Size = md5.Size

// md5Sum appends the digest of src: its 16 bytes, not digits (WF-TT-15).
func md5Sum(dst []byte, src string) []byte {
	sum := md5.Sum(unsafe.Slice(unsafe.StringData(src), len(src))) // which only reads
	return append(dst, sum[:]...)
}
