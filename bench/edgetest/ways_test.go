package edgetest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
)

// waysConfig has a behavior for each thing that answers depend on.
const waysConfig = `
version: 1
cache_policies:
  all: {default_ttl: 60s, parameters_in_cache_key_and_forwarded_to_origin: {enable_accept_encoding_gzip: true, enable_accept_encoding_brotli: true, headers_config: {header_behavior: whitelist, headers: [Origin, X-Key]}, cookies_config: {cookie_behavior: all}, query_strings_config: {query_string_behavior: all}}}
  none: {default_ttl: 60s, parameters_in_cache_key_and_forwarded_to_origin: {}}
response_headers_policies:
  change:
    cors_config:
      access_control_allow_origins: ["https://app.test"]
      access_control_allow_methods: [GET]
      access_control_allow_headers: ["*"]
    custom_headers_config: {X-Own: {value: "1", override: true}, ETag: {value: own}}
    remove_headers_config: [X-Gone]
distributions:
  shop:
    aliases: [shop.test, "*.shop.test"]
    origins: {api: {domain_name: api.test, custom_origin_config: {origin_protocol_policy: http-only}}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: none, allowed_methods: all}
    cache_behaviors:
      - {path_pattern: /key/*, target_origin_id: api, cache_policy_id: all, compress: true}
      - {path_pattern: /change/*, target_origin_id: api, cache_policy_id: none, response_headers_policy_id: change}
      - {path_pattern: /secure/*, target_origin_id: api, cache_policy_id: none, viewer_protocol_policy: redirect-to-https}
      - {path_pattern: /off/*, target_origin_id: api, cache_policy_id: CachingDisabled}
    logging: {path: unused}
`

// waysOrigin answers by the last part of the path.
func waysOrigin(q origintest.Request) []origintest.Step {
	fields := []string{"Cache-Control: max-age=60", "Content-Type: text/css", `ETag: "v1"`, "Last-Modified: Fri, 31 Dec 1999 12:00:00 GMT"}
	target := strings.Fields(q.Line())[1]
	path, _, _ := strings.Cut(target, "?")
	content := fmt.Sprintf("%s\n", target)
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "plain":
	case "vary":
		accepted, _ := q.Field("X-Key")
		fields = append(fields, "Vary: X-Key", "X-Got: "+accepted)
	case "empty":
		content = ""
	case "big":
		content = strings.Repeat(content, 3000)
	case "small":
		content = strings.Repeat(content, 300)
	case "404":
		return []origintest.Step{origintest.Reply(404, content, fields...)}
	case "301":
		return []origintest.Step{origintest.Reply(301, content, append(fields, "Location: /x")...)}
	case "204":
		return []origintest.Step{origintest.Send("HTTP/1.1 204 No Content\r\nCache-Control: max-age=60\r\n\r\n")}
	case "odd":
		fields = append(fields, "x-LOWER: a", "X-Two: 1", "X-Two: 2", "X-Gone: 1", "Connection: x-hop", "X-Hop: 1", "X-Empty:", "Age: 7", "Set-Cookie: a=b", "Server: own", "X-Cache: own", "Via: 1.1 own")
	case "chunks":
		return []origintest.Step{origintest.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")}
	case "private":
		fields[0] = "Cache-Control: private"
	}
	if strings.HasPrefix(q.Line(), "HEAD ") {
		return []origintest.Step{origintest.Send("HTTP/1.1 200 OK\r\n" + strings.Join(fields, "\r\n") + "\r\nContent-Length: " + fmt.Sprint(len(content)) + "\r\n\r\n")}
	}
	return []origintest.Step{origintest.OK(content, fields...)}
}

// What requests are made of.
var (
	wayPaths   = []string{"/", "/key/", "/change/", "/secure/", "/off/"}
	wayObjects = []string{"plain", "vary", "empty", "big", "small", "404", "301", "204", "odd", "chunks", "private"}
	wayQueries = []string{"", "", "?", "?a=1", "?a=%31&b", "?b&a=1"}
	wayHosts   = []string{"shop.test", "shop.test", "SHOP.test", "www.shop.test", "shop.test:80", "other.test", "shop.test."}
	wayFields  = field.Lines{
		{Name: "Accept-Encoding", Value: "gzip"}, {Name: "accept-encoding", Value: "br;q=0.5, GZIP"}, {Name: "Accept-Encoding", Value: "gzip;q=0, *"}, {Name: "Accept-Encoding", Value: ""},
		{Name: "Cookie", Value: "a=1"}, {Name: "cookie", Value: "b=2; a=1"}, {Name: "X-Key", Value: "1"}, {Name: "x-key", Value: "2"},
		{Name: "Origin", Value: "https://app.test"}, {Name: "Origin", Value: "https://other.test"}, {Name: "Authorization", Value: "x"},
		{Name: "Range", Value: "bytes=0-1"}, {Name: "Range", Value: "bytes=x"}, {Name: "If-Range", Value: `"v1"`},
		{Name: "If-None-Match", Value: `"v1"`}, {Name: "If-None-Match", Value: "*"}, {Name: "If-Modified-Since", Value: "Fri, 31 Dec 1999 12:00:00 GMT"}, {Name: "If-Match", Value: `"v2"`},
		{Name: "Connection", Value: "keep-alive"}, {Name: "Connection", Value: "close"}, {Name: "connection", Value: "x-key"}, {Name: "TE", Value: "trailers"}, {Name: "Upgrade", Value: "h2c"},
		{Name: "Cache-Control", Value: "no-cache"}, {Name: "Cache-Control", Value: "only-if-cached"}, {Name: "Pragma", Value: "no-cache"}, {Name: "CDN-Loop", Value: "CloudFront"}, {Name: "CDN-Loop", Value: "x, y; a=b"},
		{Name: "X-Forwarded-For", Value: "192.0.2.1"}, {Name: "User-Agent", Value: "Mozilla/5.0"}, {Name: "X-Long", Value: strings.Repeat("x", 9000)}, {Name: "X-Amz-Cf-Id", Value: "x"}, {Name: "Via", Value: "1.1 x"},
	}
)

// wayRequest makes a request of bytes: six for what it asks for, then the number
// of a field each.
func wayRequest(b []byte) (Protocol, Request) {
	at := func(i int) int {
		if i < len(b) {
			return int(b[i])
		}
		return 0
	}
	pick := func(i int, of []string) string { return of[at(i)%len(of)] }
	q := Request{
		Method: pick(0, []string{"GET", "GET", "GET", "HEAD"}), Scheme: pick(1, []string{"http", "https"}), Host: pick(2, wayHosts),
		Target: pick(3, wayPaths) + pick(4, wayObjects) + pick(5, wayQueries),
	}
	for i := 6; i < min(len(b), 14); i++ {
		q.Fields = append(q.Fields, wayFields[at(i)%len(wayFields)])
	}
	return Protocol(at(1) / 2 % 2), q
}

// answer asks and returns the whole response, without its id.
func (e *Edge) answer(t *testing.T, p Protocol, q Request) string {
	call := e.Call(t, p, q)
	defer call.Close()
	r, err := call.Wait(time.Minute)
	id := r.Fields.Get("X-Amz-Cf-Id")
	text := fmt.Sprintf("%d cut=%v closed=%v error=%v\n", r.Status, r.Cut, r.Closed, err)
	for _, l := range r.Fields {
		if field.EqualName(l.Name, "X-Amz-Cf-Id") {
			l.Value = fmt.Sprint(len(id), " characters")
		}
		text += l.Name + ": " + l.Value + "\n"
	}
	if id != "" { // an error page has it too
		r.Body = strings.ReplaceAll(r.Body, id, "id")
	}
	return text + "\n" + r.Body
}

// checkWays asks three times: so that there is an answer to remember, the short
// way, and by the stages. It returns how many requests went the short way.
func checkWays(t *testing.T, engine listener.Engine, requests []byte) (hits int64) {
	synctest.Test(t, func(t *testing.T) {
		e := NewWith(t, engine, StoreMemory, waysConfig)
		o := origintest.Start(e.Listen("api.test"), waysOrigin)
		t.Cleanup(o.Close)
		for one := range strings.SplitSeq(string(requests), "\xff") {
			p, q := wayRequest([]byte(one))
			for range 2 { // stored, and learned
				e.answer(t, p, q)
				synctest.Wait()
			}
			time.Sleep(3 * time.Second) // so that there is an age
			short := e.answer(t, p, q)
			e.SetWay(WayLong)
			long := e.answer(t, p, q)
			e.SetWay(WayShort)
			if short != long {
				t.Errorf("%v %+v:\nthe short way\n%.2000s\nthe long way\n%.2000s", p, q, short, long)
			}
		}
		hits = e.Hits()
	})
	return hits
}

// TestWays: every kind of response, asked for over every protocol, goes the
// short way or does not, and is the same.
func TestWays(t *testing.T) {
	for scheme := range byte(4) {
		var requests []byte
		for path := range byte(len(wayPaths)) {
			for object := range byte(len(wayObjects)) {
				for method := range byte(2) {
					requests = append(requests, method*3, scheme, 0, path, object, 0, 0xff)
				}
			}
		}
		for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
			if hits := checkWays(t, engine, requests); hits < 36 {
				t.Errorf("%v, protocol and scheme %d: got %d requests that went the short way, want 36", engine, scheme, hits)
			}
		}
	}
	for f := range byte(len(wayFields)) {
		checkWays(t, listener.EngineEventLoop, []byte{0, f % 4, 0, 0, 0, 0, f, 0xff, 0, f % 4, 0, 1, 1, 3, f})
	}
}

// FuzzWays: whatever is asked for, the answer of Server.Hit is that of the
// stages, byte by byte and with every field.
func FuzzWays(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0})
	f.Add([]byte{3, 1, 0, 1, 3, 2, 0, 4, 0xff, 0, 2, 2, 2, 8, 0, 8, 0xff, 0, 3, 3, 3, 4, 4, 18, 29})
	f.Add([]byte{0, 0, 0, 1, 1, 0, 6, 0xff, 0, 0, 0, 1, 1, 0, 7, 9, 0xff, 0, 0, 1, 0, 4, 0, 1, 4, 5, 10})
	f.Fuzz(func(t *testing.T, requests []byte) {
		if len(requests) > 100 {
			return
		}
		engine := listener.EngineGoroutine
		if len(requests)%2 == 1 {
			engine = listener.EngineEventLoop
		}
		checkWays(t, engine, requests)
	})
}
