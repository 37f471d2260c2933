package standin

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The WebSocket protocol (RFC 6455), as far as a server without extensions
// needs it.

// An opcode says what a frame is (RFC 6455 section 5.2).
type opcode uint8

const (
	opContinuation opcode = 0x0
	opText         opcode = 0x1
	opBinary       opcode = 0x2
	opClose        opcode = 0x8
	opPing         opcode = 0x9
	opPong         opcode = 0xa
)

// String returns the opcode in lower case.
func (o opcode) String() string {
	switch o {
	case opContinuation:
		return "continuation"
	case opText:
		return "text"
	case opBinary:
		return "binary"
	case opClose:
		return "close"
	case opPing:
		return "ping"
	case opPong:
		return "pong"
	}
	return fmt.Sprintf("opcode(%d)", uint8(o))
}

func (o opcode) control() bool { return o >= opClose }

// Why a connection is closed (RFC 6455 section 7.4.1).
const (
	closeNormal    = 1000
	closeGoingAway = 1001 // idle, or too old (AG-LIM-12)
	closeProtocol  = 1002
	closeTooBig    = 1009
)

// A frame is one frame with its content unmasked.
type frame struct {
	final   bool
	code    opcode
	content []byte
}

var (
	errFrame    = errors.New("malformed frame")
	errFrameBig = errors.New("frame too large")
)

// readFrame reads a frame of a client, which must be masked (section 5.1). At
// most limit bytes of content are read.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return frame{}, err
	}
	f := frame{final: head[0]&0x80 != 0, code: opcode(head[0] & 0x0f)}
	length := uint64(head[1] & 0x7f)
	known := f.code <= opBinary || f.code >= opClose && f.code <= opPong
	if head[0]&0x70 != 0 || head[1]&0x80 == 0 || !known || f.code.control() && (!f.final || length > 125) {
		return frame{}, errFrame
	}
	switch length {
	case 126:
		if _, err := io.ReadFull(r, head[:2]); err != nil {
			return frame{}, cut(err)
		}
		length = uint64(binary.BigEndian.Uint16(head[:2]))
	case 127:
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return frame{}, cut(err)
		}
		length = binary.BigEndian.Uint64(head[:8])
	}
	if length > uint64(limit) {
		return frame{}, errFrameBig
	}
	var mask [4]byte
	if _, err := io.ReadFull(r, mask[:]); err != nil {
		return frame{}, cut(err)
	}
	f.content = make([]byte, length)
	if _, err := io.ReadFull(r, f.content); err != nil {
		return frame{}, cut(err)
	}
	for i := range f.content {
		f.content[i] ^= mask[i%4]
	}
	return f, nil
}

// cut makes an end inside a frame an error.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendFrame appends a whole message as a server sends it: one frame, not
// masked.
func appendFrame(b []byte, code opcode, content []byte) []byte {
	b = append(b, 0x80|byte(code))
	switch n := len(content); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, content...)
}
