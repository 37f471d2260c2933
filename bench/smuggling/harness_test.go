package smuggling

import (
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/proxy/listener"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// config lets everything through that ever reaches an origin, and stores
// nothing.
const config = `
version: 1
distributions:
  shop:
    aliases: [shop.test]
    origins: {api: {domain_name: api.test, custom_origin_config: {origin_protocol_policy: http-only}}}
    default_cache_behavior:
      target_origin_id: api
      cache_policy_id: CachingDisabled
      origin_request_policy_id: AllViewer
      allowed_methods: all
`

// An origin answers each request that is exactly as RFC 9112 has it with 200
// and keeps every byte that it receives.
type origin struct {
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	received []string   // by connection
	open     []net.Conn
}

func startOrigin(t *testing.T, e *edgetest.Edge) *origin {
	o := &origin{listener: e.Listen("api.test")}
	o.running.Go(o.accept)
	t.Cleanup(o.close)
	return o
}

func (o *origin) close() {
	o.listener.Close()
	o.mu.Lock()
	for _, c := range o.open {
		c.Close()
	}
	o.mu.Unlock()
	o.running.Wait()
}

func (o *origin) accept() {
	for {
		c, err := o.listener.Accept()
		if err != nil {
			return
		}
		o.mu.Lock()
		number := len(o.open)
		o.open, o.received = append(o.open, c), append(o.received, "")
		o.mu.Unlock()
		o.running.Go(func() { o.serve(c, number) })
	}
}

func (o *origin) serve(c net.Conn, number int) {
	defer c.Close()
	p, answered := make([]byte, 64<<10), 0
	for {
		n, err := c.Read(p)
		if err != nil {
			return
		}
		o.mu.Lock()
		o.received[number] += string(p[:n])
		requests, _, err := split(o.received[number])
		o.mu.Unlock()
		for ; answered < len(requests); answered++ {
			content := "ok"
			if strings.HasPrefix(requests[answered], "HEAD ") {
				content = ""
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"+content)
		}
		if err != nil {
			return
		}
	}
}

// requests returns what was received, one line for each request. One that is
// not complete is left out, as the origin would: nothing acts on it. Bytes that
// are no request are an error.
func (o *origin) requests() ([]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	for _, raw := range o.received {
		requests, _, err := split(raw)
		if err != nil {
			return nil, err
		}
		all = append(all, requests...)
	}
	return all, nil
}

// split takes the bytes of a connection apart, and returns what is not a
// complete request yet.
func split(raw string) (requests []string, rest string, err error) {
	for raw != "" {
		head, after, complete := strings.Cut(raw, "\r\n\r\n")
		if !complete {
			return requests, raw, nil
		}
		r, length, err := parseHead(head)
		if err != nil {
			return requests, raw, fmt.Errorf("%w in %q", err, raw)
		}
		content := ""
		switch {
		case length < 0:
			content, after, complete, err = cutChunks(after)
			if err != nil {
				return requests, raw, fmt.Errorf("%w in %q", err, raw)
			}
		case length > len(after):
			complete = false
		default:
			content, after = after[:length], after[length:]
		}
		if !complete {
			return requests, raw, nil
		}
		if content != "" {
			r += fmt.Sprintf(" %q", content)
		}
		requests, raw = append(requests, r), after
	}
	return requests, "", nil
}

// boring are the fields that every request has or that the edge makes, which no
// row tells about.
var boring = []string{"Via", "X-Forwarded-For", "X-Amz-Cf-Id", "Cdn-Loop", "CDN-Loop", "User-Agent", "Accept-Encoding"}

// parseHead reads a head without its empty line: its first line and the fields
// that are not boring, and the length of the content, -1 for chunks.
func parseHead(head string) (text string, length int, err error) {
	line, rest, _ := strings.Cut(head, "\r\n")
	if parts := strings.Split(line, " "); len(parts) != 3 || parts[2] != "HTTP/1.1" || strings.ContainsFunc(line, isControl) || strings.Contains(line, "\t") {
		return "", 0, fmt.Errorf("request line %q", line)
	}
	text = strings.TrimSuffix(line, " HTTP/1.1")
	framings := 0
	for field := range strings.SplitSeq(rest, "\r\n") {
		name, value, colon := strings.Cut(field, ": ")
		if !colon || name == "" || strings.ContainsFunc(field, isControl) || strings.ContainsAny(name, " \t") {
			return "", 0, fmt.Errorf("field line %q", field)
		}
		switch strings.ToLower(name) {
		case "content-length":
			framings++
			if length, err = strconv.Atoi(value); err != nil || strconv.Itoa(length) != value {
				return "", 0, fmt.Errorf("field line %q", field)
			}
		case "transfer-encoding":
			framings++
			if length = -1; value != "chunked" {
				return "", 0, fmt.Errorf("field line %q", field)
			}
		}
		if !slices.Contains(boring, name) && field != "Host: shop.test" && field != "Connection: Keep-Alive" {
			text += fmt.Sprintf(" %s=%s", name, value)
		}
	}
	if framings > 1 {
		return "", 0, errors.New("more than one framing")
	}
	return text, length, nil
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// cutChunks reads content in chunks without extensions and trailers, which a
// proxy has no reason to send.
func cutChunks(s string) (content, rest string, complete bool, err error) {
	for {
		line, after, whole := strings.Cut(s, "\r\n")
		if !whole {
			return "", "", false, nil
		}
		n, err := strconv.ParseUint(line, 16, 31)
		switch {
		case err != nil:
			return "", "", false, fmt.Errorf("chunk size %q", line)
		case len(after) < int(n)+2:
			return "", "", false, nil
		case after[n:n+2] != "\r\n":
			return "", "", false, fmt.Errorf("chunk %q", after[:n+2])
		}
		content, s = content+after[:n], after[n+2:]
		if n == 0 {
			return content, s, true, nil
		}
	}
}

// An exchange is what became of the bytes of a viewer.
type exchange struct {
	viewer string   // statuses, and how the connection ended
	origin []string // what the origin received
}

// send sends raw bytes over a new connection and waits for all that comes of
// them. Over HTTP/1.1 that is the same with each driver.
func send(t *testing.T, protocol edgetest.Protocol, q edgetest.Request) exchange {
	t.Helper()
	x := sendWith(t, listener.EngineGoroutine, protocol, q)
	if protocol != edgetest.ProtocolH1 {
		return x
	}
	if loop := sendWith(t, listener.EngineEventLoop, protocol, q); !reflect.DeepEqual(loop, x) {
		t.Errorf("%+v: got %+v with a goroutine, %+v with a loop", q, x, loop)
	}
	return x
}

func sendWith(t *testing.T, engine listener.Engine, protocol edgetest.Protocol, q edgetest.Request) exchange {
	t.Helper()
	var x exchange
	synctest.Test(t, func(t *testing.T) {
		e := edgetest.NewWith(t, engine, edgetest.StoreMemory, config)
		o := startOrigin(t, e)
		call := e.Call(t, protocol, q)
		call.Wait(10 * time.Minute)
		time.Sleep(2 * time.Second) // the end of a refused connection may linger
		first, err := call.Wait(time.Second)
		var seen []string
		if first.Status != 0 {
			seen = append(seen, strconv.Itoa(first.Status))
		}
		for _, r := range call.Following() {
			if r.Status != 0 {
				seen = append(seen, strconv.Itoa(r.Status))
			}
		}
		if first.Closed || err != nil || first.Cut {
			seen = append(seen, "closed")
		}
		x.viewer = strings.Join(seen, " ")
		call.Close()
		if x.origin, err = o.requests(); err != nil {
			t.Errorf("origin: got bytes that are no request: %v", err)
		}
	})
	return x
}

// canary is a request behind the one in question. It must be answered as what
// it is, or not at all.
const canary = "GET /canary HTTP/1.1\r\nHost: shop.test\r\n\r\n"

// What may become of a viewer's bytes.
const (
	// refused: 400, and nothing behind is looked at (RFC 9112 section 2.2,
	// CF-SIZE-10).
	refused = "400 closed"
	// broken: the content turns out to be malformed after the head has gone on
	// its way. The origin must not get a complete request, the viewer no
	// success, and nothing behind is looked at.
	broken = "broken"
	// passed: it is answered, and so is the canary.
	passed = "200 200"
)

// A row is a viewer's bytes and what becomes of them.
type row struct {
	what   string
	send   string // the canary is put behind it
	viewer string
	origin string // requests without the canary, separated by " | "
}

func check(t *testing.T, rows []row) {
	for _, r := range rows {
		t.Run(r.what, func(t *testing.T) {
			x := send(t, edgetest.ProtocolH1, edgetest.Request{Scheme: "http", Method: "GET", Raw: r.send + canary})
			if r.viewer == broken {
				checkBroken(t, r, x)
				return
			}
			if x.viewer != r.viewer {
				t.Errorf("%q: viewer: got %q, want %q", r.send, x.viewer, r.viewer)
			}
			want := r.origin
			if r.viewer == passed {
				want += " | GET /canary"
			}
			if got := strings.Join(x.origin, " | "); got != strings.TrimPrefix(want, " | ") {
				t.Errorf("%q: origin: got %q, want %q", r.send, got, want)
			}
		})
	}
}

func checkBroken(t *testing.T, r row, x exchange) {
	t.Helper()
	if x.viewer != "closed" && x.viewer != refused {
		t.Errorf("%q: viewer: got %q, want %q or only that the connection is closed", r.send, x.viewer, refused)
	}
	if len(x.origin) > 0 {
		t.Errorf("%q: origin: got %q, want no complete request", r.send, x.origin)
	}
}
