package h3

import (
	"errors"
	"fmt"

	"github.com/quic-go/quic-go"
)

// errCode is an error code of HTTP/3 (RFC 9114 section 8.1) or QPACK (RFC 9204
// section 6).
type errCode uint64

const (
	errCodeNo                 errCode = 0x100
	errCodeProtocol           errCode = 0x101
	errCodeInternal           errCode = 0x102
	errCodeStreamCreation     errCode = 0x103
	errCodeClosedCritical     errCode = 0x104
	errCodeFrameUnexpected    errCode = 0x105
	errCodeFrame              errCode = 0x106
	errCodeExcessiveLoad      errCode = 0x107
	errCodeID                 errCode = 0x108
	errCodeSettings           errCode = 0x109
	errCodeMissingSettings    errCode = 0x10a
	errCodeRequestRejected    errCode = 0x10b
	errCodeRequestCancelled   errCode = 0x10c
	errCodeRequestIncomplete  errCode = 0x10d
	errCodeMessage            errCode = 0x10e
	errCodeQPACKDecompression errCode = 0x200
	errCodeQPACKEncoderStream errCode = 0x201
	errCodeQPACKDecoderStream errCode = 0x202
)

var errCodeNames = map[errCode]string{
	errCodeNo:                 "H3_NO_ERROR",
	errCodeProtocol:           "H3_GENERAL_PROTOCOL_ERROR",
	errCodeInternal:           "H3_INTERNAL_ERROR",
	errCodeStreamCreation:     "H3_STREAM_CREATION_ERROR",
	errCodeClosedCritical:     "H3_CLOSED_CRITICAL_STREAM",
	errCodeFrameUnexpected:    "H3_FRAME_UNEXPECTED",
	errCodeFrame:              "H3_FRAME_ERROR",
	errCodeExcessiveLoad:      "H3_EXCESSIVE_LOAD",
	errCodeID:                 "H3_ID_ERROR",
	errCodeSettings:           "H3_SETTINGS_ERROR",
	errCodeMissingSettings:    "H3_MISSING_SETTINGS",
	errCodeRequestRejected:    "H3_REQUEST_REJECTED",
	errCodeRequestCancelled:   "H3_REQUEST_CANCELLED",
	errCodeRequestIncomplete:  "H3_REQUEST_INCOMPLETE",
	errCodeMessage:            "H3_MESSAGE_ERROR",
	errCodeQPACKDecompression: "QPACK_DECOMPRESSION_FAILED",
	errCodeQPACKEncoderStream: "QPACK_ENCODER_STREAM_ERROR",
	errCodeQPACKDecoderStream: "QPACK_DECODER_STREAM_ERROR",
}

// String returns the code as the RFC spells it.
func (e errCode) String() string {
	if name, known := errCodeNames[e]; known {
		return name
	}
	return fmt.Sprintf("errCode(%#x)", uint64(e))
}

// A connError ends a connection. The viewer is told code and reason.
type connError struct {
	code   errCode
	reason string
}

func (e *connError) Error() string { return "http/3: " + e.code.String() + ": " + e.reason }

// A streamError resets a stream. malformed tells that the message is none (RFC
// 9114 section 4.1.2).
type streamError struct {
	code      errCode
	reason    string
	malformed bool
}

func (e *streamError) Error() string { return "http/3: " + e.code.String() + ": " + e.reason }

func malformed(reason string) error { return &streamError{errCodeMessage, reason, true} }

// What a Handler and a listener may get to see.
var (
	// ErrClosed is returned by Serve after Shutdown.
	ErrClosed = errors.New("http/3: server is closed")

	errRefused     = errors.New("http/3: no slot for a connection")
	errSlowContent = errors.New("http/3: content of a request comes too slowly")
)

func (e errCode) stream() quic.StreamErrorCode          { return quic.StreamErrorCode(e) }
func (e errCode) connection() quic.ApplicationErrorCode { return quic.ApplicationErrorCode(e) }
