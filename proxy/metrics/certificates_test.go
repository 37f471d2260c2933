package metrics

import (
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	s := New()
	s.ObserveCertificates(func() []CertificateExpiry {
		return []CertificateExpiry{{"shop", time.Unix(4102444800, 0)}, {"/etc/default.pem", time.Unix(1, 0)}}
	})
	wantLines(t, s,
		`groundfront_certificate_expiry_timestamp_seconds{certificate="shop"} 4.1024448e+09`,
		`groundfront_certificate_expiry_timestamp_seconds{certificate="/etc/default.pem"} 1`,
	)
}
