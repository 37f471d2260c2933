package proxy

import (
	"strings"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A gRPC call is a POST past the cache whose content goes both ways at the
// same time, piece by piece, and ends with fields that say how it went
// (CF-GRPC-03 to CF-GRPC-05). It needs HTTP/2 from the viewer to the origin
// (CF-GRPC-02); one that cannot be made so is a POST like any.

// isGRPC reports whether a request is a gRPC call (CF-GRPC-01, CF-GRPC-02).
func isGRPC(r *viewer.Request) bool {
	return r.Method == "POST" && r.Proto == viewer.ProtoHTTP2 && r.Scheme == "https" &&
		isGRPCType(r.Fields.Get("Content-Type"))
}

// isGRPCType reports whether a media type is application/grpc or one with a
// suffix, such as application/grpc+proto. That of gRPC-Web, which is made for
// HTTP/1.1, is another.
func isGRPCType(value string) bool {
	const name = "application/grpc"
	if len(value) < len(name) || !strings.EqualFold(value[:len(name)], name) {
		return false
	}
	rest := value[len(name):]
	return rest == "" || strings.ContainsRune("+; \t", rune(rest[0]))
}

// sendTrailers sends what the origin has sent behind the content (CF-GRPC-04),
// if the viewer's engine can.
func (x *Exchange) sendTrailers() bool {
	if x.answer.fetched.Trailers == nil {
		return true
	}
	fields := x.answer.fetched.Trailers()
	w, can := x.w.(viewer.TrailerWriter)
	if !can || len(fields) == 0 {
		return true
	}
	if w.WriteTrailer(fields) != nil {
		x.sent.gone = true
		return false
	}
	return true
}
