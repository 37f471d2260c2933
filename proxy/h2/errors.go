package h2

import "errors"

// ErrCode is an error code of RFC 9113 section 7.
type ErrCode uint32

// The error codes.
const (
	ErrCodeNo                 ErrCode = 0x0
	ErrCodeProtocol           ErrCode = 0x1
	ErrCodeInternal           ErrCode = 0x2
	ErrCodeFlowControl        ErrCode = 0x3
	ErrCodeSettingsTimeout    ErrCode = 0x4
	ErrCodeStreamClosed       ErrCode = 0x5
	ErrCodeFrameSize          ErrCode = 0x6
	ErrCodeRefusedStream      ErrCode = 0x7
	ErrCodeCancel             ErrCode = 0x8
	ErrCodeCompression        ErrCode = 0x9
	ErrCodeConnect            ErrCode = 0xa
	ErrCodeEnhanceYourCalm    ErrCode = 0xb
	ErrCodeInadequateSecurity ErrCode = 0xc
	ErrCodeHTTP11Required     ErrCode = 0xd
)

var errCodeNames = [...]string{
	ErrCodeNo:                 "NO_ERROR",
	ErrCodeProtocol:           "PROTOCOL_ERROR",
	ErrCodeInternal:           "INTERNAL_ERROR",
	ErrCodeFlowControl:        "FLOW_CONTROL_ERROR",
	ErrCodeSettingsTimeout:    "SETTINGS_TIMEOUT",
	ErrCodeStreamClosed:       "STREAM_CLOSED",
	ErrCodeFrameSize:          "FRAME_SIZE_ERROR",
	ErrCodeRefusedStream:      "REFUSED_STREAM",
	ErrCodeCancel:             "CANCEL",
	ErrCodeCompression:        "COMPRESSION_ERROR",
	ErrCodeConnect:            "CONNECT_ERROR",
	ErrCodeEnhanceYourCalm:    "ENHANCE_YOUR_CALM",
	ErrCodeInadequateSecurity: "INADEQUATE_SECURITY",
	ErrCodeHTTP11Required:     "HTTP_1_1_REQUIRED",
}

// String returns the code as the RFC spells it.
func (e ErrCode) String() string {
	if int(e) < len(errCodeNames) {
		return errCodeNames[e]
	}
	return "ErrCode(?)"
}

// A ConnError ends a connection. The viewer is told Code in GOAWAY, with the
// reason as debug data.
type ConnError struct {
	Code   ErrCode
	Reason string
}

func (e *ConnError) Error() string { return "http/2: " + e.Code.String() + ": " + e.Reason }

func connError(code ErrCode, reason string) error { return &ConnError{code, reason} }

// What a Handler and a driver may get to see.
var (
	// ErrIdle is returned by Tick when nothing was asked for too long.
	ErrIdle = errors.New("http/2: connection is idle")
	// ErrStalled is returned by Tick when the viewer takes no output.
	ErrStalled = errors.New("http/2: viewer takes no output")

	errClosed     = errors.New("http/2: connection is closed")
	errReset      = errors.New("http/2: stream was reset by the viewer")
	errSilent     = errors.New("http/2: request content does not come")
	errCut        = errors.New("http/2: stream was reset")
	errBodyClosed = errors.New("http/2: request content: the request is answered")
	errNoUpgrade  = errors.New("http/2: upgrade after the head of a response")
)
