package config

import "slices"

// ViewerCertificate is AWS's ViewerCertificate: what the viewers of a
// distribution are shown, and which versions of TLS and cipher suites they may
// use.
type ViewerCertificate struct {
	// CloudFrontDefaultCertificate leaves it to the certificate of the socket
	// (server.listen[].tls), which has the place of AWS's for *.cloudfront.net.
	// Default true without ACMCertificate.
	CloudFrontDefaultCertificate bool `config:"cloudfront_default_certificate"`

	// ACMCertificate names one of the certificates, which must cover each alias
	// (CF-SNI-02). It is for viewers that ask for a name which an alias and it
	// cover; a wildcard of a certificate stands for one label (CF-DIST-08). AWS's
	// ACMCertificateArn.
	ACMCertificate string `config:"acm_certificate"`

	// AlternateCertificates name further ones for the same aliases, with another
	// kind of key: a viewer gets ECDSA if it can use it, and else RSA. At most 3.
	// Not at AWS.
	AlternateCertificates []string `config:"alternate_certificates"`

	// MinimumProtocolVersion is the security policy: the lowest version of TLS and
	// the set of cipher suites (CF-TLS-01 to CF-TLS-31). Default TLSv1.2_2021; in
	// mode faithful TLSv1 for the default certificate, which at AWS has no other
	// (CF-TLS-32).
	MinimumProtocolVersion MinimumProtocolVersion `config:"minimum_protocol_version"`

	// SSLSupportMethod says how viewers find the certificate: sni-only, by the name
	// that they ask for; or vip, also those that ask for none, which at most one
	// distribution can have here, where AWS has addresses for each (CF-SNI-01).
	// Default sni-only.
	SSLSupportMethod SSLSupportMethod `config:"ssl_support_method" default:"sni-only"`
}

// MinimumProtocolVersion is a security policy of CloudFront.
type MinimumProtocolVersion string

// The security policies that others depend on.
const (
	MinimumProtocolVersionSSLv3      MinimumProtocolVersion = "SSLv3"
	MinimumProtocolVersionTLSv1      MinimumProtocolVersion = "TLSv1"
	MinimumProtocolVersionTLSv122021 MinimumProtocolVersion = "TLSv1.2_2021"
)

func (MinimumProtocolVersion) values() []string {
	return []string{
		"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025",
		"TLSv1.3_2025",
	}
}

// SSLSupportMethod is how viewers find a certificate.
type SSLSupportMethod string

// The methods.
const (
	SSLSupportSNIOnly SSLSupportMethod = "sni-only"
	SSLSupportVIP     SSLSupportMethod = "vip"
)

func (SSLSupportMethod) values() []string   { return []string{"sni-only", "vip"} }
func (SSLSupportMethod) notBuilt() []string { return []string{"static-ip"} }

// Certificates returns the names of a distribution's own certificates; none if
// it has that of the socket.
func (d *Distribution) Certificates() []string {
	v := d.ViewerCertificate
	if v == nil || v.ACMCertificate == "" {
		return nil
	}
	return append([]string{v.ACMCertificate}, v.AlternateCertificates...)
}

// SecurityPolicy returns the policy for the viewers of a distribution that ask
// for an alias.
func (c *Config) SecurityPolicy(d *Distribution) MinimumProtocolVersion {
	if v := d.ViewerCertificate; v != nil && v.MinimumProtocolVersion != "" {
		return v.MinimumProtocolVersion
	}
	if len(d.Certificates()) == 0 {
		return c.DefaultSecurityPolicy()
	}
	return MinimumProtocolVersionTLSv122021
}

// DefaultSecurityPolicy returns the policy for names that no distribution's
// certificate covers.
func (c *Config) DefaultSecurityPolicy() MinimumProtocolVersion {
	if c.Server.Mode == ModeFaithful {
		return MinimumProtocolVersionTLSv1
	}
	return MinimumProtocolVersionTLSv122021
}

// HasTLS reports whether a socket is for HTTPS.
func (s *Server) HasTLS() bool {
	return slices.ContainsFunc(s.Listen, func(l Listen) bool { return l.TLS.Source != TLSSourceNone })
}
