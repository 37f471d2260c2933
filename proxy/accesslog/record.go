package accesslog

import (
	"net/netip"
	"time"
)

// A Record is everything the log knows about one request. Text is raw, as it
// was on the wire; the encoder escapes it. An empty string is "no value".
type Record struct {
	End       time.Time     // when the last byte went to the viewer
	Duration  time.Duration // from the first byte of the request to End
	FirstByte time.Duration // from the first byte of the request to the first of the response

	EdgeLocation string // x-edge-location, for example SEA19-C1
	RequestID    string // the value of X-Amz-Cf-Id
	Distribution string // domain name that we gave the distribution, d111111abcdef8.cloudfront.net

	Viewer          netip.AddrPort // the peer of the TCP connection
	Protocol        Protocol       // cs-protocol
	ProtocolVersion string         // HTTP/1.1, HTTP/2.0
	TLSVersion      string         // TLSv1.3; empty for plain HTTP
	TLSCipher       string         // OpenSSL's name; empty for plain HTTP

	Method       string
	Host         string // as the viewer sent it
	Path         string // raw, without query
	Query        string // raw, without `?`
	Referer      string
	UserAgent    string
	Cookie       string // empty unless cookies are logged (the caller decides)
	ForwardedFor string // X-Forwarded-For as the viewer sent it
	// HideSignatures leaves the values of signatures and policies out of Query,
	// Referer and Cookie.
	HideSignatures bool
	BytesIn        int64 // from the viewer, with headers

	Status        int // 0: the viewer left before a response, logged as 000
	BytesOut      int64
	ContentType   string
	ContentLength int64 // negative: no Content-Length
	RangeStart    int64 // of Content-Range; with RangeEnd only when HasRange
	RangeEnd      int64
	HasRange      bool

	Result         ResultType   // after the last byte: Error if the viewer left early
	ResponseResult ResultType   // just before the response was sent
	Detailed       DetailedType // DetailedTypeNone: the same as Result
	Reason         Reason       // ours; not in CloudFront's line
}

// A Protocol is the value of cs-protocol.
type Protocol uint8

// The protocols of field 17.
const (
	ProtocolHTTP Protocol = iota
	ProtocolHTTPS
	ProtocolGRPCS
	ProtocolWS
	ProtocolWSS
	numProtocols
)

var protocolNames = [numProtocols]string{
	ProtocolHTTP:  "http",
	ProtocolHTTPS: "https",
	ProtocolGRPCS: "grpcs",
	ProtocolWS:    "ws",
	ProtocolWSS:   "wss",
}

// String returns the word of the log.
func (p Protocol) String() string {
	if p >= numProtocols {
		return ""
	}
	return protocolNames[p]
}
