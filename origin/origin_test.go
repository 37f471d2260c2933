package origin_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// TestErrorKinds: every kind has names and a status of CF-ERR-15 or -17.
func TestErrorKinds(t *testing.T) {
	seen := map[string]bool{}
	for k := origin.ErrorUnknown; k <= origin.ErrorLimit; k++ {
		name := k.String()
		if name == "" || strings.Contains(name, "(") || seen[name] {
			t.Errorf("kind %d: got name %q", k, name)
		}
		seen[name] = true
		ofOurs := k == origin.ErrorLimit // the origin was not asked
		if (k.Detail() == "") != ofOurs || (k.Status() == 503) != ofOurs || !ofOurs && k.Status() != 502 && k.Status() != 504 {
			t.Errorf("%v: got detail %q, status %d", k, k.Detail(), k.Status())
		}
	}
	if got := origin.ErrorKind(200); got.String() != "ErrorKind(200)" || got.Status() == 0 {
		t.Errorf("unknown kind: got %v, %d", got, got.Status())
	}
}

func TestErrorStatus(t *testing.T) {
	tests := []struct {
		kind   origin.ErrorKind
		detail string
		status int
	}{
		{origin.ErrorDNS, "OriginDnsError", 502},
		{origin.ErrorConnect, "OriginConnectError", 502},
		{origin.ErrorTLS, "OriginConnectError", 502},
		{origin.ErrorConnectTimeout, "OriginCommError", 504},
		{origin.ErrorReadTimeout, "OriginCommError", 504},
		{origin.ErrorCompletionTimeout, "OriginCommError", 504},
		{origin.ErrorHeaderTooBig, "OriginHeaderTooBigError", 502},
		{origin.ErrorInvalidResponse, "OriginInvalidResponseError", 502},
	}
	for _, tt := range tests {
		if tt.kind.Detail() != tt.detail || tt.kind.Status() != tt.status {
			t.Errorf("CF-ORT-08 %v: got %s %d, want %s %d", tt.kind, tt.kind.Detail(), tt.kind.Status(), tt.detail, tt.status)
		}
	}
}

func TestError(t *testing.T) {
	err := fmt.Errorf("fetch: %w", &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: io.ErrUnexpectedEOF})
	if got, want := err.Error(), "fetch: origin: read body: read: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if origin.KindOf(err) != origin.ErrorRead || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got kind %v", origin.KindOf(err))
	}
	if got := origin.KindOf(io.EOF); got != origin.ErrorUnknown {
		t.Errorf("KindOf(io.EOF): got %v", got)
	}
	if got, want := (&origin.Error{Op: "x"}).Error(), "origin: x: unknown"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEnumNames(t *testing.T) {
	for r := origin.RetryNo; r <= origin.RetryReused; r++ {
		if strings.Contains(r.String(), "?") {
			t.Errorf("retry %d has no name", r)
		}
	}
	for p := origin.ProtocolHTTPOnly; p <= origin.ProtocolMatchViewer; p++ {
		if strings.Contains(p.String(), "?") {
			t.Errorf("protocol policy %d has no name", p)
		}
	}
}

func TestSchemeAndPort(t *testing.T) {
	tests := []struct {
		policy origin.ProtocolPolicy
		viewer string
		want   string
		port   int
	}{
		{origin.ProtocolHTTPOnly, "https", "http", 80},
		{origin.ProtocolHTTPSOnly, "http", "https", 8443},
		{origin.ProtocolMatchViewer, "http", "http", 80},
		{origin.ProtocolMatchViewer, "https", "https", 8443},
	}
	for _, tt := range tests {
		o := &origin.Origin{Protocol: tt.policy, HTTPSPort: 8443}
		if got := o.Scheme(tt.viewer); got != tt.want || o.Port(got) != tt.port {
			t.Errorf("CF-OTLS-07 %v, viewer %s: got %s:%d, want %s:%d", tt.policy, tt.viewer, got, o.Port(got), tt.want, tt.port)
		}
	}
}

// TestUnreachable: an answer of no use is an answer, and so is our giving up.
func TestUnreachable(t *testing.T) {
	there := []origin.ErrorKind{
		origin.ErrorUnknown, origin.ErrorHeaderTooBig, origin.ErrorInvalidResponse, origin.ErrorContentRange, origin.ErrorCanceled,
		origin.ErrorLimit,
	}
	for k := origin.ErrorUnknown; k <= origin.ErrorLimit; k++ {
		if got, want := k.Unreachable(), !slices.Contains(there, k); got != want {
			t.Errorf("%v: Unreachable: got %v, want %v", k, got, want)
		}
	}
}

// lines parses "Name: value" texts; format prints them back.
func lines(texts ...string) field.Lines {
	var ls field.Lines
	for _, s := range texts {
		name, value, _ := strings.Cut(s, ": ")
		ls.Add(name, value)
	}
	return ls
}

func format(ls field.Lines) string {
	var texts []string
	for _, l := range ls {
		texts = append(texts, l.Name+": "+l.Value)
	}
	return strings.Join(texts, "|")
}

func TestCleanResponse(t *testing.T) {
	forwards := func(names ...string) func(string) bool {
		return func(name string) bool {
			for _, n := range names {
				if field.EqualName(n, name) {
					return true
				}
			}
			return false
		}
	}
	tests := []struct {
		name     string
		rule     origin.ResponseRule
		in, want []string
	}{
		{"CF-COOK-01", origin.ResponseRule{}, []string{"Set-Cookie: a=1", "A: b", "set-cookie: c=2"}, []string{"A: b"}},
		{"CF-COOK-04", origin.ResponseRule{Cookies: true}, []string{"Set-Cookie: a=1", "Set-Cookie: c=2"}, []string{"Set-Cookie: a=1", "Set-Cookie: c=2"}},
		{"CF-RESP-02 to -04", origin.ResponseRule{}, []string{"Trailer: a", "Transfer-Encoding: chunked", "Upgrade: h2c", "Keep-Alive: b", "Connection: close, X-Hop", "X-Hop: c", "X: d"}, []string{"X: d"}},
		{"CF-RESP-07 kept for the miss", origin.ResponseRule{}, []string{"x-amz-id-2: a", "X-Amz-Request-Id: b"}, []string{"x-amz-id-2: a", "X-Amz-Request-Id: b"}},
		{"CF-RESP-19", origin.ResponseRule{}, []string{"X-Cache: Hit", "x-edge-location: a", "X-Edges: b"}, []string{"X-Edges: b"}},
		{"CF-RESP-20", origin.ResponseRule{}, []string{"Cache-Control: a", "Expires: b", "WWW-Authenticate: c", "Server: d", "ETag: e"}, []string{"Cache-Control: a", "Expires: b", "WWW-Authenticate: c", "Server: d", "ETag: e"}},
		{"not stripped by Connection", origin.ResponseRule{}, []string{"Connection: Cache-Control, vary", "Cache-Control: no-store", "Vary: Cookie"}, []string{"Cache-Control: no-store", "Vary: Cookie"}},
		{"CF-VARY-02", origin.ResponseRule{Forwards: forwards("Origin")}, []string{"Vary: accept-encoding, Accept, Origin,Cookie, User-Agent"}, []string{"Vary: accept-encoding, Origin, Cookie"}},
		{"CF-VARY-02 device", origin.ResponseRule{Device: true}, []string{"Vary: User-Agent"}, []string{"Vary: User-Agent"}},
		{"CF-VARY-02 nothing left", origin.ResponseRule{}, []string{"Vary: Accept", "Vary: "}, nil},
		{"CF-VARY-02 untouched", origin.ResponseRule{}, []string{"Vary: Cookie ,Accept-Encoding"}, []string{"Vary: Cookie ,Accept-Encoding"}},
		{"CF-COND-07 min TTL 0", origin.ResponseRule{}, []string{"Vary: *"}, []string{"Vary: *"}},
		{"CF-COND-07", origin.ResponseRule{DropStar: true}, []string{"Vary: *, Cookie"}, []string{"Vary: Cookie"}},
	}
	for _, tt := range tests {
		got := lines(tt.in...)
		origin.CleanResponse(&got, tt.rule)
		if format(got) != format(lines(tt.want...)) {
			t.Errorf("%s: %q\ngot  %s\nwant %s", tt.name, tt.in, format(got), format(lines(tt.want...)))
		}
	}
}

func TestHiddenOnHit(t *testing.T) {
	for name, want := range map[string]bool{"x-amz-id-2": true, "X-Amz-Request-Id": true, "X-Amz-Meta-A": false} {
		if got := origin.HiddenOnHit(name); got != want {
			t.Errorf("CF-RESP-07 %s: got %v, want %v", name, got, want)
		}
	}
}

// FuzzCleanResponse: cleaning twice is cleaning once, and nothing forbidden
// is left.
func FuzzCleanResponse(f *testing.F) {
	f.Add("Connection", "close, a", "A", "1", "Vary", "*, b, Cookie")
	f.Add("Set-Cookie", "a=b", "X-Edge-X", "1", "X-Cache", "Hit")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, n3, v3 string) {
		got := field.Lines{{Name: n1, Value: v1}, {Name: n2, Value: v2}, {Name: n3, Value: v3}}
		origin.CleanResponse(&got, origin.ResponseRule{})
		for _, l := range got {
			if field.HopByHop(l.Name) || field.EqualName(l.Name, "Set-Cookie") {
				t.Errorf("left %s", l.Name)
			}
		}
		again := got.Clone()
		origin.CleanResponse(&again, origin.ResponseRule{})
		if format(again) != format(got) {
			t.Errorf("got %s, then %s", format(got), format(again))
		}
	})
}

func ExampleCleanResponse() {
	fields := field.Lines{{Name: "Set-Cookie", Value: "a=1"}, {Name: "Vary", Value: "Accept-Encoding, Accept"}}
	origin.CleanResponse(&fields, origin.ResponseRule{})
	fmt.Println(fields)
	// Output: [{Vary Accept-Encoding}]
}

func BenchmarkCleanResponse(b *testing.B) {
	response := lines("Date: x", "Content-Type: application/json", "Connection: keep-alive", "Cache-Control: no-store", "ETag: x",
		"Vary: Accept-Encoding", "X-Request-Id: x", "Server: x", "X-Frame-Options: DENY", "Content-Length: 1024")
	fields := make(field.Lines, len(response))
	b.ReportAllocs()
	for b.Loop() {
		copy(fields, response)
		cleaned := fields
		origin.CleanResponse(&cleaned, origin.ResponseRule{})
	}
}
