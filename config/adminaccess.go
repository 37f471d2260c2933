package config

// AdminAccess says who may use the admin listener, where others than this
// machine reach it: who has the token, or a client certificate. What health
// checks ask (/healthz, /readyz, /startupz) is for everybody. Not at AWS.
type AdminAccess struct {
	// Token is what a request must have as "Authorization: Bearer TOKEN": where
	// it is kept, for it is a secret. At least 16 characters, better 32 random
	// ones. Default none.
	Token *SecretSource `config:"token"`

	// Cert and Key are the PEM files of the listener's own certificate, with which
	// it speaks TLS. Default none: then a token can be read on its way.
	Cert string `config:"cert"`
	Key  string `config:"key"`

	// OperatorCA is a PEM file of the authorities whose client certificates are as
	// good as the token. Default none.
	OperatorCA string `config:"operator_ca"`
}

// TLS reports whether the admin listener speaks TLS.
func (a *AdminAccess) TLS() bool { return a != nil && a.Cert != "" }

// SecretSource is where a secret is kept, one of the two. It is never printed
// itself.
type SecretSource struct {
	// FromFile is a file with one value on each line, of which the first is used;
	// a change is followed within seconds.
	FromFile string `config:"from_file"`

	// FromEnv is an environment variable, read at the start.
	FromEnv string `config:"from_env"`
}
