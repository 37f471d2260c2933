package h3

import (
	"errors"
	"io"
	"strconv"

	"github.com/quic-go/qpack"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// decode decodes a field section (RFC 9204 section 4.5). One that is too large
// is decoded up to there: without a dynamic table nothing depends on the rest.
func decode(block []byte, to *h2.Section) error {
	next := new(qpack.Decoder).Decode(block)
	for {
		f, err := next()
		if errors.Is(err, io.EOF) { // the end, between two fields
			return nil
		}
		if err != nil {
			return &connError{errCodeQPACKDecompression, "malformed field section"}
		}
		if !to.Add(f.Name, f.Value) {
			return nil
		}
	}
}

// Indexes of the static table (RFC 9204 appendix A).
const (
	staticAge           = 2
	staticContentLength = 4
	staticStatus        = 24
)

// staticStatuses are statuses that the table has with their value.
var staticStatuses = map[int]byte{
	103: 24, 200: 25, 304: 26, 404: 27, 503: 28, 100: 63, 204: 64, 206: 65, 302: 66, 400: 67, 403: 68, 421: 69, 425: 70, 500: 71,
}

// A staticName is a name of the static table that responses have.
type staticName struct {
	name  string
	index byte
}

var staticNames = [...]staticName{
	{"age", 2}, {"content-disposition", 3}, {"content-length", 4}, {"date", 6}, {"etag", 7}, {"last-modified", 10},
	{"link", 11}, {"location", 12}, {"set-cookie", 14}, {"accept-ranges", 32}, {"access-control-allow-headers", 33},
	{"access-control-allow-origin", 35}, {"cache-control", 36}, {"content-encoding", 42}, {"content-type", 44},
	{"strict-transport-security", 56}, {"vary", 59}, {"x-content-type-options", 61}, {"x-xss-protection", 62},
	{"access-control-allow-credentials", 73}, {"access-control-allow-methods", 76}, {"access-control-expose-headers", 79},
	{"alt-svc", 83}, {"content-security-policy", 85}, {"expect-ct", 87}, {"server", 92}, {"timing-allow-origin", 93},
	{"x-frame-options", 97},
}

// staticByLength are the names by their length, so that few are compared.
var staticByLength = func() (table [len("access-control-allow-credentials") + 1][]staticName) {
	for _, s := range staticNames {
		table[len(s.name)] = append(table[len(s.name)], s)
	}
	return table
}()

// A headFrame is a HEADERS frame that is being appended to a buffer.
type headFrame struct {
	out   []byte
	begin int // where the frame is
	bytes int64
}

// headRoom is what precedes a field section: the type of the frame, its length in
// four bytes, and the prefix of a section without a dynamic table (RFC 9204
// section 4.5.1).
var headRoom = [...]byte{frameHeaders, 0x80, 0, 0, 0, 0, 0}

// newHead begins a HEADERS frame behind out.
func newHead(out []byte) headFrame {
	return headFrame{out: append(out, headRoom[:]...), begin: len(out)}
}

// done completes the frame and returns the buffer.
func (f *headFrame) done() []byte {
	size := len(f.out) - f.begin - (len(headRoom) - 2)
	f.out[f.begin+1] = 0x80 | byte(size>>24)
	f.out[f.begin+2], f.out[f.begin+3], f.out[f.begin+4] = byte(size>>16), byte(size>>8), byte(size)
	return f.out
}

// status adds :status.
func (f *headFrame) status(status int) {
	f.bytes += int64(len("HTTP/1.1 200 \r\n\r\n"))
	if index, known := staticStatuses[status]; known {
		f.out = appendInt(f.out, 0xc0, 6, uint64(index))
		return
	}
	f.out = appendInt(f.out, 0x50, 4, staticStatus)
	f.out = append(f.out, 3)
	f.out = strconv.AppendInt(f.out, int64(status), 10)
}

// fields adds all lines but those of framing.
func (f *headFrame) fields(lines field.Lines) {
	for i := range lines {
		if l := &lines[i]; !h2.IsFraming(l.Name) {
			f.field(l.Name, l.Value)
		}
	}
}

// field adds a field: a literal, not Huffman coded.
func (f *headFrame) field(name, value string) {
	f.bytes += int64(len(name) + len(value) + len(": \r\n"))
	f.name(name)
	f.out = appendInt(f.out, 0, 7, uint64(len(value)))
	f.out = append(f.out, value...)
}

// name begins a literal field line with its name in lower case.
func (f *headFrame) name(name string) {
	if len(name) < len(staticByLength) {
		for _, s := range staticByLength[len(name)] {
			if field.EqualName(s.name, name) {
				f.out = appendInt(f.out, 0x50, 4, uint64(s.index))
				return
			}
		}
	}
	f.out = appendInt(f.out, 0x20, 3, uint64(len(name)))
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		f.out = append(f.out, c)
	}
}

// number adds a field of the static table whose value is a number.
func (f *headFrame) number(index byte, name string, n int64) {
	var digits [20]byte
	value := strconv.AppendInt(digits[:0], n, 10)
	f.bytes += int64(len(name) + len(value) + len(": \r\n"))
	f.out = appendInt(f.out, 0x50, 4, uint64(index))
	f.out = appendInt(f.out, 0, 7, uint64(len(value)))
	f.out = append(f.out, value...)
}

// length adds Content-Length.
func (f *headFrame) length(n int64) { f.number(staticContentLength, "Content-Length", n) }

// id adds X-Amz-Cf-Id.
func (f *headFrame) id(id *viewer.RequestID) { f.field("X-Amz-Cf-Id", id.View()) }

// appendInt appends an integer with a prefix of so many bits, behind the bits in
// first (RFC 7541 section 5.1).
func appendInt(out []byte, first byte, bits uint8, n uint64) []byte {
	most := uint64(1)<<bits - 1
	if n < most {
		return append(out, first|byte(n))
	}
	out = append(out, first|byte(most))
	for n -= most; n >= 0x80; n >>= 7 {
		out = append(out, 0x80|byte(n))
	}
	return append(out, byte(n))
}
