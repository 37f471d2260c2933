// Package viewer is the border between the engines that speak HTTP to
// viewers and the proxy that answers: one request as it was received, one
// writer for its response, and the function that is called in between.
//
// An engine (proxy/h1, proxy/h2) fills a Request, implements ResponseWriter and calls
// a Handler. Nothing on the proxy's side of this border knows sockets.
//
// It is a part of proxy.
package viewer

import (
	"context"
	"io"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/truststore"
)

// Proto is the HTTP version of a viewer's request.
type Proto uint8

// The versions a viewer may speak.
const (
	ProtoHTTP10 Proto = iota
	ProtoHTTP11
	ProtoHTTP2
	ProtoHTTP3
)

// String returns the version as CloudFront's log spells it (CF-LF field 24).
func (p Proto) String() string {
	switch p {
	case ProtoHTTP10:
		return "HTTP/1.0"
	case ProtoHTTP11:
		return "HTTP/1.1"
	case ProtoHTTP2:
		return "HTTP/2.0"
	case ProtoHTTP3:
		return "HTTP/3.0"
	}
	return "Proto(?)"
}

// Number returns the version alone, as Via uses it: "1.1", "2.0" (CF-HDR-52).
func (p Proto) Number() string { return p.String()[len("HTTP/"):] }

// A Request is one viewer request, with framing already decided and removed.
// It is owned by the engine and valid until the Handler returns.
type Request struct {
	Method string
	// Path is the raw path and Query the raw query without "?", byte for byte
	// as the viewer sent them. HasQuery tells "/a?" from "/a" (CF-KEY-20).
	// Path is "*" for the asterisk form.
	Path     string
	Query    string
	HasQuery bool
	// Host is the Host field or :authority, with its port if it had one. It
	// is not repeated in Fields. Empty only for HTTP/1.0 without Host.
	Host string
	// HostAt is how many of Fields came before Host: 0 for what is no field, such
	// as :authority.
	HostAt int
	// Scheme is "http" or "https": how the viewer reached this listener.
	Scheme string
	Proto  Proto
	// Fields are all header fields but Host. Hop-by-hop fields are still in.
	Fields field.Lines
	// Body is nil when the request has none. ContentLength is its length, 0
	// without a body and -1 when it is not known in advance.
	Body          io.Reader
	ContentLength int64
	// Remote is the TCP peer and Local our end of the connection. A Handler may put
	// the viewer in the place of a peer that is a proxy, and how that was reached in
	// the place of Scheme.
	Remote, Local netip.AddrPort
	// TLS is nil over plain HTTP.
	TLS *TLS
	// HeadBytes is the size of the request line and the header section.
	HeadBytes int
	// Marks say which fields of consequence are among Fields.
	Marks Marks
	// Upgrade is the protocol, in lower case, that the viewer wants to go on
	// with instead of HTTP ("websocket"): the one name in Upgrade (RFC 9110
	// section 7.8) or :protocol (RFC 8441). It is "" for all other requests. A
	// ResponseWriter of such a request is an Upgrader.
	Upgrade string
	// Tried tells that a HitFunc has been asked about the request, and Note is
	// what it has to tell the Handler. The engine carries both over.
	Tried bool
	Note  any
	// Peer is the connection's, nil where there is none.
	Peer *Peer
	// Shard is a small number that requests of the same loop or connection
	// have in common: who counts by it meets no other processor.
	Shard uint8
	// Reused tells that the connection has had a request before.
	Reused bool
	// Received is when the head had been read completely.
	Received time.Time
}

// TLS says what the handshake with the viewer settled.
type TLS struct {
	Version    string // as logged: "TLSv1.3"
	Cipher     string // OpenSSL-style name, as logged (CF-LF field 22)
	ServerName string // SNI, "" if none was sent
	Resumed    bool   // a session of an earlier connection goes on
	// Served says for which hosts the certificate is good that the viewer was
	// shown, or that its resumed session began with; nil if that is not known.
	Served *ServedCertificate
	// Presented is what the handshake found out about the viewer's certificate; nil
	// if it was not asked for one.
	Presented *truststore.Peer
	// JA3 and JA4 are fingerprints of the ClientHello (package fingerprint), ""
	// if nobody wanted them at the time of the handshake.
	JA3, JA4 string
}

// A Peer is what all requests of a connection have in common.
type Peer struct {
	// Remote is the TCP peer and Local our end of the connection.
	Remote, Local netip.AddrPort
	TLS           *TLS  // nil over plain HTTP
	Shard         uint8 // as in Request
	// Known is what the proxy keeps about the peer from one request to the
	// next, so that it need not find it out for each. Several may come at once.
	Known atomic.Value
}

// A ResponseWriter sends the response to one Request. It is used by the
// goroutine that runs the Handler and by no other.
type ResponseWriter interface {
	// WriteInterim sends an interim response (RFC 9110 section 15.2), status
	// 100 or 102 to 199, at once. Any number may come before WriteHead. A
	// viewer that cannot have one gets none: HTTP/1.0.
	WriteInterim(status int, fields field.Lines) error
	// WriteHead sends the status and the fields, once and before any Write.
	// contentLength is the number of content bytes that follow, -1 if it is
	// not known: the engine then frames the content by itself. The engine
	// adds no field but the framing ones, of its own making; over HTTP/1.1 its
	// Content-Length stands where that of fields does, else last. For HEAD and 304 no content may
	// follow and contentLength is what the Content-Length field says, -1 to
	// omit it.
	WriteHead(status int, fields field.Lines, contentLength int64) error
	// Write sends content. It blocks while the viewer is slower than we are
	// and fails when the viewer is gone.
	Write(p []byte) (int, error)
	// Flush sends what is buffered: more content comes, but not at once.
	Flush() error
	// Abort cuts the response so that the viewer sees it is incomplete: the
	// connection is closed or the stream reset. Used when the origin's body
	// ended early (CF-RESP-41, -42).
	Abort()
	// BytesWritten is the number of bytes sent so far, header section
	// included (CF-LF field 4); an estimate where the engine cannot know.
	BytesWritten() int64
}

// A FileSender is a ResponseWriter whose engine can have the kernel send a
// file.
type FileSender interface {
	// SendsFiles reports whether it can do so for this response: over a plain
	// connection, and where nothing frames the content.
	SendsFiles() bool
	// SendFile sends the next n bytes of f, like Write. A file that has fewer
	// is io.ErrUnexpectedEOF.
	SendFile(f *os.File, n int64) error
}

// A TrailerWriter is a ResponseWriter that can send fields behind the content.
type TrailerWriter interface {
	// WriteTrailer ends the content with fields behind it (RFC 9110 section
	// 6.5). It comes after the last Write, of content whose length was not
	// announced. A viewer that cannot have them gets none.
	WriteTrailer(fields field.Lines) error
}

// An Upgrader is a ResponseWriter whose viewer has asked for another protocol.
type Upgrader interface {
	// WriteUpgrade accepts that, in place of WriteHead: with 101, or 200 over
	// HTTP/2. What follows are bytes of the other protocol, both ways, through
	// the stream. Reading from it and writing to it may be two goroutines; who
	// called the Handler closes it when the Handler returns.
	WriteUpgrade(fields field.Lines) (io.ReadWriter, error)
}

// A Handler answers one request. The context ends when the viewer has gone.
type Handler func(ctx context.Context, w ResponseWriter, r *Request)
