package edgetest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/apigateway/standin"
	"github.com/groundfront/groundfront/proxy/listener"
)

// linksConfig has an origin for each way there is to one, and what may stand
// before it.
const linksConfig = `
version: 1
ip_sets:
  all: {ip_address_version: IPV4, addresses: [198.51.100.0/24]}
web_acls:
  open:
    default_action: block
    rules:
      viewers: {priority: 0, action: allow, statement: {ip_set_reference_statement: {ip_set: all}}}
  shut:
    default_action: allow
    rules:
      viewers: {priority: 0, action: block, statement: {ip_set_reference_statement: {ip_set: all}}}
distributions:
  chat:
    aliases: [chat.test]
    web_acl_id: {acl}
    origins:
      plain: {domain_name: plain.test, custom_origin_config: {origin_protocol_policy: http-only}}
      down: {domain_name: down.test, connection_attempts: 1, custom_origin_config: {origin_protocol_policy: http-only}}
      socket: {domain_name: socket.test, connect_to: "unix:/run/chat.sock", proxy_protocol: v2}
      told: {domain_name: told.test, proxy_protocol: v1, custom_origin_config: {origin_protocol_policy: http-only}}
      late: {domain_name: late.test, custom_origin_config: {origin_protocol_policy: http-only}, inject: {latency: 2s}}
      failing: {domain_name: failing.test, custom_origin_config: {origin_protocol_policy: http-only}, inject: {error_rate: 1, error_status: 503}}
      resetting: {domain_name: resetting.test, custom_origin_config: {origin_protocol_policy: http-only}, inject: {reset_rate: 1}}
      api: {domain_name: abcde12345.execute-api.eu-west-1.amazonaws.com, connect_to: "http://gateway.test:80", api_gateway: {type: websocket, stage: live}}
    origin_groups:
      first: {members: [plain, down], failover_criteria: {status_codes: [503]}}
      second: {members: [down, plain], failover_criteria: {status_codes: [503]}}
      third: {members: [failing, plain], failover_criteria: {status_codes: [503]}}
      none: {members: [down, failing], failover_criteria: {status_codes: [503]}}
    default_cache_behavior: {target_origin_id: {target}, cache_policy_id: CachingDisabled, origin_request_policy_id: {policy}, allowed_methods: all}
    logging: {path: unused}
`

// links is linksConfig with one of them before viewers.
func links(target, acl string) string {
	policy := "AllViewer"
	if target == "api" {
		policy = "AllViewerExceptHostHeader"
	}
	return strings.NewReplacer("{target}", target, "{acl}", acl, "{policy}", policy).Replace(linksConfig)
}

// eachViewer runs a test for the protocols of viewers and the drivers.
func eachViewer(t *testing.T, test func(t *testing.T, p Protocol, engine listener.Engine)) {
	for _, p := range []Protocol{ProtocolH1, ProtocolH2} {
		for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
			if engine.Available() != nil {
				continue
			}
			t.Run(fmt.Sprint(p, "/", engine), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { test(t, p, engine) })
			})
		}
	}
}

// TestWebSocketLinks: a WebSocket goes by each way to an origin (CF-OG-03,
// CF-OG-05, CF-WS-02, CF-WS-04), and through a web ACL (CF-WAF-01).
func TestWebSocketLinks(t *testing.T) {
	for _, c := range []struct {
		target, acl, host string
		preface           string // what the connection to the origin begins with
		after             time.Duration
	}{
		{"plain", "open", "plain.test", "GET ", 0},
		{"first", "open", "plain.test", "GET ", 0},
		{"second", "open", "plain.test", "GET ", 0},
		{"third", "open", "plain.test", "GET ", 0},
		{"socket", "open", "/run/chat.sock", "\r\n\r\n\x00\r\nQUIT\n", 0},
		{"told", "open", "told.test", "PROXY TCP4 198.51.100.10 203.0.113.1 ", 0},
		{"late", "open", "late.test", "GET ", 2 * time.Second},
	} {
		t.Run(c.target, func(t *testing.T) {
			eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
				e := NewWith(t, engine, StoreMemory, links(c.target, c.acl))
				l := e.Listen(c.host)
				defer l.Close()
				began := make(chan string, 1)
				go echoWebSocket(t, &prefaced{l, began, len(c.preface)})
				conn := e.connect(t, "http", p)
				defer conn.Close()
				start := time.Now()
				s := openAt(t, p, conn, "/chat")
				if took := time.Since(start); took != c.after {
					t.Errorf("open after %v, want %v", took, c.after)
				}
				if got := <-began; got != c.preface {
					t.Errorf("the connection to the origin begins with %q, want %q", got, c.preface)
				}
				say := strings.Repeat("hello ", 10_000)
				go io.WriteString(s, say)
				got := make([]byte, len(say))
				if _, err := io.ReadFull(s, got); err != nil || string(got) != say {
					t.Fatalf("got %.20q, %v, want %d bytes back", got, err, len(say))
				}
			})
		})
	}
}

// prefaced is a listener whose connections tell how they begin, and leave out a
// header of the PROXY protocol.
type prefaced struct {
	net.Listener
	began chan string
	size  int
}

// Accept returns the next connection without such a header.
func (l *prefaced) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(c)
	start, err := r.Peek(l.size)
	if err != nil {
		return nil, err
	}
	select {
	case l.began <- string(start):
	default: // nobody asks about a second one
	}
	switch {
	case strings.HasPrefix(string(start), "PROXY "):
		_, err = r.ReadSlice('\n')
	case start[0] == 0x0d:
		var head []byte
		if head, err = r.Peek(16); err == nil {
			_, err = r.Discard(16 + int(binary.BigEndian.Uint16(head[14:])))
		}
	}
	return buffered{c, r}, err
}

// A buffered connection was read already.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// TestWebSocketLinksFail: a handshake that leads nowhere is answered like any
// request, and leaves nothing behind (CF-WS-08, CF-OG-08).
func TestWebSocketLinksFail(t *testing.T) {
	for _, c := range []struct {
		target, acl string
		status      int
		log         string
	}{
		{"plain", "shut", 403, "Error"},
		{"down", "open", 502, "OriginDnsError"},
		{"none", "open", 503, "Error"},
		{"failing", "open", 503, "Error"},
		{"resetting", "open", 502, "OriginReadError"},
	} {
		t.Run(c.target+" "+c.acl, func(t *testing.T) {
			eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
				e := NewWith(t, engine, StoreMemory, links(c.target, c.acl))
				l := e.Listen("resetting.test")
				defer l.Close()
				if c.target == "resetting" {
					go echoWebSocket(t, l)
				}
				conn := e.connect(t, "http", p)
				defer conn.Close()
				status := ""
				if p == ProtocolH1 {
					askH1(conn, "/chat")
					n, _, _ := readHead(bufio.NewReader(conn))
					status = fmt.Sprint(n)
				} else {
					_, status = askH2(t, conn, "http", "/chat")
				}
				if status != fmt.Sprint(c.status) {
					t.Errorf("got %s, want %d", status, c.status)
				}
				conn.Close()
				synctest.Wait()
				log, err := e.AccessLog("chat")
				if fields := strings.Split(log, "\t"); err != nil || !strings.Contains(log, "\t"+c.log+"\t") || !strings.Contains(log, fmt.Sprint("\t", c.status, "\t")) {
					t.Errorf("got log %q, %v, want %d and %s", fields, err, c.status, c.log)
				}
			})
		})
	}
}

// TestWebSocketAPI: the routes of a WebSocket API of API Gateway, through the
// edge: the stage is in its path, and its Host is its own (AG-WS-01,
// CF-TRAP-43).
func TestWebSocketAPI(t *testing.T) {
	eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
		e := NewWith(t, engine, StoreMemory, links("api", "open"))
		api, err := standin.New(standin.Options{Flavor: standin.FlavorWebSocket, APIID: "abcde12345", Region: "eu-west-1", Stage: "live", IDSeed: 1, SocketIdle: 8 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: api}
		l := e.Listen("gateway.test")
		served := make(chan struct{})
		go func() {
			defer close(served)
			server.Serve(l)
		}()
		defer func() {
			server.Close()
			l.Close()
			api.Close()
			<-served
		}()
		one := e.connect(t, "http", p)
		defer one.Close()
		other := e.connect(t, "http", p)
		defer other.Close()
		first, second := openAt(t, p, one, "/"), openAt(t, p, other, "/")
		for _, message := range []string{`{"action":"echo","n":1}`, "no JSON"} {
			sendText(t, first, message)
			hearText(t, first, message)
		}
		sendText(t, first, `{"action":"whoami"}`)
		hearText(t, first, `{"connectionId":"`)
		sendText(t, second, `{"action":"fail"}`)
		hearText(t, second, `{"connectionId":"`)
		sendText(t, first, `{"action":"broadcast","text":"to all"}`)
		hearText(t, first, `{"action":"broadcast","text":"to all"}`)
		hearText(t, second, `{"action":"broadcast","text":"to all"}`)

		// It ends a connection on which nobody says anything, sooner than the edge
		// would here, and says so.
		time.Sleep(7 * time.Minute)
		sendText(t, second, "still here")
		hearText(t, second, "still here")
		if code, err := readClose(first); err != nil || code != 1001 {
			t.Errorf("CF-TRAP-43: got close %d, %v, want 1001", code, err)
		}
		sendText(t, second, `{"action":"leave"}`)
		if code, err := readClose(second); err != nil || code != 1000 {
			t.Errorf("got close %d, %v, want 1000", code, err)
		}
	})
}

const callsConfig = `
version: 1
distributions:
  chat:
    aliases: [chat.test]
    origins:
      up: {domain_name: up.test, connect_to: "http://up.test:80", custom_origin_config: {origin_protocol_policy: https-only}}
      down: {domain_name: down.test, connect_to: "http://down.test:80", connection_attempts: 1, custom_origin_config: {origin_protocol_policy: https-only}}
      socket: {domain_name: socket.test, connect_to: "http://unix:/run/calls.sock", custom_origin_config: {origin_protocol_policy: https-only}}
      told: {domain_name: told.test, connect_to: "http://told.test:80", proxy_protocol: v2, custom_origin_config: {origin_protocol_policy: https-only}}
    origin_groups:
      first: {members: [up, down], failover_criteria: {status_codes: [503]}}
      second: {members: [down, up], failover_criteria: {status_codes: [503]}}
    default_cache_behavior: {target_origin_id: {target}, cache_policy_id: CachingDisabled, allowed_methods: all, grpc_config: {enabled: true}}
    logging: {path: unused}
`

// TestGRPCLinks: calls go by each way to an origin, to the primary of an origin
// group, and never to the secondary (CF-GRPC-03).
func TestGRPCLinks(t *testing.T) {
	for _, c := range []struct {
		target, host string
		preface      string
		status       int
	}{
		{"up", "up.test", "PRI ", 200},
		{"first", "up.test", "PRI ", 200},
		{"second", "up.test", "PRI ", 502},
		{"socket", "/run/calls.sock", "PRI ", 200},
		{"told", "told.test", "\r\n\r\n\x00\r\nQUIT\n", 200},
	} {
		t.Run(c.target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := New(t, StoreMemory, strings.Replace(callsConfig, "{target}", c.target, 1))
				s := &http.Server{Handler: http.HandlerFunc(echoCall), Protocols: new(http.Protocols)}
				s.Protocols.SetUnencryptedHTTP2(true)
				began := make(chan string, 1)
				l := &prefaced{e.Listen(c.host), began, len(c.preface)}
				go s.Serve(l)
				defer s.Close()
				call := e.grpcCall(t, strings.NewReader("hello"))
				defer call.Body.Close()
				if call.StatusCode != c.status {
					t.Fatalf("got %d, want %d", call.StatusCode, c.status)
				}
				if c.status != 200 {
					return
				}
				if got := <-began; got != c.preface {
					t.Errorf("the connection to the origin begins with %q, want %q", got, c.preface)
				}
				got, err := io.ReadAll(call.Body)
				if err != nil || string(got) != "hello" || call.Trailer.Get("Grpc-Status") != "0" {
					t.Errorf("got %q, %v, trailers %v, want hello and status 0", got, err, call.Trailer)
				}
			})
		})
	}
}

// sendText sends a masked frame, as a client must (RFC 6455 section 5.3).
func sendText(t *testing.T, s speaker, text string) {
	t.Helper()
	if len(text) > 125 {
		t.Fatalf("%q is longer than a short frame", text)
	}
	frame := []byte{0x81, 0x80 | byte(len(text)), 1, 2, 3, 4}
	for i := range text {
		frame = append(frame, text[i]^byte(i%4+1))
	}
	if _, err := s.Write(frame); err != nil {
		t.Fatal(err)
	}
}

// hearText reads a frame whose text begins with want.
func hearText(t *testing.T, s speaker, want string) {
	t.Helper()
	got, err := readFrame(s)
	if err != nil || got[0] != 0x81 || !strings.HasPrefix(string(got[2:]), want) {
		t.Fatalf("got frame %q, %v, want text that begins with %q", got, err, want)
	}
}

// readClose reads a closing frame, and returns its code.
func readClose(s speaker) (code int, err error) {
	got, err := readFrame(s)
	if err != nil || got[0] != 0x88 || len(got) != 4 {
		return 0, fmt.Errorf("frame %q: %w", got, err)
	}
	return int(binary.BigEndian.Uint16(got[2:])), nil
}

// readFrame reads a short frame.
func readFrame(s speaker) ([]byte, error) {
	frame := make([]byte, 2)
	if _, err := io.ReadFull(s, frame); err != nil {
		return nil, err
	}
	frame = append(frame, make([]byte, frame[1])...)
	_, err := io.ReadFull(s, frame[2:])
	return frame, err
}
