package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestWebSocketAPI: a WebSocket through an edge to an API of that kind, and
// the trap on the way (CF-TRAP-43, AG-WS-01).
func TestWebSocketAPI(t *testing.T) {
	api := start(t, "standin", "--flavor", "websocket", "--listen", "127.0.0.1:0").url(" at")
	configuration := writeFile(t, "chat.yaml", fmt.Sprintf(`version: 1
server: {listen: [{address: "127.0.0.1:0"}], admin: "127.0.0.1:0"}
distributions:
  chat:
    origins: {api: {domain_name: a1b2c3d4e5.execute-api.us-east-1.amazonaws.com, connect_to: %q, api_gateway: {type: websocket, stage: prod}}}
    cache_behaviors:
      - {path_pattern: "/trap", target_origin_id: api, cache_policy_id: CachingDisabled}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled, origin_request_policy_id: AllViewerExceptHostHeader}
`, api))
	edge := start(t, "run", "-f", configuration)
	u, err := url.Parse(edge.url("viewers"))
	if err != nil {
		t.Fatal(err)
	}
	if log := edge.stderr.String(); !strings.Contains(log, "websocket_handshake") {
		t.Errorf("start: got %s, want a warning of the handshake that does not reach the API", log)
	}
	for target, want := range map[string]int{"/": 101, "/trap": 403, "/?token=mallory": 403} {
		conn, err := net.Dial("tcp", "127.0.0.1:"+u.Port())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", target)
		r := bufio.NewReader(conn)
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		if answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", target, answer.StatusCode, want)
		}
		if want != 101 || answer.StatusCode != 101 {
			continue
		}
		conn.Write([]byte("\x81\x85\x00\x00\x00\x00hello")) // a text, masked by nothing
		echo := make([]byte, 7)
		if _, err := io.ReadFull(r, echo); err != nil || string(echo) != "\x81\x05hello" {
			t.Errorf("echo: got %q, %v, want hello in a frame", echo, err)
		}
	}
}
