package origintest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// readPreface reads a header of the PROXY protocol, if a connection begins with
// one, and returns it as a field line: "PROXY: v2 SOURCE DESTINATION", or
// "PROXY: v1 unknown". Requests of the connection are recorded with it.
func readPreface(br *bufio.Reader) (string, error) {
	const signature = "\r\n\r\n\x00\r\nQUIT\n"
	start, err := br.Peek(6)
	switch {
	case err != nil:
		return "", err
	case string(start) == "PROXY ":
		line, err := br.ReadString('\n')
		words := strings.Fields(line)
		if err != nil || len(words) != 6 {
			return "PROXY: v1 unknown\r\n", err
		}
		return fmt.Sprintf("PROXY: v1 %s %s\r\n", joined(words[2], words[4]), joined(words[3], words[5])), nil
	case string(start) != signature[:6]:
		return "", nil
	}
	head := make([]byte, len(signature)+4)
	if _, err := io.ReadFull(br, head); err != nil {
		return "", err
	}
	rest := make([]byte, binary.BigEndian.Uint16(head[len(head)-2:]))
	if _, err := io.ReadFull(br, rest); err != nil || len(rest) < 12 {
		return "PROXY: v2 unknown\r\n", err
	}
	size := (len(rest) - 4) / 2
	end := func(ip, port []byte) netip.AddrPort {
		a, _ := netip.AddrFromSlice(ip)
		return netip.AddrPortFrom(a, binary.BigEndian.Uint16(port))
	}
	return fmt.Sprintf("PROXY: v2 %s %s\r\n", end(rest[:size], rest[2*size:]), end(rest[size:2*size], rest[2*size+2:])), nil
}

func joined(ip, port string) string {
	a, err := netip.ParseAddrPort(ip + ":" + port)
	if err != nil {
		a, _ = netip.ParseAddrPort("[" + ip + "]:" + port)
	}
	return a.String()
}
