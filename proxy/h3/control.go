package h3

import (
	"bufio"
	"errors"
	"io"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// Types of unidirectional streams (RFC 9114 section 6.2, RFC 9204 section 4.2).
const (
	streamControl = 0x0
	streamPush    = 0x1
	streamEncoder = 0x2
	streamDecoder = 0x3
)

// settingMaxFieldSection is SETTINGS_MAX_FIELD_SECTION_SIZE (RFC 9114 section
// 7.2.4.1). Of QPACK we say nothing: no dynamic table is the default.
const settingMaxFieldSection = 0x6

// maxControlFrame bounds the payload of a frame that is read as a whole.
const maxControlFrame = 4 << 10

// openControl opens our control stream, with SETTINGS.
func (c *conn) openControl() error {
	s, err := c.qc.OpenUniStream()
	if err != nil {
		return err
	}
	settings := quicvarint.Append(nil, settingMaxFieldSection)
	settings = quicvarint.Append(settings, uint64(c.server.o.MaxHeaderBytes))
	c.control = s
	_, err = s.Write(appendFrame([]byte{streamControl}, frameSettings, settings))
	return err
}

// acceptControl takes the viewer's unidirectional streams until the connection
// ends. Their number is bounded by maxUniStreams.
func (c *conn) acceptControl() {
	for {
		s, err := c.qc.AcceptUniStream(c.qc.Context())
		if err != nil {
			return
		}
		c.running.Go(func() {
			defer s.ReleaseStreamCredit()
			defer c.server.recover(c)
			c.fail(c.readControl(s))
		})
	}
}

// readControl reads a stream of the viewer until it ends. An error ends the
// connection.
func (c *conn) readControl(s *quic.ReceiveStream) error {
	in := bufio.NewReaderSize(s, 256)
	kind, err := quicvarint.Read(in)
	if err != nil {
		return nil // a stream without a type is none (RFC 9114 section 6.2)
	}
	if kind > streamDecoder {
		s.CancelRead(errCodeStreamCreation.stream())
		return nil
	}
	if kind == streamPush {
		return &connError{errCodeStreamCreation, "push stream of a viewer"}
	}
	if !c.openedOnce(kind) {
		return &connError{errCodeStreamCreation, "second stream of its type"}
	}
	switch kind {
	case streamControl:
		err = c.readFrames(in)
	case streamEncoder:
		err = readEncoder(in)
	case streamDecoder:
		err = readDecoder(in)
	}
	var reset *quic.StreamError
	if errors.Is(err, io.EOF) || errors.As(err, &reset) {
		return &connError{errCodeClosedCritical, "a stream that must not end has ended"}
	}
	return err
}

// openedOnce notes that the viewer has a stream of a type.
func (c *conn) openedOnce(kind uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	again := c.opened&(1<<kind) != 0
	c.opened |= 1 << kind
	return !again
}

// readFrames reads the control stream.
func (c *conn) readFrames(in *bufio.Reader) error {
	kind, length, err := readAnyFrame(in)
	if err != nil {
		return err
	}
	if kind != frameSettings {
		return &connError{errCodeMissingSettings, "the control stream does not begin with SETTINGS"}
	}
	payload, err := readPayload(in, length)
	if err != nil {
		return err
	}
	if err := checkSettings(payload); err != nil {
		return err
	}
	var ids pushIDs
	for {
		kind, length, err := readFrame(in)
		if err != nil {
			return err
		}
		if kind != frameCancelPush && kind != frameGoAway && kind != frameMaxPushID {
			return &connError{errCodeFrameUnexpected, "frame on the control stream"}
		}
		if payload, err = readPayload(in, length); err != nil {
			return err
		}
		id, n, err := quicvarint.Parse(payload)
		if err != nil || n != len(payload) {
			return &connError{errCodeFrame, "frame without its number"}
		}
		if !ids.allow(kind, id) {
			return &connError{errCodeID, "number that cannot be"}
		}
	}
}

// readPayload reads the payload of a small frame.
func readPayload(in *bufio.Reader, length uint64) ([]byte, error) {
	if length > maxControlFrame {
		return nil, &connError{errCodeExcessiveLoad, "frame too long"}
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(in, payload)
	return payload, truncated(err)
}

// checkSettings (RFC 9114 section 7.2.4). Nothing that a viewer may set matters
// here: responses refer to no dynamic table, and are as large as they are.
func checkSettings(payload []byte) error {
	seen := make(map[uint64]bool)
	for len(payload) > 0 {
		id, n, err := quicvarint.Parse(payload)
		if err != nil {
			return &connError{errCodeFrame, "malformed SETTINGS"}
		}
		_, m, err := quicvarint.Parse(payload[n:])
		if err != nil {
			return &connError{errCodeFrame, "malformed SETTINGS"}
		}
		if seen[id] || id >= 0x2 && id <= 0x5 { // HTTP/2's
			return &connError{errCodeSettings, "setting that must not be"}
		}
		seen[id] = true
		payload = payload[n+m:]
	}
	return nil
}

// pushIDs are what the viewer has said about pushes, of which there are none.
type pushIDs struct {
	most  uint64 // MAX_PUSH_ID
	last  uint64 // GOAWAY
	ended bool
}

// allow reports whether a frame may have the number: the first may only rise, the
// second only fall, and no push was promised that could be cancelled (RFC 9114
// sections 5.2, 7.2.3 and 7.2.7).
func (p *pushIDs) allow(kind, id uint64) bool {
	switch kind {
	case frameMaxPushID:
		ok := id >= p.most
		p.most = id
		return ok
	case frameGoAway:
		ok := !p.ended || id <= p.last
		p.last, p.ended = id, true
		return ok
	}
	return false
}

// readEncoder reads the instructions for a dynamic table that has no room: it may
// be told so (RFC 9204 section 4.3.1), and nothing else.
func readEncoder(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		if b != 0x20 {
			return &connError{errCodeQPACKEncoderStream, "instruction for a table without room"}
		}
	}
}

// readDecoder reads what the viewer says about a table that we do not use: only
// that streams were cancelled (RFC 9204 section 4.4.2).
func readDecoder(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		if b&0xc0 != 0x40 {
			return &connError{errCodeQPACKDecoderStream, "acknowledgment of nothing"}
		}
		for more := b&0x3f == 0x3f; more; more = b&0x80 != 0 {
			if b, err = in.ReadByte(); err != nil {
				return err
			}
		}
	}
}
