package signedurl

import (
	"net/netip"
	"time"
	"unsafe"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Request is what a signature may be of, as the viewer sent it.
type Request struct {
	Scheme string // http or https
	Host   string // with its port, if it was sent
	Path   string // raw
	// Normal is the path that has chosen the cache behavior (CF-BEH-11).
	Normal string
	Query  string // raw, without "?"
	// HasQuery tells "/a?" from "/a".
	HasQuery bool
	Fields   field.Lines // for its cookies
	Viewer   netip.Addr  // who has connected (CF-SIG-14), or for whom a trusted proxy did
	Now      time.Time
}

// Paths says which views of a request's path a signature must cover: AWS
// documents no normalising (CF-SIG-21), and selects behaviors by the normalised
// path (CF-BEH-15).
type Paths uint8

const (
	// PathsBoth wants the raw and the normalised path covered.
	PathsBoth Paths = iota
	// PathsRaw looks at the raw one alone.
	PathsRaw
)

// String returns the word of the configuration.
func (p Paths) String() string {
	switch p {
	case PathsBoth:
		return "both"
	case PathsRaw:
		return "raw"
	}
	return "Paths(?)"
}

// A Result is what becomes of a request.
type Result struct {
	// Fault is FaultNone if the request may go on.
	Fault Fault
	// Query is the viewer's own (CF-SIG-30), HasQuery as in Request. It may be
	// memory of the Scratch.
	Query    string
	HasQuery bool
}

// A Scratch is memory that calls of a Verifier use one after the other. The zero
// value is ready.
type Scratch struct {
	parameters  parameters
	own, canned []byte
}

// Own returns a query that is not empty without the parameters of a signed URL,
// and whether it is one still. It may be memory of the Scratch.
func (s *Scratch) Own(query string) (own string, hasQuery bool) {
	s.parameters = parameters{}
	own, s.own = s.parameters.read(s.own[:0], query, nil)
	return own, own != "" || s.parameters.source != SourceURL
}

// A Verifier verifies the signatures of requests. Any number of goroutines may
// use it.
type Verifier struct {
	paths    Paths
	verified *verified
}

// NewVerifier returns a Verifier that has verified nothing yet.
func NewVerifier(p Paths) *Verifier { return &Verifier{paths: p, verified: newVerified()} }

// Verify decides about a request to a behavior that trusts keys.
func (v *Verifier) Verify(keys *Keys, r *Request, s *Scratch) Result {
	result, _ := v.verify(keys, r, s, true)
	return result
}

// VerifyKnown is Verify for a caller that has no time to verify a signature: it
// reports whether the Result is one of a signature that was verified before. A
// Fault is never known, since that may be told later as well.
//
// Hot path, BenchmarkVerifyKnown: no allocation.
func (v *Verifier) VerifyKnown(keys *Keys, r *Request, s *Scratch) (Result, bool) {
	return v.verify(keys, r, s, false)
}

func (v *Verifier) verify(keys *Keys, r *Request, s *Scratch, unknown bool) (result Result, known bool) {
	p := &s.parameters
	*p = parameters{}
	result.Query, s.own = p.read(s.own[:0], r.Query, r.Fields)
	result.HasQuery = r.HasQuery && (result.Query != "" || p.source != SourceURL)
	c := claim{parameters: p, keys: keys, own: result.Query}
	if result.Fault = c.prepare(r, s); result.Fault != FaultNone {
		return result, false
	}
	policy := v.verified.find(&c)
	if policy == nil {
		if !unknown {
			return result, false
		}
		if policy, result.Fault = c.verify(); result.Fault != FaultNone {
			return result, false
		}
		v.verified.add(&c, policy)
	}
	result.Fault = policy.conditions(r, result.Query, v.paths)
	return result, result.Fault == FaultNone
}

// A claim is what a request says it has: a signature of a text by a key. All its
// texts are views.
type claim struct {
	*parameters
	keys *Keys
	own  string // the viewer's own query

	key    *PublicKey
	canned bool
	// text is the policy: as sent, or the canned one.
	text string
}

// prepare finds key and text.
func (c *claim) prepare(r *Request, s *Scratch) Fault {
	if f := c.check(); f != FaultNone {
		return f
	}
	if c.key = c.keys.find(c.values[paramKeyID]); c.key == nil {
		return FaultUnknownKey
	}
	if f := c.checkRest(); f != FaultNone {
		return f
	}
	c.canned = c.has(paramExpires)
	if !c.canned {
		if c.text = c.values[paramPolicy]; len(c.text) > maxPolicy {
			return FaultPolicyEncoding
		}
		return FaultNone
	}
	if _, ok := parseTime(c.values[paramExpires]); !ok {
		return FaultExpires
	}
	var signable bool
	s.canned, signable = appendCanned(s.canned[:0], r, c.own, c.values[paramExpires])
	if c.text = view(s.canned); !signable {
		return FaultURL
	}
	return FaultNone
}

// verify decodes, reads and verifies. What is no policy is found out before the
// signature is looked at, as the answers of CF-SIG-54 have it.
func (c *claim) verify() (*compiled, Fault) {
	signature, ok := decode(c.values[paramSignature])
	if !ok {
		return nil, FaultSignatureEncoding
	}
	text := c.text
	var policy *compiled
	if c.canned {
		end, _ := parseTime(c.values[paramExpires])
		policy = &compiled{Policy: Policy{NotAfter: end}, canned: true}
	} else {
		decoded, ok := decode(text)
		if !ok {
			return nil, FaultPolicyEncoding
		}
		text = string(decoded)
		p, err := ParsePolicy(text)
		if err != nil {
			return nil, FaultPolicy
		}
		policy = compile(p)
	}
	if !c.key.verify(c.hash(), text, signature) {
		return nil, FaultSignature
	}
	return policy, FaultNone
}

// view returns bytes as a text without copying them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
