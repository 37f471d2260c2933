// Package h2 is the HTTP/2 engine toward viewers (RFC 9113). It has no socket
// and no clock: a driver in proxy/listener gives a Conn the bytes that it has
// read, with the time, and takes the bytes that are to be written.
//
//	Receive ─> frames ─> header block ─┬─> hit.go: answered at once
//	(frame.go)           (head.go)     └─> stream.go: a goroutine with the Handler
//	Flush <─ output <─ flow.go: whose content goes next
//
// A plain request (GET or HEAD, no content, nothing that asks for more than a
// look at the cache) is offered to the HitFunc from within Receive: header
// block decoded in place, response appended to the output, no goroutine, no
// allocation. All responses to what one Receive has brought go out with one
// Flush. Content that the viewer's windows do not take waits as a stream
// without a goroutine. Everything else gets a goroutine and a copy of its head.
//
// # Content and back pressure
//
// Nothing copies content but into a frame: a stream that cannot send now keeps
// the slice (of a hit, which is immutable, or of the Write that waits) and has
// a place in Conn.ready. Flush lets those streams append frames in the order of
// their priorities (RFC 9218) while windows and Options.MaxOutput allow it. So
// output is made at the pace at which it is taken. A request's content waits in
// its stream for the Handler to read it; only what was read is returned to the
// viewer's windows.
//
// # Locks
//
// Conn.mu guards a connection and all its streams. Receive, Tick, Shutdown and
// Close hold it throughout, Flush but for the write itself. The HitFunc, Page,
// OnMalformed and Hit.Done are called with mu held and must not call the Conn.
// wake, the Handler and OnPanic are called without.
//
// # Invariants
//
//   - A stream is in Conn.streams until it is closed on both sides and its
//     Handler has returned. Their number is bounded by MaxStreams: a viewer that
//     resets its streams does not get more Handlers to run (CVE-2023-44487).
//   - Every header block is decoded, whatever becomes of its stream: the HPACK
//     table is the connection's.
//   - After an error nothing is sent but what was in the output, and GOAWAY.
//   - What a viewer makes us do without asking for a response is paid from a
//     budget (defence.go). One that overdraws it is told ENHANCE_YOUR_CALM.
//   - Strings of a Request that the HitFunc sees are views of input and of the
//     HPACK table; those that a Handler sees are copies.
//
// # A driver
//
//	c := h2.New(options, peer, wake)  // wake: Flush, or have the loop do it
//	flush what New has made; then, for each read: Receive, Flush
//	about once a second: Tick, Flush
//	after an error of either, or when Done: Flush, close
//	when the socket is gone, for whatever reason: Close, always
//
// It reads no more while Blocked. Where it closes after an error it should close
// its side first and read on for a moment: a socket that is closed with input
// unread may lose the GOAWAY. driver_test.go has the smallest driver there can
// be.
//
// # What is not done
//
// Server push is never used. The Upgrade from HTTP/1.1 (h2c) is not offered,
// RFC 9113 has withdrawn it. The priority tree of RFC 7540 is checked and
// ignored.
//
// It is a part of proxy.
package h2
