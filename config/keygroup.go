package config

import "slices"

// KeyGroup is a list of public keys that cache behaviors trust. AWS's
// KeyGroupConfig.
type KeyGroup struct {
	// Name by which behaviors refer to it.
	Name string `config:"name,key"`

	// Items are the names of public keys, at most 5 (CF-QUO-22). With two of them
	// keys can be changed without a moment in which signatures are refused. In a
	// file they are the whole value: members: [K2JCJMDEHXQW5F].
	Items []string `config:"items,scalar"`
}

// IsSigned reports whether a cache behavior of the distribution has key groups.
func (d *Distribution) IsSigned() bool {
	return len(d.DefaultCacheBehavior.TrustedKeyGroups) > 0 ||
		slices.ContainsFunc(d.CacheBehaviors, func(b CacheBehavior) bool { return len(b.TrustedKeyGroups) > 0 })
}

// KeyGroup returns the key group with a name.
func (c *Config) KeyGroup(name string) (*KeyGroup, bool) {
	for i := range c.KeyGroups {
		if c.KeyGroups[i].Name == name {
			return &c.KeyGroups[i], true
		}
	}
	return nil, false
}
