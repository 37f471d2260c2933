package config

// Origin is a server that the edge asks. AWS's Origin.
//
// Timeouts that an origin does not set come from Config.OriginsDefaults.
type Origin struct {
	// Name is the local name; AWS's Id.
	Name string `config:"name,key"`

	// DomainName is the host that the origin is asked by: no scheme, no path
	// (CF-TRAP-38). A port, which AWS would refuse, is taken as the HTTP and
	// HTTPS port and removed on load.
	DomainName string `config:"domain_name,required"`

	// ConnectTo is where to connect instead of DomainName: "host:port", or
	// "unix:/path" for a Unix socket. With "http://" or "https://" before it,
	// as in "http://unix:/run/app.sock", it also replaces the origin protocol.
	// The Host header and the TLS server name stay those of DomainName.
	// Default: DomainName. Not at AWS.
	ConnectTo Endpoint `config:"connect_to"`

	// Directory answers with the files of a local folder instead of a server,
	// while all that CloudFront decides by DomainName stays. Not at AWS.
	Directory *OriginDirectory `config:"directory"`

	// Lambda answers by invoking a function instead of asking a server. Not at AWS.
	Lambda *OriginLambda `config:"lambda"`
	// Addresses are where the origin is, 1 to 16 of them, instead of what its
	// name resolves to. Connections go to them in turn. Not at AWS.
	Addresses []IPAddress `config:"addresses"`

	// Resolver is the DNS server that is asked for the origin's addresses, an
	// IP address with a port if that is not 53. Neither a hosts file nor search
	// domains come first, and an answer lives as long as its records say, 2s at
	// least and 1m at most. Default: the system's resolver. Not at AWS.
	Resolver DNSServer `config:"resolver"`

	// SourceAddress is the address of this machine that connections come from;
	// only addresses of its family are connected to. Default: the system's
	// choice. Not at AWS.
	SourceAddress IPAddress `config:"source_address"`

	// Proxy is what connections to the origin go through, "socks5://host:port" or
	// "http://host:port" for CONNECT. It is told the origin's name, unless there
	// are addresses or a resolver. Not at AWS.
	Proxy ProxyURL `config:"proxy"`

	// ProxyCredentialsFile is a file with "user:password" for the proxy, which are
	// never printed. Default none. Not at AWS.
	ProxyCredentialsFile string `config:"proxy_credentials_file"`

	// ProxyProtocol is the version of the PROXY protocol by which the origin is
	// told of the viewer, first thing on each connection. A connection then
	// carries only requests that came over one connection of a viewer; a
	// response that viewers share is asked for in the name of the first. Default
	// off. Not at AWS.
	ProxyProtocol ProxyProtocol `config:"proxy_protocol" default:"off"`

	// OriginPath goes before the request path; it begins with "/" and does
	// not end with one (CF-OPATH-01). Default none.
	OriginPath string `config:"origin_path"`

	// S3OriginConfig marks an S3 REST origin. Absent means a custom origin.
	S3OriginConfig *S3OriginConfig `config:"s3_origin_config"`

	// OriginAccessControlID names the origin access control by which requests
	// are signed. Default none: they are not. Where Directory or Lambda answers
	// there is nobody to sign for, and no credentials are needed.
	OriginAccessControlID string `config:"origin_access_control_id"`

	// APIGateway says that the origin is an API of Amazon API Gateway. Absent
	// means that nothing is known but what the domain name tells: one of API
	// Gateway's own names is asked by HTTPS. Not at AWS.
	APIGateway *APIGateway `config:"api_gateway"`

	// VPCOriginConfig makes this a VPC origin. Absent means it is none.
	VPCOriginConfig *VPCOriginConfig `config:"vpc_origin_config"`

	// CustomOriginConfig is the rest of a custom origin. For an S3 origin it
	// is set on load to the viewer's scheme (CF-REQ-31), HTTPS if requests are
	// signed (CF-OAC-02), and the default timeouts.
	CustomOriginConfig CustomOriginConfig `config:"custom_origin_config"`

	// CustomHeaders are added to every request to this origin and win over
	// the viewer's (CF-OCH-03). At most 30 (CF-OCH-01).
	CustomHeaders []OriginHeader `config:"custom_headers"`

	// ConnectionAttempts is 1 to 3 (CF-ORT-02). Default 3.
	ConnectionAttempts int `config:"connection_attempts" range:"1..3" rule:"CF-ORT-02"`

	// ConnectionTimeout bounds each attempt, 1s to 10s (CF-ORT-01). Default
	// 10s.
	ConnectionTimeout Duration `config:"connection_timeout" range:"1s..10s" rule:"CF-ORT-01"`

	// ResponseCompletionTimeout bounds the whole exchange with all attempts
	// (CF-ORT-05); not below OriginReadTimeout. 0s, the default, means none.
	ResponseCompletionTimeout Duration `config:"response_completion_timeout" default:"0s"`

	// TLS changes the checks of a TLS origin. Not at AWS.
	// OriginShield says that the origin is asked through Origin Shield
	// (CF-OS-04). Default not.
	OriginShield *OriginShield `config:"origin_shield"`

	// Inject makes the origin go wrong on purpose. Refused in mode production.
	// Default nothing. Not at AWS.
	Inject *Inject `config:"inject"`
	// HealthCheck asks the origin how it is. Absent means never. Not at AWS's
	// CloudFront.
	HealthCheck *HealthCheck `config:"health_check"`

	// Ejection passes the origin over while it fails requests. Absent means
	// that it is asked each time (CF-OG-05). Not at AWS.
	Ejection *Ejection `config:"ejection"`

	// RetryBudget bounds the attempts after the first. Absent means that only
	// ConnectionAttempts does. Not at AWS.
	RetryBudget *RetryBudget `config:"retry_budget"`

	// Concurrency bounds the requests that the origin has at the same time.
	// Absent means that only the bounds of all origins do. Not at AWS.
	Concurrency *Concurrency `config:"concurrency"`

	// Hedging asks a second time where an answer takes long. Absent means
	// never. Not at AWS.
	Hedging *Hedging `config:"hedging"`

	// TLS relaxes the checks of a TLS origin for local use. Not at AWS.
	TLS OriginTLS `config:"tls"`
}

// CustomOriginConfig is AWS's CustomOriginConfig.
type CustomOriginConfig struct {
	// HTTPPort is 80, 443 or 1024 to 65535 (CF-ORT-10). Default 80.
	HTTPPort int `config:"http_port" default:"80"`

	// HTTPSPort is 80, 443 or 1024 to 65535 (CF-ORT-10). Default 443.
	HTTPSPort int `config:"https_port" default:"443"`

	// OriginProtocolPolicy is the scheme toward the origin. Default
	// match-viewer; https-only for API Gateway, which speaks nothing else
	// (AG-SNI-01).
	OriginProtocolPolicy OriginProtocolPolicy `config:"origin_protocol_policy" default:"match-viewer"`

	// IPAddressType is the family of addresses to connect to (CF-DIST-17).
	// Default dualstack: both, and the first that answers is taken.
	IPAddressType IPAddressType `config:"ip_address_type" default:"dualstack"`

	// OriginSSLProtocols are the versions of TLS that may be spoken; TLSv1.3
	// comes with TLSv1.2 (CF-OTLS-01). With TLSv1 or TLSv1.1 old cipher suites
	// come too (CF-OTLS-02). SSLv3 is refused. Default [TLSv1.2].
	OriginSSLProtocols []OriginSSLProtocol `config:"origin_ssl_protocols"`

	// OriginMTLSConfig is the client certificate by which the origin knows the
	// edge (CF-OMTLS). Absent means none, and an origin that asks for one is not
	// used (CF-OTLS-06).
	OriginMTLSConfig *OriginMTLSConfig `config:"origin_mtls_config"`

	// OriginReadTimeout bounds the wait for the first byte and between two
	// packets, 1s to 120s (CF-ORT-03). Default 30s.
	OriginReadTimeout Duration `config:"origin_read_timeout" range:"1s..120s" rule:"CF-ORT-03"`

	// OriginKeepaliveTimeout is how long an idle connection is kept, 1s to
	// 120s (CF-ORT-04). Default 5s.
	OriginKeepaliveTimeout Duration `config:"origin_keepalive_timeout" range:"1s..120s" rule:"CF-ORT-04"`
}

// OriginProtocolPolicy is the scheme that is used toward an origin.
type OriginProtocolPolicy string

// The origin protocol policies.
const (
	OriginProtocolPolicyHTTPOnly    OriginProtocolPolicy = "http-only"
	OriginProtocolPolicyHTTPSOnly   OriginProtocolPolicy = "https-only"
	OriginProtocolPolicyMatchViewer OriginProtocolPolicy = "match-viewer"
)

func (OriginProtocolPolicy) values() []string {
	return []string{"http-only", "https-only", "match-viewer"}
}

// S3OriginConfig marks an S3 REST origin. Without an origin access control its
// requests are not signed, and the bucket must be public.
type S3OriginConfig struct {
	// OriginReadTimeout bounds the wait for the first byte and between two
	// packets, 1s to 120s (CF-ORT-03). Default 30s.
	OriginReadTimeout Duration `config:"origin_read_timeout" range:"1s..120s" rule:"CF-ORT-03"`
}

// OriginTLS changes the checks of a TLS origin: for one that stands in for the
// real one on a private network, or whose certificate has another name.
type OriginTLS struct {
	// InsecureSkipVerify accepts any certificate. Default false.
	InsecureSkipVerify bool `config:"insecure_skip_verify"`

	// CAFile is a PEM file of certificates to trust besides the system's.
	CAFile string `config:"ca_file"`

	// ServerName is what is asked for by SNI, and a name that the certificate
	// may have, instead of the forwarded Host (CF-OTLS-05).
	ServerName string `config:"server_name"`

	// CertificateNames are the names of which the certificate must have one: no
	// other will do (CF-OTLS-05). "*.example.com" is any name with one label
	// before that. At most 20 of at most 64 characters. Default: ServerName or
	// the forwarded Host, and DomainName (CF-OTLS-04).
	CertificateNames []string `config:"certificate_names"`
}

// OriginHeader is one custom header of an origin: name at most 256, value at
// most 1783 characters (CF-OCH-01).
type OriginHeader struct {
	Name  string      `config:"header,key"`   // not one of CF-OCH-04
	Value HeaderValue `config:"value,scalar"` // the whole map entry
}

// OriginsDefaults are the timeouts of origins that do not set their own. Not
// at AWS, whose defaults these are.
type OriginsDefaults struct {
	// ConnectionAttempts is 1 to 3 (CF-ORT-02). Default 3.
	ConnectionAttempts int `config:"connection_attempts" default:"3" range:"1..3" rule:"CF-ORT-02"`

	// ConnectionTimeout is 1s to 10s (CF-ORT-01). Default 10s.
	ConnectionTimeout Duration `config:"connection_timeout" default:"10s" range:"1s..10s" rule:"CF-ORT-01"`

	// OriginReadTimeout is 1s to 120s (CF-ORT-03). Default 30s.
	OriginReadTimeout Duration `config:"origin_read_timeout" default:"30s" range:"1s..120s" rule:"CF-ORT-03"`

	// OriginKeepaliveTimeout is 1s to 120s (CF-ORT-04). Default 5s.
	OriginKeepaliveTimeout Duration `config:"origin_keepalive_timeout" default:"5s" range:"1s..120s" rule:"CF-ORT-04"`
}
