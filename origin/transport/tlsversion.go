package transport

import (
	"crypto/tls"

	"github.com/groundfront/groundfront/origin"
)

// versions are those of crypto/tls by the bits of origin.TLSVersions.
var versions = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}

// oldSuites are what CloudFront offers with TLS 1.2 and below (CF-OTLS-02), as
// far as crypto/tls has it: AES256-SHA384 and RC4-MD5 it has not. crypto/tls
// decides the order.
var oldSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
}

// setVersions offers the versions of a set, from the lowest to the highest: a
// version between that is not in it is found by speaks. Cipher suites are those
// that crypto/tls holds to be safe, unless there is an old version, whose
// servers may have no other than CloudFront's.
func setVersions(cfg *tls.Config, set origin.TLSVersions) {
	cfg.MinVersion = tls.VersionTLS12
	if set == 0 {
		return
	}
	cfg.MinVersion = 0
	for i, v := range versions {
		if set&(1<<i) != 0 {
			cfg.MaxVersion = v
			if cfg.MinVersion == 0 {
				cfg.MinVersion = v
			}
		}
	}
	if cfg.MinVersion < tls.VersionTLS12 {
		cfg.CipherSuites = oldSuites
	}
}

// speaks reports whether a version is in a set. An empty one has no say.
func speaks(set origin.TLSVersions, version uint16) bool {
	if set == 0 {
		return true
	}
	for i, v := range versions {
		if v == version {
			return set&(1<<i) != 0
		}
	}
	return false
}
