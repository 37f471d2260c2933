package proxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// stageLog always comes last: metrics, and the access log line of the
// distribution (CF-LOG-06). A request that no distribution owns is in no
// distribution's log (CF-ERR-06).
func (x *Exchange) stageLog() {
	if x.rehearsed {
		return
	}
	if x.sent.gone && !x.sent.head {
		x.answer.reason, x.answer.status = accesslog.ReasonViewerGone, 0
	}
	x.recordInspection()
	end := x.server.measure()
	x.log(end, x.server.at(end))
}

// log writes down what has ended at end by the clock of durations and at now by
// that of responses.
func (x *Exchange) log(end, now time.Time) {
	if x.behavior != nil && x.behavior.Metrics != nil {
		first := x.sent.firstByte
		if first.IsZero() {
			first = end
		}
		x.behavior.Metrics.Observe(x.r.Shard, x.answer.reason, x.r.Method, x.answer.status, x.bytesOut(),
			first.Sub(x.r.Received), end.Sub(x.r.Received))
	}
	if x.distribution == nil {
		x.server.logger.Warn("request refused", "reason", x.answer.reason.String(), "status", x.answer.status,
			"host", x.r.Host, "method", x.r.Method, "path", x.r.Path, "viewer", x.r.Remote.String(), "request_id", x.id)
		return
	}
	if x.distribution.Log != nil {
		var record accesslog.Record
		x.record(&record, end, now)
		x.distribution.Log.Log(x.r.Shard, &record)
	}
}

// resultType is the classification just before sending (CF-LF field 23).
func (x *Exchange) resultType() accesslog.ResultType {
	return x.answer.reason.ResultType(x.answer.status)
}

// record fills record with what the access log says of the exchange.
func (x *Exchange) record(record *accesslog.Record, end, now time.Time) {
	r, a := x.r, &x.answer
	*record = accesslog.Record{
		End: now, Duration: end.Sub(r.Received), FirstByte: x.sent.firstByte.Sub(r.Received),
		EdgeLocation: x.server.pop, RequestID: x.id, Distribution: x.distribution.DomainName,
		Viewer: r.Remote, Protocol: accesslog.ProtocolHTTP, ProtocolVersion: r.Proto.String(),
		Method: r.Method, Host: r.Host, Path: r.Path, Query: r.Query,
		Referer: r.Fields.Get("Referer"), UserAgent: r.Fields.Get("User-Agent"),
		ForwardedFor: r.Fields.Joined("X-Forwarded-For"), HideSignatures: x.distribution.HideSignatures,
		BytesIn: x.bytesIn(),
		Status:  a.status, BytesOut: x.bytesOut(),
		ContentType: a.fields.Get("Content-Type"), ContentLength: a.length,
		ResponseResult: x.resultType(), Detailed: x.detailedType(), Reason: a.reason,
	}
	record.Result = record.ResponseResult
	if x.sent.gone || x.sent.cut {
		record.Result = accesslog.ResultTypeError // CF-LRT-06
	}
	if !x.sent.head {
		record.FirstByte = record.Duration
	}
	if x.distribution.LogCookies {
		record.Cookie = r.Fields.Joined("Cookie")
	}
	if r.Scheme == "https" {
		record.Protocol = accesslog.ProtocolHTTPS
	}
	if r.TLS != nil {
		record.TLSVersion, record.TLSCipher = r.TLS.Version, r.TLS.Cipher
	}
	switch {
	case x.passing == passingWebSocket && a.status == 101:
		record.Protocol = webSocketProtocol(r.Scheme == "https")
	case x.passing == passingGRPC:
		record.Protocol = accesslog.ProtocolGRPCS // CF-GRPC-06
	}
	if value := a.fields.Get("Content-Range"); value != "" {
		record.RangeStart, record.RangeEnd, record.HasRange = contentRange(value)
	}
}

// detailedType is CF-LF field 29.
func (x *Exchange) detailedType() accesslog.DetailedType {
	switch {
	case x.sent.gone:
		return accesslog.DetailedTypeClientCommError
	case x.answer.detailed != accesslog.DetailedTypeNone:
		return x.answer.detailed
	case x.sent.cut:
		return accesslog.DetailedTypeAbortedOrigin
	}
	return x.answer.reason.DetailedType()
}

// contentRange reads "bytes 0-99/1234" for the log (CF-LF fields 32 and 33).
func contentRange(value string) (start, end int64, ok bool) {
	value, ok = strings.CutPrefix(value, "bytes ")
	first, rest, dash := strings.Cut(value, "-")
	last, _, slash := strings.Cut(rest, "/")
	start, err1 := strconv.ParseInt(first, 10, 64)
	end, err2 := strconv.ParseInt(last, 10, 64)
	return start, end, ok && dash && slash && err1 == nil && err2 == nil
}
