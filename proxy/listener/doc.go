// Package listener is where viewers connect: sockets, TLS, the choice of a
// protocol, limits and draining. It drives the engines proxy/h1 and proxy/h2,
// which have no sockets.
//
//	accept ─> slots ─> (TLS handshake) ─> driver ─> h1.Conn or h2.Conn ─> viewer.Handler
//
// There are two drivers, and the same tests for both.
//
//   - goroutine.go: one goroutine for each connection, on any system; over
//     HTTP/2 another one that writes (h2.go). What it does is what the other
//     driver is compared with.
//   - eventloop.go: event loops, one for each processor, over epoll
//     (epoll_linux.go). Whatever waits (a miss, content, a handshake) is done by a
//     goroutine to which the connection is lent meanwhile (lease.go). TLS is
//     crypto/tls over a connection that says when it has nothing (looptls.go).
//     pump.go has loops over connections that are not the kernel's, for tests.
//
// HTTP/3 comes in packets and has neither: packets.go gives proxy/h3 the limits,
// the slots and the drain of all others.
//
// # Draining
//
// Shutdown fails no request whose first byte was sent before its connection was
// closed. Who had connected is accepted; a request is answered, and over
// HTTP/1.1 with "Connection: close", over HTTP/2 after two GOAWAY frames; a head
// that has begun may be completed; an idle connection is kept for drainGrace,
// so that a viewer which keeps sending meets such an answer and not an end. A
// connection that has ended is closed when its viewer has taken all that was sent
// (linger; on Linux, where the system tells). What
// remains is inherent in TCP: a viewer may send while the end of an idle
// connection is on its way to it, and may connect in the moment in which the
// listener closes. The first it can find out and repeat (RFC 9112 section 9.3.1);
// the second does not happen if another process has the listener too.
//
// It is a provider: it imports its parent's viewer package, and a program
// wires it to proxy.Server.
package listener
