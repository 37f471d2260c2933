package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// certificates reads the certificates that are configured: whatever is wrong with
// one is known before anything depends on it.
func (k *checker) certificates() {
	k.leaves = make(map[string]*x509.Certificate)
	for i := range k.config.Certificates {
		c := &k.config.Certificates[i]
		at := path("certificates").key(c.Name)
		if c.ACME != nil {
			k.acme(c, at)
			continue
		}
		k.certificateFiles(c, at)
	}
}

func (k *checker) certificateFiles(c *Certificate, at path) {
	cert, certRead := k.file(at.key("cert"), c.Cert)
	key, keyRead := k.file(at.key("key"), c.Key)
	if !certRead || !keyRead {
		return
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		k.fail(at, badCertificate, "certificate %q cannot be used: %s", c.Name, strings.TrimPrefix(err.Error(), "tls: "))
		return
	}
	k.leaves[c.Name] = pair.Leaf
	k.leaf(pair.Leaf, at.key("cert"))
	if c.OCSPStaple == "" {
		return
	}
	staple, stapleRead := k.file(at.key("ocsp_staple"), c.OCSPStaple)
	if stapleRead && !bytes.Contains(staple, pair.Leaf.SerialNumber.Bytes()) {
		k.fail(at.key("ocsp_staple"), badCertificate, "ocsp_staple is no response in DER about certificate %q: it does not have its serial number", c.Name)
	}
}

func (k *checker) ticketKeys(s *Server, at path) {
	if !s.HasTLS() {
		k.fail(at, badViewerCertificate, "tls_ticket_keys has no effect: no socket has TLS")
	}
	k.file(at.key("from_file"), s.TLSTicketKeys.FromFile)
}

// file reads a file that the configuration names.
func (k *checker) file(at path, name string) (content []byte, ok bool) {
	content, err := k.readFile(name)
	if err != nil {
		k.fail(at, unreadableFile, "%v", err)
	}
	return content, err == nil
}

// leaf warns of what a certificate will not be good for.
func (k *checker) leaf(leaf *x509.Certificate, at path) {
	switch now := k.now(); {
	case now.After(leaf.NotAfter):
		k.fail(at, certificateTime, "the certificate expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		k.fail(at, certificateTime, "the certificate is not valid before %s", leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	switch public := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < 1024 || bits > 4096 {
			k.fail(at, beyondAWS, "the key has %d bits, AWS takes RSA with 1024 to 4096 (CF-OTLS-08)", bits)
		}
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			k.fail(at, beyondAWS, "the key is on %s, AWS takes ECDSA on P-256 (CF-OTLS-08)", public.Params().Name)
		}
	default:
		k.fail(at, beyondAWS, "the key is %s, AWS takes RSA and ECDSA on P-256 (CF-OTLS-08)", leaf.PublicKeyAlgorithm)
	}
}

func (k *checker) viewerCertificates() {
	k.certificates()
	byName := map[string]*Distribution{} // the first that has a certificate
	var vip *Distribution
	for i := range k.config.Distributions {
		d := &k.config.Distributions[i]
		if d.ViewerCertificate == nil {
			continue
		}
		at := path("distributions").key(d.Name).key("viewer_certificate")
		k.viewerCertificate(d, at)
		if d.ViewerCertificate.SSLSupportMethod == SSLSupportVIP {
			if vip != nil {
				k.fail(at.key("ssl_support_method"), badViewerCertificate, "vip: viewers that ask for no name already get the certificate of distribution %q", vip.Name)
			}
			vip = d
		}
		for _, name := range d.Certificates() {
			if other := byName[name]; other == nil {
				byName[name] = d
			} else if other.HTTPVersion != d.HTTPVersion {
				k.fail(at, beyondAWS, "http_version is %s, and %s for distribution %q, which has the same certificate: AWS wants them equal (CF-SNI-03)", d.HTTPVersion, other.HTTPVersion, other.Name)
			}
		}
	}
	k.socketCertificates()
	for _, c := range k.config.Certificates {
		if byName[c.Name] == nil && !k.found.HasErrors() {
			k.fail(path("certificates").key(c.Name), unusedName, "certificate %q is not used by any distribution", c.Name)
		}
	}
}

func (k *checker) viewerCertificate(d *Distribution, at path) {
	v := d.ViewerCertificate
	switch own := v.ACMCertificate != ""; {
	case own && v.CloudFrontDefaultCertificate:
		k.fail(at.key("cloudfront_default_certificate"), badViewerCertificate, "cloudfront_default_certificate and acm_certificate exclude each other")
	case !own && len(v.AlternateCertificates) > 0:
		k.fail(at.key("alternate_certificates"), badViewerCertificate, "alternate_certificates without acm_certificate")
	case !own && v.SSLSupportMethod == SSLSupportVIP:
		k.fail(at.key("ssl_support_method"), badViewerCertificate, "vip has no effect: viewers that ask for no name get the default certificate")
	case !k.config.Server.HasTLS():
		k.fail(at, badViewerCertificate, "viewer_certificate has no effect: no socket has TLS").Suggestion =
			"add tls: distributions, or tls: local_ca, to one of server.listen"
	}
	k.securityPolicy(d, at.key("minimum_protocol_version"))
	k.atMost(at.key("alternate_certificates"), "alternate certificates", len(v.AlternateCertificates), 3, "our bound")
	kinds := map[string]string{}
	for i, name := range d.Certificates() {
		here := at.key("acm_certificate")
		if i > 0 {
			here = at.key("alternate_certificates").index(i - 1)
		}
		if _, found := k.config.Certificate(name); !found {
			k.fail(here, unknownCertificate, "there is no certificate %q", name).Suggestion = didYouMean(name, k.certificateNames())
		}
		k.acmeCoverage(d, name, here)
		leaf := k.leaves[name]
		if leaf == nil {
			continue
		}
		k.coverage(d, leaf, name, here)
		kind := keyKind(leaf)
		if kinds[kind] != "" {
			k.fail(here, badViewerCertificate, "certificate %q would never be shown: %q has a key of the same kind, %s", name, kinds[kind], kind)
		}
		kinds[kind] = name
	}
}

// keyKind is what viewers tell certificates apart by.
func keyKind(leaf *x509.Certificate) string {
	if public, isECDSA := leaf.PublicKey.(*ecdsa.PublicKey); isECDSA {
		return "ECDSA on " + public.Params().Name
	}
	return leaf.PublicKeyAlgorithm.String()
}

// coverage wants a certificate to have each alias, or a wildcard in the place of
// its first label (CF-SNI-02, CF-DIST-08).
func (k *checker) coverage(d *Distribution, leaf *x509.Certificate, name string, at path) {
	for _, a := range d.Aliases {
		_, parent, _ := strings.Cut(a, ".")
		if slices.ContainsFunc(leaf.DNSNames, func(n string) bool { return strings.EqualFold(n, a) || strings.EqualFold(n, "*."+parent) }) {
			continue
		}
		names := strings.Join(leaf.DNSNames, ", ")
		if names == "" {
			names = "no names"
		}
		k.fail(at, uncoveredAlias, "certificate %q does not cover alias %q (CF-SNI-02): it is for %s", name, a, names)
	}
}

// securityPolicy refuses a policy that AWS does not have there, and says where
// ours is not AWS's.
func (k *checker) securityPolicy(d *Distribution, at path) {
	v := d.ViewerCertificate
	policy := v.MinimumProtocolVersion
	if policy == "" {
		return
	}
	vip := v.SSLSupportMethod == SSLSupportVIP
	switch own := v.ACMCertificate != ""; {
	case !own && policy != MinimumProtocolVersionTLSv1 && k.config.Server.Mode == ModeFaithful:
		k.fail(at, badViewerCertificate, "minimum_protocol_version of the default certificate is TLSv1 (CF-TLS-32)")
	case !own && policy != MinimumProtocolVersionTLSv1:
		k.fail(at, beyondAWS, "minimum_protocol_version of the default certificate is TLSv1 at AWS (CF-TLS-32)")
	case !vip && policy == MinimumProtocolVersionSSLv3:
		k.fail(at, badViewerCertificate, "SSLv3 is not for ssl_support_method sni-only (CF-TLS-33)").Suggestion = "write TLSv1, or a later policy"
	case vip && policy != MinimumProtocolVersionSSLv3 && policy != MinimumProtocolVersionTLSv1:
		k.fail(at, beyondAWS, "AWS has %s for ssl_support_method vip on request only (CF-TLS-33)", policy)
	}
	if text := policy.approximation(); text != "" {
		k.fail(at, approximatePolicy, "security policy %s is approximated: %s (CF-TLS-38)", policy, text)
	}
}

// approximation says what AWS's policy of this name has, or excludes, and ours
// does not (package proxy/viewertls); "" for one that has the same versions and
// suites.
func (v MinimumProtocolVersion) approximation() string {
	const noSHA384 = "there are no suites with AES256-SHA384"
	switch v {
	case MinimumProtocolVersionSSLv3:
		return "there is no SSLv3 and no RC4-MD5, and " + noSHA384
	case "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019":
		return noSHA384
	case "TLSv1.3_2025":
		return "a viewer that prefers TLS_CHACHA20_POLY1305_SHA256 gets it"
	}
	return ""
}

// socketCertificates wants a certificate for sockets that have only those of
// distributions.
func (k *checker) socketCertificates() {
	certified := slices.ContainsFunc(k.config.Distributions, func(d Distribution) bool { return len(d.Certificates()) > 0 })
	for i, l := range k.config.Server.Listen {
		if l.TLS.Source == TLSSourceDistributions && !certified {
			k.fail(path("server.listen").index(i).key("tls"), badViewerCertificate, "no distribution has a certificate: each handshake would fail (CF-SNI-01)").Suggestion =
				"give a distribution viewer_certificate: {acm_certificate: NAME}, or write tls: local_ca"
		}
	}
}

func (k *checker) certificateNames() (names []string) {
	for _, c := range k.config.Certificates {
		names = append(names, c.Name)
	}
	return names
}
