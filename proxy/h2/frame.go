package h2

import "encoding/binary"

// preface is what a viewer sends first (RFC 9113 section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

const (
	frameHeaderSize = 9
	// maxFrame is the largest frame we take and, although a viewer may allow
	// more, the largest we send: streams take turns by frames.
	maxFrame = 16 << 10
	// maxWindow is the largest flow-control window (RFC 9113 section 6.9.1).
	maxWindow = 1<<31 - 1
	// defaultWindow is what a window has until somebody says otherwise.
	defaultWindow = 65_535
)

// frameType is the type of a frame (RFC 9113 section 6).
type frameType uint8

const (
	frameData           frameType = 0x0
	frameHeaders        frameType = 0x1
	framePriority       frameType = 0x2
	frameRSTStream      frameType = 0x3
	frameSettings       frameType = 0x4
	framePushPromise    frameType = 0x5
	framePing           frameType = 0x6
	frameGoAway         frameType = 0x7
	frameWindowUpdate   frameType = 0x8
	frameContinuation   frameType = 0x9
	framePriorityUpdate frameType = 0x10 // RFC 9218 section 7.1
)

// The flags.
const (
	flagAck        = 0x1 // SETTINGS, PING
	flagEndStream  = 0x1 // DATA, HEADERS
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

// A frame is one received frame. Its payload is a part of the input.
type frame struct {
	kind    frameType
	flags   uint8
	id      uint32
	payload []byte
}

// parseFrame reads the frame in front of p, or reports that p ends before it.
// The caller has checked that its length is not above maxFrame.
//
// Hot path: no allocation, no copy.
func parseFrame(p []byte) (f frame, size int, complete bool) {
	if len(p) < frameHeaderSize {
		return f, 0, false
	}
	size = frameHeaderSize + frameLength(p)
	if len(p) < size {
		return f, 0, false
	}
	return frame{
		kind: frameType(p[3]), flags: p[4],
		id:      binary.BigEndian.Uint32(p[5:]) & maxWindow, // the first bit is reserved
		payload: p[frameHeaderSize:size],
	}, size, true
}

// frameLength reads the length of the payload from a frame header.
func frameLength(p []byte) int { return int(p[0])<<16 | int(p[1])<<8 | int(p[2]) }

// unpad removes the padding of DATA and HEADERS (RFC 9113 section 6.1).
func (f *frame) unpad() error {
	if f.flags&flagPadded == 0 {
		return nil
	}
	if len(f.payload) == 0 {
		return connError(ErrCodeFrameSize, "padded frame without a pad length")
	}
	pad, rest := int(f.payload[0]), f.payload[1:]
	if pad > len(rest) {
		return connError(ErrCodeProtocol, "more padding than frame")
	}
	f.payload = rest[:len(rest)-pad]
	return nil
}

func appendFrameHeader(out []byte, length int, kind frameType, flags uint8, id uint32) []byte {
	return append(out, byte(length>>16), byte(length>>8), byte(length), byte(kind), flags,
		byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
}

func putFrameLength(header []byte, length int) {
	header[0], header[1], header[2] = byte(length>>16), byte(length>>8), byte(length)
}

func appendRSTStream(out []byte, id uint32, code ErrCode) []byte {
	out = appendFrameHeader(out, 4, frameRSTStream, 0, id)
	return binary.BigEndian.AppendUint32(out, uint32(code))
}

func appendWindowUpdate(out []byte, id uint32, n int) []byte {
	out = appendFrameHeader(out, 4, frameWindowUpdate, 0, id)
	return binary.BigEndian.AppendUint32(out, uint32(n))
}

func appendPing(out []byte, flags uint8, data []byte) []byte {
	return append(appendFrameHeader(out, 8, framePing, flags, 0), data[:8]...)
}

func appendGoAway(out []byte, last uint32, code ErrCode, debug string) []byte {
	out = appendFrameHeader(out, 8+len(debug), frameGoAway, 0, 0)
	out = binary.BigEndian.AppendUint32(out, last)
	out = binary.BigEndian.AppendUint32(out, uint32(code))
	return append(out, debug...)
}
