package compile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// SocketNames returns what the tables of a Snapshot are found by: the addresses
// in server.listen. Port 0 can be there several times; then a number follows.
func SocketNames(c *config.Config) []string {
	names, seen := make([]string, len(c.Server.Listen)), map[string]int{}
	for i, l := range c.Server.Listen {
		names[i] = l.Address
		if seen[l.Address]++; seen[l.Address] > 1 {
			names[i] += " " + strconv.Itoa(seen[l.Address])
		}
	}
	return names
}

// tables makes the table of each socket that has TLS, and returns the certificates
// that were read for them.
func tables(c *config.Config, compiled []*proxy.Distribution, env Environment) (made map[string]*viewertls.Table, files []*viewertls.Certificate, err error) {
	if !c.Server.HasTLS() {
		return nil, nil, nil
	}
	own, err := certificates(c, env)
	if err != nil {
		return nil, nil, err
	}
	options := viewertls.Options{
		HTTP2WithoutName: c.Server.Mode != config.ModeFaithful, // CF-DIST-14
		Tickets:          env.Tickets,
	}
	if k := c.Server.TLSTicketKeys; k != nil {
		if options.Tickets, err = sharedTickets(k.FromFile, env); err != nil {
			return nil, nil, fmt.Errorf("tls_ticket_keys: %s: %w", k.FromFile, err)
		}
	}
	if options.DefaultPolicy, err = viewertls.PolicyNamed(string(c.DefaultSecurityPolicy())); err != nil {
		return nil, nil, err
	}
	for i := range c.Distributions {
		d, err := tlsDistribution(c, &c.Distributions[i], own)
		if err != nil {
			return nil, nil, fmt.Errorf("distribution %q: viewer_certificate: %w", c.Distributions[i].Name, err)
		}
		if d.Viewers = compiled[i].ViewerMTLS; d.Viewers != nil && len(compiled) == 1 {
			d.NoName = true // nobody else could be meant
		}
		options.Distributions = append(options.Distributions, d)
	}
	for _, f := range c.Certificates {
		files = append(files, own[f.Name])
	}
	made = make(map[string]*viewertls.Table)
	for i, name := range SocketNames(c) {
		l := &c.Server.Listen[i]
		if l.TLS.Source == config.TLSSourceNone {
			continue
		}
		if options.Default, err = defaultCertificate(l.TLS, env); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", l.Address, err)
		}
		if d := options.Default; l.TLS.Source == config.TLSSourceFiles && !slices.ContainsFunc(files, func(f *viewertls.Certificate) bool { return f.Name == d.Name }) {
			files = append(files, d)
		}
		options.Protocols = Protocols(*l)
		made[name] = viewertls.New(options)
	}
	return made, files, nil
}

// sharedTickets returns tickets with the keys in a file.
func sharedTickets(file string, env Environment) (*viewertls.Tickets, error) {
	text, err := env.readFile(file)
	if err != nil {
		return nil, err
	}
	keys, err := viewertls.ParseTicketKeys(text)
	if err != nil {
		return nil, err
	}
	return viewertls.FixedTickets(keys), nil
}

// certificates reads all certificates, by name.
func certificates(c *config.Config, env Environment) (map[string]*viewertls.Certificate, error) {
	read := make(map[string]*viewertls.Certificate)
	for _, f := range c.Certificates {
		if f.ACME != nil {
			if read[f.Name] = env.acme(f.Name); read[f.Name] == nil {
				return nil, fmt.Errorf("certificate %q: %w", f.Name, errNoACME)
			}
			continue
		}
		certificate, err := readCertificate(f, env)
		if err != nil {
			return nil, fmt.Errorf("certificate %q: %w", f.Name, err)
		}
		read[f.Name] = certificate
	}
	return read, nil
}

func readCertificate(f config.Certificate, env Environment) (*viewertls.Certificate, error) {
	chain, err := env.readFile(f.Cert)
	if err != nil {
		return nil, err
	}
	key, err := env.readFile(f.Key)
	if err != nil {
		return nil, err
	}
	var staple []byte
	if f.OCSPStaple != "" {
		if staple, err = env.readFile(f.OCSPStaple); err != nil {
			return nil, err
		}
	}
	return viewertls.NewCertificate(f.Name, chain, key, staple)
}

var errNoACME = errors.New("there is nothing that speaks ACME")

// acme returns the certificate of that name which an authority issues, nil if
// there is none.
func (e *Environment) acme(name string) *viewertls.Certificate {
	if e.ACME == nil {
		return nil
	}
	return e.ACME(name)
}

var errNoLocalCA = errors.New("there is no local certification authority")

// defaultCertificate returns what a socket shows where no distribution's own
// certificate is meant, nil for nothing.
func defaultCertificate(t config.ListenTLS, env Environment) (*viewertls.Certificate, error) {
	switch t.Source {
	case config.TLSSourceLocalCA:
		if env.LocalCA == nil {
			return nil, errNoLocalCA
		}
		return env.LocalCA, nil
	case config.TLSSourceFiles:
		return readCertificate(config.Certificate{Name: t.Cert, Cert: t.Cert, Key: t.Key}, env)
	}
	return nil, nil
}

func tlsDistribution(c *config.Config, d *config.Distribution, own map[string]*viewertls.Certificate) (viewertls.Distribution, error) {
	policy, err := viewertls.PolicyNamed(string(c.SecurityPolicy(d)))
	out := viewertls.Distribution{
		Names: append([]string{DomainName(d.Name)}, d.Aliases...), Policy: policy, Protocols: viewertls.HTTP1,
		NoName: d.ViewerCertificate != nil && d.ViewerCertificate.SSLSupportMethod == config.SSLSupportVIP,
	}
	if d.HTTPVersion.HasHTTP2() {
		out.Protocols |= viewertls.HTTP2
	}
	if d.HTTPVersion.HasHTTP3() {
		out.Protocols |= viewertls.HTTP3
	}
	if c.Server.Mode == config.ModeDev && len(c.Distributions) == 1 {
		out.Names = append(out.Names, "localhost", "*.localhost")
	}
	for _, name := range d.Certificates() {
		out.Certificates = append(out.Certificates, own[name])
	}
	return out, err
}

// Protocols returns what a socket speaks.
func Protocols(l config.Listen) (p viewertls.Protocols) {
	if l.Speaks(config.ProtocolH1) {
		p |= viewertls.HTTP1
	}
	if l.Speaks(config.ProtocolH2) || l.Speaks(config.ProtocolH2C) {
		p |= viewertls.HTTP2
	}
	if l.Speaks(config.ProtocolH3) {
		p |= viewertls.HTTP3
	}
	return p
}

// CertificateExpiries returns when the certificates of a Snapshot that are in files
// expire, for metrics.
func CertificateExpiries(s *proxy.Snapshot) (all []metrics.CertificateExpiry) {
	for _, c := range s.Certificates {
		if !c.NotAfter.IsZero() {
			all = append(all, metrics.CertificateExpiry{Name: c.Name, NotAfter: c.NotAfter})
		}
	}
	return all
}
