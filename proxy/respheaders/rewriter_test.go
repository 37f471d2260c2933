package respheaders

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/cachekey/field"
)

// lines parses "Name: value" lines; an empty text has none.
func lines(text string) field.Lines {
	var out field.Lines
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			out.Add(name, strings.TrimSpace(value))
		}
	}
	return out
}

// text is the inverse of lines.
func text(fields field.Lines) string {
	var out []string
	for _, line := range fields {
		out = append(out, strings.TrimSpace(line.Name+": "+line.Value))
	}
	return strings.Join(out, "\n")
}

// apply runs a policy over a response.
func apply(t *testing.T, p Policy, r Request, response string) string {
	t.Helper()
	rw, err := New(p)
	if err != nil {
		t.Fatalf("New(%+v): got error %v, want none", p, err)
	}
	fields := lines(response)
	rw.Apply(&fields, r)
	return text(fields)
}

func TestApply(t *testing.T) {
	custom := func(override bool) Policy {
		return Policy{Custom: []Header{{Name: "X-App", Value: "edge", Override: override}}}
	}
	get := Request{Method: "GET", Now: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)}
	for _, tt := range []struct {
		id       string
		policy   Policy
		in, want string
	}{
		{"zero policy", Policy{}, "A: 1\nSet-Cookie: a\nSet-Cookie: b", "A: 1\nSet-Cookie: a\nSet-Cookie: b"},
		{"CF-RHP-02 removed and added", Policy{Remove: []string{"x-app"}, Custom: custom(false).Custom}, "X-App: origin\nB: 2", "B: 2\nX-App: edge"},
		{"CF-RHP-03 override, present", custom(true), "x-app: origin\nX-App: twice", "x-app: edge"},
		{"CF-RHP-03 override, absent", custom(true), "B: 2", "B: 2\nX-App: edge"},
		{"CF-RHP-03 no override, present", custom(false), "x-app: origin", "x-app: origin"},
		{"CF-RHP-03 no override, absent", custom(false), "", "X-App: edge"},
		{"CF-RHP-05 empty value", Policy{Custom: []Header{{Name: "X-Empty"}}}, "", "X-Empty:"},
		{"CF-RHP-06 Server", Policy{Remove: []string{"server"}}, "Server: nginx", "Server: CloudFront"},
		{"CF-RHP-06 Date", Policy{Remove: []string{"Date"}}, "Date: Tue, 31 Mar 2026 00:00:00 GMT", "Date: Wed, 01 Apr 2026 12:00:00 GMT"},
		{"CF-RHP-02 Server removed and added", Policy{Remove: []string{"Server"}, Custom: []Header{{Name: "server", Value: "mine"}}}, "Server: nginx", "server: mine"},
		{"CF-RHP-02 Date removed and added", Policy{Remove: []string{"date"}, Custom: []Header{{Name: "Date", Value: "mine"}}}, "Date: Tue, 31 Mar 2026 00:00:00 GMT", "Date: mine"},
		{"CF-RHP-09", Policy{Remove: []string{"Vary", "Set-Cookie"}}, "Vary: Accept\nSet-Cookie: a=1\nset-cookie: b=2\nB: 2", "B: 2"},
	} {
		if diff := cmp.Diff(tt.want, apply(t, tt.policy, get, tt.in)); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", tt.id, diff)
		}
	}
}

func TestNilRewriter(t *testing.T) {
	fields := lines("A: 1")
	(*Rewriter)(nil).Apply(&fields, Request{Method: "GET", Origin: "https://a.example"})
	if got := text(fields); got != "A: 1" {
		t.Errorf("nil Rewriter: got %q, want %q", got, "A: 1")
	}
}

// TestNotRemovable proves CF-RHP-07.
func TestNotRemovable(t *testing.T) {
	for _, name := range []string{"connection", "Content-Length", "VIA", "X-Amz-Cf-Id", "x-amz-cf-pop", "X-Edge-Anything", "X-Cache", "X-Amzn-RequestId", ""} {
		if _, err := New(Policy{Remove: []string{name}}); !errors.Is(err, ErrPolicy) {
			t.Errorf("New with %q to remove: got %v, want ErrPolicy", name, err)
		}
	}
	for _, name := range []string{"Server", "Date", "X-Powered-By", "X-Amz-Id-2", "X-Edge", "ETag"} {
		if _, err := New(Policy{Remove: []string{name}}); err != nil {
			t.Errorf("New with %q to remove: got %v, want nil", name, err)
		}
	}
}

// TestSecurity proves the values of CF-RHP-04.
func TestSecurity(t *testing.T) {
	for _, tt := range []struct {
		in   Security
		want string
	}{
		{Security{StrictTransportSecurity: &StrictTransportSecurity{MaxAge: time.Hour}}, "Strict-Transport-Security: max-age=3600"},
		{Security{StrictTransportSecurity: &StrictTransportSecurity{MaxAge: 0, IncludeSubdomains: true, Preload: true}}, "Strict-Transport-Security: max-age=0; includeSubDomains; preload"},
		{Security{XSSProtection: &XSSProtection{}}, "X-XSS-Protection: 0"},
		{Security{XSSProtection: &XSSProtection{Protection: true}}, "X-XSS-Protection: 1"},
		{Security{XSSProtection: &XSSProtection{Protection: true, ModeBlock: true}}, "X-XSS-Protection: 1; mode=block"},
		{Security{XSSProtection: &XSSProtection{Protection: true, ReportURI: "https://r.example/"}}, "X-XSS-Protection: 1; report=https://r.example/"},
		{Security{FrameOptions: &Value{Value: "DENY"}}, "X-Frame-Options: DENY"},
		{Security{ContentTypeOptions: &Flag{}}, "X-Content-Type-Options: nosniff"},
		{Security{ContentSecurityPolicy: &Value{Value: "default-src 'self'"}}, "Content-Security-Policy: default-src 'self'"},
		{Security{ReferrerPolicy: &Value{Value: "no-referrer"}}, "Referrer-Policy: no-referrer"},
	} {
		if got := apply(t, Policy{Security: tt.in}, Request{Method: "GET"}, ""); got != tt.want {
			t.Errorf("CF-RHP-04: security %+v: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// The managed policies of table CF-MRHP.
var (
	simpleCORS    = &CORS{AllowOrigins: []string{"*"}}
	preflightCORS = &CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"ALL"}, ExposeHeaders: []string{"*"}}
	security      = Security{
		ReferrerPolicy:          &Value{Value: "strict-origin-when-cross-origin"},
		StrictTransportSecurity: &StrictTransportSecurity{MaxAge: 31536000 * time.Second},
		ContentTypeOptions:      &Flag{Override: true},
		FrameOptions:            &Value{Value: "SAMEORIGIN"},
		XSSProtection:           &XSSProtection{Protection: true, ModeBlock: true},
	}
)

const securityLines = `Referrer-Policy: strict-origin-when-cross-origin
Strict-Transport-Security: max-age=31536000
X-Content-Type-Options: nosniff
X-Frame-Options: SAMEORIGIN
X-XSS-Protection: 1; mode=block`

func TestManaged(t *testing.T) {
	plain := Request{Method: "GET"}
	cors := Request{Method: "GET", Origin: "https://app.example"}
	preflight := Request{Method: "OPTIONS", Origin: "https://app.example", RequestMethod: "PUT", RequestHeaders: "x-a"}
	const (
		anyOrigin = "Access-Control-Allow-Origin: *"
		methods   = "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
		expose    = "Access-Control-Expose-Headers: *"
	)
	for _, tt := range []struct {
		id     string
		policy Policy
		r      Request
		in     string
		want   []string
	}{
		{"CF-MRHP-01 plain", Policy{CORS: simpleCORS}, plain, "", nil},
		{"CF-MRHP-01", Policy{CORS: simpleCORS}, cors, "", []string{anyOrigin}},
		{"CF-MRHP-01 origin's stays", Policy{CORS: simpleCORS}, cors, "Access-Control-Allow-Origin: https://a", []string{"Access-Control-Allow-Origin: https://a"}},
		{"CF-MRHP-02 preflight", Policy{CORS: preflightCORS}, preflight, "", []string{anyOrigin, methods, expose}},
		{"CF-MRHP-02 actual request", Policy{CORS: preflightCORS}, cors, "", []string{anyOrigin, expose}}, // CF-CORS-03
		{"CF-MRHP-03", Policy{Security: security}, plain, "", []string{securityLines}},
		{"CF-MRHP-03 overrides nosniff alone", Policy{Security: security}, plain,
			"X-Content-Type-Options: x\nX-Frame-Options: DENY\nReferrer-Policy: a\nStrict-Transport-Security: b\nX-XSS-Protection: 0",
			[]string{"X-Frame-Options: DENY\nReferrer-Policy: a\nStrict-Transport-Security: b\nX-XSS-Protection: 0\nX-Content-Type-Options: nosniff"}},
		{"CF-MRHP-04", Policy{CORS: simpleCORS, Security: security}, cors, "", []string{anyOrigin, securityLines}},
		{"CF-MRHP-05 preflight", Policy{CORS: preflightCORS, Security: security}, preflight, "", []string{anyOrigin, methods, expose, securityLines}},
	} {
		if diff := cmp.Diff(strings.Join(tt.want, "\n"), apply(t, tt.policy, tt.r, tt.in)); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", tt.id, diff)
		}
	}
}

func TestRequestOf(t *testing.T) {
	now := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	got := RequestOf("OPTIONS", lines("origin: https://a.example\naccess-control-request-method: PUT\nAccess-Control-Request-Headers: x-a\nAccess-Control-Request-Headers: x-b"), now)
	want := Request{Method: "OPTIONS", Origin: "https://a.example", RequestMethod: "PUT", RequestHeaders: "x-a, x-b", Now: now}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RequestOf (-want +got):\n%s", diff)
	}
	if !got.IsPreflight() || (Request{Method: "OPTIONS", Origin: "https://a.example"}).IsPreflight() {
		t.Error("CF-CORS-04: IsPreflight: got it wrong with or without Access-Control-Request-Method")
	}
}

func TestApplyAllocates(t *testing.T) {
	rw, err := New(Policy{CORS: preflightCORS, Security: security, Remove: []string{"X-Powered-By", "Server"}})
	if err != nil {
		t.Fatal(err)
	}
	origin := lines("Server: nginx\nX-Powered-By: x\nContent-Type: text/html\nCache-Control: max-age=60")
	fields := make(field.Lines, 0, 32)
	r := Request{Method: "GET", Origin: "https://app.example"}
	if got := testing.AllocsPerRun(100, func() {
		fields = append(fields[:0], origin...)
		rw.Apply(&fields, r)
	}); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func BenchmarkApply(b *testing.B) {
	origin := lines("Server: nginx\nDate: x\nContent-Type: text/html\nCache-Control: max-age=60\nETag: \"x\"\nX-Cache: Hit from cloudfront")
	for _, bb := range []struct {
		name   string
		policy Policy
	}{
		{"security", Policy{Security: security}},
		{"cors", Policy{CORS: &CORS{AllowOrigins: []string{"https://*.example", "https://app.example"}}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			rw, err := New(bb.policy)
			if err != nil {
				b.Fatal(err)
			}
			fields := make(field.Lines, 0, 32)
			r := Request{Method: "GET", Origin: "https://app.example"}
			b.ReportAllocs()
			for b.Loop() {
				fields = append(fields[:0], origin...)
				rw.Apply(&fields, r)
			}
		})
	}
}

func ExampleRewriter_Apply() {
	rw, err := New(Policy{
		Remove: []string{"X-Powered-By"},
		CORS:   &CORS{AllowOrigins: []string{"https://*.example.org"}},
		Custom: []Header{{Name: "X-Edge-Team", Value: "ground", Override: true}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fields := field.Lines{{Name: "Content-Type", Value: "text/html"}, {Name: "X-Powered-By", Value: "rails"}}
	rw.Apply(&fields, Request{Method: "GET", Origin: "https://app.example.org"})
	for _, line := range fields {
		fmt.Println(line.Name+":", line.Value)
	}
	// Output:
	// Content-Type: text/html
	// Access-Control-Allow-Origin: https://app.example.org
	// Vary: Origin
	// X-Edge-Team: ground
}
