package sigv4

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

var (
	testKeys = Keys{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	testNow  = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
)

func newSigner(t testing.TB, o Options, keys Keys) *Signer {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return testNow }
	}
	o.Region = "us-east-1"
	o.Credentials = NewCredentials(Static(keys), nil, slog.New(slog.DiscardHandler))
	t.Cleanup(o.Credentials.Close)
	return New(o)
}

// verify holds a signed request against the stand-in's verification, which
// shares nothing with what signs.
func verify(s *Signer, keys Keys, r *origin.Request) error {
	var content []byte
	if r.Body != nil {
		content, _ = io.ReadAll(r.Body)
	}
	check := standin.SignatureCheck{Service: s.options.Service.String(), Region: "us-east-1", Callers: []standin.Caller{{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
	}}}
	return check.Verify(standin.Signed{Method: r.Method, Target: r.Target, Host: r.Host, Lines: r.Fields, Content: content}, testNow)
}

// The examples of the S3 reference that sign no other fields than we do.
func TestPublishedSignatures(t *testing.T) {
	now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	s := newSigner(t, Options{Service: ServiceS3, Now: func() time.Time { return now }},
		Keys{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"})
	for target, signature := range map[string]string{
		"/?lifecycle":           "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		"/?max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		"/?prefix=J&max-keys=2": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
	} {
		r := &origin.Request{Method: "GET", Scheme: "https", Host: "examplebucket.s3.amazonaws.com", Target: target}
		if _, err := s.Sign(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		want := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + signature
		if got := r.Fields.Get("Authorization"); got != want || r.Target != target {
			t.Errorf("%s: got %s\n%s\nwant\n%s", target, r.Target, got, want)
		}
	}
}

// What is signed verifies, for every service, in whatever way target and
// fields are spelt.
func TestSignatureVerifies(t *testing.T) {
	for service := range serviceCount {
		for _, target := range []string{
			"/", "/prod/items", "/prod/items/", "/a%20b/c%2Fd", "/ab!$'()*+,;:@&=~-_.", "/%e2%82%ac/%7E",
			"/x?", "/x?a=1", "/x?b=2&a=1&a=0", "/x?a", "/x?a=&=b", "/x?a=b+c&d=%2B", "/x?a=%zz&b=%", "/x?a;b=1;2", "/x?&&a=1&", "/x?q=%C3%A9&r=a/b?c:d@e", "/x?a=b=c",
		} {
			for _, keys := range []Keys{testKeys, {AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "s/e+c", SessionToken: "to/ken+=="}} {
				s := newSigner(t, Options{Service: service}, keys)
				r := &origin.Request{
					Method: "GET", Scheme: "https", Host: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Target: target,
					Fields: field.Lines{{Name: "Accept", Value: "*/*"}, {Name: "X-Amz-Cf-Id", Value: "id=="}, {Name: "x-amz-meta-a", Value: " b   c "}, {Name: "Authorization", Value: "viewer"}, {Name: "X-Amz-Date", Value: "viewer"}, {Name: "X-Amz-Security-Token", Value: "viewer"}},
				}
				if _, err := s.Sign(t.Context(), r); err != nil {
					t.Errorf("%s %s: %v", service, target, err)
					continue
				}
				if err := verify(s, keys, r); err != nil {
					t.Errorf("%s %s, sent as %s: %v", service, target, r.Target, err)
				}
				if r.Fields.Joined("Authorization") == "" || strings.Contains(r.Fields.Joined("Authorization"), "viewer") {
					t.Errorf("%s: got Authorization %q", service, r.Fields.Joined("Authorization"))
				}
			}
		}
	}
}

// Of content its hash is signed, or nothing, or what the viewer says of it
// (AG-SIG-04, CF-OAC-03).
func TestContent(t *testing.T) {
	const hash = "5d41402abc4b2a76b9719d911017c592ae2b1b3f5c8f9d0a1b2c3d4e5f60718a" // no content's: it is not verified here
	for _, tt := range []struct {
		service    Service
		told       string
		length     int64
		wantField  string
		wantLength int64
	}{
		{ServiceExecuteAPI, "", 5, "", 5},
		{ServiceExecuteAPI, "", -1, "", 5}, // what was chunked has a length now
		{ServiceExecuteAPI, hash, 5, "", 5},
		{ServiceS3, "", 5, "UNSIGNED-PAYLOAD", 5},
		{ServiceS3, hash, -1, "UNSIGNED-PAYLOAD", -1},
		{ServiceS3, "", 0, emptyHash, 0},
		{ServiceLambda, hash, 5, hash, 5},
		{ServiceLambda, "", 5, "UNSIGNED-PAYLOAD", 5},
		{ServiceLambda, strings.ToUpper(hash), 5, "UNSIGNED-PAYLOAD", 5},
		{ServiceMediaStore, "", 5, "UNSIGNED-PAYLOAD", 5},
	} {
		s := newSigner(t, Options{Service: tt.service}, testKeys)
		r := &origin.Request{
			Method: "PUT", Scheme: "https", Host: "h", Target: "/", Body: strings.NewReader("hello"), ContentLength: tt.length, ContentHash: tt.told,
			Fields: field.Lines{{Name: "X-Amz-Content-Sha256", Value: "viewer"}},
		}
		done, err := s.Sign(t.Context(), r)
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if got := r.Fields.Get("X-Amz-Content-Sha256"); r.ContentLength != tt.wantLength || tt.service != ServiceExecuteAPI && got != tt.wantField {
			t.Errorf("%+v: got hash %s, length %d", tt, got, r.ContentLength)
		}
		if tt.service == ServiceExecuteAPI {
			if err := verify(s, testKeys, r); err != nil {
				t.Errorf("%+v: %v", tt, err)
			}
			if s.options.Memory.InUse() == 0 {
				t.Errorf("%+v: nothing is held", tt)
			}
			done()
		}
		if n := s.options.Memory.InUse(); n != 0 {
			t.Errorf("%+v: %d bytes are still held", tt, n)
		}
	}
}

// Content that cannot be signed is refused, and nothing of it is kept.
func TestContentRefused(t *testing.T) {
	const limit = 10_485_760 // AG-LIM-02
	broken := errors.New("viewer has gone")
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		memory int64
		want   string
	}{
		{"announced too long", strings.NewReader(""), limit + 1, 1 << 30, "origin: refused with 413: its content is longer than can be signed"},
		{"turns out too long", io.LimitReader(zeros{}, limit+1), -1, 1 << 30, "origin: refused with 413: its content is longer than can be signed"},
		{"no memory", io.LimitReader(zeros{}, 100_000), -1, 64 << 10, "origin: refused with 503: memory for signed content is used up"},
		{"breaks off", io.MultiReader(strings.NewReader("abc"), failing{broken}), 5, 1 << 30, "origin: read request body: canceled: viewer has gone"},
		{"is cut off", io.MultiReader(strings.NewReader("abc"), failing{io.ErrUnexpectedEOF}), -1, 1 << 30, "origin: read request body: canceled: unexpected EOF"},
		{"does not come", failing{nil}, -1, 1 << 30, "origin: read request body: canceled: multiple Read calls return no data or error"},
		{"too short", strings.NewReader("abc"), 5, 1 << 30, "origin: read request body: canceled: unexpected EOF"},
		{"as long as can be", io.LimitReader(zeros{}, limit), -1, 1 << 30, ""},
	} {
		s := newSigner(t, Options{Memory: NewMemory(tt.memory)}, testKeys)
		done, err := s.Sign(t.Context(), &origin.Request{Method: "POST", Scheme: "https", Host: "h", Target: "/", Body: tt.body, ContentLength: tt.length})
		if err == nil {
			done()
			err = errors.New("")
		}
		if err.Error() != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if n := s.options.Memory.InUse(); n != 0 {
			t.Errorf("%s: %d bytes are still held", tt.name, n)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// An API may normalise a path before it verifies; others take it as it is, and
// S3 has such names (AG-SIG-02).
func TestAmbiguousPath(t *testing.T) {
	for target, want := range map[string]string{
		"/a//b": "400", "//a": "400", "/a/./b": "400", "/a/..": "400", "/.": "400", "*": "400",
		"/a/": "", "/": "", "/...": "", "/a/%2e%2e/b": "", "/a?b=//../": "",
	} {
		for service := range serviceCount {
			s := newSigner(t, Options{Service: service}, testKeys)
			_, err := s.Sign(t.Context(), &origin.Request{Method: "GET", Scheme: "https", Host: "h", Target: target})
			wantErr := want != "" && (service == ServiceExecuteAPI || target == "*")
			if got := fmt.Sprint(err); wantErr != strings.Contains(got, "refused with 400") || !wantErr && err != nil {
				t.Errorf("%s %s: got %v, want %q", service, target, err, want)
			}
		}
	}
}

// A viewer's own signature passes if that is the behavior (CF-OAC-02).
func TestNoOverride(t *testing.T) {
	s := newSigner(t, Options{Service: ServiceS3, Behavior: BehaviorNoOverride}, testKeys)
	for viewer, want := range map[string]bool{"AWS4-HMAC-SHA256 Credential=viewer": false, "": true} {
		r := &origin.Request{Method: "GET", Scheme: "https", Host: "h", Target: "/a?c"}
		if viewer != "" {
			r.Fields.Add("Authorization", viewer)
		}
		if _, err := s.Sign(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if signed := r.Fields.Has("X-Amz-Date"); signed != want || !want && r.Fields.Get("Authorization") != viewer {
			t.Errorf("viewer %q: got %v", viewer, r.Fields)
		}
	}
}

// Without keys a request is not sent, and the error says why.
func TestNoKeys(t *testing.T) {
	c := NewCredentials(providerFunc(func(context.Context) (Keys, error) { return Keys{}, errors.New("no such profile") }), nil, slog.New(slog.DiscardHandler))
	defer c.Close()
	s := New(Options{Region: "us-east-1", Credentials: c, Memory: NewMemory(1)})
	_, err := s.Sign(t.Context(), &origin.Request{Method: "GET", Scheme: "https", Host: "h", Target: "/"})
	if got, want := fmt.Sprint(err), "origin: sign request: signing: no AWS credentials: no such profile"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("viewer has gone"))
	slow := NewCredentials(providerFunc(func(ctx context.Context) (Keys, error) { <-ctx.Done(); return Keys{}, ctx.Err() }), nil, slog.New(slog.DiscardHandler))
	defer slow.Close()
	_, err = New(Options{Region: "us-east-1", Credentials: slow}).Sign(ctx, &origin.Request{Method: "GET", Scheme: "https", Host: "h", Target: "/"})
	if got, want := fmt.Sprint(err), "origin: sign request: canceled: viewer has gone"; got != want {
		t.Errorf("a viewer that leaves: got %s, want %s", got, want)
	}
}

type providerFunc func(context.Context) (Keys, error)

func (f providerFunc) Retrieve(ctx context.Context) (Keys, error) { return f(ctx) }

// Signing says the same however a target is spelt: what is sent is what the
// service computes the signature from.
func FuzzSign(f *testing.F) {
	f.Add("/prod/a", "a=1&b=2")
	f.Add("/%e2%82/+", "a=%zz&b+c;=&")
	var signers []*Signer
	for service := range serviceCount {
		signers = append(signers, newSigner(f, Options{Service: service}, testKeys))
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		target := "/" + path + "?" + query
		for i := range len(target) {
			if target[i] <= ' ' || target[i] >= 0x7f || target[i] == '#' {
				return // no engine lets that pass
			}
		}
		if strings.Contains(path, "?") || ambiguousPath("/"+path) {
			return
		}
		for _, s := range signers {
			r := &origin.Request{Method: "GET", Scheme: "https", Host: "h.test", Target: target}
			if _, err := s.Sign(t.Context(), r); err != nil {
				t.Fatalf("%s: %v", target, err)
			}
			if err := verify(s, testKeys, r); err != nil {
				t.Errorf("%s %s, sent as %s: %v", s.options.Service, target, r.Target, err)
			}
			again := &origin.Request{Method: "GET", Scheme: "https", Host: "h.test", Target: r.Target}
			if _, err := s.Sign(t.Context(), again); err != nil || again.Target != r.Target {
				t.Errorf("%s: the target of the target: got %s, want %s", target, again.Target, r.Target)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for _, service := range []Service{ServiceExecuteAPI, ServiceS3} {
		b.Run(service.String(), func(b *testing.B) {
			s := newSigner(b, Options{Service: service}, testKeys)
			fields := field.Lines{{Name: "Accept", Value: "*/*"}, {Name: "X-Amz-Cf-Id", Value: "id=="}}
			b.ReportAllocs()
			for b.Loop() {
				r := &origin.Request{Method: "GET", Scheme: "https", Host: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Target: "/prod/items?page=2", Fields: append(field.Lines(nil), fields...)}
				if _, err := s.Sign(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
