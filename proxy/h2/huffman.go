package h2

// The Huffman code of RFC 7541 appendix B. It is canonical: codes of one length
// are consecutive numbers in the order of their symbols, so the lengths say all.

// huffmanEOS is the symbol that ends a string and must not occur in one.
const huffmanEOS = 256

// huffmanLengths are the lengths in bits of the codes of all bytes, and of EOS.
var huffmanLengths = [257]uint8{
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
	huffmanEOS: 30,
}

const (
	huffmanShort   = 10 // codes up to this length, of all common characters, are found by one look
	huffmanLongest = 30
)

var huffman = buildHuffman()

type huffmanTable struct {
	// short holds, for the next bits of the input, symbol<<4 | length of the code
	// they begin with; 0 for a longer one.
	short [1 << huffmanShort]uint16
	// The codes of length n are first[n] up to, not including, first[n]+count[n],
	// and stand for symbols[at[n]:].
	first, count, at [huffmanLongest + 1]uint32
	symbols          [257]uint16
}

func buildHuffman() *huffmanTable {
	t := new(huffmanTable)
	code, at := uint32(0), uint32(0)
	for n := uint32(1); n <= huffmanLongest; n++ {
		code <<= 1
		t.first[n], t.at[n] = code, at
		for symbol, length := range huffmanLengths {
			if uint32(length) != n {
				continue
			}
			if n <= huffmanShort {
				for rest := range uint32(1) << (huffmanShort - n) {
					t.short[code<<(huffmanShort-n)|rest] = uint16(symbol<<4) | uint16(n)
				}
			}
			t.symbols[at] = uint16(symbol)
			code, at = code+1, at+1
		}
		t.count[n] = at - t.at[n]
	}
	return t
}

// appendHuffman appends what src stands for (RFC 7541 section 5.2). It reports
// false for EOS and for padding that is longer than 7 bits or has a 0 in it.
//
// Hot path: no allocation once dst has room.
func appendHuffman(dst, src []byte) ([]byte, bool) {
	var bits uint64 // the lowest n are not used yet
	n := uint32(0)
	for {
		for n <= 56 && len(src) > 0 {
			bits, n, src = bits<<8|uint64(src[0]), n+8, src[1:]
		}
		for n >= huffmanLongest || len(src) == 0 {
			symbol, length := huffman.next(bits, n)
			switch {
			case length == 0: // no complete code is left
				return dst, n < 8 && bits&(1<<n-1) == 1<<n-1
			case symbol == huffmanEOS:
				return dst, false
			}
			dst, n = append(dst, byte(symbol)), n-length
		}
	}
}

// next returns the symbol that the lowest n bits begin with and the length of
// its code, 0 if they end before the code does.
func (t *huffmanTable) next(bits uint64, n uint32) (symbol uint16, length uint32) {
	var ahead uint64
	if n >= huffmanShort {
		ahead = bits >> (n - huffmanShort)
	} else {
		ahead = bits<<(huffmanShort-n) | (1<<(huffmanShort-n) - 1)
	}
	if e := t.short[ahead&(1<<huffmanShort-1)]; e != 0 {
		if length = uint32(e & 15); length > n {
			return 0, 0
		}
		return e >> 4, length
	}
	for length = huffmanShort + 1; length <= huffmanLongest && length <= n; length++ {
		code := uint32(bits>>(n-length)) & (1<<length - 1)
		if at := code - t.first[length]; at < t.count[length] {
			return t.symbols[t.at[length]+at], length
		}
	}
	return 0, 0
}
