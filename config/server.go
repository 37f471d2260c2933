package config

import (
	"net/netip"
	"slices"
)

// Server configures the process: its sockets, its admin listener and its mode.
// CloudFront has no counterpart.
type Server struct {
	// Listen are the viewer-facing sockets. Default: one at ":8080" for
	// HTTP/1.1 and cleartext HTTP/2.
	Listen []Listen `config:"listen"`

	// Admin is the address of the operator's interface, which changes what the edge
	// does and shows how it runs: "host:port", or "unix:/path", a socket that only
	// the process's own user may use. Default 127.0.0.1:9180.
	Admin string `config:"admin" default:"127.0.0.1:9180"`

	// AdminAccess says who may use that interface. Default absent: whoever reaches
	// it, which must then be this machine alone.
	AdminAccess *AdminAccess `config:"admin_access"`

	// Metrics is the address, "host:port", of a further listener for what
	// monitoring asks: /metrics, /healthz, /readyz and /startupz and nothing else,
	// without a token, for whoever reaches it. Default none: they are at Admin.
	Metrics string `config:"metrics"`

	// AWSAPI is the AWS-compatible control plane. Only "off" for now.
	AWSAPI AWSAPI `config:"aws_api" default:"off"`

	// TLSTicketKeys are the keys of session tickets, for several processes behind
	// one address that resume each other's sessions. Default keys of this process,
	// which nobody else knows and which change each day.
	TLSTicketKeys *TLSTicketKeys `config:"tls_ticket_keys"`

	// Mode sets the defaults of convenience and strictness. Default dev.
	Mode Mode `config:"mode" default:"dev"`

	// Watch has the process reload when a file of the configuration changes, or
	// one that it names, such as a certificate: as a whole or not at all, as after
	// SIGHUP. Default true in mode dev and false in the others.
	Watch bool `config:"watch"`

	// Engine is what drives the connections of viewers: eventloop, where one
	// goroutine for each processor serves many (Linux only); goroutine, one for
	// each connection; or auto, the best that the system has. Answers are the
	// same. Default auto.
	Engine Engine `config:"engine" default:"auto"`

	// Limits bound what viewers may take of the process.
	Limits Limits `config:"limits"`

	// Overload says what is given up when memory or processors are short. Not at
	// AWS.
	Overload Overload `config:"overload"`

	// TrustedProxies are the networks of proxies in front of the edge, such as
	// 10.0.0.0/8, at most 100, that are believed when they say for whom they ask.
	// The viewer of a request from one of them is the right-most address of
	// X-Forwarded-For that is not of one of them: for web ACLs, throttles, places,
	// signed URLs, logs and CloudFront-Viewer-Address, whose port is 0 if the proxy
	// does not say it. One X-Forwarded-Proto with http or https stands for how
	// the viewer has reached the proxy. The origin gets X-Forwarded-For with the
	// address of the proxy appended, as at AWS. Where the PROXY protocol is
	// spoken, its viewer is who has connected. Default none: viewers connect by
	// themselves, and what they say is not believed. Not at AWS.
	TrustedProxies []Network `config:"trusted_proxies"`

	// Geo is where viewers are, for geo restrictions, for web ACLs, for routing
	// groups with policy geo and for headers such as CloudFront-Viewer-Country,
	// -City and -ASN. Default none: nothing can depend on it. Not at AWS, which has its own.
	Geo *GeoData `config:"geo"`

	// DrainTimeout is how long a stopping process waits for requests in
	// flight, 0s to 1h. Default 30s.
	DrainTimeout Duration `config:"drain_timeout" default:"30s" range:"0s..1h"`
}

// TLSTicketKeys say where the keys of session tickets are.
type TLSTicketKeys struct {
	// FromFile is a file with 1 to 3 keys, each a line of 64 hexadecimal digits, as
	// "openssl rand -hex 32" prints one. The first makes tickets, the others are of
	// tickets that were made before. Whoever has the file can read the sessions of
	// viewers up to TLS 1.2: put a new key in front each day, and reload.
	FromFile string `config:"from_file,required"`
}

// Limits bound what viewers may take of the process: connections and time.
// CloudFront documents none of them; the defaults are those of servers that
// face everybody.
type Limits struct {
	// MaxConnections bounds the open connections of all viewers together. When
	// there are so many, some that have been idle longest are closed for who comes;
	// if none has been for a second, that one is closed at once and counted as
	// refused. 1 to 4194304. Default
	// 16384. Each takes a descriptor, of which the process must be allowed some
	// more than that.
	MaxConnections int `config:"max_connections" default:"16384" range:"1..4194304"`

	// MaxConnectionsPerViewer bounds those of one viewer: an IPv4 address, or
	// the network (/64) of an IPv6 address, of which a site (/48) may have 16 times
	// as many. 0 to 4194304; 0 is no bound of its own, for many people may share an
	// address. Default 0.
	MaxConnectionsPerViewer int `config:"max_connections_per_viewer" default:"0" range:"0..4194304"`

	// MaxHeaderFields bounds the header fields of a request, 10 to 1000: Host is one,
	// the pseudo-fields of HTTP/2 and HTTP/3 are none, and each part of a Cookie that
	// a viewer has split is one. One with more gets a 494, and the connection ends, as
	// for a head that is too large (CF-SIZE-01); of CloudFront no such bound is known
	// (CF-SIZE-07). Content with more fields behind it is malformed. Default 100.
	MaxHeaderFields int `config:"max_header_fields" default:"100" range:"10..1000"`

	// MaxHandshakesPerViewer bounds the new TLS handshakes of one viewer, as
	// max_connections_per_viewer has it, also of those that resume a session: so many
	// each second, and as many at once. A connection that comes then is closed before
	// anything is computed for it, and counted as refused. Over HTTP/3 a viewer then
	// has to prove its address first, which takes a round trip. 0 to 100000; 0 is no
	// bound of its own, for many people may share an address. Default 0. In production
	// some ten times what the busiest of those addresses needs is a good value.
	MaxHandshakesPerViewer int `config:"max_handshakes_per_viewer" default:"0" range:"0..100000"`

	// HandshakeTimeout bounds a TLS handshake, 1s to 10m. Default 5s.
	HandshakeTimeout Duration `config:"handshake_timeout" default:"5s" range:"1s..10m"`

	// HeaderTimeout bounds the time from the first byte of a request to the
	// end of its head, however the bytes come. 1s to 10m. Default 10s.
	HeaderTimeout Duration `config:"header_timeout" default:"10s" range:"1s..10m"`

	// MaxBodySize bounds the content of a request. One that announces more, or
	// turns out to have more, gets a 413. 1KiB to 1TiB. Default 64GiB, which is
	// CloudFront's bound (CF-SIZE-05).
	MaxBodySize Size `config:"max_body_size" default:"64GiB" range:"1KiB..1TiB"`

	// MaxInspectedContent bounds the memory of all content that web ACLs inspect
	// at a time, each up to its default_size_inspection_limit. What comes then is
	// handled as the fail of its web ACL says: blocked, or inspected as far as it
	// was read. 1MiB to 64GiB. Default 64MiB. Not at AWS.
	MaxInspectedContent Size `config:"max_inspected_content" default:"64MiB" range:"1MiB..64GiB"`

	// BodyTimeout bounds the wait for each further part of a request's
	// content, 1s to 1h. Default 60s.
	BodyTimeout Duration `config:"body_timeout" default:"60s" range:"1s..1h"`

	// MinBodyRate is how many bytes a second of a request's content must come on
	// average while it is waited for, after 10 seconds, 1 to 1048576. Default 240.
	MinBodyRate int `config:"min_body_rate" default:"240" range:"1..1048576"`

	// FirstRequestTimeout is how long a connection is kept that has had no request
	// yet, 1s to 24h, and at most idle_timeout. Default 10s.
	FirstRequestTimeout Duration `config:"first_request_timeout" default:"10s" range:"1s..24h"`

	// IdleTimeout is how long a connection without a request is kept, 1s to
	// 24h. Default 60s.
	IdleTimeout Duration `config:"idle_timeout" default:"60s" range:"1s..24h"`

	// WriteTimeout is how long a viewer may take for 64KiB of what it is sent, or for
	// what there is, also of one stream whose window it opens little by little; a
	// response as a whole may take any time. 1s to 1h. Default 30s.
	WriteTimeout Duration `config:"write_timeout" default:"30s" range:"1s..1h"`
}

// Engine is what drives the connections of viewers.
type Engine string

// The engines.
const (
	EngineAuto      Engine = "auto"      // the best that the system has
	EngineGoroutine Engine = "goroutine" // a goroutine for each connection
	EngineEventLoop Engine = "eventloop" // event loops, on Linux
)

func (Engine) values() []string { return []string{"auto", "goroutine", "eventloop"} }

// Listen is one viewer-facing socket.
type Listen struct {
	// Address is "host:port"; an empty host means every interface. Viewers that are
	// redirected from one without TLS to HTTPS, and have named a port, are sent to
	// the next one of the list that has TLS, or to the last.
	Address string `config:"address,required"`

	// Protocols spoken on the socket. h3 is HTTP/3, over UDP at the same
	// address; it needs TLS and h1, by which viewers find it. Default: h1 and h2
	// with TLS, h1 and h2c without.
	Protocols []Protocol `config:"protocols"`

	// TLS is the default certificate. Absent means cleartext.
	TLS ListenTLS `config:"tls"`

	// ProxyProtocol is for a socket to which load balancers connect that say
	// whose connection it is, by the PROXY protocol. Default: viewers connect by
	// themselves.
	ProxyProtocol *ViewerProxyProtocol `config:"proxy_protocol"`
}

// ViewerProxyProtocol says which load balancers are believed that announce, by the
// PROXY protocol, version 1 or 2, who the viewer is. Every connection of the socket
// then begins with that, before TLS. The announced address is the viewer's
// everywhere: for web ACLs, limits, places, logs and CloudFront-Viewer-Address.
type ViewerProxyProtocol struct {
	// Trusted are the networks of the load balancers, such as 10.0.0.0/8, at most
	// 100. A connection from elsewhere is closed at once, and so is one that does
	// not begin with a header; both are counted as refused.
	Trusted []Network `config:"trusted,required"`
}

// TrustedPrefixes returns the networks of TrustedProxies.
func (s *Server) TrustedPrefixes() []netip.Prefix { return prefixes(s.TrustedProxies) }

// Prefixes returns the networks of the load balancers.
func (p *ViewerProxyProtocol) Prefixes() []netip.Prefix { return prefixes(p.Trusted) }

// ListenTLS says which certificate viewers of a socket are shown who ask for a
// name that no distribution's certificate covers, or for none: one of the local
// authority, with the word local_ca; that of a mapping with the files cert and
// key; or none, with the word distributions, and the handshake fails (CF-SNI-01).
type ListenTLS struct {
	Source TLSSource // which of the forms; the zero value is cleartext
	Cert   string    // PEM certificate chain, with TLSSourceFiles
	Key    string    // PEM private key, with TLSSourceFiles
}

// TLSSource tells the forms of ListenTLS apart.
type TLSSource string

// The certificate sources.
const (
	TLSSourceNone          TLSSource = ""              // cleartext
	TLSSourceLocalCA       TLSSource = "local_ca"      // issued on the fly by the local CA
	TLSSourceDistributions TLSSource = "distributions" // only those of distributions
	TLSSourceFiles         TLSSource = "files"         // read from Cert and Key
)

// Protocol is an application protocol of a viewer socket.
type Protocol string

// The viewer protocols. HTTP/2 over TLS and HTTP/3 are CF-DIST-14; CloudFront has
// no h2c, which is here for local use.
const (
	ProtocolH1  Protocol = "h1"
	ProtocolH2  Protocol = "h2"
	ProtocolH2C Protocol = "h2c"
	ProtocolH3  Protocol = "h3"
)

func (Protocol) values() []string { return []string{"h1", "h2", "h2c", "h3"} }

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
