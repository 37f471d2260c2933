package proxy

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	mathrand "math/rand/v2"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// newRequestID returns a value for X-Amz-Cf-Id: 54 base64url characters and
// "==" (CF-HDR-53, TV-BYTE-03). It identifies, it protects nothing, so the
// runtime's generator is enough.
func newRequestID() string {
	var raw [40]byte
	for i := 0; i < len(raw); i += 8 {
		v := mathrand.Uint64()
		for j := range 8 {
			raw[i+j] = byte(v >> (8 * j))
		}
	}
	return base64.URLEncoding.EncodeToString(raw[:])
}

// newEdgeHost returns the host part of Via, which is per edge host and not the
// distribution's name (CF-HDR-52, CF-RESP-21).
func newEdgeHost() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:]) + ".cloudfront.net"
}

// newHitID returns a value for X-Amz-Cf-Id.
func newHitID() (id viewer.RequestID) {
	copy(id[:], newRequestID())
	return id
}
