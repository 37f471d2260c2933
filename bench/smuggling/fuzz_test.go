package smuggling

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/bench/edgetest"
)

// FuzzRequest proves for any bytes that the origin receives requests and
// nothing else, one for each response that is its own.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		get + "\r\n", post + "Content-Length: 5\r\n\r\nhello", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
		post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET http://shop.test/a?b HTTP/1.0\r\nConnection: keep-alive, X\r\nX: y\r\n\r\n",
		get + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", get + "X: a\r\n b\r\n\r\n", "\r\n" + get + "\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4<<10 || strings.Contains(s, "HEAD") || strings.HasPrefix(s, "PRI * HTTP/2.0\r\n\r\nSM") {
			return // the viewer here does not know which responses have no content
		}
		x := send(t, edgetest.ProtocolH1, edgetest.Request{Scheme: "http", Method: "GET", Raw: s + canary})
		answered := 0
		for status := range strings.FieldsSeq(x.viewer) {
			if status == "200" {
				answered++
			}
		}
		if answered != len(x.origin) {
			t.Errorf("%q: got %q for the viewer and %q at the origin, want as many responses as requests", s, x.viewer, x.origin)
		}
	})
}
