package listener

import (
	"crypto/tls"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// tlsInfo says what a handshake settled. Connections share it where it is the
// same as that of the one before.
func (s *Server) tlsInfo(cs tls.ConnectionState, n noted) *viewer.TLS {
	info := tlsInfo(cs, n)
	if last := s.lastTLS.Load(); last != nil && *last == *info {
		return last
	}
	if info.Presented == nil { // which is of one connection
		s.lastTLS.Store(info)
	}
	return info
}

// tlsInfo says in the words of the access log what a handshake settled
// (CF-LF fields 21 and 22).
func tlsInfo(cs tls.ConnectionState, n noted) *viewer.TLS {
	return &viewer.TLS{
		Version: versionName(cs.Version), Cipher: cipherName(cs.CipherSuite), ServerName: cs.ServerName,
		Resumed: cs.DidResume, Served: n.served, Presented: n.presented, JA3: n.ja3, JA4: n.ja4,
	}
}

func versionName(v uint16) string {
	switch v {
	case tls.VersionTLS10:
		return "TLSv1"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	}
	return tls.VersionName(v)
}

// opensslNames are the suites whose OpenSSL name is not the IANA one. Those
// of TLS 1.3 have one name.
var opensslNames = map[uint16]string{
	tls.TLS_RSA_WITH_AES_128_CBC_SHA:                  "AES128-SHA",
	tls.TLS_RSA_WITH_AES_256_CBC_SHA:                  "AES256-SHA",
	tls.TLS_RSA_WITH_AES_128_CBC_SHA256:               "AES128-SHA256",
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256:               "AES128-GCM-SHA256",
	tls.TLS_RSA_WITH_AES_256_GCM_SHA384:               "AES256-GCM-SHA384",
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA:          "ECDHE-ECDSA-AES128-SHA",
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA:          "ECDHE-ECDSA-AES256-SHA",
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256:       "ECDHE-ECDSA-AES128-SHA256",
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:       "ECDHE-ECDSA-AES128-GCM-SHA256",
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:       "ECDHE-ECDSA-AES256-GCM-SHA384",
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA:            "ECDHE-RSA-AES128-SHA",
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA:            "ECDHE-RSA-AES256-SHA",
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256:         "ECDHE-RSA-AES128-SHA256",
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:         "ECDHE-RSA-AES128-GCM-SHA256",
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:         "ECDHE-RSA-AES256-GCM-SHA384",
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:   "ECDHE-RSA-CHACHA20-POLY1305",
}

// cipherName returns OpenSSL's name of a cipher suite.
func cipherName(id uint16) string {
	if name, known := opensslNames[id]; known {
		return name
	}
	return tls.CipherSuiteName(id)
}
