package config

// IPSet is AWS WAF's IPSet: addresses to which rules refer by its name.
type IPSet struct {
	// Name by which statements refer to it.
	Name string `config:"name,key"`

	// Description is free text, at most 256 characters.
	Description string `config:"description"`

	// IPAddressVersion is IPV4 or IPV6: a set has addresses of one.
	IPAddressVersion IPAddressVersion `config:"ip_address_version,required" unless:"file"`

	// Addresses are prefixes in CIDR notation, such as 192.0.2.0/24 or
	// 2001:db8::1/128; a single address needs its length, as at AWS. At most
	// 10,000 (WF-QUO-02). Default none.
	Addresses []string `config:"addresses"`

	// File has the prefixes instead, one on a line; what follows a # is a
	// comment. A relative path is relative to where groundfront runs. One whose
	// name ends with .json, .yaml, .yml or .template is a document of AWS that
	// has the set: what aws wafv2 get-ip-set prints, or a CloudFormation
	// template. Not at AWS.
	File string `config:"file" aws:"-"`

	// Resource is the logical id of the set in a template that has several. Not
	// at AWS.
	Resource string `config:"resource" aws:"-"`
}

// IPAddressVersion is the family of an IP set.
type IPAddressVersion string

// The families.
const (
	IPAddressVersion4 IPAddressVersion = "IPV4"
	IPAddressVersion6 IPAddressVersion = "IPV6"
)

func (IPAddressVersion) values() []string { return []string{"IPV4", "IPV6"} }

// IPSet returns the IP set with a name.
func (c *Config) IPSet(name string) (*IPSet, bool) {
	for i := range c.IPSets {
		if c.IPSets[i].Name == name {
			return &c.IPSets[i], true
		}
	}
	return nil, false
}
