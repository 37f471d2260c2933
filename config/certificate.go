package config

// Certificate is one that viewers are shown, with its key. At AWS it is in
// Certificate Manager.
type Certificate struct {
	// Name is the local name; the ARN at AWS.
	Name string `config:"name,key"`

	// Cert is a file with the certificate and those of the authorities between it
	// and a root, in PEM, the certificate first. RSA with 2048 to 4096 bits or
	// ECDSA on P-256 are what AWS takes too (CF-OTLS-08).
	Cert string `config:"cert,required" unless:"acme"`

	// Key is a file with the key of the certificate in PEM.
	Key string `config:"key,required" unless:"acme"`

	// OCSPStaple is a file with a response of the authority's OCSP responder in
	// DER, which viewers get with the certificate (CF-TLS-35). Nothing fetches it:
	// whoever renews it has the configuration reloaded. Default none.
	OCSPStaple string `config:"ocsp_staple"`

	// ACME has an authority issue the certificate, in place of files.
	ACME *ACME `config:"acme"`
}

// Certificate returns the certificate of that name.
func (c *Config) Certificate(name string) (*Certificate, bool) {
	for i := range c.Certificates {
		if c.Certificates[i].Name == name {
			return &c.Certificates[i], true
		}
	}
	return nil, false
}
