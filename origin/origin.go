// Package origin describes the servers a distribution asks: the Origin as it
// is configured, the Request that is sent to it, the Response it gives, and
// the Error that is reported when it gives none.
//
// It holds data and rules only. Sockets are in origin/transport, the choice
// of what is forwarded in origin/requestpolicy.
package origin

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/inject"
)

// ProtocolPolicy is CloudFront's OriginProtocolPolicy.
type ProtocolPolicy uint8

// The origin protocol policies. Match-viewer uses the scheme of the viewer's
// request that causes the fetch; it does not split the cache (CF-KEY-28).
const (
	ProtocolHTTPOnly ProtocolPolicy = iota
	ProtocolHTTPSOnly
	ProtocolMatchViewer
)

// String returns the policy as CloudFront's API spells it.
func (p ProtocolPolicy) String() string {
	switch p {
	case ProtocolHTTPOnly:
		return "http-only"
	case ProtocolHTTPSOnly:
		return "https-only"
	case ProtocolMatchViewer:
		return "match-viewer"
	}
	return "ProtocolPolicy(?)"
}

// An Origin is one configured origin, with every default resolved. It is
// immutable and shared by all requests of its Snapshot.
type Origin struct {
	// ID is the name under which behaviors refer to the origin.
	ID string
	// DomainName is the name CloudFront would resolve; it is also the Host
	// sent unless a policy forwards the viewer's (CF-HDR-17, CF-HDR-55).
	DomainName string
	// ConnectTo, if set, is the address ("host:port", or "unix:/path" for a
	// Unix socket) that is dialled instead of DomainName and its port. Host and TLS name stay those of the origin.
	// ConnectScheme, if set, is "http" or "https" and overrides the scheme
	// that is spoken on the wire, without changing what policies decide.
	ConnectTo     string
	ConnectScheme string
	// Link says how connections are made, where there is more to say; nil
	// otherwise.
	Link *Link
	// Path is prepended to the request path (CF-OPATH-01); "" or "/prod".
	Path string
	// Protocol, HTTPPort and HTTPSPort choose scheme and port.
	Protocol            ProtocolPolicy
	HTTPPort, HTTPSPort int
	// CustomHeaders are added to every request and win over the viewer's
	// fields of the same name (CF-OCH-03).
	CustomHeaders field.Lines
	// Secrets are custom headers, too, whose values may change.
	Secrets []Secret
	// S3 marks an S3 origin: a few error caching and header rules differ
	// (CF-ECT-11, CF-RESP-07).
	S3 bool

	// Adapter, if set, answers instead of an HTTP server of this name.
	Adapter Adapter

	// Signer signs all requests; nil for none.
	Signer Signer

	// Shield is the region of Origin Shield if that is what is asked, "" if not
	// (CF-OS-04).
	Shield string

	// Faults decides what goes wrong on purpose; nil for nothing. It concerns
	// servers on the network that are asked by HTTP/1.1.
	Faults *inject.Injector

	// Attempts is the number of connection attempts, 1-3, and the number of
	// tries after a response timeout of GET and HEAD (CF-ORT-02, CF-ORT-06).
	Attempts int
	// ConnectTimeout bounds one attempt to connect, TLS included (CF-ORT-01).
	ConnectTimeout time.Duration
	// ReadTimeout bounds the wait for the first byte of the response and for
	// each following packet (CF-ORT-03).
	ReadTimeout time.Duration
	// KeepAliveTimeout is how long an idle connection is kept (CF-ORT-04).
	KeepAliveTimeout time.Duration
	// CompletionTimeout bounds everything, all attempts included; 0 means no
	// bound (CF-ORT-05).
	CompletionTimeout time.Duration

	// Retries bounds the tries after the first of each request, beside
	// Attempts; nil for no bound. It is shared with the origin of later
	// Snapshots that is configured alike. Not at AWS.
	Retries *Budget

	// Gate bounds the requests that it has at a time; nil for no bound. It is
	// shared as Retries is. Not at AWS.
	Gate *Gate

	// TLSInsecure accepts any certificate (development only). TLSRootsPEM
	// replaces the system's certification authorities.
	TLSInsecure bool
	TLSRootsPEM []byte
}

// A Secret is a custom header whose value may change while the edge runs
// (AG-SEC-02).
type Secret struct {
	Name string
	Load func() string // the value now
}

// Headers returns the custom headers as they are now.
func (o *Origin) Headers() field.Lines {
	if len(o.Secrets) == 0 {
		return o.CustomHeaders
	}
	lines := o.CustomHeaders.Clone()
	for _, s := range o.Secrets {
		lines.Add(s.Name, s.Load())
	}
	return lines
}

// Scheme returns the scheme by the origin protocol policy for a viewer that
// came by viewerScheme.
func (o *Origin) Scheme(viewerScheme string) string {
	switch o.Protocol {
	case ProtocolHTTPOnly:
		return "http"
	case ProtocolHTTPSOnly:
		return "https"
	}
	return viewerScheme
}

// Port returns the origin's port for a scheme, 80 or 443 unless configured.
func (o *Origin) Port(scheme string) int {
	if scheme == "https" {
		return cmp.Or(o.HTTPSPort, 443)
	}
	return cmp.Or(o.HTTPPort, 80)
}

// Version is the version of HTTP that an origin is asked by.
type Version uint8

// The versions.
const (
	VersionHTTP11 Version = iota
	VersionHTTP2          // for gRPC (CF-GRPC): both ways at once, trailers
)

// String returns the version as Via and logs name it.
func (v Version) String() string {
	switch v {
	case VersionHTTP11:
		return "HTTP/1.1"
	case VersionHTTP2:
		return "HTTP/2.0"
	}
	return "Version(?)"
}

// A Request is what is sent to an origin, complete: nothing is added on the
// way but framing and Connection.
type Request struct {
	Method string
	// Version is the version of HTTP that it is sent by.
	Version Version
	// Scheme is "http" or "https" by the origin's protocol policy.
	Scheme string
	// Host is the Host field; with TLS also the name certificates are checked
	// for beside the origin's domain name (CF-HDR-56).
	Host string
	// Target is the request target: origin path, raw path, "?" and query.
	Target string
	Fields field.Lines
	// Body is nil when there is none. ContentLength is -1 when unknown.
	Body          io.Reader
	ContentLength int64
	// ContentHash is the SHA-256 of Body in hexadecimal, as the viewer says in
	// X-Amz-Content-Sha256, for a Signer (CF-OAC-03). It is not verified.
	ContentHash string
	// Upgrade is the protocol that the connection shall go on with
	// ("websocket"), "" for none. The fields do not say so: the transport does
	// (CF-WS-03).
	Upgrade string
	// Ends are those of the connection of the viewer that it is sent for. They
	// are used only for origins that are told by the PROXY protocol.
	Ends Ends
	// Interim, if set, is called with each interim response that comes before
	// the final one, by the goroutine of the round trip. It owns the fields,
	// hop-by-hop ones removed.
	Interim func(status int, fields field.Lines)
}

// A Response is an origin's final response.
type Response struct {
	Status int
	// Fields are the header fields as received, hop-by-hop ones removed.
	Fields field.Lines
	// ContentLength is -1 when the origin did not say (chunked, or until the
	// connection closes).
	ContentLength int64
	// Chunked tells that the content came in chunked coding (CF-RESP-46).
	Chunked bool
	// Body is never nil and must be closed. Its Read returns *Error when the
	// content ends early, stalls past the read timeout or breaks the framing;
	// io.EOF only after the complete content.
	Body io.ReadCloser
	// Pending tells that none of the content came with the head: there may be
	// none for long.
	Pending bool
	// Trailers returns the fields behind the content, once Body has ended with
	// io.EOF. It is nil where they are not kept: over HTTP/1.1 (CF-RESP-26).
	Trailers func() field.Lines
	// Tunnel is set when the origin goes on with the protocol that was asked
	// for, which Status 101 says. It is both directions of the connection and
	// must be closed; reading and writing may be two goroutines. Body is empty
	// then.
	Tunnel io.ReadWriteCloser
	// Timing says where the time went.
	Timing Timing
}

// A RoundTripper sends one request to an origin and returns the final response,
// whose body the caller must close. Its error is an *Error. ctx governs the
// body too. Once that is closed, the memory of a request without content may
// be another's.
type RoundTripper interface {
	RoundTrip(ctx context.Context, o *Origin, r *Request) (*Response, error)
}

// An Adapter answers requests in a way of its own: from files, by an invocation.
// Where it needs a server, it asks by next. It keeps the contract of RoundTripper.
type Adapter interface {
	RoundTrip(ctx context.Context, next RoundTripper, o *Origin, r *Request) (*Response, error)
}

// Timing are the phases of one round trip; zero for what did not happen on a
// reused connection.
type Timing struct {
	DNS, Connect, TLS, FirstByte time.Duration
	Reused                       bool
	Attempts                     int
}
