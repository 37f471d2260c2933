package h2

import "unsafe"

const (
	// cachedHeads and cachedBytes bound a headCache: as many heads, each of up to
	// that many bytes, and its encoding.
	cachedHeads = 128
	cachedBytes = 2 << 10
)

// A headCache remembers how the stored lines of responses are encoded that many
// viewers ask for. It holds copies: a stored response is not kept in memory
// because a connection has sent it. Where lines lie in memory says only where to
// look; the text decides.
type headCache struct {
	slots [cachedHeads]cachedHead
}

type cachedHead struct{ lines, encoded []byte }

// append appends the encoding of lines.
//
// Hot path, BenchmarkStored: two copies in place of a look at each byte.
func (c *headCache) append(out []byte, lines string) []byte {
	if len(lines) > cachedBytes {
		return appendStored(out, lines)
	}
	at := uint64(uintptr(unsafe.Pointer(unsafe.StringData(lines)))) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	slot := &c.slots[at>>57]
	if string(slot.lines) != lines {
		slot.lines = append(slot.lines[:0], lines...)
		slot.encoded = appendStored(slot.encoded[:0], lines)
	}
	return append(out, slot.encoded...)
}
