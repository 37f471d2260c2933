package fetch

import (
	"log/slog"
	"strings"
)

// originIDs are the fields by which origins tell how their own logs know a
// request: those of API Gateway (AG-RSP-01 to AG-RSP-03) and of S3.
var originIDs = []string{"x-amzn-RequestId", "x-amz-apigw-id", "apigw-requestid", "x-amz-request-id", "x-amz-id-2"}

// noteAnswer writes a line at level debug by which a viewer's request is found
// in the logs of its origin (AG-PRX-03). The access log has CloudFront's
// fields, and none for that.
func (ft *Fetch) noteAnswer() {
	if ft.answered == nil || !ft.logger.Enabled(ft.ctx, slog.LevelDebug) {
		return
	}
	var ids []string
	for _, name := range originIDs {
		if id := ft.answered.Fields.Get(name); id != "" {
			ids = append(ids, name+"="+id[:min(len(id), 128)])
		}
	}
	ft.logger.Debug("origin answered", "origin", ft.member.id(), "status", ft.answered.Status, "ids", strings.Join(ids, " "),
		"first_byte", ft.answered.Timing.FirstByte, "method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
}
