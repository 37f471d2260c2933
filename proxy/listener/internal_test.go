package listener

import (
	"crypto/tls"
	"strings"
	"testing"
)

// TestCipherNames: every suite that Go knows has OpenSSL's name (CF-LF field
// 22): no TLS_ prefix but in TLS 1.3.
func TestCipherNames(t *testing.T) {
	for _, s := range tls.CipherSuites() {
		got := cipherName(s.ID)
		is13 := len(s.SupportedVersions) == 1 && s.SupportedVersions[0] == tls.VersionTLS13
		if strings.HasPrefix(got, "TLS_") != is13 {
			t.Errorf("%s: got %s", s.Name, got)
		}
	}
	for v, want := range map[uint16]string{tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3"} {
		if got := versionName(v); got != want {
			t.Errorf("versionName(%#x): got %s, want %s", v, got, want)
		}
	}
}

func TestProtocolsString(t *testing.T) {
	for p, want := range map[Protocols]string{HTTP1: "http1.1", HTTP2: "http2", HTTP1 | HTTP2: "http1.1+http2"} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// FuzzCannedAnswer: what is recognised really has the canned form; nothing
// else is touched.
func FuzzCannedAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 400 Bad Request" + cannedFields + "400 Bad Request"))
	f.Add([]byte("HTTP/1.1 400 Bad Request: missing required Host header" + cannedFields + "400 Bad Request: missing required Host header"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 417 Expectation Failed\r\n\r\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		status, _, canned := cannedAnswer(p)
		is := strings.HasPrefix(string(p), "HTTP/1.1 ") && (status == 417 || strings.Contains(string(p), cannedFields))
		if canned && !is {
			t.Errorf("%q: recognised as %d", p, status)
		}
	})
}

// FuzzSetTarget: path, "?" and query of an origin-form target print back.
func FuzzSetTarget(f *testing.F) {
	for _, s := range []string{"/a?b", "/?", "//x/..;/%2f", "http://h/x?y", "http://h?x", "*", "/a#b", "x:y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		c := call{}
		c.request.Method = "GET"
		if setTarget(&c.request, target) != "" {
			return
		}
		r := c.request
		back := r.Path
		if r.HasQuery {
			back += "?" + r.Query
		}
		switch {
		case strings.HasPrefix(target, "/") && back != target:
			t.Errorf("%q: got path %q, query %q", target, r.Path, r.Query)
		case r.Path != "*" && !strings.HasPrefix(r.Path, "/"):
			t.Errorf("%q: got path %q", target, r.Path)
		case !r.HasQuery && r.Query != "" || strings.Contains(r.Path, "?"):
			t.Errorf("%q: got path %q, query %q, %v", target, r.Path, r.Query, r.HasQuery)
		}
	})
}
