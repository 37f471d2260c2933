package smuggling

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/origin/origintest"
)

// A reply is what the origin sends for GET /a, byte for byte, and what the
// viewer gets: the status and the content. Whatever it is, the next request
// gets its own response.
type reply struct {
	what   string
	steps  []origintest.Step
	viewer string
}

const (
	// unusable: CloudFront's answer to a response that is none (CF-ERR).
	unusable = "502"
	// cut: the viewer sees that the response is not complete.
	cut = "cut"
	// hello is a good response, behind which the connection is used again;
	// behind helloLast it is not.
	hello     = "200 hello"
	helloLast = hello + last
	last      = ", last"
)

// sends is what most origins here do: bytes, and the connection stays open.
func sends(raw string) []origintest.Step { return []origintest.Step{origintest.Send(raw)} }

// thenCloses closes the connection behind the bytes.
func thenCloses(raw string) []origintest.Step {
	return []origintest.Step{origintest.Send(raw), origintest.Close()}
}

func checkReplies(t *testing.T, method string, rows []reply) {
	for _, r := range rows {
		t.Run(r.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := edgetest.New(t, edgetest.StoreMemory, config)
				o := origintest.Start(e.Listen("api.test"), func(q origintest.Request) []origintest.Step {
					if strings.Contains(q.Line(), " /a ") {
						return r.steps
					}
					return []origintest.Step{origintest.OK("second")}
				})
				t.Cleanup(o.Close)
				want := strings.TrimSuffix(r.viewer, last)
				if got := ask(t, e, method, "/a"); got != want && !(want == cut && got == unusable) {
					t.Errorf("first: got %q, want %q", got, want)
				}
				time.Sleep(2 * time.Second) // less than connections stay
				for range 2 {
					if got, want := ask(t, e, "GET", "/b"), "200 second"; got != want {
						t.Errorf("next: got %q, want %q", got, want)
					}
				}
				if want, told := map[string]bool{hello: true, helloLast: false}[r.viewer]; told && (o.Conns() == 1) != want {
					t.Errorf("connections: got %d, want the first one used again: %v", o.Conns(), want)
				}
			})
		})
	}
}

// ask returns what a viewer gets over a connection of its own.
func ask(t *testing.T, e *edgetest.Edge, method, target string) string {
	call := e.Call(t, edgetest.ProtocolH1, edgetest.Request{Scheme: "http", Method: method, Host: "shop.test", Target: target})
	defer call.Close()
	got, err := call.Wait(10 * time.Minute)
	switch {
	case got.Cut || err != nil:
		return cut
	case got.Status >= 400:
		return fmt.Sprint(got.Status)
	}
	for _, l := range got.Fields {
		if strings.HasPrefix(l.Name, "Evil") {
			return fmt.Sprintf("%d with %s: %s", got.Status, l.Name, l.Value)
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", got.Status, got.Body))
}

// TestResponseFraming: RFC 9112 section 6.3, CF-RESP.
func TestResponseFraming(t *testing.T) {
	const ok, chunks = "HTTP/1.1 200 OK\r\n", "5\r\nhello\r\n0\r\n\r\n"
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	var rows []reply
	for _, fields := range []string{
		"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 6\r\nContent-Length: 5", "Content-Length: 5, 6", "Content-Length: +5", "Content-Length: -5",
		"Content-Length: 0x5", "Content-Length: 5.0", "Content-Length: 5 5", "Content-Length: \"5\"", "Content-Length:", "Content-Length: ,", "Content-Length: 5,",
		"Content-Length: 18446744073709551621", "Content-Length: 99999999999999999999", "Content-Length: \x0b5", "Content-Length: 5\x00", "Content-Length: \uff15",
		"Content-Length : 5", "Content-Length\t: 5", "Content-Length:\r\n 5", "X: y\r\n Content-Length: 5",
	} {
		rows = append(rows, reply{fields, sends(ok + fields + "\r\n\r\nhello"), unusable})
	}
	for _, fields := range []string{
		"Transfer-Encoding: xchunked", "Transfer-Encoding: identity", "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, gzip",
		"Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: \x0bchunked",
		"Transfer-Encoding: chunked\x00", "Transfer-Encoding:", "Transfer-Encoding : chunked", "Transfer-Encoding:\r\n chunked", "X: y\r\n Transfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "Transfer Encoding: chunked",
		"Transfer-Encoding: gzip\r\nContent-Length: 5", "Transfer-Encoding\x0b: chunked",
	} {
		rows = append(rows, reply{fields, sends(ok + fields + "\r\n\r\n" + chunks), unusable})
	}
	checkReplies(t, "GET", append(rows, []reply{
		{"a length", sends(ok + "Content-Length: 5\r\n\r\nhello"), hello},
		{"a length twice", sends(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), hello},
		{"a list of one length", sends(ok + "Content-Length: 5, 5\r\n\r\nhello"), hello},
		{"chunks", sends(ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks), hello},
		{"chunks of HTTP/1.0", sends("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), unusable},
		{"up to the end of the connection", thenCloses(ok + "\r\nhello"), helloLast},
		{"a length and chunks", sends(ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), helloLast},
		{"chunks and a length", sends(ok + "Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n" + chunks), helloLast},

		{"a response behind it", sends(ok + "Content-Length: 5\r\n\r\nhello" + evil), helloLast},
		{"a response behind chunks", sends(ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks + evil), helloLast},
		{"a response behind a length and chunks", sends(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + evil), helloLast},
		{"a response behind 204", sends("HTTP/1.1 204 No Content\r\n\r\n" + evil), "204"},
		{"204 with a length", sends("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), "204"},
		{"204 with chunks", sends("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), "204"},
		{"a response that nobody waits for", []origintest.Step{
			origintest.Send(ok + "Content-Length: 5\r\n\r\nhello"), origintest.Wait(time.Second), origintest.Send(evil),
		}, helloLast},
		{"an end of line behind it", sends(ok + "Content-Length: 5\r\n\r\nhello\r\n"), helloLast},

		{"content that is shorter", thenCloses(ok + "Content-Length: 50\r\n\r\nhello"), cut},
		{"chunks without the last", thenCloses(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), cut},
		{"chunks without the last line", thenCloses(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"), cut},
	}...))
	checkReplies(t, "HEAD", []reply{
		{"HEAD with a length", sends(ok + "Content-Length: 5\r\n\r\n"), "200"},
		{"HEAD with content", sends(ok + "Content-Length: 5\r\n\r\nhello"), "200"},
		{"HEAD with chunks", sends(ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks), "200"},
		{"HEAD with a response behind it", sends(ok + "Content-Length: 4\r\n\r\n" + evil), "200"},
		{"HEAD with two lengths", sends(ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), unusable},
	})
}

// TestResponseChunks: what is malformed is not the end of the content.
func TestResponseChunks(t *testing.T) {
	const begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	var rows []reply
	for _, content := range []string{
		"x\r\nhello\r\n0\r\n\r\n", "\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n",
		"5_0\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "4\r\nhello\r\n0\r\n\r\n",
		"5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "10000000000000005\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
		"5;a\nb\r\nhello\r\n0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nno colon\r\n\r\n", "5\r\nhello\r\n0\r\nX : y\r\n\r\n", "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
		"5\r\nhello\r\n0\r\nX: a\x00\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\n\r\n",
	} {
		rows = append(rows, reply{content, sends(begin + content), cut})
	}
	checkReplies(t, "GET", append(rows, []reply{
		{"an extension", sends(begin + "5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n"), hello},
		{"many chunks", sends(begin + "1\r\nh\r\n3\r\nell\r\n01\r\no\r\n000\r\n\r\n"), hello},
		{"trailers", sends(begin + "5\r\nhello\r\n0\r\nEvil: 1\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n"), hello},
	}...))
}

// TestResponseHead: RFC 9112 sections 2.2, 4 and 5.
func TestResponseHead(t *testing.T) {
	const ok, rest = "HTTP/1.1 200 OK\r\n", "\r\nContent-Length: 5\r\n\r\nhello"
	var rows []reply
	for _, line := range []string{
		"hello", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 -20 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK",
		"HTTP/2 200 OK", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK", "http/1.1 200 OK", "HTTP/1.10 200 OK", "HTTP/11 200 OK", "ICY 200 OK", " HTTP/1.1 200 OK", "\r\nHTTP/1.1 200 OK", "HTTP/1.1 200 \x00", "HTTP/1.1 200 O\rK", "HTTP/1.1 200\x0bOK",
	} {
		rows = append(rows, reply{line, thenCloses(line + rest), unusable})
	}
	for _, field := range []string{
		"no colon", ": empty", " : x", "Evil : 1", "Evil\t: 1", "Evil x: 1", "Evil: a\x00", "Evil: a\rb", "Evil: a\nEvil2: b", "Evil: a\r\n b", "Evil: a\r\n\tb", "\x00Evil: 1", "Evil\x7f: 1", "Evil: \x7f", "Evil: \x0b",
		"X: " + strings.Repeat("x", 33<<10),
	} {
		rows = append(rows, reply{field[:min(len(field), 30)], sends(ok + field + rest), unusable})
	}
	checkReplies(t, "GET", append(rows, []reply{
		{"white space before the first field", sends(ok + " X: y" + rest), unusable},
		{"LF only", sends("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), unusable},
		{"LF as the empty line", sends(ok + "Content-Length: 5\r\n\nhello"), unusable},
		{"no reason", sends("HTTP/1.1 200 " + rest), hello},
		{"not even its space", sends("HTTP/1.1 200" + rest), hello},
		{"100 before it", sends("HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 200 OK" + rest), hello},
		{"100 with content", sends("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello" + "HTTP/1.1 200 OK" + rest), unusable},
		{"100 before it, malformed", sends("HTTP/1.1 100 Continue\r\nEvil : 1\r\n\r\n" + "HTTP/1.1 200 OK" + rest), unusable},
		{"many informational responses", sends(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100) + "HTTP/1.1 200 OK" + rest), unusable},
		{"101 that nobody asked for", sends("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), unusable},
		{"Connection names the length", sends(ok + "Connection: Content-Length" + rest), hello},
		{"Connection names a field", sends(ok + "Connection: Evil\r\nEvil: 1" + rest), hello},
		{"fields of one hop", sends(ok + "Keep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: Evil\r\nUpgrade: h2c\r\nProxy-Connection: close" + rest), hello},
		{"close, and more behind it", sends(ok + "Connection: close" + rest + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), helloLast},
	}...))
}
