package h3

import (
	"bufio"
	"errors"
	"io"

	"github.com/quic-go/quic-go/quicvarint"
)

// Types of frames (RFC 9114 section 7.2).
const (
	frameData        = 0x0
	frameHeaders     = 0x1
	frameCancelPush  = 0x3
	frameSettings    = 0x4
	framePushPromise = 0x5
	frameGoAway      = 0x7
	frameMaxPushID   = 0xd
)

// isHTTP2Frame reports whether a type is one that HTTP/2 has and HTTP/3 must not
// (RFC 9114 section 7.2.8).
func isHTTP2Frame(kind uint64) bool {
	return kind == 0x2 || kind == 0x6 || kind == 0x8 || kind == 0x9
}

// isKnownFrame reports whether a type means something; others are skipped (RFC
// 9114 section 9).
func isKnownFrame(kind uint64) bool {
	return kind <= frameGoAway && kind != 0x2 && kind != 0x6 || kind == frameMaxPushID || isHTTP2Frame(kind)
}

// errTruncated is of a stream that ends within a frame (RFC 9114 section 7.1).
var errTruncated = &connError{errCodeFrame, "stream ends within a frame"}

// readFrame reads what the next frame that means something begins with: its type,
// and the length of the payload that follows. io.EOF is an end between frames.
func readFrame(in *bufio.Reader) (kind, length uint64, err error) {
	for {
		kind, length, err = readAnyFrame(in)
		if err != nil || isKnownFrame(kind) {
			return kind, length, err
		}
		if err := skip(in, length); err != nil {
			return 0, 0, err
		}
	}
}

// readAnyFrame is readFrame of the very next frame.
func readAnyFrame(in *bufio.Reader) (kind, length uint64, err error) {
	if _, err := in.Peek(1); err != nil {
		return 0, 0, err
	}
	if kind, err = quicvarint.Read(in); err != nil {
		return 0, 0, truncated(err)
	}
	length, err = quicvarint.Read(in)
	return kind, length, truncated(err)
}

// skip reads n bytes of a frame for nothing.
func skip(in *bufio.Reader, n uint64) error {
	_, err := io.CopyN(io.Discard, in, int64(n)) // a varint has 62 bits
	return truncated(err)
}

// truncated makes of an end of the stream the error that it is within a frame.
func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}

// appendFrame appends a frame.
func appendFrame(out []byte, kind uint64, payload []byte) []byte {
	out = quicvarint.Append(out, kind)
	out = quicvarint.Append(out, uint64(len(payload)))
	return append(out, payload...)
}

// appendGoAway appends GOAWAY: requests on streams from id on get no answer (RFC
// 9114 section 5.2).
func appendGoAway(out []byte, id uint64) []byte {
	return appendFrame(out, frameGoAway, quicvarint.Append(nil, id))
}
