package viewertls

import (
	"crypto/tls"
	"fmt"
	"slices"
)

// A Policy is one of CloudFront's security policies for viewers: a lowest
// version of TLS and a set of cipher suites (table CF-TLS). They are in the order
// of the table, in which each has a part of what the one before it has.
type Policy uint8

// The policies. The zero value is TLSv1.2_2021, the default of AWS's console
// (CF-TLS-33).
const (
	PolicyDefault Policy = iota // TLSv1.2_2021
	PolicySSLv3
	PolicyTLSv1
	PolicyTLSv1_2016
	PolicyTLSv11_2016
	PolicyTLSv12_2018
	PolicyTLSv12_2019
	PolicyTLSv12_2021
	PolicyTLSv12_2025
	PolicyTLSv13_2025
	policyCount
)

var policyNames = [policyCount]string{
	PolicyDefault: "TLSv1.2_2021", PolicySSLv3: "SSLv3", PolicyTLSv1: "TLSv1", PolicyTLSv1_2016: "TLSv1_2016",
	PolicyTLSv11_2016: "TLSv1.1_2016", PolicyTLSv12_2018: "TLSv1.2_2018", PolicyTLSv12_2019: "TLSv1.2_2019",
	PolicyTLSv12_2021: "TLSv1.2_2021", PolicyTLSv12_2025: "TLSv1.2_2025", PolicyTLSv13_2025: "TLSv1.3_2025",
}

// String returns CloudFront's name of the policy.
func (p Policy) String() string {
	if p < policyCount {
		return policyNames[p]
	}
	return "Policy(?)"
}

// PolicyNamed returns the policy that CloudFront calls name.
func PolicyNamed(name string) (Policy, error) {
	if i := slices.Index(policyNames[PolicySSLv3:], name); i >= 0 {
		return PolicySSLv3 + Policy(i), nil
	}
	return 0, fmt.Errorf("no security policy %q", name)
}

// known returns the policy that is meant.
func (p Policy) known() Policy {
	if p == PolicyDefault {
		return PolicyTLSv12_2021
	}
	return p
}

// A suite is a row of table CF-TLS: a cipher suite for TLS 1.2 and older with
// the last policy that has it.
type suite struct {
	id   uint16
	key  KeyKind
	kind suiteKind
	last Policy
}

// suiteKind is what a suite needs besides a certificate.
type suiteKind uint8

const (
	suiteOld    suiteKind = 0         // any version, keys exchanged by RSA
	suiteCurve  suiteKind = 1 << iota // a curve of both sides
	suiteSHA256                       // TLS 1.2
)

const suiteModern = suiteCurve | suiteSHA256

// suites are in the order in which they are chosen (CF-TLS-30).
var suites = []suite{
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, KeyECDSA, suiteModern, PolicyTLSv12_2025},       // CF-TLS-09
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, KeyECDSA, suiteModern, PolicyTLSv12_2019},       // CF-TLS-10
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, KeyECDSA, suiteCurve, PolicyTLSv11_2016},           // CF-TLS-11
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, KeyECDSA, suiteModern, PolicyTLSv12_2025},       // CF-TLS-12
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, KeyECDSA, suiteModern, PolicyTLSv12_2021}, // CF-TLS-13
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, KeyECDSA, suiteCurve, PolicyTLSv11_2016},           // CF-TLS-15

	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, KeyRSA, suiteModern, PolicyTLSv12_2025},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, KeyRSA, suiteModern, PolicyTLSv12_2019},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, KeyRSA, suiteCurve, PolicyTLSv11_2016},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, KeyRSA, suiteModern, PolicyTLSv12_2025},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, KeyRSA, suiteModern, PolicyTLSv12_2021},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, KeyRSA, suiteCurve, PolicyTLSv11_2016},

	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, KeyRSA, suiteSHA256, PolicyTLSv12_2018}, // CF-TLS-16
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384, KeyRSA, suiteSHA256, PolicyTLSv12_2018},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, KeyRSA, suiteSHA256, PolicyTLSv12_2018},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, KeyRSA, suiteOld, PolicyTLSv11_2016}, // CF-TLS-17
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, KeyRSA, suiteOld, PolicyTLSv11_2016},
	{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, KeyRSA, suiteOld, PolicyTLSv1}, // CF-TLS-18
}

// curves are CloudFront's groups (CF-TLS-31); crypto/tls chooses among them.
var curves = []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384}

// minVersion returns the lowest version of TLS (CF-TLS-01 to CF-TLS-05).
func (p Policy) minVersion() uint16 {
	switch p.known() {
	case PolicySSLv3, PolicyTLSv1, PolicyTLSv1_2016:
		return tls.VersionTLS10
	case PolicyTLSv11_2016:
		return tls.VersionTLS11
	case PolicyTLSv13_2025:
		return tls.VersionTLS13
	}
	return tls.VersionTLS12
}

// has reports whether the policy has a suite.
func (p Policy) has(s *suite) bool { return p.known() <= s.last }

// cipherSuites returns the suites of the policy for TLS 1.2 and older. It is not
// nil, which would mean those of crypto/tls.
func (p Policy) cipherSuites() []uint16 {
	ids := []uint16{}
	for i := range suites {
		if p.has(&suites[i]) {
			ids = append(ids, suites[i].id)
		}
	}
	return ids
}

// offeredBy reports whether a viewer that will speak version can use s.
func (s *suite) offeredBy(hello *tls.ClientHelloInfo, version uint16) bool {
	return slices.Contains(hello.CipherSuites, s.id) &&
		(s.kind&suiteSHA256 == 0 || version >= tls.VersionTLS12) &&
		(s.kind&suiteCurve == 0 || slices.ContainsFunc(hello.SupportedCurves, isCurve))
}

// isCurve reports whether a curve is one of ours that TLS 1.2 has.
func isCurve(c tls.CurveID) bool {
	return c == tls.X25519 || c == tls.CurveP256 || c == tls.CurveP384
}

// oldVersion returns the highest version up to TLS 1.2 that a viewer speaks, and
// whether it also speaks TLS 1.3, which then is what is spoken.
func oldVersion(hello *tls.ClientHelloInfo) (version uint16, has13 bool) {
	for _, v := range hello.SupportedVersions {
		if v == tls.VersionTLS13 {
			return 0, true
		}
		if v <= tls.VersionTLS12 {
			version = max(version, v)
		}
	}
	return version, false
}
