package config

import (
	"net/url"
	"slices"
	"strings"
)

// ACME has a certificate issued by an authority that speaks ACME (RFC 8555), such as
// Let's Encrypt, and renewed in time, in mode production only. It stands for AWS's
// Certificate Manager. Renewals take effect at once, without a reload.
type ACME struct {
	// Domains are the names that the certificate is for. Wildcards would need the
	// challenge dns-01, which is not built. Default the aliases of the
	// distributions that use the certificate.
	Domains []string `config:"domains"`

	// Email is told by the authority about trouble. Default none.
	Email string `config:"email"`

	// Directory is the URL of the authority. Default that of Let's Encrypt.
	Directory string `config:"directory" default:"https://acme-v02.api.letsencrypt.org/directory"`

	// Storage is a folder for the account, certificates and their keys, which is
	// made if it is not there. It survives restarts, or each would ask for new
	// certificates, of which authorities give few.
	Storage string `config:"storage,required"`

	// AgreeTerms must be true: who runs the edge agrees to the authority's terms.
	AgreeTerms bool `config:"agree_terms"`

	// Challenge is how the authority finds out that the names are this edge's:
	// tls-alpn-01, at a socket with tls that port 443 of the names leads to, or
	// http-01, at one without, that port 80 leads to. Default tls-alpn-01.
	Challenge ACMEChallenge `config:"challenge" default:"tls-alpn-01"`

	// CABundle is a PEM file with the authorities by which Directory is known.
	// Default the system's.
	CABundle string `config:"ca_bundle"`
}

// ACMEChallenge is a way to prove that a name is one's own.
type ACMEChallenge string

// The challenges (RFC 8555 section 8.3, RFC 8737).
const (
	ACMEChallengeTLSALPN01 ACMEChallenge = "tls-alpn-01"
	ACMEChallengeHTTP01    ACMEChallenge = "http-01"
)

func (ACMEChallenge) values() []string   { return []string{"tls-alpn-01", "http-01"} }
func (ACMEChallenge) notBuilt() []string { return []string{"dns-01"} }

// ACMEDomains returns the names that a certificate by ACME is for.
func (c *Config) ACMEDomains(of *Certificate) []string {
	if len(of.ACME.Domains) > 0 {
		return of.ACME.Domains
	}
	var names []string
	for i := range c.Distributions {
		d := &c.Distributions[i]
		if !slices.Contains(d.Certificates(), of.Name) {
			continue
		}
		for _, a := range d.Aliases {
			if !slices.Contains(names, a) {
				names = append(names, a)
			}
		}
	}
	return names
}

// acme checks how a certificate is obtained.
func (k *checker) acme(c *Certificate, at path) {
	a, here := c.ACME, at.key("acme")
	for key, value := range map[string]string{"cert": c.Cert, "key": c.Key, "ocsp_staple": c.OCSPStaple} {
		if value != "" {
			k.fail(at.key(key), badACME, "%s beside acme: the certificate has either files or an authority", key)
		}
	}
	if mode := k.config.Server.Mode; mode != ModeProduction {
		k.fail(here, badACME, "mode is %s, and certificates by ACME are for mode production", mode).Suggestion =
			"set tls: local_ca on the socket, which needs no authority"
	}
	if !a.AgreeTerms {
		k.fail(here.key("agree_terms"), badACME, "the authority's terms are not agreed to").Suggestion = "read them, and set agree_terms: true"
	}
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
		k.fail(here.key("directory"), badACME, "directory %q is not an https URL", a.Directory)
	}
	if a.Storage == "" {
		k.fail(here.key("storage"), badACME, "storage must name a folder")
	}
	if a.CABundle != "" {
		k.file(here.key("ca_bundle"), a.CABundle)
	}
	if a.Email != "" && strings.Count(a.Email, "@") != 1 {
		k.fail(here.key("email"), badACME, "email %q is no address", a.Email)
	}
	k.acmeDomains(c, here)
	k.acmeSocket(a, here)
}

func (k *checker) acmeDomains(c *Certificate, here path) {
	names := k.config.ACMEDomains(c)
	k.atMost(here.key("domains"), "domains", len(names), 100, "our bound")
	k.repeats(here.key("domains"), c.ACME.Domains, strings.ToLower)
	if len(names) == 0 {
		k.fail(here, badACME, "certificate %q is for no name: there are neither domains nor a distribution with an alias that uses it", c.Name)
	}
	for i, name := range names {
		where := here
		if len(c.ACME.Domains) > 0 {
			where = here.key("domains").index(i)
		}
		switch {
		case strings.HasPrefix(name, "*."):
			k.fail(where, badACME, "%q is a wildcard, which needs the challenge dns-01; that is not built yet", name)
		case !validAlias(name) || !strings.Contains(name, "."):
			k.fail(where, badACME, "%q is not a domain name that an authority would know, in lower case", name)
		}
	}
}

// acmeSocket wants a socket at which the challenge can arrive.
func (k *checker) acmeSocket(a *ACME, here path) {
	wantTLS := a.Challenge == ACMEChallengeTLSALPN01
	if !slices.ContainsFunc(k.config.Server.Listen, func(l Listen) bool { return (l.TLS.Source != TLSSourceNone) == wantTLS }) {
		with := "without"
		if wantTLS {
			with = "with"
		}
		k.fail(here.key("challenge"), badACME, "challenge %s arrives at a socket %s tls, and there is none in server.listen", a.Challenge, with)
	}
}

// acmeCoverage wants a certificate by ACME to have each alias (CF-SNI-02).
func (k *checker) acmeCoverage(d *Distribution, name string, at path) {
	c, found := k.config.Certificate(name)
	if !found || c.ACME == nil || len(c.ACME.Domains) == 0 {
		return
	}
	for _, a := range d.Aliases {
		if !slices.Contains(c.ACME.Domains, a) {
			k.fail(at, uncoveredAlias, "certificate %q does not cover alias %q (CF-SNI-02): its domains are %s", name, a, strings.Join(c.ACME.Domains, ", "))
		}
	}
}
