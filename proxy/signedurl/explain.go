package signedurl

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Outcome is how a step of an explanation ended.
type Outcome uint8

// The outcomes.
const (
	OutcomePassed     Outcome = iota
	OutcomeFailed             // the request is refused for it
	OutcomeNotChecked         // something before it is missing
)

// String returns the outcome's word.
func (o Outcome) String() string {
	switch o {
	case OutcomePassed:
		return "pass"
	case OutcomeFailed:
		return "fail"
	case OutcomeNotChecked:
		return "not checked"
	}
	return "Outcome(?)"
}

// A Step is one thing that Verify looks at.
type Step struct {
	Name    string
	Outcome Outcome
	Detail  string // what was found, and what was wanted
}

// A Report says of a request what its signature is of, and whether it is good.
// It has all steps, not only those up to the first that fails.
type Report struct {
	Source Source
	KeyID  string
	Hash   Hash
	Key    *PublicKey // nil if it is not trusted
	// Text is the policy that the signature must be of, "" if it cannot be told.
	Text   string
	Canned bool // Text was made from the URL
	Steps  []Step
	// Fault is what Verify says.
	Fault Fault
}

// Explain reports about a request to a behavior that trusts keys. With nil keys
// nobody is trusted, and what needs a key is not checked. Without the viewer's
// address it is taken for one that is allowed.
func (v *Verifier) Explain(keys *Keys, r *Request) Report {
	known := keys != nil
	if !known {
		keys = NewKeys()
	}
	e := explanation{Verifier: v, r: r, s: new(Scratch)}
	p := &e.s.parameters
	e.own, e.s.own = p.read(nil, r.Query, r.Fields)
	e.claim = claim{parameters: p, keys: keys, own: e.own}
	e.Source, e.KeyID, e.Hash = p.source, p.values[paramKeyID], p.hash()
	e.parameterStep()
	if p.source != SourceNone {
		e.keyStep(known)
		e.policyStep()
		e.signatureStep()
		e.conditionSteps()
	}
	asked := *r
	if !r.Viewer.IsValid() && e.policy != nil {
		asked.Viewer = e.policy.source.Addr()
	}
	e.Fault = v.Verify(keys, &asked, new(Scratch)).Fault
	return e.Report
}

// An explanation is a Report that is being made.
type explanation struct {
	*Verifier
	Report
	r      *Request
	s      *Scratch
	own    string
	claim  claim
	policy *compiled // nil if it is not understood
}

func (e *explanation) add(name string, o Outcome, format string, args ...any) {
	e.Steps = append(e.Steps, Step{name, o, fmt.Sprintf(format, args...)})
}

// pass adds a step that fails if ok is false.
func (e *explanation) pass(name string, ok bool, format string, args ...any) {
	o := OutcomePassed
	if !ok {
		o = OutcomeFailed
	}
	e.add(name, o, format, args...)
}

func (e *explanation) parameterStep() {
	p := e.claim.parameters
	var names []string
	for n := range numParams {
		if p.has(n) {
			names = append(names, n.String())
		}
	}
	f := p.check()
	if f == FaultNone {
		f = p.checkRest()
	}
	switch {
	case f == FaultUnsigned:
		e.add("parameters", OutcomeFailed, "none in the URL, and no cookie")
	case f != FaultNone:
		e.add("parameters", OutcomeFailed, "%s: %s; %s", p.source, strings.Join(names, ", "), f)
	default:
		e.add("parameters", OutcomePassed, "%s: %s", p.source, strings.Join(names, ", "))
	}
}

func (e *explanation) keyStep(known bool) {
	e.Key = e.claim.keys.find(e.KeyID)
	e.claim.key = e.Key
	var ids []string
	for _, k := range e.claim.keys.list {
		ids = append(ids, k.id)
	}
	switch {
	case !known:
		e.add("key", OutcomeNotChecked, "%s; no keys are given", e.KeyID)
	case e.Key == nil && len(ids) == 0:
		e.add("key", OutcomeFailed, "%q, and nobody is trusted", e.KeyID)
	case e.Key == nil:
		e.add("key", OutcomeFailed, "%q is not trusted, %s is", e.KeyID, strings.Join(ids, ", "))
	default:
		e.add("key", OutcomePassed, "%s, %s", e.KeyID, e.Key)
	}
}

func (e *explanation) policyStep() {
	p := e.claim.parameters
	if p.has(paramExpires) && !p.has(paramPolicy) {
		end, ok := parseTime(p.values[paramExpires])
		text, signable := appendCanned(nil, e.r, e.own, p.values[paramExpires])
		switch {
		case !ok:
			e.add("policy", OutcomeFailed, "Expires is %q, want seconds since 1970", p.values[paramExpires])
		case !signable:
			e.add("policy", OutcomeFailed, "the URL has a character that no canned policy can have")
		default:
			e.Text, e.Canned, e.claim.canned, e.claim.text = string(text), true, true, string(text)
			e.policy = &compiled{Policy: Policy{NotAfter: end}, canned: true}
			e.add("policy", OutcomePassed, "canned, made from the URL")
		}
		return
	}
	text := p.values[paramPolicy]
	decoded, ok := decode(text)
	switch {
	case !p.has(paramPolicy):
		e.add("policy", OutcomeNotChecked, "there is neither Policy nor Expires")
		return
	case len(text) > maxPolicy:
		e.add("policy", OutcomeFailed, "%d characters, want at most %d", len(text), maxPolicy)
		return
	case !ok:
		e.add("policy", OutcomeFailed, "not base64 with -, _ and ~ for +, = and / (CF-SIG-05)")
		return
	}
	e.Text, e.claim.text = string(decoded), text
	parsed, err := ParsePolicy(e.Text)
	if err != nil {
		e.add("policy", OutcomeFailed, "%v", err)
		return
	}
	e.policy = compile(parsed)
	e.add("policy", OutcomePassed, "custom")
}

func (e *explanation) signatureStep() {
	text := e.claim.values[paramSignature]
	signature, ok := decode(text)
	switch {
	case text == "":
		e.add("signature", OutcomeFailed, "there is none")
	case !ok:
		e.add("signature", OutcomeFailed, "not base64 with -, _ and ~ for +, = and / (CF-SIG-05)")
	case e.Hash == HashUnknown:
		e.add("signature", OutcomeFailed, "Hash-Algorithm is %q, want SHA1 or SHA256", e.claim.values[paramHash])
	case e.Key == nil || e.policy == nil:
		e.add("signature", OutcomeNotChecked, "%s, %d bytes", e.Hash, len(signature))
	default:
		ok := e.Key.verify(e.Hash, e.Text, signature)
		what := "of this policy by this key"
		if !ok {
			what = "not " + what + e.guess(signature)
		}
		e.pass("signature", ok, "%s, %s", e.Hash, what)
	}
}

// guess says what else a signature may be of: of the same with another hash, by
// another trusted key, or of a URL that is nearly this one.
func (e *explanation) guess(signature []byte) string {
	for _, h := range []Hash{HashSHA1, HashSHA256} {
		if e.Key.verify(h, e.Text, signature) {
			return "; it is, with " + h.String()
		}
	}
	for _, k := range e.claim.keys.list {
		if k.verify(e.Hash, e.Text, signature) {
			return "; it is, by " + k.id
		}
	}
	if !e.Canned {
		return ""
	}
	for _, near := range e.nearby() {
		text, ok := appendCanned(nil, &near.Request, near.own, e.claim.values[paramExpires])
		if ok && e.Key.verify(e.Hash, string(text), signature) {
			return "; it is one of " + near.url(near.Path, near.own)
		}
	}
	return ""
}

type nearURL struct {
	Request
	own string
}

// nearby returns URLs for which this one is easily mistaken.
func (e *explanation) nearby() []nearURL {
	var all []nearURL
	add := func(change func(*nearURL)) {
		near := nearURL{Request: *e.r, own: e.own}
		change(&near)
		all = append(all, near)
	}
	add(func(n *nearURL) { n.Scheme = map[string]string{"http": "https", "https": "http"}[n.Scheme] })
	add(func(n *nearURL) { n.own = "" })
	add(func(n *nearURL) { n.Path = n.Normal })
	add(func(n *nearURL) { n.Path = strings.TrimSuffix(n.Path, "/") })
	add(func(n *nearURL) { n.Path += "/" })
	add(func(n *nearURL) { n.Host, _, _ = strings.Cut(n.Host, ":") })
	add(func(n *nearURL) { n.Host = strings.ToLower(n.Host) })
	pairs := strings.Split(e.own, "&")
	for i := range min(len(pairs), 20) {
		add(func(n *nearURL) { n.own = strings.Join(slices.Concat(pairs[:i], pairs[i+1:]), "&") })
	}
	return all
}

func (e *explanation) conditionSteps() {
	if e.policy == nil {
		return
	}
	c, r := e.policy, e.r
	f := c.checkTime(r.Now)
	e.pass("DateLessThan", f != FaultExpired, "%s, %s", moment(c.NotAfter), away(c.NotAfter, r.Now))
	if c.HasNotBefore {
		early := r.Now.Unix() <= c.NotBefore
		e.pass("DateGreaterThan", !early, "%s, %s", moment(c.NotBefore), away(c.NotBefore, r.Now))
	}
	if c.HasSourceIP && c.source.IsValid() && !r.Viewer.IsValid() {
		e.add("IpAddress", OutcomeNotChecked, "%s; the viewer's address is not given", c.SourceIP)
	} else if c.HasSourceIP {
		detail := fmt.Sprintf("%s, the viewer is %s", c.SourceIP, r.Viewer)
		if !c.source.IsValid() {
			detail += "; that is no range of IPv4 addresses such as 192.0.2.0/24"
		}
		e.pass("IpAddress", c.admits(r.Viewer), "%s", detail)
	}
	url := r.url(r.Path, e.own)
	switch f := c.covers(r, e.own, e.paths); {
	case c.canned && f == FaultNone:
		e.add("Resource", OutcomePassed, "%s, which is part of the policy", url)
	case c.resource == nil && !c.canned:
		e.add("Resource", OutcomePassed, "none: any URL")
	case f == FaultNormalizedResource:
		e.add("Resource", OutcomeFailed, "%s does, but by its normalised path it is %s (CF-BEH-15)", url, r.url(r.Normal, e.own))
	default:
		e.pass("Resource", f == FaultNone, "%s, the URL is %s", c.Resource, url)
	}
}

// url returns the URL that a resource is compared with.
func (r *Request) url(path, own string) string {
	url := r.Scheme + "://" + r.Host + path
	if own != "" {
		url += "?" + own
	}
	return url
}

// latest is the last second that time.Time can print as a year of four digits.
const latest = 253402300799

func moment(seconds int64) string {
	if seconds > latest {
		return fmt.Sprintf("%d", seconds)
	}
	return fmt.Sprintf("%d (%s)", seconds, time.Unix(seconds, 0).UTC().Format(time.RFC3339))
}

// away says how far a second is from now.
func away(seconds int64, now time.Time) string {
	const day = 24 * 60 * 60
	span := func(seconds int64) string {
		if seconds >= 3*day {
			return fmt.Sprintf("%d days", seconds/day)
		}
		return (time.Duration(seconds) * time.Second).String()
	}
	d := seconds - now.Unix()
	if d < 0 {
		return span(-d) + " ago"
	}
	return "in " + span(d)
}
