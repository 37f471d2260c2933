package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Caller is an identity that may sign requests.
type Caller struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // of temporary credentials
	Expires         time.Time // of those; zero for never
}

// A Signed request is one as it came over the wire.
type Signed struct {
	Method, Target, Host string
	Lines                field.Lines // without Host
	Content              []byte
}

// A SignatureCheck verifies AWS Signature Version 4 in the way the service
// does, from the specification alone and with no line in common with what
// signs (AG-EMU-08, AG-SIG-01 to AG-SIG-04).
type SignatureCheck struct {
	Service string // "execute-api", "s3", "lambda"
	Region  string
	Callers []Caller
}

// signatureSkew is how far the time in a signature may be off (AG-SIG-05).
const signatureSkew = 5 * time.Minute

var (
	errNotSigned     = errors.New("the request is not signed")
	errUnknownCaller = errors.New("the access key or the session token is not known")
	errTokenExpired  = errors.New("the session token has expired")
)

// Verify returns nil for a request with a good signature.
func (v SignatureCheck) Verify(r Signed, now time.Time) error {
	a, err := parseAuthorization(r.Lines.Get("Authorization"))
	if err != nil {
		return err
	}
	stamp := r.Lines.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	switch {
	case err != nil:
		return fmt.Errorf("x-amz-date %q: want the form 20060102T150405Z", stamp)
	case at.Sub(now).Abs() > signatureSkew:
		return fmt.Errorf("signature expired: it says %s, and it is %s", stamp, now.UTC().Format("20060102T150405Z"))
	}
	scope := strings.Join([]string{stamp[:8], v.Region, v.Service, "aws4_request"}, "/")
	if a.scope != scope {
		return fmt.Errorf("credential scope: got %s, want %s", a.scope, scope)
	}
	caller, err := v.caller(a.keyID, r.Lines.Get("X-Amz-Security-Token"), now)
	if err != nil {
		return err
	}
	canonical, err := v.canonical(r, a.names)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(canonical))
	toSign := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + caller.SecretAccessKey)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	if want := hex.EncodeToString(mac(key, toSign)); !hmac.Equal([]byte(want), []byte(a.signature)) {
		return fmt.Errorf("signature: got %s, want %s, of the canonical request\n%s", a.signature, want, canonical)
	}
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// An authorization is what the field of that name says.
type authorization struct {
	keyID, scope string
	names        []string // of the signed fields
	signature    string
}

func parseAuthorization(value string) (authorization, error) {
	rest, isOurs := strings.CutPrefix(value, "AWS4-HMAC-SHA256 ")
	if !isOurs {
		return authorization{}, errNotSigned
	}
	var a authorization
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			a.keyID, a.scope, _ = strings.Cut(value, "/")
		case "SignedHeaders":
			a.names = strings.Split(value, ";")
		case "Signature":
			a.signature = value
		}
	}
	if a.keyID == "" || a.signature == "" || !slices.IsSorted(a.names) {
		return authorization{}, fmt.Errorf("authorization %q is malformed", value)
	}
	return a, nil
}

func (v SignatureCheck) caller(keyID, token string, now time.Time) (Caller, error) {
	for _, c := range v.Callers {
		switch {
		case c.AccessKeyID != keyID || c.SessionToken != token:
		case !c.Expires.IsZero() && now.After(c.Expires):
			return Caller{}, errTokenExpired
		default:
			return c, nil
		}
	}
	return Caller{}, errUnknownCaller
}

// canonical returns the canonical request (AG-SIG-01), or what is wrong with
// the fields that are signed.
func (v SignatureCheck) canonical(r Signed, names []string) (string, error) {
	if err := v.checkNames(r.Lines, names); err != nil {
		return "", err
	}
	path, query, _ := strings.Cut(r.Target, "?")
	var fields strings.Builder
	for _, name := range names {
		value := r.Host
		if name != "host" {
			var values []string
			for _, l := range r.Lines {
				if strings.EqualFold(l.Name, name) {
					values = append(values, strings.Join(strings.Fields(l.Value), " "))
				}
			}
			if values == nil {
				return "", fmt.Errorf("field %s is signed and not there", name)
			}
			value = strings.Join(values, ",")
		}
		fields.WriteString(name + ":" + value + "\n")
	}
	hash, err := v.contentHash(r)
	return strings.Join([]string{r.Method, v.canonicalPath(path), canonicalQuery(query), fields.String(), strings.Join(names, ";"), hash}, "\n"), err
}

// checkNames holds the list of signed fields to what must be in it. S3 wants
// all x-amz-* fields, whoever has added them.
func (v SignatureCheck) checkNames(lines field.Lines, names []string) error {
	must := []string{"host", "x-amz-date"}
	for _, l := range lines {
		name := strings.ToLower(l.Name)
		if name == "x-amz-security-token" || v.Service != "execute-api" && strings.HasPrefix(name, "x-amz-") {
			must = append(must, name)
		}
	}
	for _, name := range must {
		if !slices.Contains(names, name) {
			return fmt.Errorf("field %s is there and not signed", name)
		}
	}
	return nil
}

// contentHash returns the hash that is signed; what a field says of it must be
// true.
func (v SignatureCheck) contentHash(r Signed) (string, error) {
	sum := sha256.Sum256(r.Content)
	hash := hex.EncodeToString(sum[:])
	told, tells := r.Lines.Lookup("X-Amz-Content-Sha256")
	switch {
	case v.Service == "s3" && !tells:
		return "", errors.New("x-amz-content-sha256 is missing")
	case !tells, told == hash:
		return hash, nil
	case told == "UNSIGNED-PAYLOAD" && v.Service == "s3":
		return told, nil
	}
	return "", fmt.Errorf("x-amz-content-sha256: got %s, want %s", told, hash)
}

// canonicalPath encodes the path as it was sent once more; for S3 it is that
// of the object, encoded once (AG-SIG-02).
func (v SignatureCheck) canonicalPath(path string) string {
	if v.Service == "s3" {
		if decoded, err := url.PathUnescape(path); err == nil {
			path = decoded
		}
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = rfc3986(s)
	}
	return strings.Join(segments, "/")
}

func canonicalQuery(query string) string {
	var pairs [][2]string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, [2]string{rfc3986(unescaped(name)), rfc3986(unescaped(value))})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = p[0] + "=" + p[1]
	}
	return strings.Join(texts, "&")
}

func unescaped(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// rfc3986 is url.QueryEscape with %20 for a space.
func rfc3986(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// signed refuses a call whose signature is not good, if the API wants one.
func (s *Standin) signed(c *call) error {
	if len(s.opts.Callers) == 0 {
		return nil
	}
	check := SignatureCheck{Service: "execute-api", Region: s.opts.Region, Callers: s.opts.Callers}
	err := check.Verify(Signed{
		Method: c.r.Method, Target: c.r.RequestURI, Host: c.r.Host, Lines: linesOf(c.r.Header), Content: c.content,
	}, c.now)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNotSigned):
		return missingAuthenticationToken
	case errors.Is(err, errUnknownCaller):
		return unrecognizedClient
	case errors.Is(err, errTokenExpired):
		return expiredToken
	}
	return invalidSignature
}
