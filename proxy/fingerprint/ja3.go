package fingerprint

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"slices"
	"strconv"
)

// scratch is room for the text of a usual ClientHello.
const scratch = 512

// JA3 returns 32 hexadecimal digits: the MD5 sum of what stands in a ClientHello,
// in its order and in decimal, as in
//
//	771,4865-4866-49195,0-11-10-43,29-23,0
//
// for version, cipher suites, extensions, groups and point formats.
func JA3(h *tls.ClientHelloInfo) string {
	sum := md5.Sum(appendJA3(make([]byte, 0, scratch), h))
	return hex.EncodeToString(sum[:])
}

func appendJA3(text []byte, h *tls.ClientHelloInfo) []byte {
	text = strconv.AppendUint(text, uint64(legacyVersion(h)), 10)
	text = appendDecimals(append(text, ','), h.CipherSuites)
	text = appendDecimals(append(text, ','), h.Extensions)
	text = appendDecimals(append(text, ','), h.SupportedCurves)
	text = append(text, ',')
	for i, format := range h.SupportedPoints {
		if i > 0 {
			text = append(text, '-')
		}
		text = strconv.AppendUint(text, uint64(format), 10)
	}
	return text
}

const (
	extensionServerName        = 0
	extensionALPN              = 16
	extensionSupportedVersions = 43
	extensionQUIC              = 57
)

// legacyVersion returns the version that is not in an extension. Without that
// extension crypto/tls derives the versions from it.
func legacyVersion(h *tls.ClientHelloInfo) uint16 {
	if slices.Contains(h.Extensions, extensionSupportedVersions) || len(h.SupportedVersions) == 0 {
		return tls.VersionTLS12
	}
	return slices.Max(h.SupportedVersions)
}

// appendDecimals appends numbers with hyphens between them.
func appendDecimals[N ~uint16](text []byte, numbers []N) []byte {
	first := true
	for _, n := range numbers {
		if isGREASE(uint16(n)) {
			continue
		}
		if !first {
			text = append(text, '-')
		}
		text, first = strconv.AppendUint(text, uint64(n), 10), false
	}
	return text
}

// isGREASE reports whether n is one of the numbers that clients send at random,
// so that servers do not come to rely on knowing all (RFC 8701 section 2).
func isGREASE(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }
