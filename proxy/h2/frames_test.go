package h2

import (
	"strings"
	"testing"
	"time"
)

// TestFrames: what is sent for what comes, by the sections of RFC 9113.
func TestFrames(t *testing.T) {
	const (
		get1  = "HEADERS 1 END_STREAM GET /a"
		ok1   = "HEADERS 1 :status=200 content-length=2\nDATA 1 END_STREAM /a"
		post1 = "HEADERS 1 POST /echo"
	)
	tests := []struct {
		name string
		say  string // the frames of one Receive on each line, separated by ;
		want string // what the last line of it brings
	}{
		{"request", get1, ok1},
		{"HEAD", "HEADERS 1 END_STREAM HEAD /a", "HEADERS 1 END_STREAM :status=200 content-length=2"},
		{"second request", get1 + "\nHEADERS 3 END_STREAM GET /b", "HEADERS 3 :status=200 content-length=2\nDATA 3 END_STREAM /b"},
		{"4.1 unknown type", "FRAME 22 0 1 00;" + get1, ok1},
		{"4.2 frame too large", "FRAME 0 0 1 " + strings.Repeat("00", maxFrame+1), "GOAWAY 0 FRAME_SIZE_ERROR frame too large"},
		{"4.3 bad block", "FRAME 1 5 1 ff", "GOAWAY 0 COMPRESSION_ERROR malformed header block"},
		{"5.1 DATA on idle", "DATA 1 x", "GOAWAY 0 PROTOCOL_ERROR DATA on an idle stream"},
		{"5.1 RST_STREAM on idle", "RST_STREAM 1 CANCEL", "GOAWAY 0 PROTOCOL_ERROR RST_STREAM on an idle stream"},
		{"5.1 WINDOW_UPDATE on idle", "WINDOW_UPDATE 1 1", "GOAWAY 0 PROTOCOL_ERROR WINDOW_UPDATE on an idle stream"},
		{"5.1 DATA on half-closed", get1 + ";DATA 1 x", "RST_STREAM 1 STREAM_CLOSED"},
		{"5.1 HEADERS on half-closed", get1 + ";HEADERS 1 END_STREAM x=1", "RST_STREAM 1 STREAM_CLOSED"},
		{"5.1 DATA on closed", get1 + "\nDATA 1 x", "RST_STREAM 1 STREAM_CLOSED"},
		{"5.1 HEADERS on closed", get1 + "\n" + get1, "GOAWAY 1 STREAM_CLOSED HEADERS on a closed stream"},
		{"5.1 DATA after RST_STREAM", post1 + ";RST_STREAM 1 CANCEL\nDATA 1 x", "RST_STREAM 1 STREAM_CLOSED"},
		{"5.1 DATA after ours", post1 + " Bad=1;DATA 1 x", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"5.1 WINDOW_UPDATE on closed", get1 + "\nWINDOW_UPDATE 1 1", ""},
		{"5.1.1 even", "HEADERS 2 END_STREAM GET /a", "GOAWAY 0 PROTOCOL_ERROR HEADERS on a stream that is no request"},
		{"5.1.1 down", "HEADERS 3 END_STREAM GET /a\nHEADERS 1 END_STREAM GET /a", "GOAWAY 3 PROTOCOL_ERROR stream identifiers go down"},
		{"5.3 HEADERS on itself", get1 + " ON=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"5.3 PRIORITY on itself", "PRIORITY 1 1", "GOAWAY 0 PROTOCOL_ERROR a stream depends on itself"},
		{"5.3 PRIORITY", "PRIORITY 5 3;" + get1, ok1},
		{"6.1 padding", post1 + ";DATA 1 PAD=3 ab;DATA 1 END_STREAM PAD=0 c", "HEADERS 1 :status=200 content-length=3\nDATA 1 END_STREAM abc"},
		{"6.1 too much padding", post1 + ";FRAME 0 8 1 0561", "GOAWAY 1 PROTOCOL_ERROR more padding than frame"},
		{"6.1 no stream", "DATA 0 x", "GOAWAY 0 PROTOCOL_ERROR DATA on an idle stream"},
		{"6.2 padding and priority", get1 + " PAD=5 ON=0", "HEADERS 1 :status=200 content-length=2\nDATA 1 END_STREAM /a"},
		{"6.2 no stream", "HEADERS 0 END_STREAM GET /a", "GOAWAY 0 PROTOCOL_ERROR HEADERS on a stream that is no request"},
		{"6.2 other frame in block", "HEADERS 1 END_STREAM MORE GET /a;PING 12345678", "GOAWAY 0 PROTOCOL_ERROR header block interrupted"},
		{"6.2 other block in block", "HEADERS 1 END_STREAM MORE GET /a;CONTINUATION 3 x=1", "GOAWAY 0 PROTOCOL_ERROR header block interrupted"},
		{"6.1 no pad length", post1 + ";FRAME 0 8 1", "GOAWAY 1 FRAME_SIZE_ERROR padded frame without a pad length"},
		{"6.2 too much padding", "FRAME 1 13 1 0582", "GOAWAY 0 PROTOCOL_ERROR more padding than frame"},
		{"6.2 no room for a priority", "FRAME 1 37 1 00000000", "GOAWAY 0 FRAME_SIZE_ERROR HEADERS without room for its priority"},
		{"6.3 size", get1 + ";FRAME 2 0 1 00", "RST_STREAM 1 FRAME_SIZE_ERROR"},
		{"6.3 no stream", "PRIORITY 0 1", "GOAWAY 0 PROTOCOL_ERROR PRIORITY without a stream"},
		{"6.4 size", get1 + ";FRAME 3 0 1 00", "GOAWAY 1 FRAME_SIZE_ERROR RST_STREAM of a wrong size"},
		{"6.4 reset", post1 + "\nRST_STREAM 1 CANCEL", ""},
		{"6.5 ack", "SETTINGS", "SETTINGS ACK"},
		{"6.5 two acks", "SETTINGS ACK", "GOAWAY 0 PROTOCOL_ERROR SETTINGS acknowledged twice"},
		{"6.5 ack with content", "FRAME 4 1 0 000000000000", "GOAWAY 0 FRAME_SIZE_ERROR SETTINGS of a wrong size"},
		{"6.5 size", "FRAME 4 0 0 0000000000", "GOAWAY 0 FRAME_SIZE_ERROR SETTINGS of a wrong size"},
		{"6.5 stream", "FRAME 4 0 1", "GOAWAY 0 PROTOCOL_ERROR SETTINGS on a stream"},
		{"6.5.2 push", "SETTINGS ENABLE_PUSH=2", "GOAWAY 0 PROTOCOL_ERROR a setting is neither 0 nor 1"},
		{"6.5.2 window", "SETTINGS INITIAL_WINDOW_SIZE=2147483648", "GOAWAY 0 FLOW_CONTROL_ERROR SETTINGS_INITIAL_WINDOW_SIZE too large"},
		{"6.5.2 frame size", "SETTINGS MAX_FRAME_SIZE=16383", "GOAWAY 0 PROTOCOL_ERROR SETTINGS_MAX_FRAME_SIZE out of range"},
		{"6.5.2 unknown", "SETTINGS 99=5 ENABLE_PUSH=0 MAX_FRAME_SIZE=16777215", "SETTINGS ACK"},
		{"6.6 push", "FRAME 5 4 1 00000002", "GOAWAY 0 PROTOCOL_ERROR PUSH_PROMISE from a viewer"},
		{"6.7 ping", "PING 12345678", "PING ACK 12345678"},
		{"6.7 ack", "PING ACK 12345678", ""},
		{"6.7 size", "PING 1234567", "GOAWAY 0 FRAME_SIZE_ERROR PING of a wrong size"},
		{"6.7 stream", "FRAME 6 0 1 0000000000000000", "GOAWAY 0 PROTOCOL_ERROR PING on a stream"},
		{"6.8 goaway", "GOAWAY 0 NO_ERROR;" + get1, ok1},
		{"6.8 stream", "FRAME 7 0 1 0000000000000000", "GOAWAY 0 PROTOCOL_ERROR GOAWAY on a stream"},
		{"6.8 size", "FRAME 7 0 0 00000000000000", "GOAWAY 0 FRAME_SIZE_ERROR GOAWAY of a wrong size"},
		{"6.9 stream of 0", post1 + ";WINDOW_UPDATE 1 0", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"6.9 connection of 0", "WINDOW_UPDATE 0 0", "GOAWAY 0 PROTOCOL_ERROR WINDOW_UPDATE of 0"},
		{"6.9 size", "FRAME 8 0 0 000001", "GOAWAY 0 FRAME_SIZE_ERROR WINDOW_UPDATE of a wrong size"},
		{"6.9.1 stream overflows", post1 + ";WINDOW_UPDATE 1 2147483647", "RST_STREAM 1 FLOW_CONTROL_ERROR"},
		{"6.9.1 connection overflows", "WINDOW_UPDATE 0 2147483647", "GOAWAY 0 FLOW_CONTROL_ERROR WINDOW_UPDATE overflows the window"},
		{"6.9.2 settings overflow", post1 + ";WINDOW_UPDATE 1 2147418112;SETTINGS INITIAL_WINDOW_SIZE=65536",
			"GOAWAY 1 FLOW_CONTROL_ERROR SETTINGS_INITIAL_WINDOW_SIZE overflows a window"},
		{"6.10 continuation", "HEADERS 1 END_STREAM MORE GET /a;CONTINUATION 1 MORE x=1;CONTINUATION 1 y=1", ok1},
		{"6.10 of nothing", get1 + "\nCONTINUATION 1 x=1", "GOAWAY 1 PROTOCOL_ERROR CONTINUATION of nothing"},
		{"8.1 trailers", post1 + "\nDATA 1 ab\nHEADERS 1 END_STREAM x=1", "HEADERS 1 :status=200 content-length=2\nDATA 1 END_STREAM ab"},
		{"8.1 trailers without end", post1 + ";DATA 1 ab;HEADERS 1 x=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1 trailers with pseudo-field", post1 + ";DATA 1 ab;HEADERS 1 END_STREAM :path=/", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1 trailers with a length", post1 + ";DATA 1 ab;HEADERS 1 END_STREAM content-length=2", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1 trailers too large", post1 + ";HEADERS 1 END_STREAM MORE x=" + strings.Repeat("~", 15000) + ";" +
			strings.Repeat("CONTINUATION 1 MORE x="+strings.Repeat("~", 15000)+";", 4) + "CONTINUATION 1 x=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1 trailer invalid", post1 + ";DATA 1 ab;HEADERS 1 END_STREAM X=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 content too long", post1 + " content-length=1;DATA 1 ab", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 content too short", post1 + " content-length=3;DATA 1 END_STREAM ab", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 content too short, trailers", post1 + " content-length=3;DATA 1 ab;HEADERS 1 END_STREAM x=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 no content", get1 + " content-length=3", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 length", post1 + " content-length=2;DATA 1 END_STREAM ab", "HEADERS 1 :status=200 content-length=2\nDATA 1 END_STREAM ab"},
		{"8.1.1 announced to have none", "HEADERS 1 POST /a content-length=0\nDATA 1 END_STREAM", ok1},
		{"8.1.1 announced to have none, and some", "HEADERS 1 POST /a content-length=0\nDATA 1 x", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 two lengths", post1 + " content-length=2 content-length=2", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.1.1 bad length", post1 + " content-length=+2", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.1 capital", get1 + " A=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.1 space in name", "FRAME 1 5 1 828684410168000361206201", "GOAWAY 0 COMPRESSION_ERROR malformed header block"},
		{"8.2.1 space before value", get1 + " a=_b", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.1 control character in value", get1 + " a=b\x01c", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.1 NUL in value", get1 + " a=b\x00c", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.1 empty name", get1 + " =b", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 connection", get1 + " connection=close", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 keep-alive", get1 + " keep-alive=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 proxy-connection", get1 + " proxy-connection=close", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 transfer-encoding", post1 + " transfer-encoding=chunked", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 upgrade", get1 + " upgrade=websocket", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 te", get1 + " te=trailers,_deflate", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.2.2 te trailers", get1 + " te=trailers", ok1},
		{"8.3 unknown pseudo-field", get1 + " :test=1", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3 response's", get1 + " :status=200", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3 after field", "HEADERS 1 END_STREAM :method=GET :scheme=http x=1 :path=/", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 twice", get1 + " :path=/b", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 no method", "HEADERS 1 END_STREAM :scheme=http :path=/ :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 no scheme", "HEADERS 1 END_STREAM :method=GET :path=/ :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 no path", "HEADERS 1 END_STREAM :method=GET :scheme=http :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 empty path", "HEADERS 1 END_STREAM :method=GET :scheme=http :path= :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 absolute path", "HEADERS 1 END_STREAM GET http://h/", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 space in path", "HEADERS 1 END_STREAM :method=GET :scheme=http :path=/a_b :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 asterisk", "HEADERS 1 END_STREAM OPTIONS *", "HEADERS 1 :status=200 content-length=1\nDATA 1 END_STREAM *"},
		{"8.3.1 asterisk of GET", "HEADERS 1 END_STREAM GET *", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 user information", "HEADERS 1 END_STREAM :method=GET :scheme=http :path=/ :authority=u@h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 other Host", get1 + " host=other", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 same Host", get1 + " host=H", ok1},
		{"8.3.1 two Hosts", "HEADERS 1 END_STREAM :method=GET :scheme=http :path=/a host=h host=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.3.1 Host alone", "HEADERS 1 END_STREAM :method=GET :scheme=http :path=/a host=h", ok1},
		{"8.3.1 no Host", "HEADERS 1 END_STREAM :method=GET :scheme=http :path=/a", "HEADERS 1 :status=400 server=CloudFront content-length=8\nDATA 1 END_STREAM page 400"},
		{"foreign scheme", "HEADERS 1 END_STREAM :method=GET :scheme=ftp :path=/a :authority=h", "HEADERS 1 :status=400 server=CloudFront content-length=8\nDATA 1 END_STREAM page 400"},
		{"CF-KEY-22 fragment", "HEADERS 1 END_STREAM GET /a#b", "HEADERS 1 :status=400 server=CloudFront content-length=8\nDATA 1 END_STREAM page 400"},
		{"unknown expectation", get1 + " expect=cake", "HEADERS 1 :status=400 server=CloudFront content-length=8\nDATA 1 END_STREAM page 400"},
		{"400 to HEAD", "HEADERS 1 END_STREAM HEAD /a#b", "HEADERS 1 END_STREAM :status=400 server=CloudFront content-length=8"},
		{"400 before the content", "HEADERS 1 POST /a#b", "HEADERS 1 :status=400 server=CloudFront content-length=8\nDATA 1 END_STREAM page 400\nRST_STREAM 1 NO_ERROR"},
		{"8.5 CONNECT", "HEADERS 1 END_STREAM :method=CONNECT :authority=h:443", "HEADERS 1 :status=200 content-length=1\nDATA 1 END_STREAM /"},
		{"8.5 CONNECT with path", "HEADERS 1 END_STREAM :method=CONNECT :authority=h:443 :path=/", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"8.5 CONNECT without authority", "HEADERS 1 END_STREAM :method=CONNECT", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"RFC 8441 not offered", "HEADERS 1 :method=CONNECT :protocol=websocket :scheme=http :path=/ :authority=h", "RST_STREAM 1 PROTOCOL_ERROR"},
		{"RFC 9218 update", "PRIORITY_UPDATE 1 u=1;" + get1, ok1},
		{"RFC 9218 update of no request", "PRIORITY_UPDATE 2 u=1", "GOAWAY 0 PROTOCOL_ERROR PRIORITY_UPDATE of no request"},
		{"RFC 9218 update of a wrong size", "FRAME 16 0 0 000000", "GOAWAY 0 FRAME_SIZE_ERROR PRIORITY_UPDATE of a wrong size"},
		{"RFC 9218 update on a stream", "FRAME 16 0 1 00000001", "GOAWAY 0 PROTOCOL_ERROR PRIORITY_UPDATE on a stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, Options{Handler: respond}, func(k *talk) {
				var got string
				for line := range strings.SplitSeq(tt.say, "\n") {
					got = k.say(strings.Split(line, ";")...)
				}
				if got != tt.want {
					t.Errorf("%s\ngot\n%s\nwant\n%s", tt.say, got, tt.want)
				}
				if broken := strings.HasPrefix(tt.want, "GOAWAY"); broken != (k.err != nil) {
					t.Errorf("%s\ngot error %v", tt.say, k.err)
				}
				if k.err != nil {
					if again := k.say("PING 12345678"); again != "" || k.err == nil {
						t.Errorf("%s\nafter the error: got %s, %v", tt.say, again, k.err)
					}
				}
			})
		})
	}
}

// TestPreface: what comes first (RFC 9113 section 3.4).
func TestPreface(t *testing.T) {
	for _, tt := range []struct {
		in   []string // pieces
		want string
	}{
		{[]string{"GET / HTTP/1.1\r\n\r\n"}, "no HTTP/2 preface"},
		{[]string{"PRI * HTTP/2.0\r\n", "\r\nXX"}, "no HTTP/2 preface"},
		{[]string{"P", "OST"}, "no HTTP/2 preface"},
		{[]string{preface, "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"}, "the first frame is not SETTINGS"},
		{[]string{preface + "\x00\x00\x00\x04\x01\x00\x00\x00\x00"}, "the first frame is not SETTINGS"},
		{[]string{preface, "\x00\x40", "\x01\x00\x00\x00\x00\x00\x01"}, "frame too large"},
		{[]string{preface, "\x00\x00\x00", "\x04\x00\x00\x00\x00\x00"}, ""},
	} {
		runRaw(t, Options{Handler: respond}, func(k *talk) {
			var err error
			for _, piece := range tt.in {
				err = k.Receive([]byte(piece), time.Now())
			}
			lines := strings.Split(k.hear(), "\n")
			last := lines[len(lines)-1]
			if tt.want == "" && (err != nil || last != "SETTINGS ACK") ||
				tt.want != "" && (err == nil || !strings.HasPrefix(last, "GOAWAY 0 ") || !strings.HasSuffix(last, tt.want)) {
				t.Errorf("%q: got %v, %s, want %q", tt.in, err, last, tt.want)
			}
			if tickErr := k.Tick(time.Now()); err != nil && tickErr == nil {
				t.Errorf("%q: Tick after the error: got none", tt.in)
			}
		})
	}
}
