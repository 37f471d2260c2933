package smuggling

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
)

// malformed: the stream or the connection ends with an error, or the answer is
// 400 (RFC 9113 section 8.1.1); the origin gets nothing.
const malformed = "malformed"

// An h2Row is a request over HTTP/2 and what becomes of it.
type h2Row struct {
	what   string
	q      edgetest.Request
	viewer string
	origin string
}

func checkH2(t *testing.T, rows []h2Row) {
	for _, r := range rows {
		t.Run(r.what, func(t *testing.T) {
			r.q.Scheme = "http"
			x := send(t, edgetest.ProtocolH2, r.q)
			if r.viewer == malformed && (x.viewer == "400" || strings.HasSuffix(x.viewer, "closed")) {
				x.viewer = malformed
			}
			if got := strings.Join(x.origin, " | "); x.viewer != r.viewer || got != r.origin {
				t.Errorf("%+v: got %q and at the origin %q, want %q and %q", r.q, x.viewer, got, r.viewer, r.origin)
			}
		})
	}
}

// with is a GET with one field.
func with(name, value string) edgetest.Request {
	return edgetest.Request{Method: "GET", Host: "shop.test", Target: "/a", Fields: field.Lines{{Name: name, Value: value}}}
}

// carrying is a POST with hello as content and one field.
func carrying(name, value string) edgetest.Request {
	q := with(name, value)
	q.Method, q.HasBody, q.Chunked, q.Body = "POST", true, true, "hello"
	return q
}

func target(s string) edgetest.Request {
	return edgetest.Request{Method: "GET", Host: "shop.test", Target: s}
}

// TestH2Fields: what is no field of HTTP/1.1 must not become one, or two, or a
// request (RFC 9113 sections 8.2 and 10.3).
func TestH2Fields(t *testing.T) {
	var rows []h2Row
	for _, value := range []string{
		"a\r\nevil: 1", "a\nevil: 1", "a\revil: 1", "a\x00b", "\r\n\r\nGET /evil HTTP/1.1\r\nhost: shop.test\r\n\r\n", "a\r\n b", "\x01", "a\x7f", " a", "a ", "\ta", "a\t",
	} {
		rows = append(rows, h2Row{"value " + value, with("x", value), malformed, ""})
	}
	for _, name := range []string{"x y", "x:y", "x ", " x", "x\r\nevil", "x\nevil", "x: 1\r\nevil", "x\x00", "x\x7f", "x\xc3\xa4", "", "x(y)", "x,y", "x/y", ":evil", ":path", ":status"} {
		rows = append(rows, h2Row{"name " + name, with(name, "1"), malformed, ""})
	}
	for _, l := range (field.Lines{
		{Name: "connection", Value: "close"}, {Name: "connection", Value: "x"}, {Name: "keep-alive", Value: "timeout=5"}, {Name: "proxy-connection", Value: "keep-alive"},
		{Name: "transfer-encoding", Value: "chunked"}, {Name: "transfer-encoding", Value: "identity"}, {Name: "upgrade", Value: "h2c"},
		{Name: "te", Value: "gzip"}, {Name: "te", Value: "trailers, chunked"},
	}) {
		rows = append(rows,
			h2Row{l.Name + " " + l.Value, with(l.Name, l.Value), malformed, ""},
			h2Row{"content and " + l.Name + " " + l.Value, carrying(l.Name, l.Value), malformed, ""})
	}
	checkH2(t, append(rows,
		h2Row{"an ordinary field", with("x", "a:b\tc"), "200", "GET /a X=a:b\tc"},
		h2Row{"not ASCII", with("x", "\xff\xe4"), "200", "GET /a X=\xff\xe4"},
		h2Row{"te trailers", with("te", "trailers"), "200", "GET /a"},
		h2Row{"transfer_encoding is no transfer-encoding", carrying("transfer_encoding", "chunked"), "200", `POST /a Transfer-Encoding=chunked "hello"`},
	))
}

// TestH2Length: content-length is not what says where the content ends, but it
// must be right (RFC 9113 section 8.1.1).
func TestH2Length(t *testing.T) {
	hello := `POST /a Content-Length=5 "hello"`
	two := carrying("content-length", "5")
	two.Fields.Add("content-length", "6")
	get := with("content-length", "31")
	checkH2(t, []h2Row{
		{"right", carrying("content-length", "5"), "200", hello},
		{"none", carrying("x", "y"), "200", `POST /a X=y Transfer-Encoding=chunked "hello"`},
		{"too small", carrying("content-length", "3"), malformed, ""},
		{"zero", carrying("content-length", "0"), malformed, ""},
		{"too large", carrying("content-length", "50"), malformed, ""},
		{"with a sign", carrying("content-length", "+5"), malformed, ""},
		{"negative", carrying("content-length", "-5"), malformed, ""},
		{"a list", carrying("content-length", "5, 6"), malformed, ""},
		{"two", two, malformed, ""},
		{"hexadecimal", carrying("content-length", "0x5"), malformed, ""},
		{"empty", carrying("content-length", ""), malformed, ""},
		{"overflow", carrying("content-length", "18446744073709551621"), malformed, ""},
		{"without content", get, malformed, ""},
	})
}

// TestH2PseudoFields: RFC 9113 section 8.3.
func TestH2PseudoFields(t *testing.T) {
	var rows []h2Row
	for _, s := range []string{
		"", "a", "?a", "/a b", "/a\tb", "/a HTTP/1.1\r\nevil: 1", "/a\r\n\r\nGET /evil HTTP/1.1", "/a\x00", "/a\x7f", "/a#b", "http://evil.test/a", "shop.test/a", "*",
	} {
		rows = append(rows, h2Row{"path " + s, target(s), malformed, ""})
	}
	for _, s := range []string{"", "G ET", "GET /evil HTTP/1.1\r\nhost: shop.test\r\n\r\nGET", "GET\r\n", "G\x00T", "G@T"} {
		q := target("/a")
		q.Method = s
		rows = append(rows, h2Row{"method " + s, q, malformed, ""})
	}
	for _, s := range []string{"shop.test evil", "shop.test\r\nevil: 1", "user@shop.test", "shop.test/evil", "shop.test#", "shop.test?x", "shop.test\x00"} {
		q := target("/a")
		q.Host = s
		rows = append(rows, h2Row{"authority " + s, q, malformed, ""})
	}
	evil := target("/a")
	evil.Host = "evil.test"
	lower := target("/a")
	lower.Method = "get"
	none := with("host", "shop.test")
	none.Host = ""
	content := carrying("x", "y")
	content.Method = "GET"
	checkH2(t, append(rows,
		h2Row{"authority of nobody", evil, "403", ""},
		h2Row{"authority and another host", with("host", "evil.test"), malformed, ""},
		h2Row{"authority and the same host", with("host", "shop.test"), "200", "GET /a"},
		h2Row{"host alone", none, "200", "GET /a"},
		h2Row{"a method in lower case", lower, "403", ""},
		h2Row{"a GET with content", content, "403", ""},
		h2Row{"a path that looks like lines", target("/a%0d%0aX:%20y"), "200", "GET /a%0d%0aX:%20y"},
		h2Row{"two slashes", target("//evil.test/a"), "200", "GET //evil.test/a"},
	))
}
