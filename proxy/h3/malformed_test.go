package h3

import (
	"strings"
	"testing"
	"time"
)

// TestMalformed: what is no request gets no answer but a reset, and no Handler
// (RFC 9114 section 4.1.2; reliability H1 to H5, H19). The rules are those of HTTP/2.
func TestMalformed(t *testing.T) {
	post := func(more ...string) []string {
		return append([]string{":method: POST", ":scheme: https", ":authority: a", ":path: /"}, more...)
	}
	for _, tt := range []struct {
		name  string
		parts [][]byte
		want  string // as told; "" if nothing is
		code  string
	}{
		{"upper case", [][]byte{headers(get("/", "X-Up: 1")...)}, "0 invalid field name", "H3_MESSAGE_ERROR"},
		{"no name", [][]byte{appendFrame(nil, frameHeaders, append(section(get("/")...), 0x20, 0x01, 'v'))}, "0 invalid field name", "H3_MESSAGE_ERROR"},
		{"line in a value", [][]byte{headers(get("/", "x: a\r\nb: c")...)}, "0 invalid value of field", "H3_MESSAGE_ERROR"},
		{"connection field", [][]byte{headers(get("/", "connection: close")...)}, "0 connection-specific field", "H3_MESSAGE_ERROR"},
		{"transfer-encoding", [][]byte{headers(post("transfer-encoding: chunked")...), data("a")}, "0 connection-specific field", "H3_MESSAGE_ERROR"},
		{"upgrade", [][]byte{headers(get("/", "upgrade: websocket")...)}, "0 connection-specific field", "H3_MESSAGE_ERROR"},
		{"te", [][]byte{headers(get("/", "te: gzip")...)}, "0 invalid value of te", "H3_MESSAGE_ERROR"},
		{"unknown pseudo-field", [][]byte{headers(append([]string{":status: 200"}, get("/")...)...)}, "0 unknown pseudo-field", "H3_MESSAGE_ERROR"},
		{"pseudo-field twice", [][]byte{headers(append([]string{":path: /b"}, get("/")...)...)}, "0 repeated pseudo-field", "H3_MESSAGE_ERROR"},
		{"pseudo-field late", [][]byte{headers(":method: GET", "x: y", ":scheme: https", ":authority: a", ":path: /")}, "0 pseudo-field after a field", "H3_MESSAGE_ERROR"},
		{"no path", [][]byte{headers(":method: GET", ":scheme: https", ":authority: a")}, "0 no :scheme or no :path", "H3_MESSAGE_ERROR"},
		{"empty path", [][]byte{headers(get("")...)}, "0 no :scheme or no :path", "H3_MESSAGE_ERROR"},
		{"absolute path", [][]byte{headers(get("https://b/")...)}, "0 malformed :path", "H3_MESSAGE_ERROR"},
		{"space in the path", [][]byte{headers(get("/a b")...)}, "0 invalid value of :path", "H3_MESSAGE_ERROR"},
		{"no method", [][]byte{headers(":scheme: https", ":authority: a", ":path: /")}, "0 no :method", "H3_MESSAGE_ERROR"},
		{"user information", [][]byte{headers(":method: GET", ":scheme: https", ":authority: u@a", ":path: /")}, "0 invalid value of :authority", "H3_MESSAGE_ERROR"},
		{"two hosts", [][]byte{headers(get("/", "host: other.example")...)}, "0 :authority and Host differ", "H3_MESSAGE_ERROR"},
		{"protocol", [][]byte{headers(":method: CONNECT", ":protocol: websocket", ":scheme: https", ":authority: a", ":path: /")}, "0 unexpected :protocol", "H3_MESSAGE_ERROR"},
		{"CONNECT with a path", [][]byte{headers(":method: CONNECT", ":scheme: https", ":authority: a", ":path: /")}, "0 malformed CONNECT", "H3_MESSAGE_ERROR"},
		{"two lengths", [][]byte{headers(post("content-length: 1", "content-length: 1")...), data("a")}, "0 bad Content-Length", "H3_MESSAGE_ERROR"},
		{"signed length", [][]byte{headers(post("content-length: +1")...), data("a")}, "0 bad Content-Length", "H3_MESSAGE_ERROR"},
		// A length, and the end in place of content (CVE-2026-33555).
		{"no content", [][]byte{headers(post("content-length: 5")...)}, "0 content shorter than Content-Length", "H3_MESSAGE_ERROR"},
		{"no content of GET", [][]byte{headers(get("/", "content-length: 5")...)}, "0 content shorter than Content-Length", "H3_MESSAGE_ERROR"},
		{"nothing", [][]byte{{}}, "", "H3_REQUEST_INCOMPLETE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				expect(t, "answer", answer(c.send(tt.parts...)), "reset "+tt.code)
				if got := s.told(); got != tt.want {
					t.Errorf("told: got %q, want %q", got, tt.want)
				}
				if got := answer(c.send(headers(get("/after")...))); !strings.Contains(got, "/after") {
					t.Errorf("the next request: got %q, want an answer", got)
				}
			})
		})
	}
}

// TestContentLength: content that is not as long as announced is no content: who
// reads it gets an error and not the end (reliability H5, H7).
func TestContentLength(t *testing.T) {
	fields := []string{":method: POST", ":scheme: https", ":authority: a", ":path: /", "content-length: 5"}
	for name, tt := range map[string]struct {
		parts [][]byte
		want  string
	}{
		"short": {[][]byte{headers(fields...), data("abcd")}, "0 content shorter than Content-Length"},
		"long":  {[][]byte{headers(fields...), data("abc"), data("def")}, "0 content longer than Content-Length"},
		"short before trailers": {
			[][]byte{headers(fields...), data("abcd"), headers("x: y")}, "0 content shorter than Content-Length",
		},
		"pseudo-field in trailers": {[][]byte{headers(fields...), data("abcde"), headers(":path: /")}, "0 pseudo-field behind the content"},
		"none where none is said": {
			[][]byte{headers(":method: POST", ":scheme: https", ":authority: a", ":path: /", "content-length: 0"), data("a")},
			"0 content longer than Content-Length",
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				expect(t, "answer", answer(c.send(tt.parts...)), "reset H3_MESSAGE_ERROR")
				if got := s.told(); got != tt.want {
					t.Errorf("told: got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestPages: well-formed requests that no resource could answer get a page, as do
// those that are too large, after which the connection ends (CF-SIZE-01,
// CF-ERR-14; reliability H12).
func TestPages(t *testing.T) {
	for name, tt := range map[string]struct {
		parts  [][]byte
		status string
		told   string
	}{
		"fragment":        {[][]byte{headers(get("/a#b")...)}, "400", "400 fragment in the request target"},
		"scheme":          {[][]byte{headers(":method: GET", ":scheme: ftp", ":authority: a", ":path: /")}, "400", "400 bad request target"},
		"no host":         {[][]byte{headers(":method: GET", ":scheme: https", ":path: /")}, "400", "400 missing required Host header"},
		"expectation":     {[][]byte{headers(get("/", "expect: miracles")...)}, "400", "400 unknown expectation"},
		"too many bytes":  {[][]byte{headers(get("/", "x: "+strings.Repeat("a", 70_000))...)}, "494", "494 header list too large"},
		"too many fields": {[][]byte{headers(append(get("/"), many(101)...)...)}, "494", "494 header list too large"},
		"many crumbs":     {[][]byte{headers(append(get("/"), crumbs(101)...)...)}, "494", "494 header list too large"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				expect(t, "answer", answer(c.send(tt.parts...)), ":status: "+tt.status, "server: CloudFront", "content-length: 8", "page "+tt.status, "end")
				if got := s.told(); got != tt.told {
					t.Errorf("told: got %q, want %q", got, tt.told)
				}
				if got := c.over(); tt.status == "494" && got != "connection ended H3_NO_ERROR" {
					t.Errorf("the connection: got %q, want its end", got)
				}
			})
		})
	}
}

// crumbs are a cookie in n parts.
func crumbs(n int) (fields []string) {
	for range n {
		fields = append(fields, "cookie: a")
	}
	return fields
}

// TestFieldCount: a request may have as many fields as the bound says, pseudo-fields
// not counted, and as many behind its content (reliability H12).
func TestFieldCount(t *testing.T) {
	run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		if got := answer(c.send(headers(append(get("/"), many(100)...)...))); !strings.Contains(got, ":status: 200") {
			t.Errorf("100 fields: got %q", got)
		}
		post := headers(":method: POST", ":scheme: https", ":authority: api.example", ":path: /")
		for n, want := range map[int]string{100: "", 101: "0 fields behind the content are too large"} {
			answer(c.send(post, data("x"), headers(many(n)...)))
			if got := s.told(); got != want {
				t.Errorf("%d fields behind the content: told %q, want %q", n, got, want)
			}
		}
	})
}

// many are n short fields: what a section takes is more than its bytes.
func many(n int) (fields []string) {
	for range n {
		fields = append(fields, "a: b")
	}
	return fields
}

// TestFrames: what must not be on a request stream ends the connection (RFC 9114
// sections 4.1, 7.1 and 7.2).
func TestFrames(t *testing.T) {
	begin := headers(":method: POST", ":scheme: https", ":authority: a", ":path: /")
	for name, tt := range map[string]struct {
		parts [][]byte
		want  string
	}{
		"DATA first":           {[][]byte{data("a")}, "H3_FRAME_UNEXPECTED"},
		"SETTINGS":             {[][]byte{begin, {frameSettings, 0}}, "H3_FRAME_UNEXPECTED"},
		"PUSH_PROMISE":         {[][]byte{begin, {framePushPromise, 1, 0}}, "H3_FRAME_UNEXPECTED"},
		"HTTP/2's PING":        {[][]byte{begin, {0x6, 0}}, "H3_FRAME_UNEXPECTED"},
		"DATA behind trailers": {[][]byte{begin, data("a"), headers("x: y"), data("b")}, "H3_FRAME_UNEXPECTED"},
		"cut type":             {[][]byte{{0x40}}, "H3_FRAME_ERROR"},
		"cut HEADERS":          {[][]byte{begin[:len(begin)-1]}, "H3_FRAME_ERROR"},
		"cut DATA":             {[][]byte{begin, {frameData, 5, 'a'}}, "H3_FRAME_ERROR"},
		"cut unknown frame":    {[][]byte{{0x21, 9, 1}}, "H3_FRAME_ERROR"},
		"huge HEADERS":         {[][]byte{{frameHeaders, 0x80, 0x10, 0, 0}, nil}, "H3_EXCESSIVE_LOAD"},
		"dynamic table":        {[][]byte{appendFrame(nil, frameHeaders, []byte{0, 0, 0x80})}, "QPACK_DECOMPRESSION_FAILED"},
		"insert count":         {[][]byte{appendFrame(nil, frameHeaders, []byte{2, 0, 0xd1})}, "QPACK_DECOMPRESSION_FAILED"},
		"static index":         {[][]byte{appendFrame(nil, frameHeaders, []byte{0, 0, 0xff, 0x40})}, "QPACK_DECOMPRESSION_FAILED"},
		"no prefix":            {[][]byte{{frameHeaders, 0}}, "QPACK_DECOMPRESSION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				c.send(tt.parts...)
				if got, want := c.over(), "connection ended "+tt.want; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// TestControlStreams: what must not be on the streams without requests (RFC 9114
// sections 6.2 and 7.2, RFC 9204 section 4).
func TestControlStreams(t *testing.T) {
	for name, tt := range map[string]struct {
		streams [][]byte
		want    string // "" if the connection goes on
	}{
		"settings":            {[][]byte{{streamControl, frameSettings, 5, 0x6, 0x44, 0x00, 0x21, 0}}, ""},
		"reserved types":      {[][]byte{settings, {0x21, 1, 2, 3}, {0x40, 0x40}}, ""},
		"unknown frame":       {[][]byte{append([]byte{streamControl, frameSettings, 0}, 0x21, 2, 0, 0)}, ""},
		"push ids rise":       {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameMaxPushID, 1, 3, frameMaxPushID, 1, 3)}, ""},
		"tables without room": {[][]byte{settings, {streamEncoder, 0x20}, {streamDecoder, 0x44, 0x7f, 0x80, 0x01}}, ""},
		"no settings":         {[][]byte{{streamControl, frameGoAway, 1, 0}}, "H3_MISSING_SETTINGS"},
		"settings twice":      {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameSettings, 0)}, "H3_FRAME_UNEXPECTED"},
		"setting twice":       {[][]byte{{streamControl, frameSettings, 4, 0x6, 1, 0x6, 1}}, "H3_SETTINGS_ERROR"},
		"HTTP/2's setting":    {[][]byte{{streamControl, frameSettings, 2, 0x4, 1}}, "H3_SETTINGS_ERROR"},
		"half a setting":      {[][]byte{{streamControl, frameSettings, 1, 0x6}}, "H3_FRAME_ERROR"},
		"long settings":       {[][]byte{{streamControl, frameSettings, 0x80, 0x01, 0, 0}}, "H3_EXCESSIVE_LOAD"},
		"DATA":                {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameData, 0)}, "H3_FRAME_UNEXPECTED"},
		"push ids fall":       {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameMaxPushID, 1, 3, frameMaxPushID, 1, 2)}, "H3_ID_ERROR"},
		"GOAWAY rises":        {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameGoAway, 1, 3, frameGoAway, 1, 4)}, "H3_ID_ERROR"},
		"no push to cancel":   {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameCancelPush, 1, 0)}, "H3_ID_ERROR"},
		"number too short":    {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameGoAway, 0)}, "H3_FRAME_ERROR"},
		"number too long":     {[][]byte{append([]byte{streamControl, frameSettings, 0}, frameGoAway, 2, 0, 0)}, "H3_FRAME_ERROR"},
		"two control streams": {[][]byte{settings, settings}, "H3_STREAM_CREATION_ERROR"},
		"push stream":         {[][]byte{{streamPush, 0}}, "H3_STREAM_CREATION_ERROR"},
		"insertion":           {[][]byte{settings, {streamEncoder, 0xc0, 0}}, "QPACK_ENCODER_STREAM_ERROR"},
		"room for a table":    {[][]byte{settings, {streamEncoder, 0x21}}, "QPACK_ENCODER_STREAM_ERROR"},
		"acknowledgment":      {[][]byte{settings, {streamDecoder, 0x80}}, "QPACK_DECODER_STREAM_ERROR"},
		"increment":           {[][]byte{settings, {streamDecoder, 0x01}}, "QPACK_DECODER_STREAM_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				for _, p := range tt.streams {
					c.control(p...)
				}
				if tt.want == "" {
					time.Sleep(time.Second)
					if got := answer(c.send(headers(get("/after")...))); !strings.Contains(got, "/after") {
						t.Errorf("a request: got %q, want an answer", got)
					}
					return
				}
				if got, want := c.over(), "connection ended "+tt.want; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// TestControlStreamEnds: a stream that must not end ends the connection.
func TestControlStreamEnds(t *testing.T) {
	for name, end := range map[string]func(c *caller){
		"closed": func(c *caller) { c.control(settings...).Close() },
		"reset":  func(c *caller) { s := c.control(settings...); time.Sleep(time.Second); s.CancelWrite(0) },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				end(c)
				if got, want := c.over(), "connection ended H3_CLOSED_CRITICAL_STREAM"; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}
