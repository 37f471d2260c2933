package config

// PublicKey verifies signed URLs and signed cookies. AWS's PublicKeyConfig.
type PublicKey struct {
	// Name is the key's id, which signed URLs and cookies name as Key-Pair-Id:
	// AWS's, such as K2JCJMDEHXQW5F, where the private key signs for AWS too.
	Name string `config:"name,key"`

	// Comment is free text, at most 128 characters.
	Comment string `config:"comment"`

	// EncodedKey is the key in PEM: RSA with 2048 bits, or ECDSA with P-256
	// (CF-SIG-02). RSA with 1024 and 4096 bits, which the key pairs of AWS accounts
	// may have, is accepted here as well.
	EncodedKey string `config:"encoded_key,required" unless:"file"`

	// File has the key instead. It is read when the configuration is. A relative
	// path is relative to where groundfront runs. Not at AWS.
	File string `config:"file" aws:"-"`
}

// PublicKey returns the public key with an id.
func (c *Config) PublicKey(id string) (*PublicKey, bool) {
	for i := range c.PublicKeys {
		if c.PublicKeys[i].Name == id {
			return &c.PublicKeys[i], true
		}
	}
	return nil, false
}
