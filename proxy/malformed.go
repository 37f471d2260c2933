package proxy

import (
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
)

// MalformedPage returns the response to a request that an engine could not
// hand over: 400 for what is not HTTP, 494 for a head that is too large, 500
// after a fault of ours (CF-SIZE-10). No distribution was selected, so no
// policy applies and no access log has it.
func (s *Server) MalformedPage(status int) (fields field.Lines, content []byte) {
	id := s.ids.text(0)
	explanation := errorpage.ExplanationBadRequest
	if status >= 500 {
		explanation = errorpage.ExplanationOriginClosed
	}
	content = errorpage.Append(nil, status, explanation, id)
	return append(pageFields(s.now(), len(content)),
		field.Line{Name: "Connection", Value: "close"},
		field.Line{Name: "X-Cache", Value: accesslog.ResultTypeError.XCache()},
		field.Line{Name: "Via", Value: s.via},
		field.Line{Name: "X-Amz-Cf-Pop", Value: s.pop},
		field.Line{Name: "X-Amz-Cf-Id", Value: id}), content
}
