package h2

import "encoding/binary"

// The settings of RFC 9113 section 6.5.2, RFC 8441 and RFC 9218.
const (
	settingHeaderTableSize      = 0x1
	settingEnablePush           = 0x2
	settingMaxConcurrentStreams = 0x3
	settingInitialWindowSize    = 0x4
	settingMaxFrameSize         = 0x5
	settingMaxHeaderListSize    = 0x6
	settingEnableConnect        = 0x8
	settingNoPriorities         = 0x9
)

const settingSize = 6

// appendSettings appends our settings: the first frame that a viewer gets.
func (o *Options) appendSettings(out []byte) []byte {
	begin := len(out)
	out = appendFrameHeader(out, 0, frameSettings, 0, 0)
	set := func(id uint16, value uint32) {
		out = binary.BigEndian.AppendUint16(out, id)
		out = binary.BigEndian.AppendUint32(out, value)
	}
	set(settingMaxConcurrentStreams, o.MaxStreams)
	set(settingInitialWindowSize, uint32(o.StreamWindow))
	set(settingMaxHeaderListSize, uint32(o.MaxHeaderBytes))
	set(settingNoPriorities, 1)
	if o.ExtendedConnect {
		set(settingEnableConnect, 1)
	}
	putFrameLength(out[begin:], len(out)-begin-frameHeaderSize)
	if grow := o.ConnWindow - defaultWindow; grow > 0 {
		out = appendWindowUpdate(out, 0, grow)
	}
	return out
}

// onSettings takes the viewer's settings (RFC 9113 section 6.5).
func (c *Conn) onSettings(f *frame) error {
	switch {
	case f.id != 0:
		return connError(ErrCodeProtocol, "SETTINGS on a stream")
	case f.flags&flagAck != 0 && len(f.payload) > 0, len(f.payload)%settingSize != 0:
		return connError(ErrCodeFrameSize, "SETTINGS of a wrong size")
	}
	if err := c.control(); err != nil {
		return err
	}
	if f.flags&flagAck != 0 {
		if c.acknowledged {
			return connError(ErrCodeProtocol, "SETTINGS acknowledged twice")
		}
		c.acknowledged = true
		return nil
	}
	for p := f.payload; len(p) > 0; p = p[settingSize:] {
		if err := c.set(binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:])); err != nil {
			return err
		}
	}
	c.emit(appendFrameHeader(c.output(), 0, frameSettings, flagAck, 0))
	return nil
}

func (c *Conn) set(id uint16, value uint32) error {
	switch id {
	case settingHeaderTableSize:
		c.encoder.setMax(value)
	case settingEnablePush, settingNoPriorities, settingEnableConnect:
		if value > 1 {
			return connError(ErrCodeProtocol, "a setting is neither 0 nor 1")
		}
	case settingInitialWindowSize:
		if value > maxWindow {
			return connError(ErrCodeFlowControl, "SETTINGS_INITIAL_WINDOW_SIZE too large")
		}
		return c.resizeWindows(int64(value))
	case settingMaxFrameSize:
		if value < 16<<10 || value > 1<<24-1 {
			return connError(ErrCodeProtocol, "SETTINGS_MAX_FRAME_SIZE out of range")
		}
	}
	return nil // others ask for nothing that we do
}

// resizeWindows changes the windows of all streams (RFC 9113 section 6.9.2).
func (c *Conn) resizeWindows(initial int64) error {
	change := initial - c.initialWindow
	c.initialWindow = initial
	for _, s := range c.streams {
		if s.sendWindow += change; s.sendWindow > maxWindow {
			return connError(ErrCodeFlowControl, "SETTINGS_INITIAL_WINDOW_SIZE overflows a window")
		}
		s.resized()
	}
	return nil
}
