package config

import "slices"

// Server configures the process: its sockets, its admin listener and its mode.
// CloudFront has no counterpart.
type Server struct {
	// Listen are the viewer-facing sockets. Default: one at ":8080" for
	// HTTP/1.1 and cleartext HTTP/2.
	Listen []Listen `config:"listen"`

	// Admin is the address of health, metrics and invalidations:
	// "host:port", or "unix:/path". Default 127.0.0.1:9180.
	Admin string `config:"admin" default:"127.0.0.1:9180"`

	// AWSAPI is the AWS-compatible control plane. Only "off" for now.
	AWSAPI AWSAPI `config:"aws_api" default:"off"`

	// Mode sets the defaults of convenience and strictness. Default dev.
	Mode Mode `config:"mode" default:"dev"`

	// DrainTimeout is how long a stopping process waits for requests in
	// flight, 0s to 1h. Default 30s.
	DrainTimeout Duration `config:"drain_timeout" default:"30s" range:"0s..1h"`
}

// Listen is one viewer-facing socket.
type Listen struct {
	// Address is "host:port"; an empty host means every interface.
	Address string `config:"address,required"`

	// Protocols spoken on the socket. Default: h1 and h2 with TLS, h1 and
	// h2c without.
	Protocols []Protocol `config:"protocols"`

	// TLS is the certificate source. Absent means cleartext.
	TLS ListenTLS `config:"tls"`
}

// ListenTLS says where the certificates of a socket come from: the word
// local_ca, or a mapping with the files cert and key.
type ListenTLS struct {
	Source TLSSource // which of the two forms; the zero value is cleartext
	Cert   string    // PEM certificate chain, with TLSSourceFiles
	Key    string    // PEM private key, with TLSSourceFiles
}

// TLSSource tells the forms of ListenTLS apart.
type TLSSource string

// The certificate sources.
const (
	TLSSourceNone    TLSSource = ""         // cleartext
	TLSSourceLocalCA TLSSource = "local_ca" // issued on the fly by the local CA
	TLSSourceFiles   TLSSource = "files"    // read from Cert and Key
)

// Protocol is an application protocol of a viewer socket.
type Protocol string

// The viewer protocols. HTTP/2 over TLS is CF-DIST-14; CloudFront has no h2c,
// which is here for local use.
const (
	ProtocolH1  Protocol = "h1"
	ProtocolH2  Protocol = "h2"
	ProtocolH2C Protocol = "h2c"
)

func (Protocol) values() []string   { return []string{"h1", "h2", "h2c"} }
func (Protocol) notBuilt() []string { return []string{"h3"} }

// Mode sets the defaults of convenience and strictness together.
type Mode string

// The modes.
const (
	ModeDev        Mode = "dev"        // a single distribution also answers to loopback names
	ModeFaithful   Mode = "faithful"   // as CloudFront, quirks included
	ModeProduction Mode = "production" // hardened where CloudFront is lax
)

func (Mode) values() []string { return []string{"dev", "faithful", "production"} }

// AWSAPI is the address of the AWS-compatible control plane.
type AWSAPI string

// AWSAPIOff means there is no AWS-compatible control plane.
const AWSAPIOff AWSAPI = "off"

func (AWSAPI) values() []string   { return []string{"off"} }
func (AWSAPI) notBuilt() []string { return []string{anyOther} }

// defaultProtocols depends on whether the socket has TLS: h2 needs it
// (CF-DIST-14) and h2c is its cleartext form.
func (l Listen) defaultProtocols() []Protocol {
	if l.TLS.Source == TLSSourceNone {
		return []Protocol{ProtocolH1, ProtocolH2C}
	}
	return []Protocol{ProtocolH1, ProtocolH2}
}

// Speaks reports whether the socket offers p.
func (l Listen) Speaks(p Protocol) bool { return slices.Contains(l.Protocols, p) }
