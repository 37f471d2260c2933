package smuggling

import (
	"strings"
	"testing"
)

const (
	get  = "GET /a HTTP/1.1\r\nHost: shop.test\r\n"
	post = "POST /a HTTP/1.1\r\nHost: shop.test\r\n"
)

// TestFraming: two lengths for one message are none (RFC 9112 section 6.3). It
// would be allowed to take two equal ones for one, and Transfer-Encoding in
// place of Content-Length; who sends both has no good reason.
func TestFraming(t *testing.T) {
	check(t, []row{
		{"CL.TE", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", refused, ""},
		{"TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\nContent-Length: 15\r\n\r\nx=1\r\n0\r\n\r\n", refused, ""},
		{"CL.TE, agreeing", post + "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", refused, ""},
		{"CL 0 and TE", post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refused, ""},
		{"CL and TE of a GET", get + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refused, ""},
		{"two CL that differ", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", refused, ""},
		{"two CL that differ in form", post + "Content-Length: 5\r\nContent-Length: 05\r\n\r\nhello", refused, ""},
		{"two CL that agree", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"two CL, other case", post + "content-length: 5\r\nCONTENT-LENGTH: 0\r\n\r\nhello", refused, ""},
		{"a list of CL that differ", post + "Content-Length: 5, 6\r\n\r\nhello!", refused, ""},
		{"a list of CL that agree", post + "Content-Length: 5,5\r\n\r\nhello", refused, ""},
		{"a list with a blank", post + "Content-Length: 5, 5\r\n\r\nhello", refused, ""},
		{"CL with a sign", post + "Content-Length: +5\r\n\r\nhello", refused, ""},
		{"negative CL", post + "Content-Length: -5\r\n\r\nhello", refused, ""},
		{"CL -0", post + "Content-Length: -0\r\n\r\n", refused, ""},
		{"hexadecimal CL", post + "Content-Length: 0x5\r\n\r\nhello", refused, ""},
		{"CL with an exponent", post + "Content-Length: 5e0\r\n\r\nhello", refused, ""},
		{"CL with a point", post + "Content-Length: 5.0\r\n\r\nhello", refused, ""},
		{"CL with an underscore", post + "Content-Length: 0_5\r\n\r\nhello", refused, ""},
		{"CL in full-width digits", post + "Content-Length: \uff15\r\n\r\nhello", refused, ""},
		{"CL with a blank inside", post + "Content-Length: 0 5\r\n\r\nhello", refused, ""},
		{"CL with a vertical tab", post + "Content-Length: \x0b5\r\n\r\nhello", refused, ""},
		{"CL with a form feed", post + "Content-Length: 5\x0c\r\n\r\nhello", refused, ""},
		{"CL with NUL", post + "Content-Length: 5\x00\r\n\r\nhello", refused, ""},
		{"CL in quotes", post + "Content-Length: \"5\"\r\n\r\nhello", refused, ""},
		{"CL with a parameter", post + "Content-Length: 5;\r\n\r\nhello", refused, ""},
		{"empty CL", post + "Content-Length:\r\n\r\nhello", refused, ""},
		{"CL that overflows to 5", post + "Content-Length: 18446744073709551621\r\n\r\nhello", refused, ""},
		{"CL of 20 nines", post + "Content-Length: 99999999999999999999\r\n\r\nhello", refused, ""},
		{"CL with blank before the colon", post + "Content-Length : 5\r\n\r\nhello", refused, ""},
		{"CL with tab before the colon", post + "Content-Length\t: 5\r\n\r\nhello", refused, ""},
		{"folded CL", post + "Content-Length:\r\n 5\r\n\r\nhello", refused, ""},

		{"CL", post + "Content-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"CL of 0", post + "Content-Length: 0\r\n\r\n", passed, `POST /a Content-Length=0`},
		{"CL with white space around", post + "Content-Length: \t 5 \t\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"CL without white space", post + "Content-Length:5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"CL with leading zeros", post + "Content-Length: 005\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"content that looks like a request", post + "Content-Length: 30\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n"[:len("Content-Length: 30\r\n\r\n")+30], passed, `POST /a Content-Length=30 "GET /evil HTTP/1.1\r\nHost: h\r\n\r"`},
		{"CL.0: a GET with content", get + "Content-Length: 31\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n", "403 200", "GET /canary"},
		{"a POST without content", post + "\r\n", passed, "POST /a Content-Length=0"},
	})
}

// TestTransferCodings: a coding that is not one "chunked" is refused, and so is
// a field that another recipient might take for one (RFC 9112 sections 5.1 and
// 6.1).
func TestTransferCodings(t *testing.T) {
	const chunks = "\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	for _, beside := range []string{"", "Content-Length: 5\r\n"} {
		for _, line := range []string{
			"Transfer-Encoding: xchunked",
			"Transfer-Encoding: chunkedx",
			"Transfer-Encoding: chunked-",
			"Transfer-Encoding: identity",
			"Transfer-Encoding: gzip",
			"Transfer-Encoding: gzip, chunked",
			"Transfer-Encoding: chunked, gzip",
			"Transfer-Encoding: chunked, chunked",
			"Transfer-Encoding: identity, chunked",
			"Transfer-Encoding: chunked, identity",
			"Transfer-Encoding: chunked;q=1",
			"Transfer-Encoding: chunked, ",
			"Transfer-Encoding: , chunked",
			"Transfer-Encoding: \"chunked\"",
			"Transfer-Encoding: 'chunked'",
			"Transfer-Encoding: \x0bchunked",
			"Transfer-Encoding: chunked\x0c",
			"Transfer-Encoding: chunked\x00",
			"Transfer-Encoding: \x00chunked",
			"Transfer-Encoding: \u00a0chunked",
			"Transfer-Encoding: chun\u212aed",
			"Transfer-Encoding: ",
			"Transfer-Encoding:",
			"Transfer-Encoding : chunked",
			"Transfer-Encoding\t: chunked",
			"Transfer-Encoding\x00: chunked",
			"\x00Transfer-Encoding: chunked",
			"Transfer-Encoding\x0b: chunked",
			"Transfer-Encoding:\r\n chunked",
			"Transfer-Encoding:\n chunked",
			"Transfer-Encoding\r\n: chunked",
			"Transfer-Encoding\r\n : chunked",
			"X: y\n Transfer-Encoding: chunked",
			"X: y\nTransfer-Encoding: chunked",
			"X: y\rTransfer-Encoding: chunked",
			"X: y\r\n Transfer-Encoding: chunked",
			"X: y\r\n\tTransfer-Encoding: chunked",
			" Transfer-Encoding: chunked",
			"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
			"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
			"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
			"Transfer-Encoding: chunked\r\nTransfer-encoding: x",
			"Transfer-Encoding: chunked\rx",
			"Transfer Encoding: chunked",
			"Transfer-Encoding=chunked",
			"Transfer\\-Encoding: chunked",
			"Transfer-Encoding\xa0: chunked",
		} {
			check(t, []row{{line + " " + beside, post + beside + line + chunks, refused, ""}})
		}
	}
	check(t, []row{
		{"HTTP/1.0", "POST /a HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked" + chunks, refused, ""},
		{"chunked", post + "Transfer-Encoding: chunked" + chunks, passed, `POST /a Transfer-Encoding=chunked "hello"`},
		{"chunked in another case", post + "tRANSFER-eNCODING: cHUNKED" + chunks, passed, `POST /a Transfer-Encoding=chunked "hello"`},
		{"chunked with tabs around", post + "Transfer-Encoding:\tchunked\t" + chunks, passed, `POST /a Transfer-Encoding=chunked "hello"`},
		{"an underscore is no dash", post + "Content-Length: 5\r\nTransfer_Encoding: chunked\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"nor in the other length", post + "Content_Length: 50\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"a GET with chunks", get + "Transfer-Encoding: chunked" + chunks, "403 200", "GET /canary"},
	})
}

// TestLines: only CRLF ends a line, and only a line ends a head (RFC 9112
// section 2.2 allows to be lenient about LF; nothing good needs it).
func TestLines(t *testing.T) {
	check(t, []row{
		{"LF only", "GET /a HTTP/1.1\nHost: shop.test\n\n", refused, ""},
		{"LF behind the request line", "GET /a HTTP/1.1\nHost: shop.test\r\n\r\n", refused, ""},
		{"LF behind a field", "GET /a HTTP/1.1\r\nHost: shop.test\n\r\n", refused, ""},
		{"LF as the empty line", get + "\n", refused, ""},
		{"LF in a value", get + "X: a\nb: c\r\n\r\n", refused, ""},
		{"LF LF in a value", get + "X: a\n\nGET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n", refused, ""},
		{"CR in a value", get + "X: a\rb\r\n\r\n", refused, ""},
		{"CR behind a value", get + "X: a\r\r\n\r\n", refused, ""},
		{"CR in the request line", "GET /a HTTP/1.1\rX: y\r\nHost: shop.test\r\n\r\n", refused, ""},
		{"CR CR LF as the empty line", get + "\r\r\n", refused, ""},
		{"CR LF CR as the end", get + "X: a\r\n\rGET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n", refused, ""},
		{"CR only", "GET /a HTTP/1.1\rHost: shop.test\r\r", refused, ""},
		{"a folded value", get + "X: a\r\n b\r\n\r\n", refused, ""},
		{"a folded value, with a tab", get + "X: a\r\n\tb\r\n\r\n", refused, ""},
		{"a folded empty line", get + "X: a\r\n \r\n\r\n", refused, ""},
		{"white space before the first field", "GET /a HTTP/1.1\r\n Host: shop.test\r\n\r\n", refused, ""},
		{"white space and an empty line before the first field", "GET /a HTTP/1.1\r\n \r\nHost: shop.test\r\n\r\n", refused, ""},
		{"an empty line before the request", "\r\n" + get + "\r\n", passed, "GET /a"},
		{"an empty line behind the content", post + "Content-Length: 5\r\n\r\nhello\r\n", passed, `POST /a Content-Length=5 "hello"`},
		{"LF before the request", "\n" + get + "\r\n", refused, ""},
		{"a blank before the request", " " + get + "\r\n", refused, ""},
		{"NUL before the request", "\x00" + get + "\r\n", refused, ""},
	})
}

// TestFields: RFC 9110 section 5.
func TestFields(t *testing.T) {
	var rows []row
	for _, line := range []string{
		"no colon", "X", ": empty name", ":", " : x", "X : y", "X\t: y", "X y: z", "X\ty: z", "X\x00y: z", "X\x7f: y", "X\xc3\xa4: y",
		"X(y): z", "X,y: z", "X/y: z", "X;y: z", "X<y: z", "X=y: z", "X>y: z", "X?y: z", "X@y: z", "X[y]: z", "X\\y: z", "X{y}: z", "\"X\": y",
		"X: a\x00b", "X: \x01", "X: a\x08", "X: a\x0bb", "X: a\x0cb", "X: a\x1b[0m", "X: a\x7f",
	} {
		rows = append(rows, row{line, get + line + "\r\n\r\n", refused, ""})
	}
	check(t, append(rows,
		row{"all of a token", get + "X!#$%&'*+-.^_`|~09azAZ: y\r\n\r\n", passed, "GET /a X!#$%&'*+-.^_`|~09azaz=y"},
		row{"an empty value", get + "X:\r\n\r\n", passed, "GET /a X="},
		row{"a tab in a value", get + "X: a\tb\r\n\r\n", passed, "GET /a X=a\tb"},
		row{"colons in a value", get + "X:: a:b\r\n\r\n", passed, "GET /a X=: a:b"},
		row{"not ASCII in a value", get + "X: a\xe4b\xff\r\n\r\n", passed, "GET /a X=a\xe4b\xff"},
		row{"a value that looks like fields", get + "X: a\\r\\nHost: evil.test%0d%0aY: z\r\n\r\n", passed, `GET /a X=a\r\nHost: evil.test%0d%0aY: z`},
		row{"a head of more than 32 KiB", get + "X: " + strings.Repeat("x", 33<<10) + "\r\n\r\n", "494 closed", ""},
		row{"a head without an end", get + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 1000), "494 closed", ""},
		row{"a line without an end", strings.Repeat("G", 100<<10), "494 closed", ""},
		row{"thousands of fields", get + strings.Repeat("X: y\r\n", 10_000) + "\r\n", "494 closed", ""},
		row{"a URL of more than 8 KiB", "GET /" + strings.Repeat("x", 9<<10) + " HTTP/1.1\r\nHost: shop.test\r\n\r\n", "414 closed", ""},
	))
}

// TestRequestLine: RFC 9112 section 3.
func TestRequestLine(t *testing.T) {
	const host = "\r\nHost: shop.test\r\n\r\n"
	var rows []row
	for _, line := range []string{
		"GET /a", "GET", "", "GET /a ", "GET /a HTTP", "GET /a HTTP/", "GET /a HTTP/1", "GET /a HTTP/1.", "GET /a HTTP/.1", "GET /a HTTP/0.9",
		"GET /a HTTP/2.0", "GET /a HTTP/3", "GET /a HTTP/1.1x", "GET /a HTTP/1.10", "GET /a HTTP/01.1", "GET /a HTTP/1,1", "GET /a HTTP/1.1 ",
		"GET /a HTTP/1.1\t", "GET /a HTTP /1.1", "GET /a http/1.1", "GET /a XHTTP/1.1", "GET /a HTTP/1.1 HTTP/1.1", "GET /a HTTP/1.-1", "GET /a HTTP/+1.1",
		"GET  /a HTTP/1.1", "GET /a  HTTP/1.1", "GET\t/a HTTP/1.1", "GET /a\tHTTP/1.1", "GET\x0b/a HTTP/1.1", "GET\x00 /a HTTP/1.1", " GET /a HTTP/1.1",
		"/a HTTP/1.1", "G@T /a HTTP/1.1", "G\x00T /a HTTP/1.1", "G(T /a HTTP/1.1", "GET: /a HTTP/1.1", "\"GET\" /a HTTP/1.1", "G\xc3\x84T /a HTTP/1.1",
		"GET /a b HTTP/1.1", "GET /a\x00 HTTP/1.1", "GET /a\x01b HTTP/1.1", "GET /a\x7fb HTTP/1.1", "GET /a\x0bb HTTP/1.1", "GET /a#b HTTP/1.1", "GET /a?b#c HTTP/1.1",
		"GET a HTTP/1.1", "GET ?a HTTP/1.1", "GET #a HTTP/1.1", "GET shop.test HTTP/1.1", "GET shop.test:80 HTTP/1.1", "GET http:/a HTTP/1.1", "GET http:a HTTP/1.1",
		"GET http:///a HTTP/1.1", "GET http://user@shop.test/a HTTP/1.1", "GET http://user:pass@shop.test/a HTTP/1.1", "GET http://shop.test\\a HTTP/1.1",
		"GET ftp://shop.test/a HTTP/1.1", "GET file:///etc/passwd HTTP/1.1", "GET javascript:// HTTP/1.1",
	} {
		rows = append(rows, row{line, line + host, refused, ""})
	}
	check(t, append(rows,
		row{"HTTP/0.9", "GET /a\r\n\r\n", refused, ""},
		row{"the asterisk of a GET", "GET * HTTP/1.1" + host, "400 200", "GET /canary"},
		row{"CONNECT", "CONNECT shop.test:80 HTTP/1.1" + host, "403 200", "GET /canary"},
		row{"TRACE", "TRACE /a HTTP/1.1" + host, "403 200", "GET /canary"},
		row{"a method in lower case", "get /a HTTP/1.1" + host, "403 200", "GET /canary"},
		row{"a method that ends in a smuggled one", "GPOST /a HTTP/1.1" + host, "403 200", "GET /canary"},
		row{"a later minor version", "GET /a HTTP/1.2" + host, passed, "GET /a"},
		row{"a path that looks like lines", "GET /a%0d%0aX:%20y%20HTTP/1.1 HTTP/1.1" + host, passed, "GET /a%0d%0aX:%20y%20HTTP/1.1"},
		row{"two slashes", "GET //evil.test/a HTTP/1.1" + host, passed, "GET //evil.test/a"},
		row{"a URL as path", "GET /http://evil.test/a HTTP/1.1" + host, passed, "GET /http://evil.test/a"},
	))
}

// TestHost: RFC 9112 sections 3.2 and 3.3, CF-DIST.
func TestHost(t *testing.T) {
	const line = "GET /a HTTP/1.1\r\n"
	check(t, []row{
		{"none", line + "\r\n", refused, ""},
		{"two", line + "Host: shop.test\r\nHost: evil.test\r\n\r\n", refused, ""},
		{"two the other way round", line + "Host: evil.test\r\nHost: shop.test\r\n\r\n", refused, ""},
		{"two that agree", line + "Host: shop.test\r\nHost: shop.test\r\n\r\n", refused, ""},
		{"two in another case", line + "Host: shop.test\r\nhOST: evil.test\r\n\r\n", refused, ""},
		{"two, the second empty", line + "Host: shop.test\r\nHost:\r\n\r\n", refused, ""},
		{"folded", line + "Host: shop.test\r\n evil.test\r\n\r\n", refused, ""},
		{"blank before the colon", line + "Host : shop.test\r\n\r\n", refused, ""},
		{"a blank inside", line + "Host: shop.test evil.test\r\n\r\n", refused, ""},
		{"a tab inside", line + "Host: shop.test\tevil.test\r\n\r\n", refused, ""},
		{"a path", line + "Host: shop.test/evil\r\n\r\n", refused, ""},
		{"a backslash", line + "Host: shop.test\\evil\r\n\r\n", refused, ""},
		{"a question mark", line + "Host: shop.test?evil\r\n\r\n", refused, ""},
		{"a fragment", line + "Host: shop.test#evil\r\n\r\n", refused, ""},
		{"user information", line + "Host: user@shop.test\r\n\r\n", refused, ""},
		{"NUL", line + "Host: shop.test\x00.evil.test\r\n\r\n", refused, ""},
		{"not ASCII", line + "Host: sh\xc3\xb6p.test\r\n\r\n", refused, ""},
		{"another", line + "Host: evil.test\r\n\r\n", "403 200", "GET /canary"},
		{"a list", line + "Host: shop.test,evil.test\r\n\r\n", refused, ""},
		{"empty", line + "Host:\r\n\r\n", "403 200", "GET /canary"},

		{"absolute form, the same", "GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n", passed, "GET /a"},
		{"absolute form, another Host", "GET http://shop.test/a HTTP/1.1\r\nHost: evil.test\r\n\r\n", passed, "GET /a"},
		{"absolute form with another authority", "GET http://evil.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n", "403 200", "GET /canary"},
		{"absolute form without Host", "GET http://shop.test/a HTTP/1.1\r\n\r\n", refused, ""},
		{"absolute form with two Hosts", "GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\nHost: evil.test\r\n\r\n", refused, ""},
		{"absolute form in HTTP/1.0", "GET http://shop.test/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", passed, "GET /a"},
		{"X-Forwarded-Host is no Host", line + "Host: shop.test\r\nX-Forwarded-Host: evil.test\r\n\r\n", passed, "GET /a X-Forwarded-Host=evil.test"},
	})
}

// TestConnection: what Connection names ends here, and takes nothing with it
// that decides what the message is (RFC 9110 section 7.6.1, CF-HDR-58).
func TestConnection(t *testing.T) {
	const chunks = "\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	check(t, []row{
		{"Host", get + "Connection: Host\r\n\r\n", passed, "GET /a"},
		{"Content-Length", post + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"Content-Length of none", post + "Connection: content-length\r\nContent-Length: 0\r\n\r\n", passed, "POST /a Content-Length=0"},
		{"Transfer-Encoding", post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked" + chunks, passed, `POST /a Transfer-Encoding=chunked "hello"`},
		{"Transfer-Encoding, with a length", post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"Via and X-Forwarded-For", get + "Connection: Via, X-Forwarded-For, X-Amz-Cf-Id\r\n\r\n", passed, "GET /a"},
		{"another field", get + "Connection: X\r\nX: y\r\nZ: z\r\n\r\n", passed, "GET /a Z=z"},
		{"another field, over two lines", get + "Connection: Z\r\nX: y\r\nConnection: X\r\nZ: z\r\n\r\n", passed, "GET /a"},
		{"Connection itself", get + "Connection: Connection\r\n\r\n", passed, "GET /a"},
		{"fields of one hop", get + "Keep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: X\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n\r\n", passed, "GET /a"},
		{"close", get + "Connection: close\r\n\r\n", "200 closed", "GET /a"},
		{"close among others", get + "Connection: x, CLOSE\r\n\r\n", "200 closed", "GET /a"},
		{"h2c", get + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", passed, "GET /a"},
		{"h2c that Connection does not name", get + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", passed, "GET /a Http2-Settings=AAMAAABkAAQAAP__"}, // which means nothing without Upgrade
		{"h2c with content", post + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"an upgrade to nothing we know", get + "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n", passed, "GET /a"},

		{"HTTP/1.0", "GET /a HTTP/1.0\r\nHost: shop.test\r\n\r\n", "200 closed", "GET /a"},
		{"HTTP/1.0 that stays", "GET /a HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\n\r\n", passed, "GET /a"},
		{"HTTP/1.0 with content of no length", "POST /a HTTP/1.0\r\nHost: shop.test\r\n\r\nGET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n", "200 closed", "POST /a Content-Length=0"},
		{"HTTP/1.0 with close and keep-alive", "GET /a HTTP/1.0\r\nHost: shop.test\r\nConnection: close, keep-alive\r\n\r\n", "200 closed", "GET /a"},
		{"a list", "GET /a HTTP/1.1\r\nHost: shop.test\r\nConnection: keep-alive, keep-alive,,\r\n\r\n", passed, "GET /a"},
	})
}

// TestPipelined: what is behind a refused request was never a request.
func TestPipelined(t *testing.T) {
	check(t, []row{
		{"behind a good one", get + "\r\n", passed, "GET /a"},
		{"behind two good ones", get + "\r\n" + post + "Content-Length: 5\r\n\r\nhello", "200 200 200", `GET /a | POST /a Content-Length=5 "hello" | GET /canary`},
		{"behind a bad one behind a good one", get + "\r\n" + "GET /b HTTP/1.1\r\nHost: shop.test\r\nX : y\r\n\r\n", "200 400 closed", "GET /a"},
		{"behind garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", refused, ""},
		{"behind the preface of HTTP/2 that is none", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", refused, ""},
		{"behind a refused one with a length", "GET /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"behind a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", refused, ""},
		{"behind an unknown host with content", "POST /a HTTP/1.1\r\nHost: evil.test\r\nContent-Length: 5\r\n\r\nhello", "403 200", "GET /canary"},
	})
}
