package transform

// base64Decode decodes the standard alphabet up to the first character that
// is not of it (WF-TT-11), padding among them, but for line breaks. Digits at
// the end that make no whole byte are dropped.
func base64Decode(dst []byte, src string) []byte {
	var d base64Bits
	for i := range len(src) {
		value := base64Values[src[i]]
		if value < 0 {
			if src[i] == '\r' || src[i] == '\n' {
				continue
			}
			break
		}
		dst = d.add(dst, value)
	}
	return dst
}

// base64DecodeExt is base64Decode that passes over all other characters
// (WF-TT-12).
func base64DecodeExt(dst []byte, src string) []byte {
	var d base64Bits
	for i := range len(src) {
		if value := base64Values[src[i]]; value >= 0 {
			dst = d.add(dst, value)
		}
	}
	return dst
}

// base64Bits are the bits that have come and make no byte yet.
type base64Bits struct {
	bits uint32
	size uint // of bits, 0, 2, 4 or 6
}

// add appends the byte that value completes, if it completes one.
func (d *base64Bits) add(dst []byte, value int8) []byte {
	d.bits = d.bits<<6 | uint32(value)
	d.size += 6
	if d.size < 8 {
		return dst
	}
	d.size -= 8
	return append(dst, byte(d.bits>>d.size))
}

// base64Values has the value of each digit, -1 for what is none.
var base64Values = func() (values [256]int8) {
	for i := range values {
		values[i] = -1
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		values[alphabet[i]] = int8(i)
	}
	return values
}()
