package smuggling

import (
	"strings"
	"testing"
)

// TestSplit: the origin of these tests is one that a smuggled request cannot
// deceive.
func TestSplit(t *testing.T) {
	for _, tt := range []struct{ in, want, rest, err string }{
		{"GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n", "GET /a", "", ""},
		{"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: shop.test\r\n\r\n", `POST /a Host=h Content-Length=2 "hi" | GET /b`, "", ""},
		{"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", `POST /a Transfer-Encoding=chunked "hi"`, "", ""},
		{"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", "", "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", ""},
		{"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nhi", "", "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nhi", ""},
		{"GET /a", "", "GET /a", ""},
		{"POST /a HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "", "", "more than one framing"},
		{"POST /a HTTP/1.1\r\nContent-Length: 02\r\n\r\nhi", "", "", "field line"},
		{"POST /a HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n", "", "", "field line"},
		{"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a\r\nhi\r\n", "", "", "chunk size"},
		{"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiXX", "", "", "chunk"},
		{"GET /a b HTTP/1.1\r\n\r\n", "", "", "request line"},
		{"GET /a HTTP/1.0\r\n\r\n", "", "", "request line"},
		{"GET /a HTTP/1.1\r\nX: a\nY: b\r\n\r\n", "", "", "field line"},
		{"GET /a HTTP/1.1\r\nX : a\r\n\r\n", "", "", "field line"},
	} {
		requests, rest, err := split(tt.in)
		if got := strings.Join(requests, " | "); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
		if err == nil && (tt.err != "" || rest != tt.rest) || err != nil && (tt.err == "" || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: got the rest %q and %v, want %q and %q", tt.in, rest, err, tt.rest, tt.err)
		}
	}
}
