package config

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonEscapes makes YAML of a JSON document, which is YAML but for two escapes:
// \/ is left out, and two halves of a surrogate pair become one \U. What is
// behind them on the same line is in another column then. Other text is
// returned as it is.
func jsonEscapes(src []byte) []byte {
	if first := bytes.TrimLeft(src, " \t\r\n"); len(first) == 0 || first[0] != '{' || !bytes.ContainsRune(src, '\\') {
		return src
	}
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); i++ {
		if src[i] != '\\' || i+1 == len(src) {
			out = append(out, src[i])
			continue
		}
		switch c := src[i+1]; {
		case c == '/':
			out = append(out, '/')
		case c == 'u' && utf16.DecodeRune(escaped(src[i:]), escaped(src[min(i+6, len(src)):])) != '\uFFFD':
			r := utf16.DecodeRune(escaped(src[i:]), escaped(src[i+6:]))
			out = append(out, `\U`...)
			hex := strconv.FormatInt(int64(r), 16)
			out = append(append(out, "00000000"[:8-len(hex)]...), hex...)
			i += 10
		default:
			out = append(out, '\\', c)
		}
		i++
	}
	return out
}

// escaped returns the character of \uXXXX at the beginning of s, -1 without one.
func escaped(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}

// jsonPosition returns where the last of the first n bytes of src is.
func jsonPosition(file string, src []byte, n int64) Position {
	read := src[:max(min(int(n), len(src))-1, 0)]
	line := read[bytes.LastIndexByte(read, '\n')+1:]
	return Position{File: file, Line: 1 + bytes.Count(read, []byte("\n")), Column: 1 + utf8.RuneCount(line)}
}
