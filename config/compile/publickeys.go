package compile

import (
	"fmt"
	"slices"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// publicKeys reads the public keys of a configuration, by their ids.
func publicKeys(c *config.Config, env Environment) (map[string]*signedurl.PublicKey, error) {
	keys := make(map[string]*signedurl.PublicKey, len(c.PublicKeys))
	for i := range c.PublicKeys {
		p := &c.PublicKeys[i]
		key, err := publicKey(p, env)
		if err != nil {
			return nil, fmt.Errorf("public key %q: %w", p.Name, err)
		}
		keys[p.Name] = key
	}
	return keys, nil
}

func publicKey(p *config.PublicKey, env Environment) (*signedurl.PublicKey, error) {
	if p.File == "" {
		return signedurl.ParsePublicKey(p.Name, []byte(p.EncodedKey))
	}
	text, err := env.readFile(p.File)
	if err != nil {
		return nil, err
	}
	key, err := signedurl.ParsePublicKey(p.Name, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.File, err)
	}
	return key, nil
}

// trustedKeys returns the keys of a behavior's key groups, nil if it has none.
func trustedKeys(c *config.Config, b *config.CacheBehavior, keys map[string]*signedurl.PublicKey) (*signedurl.Keys, error) {
	if len(b.TrustedKeyGroups) == 0 {
		return nil, nil
	}
	var trusted []*signedurl.PublicKey
	for _, name := range b.TrustedKeyGroups {
		g, found := c.KeyGroup(name)
		if !found {
			return nil, fmt.Errorf("no key group %q", name)
		}
		for _, id := range g.Items {
			if keys[id] == nil {
				return nil, fmt.Errorf("key group %q: no public key %q", name, id)
			}
			trusted = append(trusted, keys[id])
		}
	}
	return signedurl.NewKeys(trusted...), nil
}

// hidesSignatures reports whether logs of a distribution are to be without what
// signs requests: its own, or those of another one, which it gets in Referer, and in
// cookies of a domain that both are in.
func hidesSignatures(c *config.Config, d *config.Distribution) bool {
	kept := c.Server.Mode == config.ModeFaithful
	if d.Logging != nil {
		kept = d.Logging.Signatures == config.LoggedSignaturesKept
	}
	return !kept && slices.ContainsFunc(c.Distributions, func(d config.Distribution) bool { return d.IsSigned() })
}

// badPublicKey is the code of a key that is not understood among diagnostics.
const badPublicKey = "GF4191"

// CheckPublicKeys reads the public keys of a configuration, with the files that
// it names, and returns what is wrong with them.
func CheckPublicKeys(c *config.Config) config.Diagnostics {
	var found config.Diagnostics
	for p := range slices.Values(c.PublicKeys) {
		if _, err := publicKey(&p, Environment{}); err != nil {
			key := "encoded_key"
			if p.File != "" {
				key = "file"
			}
			found = append(found, config.Diagnostic{
				Severity: config.SeverityError, Code: badPublicKey, Path: config.KeyPath(config.KeyPath("public_keys", p.Name), key),
				Message: fmt.Sprintf("public key %q: %v", p.Name, err),
			})
		}
	}
	return found
}
