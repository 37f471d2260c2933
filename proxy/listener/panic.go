package listener

import (
	"fmt"
	"net/netip"
	"runtime/debug"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// panicked logs a panic of the Handler with its stack and counts it.
func (s *Server) panicked(v any, r *viewer.Request) {
	s.opts.Logger.Error("panic while answering a request",
		"panic", fmt.Sprint(v), "method", r.Method, "host", r.Host, "path", r.Path,
		"remote", r.Remote.String(), "stack", string(debug.Stack()))
	if s.opts.OnPanic != nil {
		s.opts.OnPanic()
	}
}

// recover has a panic outside of a Handler end the connection alone that has
// deferred it.
func (s *Server) recover(remote netip.AddrPort) {
	if v := recover(); v != nil {
		s.panicked(v, &viewer.Request{Remote: remote})
	}
}
