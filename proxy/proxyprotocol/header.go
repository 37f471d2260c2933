package proxyprotocol

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// A Header is who has connected to whom, as the proxy says. Both are invalid if
// it says that it does not know, or that the connection is its own, such as a
// health check: LOCAL and UNKNOWN, and what is neither TCP over IPv4 nor over IPv6.
type Header struct {
	Source, Destination netip.AddrPort
}

// Errors of Parse.
var (
	ErrNotAHeader = errors.New("no PROXY protocol header")
	ErrMalformed  = errors.New("malformed PROXY protocol header")
	ErrTooLong    = errors.New("PROXY protocol header is too long")
)

const (
	// MaxSize bounds a header, in bytes. Those of version 2 may have 64 KiB of
	// further values, which nobody sends.
	MaxSize = 4 << 10

	signature = "\r\n\r\n\x00\r\nQUIT\n" // begins version 2
	word      = "PROXY "                 // begins version 1
	fixed     = len(signature) + 4       // of a header of version 2
	shortest  = len("PROXY UNKNOWN\r\n")
	longest   = 107 // of version 1
)

// Parse reads a header that in is the beginning of. With more 0 it is all of it.
// Otherwise at least that many bytes of it follow: to read so many and call again
// never takes what follows the header.
func Parse(in []byte) (h Header, more int, err error) {
	switch {
	case isPrefix(in, signature):
		return parseBinary(in)
	case isPrefix(in, word):
		return parseLine(in)
	}
	return Header{}, 0, ErrNotAHeader
}

// isPrefix reports whether in begins with start, as far as it goes.
func isPrefix(in []byte, start string) bool {
	n := min(len(in), len(start))
	return string(in[:n]) == start[:n]
}

// parseBinary reads version 2.
func parseBinary(in []byte) (h Header, more int, err error) {
	switch {
	case len(in) < shortest: // it may become either version
		return h, shortest - len(in), nil
	case len(in) < fixed:
		return h, fixed - len(in), nil
	}
	const version2, local, proxied, tcp4, tcp6 = 0x20, 0, 1, 0x11, 0x21
	command, family := in[len(signature)], in[len(signature)+1]
	size := fixed + int(binary.BigEndian.Uint16(in[len(signature)+2:]))
	switch {
	case command&0xf0 != version2, command&0xf > proxied:
		return h, 0, ErrMalformed
	case size > MaxSize:
		return h, 0, ErrTooLong
	case len(in) < size:
		return h, size - len(in), nil
	case len(in) > size:
		return h, 0, ErrMalformed
	case command&0xf == local:
		return h, 0, nil
	}
	switch addresses := in[fixed:]; family {
	case tcp4:
		return endsOf(addresses, 4)
	case tcp6:
		return endsOf(addresses, 16)
	}
	return h, 0, nil
}

// endsOf reads two addresses of so many bytes, and two ports. What follows them are
// values of no interest here.
func endsOf(b []byte, size int) (h Header, more int, err error) {
	if len(b) < 2*size+4 {
		return h, 0, ErrMalformed
	}
	end := func(ip, port []byte) netip.AddrPort {
		a, _ := netip.AddrFromSlice(ip[:size]) // 4 or 16 bytes
		return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(port))
	}
	return Header{end(b, b[2*size:]), end(b[size:], b[2*size+2:])}, 0, nil
}

// parseLine reads version 1.
func parseLine(in []byte) (h Header, more int, err error) {
	line, complete := strings.CutSuffix(string(in), "\r\n")
	switch more := missing(in); {
	case strings.ContainsAny(strings.TrimSuffix(line, "\r"), "\r\n"):
		return h, 0, ErrMalformed
	case !complete && len(in)+more > longest:
		return h, 0, ErrTooLong
	case !complete:
		return h, more, nil
	}
	words := strings.Split(line, " ")
	switch {
	case words[1] == "UNKNOWN":
		return h, 0, nil
	case len(words) != 6 || words[1] != "TCP4" && words[1] != "TCP6":
		return h, 0, ErrMalformed
	}
	is4 := words[1] == "TCP4"
	source, ok1 := endOf(words[2], words[4], is4)
	destination, ok2 := endOf(words[3], words[5], is4)
	if !ok1 || !ok2 {
		return h, 0, ErrMalformed
	}
	return Header{source, destination}, 0, nil
}

// missing returns how many bytes a line without its end has ahead of it at least.
func missing(in []byte) int {
	if len(in) < shortest {
		return shortest - len(in)
	}
	if in[len(in)-1] == '\r' {
		return 1
	}
	const end = 2
	if !bytes.HasPrefix(in, []byte("PROXY TCP")) {
		return end
	}
	// Each of the words has a byte, and an address of the destination two.
	switch bytes.Count(in, []byte(" ")) {
	case 2:
		return len(" :: 0 0") + end
	case 3:
		return len(" 0 0") + end
	case 4:
		return len(" 0") + end
	}
	return end
}

// endOf reads an address and a port.
func endOf(ip, port string, is4 bool) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Is4() != is4 || a.Zone() != "" {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), true
}
