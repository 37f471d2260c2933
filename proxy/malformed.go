package proxy

import (
	"github.com/groundfront/groundfront/cache/cachecontrol"
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
	fields = field.Lines{
		{Name: "Server", Value: errorpage.Server},
		{Name: "Date", Value: cachecontrol.FormatDate(s.now())},
		{Name: "Content-Type", Value: errorpage.ContentType},
		{Name: "X-Cache", Value: accesslog.ResultTypeError.XCache()},
		{Name: "Via", Value: s.via},
		{Name: "X-Amz-Cf-Pop", Value: s.pop},
		{Name: "X-Amz-Cf-Id", Value: id},
	}
	explanation := errorpage.ExplanationBadRequest
	if status >= 500 {
		explanation = errorpage.ExplanationOriginClosed
	}
	return fields, errorpage.Append(nil, status, explanation, id)
}
