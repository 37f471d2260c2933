package standin

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Limits of WebSocket APIs (AG-LIM-12).
const (
	DefaultSocketIdle     = 10 * time.Minute
	DefaultSocketLifetime = 2 * time.Hour

	mostFrame   = 32 << 10
	mostMessage = 128 << 10
	mostSockets = 4096 // ours
)

// sockets are the open connections of a WebSocket API.
type sockets struct {
	mu      sync.Mutex
	open    map[string]*socket // guarded by mu; by connection id
	closed  bool               // guarded by mu
	running sync.WaitGroup
}

// A socket is one connection. Its own goroutine reads; anyone may write.
type socket struct {
	id       string
	api      *Standin
	conn     net.Conn
	reader   *bufio.Reader
	agent    string
	deadline time.Time // of its lifetime

	mu        sync.Mutex // guards what follows, and writing
	connected time.Time
	active    time.Time
}

// serveWebSocket answers what comes to a WebSocket API: a handshake at the
// stage (AG-WS-01), or the management of connections (AG-HOST-06). A request
// that is neither is no route of it.
func (s *Standin) serveWebSocket(w http.ResponseWriter, c *call) *response {
	if rest, found := strings.CutPrefix(c.path, "/@connections/"); found {
		return s.manage(c, rest)
	}
	switch {
	case c.path != "/" || !isHandshake(c.r):
		return s.failed(c, forbidden)
	case c.query.Get("token") == "mallory": // the authorizer of $connect
		return s.failed(c, accessDenied)
	}
	k, err := s.accept(w, c)
	switch {
	case errors.Is(err, errTooMany):
		return s.failed(c, throttled)
	case err != nil:
		return s.failed(c, integrationFailure)
	}
	k.serve()
	return nil
}

// isHandshake follows RFC 6455 section 4.2.1.
func isHandshake(r *http.Request) bool {
	has := func(name, token string) bool {
		for _, value := range r.Header.Values(name) {
			for member := range strings.SplitSeq(value, ",") {
				if strings.EqualFold(strings.TrimSpace(member), token) {
					return true
				}
			}
		}
		return false
	}
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	return r.Method == http.MethodGet && has("Connection", "upgrade") && has("Upgrade", "websocket") &&
		r.Header.Get("Sec-WebSocket-Version") == "13" && err == nil && len(key) == 16
}

var errTooMany = errors.New("too many connections")

// accept takes the connection over and answers the handshake.
func (s *Standin) accept(w http.ResponseWriter, c *call) (*socket, error) {
	k := &socket{id: c.ids.extended, api: s, agent: c.r.UserAgent(), connected: c.now, active: c.now}
	if !s.sockets.add(k) {
		return nil, errTooMany
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.sockets.remove(k)
		return nil, err
	}
	k.mu.Lock()
	k.conn, k.reader = conn, buffered.Reader
	k.mu.Unlock()
	sum := sha1.Sum([]byte(c.r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\nx-amzn-RequestId: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]), c.ids.request)
	if err != nil {
		conn.Close()
		s.sockets.remove(k)
	}
	return k, err
}

func (all *sockets) add(k *socket) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.closed || len(all.open) >= mostSockets {
		return false
	}
	if all.open == nil {
		all.open = map[string]*socket{}
	}
	all.open[k.id] = k
	all.running.Add(1)
	return true
}

func (all *sockets) remove(k *socket) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.open, k.id)
	all.running.Done()
}

// find returns an open connection by its id, or nil.
func (all *sockets) find(id string) *socket {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.open[id]
}

func (all *sockets) each(f func(*socket)) {
	all.mu.Lock()
	var list []*socket
	for _, k := range all.open {
		list = append(list, k)
	}
	all.mu.Unlock()
	for _, k := range list {
		f(k)
	}
}

// close ends all connections and waits for them.
func (all *sockets) close() {
	all.mu.Lock()
	all.closed = true
	all.mu.Unlock()
	all.each(func(k *socket) { k.end(closeGoingAway) })
	all.running.Wait()
}

// serve reads messages until the connection ends. It is bound by its idle time
// and its lifetime in the clock of the network, not in Options.Now.
func (k *socket) serve() {
	defer k.api.sockets.remove(k)
	defer k.conn.Close()
	k.deadline = time.Now().Add(k.api.opts.SocketLifetime)
	k.touch()
	for {
		message, err := k.readMessage()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			k.end(closeGoingAway)
		case errors.Is(err, errFrame):
			k.end(closeProtocol)
		case errors.Is(err, errFrameBig):
			k.end(closeTooBig)
		}
		if err != nil {
			return
		}
		k.touch()
		k.route(message)
	}
}

// touch begins the idle time anew.
func (k *socket) touch() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.active = k.api.opts.Now()
	idle := time.Now().Add(k.api.opts.SocketIdle)
	if k.deadline.Before(idle) {
		idle = k.deadline
	}
	_ = k.conn.SetReadDeadline(idle) // reading shows if that is of no use
}

// readMessage puts the frames of a message together, and answers pings between
// them. A ping is no sign of use (AG-WS-01).
func (k *socket) readMessage() ([]byte, error) {
	var message []byte
	for begun := false; ; {
		f, err := readFrame(k.reader, mostFrame)
		if err != nil {
			return nil, err
		}
		switch {
		case f.code == opClose:
			k.end(closeNormal)
			return nil, net.ErrClosed
		case f.code == opPing:
			k.write(opPong, f.content)
			continue
		case f.code == opPong:
			continue
		case begun != (f.code == opContinuation):
			return nil, errFrame
		}
		begun = true
		if message = append(message, f.content...); len(message) > mostMessage {
			return nil, errFrameBig
		}
		if f.final {
			return message, nil
		}
	}
}

// write sends a message. What fails is seen where the connection is read.
func (k *socket) write(code opcode, content []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn == nil { // not accepted yet
		return
	}
	_ = k.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, _ = k.conn.Write(appendFrame(nil, code, content))
}

// end says why the connection ends, and ends it.
func (k *socket) end(code int) {
	k.write(opClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn != nil {
		k.conn.Close()
	}
}

// route runs the route that the message's action selects, or $default
// (AG-WS-01).
func (k *socket) route(message []byte) {
	var body struct{ Action string }
	if json.Unmarshal(message, &body) != nil {
		body.Action = ""
	}
	switch body.Action {
	case "whoami":
		text, _ := json.Marshal(map[string]string{"connectionId": k.id}) // a string
		k.write(opText, text)
	case "broadcast":
		k.api.sockets.each(func(other *socket) { other.write(opText, message) })
	case "leave":
		k.end(closeNormal)
	case "fail":
		text, _ := json.Marshal(map[string]string{"message": "Internal server error", "connectionId": k.id}) // strings
		k.write(opText, text)
	default: // echo and $default
		k.write(opText, message)
	}
}
