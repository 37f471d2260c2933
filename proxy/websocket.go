package proxy

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A WebSocket is a GET up to the answer to its handshake (CF-WS-07): every
// stage applies, the policies decide which fields the origin sees (CF-WS-02),
// and an answer other than 101 is one like any (CF-WS-08). Then bytes go both
// ways as they come until one end closes, or the origin has sent nothing for
// the time that the transport gives it (CF-WS-05). The log line is written at
// the end (CF-WS-06).

// wantsWebSocket reports whether the viewer asks for a WebSocket, in a form
// that its protocol knows: by Upgrade over HTTP/1.1 (CF-WS-01), and by
// CONNECT over HTTP/2 (RFC 8441), which is not at AWS. A request for any other
// protocol is answered as if it had not asked (RFC 9110 section 7.8).
func (x *Exchange) wantsWebSocket() bool {
	_, can := x.w.(viewer.Upgrader)
	if !can || x.r.Upgrade != "websocket" {
		return false
	}
	switch x.r.Proto {
	case viewer.ProtoHTTP11:
		return x.r.Method == "GET" && x.r.Body == nil
	case viewer.ProtoHTTP2:
		return x.r.Method == "CONNECT" || x.r.Method == "GET"
	}
	return false
}

// beginWebSocket makes the request the GET that the origin gets. Over HTTP/2
// there is no key in the handshake (RFC 8441 section 5): the origin, which is
// asked over HTTP/1.1, gets one of ours.
func (x *Exchange) beginWebSocket() {
	x.passing = passingWebSocket
	if x.r.Proto == viewer.ProtoHTTP11 {
		return
	}
	r := *x.r
	r.Method, r.Body, r.ContentLength = "GET", nil, 0
	r.Fields = r.Fields.Clone()
	r.Fields.Del("Sec-WebSocket-Key")
	key := newWebSocketKey()
	r.Fields.Add("Sec-WebSocket-Key", key)
	x.r, x.acceptance = &r, acceptanceOf(key)
}

func newWebSocketKey() string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// acceptanceOf returns the Sec-WebSocket-Accept for a key (RFC 6455 section
// 4.2.2).
func acceptanceOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// checkAcceptance verifies the origin's answer to a handshake of ours, on
// behalf of a viewer that cannot.
func (x *Exchange) checkAcceptance() {
	switch fields := &x.answer.fields; {
	case x.acceptance == "":
	case fields.Get("Sec-WebSocket-Accept") != x.acceptance:
		x.refuse(502, errorpage.ExplanationOriginClosed, accesslog.ReasonErrorOriginInvalid, errorpage.CauseUnreachable)
	default:
		fields.Del("Sec-WebSocket-Accept")
	}
}

// traffic counts the bytes of another protocol.
type traffic struct {
	head    int64 // bytes of the answer to the handshake
	in, out atomic.Int64
}

// tunnelBuffers are small because there are two for each WebSocket, of which
// most are quiet.
var tunnelBuffers = sync.Pool{New: func() any { b := make([]byte, 4<<10); return &b }}

// goOn accepts the viewer's wish, and copies both ways until either end
// closes. What the origin sends is copied here; what the viewer sends in a
// goroutine, which ends when the engine closes the stream after us at the
// latest.
func (x *Exchange) goOn() {
	stream, err := x.w.(viewer.Upgrader).WriteUpgrade(x.answer.fields)
	if err != nil {
		x.sent.gone = true
		return
	}
	x.sent.head, x.sent.firstByte = true, x.server.measure()
	x.traffic = &traffic{head: x.w.BytesWritten()}
	tunnel, in := x.answer.fetched.Tunnel, &x.traffic.in
	go func() {
		defer tunnel.Close() // the viewer has left, or the origin takes no more
		copyCounted(tunnel, stream, in)
	}()
	copyCounted(stream, tunnel, &x.traffic.out)
}

// copyCounted copies until reading or writing fails.
func copyCounted(to io.Writer, from io.Reader, n *atomic.Int64) {
	buffer := tunnelBuffers.Get().(*[]byte)
	for {
		read, err := from.Read(*buffer)
		if read > 0 {
			if _, err := to.Write((*buffer)[:read]); err != nil {
				return // and nobody uses a buffer again that may still be read
			}
			n.Add(int64(read))
		}
		if err != nil {
			tunnelBuffers.Put(buffer)
			return
		}
	}
}

// bytesOut is what went to the viewer.
func (x *Exchange) bytesOut() int64 {
	if x.traffic != nil {
		return x.traffic.head + x.traffic.out.Load()
	}
	return x.w.BytesWritten()
}

func webSocketProtocol(secure bool) accesslog.Protocol {
	if secure {
		return accesslog.ProtocolWSS
	}
	return accesslog.ProtocolWS
}
