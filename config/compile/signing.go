package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// Signing is what decides about the signature of a request.
type Signing struct {
	Distribution string
	// PathPattern is that of the cache behavior, "Default (*)" for the default one.
	PathPattern    string
	ViewerProtocol proxy.ViewerProtocol
	// Keys are nil if the behavior has no key groups.
	Keys *signedurl.Keys
	// Normal is the path that has chosen the behavior.
	Normal   string
	Verifier *signedurl.Verifier
}

// FindSigning returns what decides about the signature of a request for a path at
// a host. It reads the public keys and compiles nothing else.
func FindSigning(c *config.Config, host, path string) (*Signing, error) {
	keys, err := publicKeys(c, Environment{})
	if err != nil {
		return nil, err
	}
	s := proxy.Snapshot{LoopbackHosts: c.Server.Mode == config.ModeDev, Choices: exchangeChoices(&c.Choices)}
	for i := range c.Distributions {
		d := &c.Distributions[i]
		s.Distributions = append(s.Distributions, &proxy.Distribution{Name: d.Name, DomainName: DomainName(d.Name), Aliases: d.Aliases})
	}
	if err := s.Index(); err != nil {
		return nil, err
	}
	found := s.Distribution(host)
	if found == nil {
		return nil, fmt.Errorf("no distribution answers to %s", host)
	}
	out := &Signing{Distribution: found.Name, Normal: s.Choices.Normalize(path), Verifier: signedurl.NewVerifier(s.Choices.SignedPath)}
	for i := range c.Distributions {
		if d := &c.Distributions[i]; d.Name == found.Name {
			return out, out.choose(c, d, keys)
		}
	}
	return nil, fmt.Errorf("no distribution %q", found.Name) // cannot happen
}

// choose finds the behavior.
func (s *Signing) choose(c *config.Config, d *config.Distribution, keys map[string]*signedurl.PublicKey) error {
	patterns := make([]string, len(d.CacheBehaviors))
	for i := range d.CacheBehaviors {
		patterns[i] = d.CacheBehaviors[i].PathPattern
	}
	table, err := behavior.New(patterns)
	if err != nil {
		return err
	}
	i, b := table.Match(s.Normal), &d.DefaultCacheBehavior
	if i < len(patterns) {
		b = &d.CacheBehaviors[i]
	}
	s.PathPattern, s.ViewerProtocol = table.Pattern(i), viewerProtocol(b.ViewerProtocolPolicy)
	s.Keys, err = trustedKeys(c, b, keys)
	return err
}
