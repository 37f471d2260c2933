package fingerprint

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"slices"
)

// JA4 returns 36 characters, as in
//
//	t13d1516h2_8daaf6152771_e5627efa2ab1
//
// The first part says: over TCP (t) or QUIC (q), the latest version, whether there is a server
// name (d) or not (i), the numbers of cipher suites and of extensions, and the
// ends of the first protocol. The second is of the cipher suites; the third of
// the extensions, and of the signature algorithms in their order. Suites and
// extensions are sorted, so that clients which shuffle them are still known.
func JA4(h *tls.ClientHelloInfo) string {
	suites, extensions := without(h.CipherSuites), without(h.Extensions)
	out := make([]byte, 0, len("t13d1516h2_8daaf6152771_e5627efa2ab1"))
	out = append(out, overOf(h))
	out = append(out, versionDigits(h.SupportedVersions)...)
	if slices.Contains(extensions, extensionServerName) {
		out = append(out, 'd')
	} else {
		out = append(out, 'i')
	}
	out = appendCount(out, len(suites))
	out = appendCount(out, len(extensions))
	out = appendEnds(out, h.SupportedProtos)
	out = append(out, '_')
	text := appendHexes(make([]byte, 0, scratch), suites)
	out = appendSum(out, text)
	out = append(out, '_')
	extensions = slices.DeleteFunc(extensions, func(e uint16) bool { return e == extensionServerName || e == extensionALPN })
	text = appendHexes(text[:0], extensions)
	if algorithms := withoutGREASE(h.SignatureSchemes); len(text) > 0 && len(algorithms) > 0 {
		text = appendHexes(append(text, '_'), algorithms)
	}
	return string(appendSum(out, text))
}

// overOf returns what the handshake goes over: QUIC has its transport parameters
// in it (RFC 9001 section 8.2).
func overOf(h *tls.ClientHelloInfo) byte {
	if slices.Contains(h.Extensions, extensionQUIC) {
		return 'q'
	}
	return 't'
}

// without returns numbers without those of GREASE, sorted.
func without(numbers []uint16) []uint16 {
	kept := withoutGREASE(numbers)
	slices.Sort(kept)
	return kept
}

func withoutGREASE[N ~uint16](numbers []N) []uint16 {
	kept := make([]uint16, 0, len(numbers))
	for _, n := range numbers {
		if !isGREASE(uint16(n)) {
			kept = append(kept, uint16(n))
		}
	}
	return kept
}

// versionDigits returns the two characters of the highest version.
func versionDigits(versions []uint16) string {
	highest := uint16(0)
	for _, v := range versions {
		if !isGREASE(v) {
			highest = max(highest, v)
		}
	}
	switch highest {
	case tls.VersionTLS13:
		return "13"
	case tls.VersionTLS12:
		return "12"
	case tls.VersionTLS11:
		return "11"
	case tls.VersionTLS10:
		return "10"
	}
	return "00" // crypto/tls speaks no other; a client may name one nevertheless
}

func appendCount(out []byte, n int) []byte {
	n = min(n, 99)
	return append(out, '0'+byte(n/10), '0'+byte(n%10))
}

// appendEnds appends the first and the last character of the first protocol, in
// hexadecimal if one of them is no letter or digit.
func appendEnds(out []byte, protocols []string) []byte {
	if len(protocols) == 0 || protocols[0] == "" {
		return append(out, "00"...)
	}
	first, last := protocols[0][0], protocols[0][len(protocols[0])-1]
	if isAlphanumeric(first) && isAlphanumeric(last) {
		return append(out, first, last)
	}
	const digits = "0123456789abcdef"
	return append(out, digits[first>>4], digits[last&15])
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// appendHexes appends numbers as four digits each, with commas between them.
func appendHexes(text []byte, numbers []uint16) []byte {
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = hex.AppendEncode(text, []byte{byte(n >> 8), byte(n)})
	}
	return text
}

// appendSum appends the first twelve digits of the SHA-256 sum of text, or zeros
// for nothing.
func appendSum(out, text []byte) []byte {
	if len(text) == 0 {
		return append(out, "000000000000"...)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(out, sum[:6])
}
