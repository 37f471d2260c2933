package smuggling

import (
	"strings"
	"testing"
)

// TestChunks: the chunked coding by the letter (RFC 9112 section 7.1).
func TestChunks(t *testing.T) {
	const begin = post + "Transfer-Encoding: chunked\r\n\r\n"
	const hello = `POST /a Transfer-Encoding=chunked "hello"`
	var rows []row
	for _, content := range []string{
		"x\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
		"5h\r\nhello\r\n0\r\n\r\n", "5_0\r\nhello\r\n0\r\n\r\n", "5.\r\nhello\r\n0\r\n\r\n", "5,5\r\nhello\r\n0\r\n\r\n", "\"5\"\r\nhello\r\n0\r\n\r\n",
		" 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "\x0b5\r\nhello\r\n0\r\n\r\n", "5\x00\r\nhello\r\n0\r\n\r\n",
		"\uff15\r\nhello\r\n0\r\n\r\n", "5 5\r\nhello\r\n0\r\n\r\n",
		"5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\r\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
		"5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "4\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n",
		"5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\n\r\r\n", "5\r\nhello\r\n0 \r\n\r\n", "5\r\nhello\r\n-0\r\n\r\n",
		"10000000000000005\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "fffffffffffffffb\r\nhello\r\n0\r\n\r\n", "8000000000000000\r\nhello\r\n0\r\n\r\n",
		"100000005" + strings.Repeat("0", 40) + "\r\nhello\r\n0\r\n\r\n",
		"5;a\nb\r\nhello\r\n0\r\n\r\n", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n", "5;a=\x7f\r\nhello\r\n0\r\n\r\n",
		"5\r\nhello\r\n0;a\n\r\n\r\n", "5;" + strings.Repeat("a", 100<<10) + "\r\nhello\r\n0\r\n\r\n",
		"5\r\nhello\r\n0\r\n", // so that the canary is the trailer section
		"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "5\r\nhello\r\n0\r\nX : y\r\n\r\n", "5\r\nhello\r\n0\r\n: y\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n", "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
		"5\r\nhello\r\n0\r\nX: y\n\r\n", "5\r\nhello\r\n0\r\nX: a\x00\r\n\r\n", "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n", "5\r\nhello\r\n0\r\nX y: z\r\n\r\n",
		"5\r\nhello\r\n0\r\n" + strings.Repeat("X: y\r\n", 20_000) + "\r\n",
		"GET /evil HTTP/1.1\r\nHost: shop.test\r\n\r\n",
	} {
		what := content
		if len(what) > 40 {
			what = what[:20] + " ..."
		}
		rows = append(rows, row{what, begin + content, broken, ""})
	}
	check(t, append(rows,
		row{"none", begin + "0\r\n\r\n", passed, "POST /a Transfer-Encoding=chunked"},
		row{"one", begin + "5\r\nhello\r\n0\r\n\r\n", passed, hello},
		row{"five", begin + "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n", passed, hello},
		row{"zeros", begin + "0005\r\nhello\r\n000\r\n\r\n", passed, hello},
		row{"upper and lower case", begin + "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", passed, `POST /a Transfer-Encoding=chunked "01234567890123456789a"`},
		row{"an extension", begin + "5;a\r\nhello\r\n0;b=c\r\n\r\n", passed, hello},
		row{"an extension in quotes", begin + "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", passed, hello},
		row{"content that looks like chunks", begin + "f\r\n0\r\n\r\nGET / HTTP\r\n0\r\n\r\n", passed, `POST /a Transfer-Encoding=chunked "0\r\n\r\nGET / HTTP"`},
		row{"trailers of framing", begin + "5\r\nhello\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n", passed, hello},
		row{"trailers of routing", begin + "5\r\nhello\r\n0\r\nHost: evil.test\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n", passed, hello},
		row{"a trailer", post + "Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n", passed, hello},
	))
}

// TestExpect: RFC 9110 section 10.1.1. The viewer of these sends its content at
// once.
func TestExpect(t *testing.T) {
	check(t, []row{
		{"100-continue", post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"100-continue in another case", post + "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"100-continue and chunks", post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", passed, `POST /a Transfer-Encoding=chunked "hello"`},
		{"100-continue without content", get + "Expect: 100-continue\r\n\r\n", passed, "GET /a"},
		{"100-continue that Connection names", post + "Connection: Expect\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", passed, `POST /a Content-Length=5 "hello"`},
		{"anything else", post + "Expect: 200-ok\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"anything else beside", post + "Expect: 100-continue, x\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"twice", post + "Expect: 100-continue\r\nExpect: x\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
		{"obfuscated", post + "Expect: y 100-continue\r\nContent-Length: 5\r\n\r\nhello", refused, ""},
	})
}
