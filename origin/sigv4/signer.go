package sigv4

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// Service is what a request is signed for.
type Service uint8

// The services: those of origin access control (CF-OAC-01), and API Gateway.
const (
	ServiceExecuteAPI Service = iota
	ServiceS3
	ServiceLambda // function URLs
	ServiceMediaStore
	ServiceMediaPackageV2
	serviceCount
)

// payload is what a signature says of the content.
type payload uint8

const (
	payloadHashed   payload = iota // its hash, for which it must be read before
	payloadUnsigned                // nothing, over TLS only
	payloadViewer                  // the hash that the viewer tells (CF-OAC-03)
)

// String returns the payload in lower case.
func (p payload) String() string {
	switch p {
	case payloadHashed:
		return "hashed"
	case payloadUnsigned:
		return "unsigned"
	case payloadViewer:
		return "viewer"
	}
	return fmt.Sprintf("payload(%d)", uint8(p))
}

// services say how requests to each are signed.
var services = [serviceCount]struct {
	name    string // in the credential scope
	payload payload
	// limit bounds content that must be hashed.
	limit int64
	// once: the path is encoded once in what is signed, which is S3's way. The
	// others encode what is sent once more (AG-SIG-02).
	once bool
	// plain: only the fields of the signature are signed (AG-SIG-05). The
	// others want every x-amz-* field signed, that of CloudFront's own too.
	plain bool
	// strict: a path that the service may normalise first is refused.
	strict bool
}{
	ServiceExecuteAPI:     {name: "execute-api", payload: payloadHashed, limit: 10_485_760, plain: true, strict: true}, // AG-SIG-04, AG-LIM-02
	ServiceS3:             {name: "s3", payload: payloadUnsigned, once: true},
	ServiceLambda:         {name: "lambda", payload: payloadViewer},
	ServiceMediaStore:     {name: "mediastore", payload: payloadUnsigned},
	ServiceMediaPackageV2: {name: "mediapackagev2", payload: payloadUnsigned},
}

// String returns the service's name in credential scopes.
func (s Service) String() string {
	if s < serviceCount {
		return services[s].name
	}
	return fmt.Sprintf("Service(%d)", uint8(s))
}

// Behavior is CloudFront's SigningBehavior (CF-OAC-02); never is to have no
// Signer.
type Behavior uint8

// The behaviors.
const (
	BehaviorAlways     Behavior = iota // a viewer's Authorization is overwritten
	BehaviorNoOverride                 // one that is forwarded is sent, and nothing signed
)

// String returns the behavior as CloudFront's API spells it.
func (b Behavior) String() string {
	switch b {
	case BehaviorAlways:
		return "always"
	case BehaviorNoOverride:
		return "no-override"
	}
	return fmt.Sprintf("Behavior(%d)", uint8(b))
}

// Options configure a Signer.
type Options struct {
	Service  Service
	Region   string // such as "us-east-1"
	Behavior Behavior
	// Credentials give the keys. They are shared by all signers.
	Credentials *Credentials
	// Memory is for content that must be hashed; shared, too. Nil means
	// 64 MiB for this Signer.
	Memory *Memory
	// Now is the true time, which signatures tell; nil means time.Now.
	Now func() time.Time
}

// A Signer signs requests to one origin. Its methods may be called from any
// goroutine.
type Signer struct {
	options Options
	signer  *v4.Signer
}

var _ origin.Signer = (*Signer)(nil)

// New returns a Signer.
func New(o Options) *Signer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Memory == nil {
		o.Memory = NewMemory(64 << 20)
	}
	s := &Signer{options: o}
	s.signer = v4.NewSigner(func(v *v4.SignerOptions) { v.DisableURIPathEscaping = services[o.Service].once })
	return s
}

// String returns what the Signer signs for: "s3 us-east-1 always".
func (s *Signer) String() string {
	return s.options.Service.String() + " " + s.options.Region + " " + s.options.Behavior.String()
}

// The fields that signing sets or removes.
const (
	fieldAuthorization = "Authorization"
	fieldDate          = "X-Amz-Date"
	fieldToken         = "X-Amz-Security-Token"
	fieldContentHash   = "X-Amz-Content-Sha256"
)

// Sign implements origin.Signer.
func (s *Signer) Sign(ctx context.Context, r *origin.Request) (done func(), err error) {
	if s.options.Behavior == BehaviorNoOverride && r.Fields.Has(fieldAuthorization) {
		passSignature(r)
		return nil, nil
	}
	if err := s.settleTarget(r); err != nil {
		return nil, err
	}
	keys, err := s.options.Credentials.Keys(ctx)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "sign request", Err: err}
	default:
		return nil, &origin.Error{Kind: origin.ErrorSigning, Op: "sign request", Err: err}
	}
	hash, done, err := s.contentHash(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.sign(ctx, r, keys, hash); err != nil {
		if done != nil {
			done()
		}
		return nil, &origin.Error{Kind: origin.ErrorSigning, Op: "sign request", Err: err}
	}
	return done, nil
}

// settleTarget gives the target the spelling that is signed.
func (s *Signer) settleTarget(r *origin.Request) error {
	path, query, hasQuery := strings.Cut(r.Target, "?")
	service := &services[s.options.Service]
	switch {
	case r.Version == origin.VersionHTTP2 && service.payload == payloadHashed:
		return &origin.Refusal{Status: 400, Reason: "a call whose content goes both ways cannot be signed"}
	case !strings.HasPrefix(path, "/"):
		return &origin.Refusal{Status: 400, Reason: "a request without a path cannot be signed"}
	case service.once:
		path = canonicalPath(path)
	case service.strict && ambiguousPath(path):
		return &origin.Refusal{Status: 400, Reason: "a path with empty or dot segments cannot be signed"}
	}
	r.Target = path
	if hasQuery {
		r.Target += "?" + canonicalQuery(query)
	}
	return nil
}

// contentHash returns what the signature says of the content.
func (s *Signer) contentHash(ctx context.Context, r *origin.Request) (hash string, done func(), err error) {
	service := &services[s.options.Service]
	switch {
	case r.Body == nil || r.ContentLength == 0:
		return emptyHash, nil, nil
	case service.payload == payloadHashed:
		return s.options.Memory.hashContent(ctx, r, service.limit)
	case service.payload == payloadViewer && validHash(r.ContentHash):
		return r.ContentHash, nil, nil
	}
	return unsigned, nil, nil // which a function URL refuses (CF-OAC-03)
}

// sign signs r and adds the fields that say so. The SDK's request has only
// what is signed.
func (s *Signer) sign(ctx context.Context, r *origin.Request, keys Keys, hash string) error {
	service := &services[s.options.Service]
	for _, name := range []string{fieldAuthorization, fieldDate, fieldToken, fieldContentHash} {
		r.Fields.Del(name)
	}
	path, query, _ := strings.Cut(r.Target, "?")
	h := make(http.Header, 8)
	if !service.plain {
		h[fieldContentHash] = []string{hash}
		for _, l := range r.Fields {
			if field.HasPrefixFold(l.Name, "x-amz-") {
				h.Add(l.Name, l.Value)
			}
		}
	}
	signed := &http.Request{
		Method: r.Method, Host: r.Host, Header: h,
		URL: &url.URL{Scheme: r.Scheme, Host: r.Host, Opaque: "//" + r.Host + path, RawQuery: query},
	}
	credentials := aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken}
	if err := s.signer.SignHTTP(ctx, credentials, signed, hash, service.name, s.options.Region, s.options.Now()); err != nil {
		return err
	}
	for _, name := range []string{fieldContentHash, fieldDate, fieldToken, fieldAuthorization} {
		if value := h.Get(name); value != "" {
			r.Fields = append(r.Fields, field.Line{Name: name, Value: value})
		}
	}
	return nil
}
