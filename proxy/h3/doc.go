// Package h3 is the HTTP/3 engine toward viewers (RFC 9114). QUIC itself is
// quic-go's, whose types nobody else sees; what it carries is spoken here, field
// by field, since a header map would lose the order of fields and the spelling of
// a target, and since what a request may be must not depend on the version: the
// rules are those of HTTP/2 (h2.Section).
//
//	Server (server.go)   sockets, who may connect, draining
//	conn   (conn.go)     one connection: its streams, GOAWAY, idle time
//	       (control.go)  SETTINGS and the other streams that carry no request
//	stream (stream.go)   one request: frames, field section, Handler
//	       (body.go)     its content
//	       (response.go) what goes back, hit.go what goes back at once
//	       (qpack.go)    field sections, without a dynamic table
//
// # Goroutines
//
// quic-go has some for each socket and each connection. A connection has one that
// takes streams, one for each stream without a request, of which there are few, and
// one for each request until its Handler has returned. A viewer gets
// credit for another stream only then, so that one which resets its streams does
// not get more Handlers to run (CVE-2023-44487). Server.Shutdown waits for all.
//
// # Memory
//
// Flow control bounds what waits unread of a connection (connWindow) and of a
// stream (streamWindow). A field section is read as a whole; of those that are
// large, one connection has one at a time. Nothing is kept for streams that
// have ended. There is no dynamic table, either way: what it would save in bytes
// it would cost in memory of idle connections, and in waiting for lost packets.
//
// # Addresses
//
// A connection has its slot, and what is known of its viewer, by the address it
// began with. A viewer may move (RFC 9000 section 9): a request is that of the
// address at which its viewer is when it comes. Above Options.RetryAbove
// handshakes under way, or always with ProveAddress, who connects must first prove
// its address (RFC 9000 section 8.1.2): slots are not for those who only claim one.
//
// # What is not done
//
// Server push, datagrams, WebTransport, CONNECT with a protocol (RFC 9220), early
// data: a request in it could be sent again by anyone who has seen it.
//
// It is a part of proxy.
package h3
