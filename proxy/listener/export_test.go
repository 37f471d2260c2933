package listener

import "time"

// TakePacketSlot is for tests that have no packets.
var TakePacketSlot = (*Server).takePacketSlot

// WithDrainGrace returns o where connections without a request are kept for d when the
// server drains.
func WithDrainGrace(o Options, d time.Duration) Options {
	o.drainGrace = d
	return o
}

// LingerTime is how long a connection is read that was ended, at least.
const LingerTime = lingerTime
